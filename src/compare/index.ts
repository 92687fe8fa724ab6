import type { ComparedSide, CompareReport } from '../../reports/compare-report.js'
import type { AnalysisReport } from '../../reports/report.js'
import { madeOf } from '../profile/file.js'
import { type Profile, reportOf } from '../profile/index.js'
import { parseCondition } from './conditions.js'
import { factsOfReport, factsOfState, type SideFacts } from './facts.js'
import { compareReport } from './report.js'

export { metricNames, parseCondition } from './conditions.js'

interface ProfileInput {
  readonly paths: readonly string[]
  readonly kind?: ComparedSide['kind']
  readonly profile: Profile
}

/** One side: shards of one data set as a (joined) profile, or the JSON report of an earlier night. */
export type CompareInput = ProfileInput | { readonly paths: readonly string[]; readonly report: AnalysisReport }

export interface CompareOptions {
  /** Rows per table; 0: all. Default 10. */
  readonly top?: number | undefined
  /** `growth>10%`, `new-big-keys>0` ...; see `parseCondition`. */
  readonly failOn?: readonly string[] | undefined
}

const DEFAULT_TOP = 10

/**
 * What changed from one to the other. `conditions[].broken` says what `failOn` came to.
 *
 * @throws UnitError when a condition cannot be understood, InputError when a profile is damaged
 */
export function compare(before: CompareInput, after: CompareInput, options: CompareOptions = {}): CompareReport {
  const conditions = (options.failOn ?? []).map(parseCondition)
  const { top = DEFAULT_TOP } = options
  // Nobody can say which of the two it is when their parts do not fit.
  return madeOf(`one of ${[...before.paths, ...after.paths].join(' and ')}`, () =>
    compareReport(...factsOf(before, after), null, { top, conditions, notes: [] }),
  )
}

/** Two profiles are compared by what their collectors kept; a report can only be compared with a report. */
function factsOf(before: CompareInput, after: CompareInput): [SideFacts, SideFacts] {
  if (
    'profile' in before &&
    'profile' in after &&
    before.profile.options.separators === after.profile.options.separators
  ) {
    return [factsOfProfile(before), factsOfProfile(after)]
  }
  return [asReport(before), asReport(after)]
}

function factsOfProfile({ paths, kind = 'profiles', profile }: ProfileInput): SideFacts {
  const { provenance, target, options } = profile
  const side = sideOf(paths, kind, provenance)
  const { redact } = options
  const likeness = { target: [target], options: provenance.options, redact, dumps: provenance.files.length }
  return factsOfState(side, profile.collectors, likeness, redact !== 'ids')
}

function asReport(input: CompareInput): SideFacts {
  const report = 'report' in input ? input.report : reportOf(input.profile, { top: 0 })
  const kind = 'report' in input ? 'report' : (input.kind ?? 'profiles')
  return factsOfReport(sideOf(input.paths, kind, report.provenance), report)
}

function sideOf(
  paths: readonly string[],
  kind: ComparedSide['kind'],
  { server, target, dumpTimeMs, nowMs, files }: AnalysisReport['provenance'],
): ComparedSide {
  return { paths, kind, server, target: target.id, dumpTimeMs, nowMs, complete: files.every((file) => file.complete) }
}
