import { shownText } from '../escape.js'
import { formatBytes, formatCount, plural } from '../format.js'
import type { PlanStep, PlanSummary, SavingsReport } from '../report.js'
import { type Column, tableLines } from '../text/table.js'
import { cutMiddle } from '../width.js'
import { plusMinus, setting, signed, signedShare, wrapped } from './lines.js'

/** Groups of a step that are told. */
const GROUPS_SHOWN = 3
const GIB = 2 ** 30

/** Parameters that say how a step was chosen, not what is to be done. */
const NOT_TO_DO: ReadonlySet<string> = new Set(['current', 'elbow', 'redisConf'])

/** The steps of a plan: first what they free, then what to do for each. */
export function* planText({ plan, planSummary }: SavingsReport, width: number): Generator<string> {
  if (planSummary === undefined) return
  yield* wrapped(planSentence(planSummary, plan.length), width)
  for (const line of moneyLines(planSummary)) yield* wrapped(line, width)
  for (const note of planSummary.notes) yield* wrapped(`(${shownText(note)})`, width)
  if (plan.length > 0) {
    yield '\n'
    const rows = plan.map((step, index) => ({ ...step, number: index + 1 }))
    for (const line of tableLines(COLUMNS, rows, width)) yield `${line.trimEnd()}\n`
    yield* wrapped('frees: behind the steps above it, on the keys it gets here; alone: on the data as it is.', width)
  }
  for (const [index, step] of plan.entries()) {
    yield '\n'
    yield* stepText(step, index + 1, width)
  }
  yield* concessions(planSummary, width)
}

/** The answer in one sentence. */
function planSentence({ kind, before, after, savedBytes, savedRatio, interval95 }: PlanSummary, steps: number): string {
  if (steps === 0)
    return kind === 'sequence' ? 'Nothing is left of the sequence.' : 'No plan: nothing here is worth a change.'
  const from = formatBytes(before.usedMemoryBytes)
  const to = formatBytes(after.usedMemoryBytes)
  const what = kind === 'sequence' ? 'These techniques, one behind the other,' : `The plan, ${plural(steps, 'step')},`
  const s = kind === 'sequence' ? '' : 's'
  const does = savedBytes < 0 ? `cost${s} ${formatBytes(-savedBytes)}` : `free${s} ${formatBytes(savedBytes)}`
  const off = interval95 === null ? '' : `, ${plusMinus({ interval95 })}`
  return `${what} ${does} (${signedShare(savedRatio)}${off}): ${from} become ${to}, ${formatCount(before.keys)} keys ${formatCount(after.keys)}.`
}

function moneyLines({ before, after, savedPerMonth }: PlanSummary): readonly string[] {
  const lines: string[] = []
  if (before.maxmemoryBytes > GIB / 4) {
    const size = (bytes: number): string => `${bytes / GIB} GiB`
    lines.push(
      after.maxmemoryBytes < before.maxmemoryBytes
        ? `With a quarter kept free, maxmemory ${size(after.maxmemoryBytes)} is enough instead of ${size(before.maxmemoryBytes)}.`
        : `It still takes maxmemory ${size(after.maxmemoryBytes)}, with a quarter kept free.`,
    )
  }
  if (savedPerMonth !== null) {
    lines.push(
      `At this price the memory costs ${after.pricePerMonth!.toFixed(2)} a month instead of ${before.pricePerMonth!.toFixed(2)}: ${savedPerMonth.toFixed(2)} less.`,
    )
  }
  return lines
}

const COLUMNS: readonly Column<PlanStep & { readonly number: number }>[] = [
  { title: '', cell: ({ number }) => String(number), align: 'right' },
  { title: 'step', cell: ({ id }) => id, flexible: true },
  { title: 'frees', cell: ({ savedBytes }) => signed(savedBytes), align: 'right' },
  { title: 'of', cell: ({ savedRatio }) => signedShare(savedRatio), align: 'right' },
  { title: 'alone', cell: ({ savedAloneBytes }) => signed(savedAloneBytes), align: 'right' },
  { title: 'left', cell: ({ usedMemoryAfter }) => formatBytes(usedMemoryAfter), align: 'right' },
  { title: 'effort', cell: ({ effort }) => effort },
  { title: 'sizes', cell: ({ certainty }) => certainty, optional: true },
]

function* stepText(step: PlanStep, number: number, width: number): Generator<string> {
  yield* wrapped(`${number}. ${step.id}: ${step.title}`, width)
  for (const group of step.groups.slice(0, GROUPS_SHOWN)) yield* groupText(group, width)
  const left = step.groups.length - GROUPS_SHOWN
  if (left > 0) yield `     and ${plural(left, 'more group')} (--format json has them)\n`
  if (plusMinus(step) !== '') {
    const [low, high] = step.interval95!
    yield* wrapped(`with 95 % confidence ${signed(low)} to ${signed(high)}`, width, 5)
  }
  const chosen = Object.entries(step.parameters).filter(([name, value]) => !NOT_TO_DO.has(name) && isShown(value))
  if (chosen.length > 0) yield* wrapped(`with ${chosen.map(setting).join(' ')}`, width, 5)
  // The first one may be about the figures of the step; the others stand in --technique, --format md and json.
  const about = step.assumptions.slice(0, 1).filter((line) => line.includes('tables of keys'))
  for (const line of about) yield* wrapped(shownText(line), width, 5)
  for (const line of step.steps) yield* wrapped(`do: ${shownText(line)}`, width, 5)
  for (const line of step.breaks) yield* wrapped(`breaks: ${shownText(line)}`, width, 5)
  // What it costs in time comes last.
  const time = step.assumptions.at(-1)
  if (time !== undefined) yield* wrapped(`time: ${shownText(time)}`, width, 5)
  yield* wrapped(`verify: ${step.verify[0] ?? ''}`, width, 5)
  yield* wrapped(`back: ${step.rollback.join('; ')}`, width, 5)
}

function* groupText(group: PlanStep['groups'][number], width: number): Generator<string> {
  const before = formatBytes(Number(group.ramBytesBefore))
  const numbers = `  ${signed(Number(group.savedBytes))} of ${before} in ${plural(Number(group.keys), 'key')}`
  const pattern = cutMiddle(shownText(String(group.pattern)), Math.max(12, width - 7 - numbers.length))
  yield `     ${pattern}${numbers}\n`
  const more = Object.entries(group).filter(([name, value]) => !FIGURES.has(name) && isShown(value))
  if (more.length > 0) yield* wrapped(more.map(setting).join(' '), width, 7)
}

const FIGURES: ReadonlySet<string> = new Set([
  ...['db', 'pattern', 'type', 'keys', 'keysAfter', 'ramBytesBefore', 'ramBytesAfter', 'savedBytes', 'encoding'],
])

function isShown(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => typeof item === 'string')
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
}

function* concessions({ concessions: some }: PlanSummary, width: number): Generator<string> {
  if (some.length === 0) return
  yield '\n'
  yield* wrapped('not in the plan, as something is lost; if you can live with that (--allow-lossy):', width)
  for (const { id, savedAloneBytes, concession } of some) {
    yield* wrapped(`${id}  ${formatBytes(savedAloneBytes)} alone. ${concession}`, width, 4)
  }
}
