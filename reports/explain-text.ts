import { shownKey, shownText } from './escape.js'
import type { ExplainReport } from './explain-report.js'
import { formatBytes, formatCount, formatTime, plural } from './format.js'
import { safeJson } from './json.js'
import { cutMiddle, displayWidth, padEnd, padStart, wrap } from './width.js'

const NUMBER_COLUMN = 13
/** Columns below which the numbers stand as close as they can. */
const NARROW = 70
const LARGEST_SHOWN = 5

/** One key on the terminal. Every line fits `columns`. */
export function* explainText(report: ExplainReport, columns = 80): Generator<string> {
  const head = `  ${report.type}  ${report.encoding}  db ${report.db}`
  yield `${cutMiddle(shownKey(report), Math.max(20, columns - head.length))}${head}\n`
  yield* wrapped(`on ${report.target}`, columns)
  if (report.note !== null) yield* wrapped(`(${report.note})`, columns)
  yield* wrapped(`because ${report.because}`, columns)
  for (const { limit, unit, allowed, actual, left } of report.limits) {
    const distance = left >= 0 ? `${formatCount(left)} ${unit} left` : `${formatCount(-left)} ${unit} over`
    yield* wrapped(`${limit}: ${formatCount(actual)} of ${formatCount(allowed)} ${unit}, ${distance}`, columns)
  }
  yield '\n'
  yield* table(report, columns)
  yield '\n'
  yield* facts(report, columns)
  yield* largest(report, columns)
}

/** The same for programs. */
export function* explainJson(report: ExplainReport): Generator<string> {
  yield `${safeJson(report, 2)}\n`
}

function* table(report: ExplainReport, columns: number): Generator<string> {
  const sign = report.estimated ? '~' : ''
  const rows: readonly (readonly [name: string, cells: readonly string[]])[] = [
    ['allocation', ['asked', 'given', 'count', 'total']],
    ...report.allocations.map(({ what, count, requestedBytes, givenBytes }): [string, string[]] => [
      what,
      [each(requestedBytes, count), each(givenBytes, count), formatCount(count), formatBytes(givenBytes)],
    ]),
    ['', ['', '', '', `= ${sign}${formatBytes(report.ramBytes)}`]],
  ]
  const widths = [0, 1, 2, 3].map((column) =>
    columns >= NARROW ? NUMBER_COLUMN : 2 + Math.max(...rows.map(([, cells]) => displayWidth(cells[column]!))),
  )
  const nameWidth = Math.max(8, columns - 2 - widths.reduce((sum, width) => sum + width, 0))
  for (const [name, cells] of rows) {
    const numbers = cells.map((cell, column) => padStart(cell, widths[column]!)).join('')
    yield `  ${padEnd(cutMiddle(name, nameWidth), nameWidth)}${numbers}\n`
  }
}

/** Bytes of one block: exact where all are alike, else the mean. */
function each(bytes: number, count: number): string {
  if (count <= 0) return formatCount(bytes)
  const mean = bytes / count
  return Number.isInteger(mean) ? formatCount(mean) : `~${mean.toFixed(1)}`
}

function* facts(report: ExplainReport, columns: number): Generator<string> {
  const { parts } = report
  yield* wrapped(
    `${formatCount(report.ramBytes)} bytes: payload ${formatBytes(parts.payloadBytes)}, encoding ${signed(parts.encodingBytes)}, ` +
      `headers ${formatBytes(parts.headerBytes)}, rounding ${formatBytes(parts.roundingBytes)}; ` +
      `and ${formatBytes(report.overheadBytes)} of the tables of the database.`,
    columns,
  )
  if (report.estimated) {
    yield* wrapped('Chance in the server has a say in this size: it is the expected value, not an exact one.', columns)
  }
  if (report.memoryUsageBytes === null) yield* wrapped('This server has no MEMORY USAGE.', columns)
  else {
    const same = report.memoryUsageBytes === report.ramBytes ? ', the same' : ''
    yield* wrapped(`MEMORY USAGE would print ${formatCount(report.memoryUsageBytes)}${same}.`, columns)
    if (report.whyUsageDiffers !== null) yield* wrapped(report.whyUsageDiffers, columns)
  }
  yield* wrapped(`${formatBytes(report.rdbBytes)} in the dump (${report.layout}).`, columns)
  if (report.expiresAtMs !== null) yield* wrapped(`Expires ${formatTime(report.expiresAtMs)}.`, columns)
  if (report.idleSeconds !== null) yield* wrapped(`Not touched for ${plural(report.idleSeconds, 'second')}.`, columns)
  if (report.freq !== null) yield* wrapped(`LFU counter ${report.freq}.`, columns)
  const { free } = report
  yield* wrapped(
    `DEL frees it in the ${where(free.del)}${free.unlink === null ? '' : `, UNLINK in the ${where(free.unlink)}`}:`,
    columns,
  )
  yield* wrapped(`${free.why}.`, columns)
}

function where(thread: 'main thread' | 'background'): string {
  return thread === 'background' ? 'background' : 'main thread'
}

function signed(bytes: number): string {
  return bytes < 0 ? `-${formatBytes(-bytes)}` : formatBytes(bytes)
}

function* largest(report: ExplainReport, columns: number): Generator<string> {
  if (report.largest.length === 0 || report.elements < 2) return
  yield `\n  largest of ${plural(report.elements, 'element')}\n`
  for (const { name, index, bytes } of report.largest.slice(0, LARGEST_SHOWN)) {
    const size = padStart(formatBytes(bytes), NUMBER_COLUMN)
    const place = padStart(`#${formatCount(index)}`, NUMBER_COLUMN)
    const width = columns - 4 - 2 * NUMBER_COLUMN
    yield `    ${padEnd(cutMiddle(shownText(name ?? 'element'), width), width)}${place}${size}\n`
  }
}

/** Text in lines of at most `columns`, indented by two, further lines by four. */
function* wrapped(text: string, columns: number): Generator<string> {
  let indent = '  '
  for (const line of wrap(text, columns - 4)) {
    yield `${indent}${line}\n`
    indent = '    '
  }
}
