import { describe, expect, it } from 'vitest'
import { bucketFloor, bucketMiddle, LOG_BUCKETS, LogHistogram, logBucket } from '../../../src/analysis/histogram.js'
import { seeded } from '../../helpers/batches.js'

describe('logarithmic buckets', () => {
  it('begin where they say, without gaps', () => {
    for (let bucket = 0; bucket < LOG_BUCKETS; bucket++) {
      expect(logBucket(bucketFloor(bucket)), `bucket ${bucket}`).toBe(bucket)
      if (bucket > 0) expect(logBucket(bucketFloor(bucket) - 1)).toBe(bucket - 1)
    }
  })

  it('are within 6.25 % of what they hold', () => {
    const random = seeded(3)
    for (let round = 0; round < 10_000; round++) {
      const value = Math.floor(2 ** (random() * 52))
      const middle = bucketMiddle(logBucket(value))
      expect(Math.abs(middle - value) / value).toBeLessThanOrEqual(0.0625)
    }
  })

  it('hold the ends of the range', () => {
    expect(logBucket(-5)).toBe(0)
    expect(logBucket(0.9)).toBe(0)
    expect(logBucket(2 ** 53 - 1)).toBe(LOG_BUCKETS - 1)
    expect(logBucket(Number.MAX_VALUE)).toBe(LOG_BUCKETS - 1)
  })
})

describe('LogHistogram', () => {
  it('finds quantiles, and merges to the same', () => {
    const all = new LogHistogram()
    const odd = new LogHistogram()
    const even = new LogHistogram()
    for (let value = 1; value <= 1000; value++) {
      all.add(value)
      if (value % 2 === 1) odd.add(value)
      else even.add(value)
    }
    odd.merge(even)
    expect(odd).toEqual(all)
    expect(all).toMatchObject({ min: 1, max: 1000, total: 1000, sum: 500_500 })
    expect(all.quantile(0)).toBe(1)
    expect(all.quantile(1)).toBeGreaterThan(930)
    expect(Math.abs(all.quantile(0.5) - 500) / 500).toBeLessThan(0.07)
    expect(Math.abs(all.quantile(0.99) - 990) / 990).toBeLessThan(0.07)
  })

  it('is exact when all values are the same', () => {
    const same = new LogHistogram()
    for (let i = 0; i < 10; i++) same.add(777)
    for (const quantile of [0, 0.5, 0.999, 1]) expect(same.quantile(quantile)).toBe(777)
  })
})
