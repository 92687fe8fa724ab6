import { ENCODINGS, KeyBatch, TYPES } from '../../batch.js'
import { InputError } from '../../io/errors.js'
import { WordIndex } from './words.js'

/** Columns of an export that rows are made of; places in `RowMaker.numbers`. */
export const FIELD = {
  db: 0,
  ramBytes: 1,
  overheadBytes: 2,
  memoryUsageBytes: 3,
  payloadBytes: 4,
  rdbBytes: 5,
  elements: 6,
  longestElementBytes: 7,
  expiresAtMs: 8,
  idleSeconds: 9,
  freq: 10,
} as const
export const NUMBERS = 11
/** Columns that hold texts. */
export const TEXT = { key: 20, keyBase64: 21, type: 22, encoding: 23 } as const

/** What a row has where its export says nothing. */
const UNSAID = [0, -1, 0, -1, 0, 0, 1, 0, -1, -1, -1]

/** redis-rdb-tools has other words for some types and encodings. */
const TYPE_WORDS = new WordIndex([
  ...TYPES.map((type, id) => [type, id] as const),
  ['sortedset', TYPES.indexOf('zset')],
])
const ENCODING_WORDS = new WordIndex([
  ...ENCODINGS.map((encoding, id) => [encoding, id] as const),
  ['string', ENCODINGS.indexOf('raw')],
])

/** Puts rows of an export into batches. */
export class RowMaker {
  readonly numbers = new Float64Array(NUMBERS)
  rows = 0
  readonly #name: string
  readonly #batch: KeyBatch
  readonly #onBatch: (batch: KeyBatch) => void
  #key: Uint8Array | null = null
  #keyStart = 0
  #keyEnd = 0
  #type = -1
  #encoding = -1

  /** @param file number of the file among those of its side */
  constructor(name: string, file: number, onBatch: (batch: KeyBatch) => void) {
    this.#name = name
    this.#onBatch = onBatch
    this.#batch = new KeyBatch()
    this.#batch.file = file
    this.begin()
  }

  begin(): void {
    this.numbers.set(UNSAID)
    this.#key = null
    this.#type = -1
    this.#encoding = -1
  }

  /** The bytes must stay until `end`. */
  key(bytes: Uint8Array, start: number, end: number): void {
    this.#key = bytes
    this.#keyStart = start
    this.#keyEnd = end
  }

  type(bytes: Uint8Array, start: number, end: number): void {
    this.#type = TYPE_WORDS.find(bytes, start, end)
  }

  encoding(bytes: Uint8Array, start: number, end: number): void {
    this.#encoding = ENCODING_WORDS.find(bytes, start, end)
  }

  /** @throws InputError when the row is none */
  end(): void {
    const { numbers } = this
    const key = this.#key
    if (key === null || numbers[FIELD.ramBytes]! < 0 || this.#type < 0) throw this.#incomplete(key === null)
    const batch = this.#batch
    const row = batch.length
    batch.setKey(row, key, this.#keyStart, this.#keyEnd)
    batch.keyLength[row] = this.#keyEnd - this.#keyStart
    batch.db[row] = numbers[FIELD.db]!
    batch.type[row] = this.#type
    batch.encoding[row] = Math.max(0, this.#encoding)
    batch.flags[row] = 0
    batch.ramBytes[row] = numbers[FIELD.ramBytes]!
    batch.overheadBytes[row] = numbers[FIELD.overheadBytes]!
    batch.memoryUsageBytes[row] = numbers[FIELD.memoryUsageBytes]!
    batch.payloadBytes[row] = numbers[FIELD.payloadBytes]!
    batch.rdbBytes[row] = numbers[FIELD.rdbBytes]!
    batch.elements[row] = numbers[FIELD.elements]!
    batch.longestElementBytes[row] = numbers[FIELD.longestElementBytes]!
    batch.expiresAtMs[row] = numbers[FIELD.expiresAtMs]!
    batch.idleSeconds[row] = numbers[FIELD.idleSeconds]!
    batch.freq[row] = numbers[FIELD.freq]!
    batch.offset[row] = this.rows
    batch.length = row + 1
    this.rows++
    if (batch.full) this.flush()
  }

  flush(): void {
    if (this.#batch.length > 0) this.#onBatch(this.#batch)
    this.#batch.clear()
  }

  #incomplete(noKey: boolean): InputError {
    const missing = noKey ? 'key' : this.#type < 0 ? 'type' : 'ramBytes'
    return this.bad(`row ${this.rows + 1} has no ${missing}`)
  }

  bad(what: string): InputError {
    return new InputError(
      'unreadable',
      `${this.#name} is no export of keys: ${what}`,
      'Exports come from rdblens keys, as CSV, JSON lines, or a JSON array of the same objects.',
    )
  }
}
