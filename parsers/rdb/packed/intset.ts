import { readI32le } from '../cursor.js'
import type { RdbProblem } from '../errors.js'
import type { RdbString } from '../strings.js'
import { PackedReader } from './reader.js'

/**
 * Intset: sets of integers.
 *
 *     u32 LE bytes per element (2, 4 or 8), u32 LE count, count signed little-endian integers, ascending
 */
const HEADER_BYTES = 8

export class IntsetReader extends PackedReader {
  override readonly kind = 'intset'
  /** Bytes per element. */
  width = 2
  #total = 0
  /** The element before the one at hand. */
  #lastHigh = 0
  #lastLow = 0
  #markHigh = 0
  #markLow = 0

  override begin(total: number): void {
    this.#total = total
    if (total < HEADER_BYTES) this.fail(`an intset of ${total} bytes is too short`)
    this.need(HEADER_BYTES)
    this.width = readI32le(this.bytes, this.pos) >>> 0
    if (this.width !== 2 && this.width !== 4 && this.width !== 8) {
      this.fail(`elements of ${this.width} bytes do not exist`)
    }
    this.declared = readI32le(this.bytes, this.pos + 4) >>> 0
    if (total !== HEADER_BYTES + this.width * this.declared) {
      this.fail(`${this.declared} elements of ${this.width} bytes do not fill ${total} bytes`)
    }
    this.pos += HEADER_BYTES
  }

  override string(into: RdbString): boolean {
    const at = this.pos
    const width = this.width
    this.need(width)
    if (width === 2) into.setInt32(((this.bytes[at]! << 16) | (this.bytes[at + 1]! << 24)) >> 16, 2)
    else if (width === 4) into.setInt32(readI32le(this.bytes, at), 4)
    else into.setInt64(readI32le(this.bytes, at + 4), readI32le(this.bytes, at), 8)
    if (this.walked > 0 && !this.#ascends(into)) this.fail('the elements do not ascend')
    this.#lastHigh = into.intHigh
    this.#lastLow = into.intLow
    this.pos = at + width
    this.counted(into.length)
    return true
  }

  #ascends(next: RdbString): boolean {
    if (next.intHigh !== this.#lastHigh) return next.intHigh > this.#lastHigh
    return next.intLow >>> 0 > this.#lastLow >>> 0
  }

  override commit(): void {
    super.commit()
    this.#markHigh = this.#lastHigh
    this.#markLow = this.#lastLow
  }

  override rewind(pos: number): void {
    super.rewind(pos)
    this.#lastHigh = this.#markHigh
    this.#lastLow = this.#markLow
  }

  protected override longHead(): number {
    return this.fail('an intset has no strings')
  }

  protected override longTail(_length: number): void {}

  protected override bad(what: string): RdbProblem {
    return { code: 'bad-intset', what: `${what} (element ${this.walked}, ${this.#total} bytes)` }
  }
}
