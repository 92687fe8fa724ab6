import type { Finding } from '../../reports/batch/night-report.js'
import { replaceFile, textOfFile } from '../io/folders.js'
import { ConfigError } from './config-error.js'
import { isDay } from './config-meaning.js'
import { readConfigText } from './config-text.js'
import type { SuppressionConfig } from './config-types.js'
import { compareFindings, type FoundProblem, findingId } from './finding.js'
import type { FindingRow } from './history.js'
import { fitsGlob } from './owners.js'

/** A finding that was adopted: it counts again when it gets worse. */
export interface BaselineEntry {
  readonly id: string
  /** For people who read the file. */
  readonly message: string
  /** What was measured; null: whatever it is. */
  readonly value: number | null
}

const BASELINE_VERSION = 1

/** Findings that get worse by less than this share are still what was adopted: sizes move a little every night. */
const TOLERANCE = 0.02

/** Reads a baseline file; none when it does not exist. @throws ConfigError */
export async function readBaseline(path: string, name: string): Promise<ReadonlyMap<string, BaselineEntry>> {
  const text = await textOfFile(path)
  if (text === null) return new Map()
  const value = readConfigText(text, name).value as { findings?: unknown; version?: unknown } | null
  const { findings, version } = value ?? {}
  if (version !== BASELINE_VERSION || !Array.isArray(findings) || !findings.every(isEntry)) {
    const message = 'this is not a baseline of this version of rdblens: write it anew with nightly --adopt'
    throw new ConfigError(name, [{ line: null, path: '', message }])
  }
  return new Map(findings.map((entry) => [entry.id, entry]))
}

function isEntry(value: unknown): value is BaselineEntry {
  if (typeof value !== 'object' || value === null) return false
  const { id, value: measured } = value as Partial<BaselineEntry>
  return typeof id === 'string' && (measured === null || typeof measured === 'number')
}

/** Adopts what is open today. */
export async function writeBaseline(path: string, date: string, findings: readonly Finding[]): Promise<void> {
  const entries = findings
    .filter(({ state, rule }) => state !== 'suppressed' && rule !== 'suppression')
    .map(({ id, message, value }): BaselineEntry => ({ id, message, value }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  await replaceFile(
    path,
    `${JSON.stringify({ version: BASELINE_VERSION, adopted: date, findings: entries }, null, 2)}\n`,
  )
}

/**
 * Makes findings of what was found: which count, and since when they are there.
 *
 * @param lastNight findings of the night before
 */
export function judge(
  found: readonly FoundProblem[],
  date: string,
  suppressions: readonly SuppressionConfig[],
  baseline: ReadonlyMap<string, BaselineEntry>,
  lastNight: readonly FindingRow[],
): readonly Finding[] {
  const since = new Map(lastNight.map((row) => [row.id, row.since]))
  const findings = new Map<string, Finding>()
  const all = [...found, ...suppressions.flatMap((suppression) => ended(suppression, date, found))]
  for (const problem of all) {
    const id = findingId(problem)
    if (findings.has(id)) continue
    const { detail: _, ...rest } = problem
    findings.set(id, {
      ...rest,
      id,
      ...stateOf(problem, id, date, suppressions, baseline),
      since: since.get(id) ?? date,
    })
  }
  return [...findings.values()].sort(compareFindings)
}

function stateOf(
  problem: FoundProblem,
  id: string,
  date: string,
  suppressions: readonly SuppressionConfig[],
  baseline: ReadonlyMap<string, BaselineEntry>,
): Pick<Finding, 'state' | 'reason'> {
  const suppression = suppressions.find((candidate) => candidate.until >= date && isMeant(candidate, problem))
  if (suppression !== undefined && problem.rule !== 'suppression') {
    return { state: 'suppressed', reason: `${suppression.reason} (until ${suppression.until})` }
  }
  const adopted = baseline.get(id)
  if (adopted !== undefined && !isWorse(problem, adopted)) return { state: 'baseline', reason: 'in the baseline' }
  return { state: 'open', reason: null }
}

/** Days until something happens get worse by becoming fewer, everything else by becoming more. */
function isWorse({ value, unit }: FoundProblem, adopted: BaselineEntry): boolean {
  if (value === null || adopted.value === null) return false
  return unit === 'days' ? value < adopted.value : value > adopted.value + Math.abs(adopted.value) * TOLERANCE
}

function isMeant(suppression: SuppressionConfig, problem: FoundProblem): boolean {
  const names = [problem.rule, problem.message.split(': ')[0]!]
  return (
    (suppression.rule === undefined || names.some((name) => fitsGlob(suppression.rule, name))) &&
    fitsGlob(suppression.dataset, problem.dataset) &&
    fitsGlob(suppression.subject, problem.subject)
  )
}

/** A suppression that is over while what it hid is still there. */
function ended(suppression: SuppressionConfig, date: string, found: readonly FoundProblem[]): readonly FoundProblem[] {
  if (!isDay(suppression.until) || suppression.until >= date) return []
  const hidden = found.find((problem) => isMeant(suppression, problem))
  if (hidden === undefined) return []
  const what = [suppression.rule, suppression.subject].filter((name) => name !== undefined).join(' ')
  return [
    {
      ...{
        rule: 'suppression',
        severity: 'warn',
        dataset: hidden.dataset,
        about: 'config',
        subject: what,
        owner: hidden.owner,
      },
      message: `the suppression of ${what} ended on ${suppression.until}: ${suppression.reason}`,
      advice: 'Mend what it hid, or give it a later date.',
      ...{ value: null, limit: null, unit: null },
    },
  ]
}
