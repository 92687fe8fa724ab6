import { StreamId } from '../../parsers/index.js'

const FIRST_CAPACITY = 64

/**
 * The pending entries of one consumer group: IDs with delivery time and count as the group lists them, and
 * the consumer of each, which the file tells later. Columns of numbers, because a group may have millions.
 */
export class PendingEntries {
  length = 0
  /** Four unsigned 32-bit words per ID: ms high, ms low, seq high, seq low. */
  #ids = new Uint32Array(FIRST_CAPACITY * 4)
  #times = new Float64Array(FIRST_CAPACITY)
  #counts = new Float64Array(FIRST_CAPACITY)
  #owners = new Int32Array(FIRST_CAPACITY)
  /** Positions by ascending ID, only when the file does not have them in that order. */
  #order: Uint32Array | null = null
  #sorted = true

  clear(): void {
    this.length = 0
    this.#sorted = true
    this.#order = null
  }

  add(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    const at = this.length
    if (at === this.#owners.length) this.#grow()
    this.#ids[at * 4] = id.msHigh
    this.#ids[at * 4 + 1] = id.msLow
    this.#ids[at * 4 + 2] = id.seqHigh
    this.#ids[at * 4 + 3] = id.seqLow
    this.#times[at] = deliveryTimeMs
    this.#counts[at] = deliveryCount
    this.#owners[at] = -1
    this.length = at + 1
    this.#order = null
    if (at > 0 && this.#compareTo(at - 1, id) >= 0) this.#sorted = false
  }

  /** Says whose entry `id` is; returns its position, -1 when the group does not list it. */
  own(id: StreamId, consumer: number): number {
    const at = this.#find(id)
    if (at >= 0) this.#owners[at] = consumer
    return at
  }

  idAt(at: number, into: StreamId): StreamId {
    const ids = this.#ids
    into.set(ids[at * 4]!, ids[at * 4 + 1]!, ids[at * 4 + 2]!, ids[at * 4 + 3]!)
    return into
  }

  deliveryTimeMs(at: number): number {
    return this.#times[at]!
  }

  deliveryCount(at: number): number {
    return this.#counts[at]!
  }

  /** Index of the consumer, -1 when the entry has none. */
  owner(at: number): number {
    return this.#owners[at]!
  }

  #find(id: StreamId): number {
    if (!this.#sorted && this.#order === null) this.#sort()
    let low = 0
    let high = this.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const at = this.#order === null ? middle : this.#order[middle]!
      const order = this.#compareTo(at, id)
      if (order === 0) return at
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Negative when the ID at `at` is the smaller one. */
  #compareTo(at: number, id: StreamId): number {
    const ids = this.#ids
    const from = at * 4
    return (
      ids[from]! - id.msHigh || ids[from + 1]! - id.msLow || ids[from + 2]! - id.seqHigh || ids[from + 3]! - id.seqLow
    )
  }

  #sort(): void {
    const other = new StreamId()
    this.#order = Uint32Array.from({ length: this.length }, (_, i) => i).sort((a, b) =>
      this.#compareTo(a, this.idAt(b, other)),
    )
  }

  #grow(): void {
    const capacity = this.#owners.length * 2
    const grown = <T extends Uint32Array | Float64Array | Int32Array>(larger: T, old: T): T => {
      larger.set(old)
      return larger
    }
    this.#ids = grown(new Uint32Array(capacity * 4), this.#ids)
    this.#times = grown(new Float64Array(capacity), this.#times)
    this.#counts = grown(new Float64Array(capacity), this.#counts)
    this.#owners = grown(new Int32Array(capacity), this.#owners)
  }
}
