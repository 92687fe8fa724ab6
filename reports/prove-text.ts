import { shownText } from './escape.js'
import { formatBytes, formatCount, plural } from './format.js'
import type { ProvedTechnique, ProveReport } from './prove-report.js'
import { type Column, tableLines } from './text/table.js'
import { wrap } from './width.js'

/** From here on figures are shown in KiB, so that they fit. */
const LARGE_BYTES = 1e8

/** Predicted and measured, side by side, on the terminal. */
export function* proveText(report: ProveReport, width = 80): Generator<string> {
  const { server, dump, before, techniques } = report
  yield* wrapped(
    `measured on ${server.name}-server ${server.version} (${shownText(server.allocator)}), predicted for ${report.target}`,
    width,
  )
  if (report.note !== null) yield* wrapped(`(${report.note})`, width)
  if (dump.reason !== null) {
    yield* wrapped(
      `${shownText(dump.file)} was loaded as commands, as ${shownText(dump.reason)}; predicted from the dump that the server made of them`,
      width,
    )
  }
  if (dump.expiredKeys > 0) {
    yield* wrapped(
      `${plural(dump.expiredKeys, 'key')} whose time is over by now (or within the hour) count on both sides: the server kept them`,
      width,
    )
  }
  const rows: readonly Row[] = [
    asRow(before),
    ...techniques.map((technique) => ({ ...technique, id: isSequence(technique) ? '(in sequence)' : technique.id })),
  ]
  for (const sequence of techniques.filter(isSequence)) yield* wrapped(`in sequence: ${sequence.id}`, width)
  const unit = before.measuredBytes >= LARGE_BYTES ? { bytes: 1024, name: 'KiB' } : { bytes: 1, name: 'bytes' }
  const figure = (bytes: number | undefined): string =>
    bytes === undefined ? '-' : formatCount(Math.round(bytes / unit.bytes))
  yield '\n'
  yield* wrapped(
    `${unit.name} of used_memory above the empty server, and what each technique saves: as predicted (saves) and as measured (saved)`,
    width,
  )
  yield '\n'
  for (const line of tableLines(columns(figure), rows, width)) yield `${line.trimEnd()}\n`
  yield '\n'
  yield* verdict(report, width)
  if (before.memoryUsage.keys > 0) yield* usage(before, width)
  yield* chance(techniques, width)
  for (const note of report.notes) yield* wrapped(shownText(note), width)
  yield* notProvable(report, width)
}

/** Below this nobody asks for the reason. */
const CHANCE_BYTES = 4096

/**
 * Exact techniques that agree, but not to the byte, although the model does on the data that came out: hashes and sets
 * that become tables while they are loaded take more or less by the order of their fields.
 */
function* chance(techniques: readonly ProvedTechnique[], width: number): Generator<string> {
  const distance = ({ predicted, modelledAfterBytes }: ProvedTechnique): number =>
    Math.abs(predicted.afterBytes - (modelledAfterBytes ?? predicted.afterBytes))
  const some = techniques.filter(({ certainty, verdict, measured, modelledAfterBytes, ...rest }) => {
    if (certainty !== 'exact' || verdict !== 'agrees' || measured === null || modelledAfterBytes === null) return false
    const apart = distance({ certainty, verdict, measured, modelledAfterBytes, ...rest })
    return apart > CHANCE_BYTES && Math.abs(modelledAfterBytes - measured.afterBytes) < apart / 4
  })
  if (some.length === 0) return
  const most = formatBytes(Math.max(...some.map(distance)))
  const ids = some.map(({ id }) => id).join(', ')
  yield* wrapped(
    `up to ${most} of the difference are chance, the order in which the server wrote fields: ${ids}`,
    width,
  )
}

function* usage({ keys, memoryUsage }: ProveReport['before'], width: number): Generator<string> {
  const part = memoryUsage.keys === keys ? 'all keys' : `${plural(memoryUsage.keys, 'key')} of them, by checksum`
  const off = percent(memoryUsage.predictedBytes / memoryUsage.measuredBytes - 1)
  yield* wrapped(
    `MEMORY USAGE of ${part} before: ${formatBytes(memoryUsage.measuredBytes)}, predicted ${off} off`,
    width,
  )
}

/** The same for programs. */
export function* proveJson(report: ProveReport): Generator<string> {
  yield `${JSON.stringify(report, null, 2)}\n`
}

function isSequence({ id }: ProvedTechnique): boolean {
  return id.includes(' + ')
}

type Row = Pick<ProvedTechnique, 'id' | 'errorRatio' | 'verdict'> & {
  readonly predicted: Partial<ProvedTechnique['predicted']>
  readonly measured: Partial<NonNullable<ProvedTechnique['measured']>> | null
}

/** The data before stand in the first line of the table. */
function asRow({ predictedBytes, measuredBytes }: ProveReport['before']): Row {
  return {
    id: '(as it is)',
    predicted: { afterBytes: predictedBytes },
    measured: { afterBytes: measuredBytes },
    errorRatio: predictedBytes / measuredBytes - 1,
    verdict: 'agrees',
  }
}

function columns(figure: (bytes: number | undefined) => string): readonly Column<Row>[] {
  return [
    { title: 'technique', cell: ({ id }) => id, flexible: true },
    { title: 'predicted', cell: ({ predicted }) => figure(predicted.afterBytes), align: 'right' },
    { title: 'measured', cell: ({ measured }) => figure(measured?.afterBytes), align: 'right' },
    { title: 'saves', cell: ({ predicted }) => figure(predicted.savedBytes), align: 'right' },
    { title: 'saved', cell: ({ measured }) => figure(measured?.savedBytes), align: 'right' },
    { title: 'off', cell: ({ errorRatio }) => (errorRatio === null ? '-' : percent(errorRatio)), align: 'right' },
    { title: '', cell: (row) => (row.verdict === 'agrees' ? 'ok' : row.verdict === 'failed' ? 'failed' : 'OFF') },
  ]
}

function* verdict({ techniques }: ProveReport, width: number): Generator<string> {
  const agreeing = techniques.filter((technique) => technique.verdict === 'agrees')
  if (techniques.length > 0) {
    yield* wrapped(
      `${agreeing.length} of ${plural(techniques.length, 'prediction')} agree${techniques.length === 1 ? 's' : ''} with the server (within ${tolerances(techniques)} of the memory after)`,
      width,
    )
  }
  for (const { id, verdict, reason } of techniques) {
    if (verdict !== 'agrees') yield* wrapped(`${id}: ${shownText(reason ?? verdict)}`, width)
  }
}

/** `0.5 % where sizes are exact, 2 % where they are sampled or modelled` */
function tolerances(techniques: readonly ProvedTechnique[]): string {
  const exact = techniques.filter(({ certainty }) => certainty === 'exact')
  const others = techniques.filter(({ certainty }) => certainty !== 'exact')
  const share = ([first]: readonly ProvedTechnique[]): string => `${(first!.toleranceRatio * 100).toFixed(1)} %`
  if (others.length === 0) return share(exact)
  if (exact.length === 0) return share(others)
  return `${share(exact)} where sizes are exact, ${share(others)} where they are sampled or modelled`
}

function* notProvable({ notProvable }: ProveReport, width: number): Generator<string> {
  const byReason = new Map<string, string[]>()
  for (const { id, reason } of notProvable) byReason.set(reason, [...(byReason.get(reason) ?? []), id])
  if (byReason.size > 0) yield '\n'
  for (const [reason, ids] of byReason) yield* wrapped(`not proved, ${shownText(reason)}: ${ids.join(', ')}`, width)
}

/** `-0.02 %`; a difference that would show as nothing has no sign. */
function percent(ratio: number): string {
  const text = (ratio * 100).toFixed(2)
  return `${/^-?0\.00$/.test(text) ? '0.00' : text} %`
}

function* wrapped(text: string, columns: number, indent = 2): Generator<string> {
  let head = ' '.repeat(indent)
  for (const line of wrap(text, columns - indent - 2)) {
    yield `${head}${line}\n`
    head = ' '.repeat(indent + 2)
  }
}
