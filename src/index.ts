export { RdbError, type RdbLocation, type RdbProblem } from '../parsers/index.js'
export type { CheckReport } from '../reports/check-report.js'
export type { CompareReport } from '../reports/compare-report.js'
export type { ExplainReport } from '../reports/explain-report.js'
export { REPORTERS as reporters } from '../reports/index.js'
export type { ProveReport } from '../reports/prove-report.js'
export type { AnalysisReport } from '../reports/report.js'
export type { SimulateReport } from '../reports/simulate-report.js'
export { type BigKeyOverrides, type BigKeyPresetId, parseBigKeyLimits } from './analysis/big-key-limits.js'
export { GroupFileError, type GroupRule, parseGroupFile } from './analysis/group-file.js'
export { NodesFileError, parseSlotOwners, type SlotOwners } from './analysis/slot-owners.js'
export { type AnalyzeOptions, type AnalyzeResult, analyze } from './analyze.js'
export { type CheckOptions, checkDump } from './check.js'
export { type CompareInput, type CompareOptions, compare } from './compare/index.js'
export { type CompareResult, type CompareRunOptions, compareFiles } from './compare/run.js'
export type * from './entries/types.js'
export type { EntrySource, ReadEntriesOptions } from './entries.js'
export { readEntries } from './entries.js'
export { type ExplainOptions, explainKey } from './explain.js'
export { exportDump } from './export-dump.js'
export type { FilterOptions } from './filters.js'
export { InputError } from './io/errors.js'
export { expandInputs, type InputFile } from './io/inputs.js'
export { streamKeys } from './keys.js'
export { LIMITS, type Limits } from './limits.js'
export { TargetError } from './memory/choose-target.js'
export { targetIds, targets } from './memory/models/index.js'
export type { SettingOverrides } from './memory/settings.js'
export { ParameterError, type ParameterTexts, type Technique, techniqueIds, techniques } from './optimizations/index.js'
export {
  isProfileFile,
  joinProfiles,
  type MergeOptions,
  mergeProfiles,
  type Profile,
  readProfile,
  reportOf,
  saveProfile,
} from './profile/index.js'
export { type ProveOptions, prove } from './prove/prove.js'
export { ProveError } from './prove/prove-error.js'
export type { RedactMode } from './redact/modes.js'
export type { ExportOptions, FileOutcome, KeysOptions, ReadProgress, ReadRequest, Sink } from './requests.js'
export { type RewriteOptions, type Rewritten, rewriteDump } from './rewrite.js'
export { type Simulated, type SimulateOptions, simulate } from './simulate.js'
export { UnitError } from './units.js'
