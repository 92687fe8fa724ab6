import { unescapeBytes } from '../../../reports/escape.js'
import { Carry } from './carry.js'
import { FIELD, type RowMaker, TEXT } from './row-maker.js'

const QUOTE = 34
const NEWLINE = 10
const RETURN = 13
const BACKSLASH = 92
const MAX_ROW_BYTES = 64 * 2 ** 20

/** Columns of `keys --format csv`, by what they hold. */
const COLUMNS: Readonly<Record<string, number>> = {
  database: FIELD.db,
  type: TEXT.type,
  key: TEXT.key,
  size_in_bytes: FIELD.ramBytes,
  encoding: TEXT.encoding,
  num_elements: FIELD.elements,
  len_largest_element: FIELD.longestElementBytes,
  expiry: FIELD.expiresAtMs,
  idle: FIELD.idleSeconds,
  freq: FIELD.freq,
  overhead_bytes: FIELD.overheadBytes,
  memory_usage: FIELD.memoryUsageBytes,
  payload_bytes: FIELD.payloadBytes,
  rdb_bytes: FIELD.rdbBytes,
}

/** Reads `keys --format csv`, with any delimiter, also the eight columns of redis-rdb-tools. */
export class CsvRows {
  readonly #row: RowMaker
  readonly #carry = new Carry()
  /** Column by place; null before the header. */
  #columns: readonly number[] | null = null
  #delimiter = 44
  // Cells of the row at hand, without quotes.
  #cells = 0
  readonly #starts = new Int32Array(256)
  readonly #ends = new Int32Array(256)
  readonly #quoted = new Uint8Array(256)

  constructor(row: RowMaker) {
    this.#row = row
  }

  push(chunk: Uint8Array): void {
    const carry = this.#carry
    carry.add(chunk)
    const { bytes, end } = carry
    let at = 0
    for (;;) {
      if (this.#columns === null) {
        const next = this.#header(bytes.subarray(0, end))
        if (next < 0) break
        at = next
        continue
      }
      const next = this.#split(bytes, at, end)
      if (next < 0) break
      this.#take(bytes)
      at = next
    }
    carry.keepFrom(at)
    if (carry.end > MAX_ROW_BYTES) throw this.#row.bad(`row ${this.#row.rows + 1} does not end`)
  }

  finish(): void {
    if (this.#carry.end > 0) this.push(Uint8Array.of(NEWLINE))
    if (this.#carry.end > 0) throw this.#row.bad(`it is cut short in row ${this.#row.rows + 1}`)
    this.#row.flush()
  }

  /** Reads the names of the columns; the place behind them. */
  #header(bytes: Uint8Array): number {
    const lineEnd = bytes.indexOf(NEWLINE)
    if (lineEnd < 0) return -1
    const text = new TextDecoder().decode(bytes.subarray(0, lineEnd)).trim()
    const delimiter = /^"?[a-z_]+"?([^a-z_"])/.exec(text)?.[1] ?? ','
    this.#delimiter = delimiter.charCodeAt(0)
    const names = text.split(delimiter).map((name) => name.replaceAll('"', ''))
    if (!names.includes('key') || !names.includes('size_in_bytes') || names.length > 256) {
      throw this.#row.bad('its first line does not name the columns key and size_in_bytes')
    }
    this.#columns = names.map((name) => COLUMNS[name] ?? -1)
    return lineEnd + 1
  }

  /** Finds the cells of a row; the place behind it, or -1 when it is not all there. */
  #split(bytes: Uint8Array, start: number, end: number): number {
    let cells = 0
    let at = start
    const delimiter = this.#delimiter
    for (;;) {
      if (at >= end || cells === 256) return -1
      if (bytes[at] === QUOTE) {
        const from = at + 1
        at++
        for (;;) {
          while (at < end && bytes[at] !== QUOTE) at++
          if (at + 1 >= end) return -1
          if (bytes[at + 1] !== QUOTE) break
          at += 2
        }
        this.#starts[cells] = from
        this.#ends[cells] = at
        this.#quoted[cells] = 1
        at++
      } else {
        this.#starts[cells] = at
        while (at < end && bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++
        if (at >= end) return -1
        this.#ends[cells] = at
        this.#quoted[cells] = 0
      }
      cells++
      if (bytes[at] === delimiter) {
        at++
        continue
      }
      if (bytes[at] === RETURN) at++
      else if (this.#quoted[cells - 1] === 0 && bytes[at - 1] === RETURN) this.#ends[cells - 1] = at - 1
      if (at >= end) return -1
      if (bytes[at] !== NEWLINE) throw this.#row.bad(`row ${this.#row.rows + 1} has something behind a quoted cell`)
      this.#cells = cells
      return at + 1
    }
  }

  #take(bytes: Uint8Array): void {
    const columns = this.#columns!
    if (this.#cells === 1 && this.#starts[0] === this.#ends[0]) return
    if (this.#cells !== columns.length) {
      throw this.#row.bad(`row ${this.#row.rows + 1} has ${this.#cells} cells in place of ${columns.length}`)
    }
    const row = this.#row
    row.begin()
    for (let cell = 0; cell < columns.length; cell++) {
      const column = columns[cell]!
      const start = this.#starts[cell]!
      const end = this.#ends[cell]!
      if (column < 0 || (start === end && column !== TEXT.key)) continue
      if (column === TEXT.key) this.#key(bytes, start, end, this.#quoted[cell] === 1)
      else if (column === TEXT.type) row.type(bytes, start, end)
      else if (column === TEXT.encoding) row.encoding(bytes, start, end)
      else if (column === FIELD.expiresAtMs) row.numbers[column] = momentOf(bytes, start, end)
      else row.numbers[column] = numberOf(bytes, start, end)
    }
    row.end()
  }

  #key(bytes: Uint8Array, start: number, end: number, quoted: boolean): void {
    let plain = true
    for (let at = start; at < end && plain; at++) plain = bytes[at] !== BACKSLASH && (!quoted || bytes[at] !== QUOTE)
    if (plain) {
      this.#row.key(bytes, start, end)
      return
    }
    const text = new TextDecoder().decode(bytes.subarray(start, end))
    const key = unescapeBytes(quoted ? text.replaceAll('""', '"') : text)
    this.#row.key(key, 0, key.length)
  }
}

function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return Number(textOf(bytes, start, end))
    value = value * 10 + digit
  }
  return value
}

function momentOf(bytes: Uint8Array, start: number, end: number): number {
  const ms = Date.parse(textOf(bytes, start, end))
  return Number.isNaN(ms) ? -1 : ms
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end))
}
