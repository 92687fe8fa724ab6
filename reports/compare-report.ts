import type { KeyName, KeyType } from './report.js'

/**
 * What `rdblens compare` found: plain JSON. Sizes are bytes, times milliseconds, shares and ratios 0..1. Names of keys
 * come from strangers, as in `AnalysisReport`.
 */
export const COMPARE_SCHEMA_VERSION = 1

/** A number on both sides. What is not there counts 0. */
export interface Change {
  readonly old: number
  readonly new: number
  /** `new` - `old`. */
  readonly change: number
  /** `change` / `old`; null when `old` is 0. */
  readonly ratio: number | null
}

/** One of the two things that are compared. */
export interface ComparedSide {
  /** As given; several are shards of one data set. */
  readonly paths: readonly string[]
  /**
   * `dumps`, `profiles`, a `report` of analyze, or `keys`: an export of the command keys. `mixed`: dumps and profiles.
   */
  readonly kind: 'dumps' | 'profiles' | 'mixed' | 'report' | 'keys'
  /** `Redis 7.4.1`; `unknown` when it does not say. */
  readonly server: string
  /** Id of the server version whose memory is modelled; null when it does not say. */
  readonly target: string | null
  readonly dumpTimeMs: number | null
  /** The moment TTL is judged at; null when it does not say. */
  readonly nowMs: number | null
  readonly complete: boolean
}

export interface ChangedSums {
  readonly keys: Change
  readonly ramBytes: Change
  readonly payloadBytes: Change
}

export interface ChangedTotals extends ChangedSums {
  readonly overheadBytes: Change
  readonly expiringKeys: Change
  readonly expiredKeys: Change
  /** Keys that never expire. */
  readonly withoutTtl: Change
}

export interface ChangedType extends ChangedSums {
  readonly type: KeyType
}

export interface ChangedEncoding {
  readonly type: KeyType
  readonly encoding: string
  readonly keys: Change
  readonly ramBytes: Change
}

export interface ChangedDatabase extends ChangedSums {
  /** Database number; -1 gathers those beyond 1,024. */
  readonly db: number
}

export interface ChangedPattern extends ChangedSums {
  readonly pattern: string
  /** `mixed` only in `[other]`. */
  readonly type: KeyType | 'mixed'
  /** `new`: no key of it before; `gone`: no key of it any more. */
  readonly state: 'new' | 'gone' | 'grown' | 'shrunk' | 'same'
  readonly averageRamBytes: Change
  readonly withoutTtl: Change
  readonly withoutTtlRamBytes: Change
  /** Median of the remaining time to live; null where nothing expires. */
  readonly medianTtlMs: { readonly old: number | null; readonly new: number | null }
  readonly encodings: readonly { readonly encoding: string; readonly keys: Change; readonly ramBytes: Change }[]
  /** Largest key, new where there is one. */
  readonly largest: (KeyName & { readonly ramBytes: number }) | null
  /** Up to three keys, new where there are any. */
  readonly examples: readonly KeyName[]
  /** Which keys came and went; only when both sides were read key by key. */
  readonly churn: KeyChurn | null
  /** How many patterns stand behind this row: 1, more in `[other]`. */
  readonly patterns: number
}

/** Keys by what became of them, from joining both sides by database and name. */
export interface KeyChurn {
  readonly added: { readonly keys: number; readonly ramBytes: number }
  readonly removed: { readonly keys: number; readonly ramBytes: number }
  /** Keys that are on both sides and take more; `ramBytes` is the difference. */
  readonly grown: { readonly keys: number; readonly ramBytes: number }
  /** Keys that are on both sides and take less; `ramBytes` is the difference, above 0. */
  readonly shrunk: { readonly keys: number; readonly ramBytes: number }
  readonly same: number
}

export interface ChangedKey extends KeyName {
  readonly db: number
  readonly type: KeyType
  readonly state: 'new' | 'gone' | 'grown' | 'shrunk'
  /** Null on the side where the key is not known: `new` or `gone`. */
  readonly oldRamBytes: number | null
  readonly newRamBytes: number | null
  /** Difference; what is not there counts 0. */
  readonly change: number
  readonly oldElements: number | null
  readonly newElements: number | null
  readonly oldEncoding: string | null
  readonly newEncoding: string | null
}

/** A pattern whose keys expire otherwise than before. */
export interface TtlDrift {
  readonly pattern: string
  readonly type: KeyType
  readonly keys: Change
  /** Share of the keys that never expire, 0..1. */
  readonly withoutTtlShare: { readonly old: number; readonly new: number }
  readonly withoutTtl: Change
  readonly withoutTtlRamBytes: Change
  readonly medianTtlMs: { readonly old: number | null; readonly new: number | null }
}

/** Keys of a pattern that are encoded otherwise than before. */
export interface EncodingChange {
  readonly pattern: string
  readonly type: KeyType
  readonly encoding: string
  /** Share of the pattern's keys, 0..1. */
  readonly share: { readonly old: number; readonly new: number }
  readonly keys: Change
  readonly ramBytes: Change
}

/** A `--fail-on` condition and what it came to. */
export interface ConditionResult {
  /** As given: `growth>10%`. */
  readonly condition: string
  readonly broken: boolean
  /** What was measured, in the unit of the condition: share, bytes or count. Null: cannot be told from these inputs. */
  readonly actual: number | null
  /** One sentence. */
  readonly message: string
}

/**
 * What `compare` answers, as plain JSON. Sizes in bytes; `old` and `new` are the sides in the order they were given.
 */
export interface CompareReport {
  readonly schemaVersion: typeof COMPARE_SCHEMA_VERSION
  readonly kind: 'compare'
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  readonly old: ComparedSide
  readonly new: ComparedSide
  /** Between the moments of the two; null when one of them does not say, or they are not in order. */
  readonly days: number | null
  readonly totals: ChangedTotals
  /** Growth of `ramBytes` per day; null without `days`. */
  readonly ramBytesPerDay: number | null
  readonly types: readonly ChangedType[]
  readonly encodings: readonly ChangedEncoding[]
  readonly databases: readonly ChangedDatabase[]
  /** Largest change of `ramBytes` first; a last row `[other]` keeps the sums right. */
  readonly patterns: readonly ChangedPattern[]
  readonly patternSummary: {
    readonly new: number
    readonly gone: number
    readonly grown: number
    readonly shrunk: number
  }
  /** Names of patterns as they are on both sides, even where one side alone would show them otherwise. */
  readonly patternsUnified: boolean
  /** Over all keys; null unless both sides were read key by key. */
  readonly churn: KeyChurn | null
  /** Largest change first. */
  readonly bigKeys: readonly ChangedKey[]
  /** What `bigKeys` covers: all keys, or those that both sides list. One sentence. */
  readonly bigKeysNote: string
  readonly ttl: {
    readonly buckets: readonly {
      readonly id: string
      readonly title: string
      readonly keys: Change
      readonly ramBytes: Change
    }[]
    /** Most bytes first. */
    readonly drift: readonly TtlDrift[]
  }
  readonly encodingChanges: readonly EncodingChange[]
  readonly conditions: readonly ConditionResult[]
  /** What makes numbers hard to compare: other targets, filters, parts that are missing. */
  readonly notes: readonly string[]
}
