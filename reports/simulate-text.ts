import { shownText } from './escape.js'
import { formatBytes, formatCount, formatShare, plural } from './format.js'
import type { TechniqueResult } from './report.js'
import type { SimulateReport } from './simulate-report.js'
import { type Column, tableLines } from './text/table.js'
import { cutMiddle, wrap } from './width.js'

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

/** What the techniques would save, most first, on the terminal. */
export function* simulateText(report: SimulateReport, options: SimulateTextOptions = {}): Generator<string> {
  const width = options.width ?? 80
  const { before } = report
  yield* wrapped(`on ${report.target}`, width)
  if (report.note !== null) yield* wrapped(`(${report.note})`, width)
  yield* wrapped(
    `${plural(before.keys, 'key')} take ${formatBytes(before.usedMemoryBytes)}; what each technique alone would make of that:`,
    width,
  )
  const changing = report.techniques.filter(isWorthALine)
  yield '\n'
  if (changing.length === 0) yield '  No technique changes anything here.\n'
  else for (const line of tableLines(COLUMNS, changing, width)) yield `${line.trimEnd()}\n`
  if (changing.some(({ savedBytes }) => savedBytes < 0))
    yield* wrapped('A minus is a loss: it would cost memory.', width)
  const saving = changing.filter(({ savedBytes }) => savedBytes > 0)
  for (const technique of options.details === true ? changing : saving.slice(0, DETAILED)) {
    yield '\n'
    yield* details(technique, width)
  }
  yield* others(report, width)
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

/** `name=value` of parameters and of what was chosen for a group. */
function setting([name, value]: readonly [string, unknown]): string {
  return `${name}=${shownText(Array.isArray(value) ? value.join(', ') : String(value))}`
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

function signed(bytes: number): string {
  return bytes < 0 ? `-${formatBytes(-bytes)}` : formatBytes(bytes)
}

function signedShare(share: number): string {
  return share < 0 ? `-${formatShare(-share)}` : formatShare(share)
}

/** Text in lines of at most `columns`, further lines indented by two more. */
function* wrapped(text: string, columns: number, indent = 2): Generator<string> {
  let head = ' '.repeat(indent)
  for (const line of wrap(text, columns - indent - 2)) {
    yield `${head}${line}\n`
    head = ' '.repeat(indent + 2)
  }
}
