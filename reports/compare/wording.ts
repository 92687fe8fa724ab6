import type { ComparedSide, CompareReport } from '../compare-report.js'
import { shownText } from '../escape.js'
import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../format.js'
import { growth, signedBytes } from './tables.js'

/** The answer: how much it grew, and what did most of it. */
export function headline(report: CompareReport): string {
  const { totals, ramBytesPerDay, days, patterns } = report
  const { ramBytes, keys } = totals
  const moved =
    ramBytes.change === 0
      ? `Memory is what it was, ${formatBytes(ramBytes.new)}`
      : `Memory ${ramBytes.change > 0 ? 'grew' : 'shrank'} by ${formatBytes(Math.abs(ramBytes.change))} (${growth(ramBytes)}) to ${formatBytes(ramBytes.new)}`
  const count = `${formatCount(keys.new)} keys, ${keys.change === 0 ? 'as before' : `${formatCount(Math.abs(keys.change))} ${keys.change > 0 ? 'more' : 'fewer'}`}`
  const perDay =
    ramBytesPerDay === null || days === null || days < 0.01
      ? ''
      : ` In ${formatDuration(days * 86_400_000)}: ${signedBytes(ramBytesPerDay)} per day.`
  const main = patterns.find(
    (row) => row.pattern !== '[other]' && Math.sign(row.ramBytes.change) === Math.sign(ramBytes.change),
  )
  const most =
    main === undefined || ramBytes.change === 0
      ? ''
      : ` Most of it: ${shownText(main.pattern)} (${signedBytes(main.ramBytes.change)}).`
  return `${moved}; ${count}.${perDay}${most}`
}

/** What came and went; empty unless both sides were read key by key. */
export function churnSentence({ churn }: CompareReport): string {
  if (churn === null) return ''
  const { added, removed, grown, shrunk, same } = churn
  return (
    `${plural(added.keys, 'key')} came (${signedBytes(added.ramBytes)}), ${formatCount(removed.keys)} went ` +
    `(${signedBytes(-removed.ramBytes)}), ${formatCount(grown.keys)} grew (${signedBytes(grown.ramBytes)}), ` +
    `${formatCount(shrunk.keys)} shrank (${signedBytes(-shrunk.ramBytes)}), ${formatCount(same)} take what they took.`
  )
}

/** `monday/   keys export, 3 files   2026-11-19 02:00 UTC` */
export function sideLine(side: ComparedSide): string {
  const [first, ...others] = side.paths
  const name = `${shownText(first ?? '-')}${others.length === 0 ? '' : ` and ${others.length} more`}`
  const parts = [name, ...(side.server === 'unknown' ? [] : [shownText(side.server)])]
  if (side.kind !== 'dumps') parts.push(KINDS[side.kind])
  if (side.dumpTimeMs !== null) parts.push(`taken ${formatTime(side.dumpTimeMs)}`)
  return parts.join(', ')
}

const KINDS: Record<ComparedSide['kind'], string> = {
  dumps: 'dump',
  profiles: 'profile',
  mixed: 'dumps and profiles',
  report: 'report',
  keys: 'export of keys',
}

/** Sentences on what may mislead, without those that a reader of the format sees anyway. */
export function notesOf(report: CompareReport): readonly string[] {
  const unified = report.patternsUnified
    ? []
    : ['Patterns are compared by their text: reports do not keep what would tell which belong together.']
  return [...report.notes, ...unified, report.bigKeysNote]
}
