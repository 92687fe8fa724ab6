import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkCommands, checkOnce, checkParser } from '../helpers/fuzz-check.js'
import { fuzzSeeds, mutant } from '../helpers/mutate.js'
import { randomFrom, seedFrom } from '../helpers/robustness.js'

/** Small inputs that once crashed, hung or were read in two ways. What `npm run fuzz` finds belongs here. */
const CORPUS = join(import.meta.dirname, 'corpus')
const INPUTS = 300

describe('the corpus', () => {
  it.each(readdirSync(CORPUS))('%s', async (name) => {
    const path = join(CORPUS, name)
    const bytes = new Uint8Array(readFileSync(path))
    for (const chunkBytes of [1, 7, 500]) expect(checkParser(bytes, chunkBytes, true)).toBeNull()
    for (const salvage of [false, true]) expect(await checkCommands(path, [1], salvage)).toBeNull()
    expect(await checkCommands(path, [1, 2], false)).toBeNull()
    for (const ahead of [0, 2, 5]) expect(await checkOnce(bytes, 200, 74, ahead)).toBeNull()
  })
})

const seed = seedFrom(process.env.RDBLENS_SEED)

describe(`a little fuzzing (RDBLENS_SEED=${seed})`, () => {
  it(`${INPUTS} inputs`, () => {
    const random = randomFrom(seed)
    const seeds = fuzzSeeds()
    for (let i = 0; i < INPUTS; i++) {
      const bytes = mutant(seeds, seeds[i % seeds.length]!, random)
      expect(checkParser(bytes, 1 + random(300), i % 10 === 0), `input ${i}`).toBeNull()
    }
  })
})
