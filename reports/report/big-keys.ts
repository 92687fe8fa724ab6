import type { KeyName, KeyType } from './rows.js'

/** One of the largest elements of a big key. */
export interface LargeElementRow {
  /**
   * Field of a hash, at most its first 120 bytes in `\xNN` form. Null where the element is a value itself: values
   * are shown when asked for only.
   */
  readonly name: string | null
  /** Position in the value, from 0, in the order of the dump. */
  readonly index: number
  /** Element or member; field and value together. */
  readonly bytes: number
}

export interface BigKey extends KeyName {
  readonly db: number
  readonly type: KeyType
  readonly encoding: string
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly elements: number
  readonly longestElementBytes: number
  /** Null when the key never expires. */
  readonly expiresAtMs: number | null
  /** Index into `provenance.files`. */
  readonly file: number
  /** Byte offset of the record in that file. */
  readonly offset: number
  /** Why it is listed, as sentences; empty for a key that is merely among the largest. */
  readonly reasons: readonly string[]
  /** What to do, as sentences and commands with `<key>` in place of the name. */
  readonly advice: readonly string[]
  /** Allocations that DEL frees one by one (lazyfree effort); above 64 UNLINK moves the work to the background. */
  readonly freeEffort: number
  /** Rough time DEL blocks the server, in ms; from `freeEffort` and bytes. */
  readonly deleteMs: number
  /** Bytes of the reply to the command that reads it whole (GET, HGETALL, SMEMBERS, LRANGE 0 -1 ...). */
  readonly replyBytes: number
  /** The three largest elements; only in `bigKeys`, and not for strings, streams and modules. */
  readonly largestElements?: readonly LargeElementRow[]
}

/** Limits from which a key is big; null: no limit. */
export interface BigKeyLimits {
  /** Of the stored bytes of the value (`ramBytes` with the redisinsight preset). */
  readonly bytes: number | null
  readonly elements: number | null
  /** Of one element. */
  readonly elementBytes: number | null
}

export interface BigKeySummary {
  readonly preset: string
  readonly limits: Readonly<Record<KeyType, BigKeyLimits>>
  /** All flagged keys, also those that are not listed. */
  readonly flaggedKeys: number
  readonly flaggedRamBytes: number
  readonly byType: readonly { readonly type: KeyType; readonly keys: number; readonly ramBytes: number }[]
}

/** The largest keys of one type, flagged or not. */
export interface LargestOfType {
  readonly type: KeyType
  readonly byBytes: readonly BigKey[]
  /** Empty for strings and modules. */
  readonly byElements: readonly BigKey[]
}
