/** What `rdblens check` found in one dump: plain JSON, bytes and milliseconds. */
export interface CheckReport {
  readonly schemaVersion: 1
  /** As given; `-` is standard input. */
  readonly path: string
  readonly name: string
  /**
   * `ok`; `odd`: a server would load it, but something deserves a look; `damaged`: a value, the structure or the
   * checksum is wrong; `cut`: it ends too early; `unreadable`: not a dump, or not to be opened.
   */
  readonly verdict: 'ok' | 'odd' | 'damaged' | 'cut' | 'unreadable'
  /** `rdb`, `aof`, `replication`, `dump-payload`; empty when unreadable. */
  readonly kind: string
  readonly compression: string | null
  /** Bytes as stored, and of the RDB in it. */
  readonly inputBytes: number
  readonly rdbBytes: number
  readonly magic: string
  readonly rdbVersion: number
  readonly dialect: string
  /** `Redis 7.4.1`; `unknown` when the dump does not say. */
  readonly server: string
  readonly dumpTimeMs: number | null
  readonly checksum: {
    readonly state: 'ok' | 'wrong' | 'absent' | 'disabled' | 'unchecked'
    readonly stored: string
    readonly computed: string
  }
  readonly keys: number
  readonly expiringKeys: number
  readonly elements: number
  /** Keys whose value is damaged inside while the rest of the dump could be read. */
  readonly damagedKeys: number
  readonly databases: readonly { readonly db: number; readonly keys: number }[]
  /** How the values are stored, most keys first. */
  readonly layouts: readonly {
    readonly typeId: number
    readonly layout: string
    readonly type: string
    readonly keys: number
    readonly elements: number
    readonly rdbBytes: number
  }[]
  readonly functions: number
  readonly functionBytes: number
  readonly modules: readonly {
    readonly name: string
    readonly encver: number
    readonly keys: number
    readonly auxRecords: number
  }[]
  /** Who can load the values, by the newest of them: `Redis 7.4 or later`. */
  readonly loads: readonly string[]
  /** The same for the server that was asked about; null when none was. */
  readonly target: LoadsOnTarget | null
  /** What follows the RDB; null for nothing. */
  readonly trailing: {
    readonly what: 'commands' | 'zeros' | 'another-rdb' | 'unknown'
    readonly bytes: number
    readonly commands: number
    readonly truncated: boolean
  } | null
  readonly increments: readonly { readonly name: string; readonly bytes: number; readonly commands: number }[]
  readonly notes: readonly string[]
  /** The first 100; `warningCounts` has them all. */
  readonly warnings: readonly CheckFinding[]
  readonly warningCounts: Readonly<Record<string, number>>
  /** What stopped the reading; null when the end was reached. */
  readonly error: CheckFinding | null
  /** What to do about it, as whole sentences; may be empty. */
  readonly advice: string
}

/** What one server makes of a dump. */
export interface LoadsOnTarget {
  readonly id: string
  readonly title: string
  readonly loads: boolean
  /** The newest RDB version it reads of files with this magic; null when it reads none of them. */
  readonly newestRdbVersion: number | null
  /** Data that it cannot hold, however they come: keys, or libraries of functions. */
  readonly lacks: readonly { readonly what: string; readonly count: number }[]
  /** Modules that have to be loaded before. */
  readonly needs: readonly { readonly module: string; readonly keys: number }[]
}

export interface CheckFinding {
  readonly code: string
  /** One sentence with the place in it. */
  readonly message: string
  /** Offset in the (decompressed) RDB; null when there is none. */
  readonly offset: number | null
}
