import type { Change, CompareReport, ConditionResult } from '../../reports/compare-report.js'
import { formatBytes, formatCount } from '../../reports/format.js'
import { parseSize, UnitError } from '../units.js'

/** `growth>10%`: what is measured, and what it must not go above or below. */
export interface Condition {
  readonly text: string
  readonly metric: MetricName
  readonly operator: '>' | '>=' | '<' | '<='
  readonly limit: number
  /** `limit` is a share of what was there before. */
  readonly relative: boolean
}

/** From this size on a key counts as big here: what the default preset of `analyze` says of strings. */
export const BIG_KEY_BYTES = 10 * 1024

/** A report before its tables are cut. */
type Measured = Omit<CompareReport, 'conditions'> & {
  /** New keys of `BIG_KEY_BYTES` or more, also those that are not listed. */
  readonly newBigKeys: number
}

interface Metric {
  readonly title: string
  readonly unit: 'bytes' | 'count'
  /** The largest change counts where there are several. */
  readonly changes: (report: Measured) => readonly (Change & { readonly what?: string })[]
}

const METRICS = {
  growth: { title: 'memory of all keys', unit: 'bytes', changes: ({ totals }) => [totals.ramBytes] },
  keys: { title: 'number of keys', unit: 'count', changes: ({ totals }) => [totals.keys] },
  'without-ttl': { title: 'keys without expiry', unit: 'count', changes: ({ totals }) => [totals.withoutTtl] },
  'pattern-growth': {
    title: 'memory of a pattern',
    unit: 'bytes',
    changes: ({ patterns }) => patterns.map((row) => ({ ...row.ramBytes, what: row.pattern })),
  },
  'pattern-keys': {
    title: 'number of keys of a pattern',
    unit: 'count',
    changes: ({ patterns }) => patterns.map((row) => ({ ...row.keys, what: row.pattern })),
  },
  'new-patterns': {
    title: 'new patterns',
    unit: 'count',
    changes: ({ patternSummary }) => [counted(patternSummary.new)],
  },
  'gone-patterns': {
    title: 'patterns that are gone',
    unit: 'count',
    changes: ({ patternSummary }) => [counted(patternSummary.gone)],
  },
  'new-big-keys': {
    title: 'new keys of 10 KiB or more',
    unit: 'count',
    changes: ({ newBigKeys }) => [counted(newBigKeys)],
  },
  'big-key-growth': {
    title: 'memory of a key of 10 KiB or more',
    unit: 'bytes',
    changes: ({ bigKeys }) =>
      bigKeys
        .filter(({ state, newRamBytes }) => state !== 'gone' && (newRamBytes ?? 0) >= BIG_KEY_BYTES)
        .map(({ key, oldRamBytes, newRamBytes, change }) => ({
          old: oldRamBytes ?? 0,
          new: newRamBytes ?? 0,
          change,
          ratio: oldRamBytes ? change / oldRamBytes : null,
          what: key,
        })),
  },
  'encoding-changes': {
    title: 'patterns with another encoding',
    unit: 'count',
    changes: ({ encodingChanges }) => [
      counted(new Set(encodingChanges.map(({ type, pattern }) => `${type} ${pattern}`)).size),
    ],
  },
} satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS
export const metricNames = Object.keys(METRICS) as MetricName[]

function counted(count: number): Change {
  return { old: 0, new: count, change: count, ratio: null }
}

/**
 * Reads `growth>10%`, `keys>=100000`, `pattern-growth>500MB`.
 *
 * @throws UnitError when it cannot be understood
 */
export function parseCondition(text: string): Condition {
  const match = /^([a-z-]+)\s*(>=|<=|>|<)\s*(-?)([\d.]+\s*[a-z%]*)$/i.exec(text.trim())
  const metric = metricNames.find((name) => name === match?.[1])
  if (match === null || metric === undefined) {
    throw new UnitError(
      `${JSON.stringify(text)} is not a condition: write NAME>10%, NAME>500MB or NAME>0, with a name of ${metricNames.join(', ')}`,
    )
  }
  const [, , operator, minus, amount] = match
  const relative = amount!.endsWith('%')
  // Read as a decimal: 0.7 / 100 is a little less than 0.007.
  const share = relative ? Number(`${amount!.slice(0, -1).trim()}e-2`) : 0
  if (!Number.isFinite(share)) throw new UnitError(`${JSON.stringify(text)}: ${amount} is no percentage`)
  const limit = relative ? share : parseSize(amount!)
  return { text, metric, operator: operator as Condition['operator'], limit: minus === '-' ? -limit : limit, relative }
}

/** What a condition comes to. */
export function checkCondition(condition: Condition, report: Measured): ConditionResult {
  const { text, operator, limit, relative } = condition
  const metric: Metric = METRICS[condition.metric]
  const measured = metric.changes(report).map((change) => ({ change, actual: relative ? change.ratio : change.change }))
  // What was not there before has grown by more than any percentage.
  const actualOf = ({ change, actual }: (typeof measured)[number]): number =>
    actual ?? (change.change === 0 ? 0 : change.change > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)
  const above = operator.startsWith('>')
  const worst = measured.reduce<(typeof measured)[number] | null>(
    (most, next) =>
      most === null || (above ? actualOf(next) > actualOf(most) : actualOf(next) < actualOf(most)) ? next : most,
    null,
  )
  if (worst === null)
    return { condition: text, broken: false, actual: null, message: `${metric.title}: nothing to measure` }
  const actual = actualOf(worst)
  const broken =
    operator === '>'
      ? actual > limit
      : operator === '>='
        ? actual >= limit
        : operator === '<'
          ? actual < limit
          : actual <= limit
  const { what } = worst.change
  const shown = (value: number): string =>
    !Number.isFinite(value)
      ? 'new'
      : relative
        ? `${Math.round(value * 1000) / 10} %`
        : metric.unit === 'bytes'
          ? signedBytes(value)
          : formatCount(value)
  const of = what === undefined ? metric.title : `${metric.title}, ${what}`
  return {
    condition: text,
    broken,
    actual: Number.isFinite(actual) ? actual : null,
    message: `${of}: ${shown(actual)}; the limit is ${operator} ${shown(limit)}`,
  }
}

function signedBytes(bytes: number): string {
  return bytes < 0 ? `-${formatBytes(-bytes)}` : formatBytes(bytes)
}
