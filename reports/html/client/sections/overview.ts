import { shownText } from '../../../escape.js'
import { formatTime } from '../../../format.js'
import type { AnalysisReport, ProvenanceFile } from '../../../report.js'
import { CHECKSUM_WORDS, keepUnits } from '../../../wording.js'
import type { AnalysisPage } from '../../page-data.js'
import { el, paragraph } from '../dom.js'
import { formatBytes, formatCount, percent, plural } from '../units.js'
import { incompleteWords } from './method.js'
import type { Risk } from './risks.js'

const MAX_FILE_LINES = 3

/** `#id` of a section that the page has, or of the one that every page has. */
type LinkTo = (section: string) => string

/** What stands under the sentence: where it comes from, four tiles, what was not understood. */
export function overview(
  { report, cutTo }: AnalysisPage,
  risks: readonly Risk[],
  sections: readonly HTMLElement[],
): readonly HTMLElement[] {
  const linkTo: LinkTo = (section) => (sections.some(({ id }) => id === section) ? `#${section}` : '#method')
  return [provenanceLines(report), tiles(report, risks, linkTo), ...notes(report, cutTo)]
}

function provenanceLines(report: AnalysisReport): HTMLElement {
  const { files, target, estimated } = report.provenance
  const box = el('div', { class: 'provenance' })
  for (const file of files.slice(0, MAX_FILE_LINES)) box.append(paragraph(fileLine(file, files.length > 1)))
  if (files.length > MAX_FILE_LINES) {
    box.append(paragraph(`and ${plural(files.length - MAX_FILE_LINES, 'more file')}`))
  }
  const estimate = estimated ? '; an estimate' : ''
  box.append(paragraph(`Memory as ${shownText(target.title)} holds it after loading${estimate}.`))
  return box
}

function fileLine(file: ProvenanceFile, named: boolean): string {
  return [
    ...(named ? [shownText(file.path)] : []),
    `${shownText(file.server)} (${shownText(file.magic === 'VALKEY' ? 'VALKEY' : 'RDB')} ${file.rdbVersion})`,
    ...(file.container === 'rdb' ? [] : [shownText(file.container)]),
    ...(file.dumpTimeMs === null ? [] : [`taken ${formatTime(file.dumpTimeMs)}`]),
    ...(file.bytes === null ? [] : [formatBytes(file.bytes)]),
    CHECKSUM_WORDS[file.checksum],
    ...(file.complete ? [] : ['incomplete']),
  ].join(' · ')
}

function tiles(report: AnalysisReport, risks: readonly Risk[], linkTo: LinkTo): HTMLElement {
  const { totals } = report
  return el(
    'div',
    { class: 'tiles' },
    tile(
      'memory',
      formatBytes(totals.ramBytes + totals.overheadBytes),
      `${formatBytes(totals.ramBytes)} keys, ${formatBytes(totals.overheadBytes)} tables`,
      linkTo('accounting'),
    ),
    tile(
      'keys',
      formatCount(totals.keys),
      totals.keys === 0 ? '' : `${percent(totals.keys - totals.expiringKeys, totals.keys)} never expire`,
      linkTo('patterns'),
    ),
    freeTile(report, linkTo),
    tile(
      'risks',
      formatCount(risks.length),
      risks.length === 0 ? 'none found' : kindsText(risks),
      linkTo('risks'),
      risks.length > 0,
    ),
  )
}

/** What could go: the plan when there is one, else what is known without it. */
function freeTile(report: AnalysisReport, linkTo: LinkTo): HTMLElement {
  const { savings, ttl, reconciliation, totals } = report
  const all = totals.ramBytes + totals.overheadBytes
  if (savings !== undefined) {
    const steps = savings.plan.filter((step) => step.savedBytes > 0)
    const saved = steps.reduce((sum, step) => sum + step.savedBytes, 0)
    const what = `${percent(saved, savings.before.usedMemoryBytes)} by ${plural(steps.length, 'change')}`
    return tile('could be freed', formatBytes(saved), what, linkTo('savings'))
  }
  if (ttl.expired.keys > 0) {
    const what = `${plural(ttl.expired.keys, 'key')}, ${percent(ttl.expired.ramBytes, totals.ramBytes)}`
    return tile('expired, still stored', formatBytes(ttl.expired.ramBytes), what, linkTo('time'))
  }
  const rounding = reconciliation.find((row) => row.id === 'rounding')
  if (rounding !== undefined) {
    return tile(
      'lost to rounding',
      formatBytes(rounding.bytes),
      `${percent(rounding.bytes, all)} of the keys' memory`,
      linkTo('accounting'),
    )
  }
  const overhead = Math.max(0, all - totals.payloadBytes)
  return tile('beside the payload', formatBytes(overhead), `${percent(overhead, all)} of the memory`, linkTo('types'))
}

function kindsText(risks: readonly Risk[]): string {
  const counts = new Map<string, number>()
  for (const { kind } of risks) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => plural(count, kind)).join(', ')
}

export function tile(label: string, value: string, remark: string, href: string, alert = false): HTMLElement {
  return el(
    'a',
    { class: alert ? 'tile alert' : 'tile', href },
    el('span', { class: 'label' }, label),
    el('span', { class: 'value' }, value),
    el('span', { class: 'remark' }, keepUnits(remark)),
  )
}

function notes(report: AnalysisReport, cutTo: number | null): readonly HTMLElement[] {
  const { files } = report.provenance
  const said = (file: number | null, message: string): string => {
    const about = file === null || files.length < 2 ? undefined : files[file]
    return `${about === undefined ? '' : `${shownText(about.path)}: `}${shownText(message)}`
  }
  const lines = [
    ...files.flatMap(({ complete }, file) => (complete ? [] : [`${said(file, incompleteWords(report, file))}.`])),
    ...report.warnings.map(({ file, message }) => said(file, message)),
  ]
  if (cutTo !== null) {
    lines.push(`The tables hold the first ${plural(cutTo, 'row')} so that the page stays small; --format json has all.`)
  }
  if (lines.length === 0) return []
  const list = el('ul', {}, ...lines.slice(0, 20).map((line) => el('li', {}, line)))
  if (lines.length > 20) list.append(el('li', {}, `and ${plural(lines.length - 20, 'more warning')}`))
  return [el('div', { class: 'note', attributes: { role: 'note' } }, list)]
}
