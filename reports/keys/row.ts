/**
 * Some thousand keys as columns, as the reader of the dump has them (`KeyBatch` fits). Numbers are -1 where
 * the dump says nothing.
 */
export interface KeyColumns {
  readonly length: number
  /** Which input the rows come from: index into `KeyWords.files`. */
  readonly file: number
  readonly db: Int32Array
  /** Index into `KeyWords.types`. */
  readonly type: Uint8Array
  /** Index into `KeyWords.encodings`. */
  readonly encoding: Uint8Array
  /** Key bytes are `keyBytes[keyStart[row], keyEnd[row])`. */
  readonly keyBytes: Uint8Array
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  readonly elements: Float64Array
  readonly longestElementBytes: Float64Array
  readonly payloadBytes: Float64Array
  readonly rdbBytes: Float64Array
  readonly ramBytes: Float64Array
  readonly overheadBytes: Float64Array
  readonly memoryUsageBytes: Float64Array
  readonly expiresAtMs: Float64Array
  readonly idleSeconds: Float64Array
  readonly freq: Int16Array
  /** Cluster slots; -1 where `KeyWords.slotOf` has to look at the name. */
  readonly slot?: Int16Array
  /** Index into `patterns`. Absent: no patterns. */
  readonly pattern?: Int32Array | undefined
  /** Patterns of these rows, each once. */
  readonly patterns?: readonly string[] | undefined
}

/** What the numbers in the columns mean, and what is computed per row. */
export interface KeyWords {
  readonly types: readonly string[]
  readonly encodings: readonly string[]
  /** Names of the inputs, in the order of `KeyColumns.file`. */
  readonly files: readonly string[]
  /** Cluster slot of a key, 0-16383; -1 leaves the cell empty. Absent: no slots. */
  readonly slotOf?: (key: Uint8Array, start: number, end: number) => number
}

/** Pattern of a row, '' for none. */
export function patternAt({ pattern, patterns }: KeyColumns, row: number): string {
  return pattern === undefined ? '' : (patterns?.[pattern[row]!] ?? '')
}

/** Cluster slot of a row, -1 for none. */
export function slotAt(columns: KeyColumns, row: number, slotOf: KeyWords['slotOf']): number {
  const slot = columns.slot === undefined ? -1 : columns.slot[row]!
  if (slot >= 0 || slotOf === undefined) return slot
  return slotOf(columns.keyBytes, columns.keyStart[row]!, columns.keyEnd[row]!)
}

/** Whether all sizes and counts of a row are whole numbers of up to 31 bits, as those of nearly all rows are. */
export function hasShortNumbers(columns: KeyColumns, row: number): boolean {
  const ram = columns.ramBytes[row]!
  const elements = columns.elements[row]!
  const longest = columns.longestElementBytes[row]!
  const overhead = columns.overheadBytes[row]!
  const usage = columns.memoryUsageBytes[row]!
  const payload = columns.payloadBytes[row]!
  const rdb = columns.rdbBytes[row]!
  const idle = columns.idleSeconds[row]!
  if ((ram | 0) !== ram || (elements | 0) !== elements || (longest | 0) !== longest) return false
  if ((overhead | 0) !== overhead || (payload | 0) !== payload || (rdb | 0) !== rdb) return false
  // What is not known is -1.
  return (usage | 0) === usage && (idle | 0) === idle && (ram | elements | longest | overhead | payload | rdb) >= 0
}

/** Writes per-key rows, batch by batch. The chunks belong to the caller. */
export interface KeyWriter {
  /** Before the first row: header, byte order mark. */
  begin(): void
  rows(columns: KeyColumns): void
  /** One row: for callers that filter. */
  row(columns: KeyColumns, row: number): void
  /** Chunks that are full. */
  take(): Uint8Array[]
  /** Everything that is left. */
  finish(): Uint8Array[]
}

/** Keeps what words that repeat (patterns, file names) are written as, so that a cell is a copy. */
export class WordCache<Written> {
  readonly #encode: (word: string) => Written
  readonly #known = new Map<string, Written>()

  /** Beyond this many words the cache starts over: patterns are many only in dumps that have none. */
  static readonly MAX_WORDS = 20_000

  constructor(encode: (word: string) => Written) {
    this.#encode = encode
  }

  of(word: string): Written {
    let written = this.#known.get(word)
    if (written === undefined) {
      if (this.#known.size >= WordCache.MAX_WORDS) this.#known.clear()
      written = this.#encode(word)
      this.#known.set(word, written)
    }
    return written
  }
}
