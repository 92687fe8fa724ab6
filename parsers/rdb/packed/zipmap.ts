import { readI32le } from '../cursor.js'
import type { RdbProblem } from '../errors.js'
import type { RdbString } from '../strings.js'
import { PackedReader } from './reader.js'

/**
 * Zipmap: small hashes up to Redis 2.4.
 *
 *     u8 pairs (254 or 255 = unknown), pairs, FF
 *     pair = length field, length, u8 free, value, free unused bytes
 *     length = one byte 0-253, or FE and u32 LE
 *
 * Fields and values come in turn; the free bytes behind a value belong to it.
 */
const UNKNOWN_COUNT = 254

export class ZipmapReader extends PackedReader {
  override readonly kind = 'zipmap'
  #inPair = false
  #markInPair = false
  #free = 0

  override begin(total: number): void {
    if (total < 2) this.fail(`a zipmap of ${total} bytes is too short`)
    this.need(1)
    const count = this.bytes[this.pos]!
    this.declared = count >= UNKNOWN_COUNT ? -1 : count * 2
    this.#inPair = false
    this.#markInPair = false
    this.pos++
  }

  override commit(): void {
    super.commit()
    this.#markInPair = this.#inPair
  }

  override rewind(pos: number): void {
    super.rewind(pos)
    this.#inPair = this.#markInPair
  }

  override string(into: RdbString): boolean {
    const start = this.pos
    const head = this.#head()
    const length = this.longLength
    if (this.tooLong(length)) return false
    const from = start + head
    this.need(head + length + this.#free)
    into.setRaw(this.bytes, from, from + length, head + length + this.#free)
    this.pos = from + length + this.#free
    this.#inPair = !this.#inPair
    this.counted(length)
    return true
  }

  /** Bytes before the text; the length is left in `longLength`, the unused bytes behind it in `#free`. */
  #head(): number {
    if (this.pos === this.end) this.need(1)
    const first = this.bytes[this.pos]!
    let head = 1
    if (first === 0xff) this.fail('the terminator stands before the end')
    if (first === 0xfe) {
      this.need(5)
      this.longLength = readI32le(this.bytes, this.pos + 1) >>> 0
      if (this.longLength < UNKNOWN_COUNT) this.fail('a short length is written in five bytes')
      head = 5
    } else {
      this.longLength = first
    }
    this.#free = 0
    if (this.#inPair) {
      this.need(head + 1)
      this.#free = this.bytes[this.pos + head]!
      head++
    }
    return head
  }

  protected override longHead(): number {
    this.pos += this.#head()
    return this.longLength
  }

  protected override longTail(_length: number): void {
    this.need(this.#free)
    this.pos += this.#free
    this.#inPair = !this.#inPair
  }

  protected override bad(what: string): RdbProblem {
    return { code: 'bad-zipmap', what, entry: this.walked }
  }
}
