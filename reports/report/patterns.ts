import type { KeyName, KeyType, LargestKey } from './rows.js'

/** Remaining time to live at the time of the dump. Negative: had expired. */
export interface TtlSpread {
  readonly minMs: number
  /** From a histogram: right within 7 %. */
  readonly medianMs: number
  readonly maxMs: number
}

export interface PatternRow {
  /** `user:{int}:profile`; `[other]` gathers what is not listed. */
  readonly pattern: string
  /** `mixed` only in `[other]`. */
  readonly type: KeyType | 'mixed'
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly payloadBytes: number
  readonly rdbBytes: number
  readonly elements: number
  /** Key names alone; part of `payloadBytes`. */
  readonly keyNameBytes: number
  /** Of all `ramBytes`, 0..1. */
  readonly share: number
  readonly averageRamBytes: number
  /** Keys that never expire. */
  readonly withoutTtl: number
  /** `ramBytes` of the keys that never expire. */
  readonly withoutTtlRamBytes: number
  readonly expiredKeys: number
  /** Null when no key of the pattern expires. */
  readonly ttl: TtlSpread | null
  readonly largest: LargestKey | null
  /** Longest element (field, member, value) of any key, in bytes. */
  readonly longestElementBytes: number
  /** Keys and bytes by encoding, most bytes first. */
  readonly encodings: readonly { readonly encoding: string; readonly keys: number; readonly ramBytes: number }[]
  /** Mean seconds since the last access; null when the dump does not say. */
  readonly averageIdleSeconds: number | null
  /** Mean LFU counter, 0-255; null when the dump does not say. */
  readonly averageFreq: number | null
  /** Up to three keys, always the same ones for the same data. */
  readonly examples: readonly KeyName[]
  /** A key of the pattern that never expires, where others do. */
  readonly exampleWithoutTtl: KeyName | null
  /** Glob for `--match` / `SCAN MATCH` that finds at least the keys of the pattern; null for `[other]`. */
  readonly match: string | null
  /** How many pattern rows stand behind this one: 1, more in `[other]`. */
  readonly patterns: number
}

/** How the pattern table was made. */
export interface PatternSummary {
  /** Separators that split the names. */
  readonly separators: string
  /** Patterns found, before `[other]`. */
  readonly found: number
  /** True when names had to be generalised or counted together to stay within the memory limit. */
  readonly bounded: boolean
}

/** Prefix tree of the patterns: what stands under `user:` altogether. */
export interface PrefixNode {
  /** Text of this part with the separator before it: `user`, `:{int}`. Empty at the root. */
  readonly name: string
  readonly keys: number
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly withoutTtl: number
  /** Most bytes first; a last node `[other]` keeps the sums right. */
  readonly children: readonly PrefixNode[]
}

/** Keys of one group of a group file (`--group-file`). */
export interface GroupRow {
  /** As the file names it; `[other]` gathers the keys that no line of it fits. */
  readonly group: string
  /** Null when the file names none. */
  readonly owner: string | null
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly payloadBytes: number
  readonly rdbBytes: number
  /** Of all `ramBytes`, 0..1. */
  readonly share: number
  /** Keys that never expire, and their `ramBytes`. */
  readonly withoutTtl: number
  readonly withoutTtlRamBytes: number
}
