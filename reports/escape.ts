import type { ByteWriter } from './byte-writer.js'
import { codePointAt, isPrintable, utf8SequenceBytes } from './utf8.js'

const BACKSLASH = 92
const QUOTE = 34
const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder()

/** Bytes that a spreadsheet takes for the beginning of a formula. */
export function startsFormula(byte: number): boolean {
  return byte === 0x3d || byte === 0x2b || byte === 0x2d || byte === 0x40 || byte === 0x09 || byte === 0x0d
}

/** `=`, `+`, `-` and `@` in full width, which spreadsheets of East Asia read like the narrow ones. */
const WIDE_SIGNS = '\uff1d\uff0b\uff0d\uff20'

/** True when UTF-8 text begins with one of these: EF BC, then 9D, 8B, 8D or A0. */
export function startsWideFormula(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== 0xef || end - start < 3 || bytes[start + 1] !== 0xbc) return false
  const last = bytes[start + 2]
  return last === 0x9d || last === 0x8b || last === 0x8d || last === 0xa0
}

/**
 * Writes bytes from a dump as text that can be read back: printable UTF-8 stays, a backslash is doubled,
 * every other byte becomes `\xNN`.
 */
export function writeEscaped(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  let at = start
  while (at < end) {
    // Slices keep the room asked for small, however long the string is.
    const stop = Math.min(end, at + 4096)
    out.reserve((stop - at) * 4 + 16)
    const buffer = out.buffer
    let to = out.at
    while (at < stop) {
      const byte = bytes[at]!
      if (byte >= 0x20 && byte < 0x7f) {
        if (byte === BACKSLASH) buffer[to++] = BACKSLASH
        buffer[to++] = byte
        at++
        continue
      }
      const size = byte < 0x80 ? 0 : utf8SequenceBytes(bytes, at, end)
      if (size > 0 && isPrintable(codePointAt(bytes, at, size))) {
        for (let i = 0; i < size; i++) buffer[to++] = bytes[at++]!
        continue
      }
      for (let i = Math.max(1, size); i > 0; i--) to = storeHex(buffer, to, bytes[at++]!)
    }
    out.at = to
  }
}

/** Stores `\xNN`; returns the position behind it. */
export function storeHex(buffer: Uint8Array, to: number, byte: number): number {
  buffer[to] = BACKSLASH
  buffer[to + 1] = 120
  buffer[to + 2] = HEX[byte >> 4]!
  buffer[to + 3] = HEX[byte & 15]!
  return to + 4
}

/** `writeEscaped` as a string. */
export function escapeBytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = ''
  let plainFrom = start
  let at = start
  const plain = (): void => {
    if (at > plainFrom) text += utf8Decoder.decode(bytes.subarray(plainFrom, at))
  }
  while (at < end) {
    const byte = bytes[at]!
    const size = utf8SequenceBytes(bytes, at, end)
    if (size > 0 && byte !== BACKSLASH && isPrintable(codePointAt(bytes, at, size))) {
      at += size
      continue
    }
    plain()
    if (byte === BACKSLASH) {
      text += '\\\\'
      at++
    } else {
      for (let i = Math.max(1, size); i > 0; i--) text += `\\x${bytes[at++]!.toString(16).padStart(2, '0')}`
    }
    plainFrom = at
  }
  plain()
  return text
}

/** The same for text that is already a string. Lone surrogates, which have no bytes, become U+FFFD first. */
export function escapeText(text: string): string {
  return /^[\x20-\x5b\x5d-\x7e]*$/.test(text) ? text : escapeBytes(utf8Encoder.encode(text))
}

/** The bytes that `\xNN` text stands for. */
export function unescapeBytes(text: string): Uint8Array {
  const encoded = utf8Encoder.encode(text)
  const bytes = new Uint8Array(encoded.length)
  let to = 0
  for (let at = 0; at < encoded.length; at++) {
    const byte = encoded[at]!
    if (byte === BACKSLASH && encoded[at + 1] === BACKSLASH) at++
    else if (byte === BACKSLASH && encoded[at + 1] === 120) {
      bytes[to++] = Number.parseInt(String.fromCharCode(encoded[at + 2]!, encoded[at + 3]!), 16)
      at += 3
      continue
    }
    bytes[to++] = byte
  }
  return bytes.subarray(0, to)
}

/**
 * Text that was made for reading already (patterns, paths, `\xNN` names): what is not printable becomes
 * `\xNN`, backslashes stay as they are.
 */
export function shownText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  let shown = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    shown += isPrintable(code) && (code < 0xd800 || code > 0xdfff) ? character : escapeText(character)
  }
  return shown
}

/**
 * The name of a key as reports show it, in `\xNN` form: the name in the report is either the exact text, or
 * has that form already and the bytes beside it.
 */
export function shownKey(name: {
  readonly key: string
  readonly keyBase64?: string
  readonly keyLength?: number
}): string {
  const text = name.keyBase64 === undefined ? escapeText(name.key) : shownText(name.key)
  return name.keyLength === undefined ? text : `${text}…`
}

/** A name in running text or a column of the terminal: quoted when its ends could not be seen otherwise. */
export function visibleName(shown: string): string {
  return shown === '' || shown.startsWith(' ') || shown.endsWith(' ') ? `"${shown}"` : shown
}

/**
 * Writes the inside of a JSON string from valid UTF-8. DEL, the C1 controls and the marks that reorder or hide text,
 * which JSON allows but terminals obey, are escaped too.
 */
export function writeJsonText(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  let at = start
  while (at < end) {
    const stop = Math.min(end, at + 4096)
    out.reserve((stop - at) * 6 + 8)
    const buffer = out.buffer
    let to = out.at
    while (at < stop) {
      const byte = bytes[at++]!
      if (byte < 0x80) {
        if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH && byte !== 0x7f) buffer[to++] = byte
        else to = storeJsonEscape(buffer, to, byte)
      } else if (byte === 0xc2 && bytes[at]! < 0xa0) to = storeJsonEscape(buffer, to, bytes[at++]!)
      else if ((byte === 0xe2 || byte === 0xef) && at + 1 < end && isMark(byte, bytes[at]!, bytes[at + 1]!)) {
        const low = byte === 0xef ? 0xff : ((bytes[at]! & 3) << 6) | (bytes[at + 1]! & 0x3f)
        to = storeUnit(buffer, to, byte === 0xef ? 0xfe : 0x20, low)
        at += 2
      } else buffer[to++] = byte
    }
    out.at = to
  }
}

/** U+200B, U+200E, U+200F, U+2028 to U+202E, U+2060 to U+206F and U+FEFF: zero width, or they reorder text. */
function isMark(first: number, second: number, third: number): boolean {
  if (first === 0xef) return second === 0xbb && third === 0xbf
  if (second === 0x81) return third >= 0xa0 && third <= 0xaf
  return second === 0x80 && (third === 0x8b || third === 0x8e || third === 0x8f || (third >= 0xa8 && third <= 0xae))
}

/** `\uNNNN` */
function storeUnit(buffer: Uint8Array, to: number, high: number, low: number): number {
  buffer[to] = BACKSLASH
  buffer[to + 1] = 117 // u
  buffer[to + 2] = HEX[high >> 4]!
  buffer[to + 3] = HEX[high & 15]!
  buffer[to + 4] = HEX[low >> 4]!
  buffer[to + 5] = HEX[low & 15]!
  return to + 6
}

function storeJsonEscape(buffer: Uint8Array, to: number, byte: number): number {
  buffer[to++] = BACKSLASH
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
      buffer[to++] = byte
      return to
    case 10:
      buffer[to++] = 110 // n
      return to
    case 13:
      buffer[to++] = 114 // r
      return to
    case 9:
      buffer[to++] = 116 // t
      return to
    default:
      return storeUnit(buffer, to - 1, 0, byte)
  }
}

const BASE64 = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', (digit) =>
  digit.charCodeAt(0),
)

/**
 * Writes base64 with padding. Pieces of one string may be written one after the other when all but the last have a
 * multiple of 3 bytes.
 */
export function writeBase64(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  let at = start
  while (at < end) {
    const stop = Math.min(end, at + 3072)
    out.reserve((stop - at + 2) * 2)
    const buffer = out.buffer
    let to = out.at
    while (stop - at >= 3) {
      const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
      at += 3
      buffer[to] = BASE64[three >> 18]!
      buffer[to + 1] = BASE64[(three >> 12) & 63]!
      buffer[to + 2] = BASE64[(three >> 6) & 63]!
      buffer[to + 3] = BASE64[three & 63]!
      to += 4
    }
    if (at < stop) {
      const two = stop - at === 2
      const last = (bytes[at]! << 16) | (two ? bytes[at + 1]! << 8 : 0)
      buffer[to] = BASE64[last >> 18]!
      buffer[to + 1] = BASE64[(last >> 12) & 63]!
      buffer[to + 2] = two ? BASE64[(last >> 6) & 63]! : 61
      buffer[to + 3] = 61
      to += 4
      at = stop
    }
    out.at = to
  }
}

/** Text inside an HTML element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/**
 * Text inside a Markdown table cell, outside of code spans: everything that Markdown or the HTML behind it
 * could act on is written as a character reference, which no Markdown dialect reads as markup. A dot between
 * digits stays: numbers and versions are to be read in the source, too.
 */
export function escapeMarkdown(text: string): string {
  return text.replace(/[&<>"'`*_{}[\]()#+!|~\\:@/=^$-]|(?<!\d)\.|\.(?!\d)/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** Text inside the quotes of a Prometheus label value (text exposition format 0.0.4). */
export function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))
}

/**
 * A cell that a spreadsheet must not take for a formula: its first character becomes `\xNN`, so that the
 * rule that reads keys back reads this back too. For text that went through `escapeText`.
 */
export function escapeFormula(cell: string): string {
  const first = cell.charCodeAt(0)
  if (first > 0x7f && WIDE_SIGNS.includes(cell[0]!)) {
    const bytes = utf8Encoder.encode(cell[0])
    return `${Array.from(bytes, (byte) => `\\x${byte.toString(16)}`).join('')}${cell.slice(1)}`
  }
  return startsFormula(first) ? `\\x${first.toString(16).padStart(2, '0')}${cell.slice(1)}` : cell
}
