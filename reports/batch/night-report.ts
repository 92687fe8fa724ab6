/**
 * The contract between a nightly run and what is written about it: plain JSON. Bytes and milliseconds are numbers,
 * shares are 0..1, nights are `2026-11-19` (UTC). Names come from strangers: every format escapes them.
 */
export const NIGHT_SCHEMA_VERSION = 1

export type Severity = 'error' | 'warn' | 'note'

/** `suppressed` and `baseline`: known, does not count for the exit code. */
export type FindingState = 'open' | 'suppressed' | 'baseline'

/** Something that somebody should know, or do something about. */
export interface Finding {
  /** The same every night while it lasts; for the baseline and for links. */
  readonly id: string
  /** `budget`, `leak`, `stampede`, `new-big-key`, ... */
  readonly rule: string
  readonly severity: Severity
  readonly state: FindingState
  /** Why it does not count, when it does not. */
  readonly reason: string | null
  readonly dataset: string
  /** What `subject` is the name of. */
  readonly about: 'dataset' | 'shard' | 'pattern' | 'key' | 'owner' | 'config'
  readonly subject: string
  /** Team of the owners file; null when there is none. */
  readonly owner: string | null
  /** One sentence that says it all, names included as they are shown. */
  readonly message: string
  /** What to do, as sentences. */
  readonly advice: string
  /** What was measured against `limit`; null where there is no single number. */
  readonly value: number | null
  readonly limit: number | null
  /** Of `value` and `limit`. */
  readonly unit: 'bytes' | 'keys' | 'share' | 'bytes-per-day' | 'days' | null
  /** First night of the history on which it was there without a break. */
  readonly since: string
}

export interface NightSums {
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly payloadBytes: number
  readonly rdbBytes: number
  readonly expiringKeys: number
  readonly withoutTtlKeys: number
}

/** What a dump says by itself. */
export interface ShardFacts {
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  /** `used_memory` when the dump was written; null when it does not say. */
  readonly usedMemoryBytes: number | null
  readonly dumpTimeMs: number | null
  readonly bytes: number | null
  readonly sha256: string | null
}

/** One dump of a data set. */
export interface ShardNight extends ShardFacts {
  readonly shard: string
  /** The file or command it came from. */
  readonly source: string
  /** `damaged`: covers what came before the damage. `unreadable`: covers nothing. */
  readonly status: 'ok' | 'damaged' | 'unreadable'
  /** What is wrong with it. */
  readonly problem: string | null
}

/** When the fullest shard reaches `maxmemory`, if it goes on like this. */
export interface Forecast {
  readonly shard: string
  readonly usedBytes: number
  readonly maxmemoryBytes: number
  /** Median of the slopes between all pairs of nights. */
  readonly bytesPerDay: number
  /** Nights that it was taken from. */
  readonly nights: number
  /** Days from the night on; 0: it is reached. Null: it does not grow. */
  readonly days: number | null
  /** That day; null when it does not grow or is more than ten years away. */
  readonly date: string | null
}

export interface DatasetNight {
  readonly dataset: string
  /** False when a dump was damaged or could not be read: the sums lack its keys. */
  readonly complete: boolean
  /** Where the reports are, relative to the index page; null when no dump could be read. */
  readonly folder: string | null
  readonly totals: NightSums
  /** The night before that was complete. */
  readonly previous: { readonly date: string; readonly totals: NightSums } | null
  readonly forecast: Forecast | null
  readonly shards: readonly ShardNight[]
}

/** One limit of one budget, kept or broken. */
export interface BudgetCheck {
  /** As the config calls it. */
  readonly budget: string
  readonly dataset: string
  /** `maxBytes`, `maxKeys`, ... */
  readonly limitName: string
  readonly value: number
  readonly limit: number
  readonly unit: NonNullable<Finding['unit']>
  /** The finding, when it is broken; null when it is kept. */
  readonly finding: string | null
}

/** What one team has. Rows of a data set add up to its totals. */
export interface OwnerRow {
  readonly dataset: string
  /** `[nobody]` gathers the keys that no line of the owners file fits. */
  readonly owner: string
  readonly keys: number
  readonly ramBytes: number
  /** Null when no price is known. Per month. */
  readonly money: number | null
}

/** One number per night of `dates`; null where it is not known. */
export type Series = readonly (number | null)[]

export interface PatternTrend {
  readonly pattern: string
  readonly type: string
  readonly bytes: Series
  readonly keys: Series
}

export interface DatasetTrend {
  readonly dataset: string
  /** ramBytes + overheadBytes. */
  readonly bytes: Series
  readonly keys: Series
  /** Nights with a damaged or missing dump. */
  readonly incomplete: readonly string[]
  /** Most bytes on the newest night first. */
  readonly patterns: readonly PatternTrend[]
}

/** What the history says, up to and with the night. */
export interface Trends {
  /** Every day from the first to the last night. */
  readonly dates: readonly string[]
  readonly datasets: readonly DatasetTrend[]
  /** Only days with a run. */
  readonly calendar: readonly {
    readonly date: string
    readonly datasets: readonly string[]
    readonly errors: number
    readonly warnings: number
    readonly broken: number
    /** False: reports of that night are no longer kept. */
    readonly hasReports: boolean
  }[]
}

export interface NightReport {
  readonly schemaVersion: typeof NIGHT_SCHEMA_VERSION
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  readonly date: string
  readonly datasets: readonly DatasetNight[]
  /** Open ones first, then by severity, data set and rule. */
  readonly findings: readonly Finding[]
  readonly budgets: readonly BudgetCheck[]
  /** Empty without an owners file. */
  readonly owners: readonly OwnerRow[]
  readonly price: { readonly perGibMonth: number; readonly currency: string } | null
}
