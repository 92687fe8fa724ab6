import { describe, expect, it } from 'vitest'
import {
  MAX_GROWTH_BYTES,
  randomFrom,
  type SampleBytes,
  sampleBytes,
  seedFrom,
  tryCut,
  tryMutation,
} from '../helpers/robustness.js'

/** Samples up to this size are cut at every 97th byte; of larger ones 150 cuts are drawn, as reading them takes long. */
const SMALL_BYTES = 250_000
const STEP = 97
const LARGE_CUTS = 150
/** One cut in so many is also read in chunks. `scripts/robustness.ts` does all. */
const CHUNKED_STEP = 10
const MUTATIONS = 5000
/** Of these mutations so many go to each large sample. */
const LARGE_MUTATIONS = 40

const seed = seedFrom(process.env.RDBLENS_SEED)
const samples = sampleBytes()
const isSmall = ({ bytes }: SampleBytes): boolean => bytes.length <= SMALL_BYTES
const before = process.memoryUsage.rss()

describe(`samples that were cut or changed (RDBLENS_SEED=${seed})`, () => {
  it.each(samples.map((sample) => [sample.name, sample] as const))('%s cut anywhere', (_, sample) => {
    const random = randomFrom(seed)
    const wrong: string[] = []
    const cuts = isSmall(sample) ? Math.floor(sample.bytes.length / STEP) : LARGE_CUTS
    for (let i = 0; i < cuts; i++) {
      const size = isSmall(sample) ? i * STEP : random(sample.bytes.length)
      const problem = tryCut(sample, size, i % CHUNKED_STEP === 0)
      if (problem !== null) wrong.push(problem)
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it(`${MUTATIONS} single bytes changed`, { timeout: 180_000 }, () => {
    const random = randomFrom(seed)
    const wrong: string[] = []
    const large = samples.filter((sample) => !isSmall(sample))
    const small = samples.filter(isSmall)
    const order = large.flatMap((sample) => Array<SampleBytes>(LARGE_MUTATIONS).fill(sample))
    while (order.length < MUTATIONS) order.push(small[random(small.length)]!)
    for (const sample of order) {
      const problem = tryMutation(sample, random)
      if (problem !== null) wrong.push(problem)
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('leave memory alone', () => {
    expect(process.memoryUsage.rss() - before).toBeLessThan(MAX_GROWTH_BYTES)
  })
})
