import type { RedisType } from '../parsers/index.js'
import { FIGURES_BYTES, figureNames, SLOT_UNKNOWN } from './name-figures.js'

/** Redis types by their number in `KeyBatch.type`. */
export const TYPES = [
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'stream',
  'array',
  'module',
] as const satisfies readonly RedisType[]

export const TYPE: Record<RedisType, number> = {
  string: 0,
  list: 1,
  set: 2,
  zset: 3,
  hash: 4,
  stream: 5,
  array: 6,
  module: 7,
}

/** Encodings by their number in `KeyBatch.encoding`: the words of `OBJECT ENCODING`. */
export const ENCODINGS = [
  'int',
  'embstr',
  'raw',
  'ziplist',
  'listpack',
  'listpackex',
  'linkedlist',
  'quicklist',
  'intset',
  'hashtable',
  'skiplist',
  'stream',
  'zipmap',
  'sliced-array',
  'template-listpack',
  'template-array',
  'module',
  'pathhash',
] as const
export type Encoding = (typeof ENCODINGS)[number]

export const ENCODING = Object.fromEntries(ENCODINGS.map((name, code) => [name, code])) as Record<Encoding, number>

/** Bits of a code that are the encoding. */
const ENCODING_BITS = 5
/** Codes of type and encoding are below this. */
export const CODES = TYPES.length << ENCODING_BITS

/** Type and encoding as one number below `CODES`: keys that have it in common are counted together. */
export function codeOf(type: number, encoding: number): number {
  return (type << ENCODING_BITS) | encoding
}

export function typeOfCode(code: number): number {
  return code >> ENCODING_BITS
}

export function encodingOfCode(code: number): number {
  return code & ((1 << ENCODING_BITS) - 1)
}

/** False: no key has this type or this encoding. */
export function isCode(code: number): boolean {
  return typeOfCode(code) in TYPES && encodingOfCode(code) in ENCODINGS
}

/** `KeyBatch.flags`: the sizes of this key are expected values, not exact ones. */
export const FLAG_ESTIMATED = 1
/** The value is damaged inside; what was read of it is counted. */
export const FLAG_DAMAGED = 2
/** Some fields of the hash (or members of the set) expire on their own. */
export const FLAG_FIELD_EXPIRY = 4

const WORD_BYTES = 4
/** Bytes of names from which on a batch is handed out: 4,096 names may be of 1 MiB each. */
const ENOUGH_NAME_BYTES = 1 << 18

/**
 * Some thousand keys as columns of numbers. Filled by the row builder, read by collectors, then reused:
 * who keeps something copies it.
 */
export class KeyBatch {
  readonly capacity: number
  readonly shared: boolean
  /** False: the figures of names are left to `figureBatch`. */
  readonly hasFigures: boolean
  length = 0
  /** Position of the first row in the whole input, counted over all files. */
  firstRow = 0
  /** Which input file the rows come from (index into the list of sources). */
  file = 0

  readonly db: Int32Array
  /** Index into `TYPES`. */
  readonly type: Uint8Array
  /** Index into `ENCODINGS`: what the target chooses when it loads the dump. */
  readonly encoding: Uint8Array
  readonly flags: Uint8Array
  /** Key bytes are `keyBytes[keyStart[row], keyEnd[row])`. */
  keyBytes: Uint8Array
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  /** True length of the key; larger than keyEnd - keyStart only for keys above 1 MiB. */
  readonly keyLength: Float64Array
  readonly elements: Float64Array
  readonly longestElementBytes: Float64Array
  /** Key name plus everything the user stored in the value. */
  readonly payloadBytes: Float64Array
  readonly rdbBytes: Float64Array
  readonly ramBytes: Float64Array
  readonly overheadBytes: Float64Array
  /** -1 where the target has no MEMORY USAGE (before 4.0). */
  readonly memoryUsageBytes: Float64Array
  /** Absolute, in ms since 1970; -1 when the key never expires. */
  readonly expiresAtMs: Float64Array
  /** -1 when the dump does not say. */
  readonly idleSeconds: Float64Array
  /** 0-255, -1 when the dump does not say. */
  readonly freq: Int16Array
  /** Offset of the record in the file. */
  readonly offset: Float64Array

  /** Figures of names up to `FIGURES_BYTES`; see `NameColumns`. */
  readonly nameHash: Int32Array
  readonly shapeA: Int32Array
  readonly shapeB: Int32Array
  /** Cluster slot, 0-16383; `SLOT_UNKNOWN` for long names, too. */
  readonly slot: Int16Array

  /** Index into `patterns`, for output of rows: `PatternNumbers` writes both. */
  pattern: Int32Array | undefined = undefined
  patterns: readonly string[] | undefined = undefined

  #arenaUsed = 0
  #arenaWords: DataView
  #source: Uint8Array | null = null
  #sourceWords: DataView

  /**
   * @param shared the columns lie in memory that other threads can read, too
   * @param figuresLater the figures of names are left to `figureBatch`
   */
  constructor(capacity = 4096, { shared = false, figuresLater = false } = {}) {
    const memory = (bytes: number): ArrayBufferLike => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
    const doubles = (): Float64Array => new Float64Array(memory(capacity * 8))
    const integers = (): Int32Array => new Int32Array(memory(capacity * 4))
    this.capacity = capacity
    this.shared = shared
    this.hasFigures = !figuresLater
    this.db = integers()
    this.type = new Uint8Array(memory(capacity))
    this.encoding = new Uint8Array(memory(capacity))
    this.flags = new Uint8Array(memory(capacity))
    this.keyBytes = new Uint8Array(memory(capacity * 48 + WORD_BYTES))
    this.#arenaWords = new DataView(this.keyBytes.buffer)
    this.#sourceWords = this.#arenaWords
    this.keyStart = integers()
    this.keyEnd = integers()
    this.keyLength = doubles()
    this.elements = doubles()
    this.longestElementBytes = doubles()
    this.payloadBytes = doubles()
    this.rdbBytes = doubles()
    this.ramBytes = doubles()
    this.overheadBytes = doubles()
    this.memoryUsageBytes = doubles()
    this.expiresAtMs = doubles()
    this.idleSeconds = doubles()
    this.freq = new Int16Array(memory(capacity * 2))
    this.offset = doubles()
    this.nameHash = integers()
    this.shapeA = integers()
    this.shapeB = integers()
    this.slot = new Int16Array(memory(capacity * 2))
  }

  /** A batch of another thread: what arrives of it are its columns, without its methods. For reading only. */
  static received(columns: object): KeyBatch {
    return Object.setPrototypeOf(columns, KeyBatch.prototype) as KeyBatch
  }

  /** Time to hand it out: no more rows fit, or its names are long. */
  get full(): boolean {
    return this.length === this.capacity || this.#arenaUsed > ENOUGH_NAME_BYTES
  }

  /** Forgets all rows; capacity and buffers stay. */
  clear(): void {
    this.firstRow += this.length
    this.length = 0
    this.#arenaUsed = 0
  }

  /** Copies the key name of a row into the arena. */
  setKey(row: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    const at = this.#arenaUsed
    if (at + size + WORD_BYTES > this.keyBytes.length) this.#grow(at + size + WORD_BYTES)
    if (size <= FIGURES_BYTES) {
      if (end + WORD_BYTES <= bytes.length) {
        if (bytes !== this.#source) this.#look(bytes)
        copyWords(this.#sourceWords, start, size, this.#arenaWords, at)
      } else {
        // No room for reading whole words behind the name.
        for (let i = 0; i < size; i++) this.keyBytes[at + i] = bytes[start + i]!
      }
    } else {
      this.keyBytes.set(bytes.subarray(start, end), at)
      this.slot[row] = SLOT_UNKNOWN
    }
    this.keyStart[row] = at
    this.keyEnd[row] = at + size
    this.#arenaUsed = at + size
    if (this.hasFigures) figureNames(this, this.#arenaWords, row, row + 1)
  }

  /** The bytes that names come from change with every piece of the file. */
  #look(bytes: Uint8Array): void {
    this.#source = bytes
    this.#sourceWords = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The key name of a row, as a view into the arena. */
  keyAt(row: number): Uint8Array {
    return this.keyBytes.subarray(this.keyStart[row], this.keyEnd[row])
  }

  #grow(needed: number): void {
    const size = Math.max(needed, this.keyBytes.length * 2)
    const larger = new Uint8Array(this.shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size))
    larger.set(this.keyBytes)
    this.keyBytes = larger
    this.#arenaWords = new DataView(larger.buffer)
  }
}

/** Copies `size` bytes, up to three bytes too many. */
function copyWords(from: DataView, start: number, size: number, to: DataView, at: number): void {
  for (let i = 0; i < size; i += WORD_BYTES) to.setInt32(at + i, from.getInt32(start + i, true), true)
}

/** Computes the figures of all names of a batch that was filled without them. */
export function figureBatch(batch: KeyBatch): void {
  const { buffer, byteOffset, length } = batch.keyBytes
  figureNames(batch, new DataView(buffer, byteOffset, length), 0, batch.length)
}
