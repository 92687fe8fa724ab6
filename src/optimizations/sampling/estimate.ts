/** Two-sided 95 % of a normal distribution. */
export const QUANTILE_95 = 1.96

/**
 * What all keys of a group save, from what a fair sample of them saves: saving per byte of the sample times the bytes
 * of the group (ratio estimator; Cochran, Sampling Techniques, chapter 6). A sample that is the whole group is exact.
 */
export class RatioEstimate {
  keys = 0
  #before = 0
  #saved = 0
  #before2 = 0
  #cross = 0
  #saved2 = 0
  #within = 0

  /** @param variance of `saved`, where not all of the key was looked at */
  add(before: number, saved: number, variance = 0): void {
    this.keys++
    this.#within += variance
    this.#before += before
    this.#saved += saved
    this.#before2 += before * before
    this.#cross += before * saved
    this.#saved2 += saved * saved
  }

  /** Bytes of the keys of the sample. */
  get before(): number {
    return this.#before
  }

  get ratio(): number {
    return this.#before === 0 ? 0 : this.#saved / this.#before
  }

  /** Mean of the squares of what the keys save. */
  get meanSquare(): number {
    return this.keys === 0 ? 0 : this.#saved2 / this.keys
  }

  /** Bytes that a group of so many bytes saves. */
  saved(groupKeys: number, groupBytes: number): number {
    return this.keys === groupKeys ? this.#saved : this.ratio * groupBytes
  }

  /** Variance of `saved`. Of one key nothing is known: it may be all wrong. */
  variance(groupKeys: number, groupBytes: number): number {
    const { keys, ratio } = this
    if (keys >= groupKeys) return this.#within
    if (keys < 2) return (ratio * groupBytes) ** 2
    const residuals = Math.max(0, this.#saved2 - 2 * ratio * this.#cross + ratio * ratio * this.#before2)
    const between = (groupKeys * groupKeys * (1 - keys / groupKeys) * residuals) / (keys * (keys - 1))
    return between + (groupKeys / keys) * this.#within
  }
}

/** @param variance of the estimate */
export function interval95(estimate: number, variance: number): readonly [low: number, high: number] {
  const half = QUANTILE_95 * Math.sqrt(variance)
  return [estimate - half, estimate + half]
}
