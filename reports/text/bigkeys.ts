import { shownKey, shownText, visibleName } from '../escape.js'
import { bar, formatAverage, formatBytes, formatCount, formatShare, shareOf } from '../format.js'
import type { AnalysisReport, BigKey, KeySizes, Percentiles, SizeBucket } from '../report.js'
import { cutMiddle } from '../width.js'
import type { Page } from './page.js'

type TypeSizes = KeySizes['perType'][number]

const BAR_CELLS = 20
const ELEMENT_CELLS = 24
/** What the elements of a type are called. */
const UNITS: Readonly<Record<string, string>> = {
  string: 'bytes',
  list: 'items',
  hash: 'fields',
  set: 'members',
  zset: 'members',
  stream: 'entries',
  array: 'elements',
  module: '',
}
const QUANTILES = [
  ['min', 'p0'],
  ['50 %', 'p50'],
  ['75 %', 'p75'],
  ['90 %', 'p90'],
  ['95 %', 'p95'],
  ['99 %', 'p99'],
  ['99.9 %', 'p999'],
  ['max', 'p100'],
  ['mean', 'mean'],
] as const

/** What `redis-cli --bigkeys`, `--memkeys` and `--keystats` show, of all keys rather than of those a scan met. */
export function writeBigKeysPage(page: Page, report: AnalysisReport): void {
  const { keySizes, totals } = report
  if (totals.keys === 0) {
    page.blank()
    page.paragraph('There are no keys in it.')
    return
  }
  page.title('SUMMARY')
  page.paragraph(
    `All ${formatCount(totals.keys)} keys were looked at. Names take ${formatBytes(keySizes.totalNameBytes)} ` +
      `(average length ${formatAverage(shareOf(keySizes.totalNameBytes, totals.keys))}).`,
  )
  writeBiggest(page, report)
  writePerType(page, keySizes)
  writeFlagged(page, report)
  writePercentiles(page, keySizes)
  writeHistogram(page, 'KEYS BY SIZE', 'size', keySizes.histogram, totals.keys, formatBytes)
  writeHistogram(page, 'KEYS BY LENGTH OF THE NAME', 'bytes', keySizes.nameHistogram, totals.keys, formatCount)
}

/** The biggest per type, by what a client gets (--bigkeys) and by what it takes (--memkeys). */
function writeBiggest(page: Page, report: AnalysisReport): void {
  const severalDbs = report.databases.length > 1
  const key = { title: 'key', cell: (row: BigKey) => visibleName(shownKey(row)), flexible: true }
  const db = { title: 'db', cell: (row: BigKey) => String(row.db), align: 'right' } as const
  const dbs = severalDbs ? [db] : []
  const biggest = report.keySizes.perType.flatMap(({ biggest: row }) => (row === null ? [] : [row]))
  page.title('BIGGEST PER TYPE', 'by elements, strings by bytes, as --bigkeys')
  page.table<BigKey>(
    [{ title: 'type', cell: (row) => row.type }, key, ...dbs, { title: 'has', cell: sizeText, align: 'right' }],
    biggest,
  )
  const heaviest = report.largest.flatMap(({ byBytes }) => byBytes.slice(0, 1))
  page.title('HEAVIEST PER TYPE', 'by memory on the target, as --memkeys')
  page.table<BigKey>(
    [
      { title: 'type', cell: (row) => row.type },
      key,
      ...dbs,
      { title: 'memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'encoding', cell: (row) => row.encoding },
    ],
    heaviest,
  )
}

function sizeText(key: BigKey): string {
  if (key.type === 'string') return `${formatCount(key.longestElementBytes)} bytes`
  return key.type === 'module' ? formatBytes(key.payloadBytes) : `${formatCount(key.elements)} ${UNITS[key.type]}`
}

function writePerType(page: Page, { perType }: KeySizes): void {
  page.title('TOTALS PER TYPE')
  page.table<TypeSizes>(
    [
      { title: 'type', cell: (row) => row.type, flexible: true },
      { title: 'keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: '% of keys', cell: (row) => formatShare(row.keyShare).replace(' %', ''), align: 'right' },
      { title: 'elements', cell: elementsText, align: 'right' },
      { title: 'avg', cell: (row) => (hasElements(row) ? formatAverage(row.averageElements) : '-'), align: 'right' },
      { title: 'avg memory', cell: (row) => formatBytes(Math.round(row.ramBytes.mean)), align: 'right' },
      { title: '95 %', cell: (row) => formatBytes(Math.round(row.ramBytes.p95)), align: 'right', fromWidth: 90 },
    ],
    perType,
  )
}

function hasElements(row: TypeSizes): boolean {
  return row.type !== 'string' && row.type !== 'module'
}

function elementsText(row: TypeSizes): string {
  return hasElements(row) ? `${formatCount(row.elements)} ${UNITS[row.type]}` : '-'
}

/** The keys above the limits, each with what to do. */
function writeFlagged(page: Page, report: AnalysisReport): void {
  const { bigKeys, bigKeySummary } = report
  if (bigKeySummary.flaggedKeys === 0) return
  page.title('ABOVE THE LIMITS', `preset ${bigKeySummary.preset}`)
  for (const key of bigKeys.slice(0, page.top)) {
    page.point(
      '!',
      `${visibleName(shownKey(key))}: ${key.type}, ${formatBytes(key.ramBytes)}; ${shownText(key.reasons.join(', '))}`,
      'red',
    )
    const largest = key.largestElements ?? []
    if (largest.length > 0) page.paragraph(`largest: ${largest.map(elementText).join(', ')}`, 6)
    for (const advice of key.advice) page.paragraph(shownText(advice), 6, 6, 'dim')
  }
  const left = bigKeySummary.flaggedKeys - Math.min(bigKeys.length, page.top)
  if (left > 0) page.paragraph(`and ${formatCount(left)} more`, 4)
}

function elementText({ name, index, bytes }: NonNullable<BigKey['largestElements']>[number]): string {
  const which = name === null ? `element ${formatCount(index)}` : visibleName(cutMiddle(shownText(name), ELEMENT_CELLS))
  return `${which} (${formatBytes(bytes)})`
}

/** As --keystats. */
function writePercentiles(page: Page, { ramBytes, nameBytes }: KeySizes): void {
  if (ramBytes === null || nameBytes === null) return
  const rows = QUANTILES.map(([title, place]) => ({ title, place }))
  const bytes = (of: Percentiles, place: keyof Percentiles): string => formatBytes(Math.round(of[place]))
  page.title('PERCENTILES', 'keys up to this size')
  page.table<(typeof rows)[number]>(
    [
      { title: 'of the keys', cell: (row) => row.title, flexible: true },
      { title: 'memory', cell: (row) => bytes(ramBytes, row.place), align: 'right' },
      { title: 'length of the name', cell: (row) => formatAverage(nameBytes[row.place]), align: 'right' },
    ],
    rows,
  )
}

function writeHistogram(
  page: Page,
  title: string,
  unit: string,
  buckets: readonly SizeBucket[],
  keys: number,
  format: (value: number) => string,
): void {
  if (buckets.length === 0) return
  let below = 0
  const rows = buckets.map((bucket) => {
    below += bucket.keys
    return { ...bucket, below }
  })
  page.title(title)
  page.table<(typeof rows)[number]>(
    [
      { title: `${unit} from`, cell: (row) => format(row.from), align: 'right', flexible: true },
      { title: 'to', cell: (row) => (row.to === null ? '' : format(row.to)), align: 'right' },
      { title: 'keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: '%', cell: (row) => formatShare(shareOf(row.keys, keys)).replace(' %', ''), align: 'right' },
      { title: 'up to here', cell: (row) => formatShare(shareOf(row.below, keys)).replace(' %', ''), align: 'right' },
      { title: '', cell: (row) => bar(shareOf(row.keys, keys), BAR_CELLS), optional: true },
    ],
    rows,
  )
}
