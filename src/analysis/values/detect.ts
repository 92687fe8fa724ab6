import type { ValueFormat } from './formats.js'
import { isCbor, isMsgpack, isProtobuf, isSnappyBlock } from './packed-formats.js'
import { formatOfSignature, formatOfWeakMark } from './signatures.js'
import { formatOfText, isPhp } from './text-formats.js'

/** Binary values are judged by so many bytes at most. */
const JUDGED_BYTES = 4096
/** Shorter binary values have too few bytes to be called random, or a bitmap. */
const MIN_RANDOM_BYTES = 32
const MIN_BITMAP_BYTES = 16

/**
 * What a value is, by its bytes alone.
 *
 * @param whole false: `bytes` is only the head of the value
 */
export function formatOf(bytes: Uint8Array, whole: boolean): ValueFormat {
  if (bytes.length === 0) return 'empty'
  const signed = formatOfSignature(bytes, whole)
  if (signed !== null) return signed
  if (isPhp(bytes, whole)) return 'php'
  if (isPlainText(bytes, whole)) return formatOfText(bytes, whole)
  return formatOfWeakMark(bytes, whole) ?? formatOfBinary(bytes, whole)
}

function formatOfBinary(bytes: Uint8Array, whole: boolean): ValueFormat {
  if (isMsgpack(bytes, whole)) return 'msgpack'
  if (isCbor(bytes, whole)) return 'cbor'
  const counts = new Uint32Array(256)
  const judged = Math.min(bytes.length, JUDGED_BYTES)
  for (let i = 0; i < judged; i++) counts[bytes[i]!]!++
  if (bytes.length >= MIN_BITMAP_BYTES && isSparseBits(counts, judged)) return 'bitmap'
  if (isSnappyBlock(bytes, whole)) return 'snappy'
  if (isProtobuf(bytes, whole)) return 'protobuf'
  return judged >= MIN_RANDOM_BYTES && isEven(counts, judged) ? 'random' : 'binary'
}

/** Most bytes are zero and few bits set, or the other way round. */
function isSparseBits(counts: Uint32Array, total: number): boolean {
  if (counts[0]! < total / 2 && counts[255]! < total / 2) return false
  let bits = 0
  for (let byte = 1; byte < 256; byte++) {
    let left = byte
    while (left > 0) {
      bits += (left & 1) * counts[byte]!
      left >>= 1
    }
  }
  const share = bits / (total * 8)
  return share < 0.25 || share > 0.75
}

/** As many different bytes as random data would have, none of them too often. */
function isEven(counts: Uint32Array, total: number): boolean {
  let different = 0
  let most = 0
  for (const count of counts) {
    if (count > 0) different++
    if (count > most) most = count
  }
  const expected = 256 * (1 - (255 / 256) ** total)
  return different >= expected * 0.88 && most <= 6 + (total / 256) * 3
}

/** From this many bytes on four are looked at in one step. */
const LONG_BYTES = 256

/** True when four bytes are printable ASCII: none of them is above 126 or below 32. */
function isPrintable(word: number): boolean {
  // Of a sum or difference that carries or borrows, the byte that did so has its upper bit set.
  return ((word | (word + 0x01010101) | (word - 0x20202020)) & 0x80808080) === 0
}

/** Well-formed UTF-8 (RFC 3629) without control characters but tab, line feed and carriage return. */
export function isPlainText(bytes: Uint8Array, whole: boolean): boolean {
  const end = bytes.length
  const aligned = -bytes.byteOffset & 3
  const words = end < LONG_BYTES ? null : new Int32Array(bytes.buffer, bytes.byteOffset + aligned, (end - aligned) >> 2)
  let i = 0
  while (i < end) {
    if (words !== null && ((i - aligned) & 3) === 0) {
      let word = (i - aligned) >> 2
      while (word < words.length && isPrintable(words[word]!)) word++
      i = aligned + word * 4
      if (i === end) break
    }
    const byte = bytes[i]!
    if (byte < 0x80) {
      if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127) return false
      i++
      continue
    }
    const more = byte >= 0xc2 && byte <= 0xdf ? 1 : (byte & 0xf0) === 0xe0 ? 2 : byte >= 0xf0 && byte <= 0xf4 ? 3 : 0
    if (more === 0) return false
    // A head may end inside a character.
    if (i + more >= end) return !whole && onlyContinues(bytes, i + 1)
    const second = bytes[i + 1]!
    const low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
    const high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
    if (second < low || second > high) return false
    for (let k = 2; k <= more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false
    i += more + 1
  }
  return true
}

function onlyContinues(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < bytes.length; i++) if ((bytes[i]! & 0xc0) !== 0x80) return false
  return true
}
