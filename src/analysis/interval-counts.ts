import { SEED_A } from '../table-seed.js'
import { checkRange, countOf, floatsOf, numberOf } from './state.js'

export interface IntervalCountsState {
  readonly threshold: number
  readonly lost: number
  /** Differences between one interval and the next, in order; the first one from 0. */
  readonly gaps: Float64Array
  readonly keys: Float64Array
  readonly ramBytes: Float64Array
}

/** Words of four bytes per place. */
const PLACE_WORDS = 4
/** Numbers of keys below this are counted one by one to find the median. */
const SMALL_COUNTS = 1024

/**
 * Keys and bytes per interval of time, in a table of fixed size. Intervals are whole numbers from 0 to 2^32 - 2,
 * and so are numbers of keys.
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
  /**
   * Of each place, side by side so that one cache line has them: interval and 1, where 0 is an empty place; keys; and,
   * as one number of eight bytes, bytes of memory.
   */
  readonly #places: Int32Array
  readonly #ramBytes: Float64Array
  #size = 0
  #lost = 0
  /** What `fetch` read: compiled code leaves out what comes to nothing. */
  readonly #read = new Int32Array(1)

  /** @param bits logarithm of the number of places; three quarters of them are used */
  constructor(bits: number) {
    this.#capacity = 2 ** bits
    this.#limit = (this.#capacity >> 2) * 3
    this.#shift = 32 - bits
    this.#places = new Int32Array(this.#capacity * PLACE_WORDS)
    this.#ramBytes = new Float64Array(this.#places.buffer)
  }

  /** Keys an interval can lack at most; 0 while everything had room. */
  get undercount(): number {
    return this.#lost + this.threshold
  }

  /** Counts keys and gives the number the interval has then. */
  add(interval: number, keys: number, ramBytes: number): number {
    const code = (interval + 1) | 0
    const places = this.#places
    let at = this.#find(code) * PLACE_WORDS
    if (places[at] === 0) {
      if (this.#size === this.#limit) {
        this.#letGo()
        at = this.#find(code) * PLACE_WORDS
      }
      places[at] = code
      this.#size++
    }
    const sum = (places[at + 1]! >>> 0) + keys
    places[at + 1] = sum
    const sums = this.#ramBytes
    const ramAt = (at >> 1) + 1
    sums[ramAt] = sums[ramAt]! + ramBytes
    return sum
  }

  /**
   * Reads the places where moments will be counted, so that memory brings many of them at a time: a table does not fit
   * the cache of a processor.
   *
   * @param timesMs moments in ms since 1970, those at the first `length` of `rows`
   */
  fetch(timesMs: Float64Array, rows: Int32Array, length: number, unitMs: number): void {
    const places = this.#places
    const shift = this.#shift
    const seed = SEED_A
    let read = 0
    for (let i = 0; i < length; i++) {
      const code = (Math.floor(timesMs[rows[i]!]! / unitMs) + 1) | 0
      read ^= places[(Math.imul(code ^ seed, 0x9e3779b1) >>> shift) * PLACE_WORDS]!
    }
    this.#read[0] = read
  }

  merge(other: IntervalCounts): void {
    this.#lost += other.#lost + Math.min(this.threshold, other.threshold)
    this.threshold = Math.max(this.threshold, other.threshold)
    // What goes on the way depends on the order, which must not be that of places.
    const entries = [...other.entries()].sort(([a], [b]) => a - b)
    for (const [interval, keys, ramBytes] of entries) this.add(interval, keys, ramBytes)
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
    checkRange(keys, 0, 2 ** 32 - 1, 'intervals.keys')
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

  /** @param least keys of an interval that is wanted */
  *entries(least = 0): IterableIterator<readonly [interval: number, keys: number, ramBytes: number]> {
    for (let place = 0; place < this.#capacity; place++) {
      const at = place * PLACE_WORDS
      const code = this.#places[at]!
      const keys = this.#places[at + 1]! >>> 0
      if (code !== 0 && keys >= least) yield [(code - 1) >>> 0, keys, this.#ramBytes[(at >> 1) + 1]!]
    }
  }

  #find(code: number): number {
    const places = this.#places
    const mask = this.#capacity - 1
    let place = Math.imul(code ^ SEED_A, 0x9e3779b1) >>> this.#shift
    for (;;) {
      const there = places[place * PLACE_WORDS]!
      if (there === 0 || there === code) return place
      place = (place + 1) & mask
    }
  }

  #letGo(): void {
    this.threshold = Math.max(2 * this.threshold + 1, this.medianKeys())
    this.#lost += this.threshold
    const { threshold } = this
    const places = this.#places
    let size = 0
    for (let at = 0; at < places.length; at += PLACE_WORDS) size += +(places[at + 1]! >>> 0 > threshold)
    const kept = new Float64Array(size * 3)
    for (let at = 0, to = 0; at < places.length; at += PLACE_WORDS) {
      const keys = places[at + 1]! >>> 0
      if (keys <= threshold) continue
      kept[to++] = (places[at]! - 1) >>> 0
      kept[to++] = keys
      kept[to++] = this.#ramBytes[(at >> 1) + 1]!
    }
    places.fill(0)
    this.#size = 0
    for (let i = 0; i < kept.length; i += 3) this.add(kept[i]!, kept[i + 1]!, kept[i + 2]!)
  }

  /** The middle one of the numbers of keys, nearly all of which are small; 0 where there is none. */
  medianKeys(): number {
    if (this.#size === 0) return 0
    const frequency = new Int32Array(SMALL_COUNTS)
    let small = 0
    for (let place = 0; place < this.#capacity; place++) {
      if (this.#places[place * PLACE_WORDS] === 0) continue
      const keys = this.#places[place * PLACE_WORDS + 1]! >>> 0
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
