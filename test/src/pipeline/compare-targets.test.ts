import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.js'
import type { ReadRequest } from '../../../src/requests.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

const path = join(SAMPLES_FOLDER, 'redis-7.4.1/cluster.rdb')

describe('the same keys on other servers', () => {
  const inputs = [{ path, name: path, increments: [], notes: [] }]
  const request: ReadRequest = { inputs, filter: {}, settings: {}, verify: false, threads: 1 }
  const options = { top: 1, values: false, targets: ['redis-7.4', 'redis-7.0'] }

  it.each([
    ['as the dump shows it', {}],
    ['without a cluster', { cluster: false }],
    ['with 32 bits', { bits: 32 as const }],
  ])('are priced in the cluster mode and word size of the target: %s', async (_, more) => {
    const { totals, targets = [] } = (await analyze({ ...request, ...more }, options)).report
    const [own, other] = targets
    expect(own).toMatchObject({ ramBytes: totals.ramBytes, memoryUsageBytes: totals.memoryUsageBytes })
    expect(own!.overheadBytes).toBe(totals.overheadBytes)
    // One table for all slots there.
    expect(other!.overheadBytes).toBeLessThan(8000)
  })
})
