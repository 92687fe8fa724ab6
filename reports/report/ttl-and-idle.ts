import type { BigKey } from './big-keys.js'
import type { TtlSpread } from './patterns.js'
import type { KeyName, KeyType } from './rows.js'

export interface TtlBucket {
  /** `none`, `expired`, `<1m`, `1m-1h`, `1h-4h`, `4h-12h`, `12h-24h`, `1d-7d`, `7d-30d`, `30d-1y`, `>1y`. */
  readonly id: string
  readonly title: string
  readonly keys: number
  readonly ramBytes: number
}

/** Many keys that expire within the same second, minute or hour. */
export interface Stampede {
  readonly unit: 'second' | 'minute' | 'hour'
  /** Start of the interval. */
  readonly startMs: number
  readonly keys: number
  readonly ramBytes: number
  /** Of all keys that expire in the future, 0..1. */
  readonly share: number
}

/** A pattern in which nearly all keys expire and some never do. */
export interface TtlLeak {
  readonly pattern: string
  readonly type: KeyType
  readonly keys: number
  readonly withoutTtl: number
  readonly withoutTtlRamBytes: number
  /** Of the keys of the pattern that do expire, 0..1. */
  readonly expiringShare: number
  readonly example: KeyName | null
}

export interface TtlReport {
  /** The moment all this is judged at. */
  readonly nowMs: number
  /** All buckets in order, also the empty ones; they add up to `totals`. */
  readonly buckets: readonly TtlBucket[]
  readonly withoutTtl: { readonly keys: number; readonly ramBytes: number }
  readonly expired: { readonly keys: number; readonly ramBytes: number }
  /** Remaining time of the keys that have not expired; null when there is none. */
  readonly spread: TtlSpread | null
  /** Patterns by `ramBytes` of the keys that never expire. */
  readonly withoutTtlPatterns: readonly {
    readonly pattern: string
    readonly type: KeyType
    readonly keys: number
    readonly withoutTtl: number
    readonly withoutTtlRamBytes: number
  }[]
  readonly leaks: readonly TtlLeak[]
  /** Most keys first, per unit. */
  readonly stampedes: readonly Stampede[]
  /** Keys a stampede row may lack, because the intervals that are tracked are bounded; 0: exact. */
  readonly stampedeUndercount: number
  /**
   * Collections of 5,000 elements or more that expire within a day: deleting them blocks without lazyfree-lazy-expire.
   */
  readonly bigExpiring: readonly BigKey[]
  /** Hashes (and KeyDB sets) with fields that expire on their own. */
  readonly keysWithFieldTtl: number
}

export interface IdleBucket {
  readonly title: string
  /** Seconds for idle time, counter for frequency; [from, to). */
  readonly from: number
  readonly to: number | null
  readonly keys: number
  readonly ramBytes: number
}

export interface IdleReport {
  /** `lru`: idle times; `lfu`: access counters; `none`: the maxmemory-policy recorded neither. */
  readonly policy: 'lru' | 'lfu' | 'mixed' | 'none'
  /** One sentence on what the dump allows to say. */
  readonly note: string
  readonly idle: readonly IdleBucket[]
  readonly freq: readonly IdleBucket[]
  /** Keys not touched for at least so long, and their bytes: 1, 7, 30, 90 days. */
  readonly cold: readonly { readonly seconds: number; readonly keys: number; readonly ramBytes: number }[]
}
