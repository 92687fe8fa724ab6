/** Rules of `dict` (dict.c) that changed between versions. */
export interface DictRules {
  /** A full table grows for twice the entries it has (up to 6.0), or for one more (6.2 and later). */
  readonly grows: 'double-used' | 'used-plus-one'
  /** 7.4 and Valkey 8.0: a request for a table that is not larger is refused. */
  readonly refusesSmaller: boolean
  /** 7.4 and later: an allocated but empty table is replaced at once instead of being rehashed. */
  readonly replacesEmpty: boolean
}

/** DICT_HT_INITIAL_SIZE */
const INITIAL_BUCKETS = 4
/** A rehash step gives up after this many empty buckets. */
const EMPTY_VISITS = 10

/** Buckets of a table for `entries`: the next power of two, at least 4. */
export function dictBuckets(entries: number): number {
  let buckets = INITIAL_BUCKETS
  while (buckets < entries) buckets *= 2
  return buckets
}

/** Expected number of buckets in use when `entries` fall into `buckets` at random. */
function usedBuckets(entries: number, buckets: number): number {
  return -buckets * Math.expm1(entries * Math.log1p(-1 / buckets))
}

/**
 * Expected number of entries that are not the first of their bucket. Tables whose entries have no value keep the first
 * one in the bucket itself and allocate only these.
 */
export function chainedEntries(entries: number, buckets: number): number {
  return buckets === 0 ? 0 : entries - usedBuckets(entries, buckets)
}

/**
 * A `dict` while a value is loaded: when it grows, and whether the move to the larger table is finished.
 *
 * While it is not, both tables exist. Every insert moves one bucket that is in use, so what counts is how many were in
 * use when the move began: random in the server, its mean here. `uncertain` tells when the draw decides.
 */
export class DictLoad {
  used = 0
  /** Buckets of the table, or of the one being left. */
  buckets = 0
  /** Buckets of the table being moved to, 0 when nothing moves. */
  nextBuckets = 0

  #stepsLeft = 0
  #deviation = 0
  #usedWhenDone = 0

  constructor(private readonly rules: DictRules) {}

  reset(): void {
    this.used = 0
    this.buckets = 0
    this.nextBuckets = 0
    this.#deviation = 0
    this.#usedWhenDone = 0
  }

  /** Buckets of both tables. */
  get allBuckets(): number {
    return this.buckets + this.nextBuckets
  }

  /** True when chance decides in the server whether the second table is still there. */
  get uncertain(): boolean {
    if (this.#deviation === 0) return false
    const reach = 4 * this.#deviation + 1
    return this.nextBuckets !== 0 ? this.#stepsLeft <= reach : this.used - this.#usedWhenDone <= reach
  }

  /** dictExpand: asks for room for `entries`. */
  expand(entries: number): void {
    if (this.nextBuckets !== 0 || this.used > entries) return
    const wanted = dictBuckets(entries)
    if (wanted === this.buckets || (this.rules.refusesSmaller && this.buckets >= wanted)) return
    if (this.buckets === 0 || (this.used === 0 && this.rules.replacesEmpty)) this.buckets = wanted
    else this.#startMove(wanted)
  }

  /** Adds `count` new entries one after the other. */
  add(count: number): void {
    while (count > 0) {
      if (this.nextBuckets !== 0 && this.#stepsLeft > 1) {
        const adds = Math.min(count, this.#stepsLeft - 1)
        this.#stepsLeft -= adds
        this.used += adds
        count -= adds
        continue
      }
      if (this.nextBuckets !== 0) this.#finishMove()
      if (this.buckets === 0) this.buckets = INITIAL_BUCKETS
      if (this.used >= this.buckets) {
        this.#startMove(dictBuckets(this.rules.grows === 'double-used' ? 2 * this.used : this.used + 1))
        this.used++
        count--
      } else {
        const adds = Math.min(count, this.buckets - this.used)
        this.used += adds
        count -= adds
      }
    }
  }

  #startMove(buckets: number): void {
    const load = this.used / this.buckets
    const empty = Math.exp(-load)
    // Runs of empty buckets cost steps of their own.
    const longRuns = empty ** EMPTY_VISITS / (1 - empty ** EMPTY_VISITS || 1)
    this.#stepsLeft = Math.max(1, Math.round(usedBuckets(this.used, this.buckets) * (1 + longRuns)))
    this.#deviation = Math.sqrt(this.buckets * empty * (1 - (1 + load) * empty))
    this.nextBuckets = buckets
  }

  #finishMove(): void {
    this.buckets = this.nextBuckets
    this.nextBuckets = 0
    this.#usedWhenDone = this.used
  }
}
