import type { BudgetCheck, NightSums, Severity } from '../../reports/batch/night-report.js'
import { formatBytes, formatCount, formatShare } from '../../reports/format.js'
import type { AnalysisReport, PatternRow } from '../../reports/report.js'
import { growthOf, shareOf, sizeOf } from './config-meaning.js'
import type { BudgetConfig } from './config-types.js'
import { daysBetween } from './days.js'
import { type FoundProblem, findingId } from './finding.js'
import type { DatasetRow, OwnerHistoryRow, PatternRow as PastPattern } from './history.js'
import { fitsGlob } from './owners.js'
import { rememberedPatterns } from './remembered.js'

/** What a data set is tonight, and what is known about it from before. */
export interface DatasetFacts {
  readonly dataset: string
  readonly date: string
  /** With all rows that are kept. */
  readonly report: AnalysisReport
  readonly totals: NightSums
  readonly owners: readonly OwnerHistoryRow[]
  /** The newest complete night before this one; null when this one is not complete, or there is none. */
  readonly previous: {
    readonly row: DatasetRow
    readonly patterns: readonly PastPattern[]
    readonly owners: readonly OwnerHistoryRow[]
  } | null
  readonly ownerOf: (name: string) => string | null
}

/** What one budget is about, added up. */
interface Scope {
  readonly about: 'dataset' | 'pattern' | 'owner'
  readonly subject: string
  readonly owner: string | null
  readonly bytes: number
  readonly keys: number
  readonly withoutTtl: number
  /** Of what the history remembers of a night, which is not every pattern: of this night, and of the one before. */
  readonly remembered: { readonly bytes: number; readonly bytesBefore: number } | null
  /** Patterns it covers; null: all. */
  readonly patterns: readonly PatternRow[] | null
}

interface Measured {
  readonly limitName: string
  readonly value: number
  readonly limit: number
  readonly unit: BudgetCheck['unit']
  /** Tells apart what one limit can be broken by: the encoding, the format. */
  readonly detail?: string
  readonly says: string
  readonly advice: string
}

/** Holds every budget against a data set. */
export function checkBudgets(
  budgets: readonly BudgetConfig[],
  facts: DatasetFacts,
): { readonly checks: readonly BudgetCheck[]; readonly problems: readonly FoundProblem[] } {
  const checks: BudgetCheck[] = []
  const problems: FoundProblem[] = []
  // Two budgets may limit the same, such as one that warns and one that is an error: each has a finding of its own.
  const alike = new Map<string, number>()
  for (const budget of budgets) {
    if (!fitsGlob(budget.dataset, facts.dataset)) continue
    const scope = scopeOf(budget, facts)
    const name = budget.name ?? scope.subject
    for (const measured of measure(budget, scope, facts)) {
      const { limitName, value, limit, unit } = measured
      const detail = `${limitName} ${measured.detail ?? ''}`
      const what = [scope.about, scope.subject, detail].join('\0')
      const others = alike.get(what) ?? 0
      alike.set(what, others + 1)
      const check = { budget: name, dataset: facts.dataset, limitName, value, limit, unit }
      if (value <= limit) {
        checks.push({ ...check, finding: null })
        continue
      }
      const problem: FoundProblem = {
        rule: 'budget',
        severity: (budget.severity ?? 'error') satisfies Severity,
        dataset: facts.dataset,
        about: scope.about,
        subject: scope.subject,
        owner: scope.owner,
        message: budget.name === undefined ? measured.says : `${budget.name}: ${measured.says}`,
        advice: measured.advice,
        value,
        limit,
        unit,
        detail: others === 0 ? detail : `${detail} ${others + 1}`,
      }
      problems.push(problem)
      checks.push({ ...check, finding: findingId(problem) })
    }
  }
  return { checks, problems }
}

function scopeOf(budget: BudgetConfig, facts: DatasetFacts): Scope {
  const { report, totals, previous } = facts
  const sum = <Row>(rows: readonly Row[], pick: (row: Row) => number): number =>
    rows.reduce((total, row) => total + pick(row), 0)
  const memory = (row: { ramBytes: number; overheadBytes: number }): number => row.ramBytes + row.overheadBytes
  if (budget.owner !== undefined) {
    const own = facts.owners.filter(({ owner }) => owner === budget.owner)
    const bytes = sum(own, memory)
    const before = previous?.owners.filter(({ owner }) => owner === budget.owner)
    return {
      ...{ about: 'owner', subject: budget.owner, owner: budget.owner, patterns: null },
      ...{ bytes, keys: sum(own, (row) => row.keys), withoutTtl: sum(own, (row) => row.withoutTtlKeys) },
      remembered: before === undefined || before.length === 0 ? null : { bytes, bytesBefore: sum(before, memory) },
    }
  }
  if (budget.pattern === undefined) {
    const bytes = memory(totals)
    return {
      ...{ about: 'dataset', subject: facts.dataset, owner: null, patterns: null },
      ...{ bytes, keys: totals.keys, withoutTtl: totals.withoutTtlKeys },
      remembered: previous === null ? null : { bytes, bytesBefore: memory(previous.row) },
    }
  }
  const isMeant = ({ type, pattern }: { readonly type: string; readonly pattern: string }): boolean =>
    type !== 'mixed' && fitsGlob(budget.pattern, pattern)
  const patterns = report.patterns.filter(isMeant)
  const now = rememberedPatterns(report).filter(isMeant)
  const before = previous?.patterns.filter(isMeant)
  return {
    ...{ about: 'pattern', subject: budget.pattern, owner: facts.ownerOf(budget.pattern), patterns },
    ...{ bytes: sum(patterns, memory), keys: sum(patterns, (row) => row.keys) },
    withoutTtl: sum(patterns, (row) => row.withoutTtl),
    // A pattern that was not there has grown from nothing.
    remembered: before === undefined ? null : { bytes: sum(now, memory), bytesBefore: sum(before, memory) },
  }
}

function* measure(budget: BudgetConfig, scope: Scope, facts: DatasetFacts): Generator<Measured> {
  const { subject } = scope
  if (budget.maxBytes !== undefined) {
    const limit = sizeOf(budget.maxBytes)
    yield {
      ...{ limitName: 'maxBytes', value: scope.bytes, limit, unit: 'bytes' as const },
      says: `${subject} takes ${formatBytes(scope.bytes)}, the budget is ${formatBytes(limit)}`,
      advice: 'rdblens simulate says what would make it smaller.',
    }
  }
  if (budget.maxKeys !== undefined) {
    yield {
      ...{ limitName: 'maxKeys', value: scope.keys, limit: budget.maxKeys, unit: 'keys' as const },
      says: `${subject} has ${formatCount(scope.keys)} keys, the budget is ${formatCount(budget.maxKeys)}`,
      advice: '',
    }
  }
  if (budget.maxKeyBytes !== undefined) yield* largestKey(sizeOf(budget.maxKeyBytes), scope, facts.report)
  if (budget.maxGrowthPerDay !== undefined && scope.remembered !== null && facts.previous !== null) {
    const { bytes, bytesBefore } = scope.remembered
    const days = Math.max(1, daysBetween(facts.previous.row.date, facts.date))
    const value = (bytes - bytesBefore) / days
    const allowed = growthOf(budget.maxGrowthPerDay)
    const limit = 'bytes' in allowed ? allowed.bytes : limitOf(allowed.share, bytesBefore)
    const shown = 'bytes' in allowed ? formatBytes(limit) : formatShare(allowed.share)
    const grown = bytesBefore === 0 ? '' : ` (${formatShare(value / bytesBefore)})`
    yield {
      ...{ limitName: 'maxGrowthPerDay', value, limit, unit: 'bytes-per-day' as const },
      says: `${subject} grew by ${formatBytes(value)}${grown} a day since ${facts.previous.row.date}, the budget is ${shown}`,
      advice: '',
    }
  }
  if (budget.maxWithoutTtl !== undefined) {
    const limit = shareOf(budget.maxWithoutTtl)
    const value = scope.keys === 0 ? 0 : scope.withoutTtl / scope.keys
    yield {
      ...{ limitName: 'maxWithoutTtl', value, limit, unit: 'share' as const },
      says: `${formatShare(value)} of the keys of ${subject} never expire (${formatCount(scope.withoutTtl)}), the budget is ${formatShare(limit)}`,
      advice: 'Find the write that sets no expiry.',
    }
  }
  for (const wanted of budget.forbidEncodings ?? []) yield encoding(wanted, scope, facts.report)
  for (const format of budget.forbidFormats ?? []) yield valueFormat(format, scope, facts.report)
}

/** 29 % of 100 bytes are 29, and not 28.999999999999996. */
function limitOf(share: number, bytes: number): number {
  return Number((share * bytes).toPrecision(15))
}

function* largestKey(limit: number, scope: Scope, report: AnalysisReport): Generator<Measured> {
  const rows = scope.patterns ?? report.databases
  const largest = rows
    .flatMap((row) => (row.largest === null ? [] : [row.largest]))
    .reduce<{ key: string; ramBytes: number } | null>((a, b) => (a !== null && a.ramBytes >= b.ramBytes ? a : b), null)
  if (largest === null) return
  yield {
    ...{ limitName: 'maxKeyBytes', value: largest.ramBytes, limit, unit: 'bytes' as const },
    says: `the key ${largest.key} of ${scope.subject} takes ${formatBytes(largest.ramBytes)}, the budget is ${formatBytes(limit)}`,
    advice: 'Split it, or give it a limit where it is written.',
  }
}

/** `hashtable`, or `zset/skiplist` for one type. */
function encoding(wanted: string, scope: Scope, report: AnalysisReport): Measured {
  const slash = wanted.indexOf('/')
  const type = slash === -1 ? null : wanted.slice(0, slash)
  const name = wanted.slice(slash + 1)
  const rows =
    scope.patterns === null
      ? report.encodings.filter((row) => row.encoding === name && (type === null || row.type === type))
      : scope.patterns
          .filter((row) => type === null || row.type === type)
          .flatMap((row) => row.encodings.filter((part) => part.encoding === name))
  const keys = rows.reduce((sum, row) => sum + row.keys, 0)
  return {
    ...{ limitName: 'forbidEncodings', value: keys, limit: 0, unit: 'keys' as const, detail: wanted },
    says: `${formatCount(keys)} keys of ${scope.subject} have the encoding ${wanted}, which the budget forbids`,
    advice: 'rdblens explain says why a key has its encoding.',
  }
}

function valueFormat(format: string, scope: Scope, report: AnalysisReport): Measured {
  const covered = scope.patterns === null ? null : new Set(scope.patterns.map((row) => `${row.type} ${row.pattern}`))
  const rows = (report.values?.formats ?? []).filter(
    (row) => row.format === format && (covered === null || covered.has(`${row.type} ${row.pattern}`)),
  )
  const values = rows.reduce((sum, row) => sum + row.sampledValues, 0)
  const where = rows.slice(0, 3).map((row) => row.pattern)
  return {
    ...{ limitName: 'forbidFormats', value: values, limit: 0, unit: 'keys' as const, detail: format },
    says: `values of ${scope.subject} are ${rows[0]?.title ?? format} (${formatCount(values)} of the sample, in ${where.join(', ')}), which the budget forbids`,
    advice: '',
  }
}
