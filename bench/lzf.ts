import type { Bytes } from './bytes.js'

const HASH_BITS = 14
const MAX_LITERALS = 32
const MAX_DISTANCE = 8192
const MAX_MATCH = 264
const MIN_TRIED = 21 // servers try from 21 bytes on
const MIN_SAVED = 4

/** Where three bytes were seen last; positions of earlier strings are recognized by being below `base`. */
const table = new Int32Array(1 << HASH_BITS)
let base = 1

/**
 * Writes an RDB string, LZF compressed when that saves as much as servers ask for.
 * Greedy matching with one candidate per hash of three bytes.
 */
export function writeCompressed(out: Bytes, packed: Bytes, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start
  if (length >= MIN_TRIED) {
    packed.clear()
    if (compress(packed, bytes, start, end, length - MIN_SAVED)) {
      out.u8(0xc3)
      out.len(packed.length)
      out.len(length)
      out.append(packed)
      return
    }
  }
  out.string(bytes, start, end)
}

/** False when the result would be longer than `limit`. */
function compress(out: Bytes, bytes: Uint8Array, start: number, end: number, limit: number): boolean {
  if (base > 0x7fffffff - (end - start) - 1) {
    table.fill(0)
    base = 1
  }
  const shift = base - start // position + shift is what stands in the table
  let at = start
  let literals = start
  while (at + 2 < end) {
    const three = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const slot = Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS)
    const candidate = table[slot]! - shift
    table[slot] = at + shift
    const seen =
      candidate >= start &&
      at - candidate <= MAX_DISTANCE &&
      bytes[candidate] === bytes[at] &&
      bytes[candidate + 1] === bytes[at + 1] &&
      bytes[candidate + 2] === bytes[at + 2]
    if (!seen) {
      at++
      continue
    }
    const most = Math.min(MAX_MATCH, end - at)
    let match = 3
    while (match < most && bytes[candidate + match] === bytes[at + match]) match++
    writeLiterals(out, bytes, literals, at)
    const distance = at - candidate - 1
    const coded = match - 2
    if (coded < 7) {
      out.u8((coded << 5) | (distance >> 8))
    } else {
      out.u8((7 << 5) | (distance >> 8))
      out.u8(coded - 7)
    }
    out.u8(distance & 255)
    at += match
    literals = at
    if (out.length > limit) break
  }
  base += end - start
  if (out.length > limit) return false
  writeLiterals(out, bytes, literals, end)
  return out.length <= limit
}

function writeLiterals(out: Bytes, bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += MAX_LITERALS) {
    const stop = Math.min(at + MAX_LITERALS, to)
    out.u8(stop - at - 1)
    out.raw(bytes, at, stop)
  }
}
