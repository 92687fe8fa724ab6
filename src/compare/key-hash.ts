import { SEED_A, SEED_B } from '../table-seed.js'

/**
 * Two hashes of 32 bits of a key: together they tell keys apart (for 10 million keys one chance in 400,000 of a
 * mix-up).
 */
export const keyHash = { a: 0, b: 0 }

/** Hashes database and name; the result stands in `keyHash`. Another one in every run. */
export function hashKey(db: number, bytes: Uint8Array, start: number, end: number): void {
  let a = Math.imul(db + 1, 0x9e3779b1) ^ (end - start) ^ SEED_A
  let b = (Math.imul(db + 1, 0x85ebca6b) + (end - start) + SEED_B) | 0
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x1b873593)
    a ^= a >>> 15
    b = Math.imul(b + Math.imul(word, 0x2545f491), 0x846ca68b)
    b ^= b >>> 13
  }
  for (; at < end; at++) {
    a = Math.imul(a ^ bytes[at]!, 0x01000193)
    b = Math.imul(b + bytes[at]!, 0x2c1b3c6d)
    b ^= b >>> 11
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b)
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d)
  b = Math.imul(b ^ (b >>> 12), 0x297a2d39)
  keyHash.a = (a ^ (a >>> 16)) >>> 0
  keyHash.b = (b ^ (b >>> 15)) >>> 0
}
