import type { Provenance, ReportWarning, TargetRow, ValuesReport } from '../../reports/report.js'
import type { BigKeyOverrides, BigKeyPresetId } from '../analysis/big-key-limits.js'
import type { CollectorsState } from '../analysis/collectors.js'
import type { TargetDescription } from '../memory/target-description.js'
import type { KeptElementsState } from '../pipeline/big-key-elements.js'
import type { LedgerSums } from '../reconcile.js'
import type { RedactMode } from '../redact/modes.js'

export const PROFILE_FORMAT = 'rdblens-profile'
export const PROFILE_VERSION = 1

/**
 * Small, mergeable summary of one or more dumps: what the collectors have kept, with everything that a report needs
 * beside it. Holds no values, and names of keys only where a report shows them.
 */
export interface Profile {
  readonly format: typeof PROFILE_FORMAT
  /** Of this format. A reader takes older ones, and says so of newer ones. */
  readonly schemaVersion: number
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  readonly options: ProfileOptions
  readonly target: TargetDescription
  readonly provenance: Provenance
  /** Sums over all keys, in bytes. */
  readonly ledger: LedgerSums
  /** What the servers used together; null when a dump does not say. */
  readonly usedMemoryBytes: number | null
  readonly collectors: CollectorsState
  /** Largest elements of big keys. */
  readonly largestElements: readonly KeptElementsState[]
  /** Null when values were not looked at. */
  readonly values: ValuesReport | null
  /** The same keys on other targets; null when not asked for. */
  readonly targets: readonly TargetRow[] | null
  readonly warnings: readonly ReportWarning[]
  /** What was left out to keep the file small, as sentences; empty: nothing. */
  readonly bounded: readonly string[]
}

/** How a profile was made; parts that are merged should agree. */
export interface ProfileOptions {
  /** Characters that split key names. */
  readonly separators: string
  readonly bigKeyPreset: BigKeyPresetId
  readonly bigKeyLimits: BigKeyOverrides
  /** Keys kept per list. */
  readonly kept: number
  readonly redact: RedactMode
}
