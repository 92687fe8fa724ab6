import type { BigKey, BigKeySummary, LargestOfType } from './report/big-keys.js'
import type { KeySizes } from './report/key-sizes.js'
import type { MemoryReport } from './report/memory.js'
import type { GroupRow, PatternRow, PatternSummary, PrefixNode } from './report/patterns.js'
import type { Provenance } from './report/provenance.js'
import type { DatabaseRow, EncodingRow, FileRow, ReconciliationRow, Totals, TypeRow } from './report/rows.js'
import type { SavingsReport } from './report/savings.js'
import type { SlotsReport } from './report/slots.js'
import type { IdleReport, TtlReport } from './report/ttl-and-idle.js'
import type { ValuesReport } from './report/values.js'

export type * from './report/big-keys.js'
export type * from './report/key-sizes.js'
export type * from './report/memory.js'
export type * from './report/patterns.js'
export type * from './report/provenance.js'
export type * from './report/rows.js'
export type * from './report/savings.js'
export type * from './report/slots.js'
export type * from './report/ttl-and-idle.js'
export type * from './report/values.js'

/**
 * The contract between analysis and reports: one finished report as plain JSON.
 *
 * Everything here survives `JSON.stringify` unchanged. Sizes are bytes, times are milliseconds since 1970 unless the
 * name says another unit, shares are 0..1. Names of keys are text made for reading (see `KeyName`) and come from
 * strangers: every format escapes them where it writes them.
 *
 * Rows are sorted: what matters most first, ties by name. Columns of a table add up to `totals`.
 */
export const SCHEMA_VERSION = 1

/** What the same keys take on one server version. */
export interface TargetRow {
  readonly id: string
  readonly title: string
  /** How the sizes of this target are known: `verified` against real servers, or less. */
  readonly verification: string
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  /** Null where the target has no MEMORY USAGE. */
  readonly memoryUsageBytes: number | null
}

export interface ReportWarning {
  /** Stable, for programs: `newer-version`, `truncated`, `module-skipped`, ... */
  readonly code: string
  readonly message: string
  /** Index into `provenance.files`; null when it is about the whole. */
  readonly file: number | null
  /** Byte offset in that file; null when there is none. */
  readonly offset: number | null
}

/**
 * What `analyze` answers, as plain JSON. Sizes in bytes, moments in ms since 1970, shares from 0 to 1. What is left out
 * was not asked for, or cannot be said of these dumps.
 */
export interface AnalysisReport {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  readonly provenance: Provenance
  readonly totals: Totals
  /** Empty when the ledger was not computed. */
  readonly reconciliation: readonly ReconciliationRow[]
  readonly files: readonly FileRow[]
  readonly databases: readonly DatabaseRow[]
  readonly types: readonly TypeRow[]
  readonly encodings: readonly EncodingRow[]
  /** Most ramBytes first; a last row `[other]` keeps the sums equal to `totals`. */
  readonly patterns: readonly PatternRow[]
  readonly patternSummary: PatternSummary
  readonly prefixTree?: PrefixNode
  /** Groups of the group file, `[other]` last; they add up to `totals`. */
  readonly groups?: readonly GroupRow[]
  /** Flagged keys, most ramBytes first; bounded, see `bigKeySummary.flaggedKeys`. */
  readonly bigKeys: readonly BigKey[]
  readonly bigKeySummary: BigKeySummary
  readonly largest: readonly LargestOfType[]
  readonly keySizes: KeySizes
  readonly ttl: TtlReport
  readonly idle: IdleReport
  /** Null when slots were not asked for. */
  readonly slots: SlotsReport | null
  readonly values?: ValuesReport
  readonly savings?: SavingsReport
  /** The same keys on other server versions, in the order asked for (`--targets`). */
  readonly targets?: readonly TargetRow[]
  /** Missing in reports that were made of profiles. */
  readonly memory?: MemoryReport
  readonly warnings: readonly ReportWarning[]
}
