import type { KeyBatch } from '../../batch.js'
import { blockSums, RowSums } from '../row-sums.js'
import type { PatternCells } from './cells.js'

/** Told what rows of one database, type and encoding come to; for reading at once. */
export type SumsTaker = (sums: RowSums) => void

/** Rows of the block at hand that were found a cell, and wait to be added to it: many of one cell in one go. */
export class FoundRows {
  /** Rows of the block in front of this one have a cell. */
  found = 0
  #added = 0
  #batch: KeyBatch | null = null
  #start = 0
  #cellOfRow: Int32Array = new Int32Array(0)
  #onSums: SumsTaker | null = null
  readonly #cells: PatternCells
  readonly #sums = new RowSums()

  constructor(cells: PatternCells) {
    this.#cells = cells
  }

  /** @param start row of the batch that the block begins with */
  begin(batch: KeyBatch, start: number, cellOfRow: Int32Array, onSums: SumsTaker | null): void {
    this.#batch = batch
    this.#start = start
    this.#cellOfRow = cellOfRow
    this.#onSums = onSums
    this.#added = 0
    this.found = 0
  }

  /** Adds what was found so far. */
  add(nowMs: number): void {
    const { found } = this
    while (this.#added < found) {
      const from = this.#added
      this.#added = endOfDatabase(this.#batch!.db, this.#start, from, found)
      this.#addRows(from, this.#added, nowMs)
    }
  }

  /** A cell was put into another: rows in front that somebody is told the cells of have that now. */
  moved(from: number, into: number): void {
    const cellOfRow = this.#cellOfRow
    const behind = this.#start + this.found
    for (let row = 0; row < behind; row++) if (cellOfRow[row] === from) cellOfRow[row] = into
  }

  /** Nothing waits any more. */
  end(): void {
    this.#added = 0
    this.#start = 0
    this.found = 0
  }

  #addRows(from: number, to: number, nowMs: number): void {
    const sums = this.#sums
    const cells = this.#cells
    sums.batch = this.#batch
    sums.start = this.#start
    const groups = blockSums.add(from, to, this.#cellOfRow, this.#start, nowMs, this.#ramSquaresOf)
    for (let group = 0; group < groups; group++) {
      blockSums.read(group, sums)
      cells.add(sums, nowMs)
      this.#onSums?.(sums)
    }
  }

  readonly #ramSquaresOf = (cell: number): number => this.#cells.ramSquares(cell)
}

/** The row of the block from which on another database comes. */
function endOfDatabase(db: Int32Array, start: number, from: number, to: number): number {
  const first = db[start + from]!
  let row = from + 1
  while (row < to && db[start + row] === first) row++
  return row
}
