import type { CompareReport } from '../../reports/compare-report.js'
import type { AnalysisReport } from '../../reports/report.js'
import type { Profile } from '../profile/index.js'

/** One side: shards of one data set as a (joined) profile, or the JSON report of an earlier night. */
export type CompareInput =
  | { readonly paths: readonly string[]; readonly profile: Profile }
  | { readonly paths: readonly string[]; readonly report: AnalysisReport }

export interface CompareOptions {
  /** Rows per table; 0: all. Default 10. */
  readonly top?: number | undefined
  /** `growth>10%`, `new-big-keys>0` ...; see `parseCondition`. */
  readonly failOn?: readonly string[] | undefined
}

/** What changed from one to the other. `conditions[].broken` says what `failOn` came to. */
export function compare(_old: CompareInput, _new: CompareInput, _options: CompareOptions = {}): CompareReport {
  throw new Error('not there yet')
}
