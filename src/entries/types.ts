import type { RdbError, RedisType } from '../../parsers/index.js'
import type { Encoding } from '../batch.js'

/** How strings of the dump are given: as text (bytes that are not UTF-8 become U+FFFD), or as bytes. */
export type EntryString = string | Uint8Array

/** What every entry has. */
interface EntryFacts<S extends EntryString> {
  readonly db: number
  readonly key: S
  /** The word `OBJECT ENCODING` prints on the target. */
  readonly encoding: Encoding
  /** What the allocator gives for the key and its value on the target, in bytes. */
  readonly ramBytes: number
  /** What `MEMORY USAGE key SAMPLES 0` prints there; null where the target has no such command. */
  readonly memoryUsageBytes: number | null
  /** The bytes of the key name and of everything stored under it. */
  readonly payloadBytes: number
  /** Bytes of the record in the file. */
  readonly rdbBytes: number
  /** As LLEN, SCARD, HLEN, ZCARD, XLEN count them; 1 for strings and modules. */
  readonly elements: number
  /** Absolute, in ms since 1970; null when the key never expires. */
  readonly expiresAtMs: number | null
  /** Null when the dump does not say. */
  readonly idleSeconds: number | null
  /** LFU counter, 0-255; null when the dump does not say. */
  readonly freq: number | null
  /** Offset of the record in the file. */
  readonly offset: number
  /** Set when the value is damaged inside; `value` is what was read of it. */
  readonly damage: RdbError | null
}

/** A consumer group. IDs of entries are text, `ms-seq`; moments are in ms since 1970. */
export interface EntryStreamGroup<S extends EntryString> {
  readonly name: S
  readonly lastId: string
  /** Null when the dump or the server did not know. */
  readonly entriesRead: number | null
  /** `consumer` is null for an entry that waits for a new one. */
  readonly pending: readonly {
    readonly id: string
    readonly consumer: S | null
    readonly deliveryTimeMs: number
    readonly deliveryCount: number
  }[]
  readonly consumers: readonly {
    readonly name: S
    readonly seenTimeMs: number
    /** Null before Redis 7.2; -1 when the consumer was never active. */
    readonly activeTimeMs: number | null
  }[]
}

/** A stream. IDs are text, `ms-seq`. */
export interface EntryStream<S extends EntryString> {
  /** Those that were not deleted, oldest first. */
  readonly entries: readonly { readonly id: string; readonly fields: readonly (readonly [name: S, value: S])[] }[]
  /** Number of entries, as the stream itself says. */
  readonly length: number
  readonly lastId: string
  /** These three are null in dumps of servers before 7.0. */
  readonly firstId: string | null
  readonly maxDeletedId: string | null
  readonly entriesAdded: number | null
  readonly groups: readonly EntryStreamGroup<S>[]
}

/** The value by type. Pairs are arrays, so that `new Map(entry.value)` and `Object.fromEntries(entry.value)` work. */
interface EntryValues<S extends EntryString> {
  string: { readonly value: S }
  list: { readonly value: readonly S[] }
  /** `expiries`: members that expire on their own (KeyDB, Dragonfly), with the moment in ms since 1970. */
  set: { readonly value: readonly S[]; readonly expiries: readonly (readonly [member: S, expiresAtMs: number])[] }
  zset: {
    readonly value: readonly (readonly [member: S, score: number])[]
    readonly expiries: readonly (readonly [member: S, expiresAtMs: number])[]
  }
  /** `expiries`: fields that expire on their own. */
  hash: {
    readonly value: readonly (readonly [field: S, value: S])[]
    readonly expiries: readonly (readonly [field: S, expiresAtMs: number])[]
  }
  stream: { readonly value: EntryStream<S> }
  array: { readonly value: readonly (readonly [index: bigint, value: S])[] }
  /** `content` for modules that are understood, see `export`. */
  module: {
    readonly value: {
      readonly module: string
      readonly encver: number
      readonly bytes: number
      readonly content?: unknown
    }
  }
}

/** One key with its value, decoded. */
export type RdbEntry<S extends EntryString = string> = {
  [T in RedisType]: EntryFacts<S> & { readonly type: T } & EntryValues<S>[T]
}[RedisType]
