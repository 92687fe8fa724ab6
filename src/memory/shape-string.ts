import { RdbString, STRING_FORM } from '../../parsers/index.js'

/** Neither a digit nor a sign: text that is no integer. */
const TEXT = new Uint8Array(24).fill(0x78)
const EMPTY = new Uint8Array(0)
const HIGH = 4294967296

/**
 * A string that is not there: all that a size depends on is its length, and which integer it stands for, if any.
 * Goes wherever a sizer takes a string. Reused; its bytes must not be read.
 */
export class ShapeString extends RdbString {
  /** @param integer the integer that the text stands for, else NaN */
  set(length: number, integer: number): this {
    if (Number.isNaN(integer)) this.setRaw(TEXT, 0, Math.min(length, TEXT.length), length)
    else {
      this.form = STRING_FORM.integer
      this.bytes = EMPTY
      this.start = 0
      this.end = 0
      this.intHigh = Math.floor(integer / HIGH) | 0
      this.intLow = (integer - Math.floor(integer / HIGH) * HIGH) | 0
    }
    this.length = length
    return this
  }
}
