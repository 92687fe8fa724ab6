import { checkRange, countOf, floatsOf, numberOf } from './state.js'

export interface IntervalCountsState {
  readonly threshold: number
  readonly lost: number
  /** Differences between one interval and the next, in order; the first one from 0. */
  readonly gaps: Float64Array
  readonly keys: Float64Array
  readonly ramBytes: Float64Array
}

/** Numbers of keys below this are counted one by one to find the median. */
const SMALL_COUNTS = 1024

/**
 * Keys and bytes per interval of time, in a table of fixed size. Intervals are whole numbers from 0 to 2^32 - 2.
 *
 * When the table is full, the lighter half goes and `threshold` rises: the caller counts an interval only while the
 * longer interval around it has more keys than that. So a long time with a few keys everywhere fills the table a few
 * times and then leaves it alone, and an interval with very many keys gets in early and stays.
 */
export class IntervalCounts {
  /** Keys the interval around must have before one in it is counted. 0 until the table was full. */
  threshold = 0
  readonly #capacity: number
  readonly #limit: number
  readonly #shift: number
  /** Interval and 1; 0: an empty place. */
  #places: Int32Array
  /** Keys and bytes of each place side by side. */
  #sums: Float64Array
  #size = 0
  #lost = 0

  /** @param bits logarithm of the number of places; three quarters of them are used */
  constructor(bits: number) {
    this.#capacity = 2 ** bits
    this.#limit = (this.#capacity >> 2) * 3
    this.#shift = 32 - bits
    this.#places = new Int32Array(this.#capacity)
    this.#sums = new Float64Array(this.#capacity * 2)
  }

  /** Keys an interval can lack at most; 0 while everything had room. */
  get undercount(): number {
    return this.#lost + this.threshold
  }

  /** Counts keys and gives the number the interval has then. */
  add(interval: number, keys: number, ramBytes: number): number {
    const code = (interval + 1) | 0
    let place = this.#find(code)
    if (this.#places[place] === 0) {
      if (this.#size === this.#limit) {
        this.#letGo()
        place = this.#find(code)
      }
      this.#places[place] = code
      this.#size++
    }
    const sums = this.#sums
    const sum = sums[place * 2]! + keys
    sums[place * 2] = sum
    sums[place * 2 + 1] = sums[place * 2 + 1]! + ramBytes
    return sum
  }

  merge(other: IntervalCounts): void {
    this.#lost += other.#lost + Math.min(this.threshold, other.threshold)
    this.threshold = Math.max(this.threshold, other.threshold)
    for (const [interval, keys, ramBytes] of other.entries()) this.add(interval, keys, ramBytes)
  }

  /**
   * @param most entries at most; then the lightest are left out and what that costs is kept, as when the table is full
   */
  state(most = Number.POSITIVE_INFINITY): IntervalCountsState {
    let entries = [...this.entries()]
    let { threshold } = this
    let lost = this.#lost
    if (entries.length > most) {
      const counts = entries.map(([, keys]) => keys).sort((a, b) => b - a)
      threshold = Math.max(threshold, counts[most]!)
      lost += threshold
      entries = entries.filter(([, keys]) => keys > threshold)
    }
    entries.sort(([a], [b]) => a - b)
    return {
      threshold,
      lost,
      gaps: Float64Array.from(entries, ([interval], i) => interval - (i === 0 ? 0 : entries[i - 1]![0])),
      keys: Float64Array.from(entries, ([, keys]) => keys),
      ramBytes: Float64Array.from(entries, ([, , ramBytes]) => ramBytes),
    }
  }

  /** Adds what another has counted. @throws StateError */
  restore(state: IntervalCountsState): void {
    const gaps = floatsOf(state.gaps, null, 'intervals.gaps')
    countOf(gaps.length, this.#limit, 'intervals.gaps')
    const keys = floatsOf(state.keys, gaps.length, 'intervals.keys')
    const ramBytes = floatsOf(state.ramBytes, gaps.length, 'intervals.ramBytes')
    const threshold = numberOf(state.threshold, 'intervals.threshold')
    checkRange(gaps, 0, 2 ** 32 - 2, 'intervals.gaps')
    this.#lost += numberOf(state.lost, 'intervals.lost') + Math.min(this.threshold, threshold)
    this.threshold = Math.max(this.threshold, threshold)
    let interval = 0
    for (let i = 0; i < gaps.length; i++) {
      interval += gaps[i]!
      countOf(interval, 2 ** 32 - 2, 'intervals.gaps')
      this.add(interval, keys[i]!, ramBytes[i]!)
    }
  }

  *entries(): IterableIterator<readonly [interval: number, keys: number, ramBytes: number]> {
    for (let place = 0; place < this.#capacity; place++) {
      const code = this.#places[place]!
      if (code !== 0) yield [(code - 1) >>> 0, this.#sums[place * 2]!, this.#sums[place * 2 + 1]!]
    }
  }

  #find(code: number): number {
    const places = this.#places
    const mask = this.#capacity - 1
    let place = Math.imul(code, 0x9e3779b1) >>> this.#shift
    while (places[place] !== 0 && places[place] !== code) place = (place + 1) & mask
    return place
  }

  #letGo(): void {
    const places = this.#places
    const sums = this.#sums
    this.threshold = Math.max(2 * this.threshold + 1, this.#median())
    this.#lost += this.threshold
    const kept: number[] = []
    for (let place = 0; place < this.#capacity; place++) {
      if (places[place] !== 0 && sums[place * 2]! > this.threshold) {
        kept.push((places[place]! - 1) >>> 0, sums[place * 2]!, sums[place * 2 + 1]!)
      }
    }
    places.fill(0)
    sums.fill(0)
    this.#size = 0
    for (let i = 0; i < kept.length; i += 3) this.add(kept[i]!, kept[i + 1]!, kept[i + 2]!)
  }

  /** The middle one of the numbers of keys; nearly all are small. */
  #median(): number {
    const frequency = new Int32Array(SMALL_COUNTS)
    let small = 0
    for (let place = 0; place < this.#capacity; place++) {
      if (this.#places[place] === 0) continue
      const keys = this.#sums[place * 2]!
      if (keys < SMALL_COUNTS) {
        frequency[keys] = frequency[keys]! + 1
        small++
      }
    }
    const middle = this.#size >> 1
    if (middle >= small) {
      const counts = Float64Array.from(this.entries(), ([, keys]) => keys).sort()
      return counts[middle]!
    }
    let seen = 0
    for (let keys = 0; ; keys++) {
      seen += frequency[keys]!
      if (seen > middle) return keys
    }
  }
}
