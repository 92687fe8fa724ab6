import { describe, expect, it } from 'vitest'
import { MAX_GROWTH_BYTES, randomFrom, SampleRecords, sampleBytes, seedFrom, tryCut } from '../helpers/robustness.js'

/** Samples up to this size are cut at every 97th byte; of larger ones 150 cuts are drawn. `scripts/robustness.ts` does all. */
const SMALL_BYTES = 250_000
const STEP = 97
const LARGE_CUTS = 150
/** One cut in so many is read from the beginning of the dump, the others from a record in front of the cut. */
const WHOLE_STEP = 10
const MUTATIONS = 5000
/** Of these mutations so many go to each large sample. */
const LARGE_MUTATIONS = 40

const seed = seedFrom(process.env.RDBLENS_SEED)
const samples = sampleBytes().map((sample) => new SampleRecords(sample))
const isSmall = ({ sample }: SampleRecords): boolean => sample.bytes.length <= SMALL_BYTES
const before = process.memoryUsage.rss()

describe(`samples that were cut or changed (RDBLENS_SEED=${seed})`, () => {
  it.each(samples.map((records) => [records.sample.name, records] as const))('%s cut anywhere', (_, records) => {
    const random = randomFrom(seed)
    const wrong: string[] = []
    const { length } = records.sample.bytes
    const cuts = isSmall(records) ? Math.floor(length / STEP) : LARGE_CUTS
    for (let i = 0; i < cuts; i++) {
      const size = isSmall(records) ? i * STEP : random(length)
      const problem = i % WHOLE_STEP === 0 ? tryCut(records.sample, size) : records.tryCut(size)
      if (problem !== null) wrong.push(problem)
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it(`${MUTATIONS} single bytes changed`, { timeout: 180_000 }, () => {
    const random = randomFrom(seed)
    const wrong: string[] = []
    const large = samples.filter((records) => !isSmall(records))
    const small = samples.filter(isSmall)
    const order = large.flatMap((records) => Array<SampleRecords>(LARGE_MUTATIONS).fill(records))
    while (order.length < MUTATIONS) order.push(small[random(small.length)]!)
    for (const records of order) {
      const problem = records.tryMutation(random)
      if (problem !== null) wrong.push(problem)
    }
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('leave memory alone', () => {
    expect(process.memoryUsage.rss() - before).toBeLessThan(MAX_GROWTH_BYTES)
  })
})
