/** The word `TYPE key` prints; `module` for every module value. */
export type KeyType = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'array' | 'module'

/** A key name in a report. */
export interface KeyName {
  /** The exact text; bytes that are not printable UTF-8 stand as `\xNN`, and then backslashes are doubled. */
  readonly key: string
  /** Base64 of the exact bytes, only when `key` is not the exact text. */
  readonly keyBase64?: string
  /** True length in bytes, only when the name is longer than what is kept of it (512 bytes). */
  readonly keyLength?: number
}

/** The sums that most tables share. */
export interface Sums {
  readonly keys: number
  /** What the allocator gives for the keys and values on the target. */
  readonly ramBytes: number
  /** Their share of the main and expires dictionaries and of slot structures. */
  readonly overheadBytes: number
  /** What `MEMORY USAGE key SAMPLES 0` would add up to; null where the target has no such command (before 4.0). */
  readonly memoryUsageBytes: number | null
  /** Key names and what the user stored in the values. */
  readonly payloadBytes: number
  /** Bytes of the records in the file. */
  readonly rdbBytes: number
  /** Elements as LLEN, SCARD, HLEN, ZCARD, XLEN count them; 1 per string. */
  readonly elements: number
  /** Keys that have an expiry. */
  readonly expiringKeys: number
  /** Keys whose expiry had passed at the time of the dump. Part of `expiringKeys`. */
  readonly expiredKeys: number
}

/** A key that stands out by size. */
export interface LargestKey extends KeyName {
  readonly db: number
  readonly ramBytes: number
}

export type Totals = Sums

/** One line of the ledger from payload to `used_memory`. Lines add up to the last one. */
export interface ReconciliationRow {
  /**
   * `payload`, `encoding`, `headers`, `rounding`, `dictionaries`, `expires`, `empty-server`, `unexplained`,
   * `used-memory`.
   */
  readonly id: string
  readonly title: string
  /** May be negative for `unexplained`. */
  readonly bytes: number
  /** Of `used-memory`; null when the dump does not say what was used. */
  readonly share: number | null
}

export interface DatabaseRow extends Sums {
  /** Database number; -1 gathers the databases beyond the 1,024 that are counted one by one. */
  readonly db: number
  /** Null when the database is empty. */
  readonly largest: LargestKey | null
}

export interface TypeRow extends Sums {
  readonly type: KeyType
  readonly averageRamBytes: number
  readonly averageElements: number
  readonly largest: LargestKey | null
}

export interface EncodingRow extends Sums {
  readonly type: KeyType
  /** The word `OBJECT ENCODING` prints on the target. */
  readonly encoding: string
  readonly averageRamBytes: number
  readonly largest: LargestKey | null
}

/** One row per input file, in the order of the command line. */
export interface FileRow extends Sums {
  /** Index into `provenance.files`. */
  readonly file: number
}
