import { readI32be, readI32le } from '../cursor.js'
import type { RdbProblem } from '../errors.js'
import { decimalLength, decimalLength32, type RdbString } from '../strings.js'
import { PackedReader } from './reader.js'

/**
 * Ziplist: small lists, hashes and sorted sets up to Redis 6.2.
 *
 *     u32 LE total bytes, u32 LE offset of the last entry, u16 LE entries (65535 = unknown), entries, FF
 *     entry = size of the entry before (1 byte, or FE and u32 LE), encoding, data
 */
const HEADER_BYTES = 10
const UNKNOWN_COUNT = 65535
/** From this value on the size of the entry before takes five bytes. */
const BIG_PREVLEN = 254

export class ZiplistReader extends PackedReader {
  override readonly kind = 'ziplist'
  /** Size of the entry before the one at hand. */
  #previous = 0
  #markPrevious = 0
  #entryStart = 0
  #total = 0
  /** Where the header says that the last entry begins. */
  #tail = 0

  override begin(total: number): void {
    if (total < HEADER_BYTES + 1) this.fail(`a ziplist of ${total} bytes is too short`)
    this.need(HEADER_BYTES)
    const declaredBytes = readI32le(this.bytes, this.pos) >>> 0
    if (declaredBytes !== total) this.fail(`its header says ${declaredBytes} bytes, there are ${total}`)
    this.#tail = readI32le(this.bytes, this.pos + 4) >>> 0
    if (this.#tail > total - 1) this.fail(`its last entry is said to be at ${this.#tail}, behind the end`)
    this.#total = total
    const count = this.bytes[this.pos + 8]! | (this.bytes[this.pos + 9]! << 8)
    this.declared = count === UNKNOWN_COUNT ? -1 : count
    this.pos += HEADER_BYTES
    this.#previous = 0
    this.#markPrevious = 0
  }

  override finish(): void {
    super.finish()
    if (this.#tail !== this.#total - 1 - this.#previous) this.oddity = 'wrong-tail'
  }

  override commit(): void {
    super.commit()
    this.#markPrevious = this.#previous
  }

  override rewind(pos: number): void {
    super.rewind(pos)
    this.#previous = this.#markPrevious
  }

  override string(into: RdbString): boolean {
    const start = this.pos
    let at = start + this.#prevlenBytes()
    this.need(at + 1 - start)
    const bytes = this.bytes
    const first = bytes[at]!
    at++
    if (first < 0xc0) {
      const head = this.#stringHead(first, at)
      const length = this.longLength
      if (this.tooLong(length)) return false
      at += head
      this.need(at + length - start)
      into.setRaw(bytes, at, at + length, at + length - start)
      return this.#pass(start, at + length, length)
    }
    switch (first) {
      case 0xc0:
        this.need(at + 2 - start)
        into.setInt32(((bytes[at]! << 16) | (bytes[at + 1]! << 24)) >> 16, 3)
        return this.#pass(start, at + 2, into.length)
      case 0xd0:
        this.need(at + 4 - start)
        into.setInt32(readI32le(bytes, at), 5)
        return this.#pass(start, at + 4, into.length)
      case 0xe0:
        this.need(at + 8 - start)
        into.setInt64(readI32le(bytes, at + 4), readI32le(bytes, at), 9)
        return this.#pass(start, at + 8, into.length)
      case 0xf0:
        this.need(at + 3 - start)
        into.setInt32(((bytes[at]! << 8) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 24)) >> 8, 4)
        return this.#pass(start, at + 3, into.length)
      case 0xfe:
        this.need(at + 1 - start)
        into.setInt32((bytes[at]! << 24) >> 24, 2)
        return this.#pass(start, at + 1, into.length)
      default:
        if (first < 0xf1 || first > 0xfd) this.fail(`it starts with 0x${first.toString(16)}, which encodes nothing`)
        into.setInt32((first & 15) - 1, 1)
        return this.#pass(start, at, into.length)
    }
  }

  /** Lengths only, without showing or decoding anything. */
  protected override summarizeCommon(): void {
    const bytes = this.bytes
    const end = this.end
    let at = this.pos
    let previous = this.#previous
    let entries = this.walked
    let payload = this.payloadBytes
    let longest = this.longestEntryBytes
    while (at + 1 < end && previous < BIG_PREVLEN && bytes[at] === previous) {
      const first = bytes[at + 1]!
      const data = at + 2
      let next = data
      let length = 0
      if (first < 0x40) {
        length = first
        next += length
      } else if (first < 0x80) {
        length = ((first & 0x3f) << 8) | bytes[data]!
        next += 1 + length
      } else if (first > 0xf0 && first < 0xfe) {
        length = first < 0xfb ? 1 : 2
      } else if (first === 0xfe) {
        length = decimalLength32((bytes[data]! << 24) >> 24)
        next += 1
      } else if (first === 0xc0) {
        length = decimalLength32(((bytes[data]! << 16) | (bytes[data + 1]! << 24)) >> 16)
        next += 2
      } else if (first === 0xf0) {
        length = decimalLength32(((bytes[data]! << 8) | (bytes[data + 1]! << 16) | (bytes[data + 2]! << 24)) >> 8)
        next += 3
      } else if (first === 0xd0) {
        length = decimalLength32(readI32le(bytes, data))
        next += 4
      } else if (first === 0xe0) {
        const high = readI32le(bytes, data + 4)
        // A number holds 2^53 at most.
        if (high <= -0x200000 || high >= 0x200000) break
        length = decimalLength(high * 4294967296 + (readI32le(bytes, data) >>> 0))
        next += 8
      } else {
        break
      }
      if (next > end) break
      previous = next - at
      at = next
      payload += length
      if (length > longest) longest = length
      entries++
    }
    this.#previous = previous
    this.pos = at
    this.walked = entries
    this.payloadBytes = payload
    this.longestEntryBytes = longest
  }

  /** Checks the size of the entry before and returns how many bytes it takes. */
  #prevlenBytes(): number {
    if (this.pos === this.end) this.need(1)
    const first = this.bytes[this.pos]!
    if (first < BIG_PREVLEN) {
      if (first !== this.#previous) this.fail(`it says ${first} bytes are before it, there are ${this.#previous}`)
      return 1
    }
    if (first === 0xff) this.fail('the terminator stands before the end')
    this.need(5)
    const size = readI32le(this.bytes, this.pos + 1) >>> 0
    if (size !== this.#previous) this.fail(`it says ${size} bytes are before it, there are ${this.#previous}`)
    return 5
  }

  /** Bytes of a string's length behind its first byte; the length is left in `longLength`. */
  #stringHead(first: number, at: number): number {
    if (first < 0x40) {
      this.longLength = first
      return 0
    }
    if (first < 0x80) {
      this.need(at + 1 - this.pos)
      this.longLength = ((first & 0x3f) << 8) | this.bytes[at]!
      return 1
    }
    this.need(at + 4 - this.pos)
    this.longLength = readI32be(this.bytes, at) >>> 0
    return 4
  }

  protected override longHead(): number {
    const start = this.pos
    const at = start + this.#prevlenBytes() + 1
    const head = this.#stringHead(this.bytes[at - 1]!, at)
    this.#entryStart = at + head - start
    this.pos = at + head
    return this.longLength
  }

  protected override longTail(length: number): void {
    this.#previous = this.#entryStart + length
  }

  #pass(start: number, end: number, length: number): true {
    this.#previous = end - start
    this.pos = end
    this.counted(length)
    return true
  }

  protected override bad(what: string): RdbProblem {
    return { code: 'bad-ziplist', what, entry: this.walked }
  }
}
