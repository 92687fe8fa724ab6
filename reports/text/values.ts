import { shownKey, shownText, visibleName } from '../escape.js'
import { formatAverage, formatBytes, formatCount, formatShare, plural, shareOf } from '../format.js'
import type { AnalysisReport, ValueFormatRow, ValueTree } from '../report.js'
import { type FlatPath, flatPaths } from '../value-paths.js'
import { cutMiddle } from '../width.js'
import type { Page } from './page.js'
import { sumOf } from './sums.js'

/** Formats named per pattern, trees and places shown without `--top 0`. */
const FORMATS_PER_PATTERN = 3
const TREES = 3
const PLACES = 6
/** Trees whose names take less than this are not worth a look. */
const WORTH_SHOWING = 0.1

/** What the values are: formats per pattern, duplicates, names against values. */
export function writeValues(page: Page, report: AnalysisReport): void {
  const { values } = report
  if (values === undefined || values.sampledValues === 0) return
  const of = `${plural(values.sampledValues, 'value')} of ${plural(values.sampledKeys, 'key')}`
  page.title('VALUES', `from a sample: ${of}`)
  const patterns = grouped(values.formats)
  // The formats need room, too.
  const nameCells = Math.max(12, Math.floor(page.width * 0.35))
  page.table(
    [
      { title: 'pattern', cell: ([first]) => cutMiddle(visibleName(shownText(first!.pattern)), nameCells) },
      { title: 'type', cell: ([first]) => (first!.type === 'mixed' ? '' : first!.type) },
      { title: 'average', cell: (rows) => formatBytes(averageBytes(rows)), align: 'right' },
      { title: 'what they are, by bytes', cell: formatsOf, flexible: true },
    ],
    patterns.slice(0, page.top),
  )
  writeExamples(page, values.formats)
  writeTrees(page, values.trees)
  writeDuplicates(page, report)
}

function grouped(formats: readonly ValueFormatRow[]): readonly (readonly ValueFormatRow[])[] {
  const groups: ValueFormatRow[][] = []
  for (const row of formats) {
    const last = groups.at(-1)
    const first = last?.[0]
    if (first?.pattern === row.pattern && first.type === row.type) last!.push(row)
    else groups.push([row])
  }
  return groups
}

function averageBytes(rows: readonly ValueFormatRow[]): number {
  return sumOf(rows, (row) => row.averageBytes * row.valueShare)
}

function formatsOf(rows: readonly ValueFormatRow[]): string {
  if (rows.length === 1) return rows[0]!.title
  const shown = rows.slice(0, FORMATS_PER_PATTERN)
  const more = rows.length > shown.length ? ' ...' : ''
  return shown.map((row) => `${row.format} ${Math.round(row.share * 100)} %`).join(', ') + more
}

function writeExamples(page: Page, formats: readonly ValueFormatRow[]): void {
  const shown = formats.filter((row) => (row.examples ?? []).length > 0)
  for (const row of shown.slice(0, page.top)) {
    const examples = row.examples!.map((text) => shownText(text)).join('   ')
    page.paragraph(`${visibleName(shownText(row.pattern))}  ${row.format}:  ${examples}`, 2, 4, 'dim')
  }
}

function writeTrees(page: Page, trees: readonly ValueTree[]): void {
  const all = page.top === Number.POSITIVE_INFINITY
  const worth = all ? trees : trees.filter((tree) => tree.nameShare >= WORTH_SHOWING).slice(0, TREES)
  if (worth.length === 0) return
  page.title('NAMES AGAINST VALUES', 'within hash fields and JSON, from the sample')
  for (const tree of worth) {
    const total = tree.nameBytes + tree.valueBytes + tree.syntaxBytes + tree.blankBytes
    const parts = [
      `names ${formatShare(tree.nameShare)}`,
      `values ${formatShare(shareOf(tree.valueBytes, total))}`,
      ...(tree.syntaxBytes > 0 ? [`signs ${formatShare(shareOf(tree.syntaxBytes, total))}`] : []),
      ...(tree.blankBytes > 0 ? [`blanks ${formatShare(shareOf(tree.blankBytes, total))}`] : []),
    ]
    page.paragraph(`${visibleName(shownText(tree.pattern))}  (${tree.of})  ${parts.join(', ')}`, 2, 4)
    const places = [...flatPaths(tree)].filter((place) => bytesOf(place) > 0)
    places.sort((a, b) => bytesOf(b) - bytesOf(a))
    page.table(
      [
        { title: '', cell: () => ' ' },
        { title: 'place', cell: (place) => shownText(place.path), flexible: true },
        { title: 'kind', cell: (place) => shownText(place.node.kind) },
        { title: 'share', cell: (place) => formatShare(shareOf(bytesOf(place), total)), align: 'right' },
        { title: 'name', cell: (place) => perValue(place, place.nameBytes), align: 'right' },
        { title: 'value', cell: (place) => perValue(place, place.valueBytes), align: 'right' },
        { title: '', cell: remarkOf },
      ],
      all ? places : places.slice(0, PLACES),
    )
  }
}

function bytesOf(place: FlatPath): number {
  return place.nameBytes + place.valueBytes
}

function perValue(place: FlatPath, bytes: number): string {
  return `${formatAverage(shareOf(bytes, place.node.values))} B`
}

/** What makes a place cheap to leave out. */
function remarkOf({ node }: FlatPath): string {
  if (node.values > 1 && node.emptyValues === node.values) return 'always empty'
  if (node.values >= 10 && node.distinctValues === 1) return 'always the same'
  if (node.emptyValues >= node.values / 2) return `${formatShare(shareOf(node.emptyValues, node.values))} empty`
  return ''
}

function writeDuplicates(page: Page, report: AnalysisReport): void {
  const rows = report.values?.duplicates ?? []
  if (rows.length === 0) return
  page.title('DUPLICATE VALUES', 'the same value under several keys')
  page.table(
    [
      { title: 'wasted', cell: (row) => `${row.exact ? '' : '~'}${formatBytes(row.wastedBytes)}`, align: 'right' },
      { title: 'keys', cell: (row) => `${row.exact ? '' : '~'}${formatCount(row.keys)}`, align: 'right' },
      { title: 'value', cell: (row) => formatBytes(row.valueBytes), align: 'right' },
      { title: 'format', cell: (row) => row.format },
      { title: 'for example', cell: (row) => visibleName(shownKey(row.examples[0]!)), flexible: true },
      { title: 'value', cell: (row) => shownText(row.value ?? ''), fromWidth: 120 },
    ],
    rows.slice(0, page.top),
  )
}
