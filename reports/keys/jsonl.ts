import { ByteWriter } from '../byte-writer.js'
import { safeJson } from '../json.js'
import { copyPlain, writeJsonKey } from '../json-key.js'
import { hasShortNumbers, type KeyColumns, type KeyWords, type KeyWriter, patternAt, slotAt, WordCache } from './row.js'
import { StoredBytes, storeBytes, storeDecimal, storeLargeDecimal } from './stored.js'

const NEWLINE = 10

const QUOTE = 34
const COMMA = 44
/** Longer keys are written in slices. */
const SHORT_KEY_BYTES = 256
/** Field names, numbers and the words for types and encodings of one row take less. */
const ROW_BYTES = 768

function jsonString(word: string): Uint8Array {
  return new TextEncoder().encode(safeJson(word))
}

/** Text with room for reading whole words. */
function stored(text: string): StoredBytes {
  return new StoredBytes(new TextEncoder().encode(text))
}

const DB = stored('{"db":')
const KEY = stored(',"key":"')
const OVERHEAD = stored(',"overheadBytes":')
const USAGE = stored(',"memoryUsageBytes":')
const PAYLOAD = stored(',"payloadBytes":')
const RDB = stored(',"rdbBytes":')
const ELEMENTS = stored(',"elements":')
const LONGEST = stored(',"longestElementBytes":')
const EXPIRES = stored(',"expiresAtMs":')
const IDLE = stored(',"idleSeconds":')
const FREQ = stored(',"freq":')
const SLOT = stored(',"slot":')
const NULL = stored('null')

/** A number, null where the dump does not say. */
function storeKnown(words: DataView, at: number, value: number): number {
  return value >= 0 ? storeDecimal(words, at, value) : storeBytes(words, at, NULL)
}

/** One JSON object per key and line, written byte by byte: no string and no object per row. */
export class KeyJsonlWriter implements KeyWriter {
  readonly #out = new ByteWriter()
  readonly #words: KeyWords
  readonly #patterns = new WordCache(jsonString)
  readonly #types: Uint8Array[]
  readonly #encodings: Uint8Array[]
  readonly #files: Uint8Array[]
  /** Types and encodings with the names of their fields, and of the field behind them. */
  readonly #typeFields: StoredBytes[]
  readonly #encodingFields: StoredBytes[]
  /** What a row ends with, by its pattern. For rows of `#endsFile`. */
  #ends: WordCache<StoredBytes> | null = null
  #endsFile = -1

  constructor(words: KeyWords) {
    this.#words = words
    this.#types = words.types.map(jsonString)
    this.#encodings = words.encodings.map(jsonString)
    this.#files = words.files.map(jsonString)
    this.#typeFields = words.types.map((word) => stored(`,"type":${safeJson(word)},"encoding":`))
    this.#encodingFields = words.encodings.map((word) => stored(`${safeJson(word)},"ramBytes":`))
  }

  begin(): void {}

  rows(columns: KeyColumns): void {
    const ends = this.#endsOf(columns)
    for (let row = 0; row < columns.length; row++) {
      if (!this.#usualRow(columns, row, ends)) this.row(columns, row)
    }
  }

  /**
   * `row` for what nearly all rows are: numbers of up to 31 bits. Room is asked for once. False when the row has
   * something else; then nothing was written.
   */
  #usualRow(columns: KeyColumns, row: number, ends: readonly StoredBytes[]): boolean {
    if (!hasShortNumbers(columns, row)) return false
    const expiresAtMs = columns.expiresAtMs[row]!
    if (expiresAtMs !== -1 && !(expiresAtMs >= 0 && expiresAtMs <= Number.MAX_SAFE_INTEGER)) return false

    const out = this.#out
    out.reserve(ROW_BYTES)
    let words = out.words
    let at = storeBytes(words, out.at, DB)
    at = storeDecimal(words, at, columns.db[row]!)
    out.at = storeBytes(words, at, KEY)
    const { keyBytes } = columns
    const keyStart = columns.keyStart[row]!
    const keyEnd = columns.keyEnd[row]!
    if (keyEnd - keyStart <= SHORT_KEY_BYTES && copyPlain(out, keyBytes, keyStart, keyEnd)) out.byte(QUOTE)
    else {
      words.setUint8(at, COMMA)
      out.at = at + 1
      writeJsonKey(out, keyBytes, keyStart, keyEnd)
    }
    const end = ends[columns.pattern === undefined ? 0 : columns.pattern[row]!]!
    out.reserve(ROW_BYTES + end.length)
    words = out.words
    at = storeBytes(words, out.at, this.#typeFields[columns.type[row]!]!)
    at = storeBytes(words, at, this.#encodingFields[columns.encoding[row]!]!)
    at = storeDecimal(words, at, columns.ramBytes[row]! | 0)
    at = storeDecimal(words, storeBytes(words, at, OVERHEAD), columns.overheadBytes[row]! | 0)
    at = storeKnown(words, storeBytes(words, at, USAGE), columns.memoryUsageBytes[row]! | 0)
    at = storeDecimal(words, storeBytes(words, at, PAYLOAD), columns.payloadBytes[row]! | 0)
    at = storeDecimal(words, storeBytes(words, at, RDB), columns.rdbBytes[row]! | 0)
    at = storeDecimal(words, storeBytes(words, at, ELEMENTS), columns.elements[row]! | 0)
    at = storeDecimal(words, storeBytes(words, at, LONGEST), columns.longestElementBytes[row]! | 0)
    at = storeBytes(words, at, EXPIRES)
    if (expiresAtMs === -1) at = storeBytes(words, at, NULL)
    else at = storeLargeDecimal(words, at, expiresAtMs)
    at = storeKnown(words, storeBytes(words, at, IDLE), columns.idleSeconds[row]! | 0)
    at = storeKnown(words, storeBytes(words, at, FREQ), columns.freq[row]!)
    at = storeKnown(words, storeBytes(words, at, SLOT), slotAt(columns, row, this.#words.slotOf))
    out.at = storeBytes(words, at, end)
    return true
  }

  row(columns: KeyColumns, row: number): void {
    const out = this.#out
    const { slotOf } = this.#words
    const { keyBytes } = columns
    const start = columns.keyStart[row]!
    const end = columns.keyEnd[row]!

    out.ascii('{"db":')
    out.integer(columns.db[row]!)
    out.byte(44)
    writeJsonKey(out, keyBytes, start, end)
    out.ascii(',"type":')
    out.copy(this.#types[columns.type[row]!]!)
    out.ascii(',"encoding":')
    out.copy(this.#encodings[columns.encoding[row]!]!)
    out.ascii(',"ramBytes":')
    out.number(columns.ramBytes[row]!)
    out.ascii(',"overheadBytes":')
    out.number(columns.overheadBytes[row]!)
    out.ascii(',"memoryUsageBytes":')
    this.#known(columns.memoryUsageBytes[row]!)
    out.ascii(',"payloadBytes":')
    out.integer(columns.payloadBytes[row]!)
    out.ascii(',"rdbBytes":')
    out.integer(columns.rdbBytes[row]!)
    out.ascii(',"elements":')
    out.integer(columns.elements[row]!)
    out.ascii(',"longestElementBytes":')
    out.integer(columns.longestElementBytes[row]!)
    out.ascii(',"expiresAtMs":')
    const expiresAtMs = columns.expiresAtMs[row]!
    if (expiresAtMs === -1) out.ascii('null')
    else out.integer(expiresAtMs)
    out.ascii(',"idleSeconds":')
    this.#known(columns.idleSeconds[row]!)
    out.ascii(',"freq":')
    this.#known(columns.freq[row]!)
    out.ascii(',"slot":')
    this.#known(slotAt(columns, row, slotOf))
    out.ascii(',"pattern":')
    const pattern = patternAt(columns, row)
    if (pattern === '') out.ascii('null')
    else out.copy(this.#patterns.of(pattern))
    const file = this.#files.length > 1 ? this.#files[columns.file] : undefined
    if (file !== undefined) {
      out.ascii(',"file":')
      out.copy(file)
    }
    out.byte(125)
    out.byte(NEWLINE)
  }

  take(): Uint8Array[] {
    return this.#out.take()
  }

  finish(): Uint8Array[] {
    return this.#out.finish()
  }

  /** Ends of rows, by the numbers of their patterns. */
  #endsOf({ patterns = [''], file }: KeyColumns): StoredBytes[] {
    if (this.#ends === null || this.#endsFile !== file) {
      const word = this.#words.files[file]
      const fileField = word === undefined || this.#files.length === 1 ? '' : `,"file":${safeJson(word)}`
      this.#ends = new WordCache((pattern) =>
        stored(`,"pattern":${pattern === '' ? 'null' : safeJson(pattern)}${fileField}}\n`),
      )
      this.#endsFile = file
    }
    const ends: StoredBytes[] = []
    for (const pattern of patterns) ends.push(this.#ends.of(pattern))
    return ends
  }

  /** A number, null where the dump does not say. */
  #known(value: number): void {
    if (value >= 0) this.#out.number(value)
    else this.#out.ascii('null')
  }
}
