import type { AnalysisReport, TargetRow, ValuesReport } from '../../reports/report.js'
import type { BigKeyOverrides, BigKeyPresetId } from '../analysis/big-key-limits.js'
import type { CollectorsState } from '../analysis/collectors.js'
import { DEFAULT_SEPARATORS } from '../analysis/patterns/classes.js'
import type { Target } from '../memory/target.js'
import { targetDescription } from '../memory/target-description.js'
import type { KeptElementsState } from '../pipeline/big-key-elements.js'
import type { LedgerSums } from '../reconcile.js'
import type { NameRedactor } from '../redact/names.js'
import { redactPart } from '../redact/report.js'
import { redactState } from '../redact/state.js'
import { PROFILE_FORMAT, PROFILE_VERSION, type Profile } from './profile.js'

export interface ProfileParts {
  /** Finished and, where asked for, redacted. */
  readonly report: AnalysisReport
  readonly collectors: CollectorsState
  readonly separators: string | undefined
  readonly bigKeyPreset: BigKeyPresetId | undefined
  readonly bigKeyLimits: BigKeyOverrides | undefined
  readonly kept: number
  readonly target: Target
  readonly ledger: LedgerSums
  readonly usedMemoryBytes: number | null
  readonly largestElements: readonly KeptElementsState[]
  /** Without heads of values. */
  readonly values: ValuesReport | null
  readonly targets: readonly TargetRow[] | null
  /** Null: names may be shown. */
  readonly redactor: NameRedactor | null
}

/** The profile of what was read. */
export function makeProfile(parts: ProfileParts): Profile {
  const { report, redactor } = parts
  const redacted = <Part>(part: Part): Part => (redactor === null ? part : redactPart(part, redactor))
  return {
    format: PROFILE_FORMAT,
    schemaVersion: PROFILE_VERSION,
    generator: report.generator,
    options: {
      separators: parts.separators ?? DEFAULT_SEPARATORS,
      bigKeyPreset: parts.bigKeyPreset ?? 'default',
      bigKeyLimits: parts.bigKeyLimits ?? {},
      kept: parts.kept,
      redact: redactor?.mode ?? 'none',
    },
    target: targetDescription(parts.target),
    provenance: report.provenance,
    ledger: parts.ledger,
    usedMemoryBytes: parts.usedMemoryBytes,
    collectors: redactor === null ? parts.collectors : redactState(parts.collectors, redactor),
    largestElements: redacted(parts.largestElements),
    values: redacted(parts.values),
    targets: parts.targets,
    warnings: report.warnings,
    bounded: [],
  }
}
