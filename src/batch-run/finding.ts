import { createHash } from 'node:crypto'
import type { Finding, Severity } from '../../reports/batch/night-report.js'
import type { Rule } from './config-types.js'

/** A finding before it is known whether it counts, and since when it is there. */
export type FoundProblem = Omit<Finding, 'id' | 'state' | 'reason' | 'since' | 'rule'> & {
  readonly rule: Rule
  /** What tells two findings of a rule about the same subject apart, such as the limit that is broken. */
  readonly detail?: string
}

/** The same in every night in which the same rule says it about the same subject. */
export function findingId({ rule, dataset, about, subject, detail = '' }: FoundProblem): string {
  return createHash('sha256').update([rule, dataset, about, subject, detail].join('\0')).digest('hex').slice(0, 16)
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warn: 1, note: 2 }

/** Open before known, errors before warnings; then by data set, rule and size. */
export function compareFindings(a: Finding, b: Finding): number {
  const open = (finding: Finding): number => (finding.state === 'open' ? 0 : 1)
  return (
    open(a) - open(b) ||
    WEIGHT[a.severity] - WEIGHT[b.severity] ||
    order(a.dataset, b.dataset) ||
    order(a.rule, b.rule) ||
    gravity(b) - gravity(a) ||
    order(a.id, b.id)
  )
}

/** The more the worse, but for days that are left. */
function gravity({ value, unit }: Finding): number {
  return unit === 'days' ? -(value ?? 0) : (value ?? 0)
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
