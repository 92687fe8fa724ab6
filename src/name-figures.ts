/**
 * Numbers about key names, computed four bytes at a time, so that nobody has to read the names again: a hash, the
 * cluster slot, and what the name looks like without its digits.
 */

/** Longer names have no figures: who needs them reads the name. */
export const FIGURES_BYTES = 96

/** The hash of a name is a polynomial in this factor, so that the hash of a part is a difference of two prefixes. */
export const NAME_FACTOR = 0x01000193

export function finishName(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 14)
}

/** Slot of a name that has to be looked at itself: it has a brace, or is long. */
export const SLOT_UNKNOWN = -1

/** Names, one behind the other, and where their figures go. */
export interface NameColumns {
  readonly keyBytes: Uint8Array
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  /** Hash over all bytes; the same as `Tokenizer.nameHash`. */
  readonly nameHash: Int32Array
  /** Cluster slot; `SLOT_UNKNOWN` for names with `{`, which may have a hash tag. */
  readonly slot: Int16Array
  /** Two hashes of the name with every digit as the same: equal for `user:17:name` and `user:42:name`. */
  readonly shapeA: Int32Array
  readonly shapeB: Int32Array
}

/**
 * Computes the figures of the names of some rows. Behind the last name there must be four bytes that can be read.
 *
 * @param words `keyBytes` as words
 */
export const figureNames = makeFigureNames()

/** Makes the loop together with its constants: code is compiled for these tables, and looks nothing up. */
function makeFigureNames(): (names: NameColumns, words: DataView, from: number, to: number) => void {
  // Powers of the factor, for four bytes in one step.
  const factor1 = NAME_FACTOR
  const factor2 = Math.imul(factor1, factor1)
  const factor3 = Math.imul(factor2, factor1)
  const factor4 = Math.imul(factor3, factor1)
  const [crc0, crc1, crc2, crc3] = crcTables()
  const longest = FIGURES_BYTES
  const unknown = SLOT_UNKNOWN
  return (names, words, from, to) => {
    const { keyStart, keyEnd, nameHash, slot, shapeA, shapeB } = names
    for (let row = from; row < to; row++) {
      const start = keyStart[row]!
      const end = keyEnd[row]!
      const size = end - start
      if ((size - 1) >>> 0 >= longest) {
        if (size === 0) nameHash[row] = slot[row] = shapeA[row] = shapeB[row] = 0
        continue
      }
      // The first word is the short one, with zero bytes in front of it: they change none of the figures.
      const zeros = -size & 3
      let word = words.getInt32(start, true) << (8 * zeros)
      let i = start + 4 - zeros
      let hash = 0
      let crc = 0
      let a = 0
      let b = 0
      let braces = 0
      for (;;) {
        const b0 = word & 255
        const b1 = (word >>> 8) & 255
        const b2 = (word >>> 16) & 255
        const b3 = word >>> 24
        hash =
          (Math.imul(hash, factor4) + Math.imul(b0, factor3) + Math.imul(b1, factor2) + Math.imul(b2, factor1) + b3) | 0
        crc = crc3[(b0 ^ (crc >>> 8)) & 255]! ^ crc2[(b1 ^ crc) & 255]! ^ crc1[b2]! ^ crc0[b3]!
        // Digits have the values 0-9 after this; adding 0x76 sets the highest bit of every other byte.
        const digits = word ^ 0x30303030
        const tens = ~(((digits & 0x7f7f7f7f) + 0x76767676) | digits) & 0x80808080
        // Every digit becomes 0: its low four bits go.
        const text = word & ~((tens >>> 3) - (tens >>> 7))
        // The second hash is one of what the first went through: where that comes together again, this does not.
        b = (Math.imul(b, 0x297a2d39) + a) | 0
        a = Math.imul(a ^ text, 0x2c1b3c6d)
        a ^= a >>> 15
        // A byte that is zero after this is a brace; the subtraction borrows from its highest bit.
        const brace = word ^ 0x7b7b7b7b
        braces |= (brace - 0x01010101) & ~brace
        if (i >= end) break
        word = words.getInt32(i, true)
        i += 4
      }
      nameHash[row] = finishName(hash)
      slot[row] = (braces & 0x80808080) === 0 ? crc & 0x3fff : unknown
      shapeA[row] = a
      shapeB[row] = b
    }
  }
}

/**
 * CRC-16 XMODEM (polynomial 0x1021), the hash of Redis Cluster (cluster spec, appendix A), in steps of four bytes: the
 * CRC of a byte with 0 to 3 zero bytes behind it.
 */
function crcTables(): readonly [Uint16Array, Uint16Array, Uint16Array, Uint16Array] {
  const tables = [new Uint16Array(256), new Uint16Array(256), new Uint16Array(256), new Uint16Array(256)] as const
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8
    for (const table of tables) {
      for (let bit = 0; bit < 8; bit++)
        crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
      table[byte] = crc
    }
  }
  return tables
}
