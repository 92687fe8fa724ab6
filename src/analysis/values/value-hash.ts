import { Crc64 } from '../../../parsers/rdb/crc64.js'

/** From this many bytes on CRC-64 is four times as fast. */
const LONG_BYTES = 8192

/**
 * Hash of 64 bits over the bytes of a value, in two halves of multiply-and-xor over words of four bytes. Good enough to
 * tell values of a dump apart; no defence against somebody who wants two values to look the same.
 */
export class ValueHash {
  a = 0
  b = 0
  /** Bytes of an unfinished word. */
  #word = 0
  #wordBytes = 0
  #length = 0

  reset(seed: number): void {
    this.a = seed ^ 0x2127599b
    this.b = Math.imul(seed + 1, 0x9e3779b1)
    this.#word = 0
    this.#wordBytes = 0
    this.#length = 0
  }

  /** Of a value that is at hand as a whole: `a` and `b` are the hash. */
  ofWhole(seed: number, bytes: Uint8Array, start: number, end: number): void {
    this.reset(seed)
    if (end - start < LONG_BYTES) this.add(bytes, start, end)
    else {
      const crc = new Crc64()
      crc.update(bytes, start, end)
      this.#mix(crc.high)
      this.#mix(crc.low)
      this.#length = end - start
    }
    this.finish()
  }

  /** The result does not depend on how the bytes are cut into pieces. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#length += end - start
    let at = start
    while (this.#wordBytes > 0 && at < end) this.#addByte(bytes[at++]!)
    let { a, b } = this
    for (; at + 4 <= end; at += 4) {
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
      a = Math.imul(a ^ word, 0x2c1b3c6d)
      a ^= a >>> 15
      b = Math.imul(b + word, 0x297a2d39)
      b = (b << 13) | (b >>> 19)
    }
    this.a = a
    this.b = b
    while (at < end) this.#addByte(bytes[at++]!)
  }

  /** After the last piece: `a` and `b` are the hash. */
  finish(): void {
    this.#mix(this.#word)
    this.#mix(this.#length)
    this.a ^= this.b >>> 16
    this.b ^= Math.imul(this.a, 0x85ebca6b)
  }

  #addByte(byte: number): void {
    this.#word |= byte << (this.#wordBytes * 8)
    if (++this.#wordBytes < 4) return
    this.#mix(this.#word)
    this.#word = 0
    this.#wordBytes = 0
  }

  #mix(word: number): void {
    const a = Math.imul(this.a ^ word, 0x2c1b3c6d)
    this.a = a ^ (a >>> 15)
    const b = Math.imul(this.b + word, 0x297a2d39)
    this.b = (b << 13) | (b >>> 19)
  }
}
