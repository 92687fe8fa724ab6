import type { PairSums } from '../memory/gathered-hash.js'

/** Rows that are kept one by one; a group with more becomes cells. */
const MOST_ROWS = 4096
const FIRST_ROWS = 64
/** Many divisors, so that cells can be joined to nearly any smaller number of them: 2^4 × 3^2 × 5 × 7 × 11. */
const MANY_CELLS = 55_440
/** The same, for groups that come when others have taken the room: 2^4 × 3^2 × 5 × 7. */
const FEW_CELLS = 5040
/** Groups with many cells; and with few. */
const MOST_LARGE = 24
const MOST_SMALL = 200
/** Rows of all groups together that are kept one by one. */
const MOST_ROWS_IN_ALL = 1 << 20

const LENGTHS = 512

/** Room that the groups of one run share. */
export class CellRoom {
  large = 0
  small = 0
  rows = 0

  /** @param cells that many, for whoever knows how many it wants */
  constructor(readonly cells: number | null) {}

  /** Cells for one more group; 0 when there is no room. */
  take(): number {
    if (this.cells !== null) return this.cells
    if (this.large < MOST_LARGE) {
      this.large++
      return MANY_CELLS
    }
    if (this.small === MOST_SMALL) return 0
    this.small++
    return FEW_CELLS
  }
}

/**
 * Sums over the pairs of a group, so that they can be laid out in hashes when all are known: a small group keeps each
 * pair, a larger one sums by `number mod cells`. Bounded whatever the number of pairs.
 */
export class PairCells {
  /** Pairs that are counted. */
  pairs = 0
  /** Pairs that found no room; then nothing is known of the group. */
  lost = 0
  packedBytes = 0
  givenBytes = 0
  /** What `MEMORY USAGE` counts in place of `givenBytes`; not by cell, as it differs by the same share everywhere. */
  usageBytes = 0

  #rows: Columns | null = new Columns(FIRST_ROWS)
  #numbers = new Uint32Array(FIRST_ROWS)
  #cells: Columns | null = null
  /** Pairs by packed bytes; while each pair is kept, these tell. */
  #lengths: Float64Array | null = null

  constructor(readonly room: CellRoom) {
    if (room.cells !== null) {
      this.#rows = null
      this.#cells = new Columns(room.cells)
    }
  }

  /** Cells, or 0 while each pair is kept. */
  get cells(): number {
    return this.#cells?.length ?? 0
  }

  add(number: number, pair: PairSums): void {
    if (this.lost > 0) {
      this.lost++
      return
    }
    if (this.#cells !== null) this.#cells.add(number % this.#cells.length, 1, pair.packedBytes, pair.givenBytes)
    else if (!this.#addRow(number, pair)) return
    this.pairs++
    this.packedBytes += pair.packedBytes
    this.givenBytes += pair.givenBytes
    this.usageBytes += pair.usageBytes
    if (this.#lengths !== null) count(this.#lengths, pair.packedBytes)
  }

  /**
   * Packed bytes of pairs, how often: lengths from 0 to 511, the last one for all above; not where cells were given.
   */
  get lengths(): Float64Array {
    if (this.#lengths !== null) return this.#lengths
    const lengths = new Float64Array(LENGTHS)
    if (this.#rows !== null) for (let i = 0; i < this.pairs; i++) count(lengths, this.#rows.packedBytes[i]!)
    return lengths
  }

  /** `MEMORY USAGE` of pairs in a hash table, per byte that is given for them. */
  get usageShare(): number {
    return this.givenBytes === 0 ? 1 : this.usageBytes / this.givenBytes
  }

  /** True when the sums for so many hashes are known exactly. */
  dividesInto(hashes: number): boolean {
    return this.#cells === null || (hashes <= this.#cells.length && this.#cells.length % hashes === 0)
  }

  /** Numbers of hashes for which the sums are known exactly, ascending; null for any. */
  get divisors(): readonly number[] | null {
    if (this.#cells === null) return null
    const { length } = this.#cells
    return Array.from({ length }, (_, index) => index + 1).filter((hashes) => length % hashes === 0)
  }

  /** Sums per hash. */
  folded(hashes: number): Columns {
    if (this.#cells?.length === hashes) return this.#cells
    const into = new Columns(hashes)
    if (this.#cells !== null) {
      const { pairs, packedBytes, givenBytes, length } = this.#cells
      for (let i = 0; i < length; i++) into.add(i % hashes, pairs[i]!, packedBytes[i]!, givenBytes[i]!)
    } else {
      const { pairs, packedBytes, givenBytes } = this.#rows!
      for (let i = 0; i < this.pairs; i++) {
        into.add(this.#numbers[i]! % hashes, pairs[i]!, packedBytes[i]!, givenBytes[i]!)
      }
    }
    return into
  }

  #addRow(number: number, pair: PairSums): boolean {
    const rows = this.#rows!
    if (this.pairs === MOST_ROWS) return this.#becomeCells() ? this.#addCell(number, pair) : this.#lose()
    if (this.room.rows === MOST_ROWS_IN_ALL) return this.#lose()
    if (this.pairs === rows.length) {
      this.#rows = rows.grown(2 * rows.length)
      const numbers = new Uint32Array(2 * rows.length)
      numbers.set(this.#numbers)
      this.#numbers = numbers
    }
    this.room.rows++
    this.#numbers[this.pairs] = number
    this.#rows!.add(this.pairs, 1, pair.packedBytes, pair.givenBytes)
    return true
  }

  #addCell(number: number, pair: PairSums): boolean {
    this.#cells!.add(number % this.#cells!.length, 1, pair.packedBytes, pair.givenBytes)
    return true
  }

  #becomeCells(): boolean {
    const length = this.room.take()
    if (length === 0) return false
    this.#lengths = this.lengths
    this.#cells = this.folded(length)
    this.room.rows -= this.pairs
    this.#rows = null
    this.#numbers = new Uint32Array(0)
    return true
  }

  #lose(): false {
    this.lost = 1
    this.room.rows -= this.pairs
    this.#rows = null
    this.#numbers = new Uint32Array(0)
    return false
  }
}

function count(lengths: Float64Array, bytes: number): void {
  lengths[Math.min(LENGTHS - 1, bytes)]!++
}

/** Sums of pairs, by cell. */
export class Columns {
  readonly pairs: Float64Array | Uint32Array
  readonly packedBytes: Float64Array | Uint32Array
  readonly givenBytes: Float64Array | Uint32Array

  constructor(readonly length: number) {
    // A few cells may hold more than 4 GiB each.
    const Column = length < 1024 ? Float64Array : Uint32Array
    this.pairs = new Column(length)
    this.packedBytes = new Column(length)
    this.givenBytes = new Column(length)
  }

  add(cell: number, pairs: number, packedBytes: number, givenBytes: number): void {
    this.pairs[cell]! += pairs
    this.packedBytes[cell]! += packedBytes
    this.givenBytes[cell]! += givenBytes
  }

  grown(length: number): Columns {
    const larger = new Columns(length)
    larger.pairs.set(this.pairs)
    larger.packedBytes.set(this.packedBytes)
    larger.givenBytes.set(this.givenBytes)
    return larger
  }
}
