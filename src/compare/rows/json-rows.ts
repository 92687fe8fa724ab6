import { Carry } from './carry.js'
import { FIELD, type RowMaker, TEXT } from './row-maker.js'
import { WordIndex } from './words.js'

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const DOT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const OPEN = 123
const CLOSE = 125

const NAMES = new WordIndex([...Object.entries(FIELD), ...Object.entries(TEXT)])
const SCALED = Array.from({ length: 16 }, (_, digits) => 10 ** digits)

/**
 * Reads the objects of `keys --format jsonl`, also as one JSON array and in any layout, straight from the bytes: no
 * text and no object per row. Fields that are not needed are passed over, whatever they hold.
 */
export class JsonRows {
  readonly #row: RowMaker
  readonly #carry = new Carry()
  #offset = 0
  // The string that was read last.
  #start = 0
  #end = 0
  #escaped = false
  #scratch = new Uint8Array(1024)

  constructor(row: RowMaker) {
    this.#row = row
  }

  push(chunk: Uint8Array): void {
    const carry = this.#carry
    carry.add(chunk)
    const { bytes, end } = carry
    let at = 0
    while (at < end) {
      const byte = bytes[at]!
      if (byte === OPEN) {
        const next = this.#object(bytes, at + 1, end)
        if (next < 0) break
        at = next
      } else if (byte <= 32 || byte === COMMA || byte === OPEN_ARRAY || byte === CLOSE_ARRAY || byte >= 0xbb) at++
      else throw this.#row.bad(`an object is missing at byte ${this.#offset + at}`)
    }
    this.#offset += at
    carry.keepFrom(at)
    if (carry.end > MAX_ROW_BYTES) throw this.#row.bad(`row ${this.#row.rows + 1} does not end`)
  }

  finish(): void {
    if (this.#carry.end > 0) throw this.#row.bad(`it is cut short in row ${this.#row.rows + 1}`)
    this.#row.flush()
  }

  /** Reads an object from behind its brace; the place behind it, or -1 when it is not all there. */
  #object(bytes: Uint8Array, start: number, end: number): number {
    const row = this.#row
    row.begin()
    let at = start
    for (;;) {
      while (at < end && (bytes[at]! <= 32 || bytes[at] === COMMA)) at++
      if (at >= end) return -1
      if (bytes[at] === CLOSE) {
        row.end()
        return at + 1
      }
      if (bytes[at] !== QUOTE) throw row.bad(`a name is missing at byte ${this.#offset + at}`)
      at = this.#string(bytes, at + 1, end)
      if (at < 0) return -1
      const field = this.#escaped ? -1 : NAMES.find(bytes, this.#start, this.#end)
      while (at < end && bytes[at]! <= 32) at++
      if (at >= end) return -1
      if (bytes[at] !== COLON) throw row.bad(`a colon is missing at byte ${this.#offset + at}`)
      at++
      while (at < end && bytes[at]! <= 32) at++
      if (at >= end) return -1
      const first = bytes[at]!
      if (first === QUOTE) {
        at = this.#string(bytes, at + 1, end)
        if (at < 0) return -1
        if (field >= TEXT.key) this.#text(field, bytes)
      } else if (first === MINUS || (first >= ZERO && first <= NINE)) {
        at = this.#number(bytes, at, end, field < TEXT.key ? field : -1)
        if (at < 0) return -1
      } else if (first === OPEN || first === OPEN_ARRAY) {
        at = this.#skip(bytes, at, end)
        if (at < 0) return -1
      } else {
        // true, false, null: what is not said.
        while (at < end && bytes[at]! >= 97 && bytes[at]! <= 122) at++
        if (at >= end) return -1
        if (first !== 110 && first !== 116 && first !== 102) throw row.bad(`no value at byte ${this.#offset + at}`)
      }
    }
  }

  /** From behind the opening quote to behind the closing one; -1 when it is not there. */
  #string(bytes: Uint8Array, start: number, end: number): number {
    this.#start = start
    this.#escaped = false
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.#end = at
        return at + 1
      }
      if (byte === BACKSLASH) {
        this.#escaped = true
        at++
      }
    }
    return -1
  }

  #number(bytes: Uint8Array, start: number, end: number, field: number): number {
    let at = start
    const negative = bytes[at] === MINUS
    if (negative) at++
    let value = 0
    while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) value = value * 10 + bytes[at++]! - ZERO
    let scale = 0
    if (at < end && bytes[at] === DOT) {
      at++
      while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) {
        value = value * 10 + bytes[at++]! - ZERO
        scale++
      }
    }
    const isLong = at - start > 15 || (at < end && (bytes[at] === 101 || bytes[at] === 69))
    while (at < end && isNumberByte(bytes[at]!)) at++
    if (at >= end) return -1
    if (field >= 0) {
      // Long ones, and those with an exponent, as JSON reads them.
      if (isLong) value = Number(latin1(bytes, start, at))
      else {
        if (scale > 0) value /= SCALED[scale]!
        if (negative) value = -value
      }
      this.#row.numbers[field] = value
    }
    return at
  }

  #text(field: number, bytes: Uint8Array): void {
    let [buffer, start, end] = [bytes, this.#start, this.#end]
    if (this.#escaped) {
      if (this.#scratch.length < (end - start) * 3) this.#scratch = new Uint8Array((end - start) * 3)
      end = this.#unescape(bytes, start, end)
      buffer = this.#scratch
      start = 0
    }
    if (field === TEXT.key) this.#row.key(buffer, start, end)
    else if (field === TEXT.type) this.#row.type(buffer, start, end)
    else if (field === TEXT.encoding) this.#row.encoding(buffer, start, end)
    else {
      const key = Buffer.from(latin1(buffer, start, end), 'base64')
      this.#row.key(key, 0, key.length)
    }
  }

  /** Decodes the escapes of a JSON string; returns where the text ends in `#scratch`. */
  #unescape(bytes: Uint8Array, start: number, end: number): number {
    const quoted = `"${Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')}"`
    let text = ''
    try {
      text = JSON.parse(quoted) as string
    } catch {
      throw this.#row.bad(`row ${this.#row.rows + 1} has a text that is no JSON`)
    }
    return new TextEncoder().encodeInto(text, this.#scratch).written
  }

  /** Passes over an object or an array. */
  #skip(bytes: Uint8Array, start: number, end: number): number {
    let depth = 0
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (byte === QUOTE) {
        const next = this.#string(bytes, at + 1, end)
        if (next < 0) return -1
        at = next - 1
      } else if (byte === OPEN || byte === OPEN_ARRAY) depth++
      else if (byte === CLOSE || byte === CLOSE_ARRAY) {
        depth--
        if (depth === 0) return at + 1
      }
    }
    return -1
  }
}

/** A row has a name of a few KiB at most; more than this is something else. */
const MAX_ROW_BYTES = 64 * 2 ** 20

function isNumberByte(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || byte === 43 || byte === MINUS || byte === DOT || byte === 69 || byte === 101
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
