import type { BudgetCheck, Finding, NightReport, ShardNight } from './night-report.js'
import { RULE_TITLES } from './wording.js'
import { xmlText } from './xml.js'

interface Case {
  readonly className: string
  readonly name: string
  /** Null: passed. */
  readonly failure: { readonly type: string; readonly message: string; readonly text: string } | null
  readonly skipped: string | null
}

/** Rules that are told of a data set even when they found nothing; budgets and dumps have cases of their own. */
const LOOKED_FOR = ['leak', 'stampede', 'new-big-key', 'forecast', 'missing', 'stale'] as const

/**
 * Findings as test results, for CI servers: a suite per data set, a case per dump, per limit of a budget and per thing
 * that was looked for. Notes do not fail.
 */
export function junit(report: NightReport): string {
  const suites = report.datasets.map(({ dataset, shards }) => {
    const own = report.findings.filter((finding) => finding.dataset === dataset)
    const cases = [
      ...shards.map((shard) => shardCase(dataset, shard, own)),
      ...report.budgets.filter((check) => check.dataset === dataset).map((check) => budgetCase(check, own)),
      ...ruleCases(dataset, own),
    ]
    return suite(dataset, report.date, cases)
  })
  const total = (pick: (one: { tests: number; failures: number }) => number): number =>
    suites.reduce((sum, one) => sum + pick(one), 0)
  const counts = `tests="${total((one) => one.tests)}" failures="${total((one) => one.failures)}" errors="0"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="rdblens nightly ${report.date}" ${counts} time="0">\n${suites.map(({ xml }) => xml).join('')}</testsuites>\n`
}

function shardCase(dataset: string, { shard, status, problem }: ShardNight, findings: readonly Finding[]): Case {
  const finding = findings.find(
    ({ rule, subject }) => subject === shard && (rule === 'corrupt' || rule === 'unreadable'),
  )
  return {
    ...{ className: `${dataset}.dumps`, name: `${shard} can be read` },
    ...(finding === undefined
      ? { failure: status === 'ok' ? null : { type: status, message: problem ?? status, text: '' }, skipped: null }
      : outcomeOf([finding])),
  }
}

function budgetCase(check: BudgetCheck, findings: readonly Finding[]): Case {
  const finding = findings.find(({ id }) => id === check.finding)
  return {
    ...{ className: `${check.dataset}.budgets`, name: `${check.budget}: ${check.limitName}` },
    ...outcomeOf(finding === undefined ? [] : [finding]),
  }
}

function ruleCases(dataset: string, findings: readonly Finding[]): readonly Case[] {
  const own = new Set(['budget', 'corrupt', 'unreadable'])
  const others = [...new Set([...LOOKED_FOR, ...findings.map(({ rule }) => rule)])].filter((rule) => !own.has(rule))
  return others.map((rule) => ({
    ...{ className: `${dataset}.findings`, name: RULE_TITLES[rule] ?? rule },
    ...outcomeOf(findings.filter((finding) => finding.rule === rule)),
  }))
}

/** Fails with what is open; skipped when all that was found is known. */
function outcomeOf(findings: readonly Finding[]): Pick<Case, 'failure' | 'skipped'> {
  const open = findings.filter(({ state, severity }) => state === 'open' && severity !== 'note')
  if (open.length > 0) {
    const text = open
      .map(({ message, advice }) => [message, advice].filter((part) => part !== '').join('. '))
      .join('\n')
    return { failure: { type: open[0]!.rule, message: open[0]!.message, text }, skipped: null }
  }
  const known = findings.find(({ state }) => state !== 'open')
  return { failure: null, skipped: known === undefined ? null : `${known.message}: ${known.reason}` }
}

function suite(
  name: string,
  date: string,
  cases: readonly Case[],
): { readonly xml: string; readonly tests: number; readonly failures: number } {
  const failures = cases.filter(({ failure }) => failure !== null).length
  const skipped = cases.filter((one) => one.failure === null && one.skipped !== null).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`
  const head = `  <testsuite name="${xmlText(name)}" ${counts} time="0" timestamp="${date}T00:00:00" hostname="rdblens">\n`
  return { xml: `${head}${cases.map(caseXml).join('')}  </testsuite>\n`, tests: cases.length, failures }
}

function caseXml({ className, name, failure, skipped }: Case): string {
  const head = `    <testcase classname="${xmlText(className)}" name="${xmlText(name)}" time="0"`
  if (failure !== null) {
    const lines = failure.text.split('\n').map(xmlText).join('\n')
    return `${head}>\n      <failure type="${xmlText(failure.type)}" message="${xmlText(failure.message)}">${lines}</failure>\n    </testcase>\n`
  }
  if (skipped !== null) return `${head}>\n      <skipped message="${xmlText(skipped)}"/>\n    </testcase>\n`
  return `${head}/>\n`
}
