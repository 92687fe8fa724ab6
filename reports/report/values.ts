import type { KeyName, KeyType } from './rows.js'

/** One format among the values of a pattern. */
export interface ValueFormatRow {
  /** As in `patterns`; `[other]` gathers what is not listed there. */
  readonly pattern: string
  /** `mixed` only in `[other]`. */
  readonly type: KeyType | 'mixed'
  /** `json`, `msgpack`, `gzip`, `uuid`, `text`, ... */
  readonly format: string
  /** The same for people: `JSON, minified`. */
  readonly title: string
  readonly sampledValues: number
  /** Of all sampled bytes of the pattern's values, 0..1. Keys of rarer kinds count as often as they are in the dump. */
  readonly share: number
  /** Of the pattern's sampled values, 0..1. */
  readonly valueShare: number
  readonly averageBytes: number
  /** Heads of values, escaped; only when values may be shown. */
  readonly examples?: readonly string[]
}

/** A value that several keys of type string hold. */
export interface DuplicateValueRow {
  /** Pattern of most of the keys that were seen. */
  readonly pattern: string
  readonly format: string
  readonly title: string
  /** Length of the value. */
  readonly valueBytes: number
  /** Keys that hold it; an estimate unless `exact`. */
  readonly keys: number
  readonly exact: boolean
  /** `valueBytes` of all but one of the keys. */
  readonly wastedBytes: number
  /** Up to three of the keys. */
  readonly examples: readonly KeyName[]
  /** Head of the value, escaped; only when values may be shown. */
  readonly value?: string
}

/** A place within structured values: a field of a hash, a name or array level of a JSON text. */
export interface ValuePath {
  /** The name, `[]` for the items of an array, `{int}` and the like for names that are data, `{*}` for rare ones. */
  readonly name: string
  /** What nine in ten values are: a value format, `number`, `boolean`, `null`, `object`, `array`; else `mixed`. */
  readonly kind: string
  /** How often it occurs in the sample. */
  readonly values: number
  /** Bytes of names in the sample, this one and those below it; JSON names with their quotes. */
  readonly nameBytes: number
  /** Bytes of values in the sample, here and below; JSON strings with their quotes. */
  readonly valueBytes: number
  /** Values that are null or empty. */
  readonly emptyValues: number
  /** Different values in the sample; null when there are more than 16, or none. */
  readonly distinctValues: number | null
  /** Most bytes first; a last `[other]` keeps the sums right. */
  readonly children: readonly ValuePath[]
}

/** Names against values within the structured values of a pattern. Bytes are those of the sample. */
export interface ValueTree {
  readonly pattern: string
  readonly type: KeyType
  /** `fields`: of hashes and stream entries; `json`: of JSON texts. */
  readonly of: 'fields' | 'json'
  /** Fields or texts that were looked at. */
  readonly sampledValues: number
  readonly nameBytes: number
  readonly valueBytes: number
  /** Braces, brackets, commas and colons. */
  readonly syntaxBytes: number
  /** Blanks and line ends between them. */
  readonly blankBytes: number
  /** `nameBytes` of all of it, 0..1. */
  readonly nameShare: number
  readonly paths: readonly ValuePath[]
}

/** What the values are. From a bounded sample that is the same in every run. */
export interface ValuesReport {
  readonly sampledKeys: number
  readonly sampledValues: number
  /** Bytes that were looked at. */
  readonly sampledBytes: number
  /** One sentence on how the sample was taken. */
  readonly sampleNote: string
  /** Over all patterns, most bytes first. */
  readonly summary: readonly {
    readonly format: string
    readonly title: string
    readonly sampledValues: number
    /** Of the bytes of all values, 0..1; an estimate. */
    readonly share: number
  }[]
  /** Patterns in the order of `patterns`, formats by share. */
  readonly formats: readonly ValueFormatRow[]
  /** Most wasted bytes first. */
  readonly duplicates: readonly DuplicateValueRow[]
  readonly trees: readonly ValueTree[]
}
