import type { RdbString } from '../../parsers/index.js'

/** Ids have 16 digits: from 10^15 to below 2^53. */
const FIRST_ID = 1e15
const IDS = 2 ** 52

/** Hash of the bytes of a value, two numbers of 32 bits, and the id that a shared value gets from it. Reused. */
export class ValueId {
  a = 0
  b = 0

  of(value: RdbString): this {
    const { bytes, start, end } = value.load()
    let a = 0x9e3779b1 ^ value.length
    let b = 0x85ebca77 | 0
    let i = start
    for (; i + 4 <= end; i += 4) {
      const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
      a = Math.imul(a ^ word, 0x2c1b3c6d)
      a ^= a >>> 13
      b = (Math.imul(b, 0x01000193) + word) | 0
      b = (b << 7) | (b >>> 25)
    }
    for (; i < end; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x297a2d39)
      b = (Math.imul(b, 0x01000193) + bytes[i]! + 1) | 0
    }
    a = Math.imul(a ^ (a >>> 16), 0x7feb352d)
    a = Math.imul(a ^ (a >>> 15), 0x846ca68b)
    b = Math.imul(b ^ (b >>> 16), 0x7feb352d)
    this.a = a ^ (a >>> 16)
    this.b = b ^ (b >>> 15)
    return this
  }

  /** A whole number of 16 digits that stands for the value. */
  get id(): number {
    return FIRST_ID + (((this.a >>> 0) * 2 ** 20 + (this.b & 0xfffff)) % IDS)
  }
}
