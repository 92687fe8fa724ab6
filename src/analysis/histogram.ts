/**
 * A logarithmic scale for non-negative numbers: exact below 8, then eight steps per doubling, so that the middle of
 * a bucket is within 6.25 % of any value in it. Reaches 2^53.
 */
export const LOG_BUCKETS = 8 + 50 * 8

/** Bucket of a number in 0..2^53; fractions are cut off, negative numbers count as 0. */
export function logBucket(value: number): number {
  if (value < 2147483648) {
    const whole = value | 0
    if (whole < 8) return Math.max(whole, 0)
    const exponent = 31 - Math.clz32(whole)
    return ((exponent - 2) << 3) + ((whole >>> (exponent - 3)) & 7)
  }
  // Above 2^31 the same with the low 22 bits dropped first.
  const high = Math.floor(value / 4194304)
  if (high >= 2147483648) return LOG_BUCKETS - 1
  const exponent = 31 - Math.clz32(high)
  return ((exponent + 20) << 3) + ((high >>> (exponent - 3)) & 7)
}

/** Smallest number in a bucket. */
export function bucketFloor(bucket: number): number {
  if (bucket < 8) return bucket
  const exponent = (bucket >> 3) + 2
  return (8 + (bucket & 7)) * 2 ** (exponent - 3)
}

/** Middle of a bucket. */
export function bucketMiddle(bucket: number): number {
  if (bucket < 8) return bucket
  return (bucketFloor(bucket) + bucketFloor(bucket + 1)) / 2
}

/**
 * The value at a quantile of a histogram on this scale.
 *
 * @param counts `LOG_BUCKETS` counts, or a part of a larger array from `offset` on
 * @param quantile 0..1
 */
export function quantileOf(
  counts: ArrayLike<number>,
  total: number,
  quantile: number,
  offset = 0,
  buckets = LOG_BUCKETS,
): number {
  // The smallest value with at least this many values at or below it.
  const rank = Math.max(1, Math.ceil(total * quantile))
  let seen = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    seen += counts[offset + bucket]!
    if (seen >= rank) return bucketMiddle(bucket)
  }
  return bucketMiddle(buckets - 1)
}
