/**
 * Keys and bytes per interval of time, in a table of fixed size: intervals are whole numbers from 0 to 2^32 - 1.
 *
 * When the table is three quarters full, the lighter half goes to `onEvicted`. What an interval that stays, or comes
 * again, can lack because of that is at most `undercount` keys.
 */
export class IntervalCounts {
  undercount = 0
  readonly #capacity: number
  readonly #limit: number
  #intervals: Float64Array
  #keys: Float64Array
  #ramBytes: Float64Array
  #size = 0
  readonly #onEvicted: (interval: number, keys: number, ramBytes: number) => void

  /** @param capacity a power of two */
  constructor(capacity: number, onEvicted: (interval: number, keys: number, ramBytes: number) => void) {
    this.#capacity = capacity
    this.#limit = (capacity >> 2) * 3
    this.#intervals = new Float64Array(capacity).fill(-1)
    this.#keys = new Float64Array(capacity)
    this.#ramBytes = new Float64Array(capacity)
    this.#onEvicted = onEvicted
  }

  add(interval: number, keys: number, ramBytes: number): void {
    let slot = this.#find(interval)
    if (this.#intervals[slot] === -1) {
      if (this.#size === this.#limit) {
        this.#evict()
        slot = this.#find(interval)
      }
      this.#intervals[slot] = interval
      this.#size++
    }
    this.#keys[slot] = this.#keys[slot]! + keys
    this.#ramBytes[slot] = this.#ramBytes[slot]! + ramBytes
  }

  forEach(visit: (interval: number, keys: number, ramBytes: number) => void): void {
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (this.#intervals[slot] !== -1) visit(this.#intervals[slot]!, this.#keys[slot]!, this.#ramBytes[slot]!)
    }
  }

  #find(interval: number): number {
    const intervals = this.#intervals
    const mask = this.#capacity - 1
    let slot = (Math.imul(interval | 0, 0x9e3779b1) >>> 12) & mask
    while (intervals[slot] !== interval && intervals[slot] !== -1) slot = (slot + 1) & mask
    return slot
  }

  /** Lets go of at least half of the intervals: all that have few keys. */
  #evict(): void {
    const counts = this.#keys.filter((_, slot) => this.#intervals[slot] !== -1).sort()
    const threshold = counts[counts.length >> 1]!
    this.undercount += threshold
    const intervals = this.#intervals
    const keys = this.#keys
    const ramBytes = this.#ramBytes
    this.#intervals = new Float64Array(this.#capacity).fill(-1)
    this.#keys = new Float64Array(this.#capacity)
    this.#ramBytes = new Float64Array(this.#capacity)
    this.#size = 0
    for (let slot = 0; slot < this.#capacity; slot++) {
      const interval = intervals[slot]!
      if (interval === -1) continue
      if (keys[slot]! <= threshold) this.#onEvicted(interval, keys[slot]!, ramBytes[slot]!)
      else this.add(interval, keys[slot]!, ramBytes[slot]!)
    }
  }
}
