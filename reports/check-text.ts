import type { CheckReport, LoadsOnTarget } from './check-report.js'
import { shownText } from './escape.js'
import { formatBytes, formatCount, formatTime, plural } from './format.js'
import { safeJson } from './json.js'
import { cutMiddle, displayWidth, padEnd, padStart, wrap } from './width.js'

const CHECKSUMS: Readonly<Record<CheckReport['checksum']['state'], string>> = {
  ok: 'checksum ok',
  wrong: 'checksum WRONG',
  absent: 'no checksum',
  disabled: 'checksum off',
  unchecked: 'checksum not checked',
}

const MAX_COLUMNS = 120
/** Findings shown; all of them are counted. */
const FINDINGS_SHOWN = 10

/** What `rdblens check` says about one dump, for a terminal of `columns`. */
export function* checkText(report: CheckReport, columns = 80): Generator<string> {
  const width = Math.min(columns, MAX_COLUMNS)
  yield* headline(report, width)
  yield '\n'
  yield* lines(verdict(report), width, '  ')
  if (report.verdict === 'unreadable') return
  const isWhole = report.verdict === 'ok' || report.verdict === 'odd'
  if (isWhole && report.loads.length > 0) yield* lines([`Loads in ${report.loads.join(', ')}.`], width, '  ')
  if (report.target !== null) yield* lines(onTarget(report, report.target), width, '  ')
  if (report.layouts.length > 0) yield* layoutTable(report, width)
  const others = otherFacts(report)
  if (others.length > 0) yield '\nBESIDE THE KEYS\n'
  for (const fact of others) yield* lines([fact], width, '  ', '    ')
  const findings = findingsOf(report)
  if (findings.length > 0) yield '\nFINDINGS\n'
  for (const finding of findings) yield* lines([finding], width, '  ! ', '    ')
}

/** The same for programs. */
export function* checkJson(reports: readonly CheckReport[]): Generator<string> {
  const value = reports.length === 1 ? reports[0] : reports
  yield `${safeJson(value, 2)}\n`
}

/** Facts side by side, three blanks between them, on as many lines as they need. */
function* headline(report: CheckReport, width: number): Generator<string> {
  let line = ''
  for (const part of headlineParts(report)) {
    if (line !== '' && displayWidth(line) + 3 + displayWidth(part) > width) {
      yield `${line}\n`
      line = '  '
    }
    line += line.trim() === '' ? part : `   ${part}`
  }
  yield `${line}\n`
}

function headlineParts(report: CheckReport): readonly string[] {
  const parts = [shownText(report.name)]
  if (report.verdict === 'unreadable') return parts
  const version = report.magic === '' ? `RDB ${report.rdbVersion}` : `${report.magic} RDB ${report.rdbVersion}`
  parts.push(report.server === 'unknown' ? version : `${shownText(report.server)} (RDB ${report.rdbVersion})`)
  if (report.dumpTimeMs !== null) parts.push(`taken ${formatTime(report.dumpTimeMs)}`)
  parts.push(formatBytes(report.inputBytes), CHECKSUMS[report.checksum.state])
  return parts
}

function verdict(report: CheckReport): readonly string[] {
  const read = `${plural(report.keys, 'key')} with ${plural(report.elements, 'element')}`
  switch (report.verdict) {
    case 'ok':
      return [`Good: ${read} read to the end, nothing is wrong.`]
    case 'odd':
      return [`Good, with remarks: ${read} read to the end.`]
    case 'cut':
      return [`CUT SHORT after ${read}.`, ...reason(report)]
    case 'damaged':
      return [
        report.error === null ? `DAMAGED, though the end was reached: ${read}.` : `DAMAGED after ${read}.`,
        ...reason(report),
      ]
    case 'unreadable':
      return [`NOT READABLE: ${shownText(report.error?.message ?? '')}.`, shownText(report.advice)]
  }
}

function onTarget(
  report: CheckReport,
  { title, loads, newestRdbVersion, lacks, needs }: LoadsOnTarget,
): readonly string[] {
  const sentences: string[] = []
  if (loads) sentences.push(`${title} loads it.`)
  else if (newestRdbVersion === null) sentences.push(`${title} does NOT load it: it reads no ${report.magic} files.`)
  else {
    const reads = `it reads RDB versions up to ${newestRdbVersion}, this is ${report.rdbVersion}`
    sentences.push(
      `${title} does NOT load it: ${report.dialect === 'dragonfly' ? 'it is a file of Dragonfly' : reads}.`,
    )
  }
  if (lacks.length > 0) {
    const what = lacks.map((lack) => `${formatCount(lack.count)} ${lack.what}`).join(', ')
    sentences.push(`What it cannot hold: ${what}.`)
  }
  if (!loads) sentences.push(`All else comes in as commands: rdblens export --format resp | redis-cli --pipe.`)
  const modules = needs.map(({ module, keys }) => `${shownText(module)} (${plural(keys, 'key')})`)
  if (modules.length > 0) sentences.push(`It needs the modules ${modules.join(', ')}.`)
  return sentences
}

function reason(report: CheckReport): readonly string[] {
  const reasons: string[] = []
  if (report.error !== null) reasons.push(`${shownText(report.error.message)}.`)
  if (report.checksum.state === 'wrong') {
    const { stored, computed } = report.checksum
    reasons.push(`The checksum says ${stored}, the bytes add up to ${computed}: they were changed after the save.`)
  }
  if (report.damagedKeys > 0) reasons.push(`${plural(report.damagedKeys, 'value')} damaged inside, see below.`)
  return reasons
}

function* layoutTable(report: CheckReport, width: number): Generator<string> {
  const name = Math.max(8, Math.min(28, width - 52))
  yield `\n${padEnd('STORED AS', name + 2)}${padEnd('  type', 8)}${padStart('keys', 14)}${padStart('elements', 16)}${padStart('in file', 12)}\n`
  for (const row of report.layouts) {
    yield `  ${padEnd(cutMiddle(row.layout, name), name)}${padEnd(`  ${row.type}`, 8)}${padStart(formatCount(row.keys), 14)}${padStart(
      formatCount(row.elements),
      16,
    )}${padStart(formatBytes(row.rdbBytes), 12)}\n`
  }
}

function otherFacts(report: CheckReport): readonly string[] {
  const facts: string[] = []
  if (report.databases.length > 1) {
    const shown = report.databases.slice(0, 16).map((row) => `${row.db} (${formatCount(row.keys)})`)
    const more = report.databases.length - shown.length
    facts.push(`databases with keys: ${shown.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`)
  }
  if (report.functions > 0) {
    facts.push(
      `${plural(report.functions, 'function library', 'function libraries')}, ${formatBytes(report.functionBytes)}`,
    )
  }
  for (const module of report.modules) {
    const aux = module.auxRecords > 0 ? `, ${plural(module.auxRecords, 'record')} of its own` : ''
    facts.push(`module ${shownText(module.name)} (encoding ${module.encver}): ${plural(module.keys, 'key')}${aux}`)
  }
  if (report.compression !== null) facts.push(`compressed with ${report.compression}`)
  const { trailing } = report
  if (trailing?.what === 'commands') {
    facts.push(
      `${plural(trailing.commands, 'command')} behind the RDB, not checked further (${formatBytes(trailing.bytes)})`,
    )
  } else if (trailing != null) {
    const what = { zeros: 'zero bytes', 'another-rdb': 'another RDB', unknown: 'unknown bytes' }[trailing.what]
    facts.push(`${what} behind the RDB (${formatBytes(trailing.bytes)})`)
  }
  for (const file of report.increments)
    facts.push(`${shownText(file.name)}: ${plural(file.commands, 'command')} since the base`)
  return facts
}

function findingsOf(report: CheckReport): readonly string[] {
  const findings = [...report.notes.map(shownText)]
  for (const warning of report.warnings.slice(0, FINDINGS_SHOWN)) {
    const place = warning.offset === null ? '' : ` (byte ${warning.offset})`
    findings.push(shownText(warning.message.includes('byte ') ? warning.message : `${warning.message}${place}`))
  }
  const all = Object.values(report.warningCounts).reduce((sum, count) => sum + count, 0)
  const hidden = all - Math.min(report.warnings.length, FINDINGS_SHOWN)
  if (hidden > 0) findings.push(`and ${formatCount(hidden)} more`)
  return findings
}

function* lines(sentences: readonly string[], width: number, first = '', rest = first): Generator<string> {
  for (const sentence of sentences) {
    for (const [index, line] of wrap(sentence, width - rest.length).entries()) {
      yield `${index === 0 ? first : rest}${line}\n`
    }
  }
}
