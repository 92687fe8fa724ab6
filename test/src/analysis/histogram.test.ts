import { describe, expect, it } from 'vitest'
import { bucketFloor, bucketMiddle, LOG_BUCKETS, logBucket, quantileOf } from '../../../src/analysis/histogram.js'
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

describe('quantiles', () => {
  const counts = new Float64Array(LOG_BUCKETS + 3)
  for (let value = 1; value <= 1000; value++) counts[3 + logBucket(value)]!++

  it('are within 6.25 % of the value', () => {
    for (const quantile of [0.01, 0.25, 0.5, 0.99, 1]) {
      const value = quantile * 1000
      expect(Math.abs(quantileOf(counts, 1000, quantile, 3) - value) / value).toBeLessThanOrEqual(0.0625)
    }
  })

  it('begin with the smallest value', () => {
    expect(quantileOf(counts, 1000, 0, 3)).toBe(1)
  })
})
