import { RdbError, type RdbLocation, type RdbProblem } from './errors.js'
import { LongString } from './long-string.js'
import { lzfMaxLength } from './lzf.js'
import { HOLD_BYTES, NEED_MORE, type StringSource } from './need-more.js'
import { decimalLength32, type RdbString } from './strings.js'
import type { PartRole, RdbVisitor } from './visitor.js'

/**
 * A position in the bytes at hand, with the primitives of the format.
 *
 * When a value continues behind the bytes at hand, a read throws NEED_MORE and the parser rewinds to the
 * last `commit()`. All lengths are checked here, before anybody allocates or skips by them.
 */
export class Cursor implements StringSource {
  bytes: Uint8Array = new Uint8Array(0)
  pos = 0
  end = 0
  /** Offset in the file of `bytes[0]`. */
  base = 0
  /** Position after the last commit. */
  mark = 0
  /** How far (as position) the data must reach before another try makes sense. */
  wanted = 0
  /** Bytes behind `end` that are to be passed over before anything else is read. */
  skipping = 0
  /** Logical length of the string whose head was read by `stringHead()`; 0 for integers. */
  stringLength = 0
  /** Halves of the last `length64()`. */
  high = 0
  low = 0
  /**
   * Where a string that is longer than this file can be is called cut at once: offset behind the last byte there is.
   */
  limit = Number.POSITIVE_INFINITY
  /** Offset and value of the last length that took more than two bytes: where a damaged one may have led astray. */
  bigLengthAt = -1
  bigLength = 0
  /** Names the place of an error; set by the parser. */
  locate: (offset: number) => RdbLocation = (offset) => ({ offset })
  /** Long strings in progress. */
  readonly long: LongString
  #viewed: Uint8Array = this.bytes
  #view = new DataView(this.bytes.buffer)

  constructor(visitor: RdbVisitor) {
    this.long = new LongString(this, visitor)
  }

  /** Offset in the file. */
  get offset(): number {
    return this.base + this.pos
  }

  /** How many bytes at least must come before reading can go on. */
  get missingBytes(): number {
    if (this.skipping > 0) return this.skipping
    return Math.max(this.long.remaining - (this.end - this.mark), this.wanted - this.end, 1)
  }

  commit(): void {
    this.mark = this.pos
  }

  /** Makes sure that `count` bytes are at hand. */
  need(count: number): void {
    if (this.end - this.pos < count) {
      this.wanted = this.pos + count
      throw NEED_MORE
    }
  }

  fail(problem: RdbProblem, offset = this.base + this.pos): never {
    throw new RdbError(problem, this.locate(offset))
  }

  u8(): number {
    if (this.pos === this.end) this.need(1)
    return this.bytes[this.pos++]!
  }

  i32le(): number {
    this.need(4)
    const at = this.pos
    this.pos = at + 4
    return readI32le(this.bytes, at)
  }

  u32le(): number {
    return this.i32le() >>> 0
  }

  /** Little-endian 64-bit value into `high` and `low` (signed halves). */
  u64le(): void {
    this.need(8)
    this.low = readI32le(this.bytes, this.pos)
    this.high = readI32le(this.bytes, this.pos + 4)
    this.pos += 8
  }

  /** Signed 64-bit milliseconds as a number (exact below 2^53). */
  ms(): number {
    this.u64le()
    return this.high * 4294967296 + (this.low >>> 0)
  }

  f64le(): number {
    this.need(8)
    const at = this.pos
    this.pos = at + 8
    return this.#dataView().getFloat64(at, true)
  }

  f32le(): number {
    this.need(4)
    const at = this.pos
    this.pos = at + 4
    return this.#dataView().getFloat32(at, true)
  }

  /** Made once for as long as the bytes at hand are the same. */
  #dataView(): DataView {
    const { bytes } = this
    if (bytes !== this.#viewed) {
      this.#viewed = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    return this.#view
  }

  /** A length that counts bytes or elements: at most 2^53 - 1. */
  length(): number {
    if (this.pos === this.end) this.need(1)
    const first = this.bytes[this.pos]!
    if (first < 0x40) {
      this.pos++
      return first
    }
    if (first < 0x80) {
      this.need(2)
      const at = this.pos
      this.pos = at + 2
      return ((first & 0x3f) << 8) | this.bytes[at + 1]!
    }
    this.length64()
    if (this.high >>> 0 > 0x1fffff) {
      this.fail({ code: 'bad-length', what: 'a count above 2^53 cannot be real' })
    }
    this.bigLength = (this.high >>> 0) * 4294967296 + (this.low >>> 0)
    this.bigLengthAt = this.base + this.pos
    return this.bigLength
  }

  /** Nothing can be longer than what is left of the file. */
  #checkLimit(length: number, start: number): void {
    const missing = this.base + this.pos + length - this.limit
    if (missing > 0) {
      this.fail({ code: 'truncated', what: 'a string', missingBytes: missing }, this.base + start)
    }
  }

  /** A count that may use all 64 bits, as a number: exact up to 2^53, rounded above. */
  count64(): number {
    this.length64()
    return (this.high >>> 0) * 4294967296 + (this.low >>> 0)
  }

  /** A length that may use all 64 bits (IDs, module integers): into `high` and `low` (signed halves). */
  length64(): void {
    if (this.pos === this.end) this.need(1)
    const at = this.pos
    const first = this.bytes[at]!
    this.high = 0
    if (first < 0x40) {
      this.low = first
      this.pos = at + 1
    } else if (first < 0x80) {
      this.need(2)
      this.low = ((first & 0x3f) << 8) | this.bytes[at + 1]!
      this.pos = at + 2
    } else if (first === 0x80) {
      this.need(5)
      this.low = readI32be(this.bytes, at + 1)
      this.pos = at + 5
    } else if (first === 0x81) {
      this.need(9)
      this.high = readI32be(this.bytes, at + 1)
      this.low = readI32be(this.bytes, at + 5)
      this.pos = at + 9
    } else {
      const what =
        first < 0xc0 ? `0x${first.toString(16)} starts no length` : 'a string encoding stands where a length must be'
      this.fail({ code: 'bad-length', what })
    }
  }

  string(into: RdbString): boolean {
    if (this.pos === this.end) this.need(1)
    const start = this.pos
    const bytes = this.bytes
    const first = bytes[start]!
    if (first < 0x40) {
      const from = start + 1
      const to = from + first
      if (to > this.end) this.need(1 + first)
      this.pos = to
      into.setRaw(bytes, from, to, first + 1)
      return true
    }
    if (first < 0xc0) {
      const length = this.length()
      this.#checkLimit(length, start)
      if (length > HOLD_BYTES) {
        this.pos = start
        return false
      }
      this.need(length)
      const from = this.pos
      this.pos = from + length
      into.setRaw(bytes, from, this.pos, this.pos - start)
      return true
    }
    if (first === 0xc0) {
      this.need(2)
      this.pos = start + 2
      into.setInt32((bytes[start + 1]! << 24) >> 24, 2)
      return true
    }
    if (first === 0xc1) {
      this.need(3)
      this.pos = start + 3
      into.setInt32(((bytes[start + 1]! << 16) | (bytes[start + 2]! << 24)) >> 16, 3)
      return true
    }
    if (first === 0xc2) {
      this.need(5)
      this.pos = start + 5
      into.setInt32(readI32le(bytes, start + 1), 5)
      return true
    }
    if (first === 0xc3) {
      this.pos = start + 1
      const compressed = this.length()
      const length = this.length()
      this.#checkLzf(compressed, length, this.base + start)
      this.#checkLimit(compressed, start)
      if (compressed > HOLD_BYTES || length > HOLD_BYTES) {
        this.pos = start
        return false
      }
      this.need(compressed)
      const from = this.pos
      this.pos = from + compressed
      into.setLzf(bytes, from, compressed, length, this.pos - start)
      return true
    }
    return this.fail({ code: 'bad-string', encodingByte: first })
  }

  /**
   * Lengths of the next strings, up to the first one that is compressed, longer than `upTo`, not at hand as a whole, or
   * has something other than a finite number in the `tailBytes` behind it. Commits, and returns how many there are.
   */
  elementLengths(lengths: Int32Array, most: number, upTo: number, tailBytes: 0 | 8): number {
    const { bytes, end } = this
    let pos = this.pos
    let count = 0
    // Room for the longest head: an integer of 32 bits.
    while (count < most && pos + 5 <= end) {
      const first = bytes[pos]!
      let length = first
      let behind = pos + 1 + first
      if (first >= 0x40) {
        if (first < 0x80) {
          length = ((first & 0x3f) << 8) | bytes[pos + 1]!
          behind = pos + 2 + length
        } else if (first === 0xc0) {
          length = decimalLength32((bytes[pos + 1]! << 24) >> 24)
          behind = pos + 2
        } else if (first === 0xc1) {
          length = decimalLength32(((bytes[pos + 1]! << 16) | (bytes[pos + 2]! << 24)) >> 16)
          behind = pos + 3
        } else if (first === 0xc2) {
          length = decimalLength32(readI32le(bytes, pos + 1))
          behind = pos + 5
        } else break
      }
      behind += tailBytes
      if (length > upTo || behind > end) break
      if (tailBytes > 0 && (bytes[behind - 1]! & 0x7f) === 0x7f && bytes[behind - 2]! >= 0xf0) break
      lengths[count++] = length
      pos = behind
    }
    this.pos = pos
    this.commit()
    return count
  }

  longString(into: RdbString, role: PartRole): void {
    this.long.read(into, role)
  }

  /** Nothing is allocated for a length that the compressed bytes cannot give. */
  #checkLzf(compressed: number, length: number, offset: number): void {
    if (length > lzfMaxLength(compressed)) {
      this.fail({ code: 'bad-lzf', what: `${compressed} bytes cannot stand for ${length}` }, offset)
    }
  }

  /** Reads the head of a string and returns how many bytes of it follow; its logical length is in `stringLength`. */
  stringHead(): number {
    if (this.pos === this.end) this.need(1)
    const start = this.pos
    const first = this.bytes[start]!
    if (first < 0xc0) {
      this.stringLength = this.length()
      this.#checkLimit(this.stringLength, start)
      return this.stringLength
    }
    this.pos++
    this.stringLength = 0
    if (first === 0xc0) return 1
    if (first === 0xc1) return 2
    if (first === 0xc2) return 4
    if (first !== 0xc3) this.fail({ code: 'bad-string', encodingByte: first }, this.base + start)
    const compressed = this.length()
    this.stringLength = this.length()
    this.#checkLzf(compressed, this.stringLength, this.base + start)
    this.#checkLimit(compressed, start)
    return compressed
  }

  /**
   * Passes over bytes that may not have arrived; what is behind must not be read again (call it last, after counting).
   */
  skip(count: number): void {
    const available = this.end - this.pos
    if (count <= available) {
      this.pos += count
      return
    }
    this.pos = this.end
    this.skipping = count - available
    this.commit()
    this.wanted = this.end + 1
    throw NEED_MORE
  }
}

export function readI32le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

export function readI32be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
