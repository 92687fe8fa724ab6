import { ByteWriter, joined } from '../byte-writer.js'
import { CsvCells } from './csv-cell.js'
import { isUsualDate, storeIsoDate, writeIsoDate } from './iso-date.js'
import { hasShortNumbers, type KeyColumns, type KeyWords, type KeyWriter, patternAt, slotAt, WordCache } from './row.js'
import { StoredBytes, storeBytes, storeDecimal } from './stored.js'

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

/** All numbers, delimiters and the words for types and encodings of one row take less. */
const ROW_BYTES = 512

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
  readonly #files: Uint8Array[]
  readonly #stringType: number
  /** Types and encodings with the delimiters around them. */
  readonly #typeCells: StoredBytes[]
  readonly #encodingCells: StoredBytes[]
  /** What a row ends with, by its pattern: all from the delimiter before it on. For rows of `#endsFile`. */
  #ends: WordCache<StoredBytes> | null = null
  #endsFile = -1

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
    this.#files = words.files.map((file) => cells.encode(file))
    const [typeWords, encodingWords] = this.#compat ? [RDBTOOLS_TYPES, RDBTOOLS_ENCODINGS] : [{}, {}]
    this.#types = words.types.map((word) => cells.encode(typeWords[word] ?? word))
    this.#encodings = words.encodings.map((word) => cells.encode(encodingWords[word] ?? word))
    this.#typeCells = this.#types.map((cell) => this.#between(cell))
    this.#encodingCells = this.#encodings.map((cell) => this.#between(cell))
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
    if (this.#compat) {
      for (let row = 0; row < columns.length; row++) this.row(columns, row)
      return
    }
    const ends = this.#endsOf(columns)
    for (let row = 0; row < columns.length; row++) {
      if (!this.#usualRow(columns, row, ends)) this.row(columns, row)
    }
  }

  /**
   * `row` for what nearly all rows are: numbers of up to 31 bits, dates of four-digit years. Room is asked for once,
   * and everything is stored from here, four bytes at a time. False when the row has something else; then nothing was
   * written.
   */
  #usualRow(columns: KeyColumns, row: number, ends: readonly StoredBytes[]): boolean {
    if (!hasShortNumbers(columns, row)) return false
    const expiresAtMs = columns.expiresAtMs[row]!
    if (expiresAtMs !== -1 && !isUsualDate(expiresAtMs)) return false

    const delimiter = this.#delimiter
    const end = ends[columns.pattern === undefined ? 0 : columns.pattern[row]!]!
    const keyStart = columns.keyStart[row]!
    const keyEnd = columns.keyEnd[row]!
    const out = this.#out
    out.reserve(ROW_BYTES + end.length + keyEnd - keyStart)
    let words = out.words
    let at = storeDecimal(words, out.at, columns.db[row]!)
    at = storeBytes(words, at, this.#typeCells[columns.type[row]!]!)
    const behindKey = this.#cells.store(words, at, columns.keyBytes, keyStart, keyEnd)
    if (behindKey >= 0) at = behindKey
    else {
      out.at = at
      this.#cells.write(columns.keyBytes, keyStart, keyEnd)
      out.reserve(ROW_BYTES + end.length)
      words = out.words
      at = out.at
    }
    words.setUint8(at, delimiter)
    at = storeDecimal(words, at + 1, columns.ramBytes[row]! | 0)
    at = storeBytes(words, at, this.#encodingCells[columns.encoding[row]!]!)
    at = storeDecimal(words, at, columns.elements[row]! | 0)
    words.setUint8(at, delimiter)
    at = storeDecimal(words, at + 1, columns.longestElementBytes[row]! | 0)
    words.setUint8(at++, delimiter)
    if (expiresAtMs !== -1) at = storeIsoDate(words, at, expiresAtMs)
    words.setUint8(at++, delimiter)
    const idle = columns.idleSeconds[row]! | 0
    if (idle >= 0) at = storeDecimal(words, at, idle)
    words.setUint8(at++, delimiter)
    const freq = columns.freq[row]!
    if (freq >= 0) at = storeDecimal(words, at, freq)
    words.setUint8(at++, delimiter)
    const slot = slotAt(columns, row, this.#words.slotOf)
    if (slot >= 0) at = storeDecimal(words, at, slot)
    words.setUint8(at, delimiter)
    at = storeDecimal(words, at + 1, columns.overheadBytes[row]! | 0)
    words.setUint8(at++, delimiter)
    const usage = columns.memoryUsageBytes[row]! | 0
    if (usage >= 0) at = storeDecimal(words, at, usage)
    words.setUint8(at, delimiter)
    at = storeDecimal(words, at + 1, columns.payloadBytes[row]! | 0)
    words.setUint8(at, delimiter)
    at = storeDecimal(words, at + 1, columns.rdbBytes[row]! | 0)
    out.at = storeBytes(words, at, end)
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
    const { slotOf } = this.#words
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
    if (columns.pattern !== undefined) out.copy(this.#cells.encode(patternAt(columns, row)))
    out.byte(delimiter)
    const file = this.#files[columns.file]
    if (file !== undefined) out.copy(file)
  }

  /** Ends of rows, by the numbers of their patterns. */
  #endsOf({ patterns = [''], file }: KeyColumns): StoredBytes[] {
    if (this.#ends === null || this.#endsFile !== file) {
      this.#ends = new WordCache((pattern) => this.#endOf(pattern, file))
      this.#endsFile = file
    }
    const ends: StoredBytes[] = []
    for (const pattern of patterns) ends.push(this.#ends.of(pattern))
    return ends
  }

  #endOf(pattern: string, file: number): StoredBytes {
    const out = new ByteWriter(64)
    out.byte(this.#delimiter)
    out.copy(this.#cells.encode(pattern))
    out.byte(this.#delimiter)
    out.copy(this.#files[file] ?? new Uint8Array(0))
    out.byte(NEWLINE)
    return new StoredBytes(joined(out.finish()))
  }

  /** A cell with the delimiters before and behind it. */
  #between(cell: Uint8Array): StoredBytes {
    return new StoredBytes(Uint8Array.of(this.#delimiter, ...cell, this.#delimiter))
  }

  /** A number, or nothing where the dump does not say. */
  #ifKnown(value: number): void {
    if (value >= 0) this.#out.number(value)
  }
}
