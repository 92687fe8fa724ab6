import { formatBytes, formatCount, formatShare, plural, shareOf } from './format.js'
import type { AnalysisReport, ChecksumState, MemoryReport } from './report.js'

export const CHECKSUM_WORDS: Readonly<Record<ChecksumState, string>> = {
  ok: 'checksum ok',
  wrong: 'checksum wrong',
  absent: 'no checksum',
  disabled: 'checksum disabled',
  unchecked: 'checksum not checked',
}

/** The answer in a few sentences: how much is it, who has it, what can go, what is wrong. */
export function summarySentences(report: AnalysisReport): readonly string[] {
  const { totals, provenance, patterns, ttl, bigKeySummary, savings } = report
  if (totals.keys === 0) {
    return [provenance.filteredKeys > 0 ? 'No key passes the filters.' : 'There are no keys in it.']
  }
  const bytes = totals.ramBytes + totals.overheadBytes
  const sentences = [`${provenance.estimated ? 'about ' : ''}${formatBytes(bytes)} in ${plural(totals.keys, 'key')}.`]
  const steps = savings?.plan.filter((step) => step.savedBytes > 0) ?? []
  const named = patterns.filter((row) => row.type !== 'mixed').slice(0, 3)
  if (steps.length > 0) {
    const saved = steps.reduce((sum, step) => sum + step.savedBytes, 0)
    const share = shareOf(saved, savings!.before.usedMemoryBytes)
    sentences.push(`${plural(steps.length, 'change')} would free ${formatBytes(saved)} (${formatShare(share)}).`)
  } else if (named.length > 1) {
    const ram = named.reduce((sum, row) => sum + row.ramBytes, 0)
    sentences.push(`The ${named.length} largest patterns hold ${formatShare(shareOf(ram, totals.ramBytes))} of it.`)
  }
  const clauses: string[] = []
  const leaks = ttl.leaks.length
  if (leaks > 0) clauses.push(`${plural(leaks, 'pattern')} ${leaks === 1 ? 'leaks' : 'leak'} keys without expiry`)
  const { flaggedKeys } = bigKeySummary
  if (flaggedKeys > 0) {
    clauses.push(`${plural(flaggedKeys, 'key')} ${flaggedKeys === 1 ? 'is' : 'are'} bigger than advised`)
  }
  if (clauses.length > 0) sentences.push(`${clauses.join('; ')}.`)
  return sentences.map(capital)
}

/** What is not in the report because it was not asked for; null when nothing was left out. */
export function filteredSentence({ provenance, totals }: AnalysisReport): string | null {
  const { filteredKeys } = provenance
  return filteredKeys === 0
    ? null
    : `${plural(filteredKeys, totals.keys === 0 ? 'key' : 'more key')} left out by the filters.`
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Numbers stay on one line with their units: `2.53 MiB`, `21.6 %`. For formats whose lines break by themselves. */
export function keepUnits(text: string): string {
  return text.replace(/(\d) (?=(?:B|[KMGTP]iB|%|ms|s|min|h|d|y|keys?)(?![\w-]))/g, '$1\u00a0')
}

/** What the command might take, and what it left out of tables for that. */
export function memoryWords({ limitBytes, bounds }: MemoryReport): string {
  const full = bounds
    .filter(({ reached }) => reached)
    .map(({ id, title, limit }) => {
      if (limit === null) return title
      return id === 'sampled-values' ? `${title} (${formatBytes(limit)})` : `${title} (${formatCount(limit)})`
    })
  const bounded = full.length === 0 ? 'nothing had to be bounded' : `bounded were ${full.join(', ')}`
  return `limit ${formatBytes(limitBytes)}, ${bounded}`
}
