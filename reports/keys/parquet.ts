import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { escapeBytes } from '../escape.js'
import { type KeyColumns, type KeyWords, type KeyWriter, patternAt, slotAt } from './row.js'

/** Rows per row group: what readers read at a time, and what is held in memory here. */
const GROUP_ROWS = 16_384
/** Bytes of names that end a row group early: each may be of 1 MiB. */
const GROUP_NAME_BYTES = 4 * 2 ** 20

/** Bounds of names up to here help readers to pass over row groups. */
const LONG_BOUND = 1024

type Value = string | number | bigint | Uint8Array | null
type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema']

const required = { repetition_type: 'REQUIRED' } as const
const optional = { repetition_type: 'OPTIONAL' } as const
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const
const moment = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
} as const

/** Columns in order; names are those of the JSON lines, written as SQL likes them. */
const COLUMNS = [
  { name: 'db', type: 'INT32', ...required },
  { name: 'key', ...text, ...required },
  { name: 'key_bytes', type: 'BYTE_ARRAY', ...optional },
  { name: 'type', ...text, ...required },
  { name: 'encoding', ...text, ...required },
  { name: 'ram_bytes', type: 'INT64', ...required },
  { name: 'overhead_bytes', type: 'DOUBLE', ...required },
  { name: 'memory_usage_bytes', type: 'INT64', ...optional },
  { name: 'payload_bytes', type: 'INT64', ...required },
  { name: 'rdb_bytes', type: 'INT64', ...required },
  { name: 'elements', type: 'INT64', ...required },
  { name: 'longest_element_bytes', type: 'INT64', ...required },
  { name: 'expires_at', ...moment, ...optional },
  { name: 'idle_seconds', type: 'INT64', ...optional },
  { name: 'freq', type: 'INT32', ...optional },
  { name: 'slot', type: 'INT32', ...optional },
  { name: 'pattern', ...text, ...optional },
  { name: 'file', ...text, ...required },
] as const

const SCHEMA: Schema = [{ name: 'keys', num_children: COLUMNS.length }, ...COLUMNS]

/**
 * One row per key as Apache Parquet, Snappy-compressed, row group by row group. A name is its exact text; one that is
 * not UTF-8 stands in `\xNN` form, and `key_bytes` has its bytes.
 */
export class KeyParquetWriter implements KeyWriter {
  readonly #words: KeyWords
  readonly #out = new PieceWriter()
  readonly #parquet: ParquetWriter
  #columns: Value[][] = COLUMNS.map(() => [])
  #rows = 0
  #nameBytes = 0
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(words: KeyWords) {
    this.#words = words
    this.#parquet = new ParquetWriter({ writer: this.#out, schema: SCHEMA, createdBy: 'rdblens' })
  }

  begin(): void {}

  rows(columns: KeyColumns): void {
    for (let row = 0; row < columns.length; row++) this.row(columns, row)
  }

  row(columns: KeyColumns, row: number): void {
    const { types, encodings, files, slotOf } = this.#words
    const { keyBytes } = columns
    const start = columns.keyStart[row]!
    const end = columns.keyEnd[row]!
    const name = keyBytes.subarray(start, end)
    const exact = this.#exactText(name)
    const slot = slotAt(columns, row, slotOf)
    const freq = columns.freq[row]!
    const values: readonly Value[] = [
      columns.db[row]!,
      exact ?? escapeBytes(name),
      exact === null ? name.slice() : null,
      types[columns.type[row]!]!,
      encodings[columns.encoding[row]!]!,
      whole(columns.ramBytes[row]!),
      columns.overheadBytes[row]!,
      known(columns.memoryUsageBytes[row]!),
      whole(columns.payloadBytes[row]!),
      whole(columns.rdbBytes[row]!),
      whole(columns.elements[row]!),
      whole(columns.longestElementBytes[row]!),
      known(columns.expiresAtMs[row]!),
      known(columns.idleSeconds[row]!),
      freq < 0 ? null : freq,
      slot < 0 ? null : slot,
      columns.pattern === undefined ? null : patternAt(columns, row),
      files[columns.file]!,
    ]
    for (let column = 0; column < values.length; column++) this.#columns[column]!.push(values[column]!)
    this.#rows++
    this.#nameBytes += name.length
    if (this.#rows === GROUP_ROWS || this.#nameBytes > GROUP_NAME_BYTES) this.#writeGroup()
  }

  take(): Uint8Array[] {
    return this.#out.take()
  }

  finish(): Uint8Array[] {
    // A file without a row group has a schema all the same.
    if (this.#rows > 0) this.#writeGroup()
    this.#parquet.finish()
    return this.#out.take()
  }

  #writeGroup(): void {
    this.#parquet.write({
      columnData: COLUMNS.map(({ name }, column) => ({ name, data: this.#columns[column]! })),
      rowGroupSize: GROUP_ROWS,
    })
    this.#forgetLongBounds()
    this.#columns = COLUMNS.map(() => [])
    this.#rows = 0
    this.#nameBytes = 0
  }

  /**
   * The least and the greatest value of each column are kept up to the end of the file: too much where names are long.
   */
  #forgetLongBounds(): void {
    for (const { meta_data: column } of this.#parquet.row_groups.at(-1)?.columns ?? []) {
      const { min_value: least, max_value: most } = column?.statistics ?? {}
      if (isLong(least) || isLong(most)) delete column!.statistics
    }
  }

  #exactText(name: Uint8Array): string | null {
    try {
      return this.#utf8.decode(name)
    } catch {
      return null
    }
  }
}

/** Takes bytes and hands them on in pieces; only offsets of the whole file are kept. */
class PieceWriter extends ByteWriter {
  take(): Uint8Array[] {
    if (this.index === 0) return []
    const piece = this.getBytes().slice()
    this.index = 0
    return [piece]
  }
}

/** Longer than what goes into the file of a bound. */
function isLong(bound: unknown): boolean {
  return (typeof bound === 'string' || bound instanceof Uint8Array) && bound.length > LONG_BOUND
}

function whole(value: number): bigint {
  return BigInt(Math.round(value))
}

function known(value: number): bigint | null {
  return value < 0 ? null : whole(Math.min(value, Number.MAX_SAFE_INTEGER))
}
