/** lzfP.h as Redis and Valkey build it. */
const HASH_BITS = 16
const MAX_LITERALS = 32
const MAX_OFFSET = 1 << 13
const MAX_MATCH = (1 << 8) + (1 << 3)
/** Far from what a slot can hold. */
const MOST_BASE = 2 ** 30

/**
 * How many bytes the LZF compressor of the servers makes of some data, without writing them. One instance keeps its
 * hash table; it is as quick and as thorough as the server's, so that the size is the same.
 */
export class LzfSize {
  readonly #slots = new Uint32Array(1 << HASH_BITS)
  /** Positions of the data at hand are counted from here: what is below is of other data. */
  #base = 1

  /** Size of the compressed bytes; 0 when they would not be fewer than `length`. */
  of(bytes: Uint8Array, length: number): number {
    if (length < 4) return 0
    const slots = this.#slots
    if (this.#base > MOST_BASE) {
      slots.fill(0)
      this.#base = 1
    }
    const base = this.#base
    this.#base += length
    const lastStart = length - 2
    let at = 0
    let size = 1 // control byte of the first run of literals
    let literals = 0
    let hash = (bytes[0]! << 8) | bytes[1]!
    while (at < lastStart) {
      hash = (hash << 8) | bytes[at + 2]!
      const slot = slotOf(hash)
      const found = slots[slot]! - base
      slots[slot] = base + at
      const offset = at - found - 1
      if (
        found > 0 &&
        offset >= 0 &&
        offset < MAX_OFFSET &&
        bytes[found + 2] === bytes[at + 2] &&
        bytes[found] === bytes[at] &&
        bytes[found + 1] === bytes[at + 1]
      ) {
        if (size + 4 >= length + (literals === 0 ? 1 : 0)) return 0
        if (literals === 0) size-- // a run without literals has no control byte
        const matched = matchLength(bytes, found, at, length)
        size += matched - 2 < 7 ? 2 : 3
        literals = 0
        size++
        at += matched
        if (at >= lastStart) break
        // The two positions before the next one are entered into the table, the other matched ones are not.
        at -= 2
        hash = (bytes[at]! << 8) | bytes[at + 1]!
        for (let i = 0; i < 2; i++) {
          hash = (hash << 8) | bytes[at + 2]!
          slots[slotOf(hash)] = base + at
          at++
        }
        continue
      }
      if (size >= length) return 0
      at++
      size++
      if (++literals === MAX_LITERALS) {
        literals = 0
        size++
      }
    }
    if (size + 3 > length) return 0
    while (at < length) {
      at++
      size++
      if (++literals === MAX_LITERALS) {
        literals = 0
        size++
      }
    }
    return literals === 0 ? size - 1 : size
  }
}

function slotOf(hash: number): number {
  const h = hash & 0xffffff
  return ((h >>> (24 - HASH_BITS)) - h * 5) & ((1 << HASH_BITS) - 1)
}

/** Bytes that are the same from both positions on, three at least. */
function matchLength(bytes: Uint8Array, found: number, at: number, length: number): number {
  const most = Math.min(length - at - 2, MAX_MATCH)
  let matched = 2
  do matched++
  while (matched < most && bytes[found + matched] === bytes[at + matched])
  return matched
}
