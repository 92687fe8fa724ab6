import { expect, it } from 'vitest'
import { killNightly } from '../../../scripts/kill-nightly.js'

const SEED = 7

// scripts/kill-nightly.ts does it as often as is asked for.
it('a run that is killed and run again leaves what an undisturbed one leaves', async () => {
  const { differences } = await killNightly(2, SEED, 20, 'json, keys')
  expect(differences, `seed ${SEED}`).toEqual([])
}, 600_000)
