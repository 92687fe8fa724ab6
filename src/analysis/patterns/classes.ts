/** What a part of a key name is. Everything but `literal` and `wordInt` prefixes stands for many values. */
export const KIND = {
  literal: 0,
  int: 1,
  hex: 2,
  hash: 3,
  uuid: 4,
  ulid: 5,
  date: 6,
  time: 7,
  ip: 8,
  email: 9,
  base64: 10,
  /** Letters, then digits: `user1234`. The letters are part of the identity. */
  wordInt: 11,
  binary: 12,
  /** Any text: a part with hundreds of different values. */
  star: 13,
  /** Any text to the end of the name: names with more parts than are told apart. */
  rest: 14,
} as const

/** How a kind is written in a pattern. */
export const KIND_TEXT: readonly string[] = [
  '',
  '{int}',
  '{hex}',
  '{hash}',
  '{uuid}',
  '{ulid}',
  '{date}',
  '{time}',
  '{ip}',
  '{email}',
  '{base64}',
  '{int}',
  '{binary}',
  '{*}',
  '{*}',
]

/** Bits of a byte's class; the OR over a part tells what it can be. */
export const BYTE = {
  digit: 1,
  /** a-f */
  hexLower: 2,
  /** g-z */
  lower: 4,
  /** A-F */
  hexUpper: 8,
  /** G-Z */
  upper: 16,
  /** Printable ASCII that is none of the above. */
  other: 32,
  /** Control characters and bytes from 0x80 on: text only when it is valid UTF-8 without controls. */
  suspicious: 64,
  separator: 128,
} as const

/** What letters are, whatever their case. */
export const LETTERS = BYTE.hexLower | BYTE.lower | BYTE.hexUpper | BYTE.upper

/** Splits names when none are given: what the product promises, the parts of URLs and lists, and hash-tag braces. */
export const DEFAULT_SEPARATORS = ':./|-_?&=,;#~()[] '

/** Separators inside a name segment rather than between segments: `dark-mode`, `page_views`. */
export const WEAK_SEPARATORS = '-_ ~'

/** The class of every byte, and one entry more for the end. Braces always separate, so that hash tags are seen. */
export function byteClasses(separators: string): Uint8Array {
  const classes = new Uint8Array(257)
  for (let byte = 0; byte < 256; byte++) {
    if (byte >= 48 && byte <= 57) classes[byte] = BYTE.digit
    else if (byte >= 97 && byte <= 102) classes[byte] = BYTE.hexLower
    else if (byte >= 103 && byte <= 122) classes[byte] = BYTE.lower
    else if (byte >= 65 && byte <= 70) classes[byte] = BYTE.hexUpper
    else if (byte >= 71 && byte <= 90) classes[byte] = BYTE.upper
    else if (byte < 32 || byte >= 127) classes[byte] = BYTE.suspicious
    else classes[byte] = BYTE.other
  }
  for (const separator of `${separators}{}`) {
    const code = separator.codePointAt(0)!
    // Only ASCII can separate: a byte of a longer character would cut other characters in two.
    if (code < 128) classes[code] = BYTE.separator
  }
  return classes
}
