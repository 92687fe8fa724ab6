/**
 * Length in bytes of the UTF-8 sequence at `bytes[at]`, 0 when the bytes there are not UTF-8 (RFC 3629:
 * no overlong forms, no surrogates, nothing above U+10FFFF) or are cut off by `end`.
 */
export function utf8SequenceBytes(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4 || at + 1 >= end) return 0
  const second = bytes[at + 1]!
  if ((second & 0xc0) !== 0x80) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) {
    if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0
    return at + 2 < end && (bytes[at + 2]! & 0xc0) === 0x80 ? 3 : 0
  }
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0
  return at + 3 < end && (bytes[at + 2]! & 0xc0) === 0x80 && (bytes[at + 3]! & 0xc0) === 0x80 ? 4 : 0
}

/** Code point of the sequence of `size` bytes that `utf8SequenceBytes` found at `at`. */
export function codePointAt(bytes: Uint8Array, at: number, size: number): number {
  const first = bytes[at]!
  switch (size) {
    case 1:
      return first
    case 2:
      return ((first & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)
    case 3:
      return ((first & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f)
    default:
      return (
        ((first & 0x07) << 18) |
        ((bytes[at + 1]! & 0x3f) << 12) |
        ((bytes[at + 2]! & 0x3f) << 6) |
        (bytes[at + 3]! & 0x3f)
      )
  }
}

/** Whether `bytes[start, end)` is valid UTF-8 as a whole. */
export function isUtf8(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let at = start
  while (at < end) {
    if (bytes[at]! < 0x80) {
      at++
      continue
    }
    const size = utf8SequenceBytes(bytes, at, end)
    if (size === 0) return false
    at += size
  }
  return true
}

/**
 * How many bytes at the end of `bytes[start, end)` are the beginning of a sequence that the next piece may
 * complete: 0 to 3.
 */
export function openUtf8Tail(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back++) {
    const byte = bytes[end - back]!
    if (byte < 0x80) return 0
    if (byte < 0xc0) continue
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0
    return size > back ? back : 0
  }
  return 0
}

/**
 * Whether a character may stand in a cell or on a terminal as it is. Not printable: control characters
 * (which act on terminals), line and paragraph separators, marks that reorder the text around them, and
 * invisible characters that let two names look the same. Joiners stay, or emoji and several scripts break.
 */
export function isPrintable(codePoint: number): boolean {
  if (codePoint < 0x7f) return codePoint >= 0x20
  if (codePoint < 0x300) return codePoint > 0x9f && codePoint !== 0xad
  if (codePoint === 0x61c || codePoint === 0x180e) return false
  if (codePoint >= 0x2000 && codePoint < 0x2070) {
    if (codePoint === 0x200b || codePoint === 0x200e || codePoint === 0x200f) return false
    return codePoint < 0x2028 || (codePoint > 0x202e && codePoint < 0x2060)
  }
  if (codePoint >= 0xfdd0 && codePoint <= 0xfdef) return false
  if (codePoint === 0xfeff || (codePoint >= 0xfff9 && codePoint <= 0xfffb)) return false
  if ((codePoint & 0xfffe) === 0xfffe) return false
  return codePoint < 0xe0000 || codePoint > 0xe0fff
}
