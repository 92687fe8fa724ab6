import { shownText } from '../escape.js'
import { formatBytes, formatCount, plural } from '../format.js'
import type { TechniqueResult } from '../report.js'
import type { SimulateReport } from '../simulate-report.js'
import { type Column, tableLines } from '../text/table.js'
import { cutMiddle } from '../width.js'
import { plusMinus, setting, signed, signedShare, wrapped } from './lines.js'
import { planText } from './plan-text.js'

/** Techniques that are told in detail. */
const DETAILED = 5
const GROUPS_SHOWN = 5
/** A change of less than this share, up or down, is nothing to talk about. */
const NOTHING_SHARE = 0.001

/** What every group has; the rest is what the technique chose for it. */
const GROUP_FIGURES: ReadonlySet<string> = new Set([
  'file',
  'db',
  'pattern',
  'type',
  'encoding',
  'keys',
  'keysAfter',
  'ramBytesBefore',
  'ramBytesAfter',
  'savedBytes',
])

export interface SimulateTextOptions {
  /** Every line fits; default 80. */
  readonly width?: number
  /** All techniques in detail: some were asked for by name. */
  readonly details?: boolean
}

/** What the techniques would save, together as a plan and each alone, on the terminal. */
export function* simulateText(report: SimulateReport, options: SimulateTextOptions = {}): Generator<string> {
  const width = options.width ?? 80
  const { before, plan, planSummary } = report
  const isDetailed = options.details === true
  // Of a single technique that was asked for, the plan would say the same again.
  const isPlanned = planSummary !== undefined && (planSummary.kind === 'sequence' || !isDetailed || plan.length > 1)
  yield* wrapped(`on ${report.target}`, width)
  if (report.note !== null) yield* wrapped(`(${report.note})`, width)
  yield* wrapped(`${plural(before.keys, 'key')} take ${formatBytes(before.usedMemoryBytes)}.`, width)
  if (isPlanned) yield* planText(report, width)
  const changing = report.techniques.filter(isWorthALine)
  yield '\n'
  if (changing.length === 0) yield '  No technique changes anything here.\n'
  else {
    yield* wrapped('Each technique alone; they overlap, so that nothing here can be added up:', width)
    yield '\n'
    const isSampled = changing.some((row) => plusMinus(row) !== '')
    const columns = isSampled ? COLUMNS : COLUMNS.slice(0, -1)
    for (const line of tableLines(columns, changing, width)) yield `${line.trimEnd()}\n`
  }
  if (changing.some(({ savedBytes }) => savedBytes < 0))
    yield* wrapped('A minus is a loss: it would cost memory.', width)
  // What is in the plan has been told.
  const untold = isPlanned ? changing.filter(({ id }) => !plan.some((step) => step.id === id)) : changing
  const saving = untold.filter(({ savedBytes }) => savedBytes > 0)
  for (const technique of isDetailed ? untold : isPlanned ? [] : saving.slice(0, DETAILED)) {
    yield '\n'
    yield* details(technique, width)
  }
  yield* others(report, width)
  if (isPlanned && !isDetailed && saving.length > 0)
    yield* wrapped(`more about one of them: --technique ${saving[0]!.id}`, width)
}

/** The same for programs. */
export function* simulateJson(report: SimulateReport): Generator<string> {
  yield `${JSON.stringify(report, null, 2)}\n`
}

const COLUMNS: readonly Column<TechniqueResult>[] = [
  { title: 'technique', cell: ({ id }) => id, flexible: true },
  { title: 'saves', cell: ({ savedBytes }) => signed(savedBytes), align: 'right' },
  { title: 'share', cell: ({ savedRatio }) => signedShare(savedRatio), align: 'right' },
  { title: 'keys', cell: ({ keys }) => formatCount(keys), align: 'right' },
  { title: 'effort', cell: ({ effort }) => effort },
  { title: 'sizes', cell: ({ certainty }) => certainty },
  { title: '95 %', cell: plusMinus, align: 'right', optional: true },
]

function isWorthALine({ status, savedRatio }: TechniqueResult): boolean {
  return status === 'applies' && Math.abs(savedRatio) >= NOTHING_SHARE
}

function* details(technique: TechniqueResult, width: number): Generator<string> {
  const { id, title, groups } = technique
  yield* wrapped(`${id}: ${title}`, width)
  for (const group of groups.slice(0, GROUPS_SHOWN)) {
    const savedBytes = Number(group.savedBytes)
    const numbers = `  ${signed(savedBytes)} of ${formatBytes(Number(group.ramBytesBefore))} in ${plural(Number(group.keys), 'key')}`
    const pattern = cutMiddle(shownText(String(group.pattern)), Math.max(12, width - 6 - numbers.length))
    yield `    ${pattern}${numbers}\n`
    const more = Object.entries(group).filter(([name, value]) => !GROUP_FIGURES.has(name) && isShown(value))
    if (more.length > 0) {
      const text = more.map(setting).join(' ')
      yield* wrapped(text, width, 6)
    }
  }
  const left = groups.length - GROUPS_SHOWN
  if (left > 0) yield `    and ${plural(left, 'more group')} (--format json has them)\n`
  const chosen = Object.entries(technique.parameters).filter(([, value]) => isShown(value))
  if (chosen.length > 0) {
    yield* wrapped(`with ${chosen.map(setting).join(' ')}`, width, 4)
  }
  for (const line of technique.assumptions) yield* wrapped(shownText(line), width, 4)
  for (const line of technique.breaks) yield* wrapped(`breaks: ${line}`, width, 4)
  for (const [index, line] of technique.steps.entries()) yield* wrapped(`${index + 1}. ${shownText(line)}`, width, 4)
  yield* wrapped(`verify: ${technique.verify.join('; ')}`, width, 4)
  yield* wrapped(`back: ${technique.rollback.join(' ')}`, width, 4)
}

/** Curves and the like are for programs. */
function isShown(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => typeof item === 'string')
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
}

function* others(report: SimulateReport, width: number): Generator<string> {
  const rest = report.techniques.filter((technique) => !isWorthALine(technique))
  const failed = rest.filter(({ status }) => status === 'error')
  const elsewhere = rest.filter(({ status }) => status === 'not-on-this-target')
  const useless = rest.filter(({ status }) => status === 'applies' || status === 'nothing-to-do')
  if (rest.length > 0) yield '\n'
  if (useless.length > 0) yield* wrapped(`would not help here: ${useless.map(({ id }) => id).join(', ')}`, width)
  for (const { id, assumptions } of elsewhere) {
    yield* wrapped(`not on this target: ${id} (${shownText(assumptions[0] ?? '')})`, width)
  }
  for (const { id, assumptions } of failed) yield* wrapped(`failed: ${id}: ${shownText(assumptions[0] ?? '')}`, width)
}
