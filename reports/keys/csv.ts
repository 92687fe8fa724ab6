import { ByteWriter } from '../byte-writer.js'
import { CsvCells } from './csv-cell.js'
import { writeIsoDate } from './iso-date.js'
import { type KeyColumns, type KeyWords, type KeyWriter, slotAt, WordCache } from './row.js'

/** The columns that scripts for redis-rdb-tools know by position. */
export const RDBTOOLS_COLUMNS = [
  'database',
  'type',
  'key',
  'size_in_bytes',
  'encoding',
  'num_elements',
  'len_largest_element',
  'expiry',
] as const

/** All columns of `keys --format csv`. `size_in_bytes` is `ramBytes`. */
export const KEY_COLUMNS = [
  ...RDBTOOLS_COLUMNS,
  'idle',
  'freq',
  'slot_id',
  'overhead_bytes',
  'memory_usage',
  'payload_bytes',
  'rdb_bytes',
  'pattern',
  'file',
] as const

export interface KeyCsvOptions {
  /** One ASCII character between the cells. */
  readonly delimiter?: string
  /** Leave cells that look like formulas as they are. */
  readonly raw?: boolean
  /** Start with a UTF-8 byte order mark, by which Excel knows the encoding. */
  readonly bom?: boolean
  /** `rdbtools`: just its eight columns, with its words for types and encodings. */
  readonly compat?: 'rdbtools'
}

const NEWLINE = 10
const DIGIT_ZERO = 48

/** All numbers, delimiters and the words for types and encodings of one row take less. */
const ROW_BYTES = 512
const MOST = 0x7fffffff
const NOTHING = new Uint8Array(0)

/** A whole number of up to 31 bits, and not negative. */
function isSmall(value: number): boolean {
  return value >= 0 && value <= MOST && (value | 0) === value
}

/** Stores a number of up to 31 bits in decimal; returns where it ends. */
function storeInteger(buffer: Uint8Array, at: number, value: number): number {
  let rest = value | 0
  if (rest < 10) {
    buffer[at] = DIGIT_ZERO + rest
    return at + 1
  }
  let end = at
  if (rest < 100) end += 2
  else if (rest < 1000) end += 3
  else if (rest < 10_000) end += 4
  else if (rest < 100_000) end += 5
  else {
    end += 6
    for (let limit = 1_000_000; rest >= limit && end < at + 10; limit *= 10) end++
  }
  for (let i = end; i > at; ) {
    const quotient = (rest / 10) | 0
    buffer[--i] = DIGIT_ZERO + rest - quotient * 10
    rest = quotient
  }
  return end
}

function storeWord(buffer: Uint8Array, at: number, word: Uint8Array): number {
  const { length } = word
  for (let i = 0; i < length; i++) buffer[at + i] = word[i]!
  return at + length
}

/** Where redis-rdb-tools has another word for the same thing. */
type Words = Readonly<Record<string, string>>
const RDBTOOLS_TYPES: Words = { zset: 'sortedset' }
/** It has one word for all strings, whatever object the server makes of them. */
const RDBTOOLS_ENCODINGS: Words = {
  int: 'string',
  embstr: 'string',
  raw: 'string',
  listpackex: 'listpack',
  stream: 'listpack',
}

/**
 * One CSV row per key (RFC 4180 quoting, `\n` line ends as redis-rdb-tools writes them, UTF-8).
 *
 * Written byte by byte into large chunks: no string and no object per row.
 */
export class KeyCsvWriter implements KeyWriter {
  readonly #out = new ByteWriter()
  readonly #words: KeyWords
  readonly #delimiter: number
  readonly #bom: boolean
  readonly #compat: boolean
  readonly #types: Uint8Array[]
  readonly #encodings: Uint8Array[]
  readonly #cells: CsvCells
  readonly #patterns: WordCache
  readonly #files: Uint8Array[]
  readonly #stringType: number

  constructor(words: KeyWords, options: KeyCsvOptions = {}) {
    const delimiter = options.delimiter ?? ','
    if (delimiter.length !== 1 || !/[\t -~]/.test(delimiter) || /[\w"\\ .:+-]/.test(delimiter)) {
      throw new RangeError(
        `the delimiter must be one ASCII sign such as , ; or a tab, not ${JSON.stringify(delimiter)}`,
      )
    }
    this.#words = words
    this.#delimiter = delimiter.charCodeAt(0)
    this.#bom = options.bom ?? false
    this.#compat = options.compat === 'rdbtools'
    const cells = new CsvCells(this.#out, this.#delimiter, options.raw ?? false)
    this.#cells = cells
    this.#patterns = new WordCache((word) => cells.encode(word))
    this.#files = words.files.map((file) => cells.encode(file))
    const [typeWords, encodingWords] = this.#compat ? [RDBTOOLS_TYPES, RDBTOOLS_ENCODINGS] : [{}, {}]
    this.#types = words.types.map((word) => cells.encode(typeWords[word] ?? word))
    this.#encodings = words.encodings.map((word) => cells.encode(encodingWords[word] ?? word))
    this.#stringType = words.types.indexOf('string')
  }

  begin(): void {
    if (this.#bom) this.#out.copy(Uint8Array.of(0xef, 0xbb, 0xbf))
    const columns = this.#compat ? RDBTOOLS_COLUMNS : KEY_COLUMNS
    columns.forEach((column, index) => {
      if (index > 0) this.#out.byte(this.#delimiter)
      this.#out.ascii(column)
    })
    this.#out.byte(NEWLINE)
  }

  rows(columns: KeyColumns): void {
    for (let row = 0; row < columns.length; row++)
      if (this.#compat || !this.#usualRow(columns, row)) this.row(columns, row)
  }

  /**
   * `row` for what nearly all rows are: numbers of up to 31 bits. Room is asked for once, and everything is stored from
   * here. False when the row has something else; then nothing was written.
   */
  #usualRow(columns: KeyColumns, row: number): boolean {
    const ram = columns.ramBytes[row]!
    const elements = columns.elements[row]!
    const longest = columns.longestElementBytes[row]!
    const overhead = columns.overheadBytes[row]!
    const usage = columns.memoryUsageBytes[row]!
    const payload = columns.payloadBytes[row]!
    const rdb = columns.rdbBytes[row]!
    const idle = columns.idleSeconds[row]!
    if (!isSmall(ram) || !isSmall(elements) || !isSmall(longest) || !isSmall(overhead)) return false
    if (!isSmall(payload) || !isSmall(rdb) || usage > MOST || (usage | 0) !== usage || (idle | 0) !== idle) return false
    const { slotOf, patternOf } = this.#words
    const delimiter = this.#delimiter
    const pattern = patternOf === undefined ? NOTHING : this.#patterns.bytes(patternOf(columns, row))
    const file = this.#files[columns.file] ?? NOTHING
    const out = this.#out
    out.reserve(ROW_BYTES)
    let buffer = out.buffer
    let at = storeInteger(buffer, out.at, columns.db[row]!)
    buffer[at++] = delimiter
    at = storeWord(buffer, at, this.#types[columns.type[row]!]!)
    buffer[at++] = delimiter
    out.at = at
    this.#cells.write(columns.keyBytes, columns.keyStart[row]!, columns.keyEnd[row]!)
    out.reserve(ROW_BYTES + pattern.length + file.length)
    buffer = out.buffer
    at = out.at
    buffer[at++] = delimiter
    at = storeInteger(buffer, at, ram)
    buffer[at++] = delimiter
    at = storeWord(buffer, at, this.#encodings[columns.encoding[row]!]!)
    buffer[at++] = delimiter
    at = storeInteger(buffer, at, elements)
    buffer[at++] = delimiter
    at = storeInteger(buffer, at, longest)
    buffer[at++] = delimiter
    const expiresAtMs = columns.expiresAtMs[row]!
    if (expiresAtMs !== -1) {
      out.at = at
      writeIsoDate(out, expiresAtMs)
      out.reserve(ROW_BYTES + pattern.length + file.length)
      buffer = out.buffer
      at = out.at
    }
    buffer[at++] = delimiter
    if (idle >= 0) at = storeInteger(buffer, at, idle)
    buffer[at++] = delimiter
    const freq = columns.freq[row]!
    if (freq >= 0) at = storeInteger(buffer, at, freq)
    buffer[at++] = delimiter
    const slot = slotAt(columns, row, slotOf)
    if (slot >= 0) at = storeInteger(buffer, at, slot)
    buffer[at++] = delimiter
    at = storeInteger(buffer, at, overhead)
    buffer[at++] = delimiter
    if (usage >= 0) at = storeInteger(buffer, at, usage)
    buffer[at++] = delimiter
    at = storeInteger(buffer, at, payload)
    buffer[at++] = delimiter
    at = storeInteger(buffer, at, rdb)
    buffer[at++] = delimiter
    at = storeWord(buffer, at, pattern)
    buffer[at++] = delimiter
    at = storeWord(buffer, at, file)
    buffer[at++] = NEWLINE
    out.at = at
    return true
  }

  row(columns: KeyColumns, row: number): void {
    const out = this.#out
    const delimiter = this.#delimiter
    const type = columns.type[row]!
    out.integer(columns.db[row]!)
    out.byte(delimiter)
    out.copy(this.#types[type]!)
    out.byte(delimiter)
    this.#cells.write(columns.keyBytes, columns.keyStart[row]!, columns.keyEnd[row]!)
    out.byte(delimiter)
    out.number(columns.ramBytes[row]!)
    out.byte(delimiter)
    out.copy(this.#encodings[columns.encoding[row]!]!)
    out.byte(delimiter)
    // For strings redis-rdb-tools gives the length twice.
    const longest = columns.longestElementBytes[row]!
    out.integer(this.#compat && type === this.#stringType ? longest : columns.elements[row]!)
    out.byte(delimiter)
    out.integer(longest)
    out.byte(delimiter)
    const expiresAtMs = columns.expiresAtMs[row]!
    if (expiresAtMs !== -1) writeIsoDate(out, expiresAtMs)
    if (!this.#compat) this.#ownColumns(columns, row)
    out.byte(NEWLINE)
  }

  take(): Uint8Array[] {
    return this.#out.take()
  }

  finish(): Uint8Array[] {
    return this.#out.finish()
  }

  #ownColumns(columns: KeyColumns, row: number): void {
    const out = this.#out
    const delimiter = this.#delimiter
    const { slotOf, patternOf } = this.#words
    out.byte(delimiter)
    this.#ifKnown(columns.idleSeconds[row]!)
    out.byte(delimiter)
    this.#ifKnown(columns.freq[row]!)
    out.byte(delimiter)
    this.#ifKnown(slotAt(columns, row, slotOf))
    out.byte(delimiter)
    out.number(columns.overheadBytes[row]!)
    out.byte(delimiter)
    this.#ifKnown(columns.memoryUsageBytes[row]!)
    out.byte(delimiter)
    out.integer(columns.payloadBytes[row]!)
    out.byte(delimiter)
    out.integer(columns.rdbBytes[row]!)
    out.byte(delimiter)
    if (patternOf !== undefined) out.copy(this.#patterns.bytes(patternOf(columns, row)))
    out.byte(delimiter)
    const file = this.#files[columns.file]
    if (file !== undefined) out.copy(file)
  }

  /** A number, or nothing where the dump does not say. */
  #ifKnown(value: number): void {
    if (value >= 0) this.#out.number(value)
  }
}
