import type { KeyName, KeyType } from './report.js'

/** One line of the table of allocations. Bytes are totals over `count` blocks. */
export interface AllocationRow {
  readonly what: string
  readonly count: number
  readonly requestedBytes: number
  readonly givenBytes: number
}

/** Where every byte of one key goes, as plain JSON. */
export interface ExplainReport extends KeyName {
  readonly schemaVersion: 1
  readonly db: number
  readonly type: KeyType
  readonly encoding: string
  /** Layout of the value in the dump. */
  readonly layout: string
  /** Server whose memory is modelled. */
  readonly target: string
  readonly note: string | null
  /** Why the target chooses this encoding. */
  readonly because: string
  /** Limits that decide, with what is left to them (below zero: exceeded). */
  readonly limits: readonly {
    readonly limit: string
    readonly unit: 'entries' | 'bytes'
    readonly allowed: number
    readonly actual: number
    readonly left: number
  }[]
  /** Given bytes add up to `ramBytes`. */
  readonly allocations: readonly AllocationRow[]
  readonly ramBytes: number
  /** What the key's entry takes of the tables of its database. */
  readonly overheadBytes: number
  /** True when chance in the server (skiplist levels, collisions) has a say. */
  readonly estimated: boolean
  readonly parts: {
    readonly payloadBytes: number
    readonly encodingBytes: number
    readonly headerBytes: number
    readonly roundingBytes: number
  }
  /** Null where the target has no MEMORY USAGE. */
  readonly memoryUsageBytes: number | null
  readonly whyUsageDiffers: string | null
  readonly rdbBytes: number
  readonly elements: number
  readonly longestElementBytes: number
  /**
   * Largest elements, fields with their values, or members; at most ten. Empty for strings. `name` is null where it is
   * a value itself, and values were not asked for.
   */
  readonly largest: readonly { readonly name: string | null; readonly index: number; readonly bytes: number }[]
  readonly expiresAtMs: number | null
  readonly idleSeconds: number | null
  readonly freq: number | null
  readonly free: {
    readonly effort: number
    readonly unit: string
    readonly del: 'main thread' | 'background'
    readonly unlink: 'main thread' | 'background' | null
    readonly why: string
  }
}
