/** One limit of a threshold setting, and what it would do. */
export interface CurvePoint {
  readonly limit: number
  /** Keys that become packed. */
  readonly keys: number
  readonly savedBytes: number
}

/** Share of the largest saving that is enough: beyond it, commands get slower for little. */
const ELBOW_SHARE = 0.9

/** The smallest limit that saves nearly as much as the best one; null when none saves anything. */
export function elbowOf(curve: readonly CurvePoint[]): CurvePoint | null {
  const best = Math.max(0, ...curve.map(({ savedBytes }) => savedBytes))
  if (best === 0) return null
  return curve.find(({ savedBytes }) => savedBytes >= ELBOW_SHARE * best)!
}

/** Counts of numbers in classes of an eighth of a doubling: quantiles from a bounded table. */
export class ElementCounts {
  readonly #counts = new Float64Array(8 * 54)
  #total = 0

  add(value: number): void {
    this.#counts[Math.min(this.#counts.length - 1, Math.floor(8 * Math.log2(Math.max(1, value))))]!++
    this.#total++
  }

  /** Upper end of the class in which the quantile is; 0 when nothing was counted. */
  quantile(share: number): number {
    let left = share * this.#total
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i]!
      if (left <= 0 && this.#counts[i]! > 0) return Math.ceil(2 ** ((i + 1) / 8))
    }
    return 0
  }
}
