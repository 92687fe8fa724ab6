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
    for (let row = 0; row < columns.length; row++) this.row(columns, row)
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
