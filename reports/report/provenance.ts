export type ChecksumState = 'ok' | 'wrong' | 'absent' | 'disabled' | 'unchecked'

/** What is known about one input. */
export interface ProvenanceFile {
  /** As given on the command line; `-` is standard input. */
  readonly path: string
  /** Size of the input; null when it was a stream of unknown length. */
  readonly bytes: number | null
  /** Lower-case hex; null when it was not computed. */
  readonly sha256: string | null
  /**
   * `rdb`, `aof` (RDB preamble), `replication` (`$EOF:` framing), `dump` (DUMP payload); with the envelope: `rdb+gzip`.
   */
  readonly container: string
  readonly magic: string
  readonly rdbVersion: number
  /** `redis`, `valkey`, `keydb`, `dragonfly`. */
  readonly dialect: string
  /** `Redis 7.4.1`; `unknown` when the dump does not say. */
  readonly server: string
  /** Architecture of the writer in bits (AUX `redis-bits`), null when the dump does not say. */
  readonly bits: number | null
  readonly checksum: ChecksumState
  /** AUX `ctime`; null when the dump does not say. */
  readonly dumpTimeMs: number | null
  /** AUX `used-mem`; null when the dump does not say. */
  readonly usedMemoryBytes: number | null
  /** All AUX fields as text, in the order of the file. */
  readonly aux: readonly (readonly [name: string, value: string])[]
  /** Function libraries by size in bytes. */
  readonly functionBytes: number
  readonly functions: number
  /** Modules named by values or MODULE_AUX. */
  readonly modules: readonly { readonly name: string; readonly encver: number; readonly keys: number }[]
  /** AOF commands behind the RDB part that are not in the report. */
  readonly commandsNotIncluded: number
  /** False when the dump was cut or damaged and the report covers what came before. */
  readonly complete: boolean
}

/** Where the report comes from. The fields beside `files` are those of the first file. */
export interface Provenance {
  readonly files: readonly ProvenanceFile[]
  readonly sha256: string | null
  readonly magic: string
  readonly rdbVersion: number
  readonly server: string
  readonly checksum: ChecksumState
  readonly dumpTimeMs: number | null
  /** The moment TTL and idle time are judged at: `--now`, else `dumpTimeMs`, else the file's time. */
  readonly nowMs: number
  /** The server version whose memory is modelled. */
  readonly target: { readonly id: string; readonly title: string; readonly allocator: string; readonly bits: number }
  /** True while the sizes are estimates rather than exact for this target. */
  readonly estimated: boolean
  /** redis.conf names and values the sizes hold for. */
  readonly settings: Readonly<Record<string, string | number>>
  /** Those of `settings` that are not the defaults of the target. */
  readonly changedSettings?: Readonly<Record<string, string | number>>
  /** What is in the inputs and not, or not wholly, in the report; sentences. */
  readonly notUnderstood?: readonly string[]
  /** Command-line options that change the result, as given. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>
  /** Keys that a filter left out. */
  readonly filteredKeys: number
}
