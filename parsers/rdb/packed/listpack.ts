import { readI32le } from '../cursor.js'
import type { RdbProblem } from '../errors.js'
import { decimalLength, decimalLength32, type RdbString } from '../strings.js'
import { PackedReader } from './reader.js'

/**
 * Listpack: lists, hashes, sorted sets, sets and stream nodes since Redis 7.0 (streams since 5.0).
 *
 *     u32 LE total bytes, u16 LE entries (65535 = unknown), entries, FF
 *     entry = encoding and data, then their size again as "backlen", to walk from behind
 */
const HEADER_BYTES = 6
const UNKNOWN_COUNT = 65535

/**
 * Sizes at which two backlen forms exist: the longer one (first byte 00) of Redis 5.0-8.6 and Valkey up to 9.0,
 * and the shorter one (first byte 7F) of Valkey 9.1 and Redis code since May 2026. Both are read.
 */
const BOUNDARIES = [16383, 2097151, 268435455] as const

export class ListpackReader extends PackedReader {
  override readonly kind = 'listpack'

  override begin(total: number): void {
    if (total < HEADER_BYTES + 1) this.fail(`a listpack of ${total} bytes is too short`)
    this.need(HEADER_BYTES)
    const declaredBytes = readI32le(this.bytes, this.pos) >>> 0
    if (declaredBytes !== total) this.fail(`its header says ${declaredBytes} bytes, there are ${total}`)
    const count = this.bytes[this.pos + 4]! | (this.bytes[this.pos + 5]! << 8)
    this.declared = count === UNKNOWN_COUNT ? -1 : count
    this.pos += HEADER_BYTES
  }

  override string(into: RdbString): boolean {
    if (this.pos === this.end) this.need(1)
    const bytes = this.bytes
    const at = this.pos
    const first = bytes[at]!
    if (first < 0x80) {
      into.setInt32(first, 1)
      this.#pass(at, 1, into.length)
      return true
    }
    if (first < 0xc0) {
      const length = first & 0x3f
      const size = 1 + length
      if (at + size + 1 > this.end) this.need(size + 1)
      into.setRaw(bytes, at + 1, at + size, size)
      this.#pass(at, size, length)
      return true
    }
    if (first < 0xe0) {
      this.need(2)
      const value = ((first & 0x1f) << 8) | bytes[at + 1]!
      into.setInt32((value << 19) >> 19, 2)
      this.#pass(at, 2, into.length)
      return true
    }
    if (first <= 0xf0) {
      const head = this.#stringHead(first)
      const length = this.longLength
      if (this.tooLong(length)) return false
      this.need(head + length)
      into.setRaw(bytes, at + head, at + head + length, head + length)
      this.#pass(at, head + length, length)
      return true
    }
    switch (first) {
      case 0xf1:
        this.need(3)
        into.setInt32(((bytes[at + 1]! | (bytes[at + 2]! << 8)) << 16) >> 16, 3)
        this.#pass(at, 3, into.length)
        return true
      case 0xf2:
        this.need(4)
        into.setInt32(((bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >> 8, 4)
        this.#pass(at, 4, into.length)
        return true
      case 0xf3:
        this.need(5)
        into.setInt32(readI32le(bytes, at + 1), 5)
        this.#pass(at, 5, into.length)
        return true
      case 0xf4:
        this.need(9)
        into.setInt64(readI32le(bytes, at + 5), readI32le(bytes, at + 1), 9)
        this.#pass(at, 9, into.length)
        return true
      case 0xff:
        return this.fail('the terminator stands before the end')
      default:
        return this.fail(`it starts with 0x${first.toString(16)}, which encodes nothing`)
    }
  }

  /** Lengths only, without showing or decoding anything. */
  protected override summarizeCommon(): void {
    const bytes = this.bytes
    const end = this.end
    let at = this.pos
    let entries = this.walked
    let payload = this.payloadBytes
    let longest = this.longestEntryBytes
    while (at < end) {
      const first = bytes[at]!
      let length = 0
      if (first < 0x80) {
        if (at + 2 > end || bytes[at + 1] !== 1) break
        length = first < 10 ? 1 : first < 100 ? 2 : 3
        at += 2
      } else if (first < 0xc0) {
        length = first & 0x3f
        if (at + length + 2 > end || bytes[at + length + 1] !== length + 1) break
        at += length + 2
      } else if (first < 0xe0) {
        if (at + 3 > end || bytes[at + 2] !== 2) break
        length = decimalLength32(((((first & 0x1f) << 8) | bytes[at + 1]!) << 19) >> 19)
        at += 3
      } else if (first < 0xf0) {
        if (at + 2 > end) break
        length = ((first & 0x0f) << 8) | bytes[at + 1]!
        const size = length + 2
        if (size <= 127) {
          if (at + size + 1 > end || bytes[at + size] !== size) break
          at += size + 1
        } else {
          if (at + size + 2 > end || bytes[at + size] !== size >> 7 || bytes[at + size + 1] !== ((size & 127) | 128))
            break
          at += size + 2
        }
      } else if (first === 0xf1) {
        if (at + 4 > end || bytes[at + 3] !== 3) break
        length = decimalLength32(((bytes[at + 1]! << 16) | (bytes[at + 2]! << 24)) >> 16)
        at += 4
      } else if (first === 0xf2) {
        if (at + 5 > end || bytes[at + 4] !== 4) break
        length = decimalLength32(((bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >> 8)
        at += 5
      } else if (first === 0xf3) {
        if (at + 6 > end || bytes[at + 5] !== 5) break
        length = decimalLength32(readI32le(bytes, at + 1))
        at += 6
      } else if (first === 0xf4) {
        if (at + 10 > end || bytes[at + 9] !== 9) break
        const high = readI32le(bytes, at + 5)
        // A number holds 2^53 at most.
        if (high <= -0x200000 || high >= 0x200000) break
        length = decimalLength(high * 4294967296 + (readI32le(bytes, at + 1) >>> 0))
        at += 10
      } else {
        break
      }
      payload += length
      if (length > longest) longest = length
      entries++
    }
    this.pos = at
    this.walked = entries
    this.payloadBytes = payload
    this.longestEntryBytes = longest
  }

  /** Bytes before the text of a string of 12 or 32 bit length; the length is left in `longLength`. */
  #stringHead(first: number): number {
    const at = this.pos
    if (first < 0xf0) {
      this.need(2)
      this.longLength = ((first & 0x0f) << 8) | this.bytes[at + 1]!
      return 2
    }
    this.need(5)
    this.longLength = readI32le(this.bytes, at + 1) >>> 0
    return 5
  }

  protected override longHead(): number {
    this.pos += this.#stringHead(this.bytes[this.pos]!)
    return this.longLength
  }

  protected override longTail(length: number): void {
    this.#backlen(this.pos, 5 + length)
  }

  /** Checks what stands behind the `size` bytes of encoding and data at `at`, and moves behind it. */
  #pass(at: number, size: number, length: number): void {
    this.#backlen(at + size, size)
    this.counted(length)
  }

  #backlen(at: number, size: number): void {
    if (size <= 127) {
      if (at >= this.end) this.need(at + 1 - this.pos)
      if (this.bytes[at] !== size) this.fail(`its size ${size} is repeated as ${this.bytes[at]}`)
      this.pos = at + 1
      return
    }
    let width = size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5
    if (size === BOUNDARIES[0] || size === BOUNDARIES[1] || size === BOUNDARIES[2]) {
      this.oddity = 'boundary-entry'
      this.need(at + 1 - this.pos)
      if (this.bytes[at] === 0x7f) width--
    }
    this.need(at + width - this.pos)
    let value = 0
    for (let i = 0; i < width; i++) {
      const byte = this.bytes[at + i]!
      if (byte > 127 !== i > 0) this.fail('the repeated size is not well formed')
      value = value * 128 + (byte & 127)
    }
    if (value !== size) this.fail(`its size ${size} is repeated as ${value}`)
    this.pos = at + width
  }

  protected override bad(what: string): RdbProblem {
    return { code: 'bad-listpack', what, entry: this.walked }
  }
}
