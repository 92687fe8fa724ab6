import { ByteWriter } from '../byte-writer.js'
import { safeJson } from '../json.js'
import { writeJsonKey } from '../json-key.js'
import { type KeyColumns, type KeyWords, type KeyWriter, slotAt, WordCache } from './row.js'

const NEWLINE = 10

function jsonString(word: string): Uint8Array {
  return new TextEncoder().encode(safeJson(word))
}

/** One JSON object per key and line, written byte by byte: no string and no object per row. */
export class KeyJsonlWriter implements KeyWriter {
  readonly #out = new ByteWriter()
  readonly #words: KeyWords
  readonly #patterns: WordCache
  readonly #types: Uint8Array[]
  readonly #encodings: Uint8Array[]
  readonly #files: Uint8Array[]

  constructor(words: KeyWords) {
    this.#words = words
    this.#patterns = new WordCache(jsonString)
    this.#types = words.types.map(jsonString)
    this.#encodings = words.encodings.map(jsonString)
    this.#files = words.files.map(jsonString)
  }

  begin(): void {}

  rows(columns: KeyColumns): void {
    for (let row = 0; row < columns.length; row++) this.row(columns, row)
  }

  row(columns: KeyColumns, row: number): void {
    const out = this.#out
    const { slotOf, patternOf } = this.#words
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
    const pattern = patternOf === undefined ? '' : patternOf(columns, row)
    if (pattern === '') out.ascii('null')
    else out.copy(this.#patterns.bytes(pattern))
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

  /** A number, null where the dump does not say. */
  #known(value: number): void {
    if (value >= 0) this.#out.number(value)
    else this.#out.ascii('null')
  }
}
