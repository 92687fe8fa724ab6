import { ENCODINGS, type KeyBatch, TYPES } from '../batch.js'
import { NameSlots, type NamesState } from './names.js'
import { countOf, floatsOf, StateError } from './state.js'

/** A key kept for the report: plain numbers and its place in the names. */
export interface KeptKey {
  readonly rank: number
  readonly slot: number
  readonly db: number
  /** Index into `TYPES`. */
  readonly type: number
  /** Index into `ENCODINGS`. */
  readonly encoding: number
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly elements: number
  readonly longestElementBytes: number
  readonly expiresAtMs: number
  readonly file: number
  readonly offset: number
  readonly keyLength: number
}

/** Columns of numbers that are kept per key. */
const COLUMN = {
  rank: 0,
  ramBytes: 1,
  db: 2,
  type: 3,
  encoding: 4,
  payloadBytes: 5,
  elements: 6,
  longestElementBytes: 7,
  expiresAtMs: 8,
  file: 9,
  offset: 10,
  keyLength: 11,
} as const
const COLUMNS = 12
/** Where columns stand in a state. */
export const KEPT_COLUMN = COLUMN
/** More are not kept anywhere. */
const MOST_KEPT = 10_000

/** Kept keys, the highest rank first. */
export interface TopKeysState {
  readonly capacity: number
  /** One list per column of `COLUMN`. */
  readonly columns: readonly Float64Array[]
  readonly names: NamesState
}

/**
 * The `capacity` keys of the highest rank, in a heap of fixed size. Equal ranks: more ramBytes first, then lower
 * database, key bytes, file and offset, so that the choice does not depend on the order the keys come in.
 */
export class TopKeys {
  readonly capacity: number
  readonly names: NameSlots
  /** Below this rank a key has no chance; -1 while there is room. */
  floor = -1
  /** With just that rank, a key needs at least so many bytes. */
  floorRamBytes = -1
  #size = 0
  /** Slots as a heap, the one to go next on top. */
  readonly #heap: Int32Array
  readonly #rows: Float64Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.names = new NameSlots(capacity)
    this.#heap = new Int32Array(capacity)
    this.#rows = new Float64Array(capacity * COLUMNS)
  }

  get size(): number {
    return this.#size
  }

  /** Takes a row when it belongs to the top. Ask `rank >= floor` first: that is what keeps the caller's loop quick. */
  offer(rank: number, batch: KeyBatch, row: number): void {
    const { keyBytes } = batch
    const start = batch.keyStart[row]!
    const end = batch.keyEnd[row]!
    const keyLength = batch.keyLength[row]!
    let slot = this.#size
    if (slot === this.capacity) {
      slot = this.#heap[0]!
      const rows = this.#rows
      const at = slot * COLUMNS
      const order =
        rows[at]! - rank ||
        rows[at + COLUMN.ramBytes]! - batch.ramBytes[row]! ||
        batch.db[row]! - rows[at + COLUMN.db]! ||
        -this.names.compare(slot, keyBytes, start, end, keyLength) ||
        batch.file - rows[at + COLUMN.file]! ||
        batch.offset[row]! - rows[at + COLUMN.offset]!
      if (order >= 0) return
    }
    const rows = this.#rows
    const at = slot * COLUMNS
    rows[at] = rank
    rows[at + COLUMN.ramBytes] = batch.ramBytes[row]!
    rows[at + COLUMN.db] = batch.db[row]!
    rows[at + COLUMN.type] = batch.type[row]!
    rows[at + COLUMN.encoding] = batch.encoding[row]!
    rows[at + COLUMN.payloadBytes] = batch.payloadBytes[row]!
    rows[at + COLUMN.elements] = batch.elements[row]!
    rows[at + COLUMN.longestElementBytes] = batch.longestElementBytes[row]!
    rows[at + COLUMN.expiresAtMs] = batch.expiresAtMs[row]!
    rows[at + COLUMN.file] = batch.file
    rows[at + COLUMN.offset] = batch.offset[row]!
    rows[at + COLUMN.keyLength] = keyLength
    this.names.set(slot, keyBytes, start, end, keyLength)
    this.#placed(slot)
  }

  merge(other: TopKeys): void {
    for (let i = 0; i < other.#size; i++) {
      const theirs = other.#heap[i]!
      let slot = this.#size
      if (slot === this.capacity) {
        slot = this.#heap[0]!
        if (compare(other, theirs, this, slot) >= 0) continue
      }
      this.#rows.set(other.#rows.subarray(theirs * COLUMNS, (theirs + 1) * COLUMNS), slot * COLUMNS)
      this.names.copy(other.names, theirs, slot)
      this.#placed(slot)
    }
  }

  state(): TopKeysState {
    const slots = this.#sortedSlots()
    const names = new NameSlots(slots.length)
    for (const [place, slot] of slots.entries()) names.copy(this.names, slot, place)
    return {
      capacity: this.capacity,
      columns: Array.from({ length: COLUMNS }, (_, column) =>
        Float64Array.from(slots, (slot) => this.#rows[slot * COLUMNS + column]!),
      ),
      names: names.state(),
    }
  }

  /**
   * @param firstFile what the file numbers of the state begin with here
   * @throws StateError
   */
  static restore(state: TopKeysState, firstFile: number): TopKeys {
    const top = new TopKeys(countOf(state.capacity, MOST_KEPT, 'top keys: capacity'))
    const size = state.columns?.[0]?.length ?? 0
    if (size > top.capacity || state.columns?.length !== COLUMNS) throw new StateError('top keys: more than fit')
    for (const [column, values] of state.columns.entries()) {
      floatsOf(values, size, 'top keys')
      const more = column === COLUMN.file ? firstFile : 0
      for (let place = 0; place < size; place++) top.#rows[place * COLUMNS + column] = values[place]! + more
    }
    for (let place = 0; place < size; place++) {
      const at = place * COLUMNS
      if (!(top.#rows[at + COLUMN.type]! in TYPES && top.#rows[at + COLUMN.encoding]! in ENCODINGS)) {
        throw new StateError('top keys: unknown type or encoding')
      }
    }
    top.names.restore(state.names)
    for (let place = 0; place < size; place++) {
      if (top.names.isEmpty(place)) throw new StateError('top keys: a name is missing')
      top.#placed(place)
    }
    return top
  }

  /** The keys kept, the highest rank first. */
  sorted(): readonly KeptKey[] {
    return this.#sortedSlots().map((slot) => this.#key(slot))
  }

  #sortedSlots(): readonly number[] {
    return [...this.#heap.subarray(0, this.#size)].sort((a, b) => compare(this, a, this, b))
  }

  /** Restores the heap after a slot got new contents: the slot behind the last one, or the one on top. */
  #placed(slot: number): void {
    if (this.#size < this.capacity) {
      this.#heap[this.#size] = slot
      this.#up(this.#size++)
    } else this.#down()
    if (this.#size < this.capacity) return
    const top = this.#heap[0]! * COLUMNS
    this.floor = this.#rows[top]!
    this.floorRamBytes = this.#rows[top + COLUMN.ramBytes]!
  }

  #up(from: number): void {
    const heap = this.#heap
    const slot = heap[from]!
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (compare(this, slot, this, heap[parent]!) <= 0) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = slot
  }

  #down(): void {
    const heap = this.#heap
    const slot = heap[0]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && compare(this, heap[child + 1]!, this, heap[child]!) > 0) child++
      if (compare(this, heap[child]!, this, slot) <= 0) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = slot
  }

  #key(slot: number): KeptKey {
    const at = slot * COLUMNS
    const rows = this.#rows
    return {
      slot,
      rank: rows[at]!,
      ramBytes: rows[at + COLUMN.ramBytes]!,
      db: rows[at + COLUMN.db]!,
      type: rows[at + COLUMN.type]!,
      encoding: rows[at + COLUMN.encoding]!,
      payloadBytes: rows[at + COLUMN.payloadBytes]!,
      elements: rows[at + COLUMN.elements]!,
      longestElementBytes: rows[at + COLUMN.longestElementBytes]!,
      expiresAtMs: rows[at + COLUMN.expiresAtMs]!,
      file: rows[at + COLUMN.file]!,
      offset: rows[at + COLUMN.offset]!,
      keyLength: rows[at + COLUMN.keyLength]!,
    }
  }

  static order(a: TopKeys, slotA: number, b: TopKeys, slotB: number): number {
    const rowsA = a.#rows
    const rowsB = b.#rows
    const atA = slotA * COLUMNS
    const atB = slotB * COLUMNS
    const byNumbers =
      rowsB[atB]! - rowsA[atA]! ||
      rowsB[atB + COLUMN.ramBytes]! - rowsA[atA + COLUMN.ramBytes]! ||
      rowsA[atA + COLUMN.db]! - rowsB[atB + COLUMN.db]!
    if (byNumbers !== 0) return byNumbers
    const name = b.names.bytes(slotB)
    return (
      a.names.compare(slotA, name, 0, name.length, b.names.length(slotB)) ||
      rowsA[atA + COLUMN.file]! - rowsB[atB + COLUMN.file]! ||
      rowsA[atA + COLUMN.offset]! - rowsB[atB + COLUMN.offset]!
    )
  }
}

/** Negative when the first goes before the second. */
const compare = TopKeys.order
