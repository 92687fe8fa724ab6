import { shownKey, shownText, visibleName } from '../escape.js'
import { formatBytes, formatDuration, formatShare, formatTime, plural } from '../format.js'
import type { AnalysisReport, ProvenanceFile } from '../report.js'
import { plusMinus } from '../simulate/lines.js'
import { skewSentences } from '../skew.js'
import { cutMiddle, displayWidth } from '../width.js'
import { CHECKSUM_WORDS, filteredSentence, summarySentences } from '../wording.js'
import type { Page } from './page.js'
import { sumOf } from './sums.js'

/** More inputs than this are summed up in one line. */
const MAX_FILE_LINES = 4
const MAX_LEAKS = 3
const MAX_BIG_KEYS = 3

/** One line per input: name, server, time, size, checksum. */
export function writeHeader(page: Page, report: AnalysisReport): void {
  const { files } = report.provenance
  for (const file of files.slice(0, MAX_FILE_LINES)) writeFileLine(page, file)
  if (files.length > MAX_FILE_LINES) {
    const rest = files.slice(MAX_FILE_LINES)
    const bytes = sumOf(rest, (file) => file.bytes ?? 0)
    page.paragraph(`and ${plural(rest.length, 'more file')}, ${formatBytes(bytes)}`, 0)
  }
}

function writeFileLine(page: Page, file: ProvenanceFile): void {
  const name = file.path === '-' ? 'standard input' : shownText(file.path)
  const parts = [
    `${shownText(file.server)} (${shownText(file.magic === 'VALKEY' ? 'VALKEY ' : 'RDB ')}${file.rdbVersion})`,
    ...(file.container === 'rdb' ? [] : [shownText(file.container)]),
    ...(file.dumpTimeMs === null ? [] : [`taken ${formatTime(file.dumpTimeMs)}`]),
    ...(file.bytes === null ? [] : [formatBytes(file.bytes)]),
    checksumWords(file),
    ...(file.complete ? [] : ['INCOMPLETE']),
  ]
  // Parts stay whole: a line breaks between them only.
  let line = ''
  for (const part of [name, ...parts]) {
    const fitting = cutMiddle(part, page.width - 2)
    const longer = line === '' ? fitting : `${line}   ${fitting}`
    if (displayWidth(longer) <= page.width) line = longer
    else {
      page.line(line)
      line = `  ${fitting}`
    }
  }
  page.line(line)
}

/** The sentence that answers the question: how much is it, who has it, what is wrong. */
export function writeSummary(page: Page, report: AnalysisReport): void {
  const { totals, provenance } = report
  page.blank()
  page.paragraph(summarySentences(report).join('  '))
  const filtered = filteredSentence(report)
  if (filtered !== null) page.paragraph(filtered)
  if (totals.keys === 0) return
  const { target } = provenance
  const estimate = provenance.estimated ? '; an estimate' : ''
  page.paragraph(`Memory as ${shownText(target.title)} holds it after loading${estimate}.`, 2, 2, 'dim')
}

/** Savings, as far as they were simulated. */
export function writeSavings(page: Page, report: AnalysisReport): void {
  const plan = report.savings?.plan.filter((step) => step.savedBytes > 0) ?? []
  if (report.savings === undefined || report.totals.keys === 0) return
  page.title('SAVINGS')
  if (plan.length === 0) {
    page.paragraph('No change was found that is worth its effort. All techniques: rdblens simulate')
    return
  }
  page.table(
    [
      { title: '', cell: (step) => `${plan.indexOf(step) + 1}`, align: 'right' },
      { title: '', cell: (step) => shownText(step.title), flexible: true },
      { title: 'frees', cell: (step) => formatBytes(step.savedBytes), align: 'right' },
      ...(plan.some((step) => plusMinus(step) !== '')
        ? [{ title: '95 %', cell: plusMinus, align: 'right' as const }]
        : []),
      { title: 'of', cell: (step) => formatShare(step.savedRatio), align: 'right' },
      { title: 'effort', cell: (step) => step.effort },
      { title: 'breaks', cell: (step) => shownText(step.breaks[0] ?? '-'), fromWidth: 100 },
    ],
    plan,
  )
  const after = report.savings.before.usedMemoryBytes - sumOf(plan, (step) => step.savedBytes)
  page.paragraph(`${formatBytes(after)} remain after all of them; more: rdblens simulate`, 4)
  for (const note of report.savings.planSummary?.notes ?? []) page.paragraph(shownText(note), 4, 4, 'dim')
}

/** What may hurt, each with the numbers behind it. */
export function writeRisks(page: Page, report: AnalysisReport): void {
  const points: string[] = []
  for (const leak of report.ttl.leaks.slice(0, MAX_LEAKS)) {
    points.push(
      `${visibleName(shownText(leak.pattern))}: ${formatShare(leak.expiringShare)} expire, ${plural(leak.withoutTtl, 'key')} ` +
        `(${formatBytes(leak.withoutTtlRamBytes)}) never ${leak.withoutTtl === 1 ? 'does' : 'do'}`,
    )
  }
  for (const key of report.bigKeys.filter((big) => big.reasons.length > 0).slice(0, MAX_BIG_KEYS)) {
    const blocks = key.deleteMs >= 1 ? `; DEL blocks about ${formatDuration(key.deleteMs)}` : ''
    const why = shownText(key.reasons.join(', '))
    const name = `${fileInFront(report, key.file)}${visibleName(shownKey(key))}`
    points.push(`${name}: ${key.type}, ${formatBytes(key.ramBytes)}; ${why}${blocks}`)
  }
  const stampede = report.ttl.stampedes.find((row) => row.unit === 'minute' && row.share >= 0.01 && row.keys >= 1000)
  if (stampede !== undefined) {
    points.push(`${plural(stampede.keys, 'key')} expire within the minute ${formatTime(stampede.startMs)}`)
  }
  if (report.ttl.expired.keys > 0) {
    const { keys, ramBytes } = report.ttl.expired
    points.push(
      `${plural(keys, 'key')} (${formatBytes(ramBytes)}) had expired at the time of the dump and still took memory`,
    )
  }
  points.push(...skewSentences(report, (name) => visibleName(shownText(name))))
  if (points.length === 0) return
  page.title('RISKS')
  for (const point of points) page.point('!', point, 'red')
}

/** What the reader of the dump has to say. */
export function writeWarnings(page: Page, report: AnalysisReport): void {
  if (report.warnings.length === 0) return
  page.title('WARNINGS')
  const shown = report.warnings.slice(0, page.top)
  for (const warning of shown) {
    page.point('!', `${fileInFront(report, warning.file)}${shownText(warning.message)}`, 'yellow')
  }
  const left = report.warnings.length - shown.length
  if (left > 0) page.paragraph(`and ${plural(left, 'more warning')}`, 4)
}

/** Which of several inputs something is said of; nothing where there is one. */
function fileInFront({ provenance }: AnalysisReport, file: number | null): string {
  const path = file === null || provenance.files.length < 2 ? undefined : provenance.files[file]?.path
  return path === undefined ? '' : `${shownText(path)}: `
}

/** On a terminal a wrong checksum must not be overlooked. */
function checksumWords(file: ProvenanceFile): string {
  const words = CHECKSUM_WORDS[file.checksum]
  return file.checksum === 'wrong' ? words.toUpperCase() : words
}
