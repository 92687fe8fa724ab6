import { FLAG_FIELD_EXPIRY, type KeyBatch } from '../../batch.js'
import type { RowOverhead } from '../overhead-rows.js'

const MARK = { selectDb: 0, resizeDb: 1, slotInfo: 2 } as const

/** A choice of database or a hint, and how many rows of the range came before it. */
export type Mark = readonly [rowsBefore: number, kind: number, a: number, b: number]

/**
 * Notes where the hints of a dump stand, instead of following them: shares of tables depend on all rows before, which a
 * range does not know.
 */
export class MarkedOverhead implements RowOverhead {
  readonly leftover = 0
  readonly lastExpiresBytes = 0
  marks: Mark[] = []
  #rows = 0

  selectDb(db: number): void {
    this.marks.push([this.#rows, MARK.selectDb, db, 0])
  }

  resizeDb(keys: number, expires: number): void {
    this.marks.push([this.#rows, MARK.resizeDb, keys, expires])
  }

  slotInfo(keys: number, expires: number): void {
    this.marks.push([this.#rows, MARK.slotInfo, keys, expires])
  }

  next(): number {
    this.#rows++
    return 0
  }

  end(): void {}

  /** The marks so far, and a new beginning. */
  take(): Mark[] {
    const { marks } = this
    this.marks = []
    return marks
  }

  /** A new range begins. */
  reset(): void {
    this.marks = []
    this.#rows = 0
  }
}

/** Follows the hints of a range, and gives its rows their shares. */
export class OverheadOfRange {
  readonly #overhead: RowOverhead
  readonly #sums: { overheadBytes: number; expiresBytes: number }
  #rows = 0
  #marks: Mark[] = []

  constructor(overhead: RowOverhead, sums: { overheadBytes: number; expiresBytes: number }) {
    this.#overhead = overhead
    this.#sums = sums
  }

  marks(marks: readonly Mark[]): void {
    this.#marks.push(...marks)
  }

  rows(batch: KeyBatch): void {
    const { expiresAtMs, flags, overheadBytes, length } = batch
    const overhead = this.#overhead
    let sum = 0
    let expiresSum = 0
    for (let row = 0; row < length; ) {
      this.#follow()
      const stop = Math.min(length, this.#marks.length === 0 ? length : row + this.#marks[0]![0] - this.#rows)
      this.#rows += stop - row
      for (; row < stop; row++) {
        const share = overhead.next(expiresAtMs[row]! !== -1, (flags[row]! & FLAG_FIELD_EXPIRY) !== 0)
        overheadBytes[row] = share
        sum += share
        expiresSum += overhead.lastExpiresBytes
      }
    }
    this.#sums.overheadBytes += sum
    this.#sums.expiresBytes += expiresSum
  }

  /** After the last row of the range. */
  finish(): void {
    this.#follow()
    this.#rows = 0
  }

  #follow(): void {
    while (this.#marks.length > 0 && this.#marks[0]![0] <= this.#rows) {
      const [, kind, a, b] = this.#marks.shift()!
      if (kind === MARK.selectDb) this.#overhead.selectDb(a)
      else if (kind === MARK.resizeDb) this.#overhead.resizeDb(a, b)
      else this.#overhead.slotInfo(a, b)
    }
  }
}
