import { CERTAIN_FILE, type GroupTally } from '../optimizations/groups.js'
import { interval95, QUANTILE_95 } from '../optimizations/sampling/estimate.js'
import type { CountedDatabase } from '../pipeline/simulation.js'

/** A data set of which some keys are looked at, chosen by the hash of their name, and the largest in any case. */
export interface KeySample {
  /** The whole data set. */
  readonly keys: number
  readonly ramBytes: number
  readonly usedMemoryBytes: number
  /** Keys above this size are in the sample in any case; Infinity: none is. */
  readonly certainAbove: number
  /** Keys that are not looked at, and said to save nothing. */
  readonly leftOutKeys: number
  /** Keys of each database, where that is known: file × 65536 + database. */
  readonly databases?: ReadonlyMap<number, { readonly keys: number; readonly expires: number }> | undefined
}

/** Databases of the whole data set, from those of a sample. */
export function countedUp(
  sampled: ReadonlyMap<number, CountedDatabase>,
  { keys, databases }: KeySample,
): ReadonlyMap<number, CountedDatabase> {
  let found = 0
  for (const counts of sampled.values()) found += counts.keys
  const factor = found === 0 ? 1 : keys / found
  const times = (value: number): number => Math.round(value * factor)
  return new Map(
    [...sampled].map(([number, counts]) => {
      const known = databases?.get(number)
      return [
        number,
        {
          ...counts,
          ownedSlots: counts.ownedSlots,
          keys: known?.keys ?? times(counts.keys),
          expires: known?.expires ?? times(counts.expires),
          fieldExpiryKeys: times(counts.fieldExpiryKeys),
        },
      ]
    }),
  )
}

/** How a sample is counted up: keys that are in it by chance stand for others, too. */
export class SampleScale {
  /** Keys of the data set that one of the sample stands for. */
  readonly factor: number
  /** Share of the keys that could be drawn which were not. */
  readonly missingShare: number

  /**
   * @param drawn keys that are in the sample by chance
   * @param certain keys that are in it in any case
   */
  constructor(
    readonly whole: KeySample,
    readonly drawn: number,
    certain: number,
  ) {
    const drawable = Math.max(drawn, whole.keys - certain - whole.leftOutKeys)
    this.factor = drawn === 0 ? 1 : drawable / drawn
    this.missingShare = 1 - 1 / this.factor
  }

  of(tally: { readonly file: number }): number {
    return tally.file < CERTAIN_FILE ? this.factor : 1
  }

  /** Counts groups up; what was found in the sample stays in `found`. */
  scale(groups: readonly GroupTally[]): void {
    for (const group of groups) if (group.found === null) group.countUp(this.of(group))
  }

  /**
   * Variance of what some groups save in all: the mean of a simple random sample, times all keys, those outside the
   * groups saving nothing (Cochran, Sampling Techniques, chapters 2 and 5: domains).
   */
  variance(groups: readonly GroupTally[]): number {
    let sum = 0
    let squares = 0
    for (const { file, found } of groups) {
      if (found === null || file >= CERTAIN_FILE) continue
      sum += found.saved
      squares += found.savedSquares
    }
    const { drawn, factor } = this
    if (drawn < 2) return (factor * sum) ** 2
    const spread = Math.max(0, squares - (sum * sum) / drawn) / (drawn - 1)
    return factor * factor * drawn * this.missingShare * spread
  }

  /** What the keys of some groups save, with 95 % confidence. */
  interval95(groups: readonly GroupTally[]): readonly [low: number, high: number] {
    let saved = 0
    let within = 0
    for (const group of groups) {
      saved += group.saved
      within += group.variance * this.of(group) ** 2
    }
    return interval95(saved, this.variance(groups) + within)
  }

  /** Share by which the number of keys that go away may be off. */
  keysOff(groups: readonly GroupTally[]): number {
    let drawn = 0
    for (const { file, found } of groups) if (found !== null && file < CERTAIN_FILE) drawn += found.keys
    return drawn === 0 ? 0 : QUANTILE_95 * Math.sqrt((this.missingShare * Math.max(0, 1 - drawn / this.drawn)) / drawn)
  }
}
