/**
 * Numbers about key names that are computed while a name is copied into a batch, four bytes at a time, so that nobody
 * has to read the names again: a hash, the cluster slot, and what the name looks like without its digits.
 */

/** Longer names have no figures: who needs them reads the name. */
export const FIGURES_BYTES = 96

/** The hash of a name is a polynomial in this factor, so that the hash of a part is a difference of two prefixes. */
export const NAME_FACTOR = 0x01000193

export function finishName(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 14)
}

/** Powers of `NAME_FACTOR`, for four bytes in one step. */
const FACTOR_2 = Math.imul(NAME_FACTOR, NAME_FACTOR)
const FACTOR_3 = Math.imul(FACTOR_2, NAME_FACTOR)
const FACTOR_4 = Math.imul(FACTOR_3, NAME_FACTOR)

/**
 * CRC-16 XMODEM (polynomial 0x1021), the hash of Redis Cluster (cluster spec, appendix A), in steps of four bytes: the
 * CRC of a byte with so many zero bytes behind it.
 */
const CRC_0 = new Uint16Array(256)
const CRC_1 = new Uint16Array(256)
const CRC_2 = new Uint16Array(256)
const CRC_3 = new Uint16Array(256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte << 8
  for (const table of [CRC_0, CRC_1, CRC_2, CRC_3]) {
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
    table[byte] = crc
  }
}
const HASH_SLOT_MASK = 16384 - 1

/** The figures of the last name. */
export class NameFigures {
  /** Hash over all bytes; the same as `Tokenizer.nameHash`. */
  hash = 0
  /** Cluster slot; -1 for names with `{`, which may have a hash tag. */
  slot = 0
  /** Two hashes of the name with every digit as the same: equal for `user:17:name` and `user:42:name`. */
  shapeA = 0
  shapeB = 0

  /**
   * Copies `size` bytes from `start` to `at`, up to four bytes too many, and computes the figures on the way. Both sides
   * must have four bytes more than that.
   */
  copy(from: DataView, start: number, size: number, to: DataView, at: number): void {
    const end = start + size
    // The first word is the short one, with zero bytes in front of it: they change none of the figures.
    const odd = size & 3
    let word = from.getInt32(start, true)
    to.setInt32(at, word, true)
    if (odd !== 0) word <<= 32 - 8 * odd
    if (size === 0) word = 0
    let i = odd === 0 ? start + 4 : start + odd
    let target = odd === 0 ? at + 4 : at + odd
    let hash = 0
    let crc = 0
    let shapeA = 0
    let shapeB = 0
    let braces = 0
    for (;;) {
      const b0 = word & 255
      const b1 = (word >>> 8) & 255
      const b2 = (word >>> 16) & 255
      const b3 = word >>> 24
      hash =
        (Math.imul(hash, FACTOR_4) +
          Math.imul(b0, FACTOR_3) +
          Math.imul(b1, FACTOR_2) +
          Math.imul(b2, NAME_FACTOR) +
          b3) |
        0
      crc = CRC_3[(b0 ^ (crc >>> 8)) & 255]! ^ CRC_2[(b1 ^ crc) & 255]! ^ CRC_1[b2]! ^ CRC_0[b3]!
      // Digits have the values 0-9 after this; adding 0x76 sets the highest bit of every other byte.
      const digits = word ^ 0x30303030
      const others = (((digits & 0x7f7f7f7f) + 0x76767676) | digits) & 0x80808080
      const mask = Math.imul(others >>> 7, 255)
      const text = (word & mask) | (0x30303030 & ~mask)
      shapeA = Math.imul(shapeA ^ text, 0x2c1b3c6d)
      shapeA ^= shapeA >>> 15
      shapeB = Math.imul(shapeB ^ text, 0x297a2d39) ^ (shapeB >>> 13)
      // A byte that is zero after this is a brace; the subtraction borrows from its highest bit.
      const brace = word ^ 0x7b7b7b7b
      braces |= (brace - 0x01010101) & ~brace
      if (i >= end) break
      word = from.getInt32(i, true)
      to.setInt32(target, word, true)
      i += 4
      target += 4
    }
    this.hash = finishName(hash)
    this.slot = (braces & 0x80808080) === 0 ? crc & HASH_SLOT_MASK : -1
    this.shapeA = shapeA
    this.shapeB = shapeB
  }
}
