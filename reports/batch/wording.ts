import { shownText } from '../escape.js'
import { formatBytes, formatShare, plural } from '../format.js'
import type { DatasetNight, Finding, NightReport, NightSums, Severity } from './night-report.js'

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = { error: 'error', warn: 'warning', note: 'note' }

/** What each rule looks for, in a few words. */
export const RULE_TITLES: Readonly<Record<string, string>> = {
  budget: 'A budget is broken',
  leak: 'Keys without expiry grow every night',
  stampede: 'Many keys expire within the same minute',
  'new-big-key': 'A new big key',
  'missing-ttl': 'Some keys of a pattern never expire',
  forecast: 'maxmemory is reached soon',
  corrupt: 'A dump is damaged',
  unreadable: 'A dump cannot be read',
  missing: 'A dump is missing',
  stale: 'A dump is old',
  suppression: 'A suppression has ended',
}

export function memoryOf(sums: NightSums): number {
  return sums.ramBytes + sums.overheadBytes
}

/** Open findings of one severity. */
export function openOf(report: NightReport, severity: Severity): readonly Finding[] {
  return report.findings.filter((finding) => finding.state === 'open' && finding.severity === severity)
}

/** The night in a sentence or two. */
export function nightSentence(report: NightReport): string {
  const { datasets } = report
  const bytes = datasets.reduce((sum, { totals }) => sum + memoryOf(totals), 0)
  const keys = datasets.reduce((sum, { totals }) => sum + totals.keys, 0)
  const shards = datasets.flatMap((dataset) => dataset.shards)
  const broken = shards.filter(({ status }) => status !== 'ok').length
  const sentences = [
    `${formatBytes(bytes)} in ${plural(keys, 'key')}, ${plural(datasets.length, 'data set')}, ${plural(shards.length, 'dump')}.`,
  ]
  if (broken > 0) sentences.push(`${plural(broken, 'dump')} could not be read whole.`)
  const counts = (['error', 'warn'] as const)
    .map((severity) => [openOf(report, severity).length, SEVERITY_WORDS[severity]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => plural(count, word))
  sentences.push(counts.length === 0 ? 'Nothing is open.' : `Open: ${counts.join(' and ')}.`)
  const full = datasets
    .flatMap(({ dataset, forecast }) => (forecast?.date == null ? [] : [{ dataset, forecast, date: forecast.date }]))
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))[0]
  if (full !== undefined) sentences.push(`First to be full: ${shownText(full.dataset)}, on ${full.date}.`)
  return sentences.join(' ')
}

/** `+12.3 MiB (+4.5 %)` since the night before; empty when there is nothing to compare with. */
export function growthText({ totals, previous, complete }: DatasetNight): string {
  if (previous === null || !complete) return ''
  const before = memoryOf(previous.totals)
  return changeText(memoryOf(totals) - before, before)
}

export function changeText(change: number, before: number): string {
  const sign = change > 0 ? '+' : ''
  const share = before === 0 ? '' : ` (${sign}${formatShare(change / before)})`
  return `${sign}${formatBytes(change)}${share}`
}
