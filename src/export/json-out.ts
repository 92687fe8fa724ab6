import type { RdbString } from '../../parsers/index.js'
import { ByteWriter } from '../../reports/byte-writer.js'
import { storeHex, writeBase64, writeJsonText } from '../../reports/escape.js'
import { copyPlain } from '../../reports/json-key.js'
import { isUtf8, openUtf8Tail, utf8SequenceBytes } from '../../reports/utf8.js'

const QUOTE = 34
const COLON = 58
const OPEN = { array: 91, object: 123 } as const
/** Deeper than any value goes: line, value, groups, group, pending, entry. */
const MAX_DEPTH = 16
/** Longer strings are looked at before they are written. */
const SHORT_STRING_BYTES = 256

/** How bytes of the dump become JSON. */
export type BinaryMode = 'text' | 'base64'

/**
 * JSON written piece by piece, with commas and brackets kept in order, so that it can be closed at any
 * point and stays valid when the dump ends early.
 *
 * Strings in mode `text`: UTF-8 becomes a JSON string, anything else `{"base64": "..."}`. A string that
 * comes in pieces is judged by its first piece; should later bytes not be UTF-8, each becomes the lone
 * surrogate U+DC00 + byte, which no valid text contains (Python calls this `surrogateescape`). In mode
 * `base64` every string is its bytes in base64.
 */
export class JsonOut {
  readonly out = new ByteWriter()
  readonly #base64: boolean

  #depth = 0
  readonly #closers = new Uint8Array(MAX_DEPTH)
  readonly #filled = new Uint8Array(MAX_DEPTH)
  #afterName = false

  #long: 'none' | 'text' | 'base64' | 'base64-object' = 'none'
  /** Bytes of the piece before: an unfinished character, or what is missing to three bytes. */
  readonly #carry = new Uint8Array(4)
  #carried = 0

  constructor(mode: BinaryMode) {
    this.#base64 = mode === 'base64'
  }

  get depth(): number {
    return this.#depth
  }

  /** True between the pieces of a long string. */
  get inLong(): boolean {
    return this.#long !== 'none'
  }

  beginArray(): void {
    this.#begin(OPEN.array)
  }

  beginObject(): void {
    this.#begin(OPEN.object)
  }

  /** Ends the innermost array or object. */
  end(): void {
    this.out.byte(this.#closers[--this.#depth]!)
  }

  /** Ends whatever is open deeper than `depth`, in the middle of a string or behind a name too. */
  endTo(depth: number): void {
    if (this.inLong) this.endLong()
    if (this.#afterName) this.null()
    while (this.#depth > depth) this.end()
  }

  name(name: string): void {
    this.#item()
    const out = this.out
    out.reserve(name.length + 3)
    out.at = storeQuoted(out.buffer, out.at, name)
    out.buffer[out.at++] = COLON
    this.#afterName = true
  }

  null(): void {
    this.#item()
    this.out.ascii('null')
  }

  integer(value: number): void {
    this.#item()
    this.out.integer(value)
  }

  /** A score: the shortest decimal that reads back, `"inf"`, `"-inf"` or `"nan"`. */
  score(value: number): void {
    this.#item()
    if (Number.isFinite(value)) this.out.ascii(Object.is(value, -0) ? '-0' : String(value))
    else this.out.ascii(Number.isNaN(value) ? '"nan"' : value > 0 ? '"inf"' : '"-inf"')
  }

  /** A string of our own: ASCII that needs no escape. */
  word(text: string): void {
    this.#item()
    const out = this.out
    out.reserve(text.length + 2)
    out.at = storeQuoted(out.buffer, out.at, text)
  }

  /** Any text of our own. */
  text(text: string): void {
    this.#item()
    this.out.copy(new TextEncoder().encode(JSON.stringify(text)))
  }

  /** Digits of a number that may be too large for a double. */
  digits(digits: string): void {
    this.#item()
    this.out.ascii(digits)
  }

  string(string: RdbString): void {
    string.load()
    this.bytes(string.bytes, string.start, string.end)
  }

  bytes(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#item()
    const out = this.out
    if (this.#base64) {
      out.byte(QUOTE)
      writeBase64(out, bytes, start, end)
      out.byte(QUOTE)
      return
    }
    if (end - start <= SHORT_STRING_BYTES) {
      out.reserve(end - start + 2)
      const begin = out.at
      out.buffer[out.at++] = QUOTE
      if (copyPlain(out, bytes, start, end)) {
        out.byte(QUOTE)
        return
      }
      out.at = begin
    }
    if (isUtf8(bytes, start, end)) {
      out.byte(QUOTE)
      writeJsonText(out, bytes, start, end)
      out.byte(QUOTE)
    } else {
      out.ascii('{"base64":"')
      writeBase64(out, bytes, start, end)
      out.ascii('"}')
    }
  }

  /** Bytes that are never text. */
  base64(bytes: Uint8Array): void {
    this.#item()
    this.out.byte(QUOTE)
    writeBase64(this.out, bytes, 0, bytes.length)
    this.out.byte(QUOTE)
  }

  /** A piece of a long string; the first one begins it. */
  longPart(bytes: Uint8Array, start: number, end: number): void {
    if (this.#long === 'none') this.#beginLong(bytes, start, end)
    if (this.#long === 'text') this.#textPart(bytes, start, end)
    else this.#base64Part(bytes, start, end)
  }

  endLong(): void {
    const out = this.out
    if (this.#long === 'text') {
      for (let i = 0; i < this.#carried; i++) this.#loneByte(this.#carry[i]!)
    } else writeBase64(out, this.#carry, 0, this.#carried)
    out.byte(QUOTE)
    if (this.#long === 'base64-object') out.byte(125)
    this.#long = 'none'
  }

  #begin(bracket: number): void {
    this.#item()
    this.out.byte(bracket)
    this.#closers[this.#depth] = bracket + 2 // ] and } stand two places behind their partners
    this.#filled[this.#depth] = 0
    this.#depth++
  }

  /** The comma in front of everything but the first. */
  #item(): void {
    if (this.#afterName) {
      this.#afterName = false
      return
    }
    if (this.#depth === 0) return
    if (this.#filled[this.#depth - 1] === 0) this.#filled[this.#depth - 1] = 1
    else this.out.byte(44)
  }

  #beginLong(bytes: Uint8Array, start: number, end: number): void {
    this.#item()
    this.#carried = 0
    if (this.#base64) this.#long = 'base64'
    else this.#long = isUtf8(bytes, start, end - openUtf8Tail(bytes, start, end)) ? 'text' : 'base64-object'
    this.out.ascii(this.#long === 'base64-object' ? '{"base64":"' : '"')
  }

  #base64Part(bytes: Uint8Array, start: number, end: number): void {
    let at = start
    if (this.#carried > 0) {
      while (this.#carried < 3 && at < end) this.#carry[this.#carried++] = bytes[at++]!
      if (this.#carried < 3) return
      writeBase64(this.out, this.#carry, 0, 3)
      this.#carried = 0
    }
    const whole = end - ((end - at) % 3)
    writeBase64(this.out, bytes, at, whole)
    for (at = whole; at < end; at++) this.#carry[this.#carried++] = bytes[at]!
  }

  #textPart(bytes: Uint8Array, start: number, end: number): void {
    let at = start
    while (this.#carried > 0 && at < end) {
      this.#carry[this.#carried++] = bytes[at++]!
      this.#settleCarry()
    }
    if (at === end) return
    const tail = openUtf8Tail(bytes, at, end)
    const stop = end - tail
    let from = at
    while (at < stop) {
      const size = bytes[at]! < 0x80 ? 1 : utf8SequenceBytes(bytes, at, stop)
      if (size > 0) {
        at += size
        continue
      }
      writeJsonText(this.out, bytes, from, at)
      this.#loneByte(bytes[at++]!)
      from = at
    }
    writeJsonText(this.out, bytes, from, stop)
    for (at = stop; at < end; at++) this.#carry[this.#carried++] = bytes[at]!
  }

  /** Writes the carried bytes as soon as they are a character, or can no longer become one. */
  #settleCarry(): void {
    const carry = this.#carry
    while (this.#carried > 0) {
      if (utf8SequenceBytes(carry, 0, this.#carried) === this.#carried) {
        writeJsonText(this.out, carry, 0, this.#carried)
        this.#carried = 0
        return
      }
      if (openUtf8Tail(carry, 0, this.#carried) === this.#carried) return
      this.#loneByte(carry[0]!)
      carry.copyWithin(0, 1, this.#carried)
      this.#carried--
    }
  }

  /** `\udcNN`: a byte that is not part of a character. */
  #loneByte(byte: number): void {
    const out = this.out
    out.reserve(8)
    const at = out.at
    storeHex(out.buffer, at + 2, byte)
    out.buffer[at] = 92
    out.buffer[at + 1] = 117
    out.buffer[at + 2] = 100
    out.buffer[at + 3] = 99
    out.at = at + 6
  }
}

/** Stores ASCII that needs no escape, in quotes; returns where it ends. */
function storeQuoted(buffer: Uint8Array, at: number, text: string): number {
  const { length } = text
  buffer[at] = QUOTE
  for (let i = 0; i < length; i++) buffer[at + 1 + i] = text.charCodeAt(i)
  buffer[at + 1 + length] = QUOTE
  return at + length + 2
}
