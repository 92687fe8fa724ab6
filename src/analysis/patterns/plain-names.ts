import { codeOf, type KeyBatch } from '../../batch.js'
import { FIGURES_BYTES } from '../../name-figures.js'
import { rowBlock } from '../row-block.js'

const PLACES = 1 << 13
/**
 * Numbers per place: the two hashes of the shape, length and code, and 1 more than the cell, where 0 is an empty place.
 */
const STRIDE = 4

/**
 * The cells of names that differ in digits only from one that was seen before. They are found by the figures of names;
 * a newer entry takes the place of an older one.
 */
export class PlainNames {
  readonly #places = new Int32Array(PLACES * STRIDE)
  #empty = true

  /**
   * Writes the cells of rows of the block, in `[from, to)`, up to the first one that is not known; returns that row, or
   * `to`.
   *
   * @param start row of the batch that the block begins with
   */
  find(from: number, to: number, cellOfRow: Int32Array, start: number): number {
    return findCells(this.#places, from, to, cellOfRow, start)
  }

  /** The cell of a row, -1 when it is not known. */
  get(batch: KeyBatch, row: number): number {
    const size = batch.keyEnd[row]! - batch.keyStart[row]!
    if (size > FIGURES_BYTES) return -1
    const places = this.#places
    const a = batch.shapeA[row]!
    const lengthAndCode = (size << 8) | codeOf(batch.type[row]!, batch.encoding[row]!)
    const at = placeOf(a, lengthAndCode)
    const known = places[at] === a && places[at + 1] === batch.shapeB[row]! && places[at + 2] === lengthAndCode
    return known ? places[at + 3]! - 1 : -1
  }

  /** From now on names like that of a row are known. */
  learn(batch: KeyBatch, row: number, cell: number): void {
    const size = batch.keyEnd[row]! - batch.keyStart[row]!
    if (size > FIGURES_BYTES) return
    const a = batch.shapeA[row]!
    const lengthAndCode = (size << 8) | codeOf(batch.type[row]!, batch.encoding[row]!)
    const at = placeOf(a, lengthAndCode)
    this.#places[at] = a
    this.#places[at + 1] = batch.shapeB[row]!
    this.#places[at + 2] = lengthAndCode
    this.#places[at + 3] = cell + 1
    this.#empty = false
  }

  clear(): void {
    if (!this.#empty) this.#places.fill(0)
    this.#empty = true
  }
}

const findCells = makeFindCells()

/** A loop that knows where its columns are: see `rowBlock`. */
function makeFindCells() {
  const { keyStart, keyEnd, type, encoding, shapeA, shapeB } = rowBlock
  return (places: Int32Array, from: number, to: number, cellOfRow: Int32Array, start: number): number => {
    let row = from
    for (; row < to; row++) {
      const size = keyEnd[row]! - keyStart[row]!
      const a = shapeA[row]!
      // Digits are told apart by their number only, so that the length belongs to what is looked for.
      const lengthAndCode = (size << 8) | codeOf(type[row]!, encoding[row]!)
      const at = placeOf(a, lengthAndCode)
      const cell = places[at + 3]! - 1
      if (places[at] !== a || places[at + 1] !== shapeB[row]! || places[at + 2] !== lengthAndCode || cell < 0) break
      // Figures of long names are left over from others.
      if (size > FIGURES_BYTES) break
      cellOfRow[start + row] = cell
    }
    return row
  }
}

function placeOf(shape: number, lengthAndCode: number): number {
  return ((shape ^ Math.imul(lengthAndCode, 0x9e3779b1)) & (PLACES - 1)) * STRIDE
}
