import { shownKey, shownText, visibleName } from '../escape.js'
import { bar, formatAverage, formatBytes, formatCount, formatDuration, formatShare, shareOf } from '../format.js'
import type { AnalysisReport, BigKey, EncodingRow, PatternRow, TypeRow } from '../report.js'
import { cutMiddle } from '../width.js'
import { cutRows, type Page } from './page.js'
import { sumOf } from './sums.js'
import type { Column } from './table.js'

const BAR_CELLS = 20
/** Keys listed per type, of the largest. */
const LARGEST_PER_TYPE = 3
const HEAVIEST_SLOTS = 5
const WIDE = 100
const WIDER = 130
/** Paths in a column of a table have so many characters at most. */
const FILE_WIDTH = 20

/** Columns that every table of sums has. */
function amounts<Row extends { readonly keys: number; readonly ramBytes: number }>(total: number): Column<Row>[] {
  return [
    { title: 'keys', cell: (row) => formatCount(row.keys), align: 'right' },
    { title: 'memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
    { title: '%', cell: (row) => percent(row.ramBytes, total), align: 'right' },
  ]
}

/** `26.0`: the sign stands in the title. */
function percent(part: number, whole: number): string {
  return formatShare(shareOf(part, whole)).replace(' %', '')
}

interface PatternLine {
  readonly name: string
  readonly row: PatternRow | null
  readonly type: string
  readonly keys: number
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly withoutTtl: number
}

export function writePatterns(page: Page, report: AnalysisReport): void {
  if (report.patterns.length === 0) return
  const total = report.totals.ramBytes
  const listed = report.patterns.map(
    (row): PatternLine => ({
      name:
        row.type === 'mixed' && row.patterns > 1
          ? `[other: ${formatCount(row.patterns)} patterns]`
          : visibleName(shownText(row.pattern)),
      row: row.type === 'mixed' ? null : row,
      type: row.type,
      keys: row.keys,
      ramBytes: row.ramBytes,
      payloadBytes: row.payloadBytes,
      withoutTtl: row.withoutTtl,
    }),
  )
  const patternsOf = (index: number): number => report.patterns[index]!.patterns
  const lines = cutRows(
    listed,
    page.top,
    (line) => line.row === null,
    (rest) => ({
      name: `[other: ${formatCount(sumOf(rest, (line) => patternsOf(listed.indexOf(line))))} patterns]`,
      row: null,
      type: '',
      keys: sumOf(rest, (line) => line.keys),
      ramBytes: sumOf(rest, (line) => line.ramBytes),
      payloadBytes: sumOf(rest, (line) => line.payloadBytes),
      withoutTtl: sumOf(rest, (line) => line.withoutTtl),
    }),
  )
  page.title('PATTERNS', report.patternSummary.bounded ? 'tail counted together to bound memory' : '')
  page.table<PatternLine>(
    [
      { title: 'pattern', cell: (line) => line.name, flexible: true },
      ...amounts<PatternLine>(total),
      { title: 'no TTL', cell: (line) => percent(line.withoutTtl, line.keys), align: 'right' },
      { title: 'avg', cell: (line) => formatBytes(Math.round(shareOf(line.ramBytes, line.keys))), align: 'right' },
      { title: 'largest', cell: ({ row }) => largestBytes(row), align: 'right' },
      { title: 'type', cell: (line) => (line.type === 'mixed' ? '' : line.type), fromWidth: WIDE },
      { title: 'payload', cell: (line) => formatBytes(line.payloadBytes), align: 'right', fromWidth: WIDE },
      { title: 'encodings', cell: ({ row }) => encodingWords(row), fromWidth: WIDER },
    ],
    lines,
  )
}

function largestBytes(row: PatternRow | null): string {
  return row?.largest == null ? '' : formatBytes(row.largest.ramBytes)
}

function encodingWords(row: PatternRow | null): string {
  return row === null ? '' : row.encodings.map(({ encoding }) => encoding).join(', ')
}

interface TypeLine {
  readonly name: string
  readonly keys: number
  readonly ramBytes: number
  readonly averageRamBytes: number
  readonly elements: number
  readonly largest: TypeRow['largest']
}

/** Each type, and under it its encodings where there are several. */
export function writeTypes(page: Page, report: AnalysisReport): void {
  if (report.types.length === 0) return
  const lines = report.types.flatMap((type): TypeLine[] => {
    const encodings = report.encodings.filter((row) => row.type === type.type)
    const [only] = encodings
    if (only !== undefined && encodings.length === 1) return [typeLine(`${type.type}  ${only.encoding}`, type)]
    return [typeLine(type.type, type), ...encodings.map((row) => typeLine(`  ${row.encoding}`, row))]
  })
  page.title('TYPES & ENCODINGS')
  page.table<TypeLine>(
    [
      { title: 'type', cell: (line) => line.name, flexible: true },
      ...amounts<TypeLine>(report.totals.ramBytes),
      { title: 'avg', cell: (line) => formatBytes(Math.round(line.averageRamBytes)), align: 'right' },
      { title: 'elements', cell: (line) => formatCount(line.elements), align: 'right' },
      {
        title: 'largest',
        cell: (line) => (line.largest === null ? '' : formatBytes(line.largest.ramBytes)),
        align: 'right',
      },
      {
        title: 'largest key',
        cell: (line) => (line.largest === null ? '' : cutMiddle(visibleName(shownKey(line.largest)), 40)),
        fromWidth: WIDER,
      },
    ],
    lines,
  )
}

function typeLine(name: string, row: TypeRow | EncodingRow): TypeLine {
  const { keys, ramBytes, averageRamBytes, elements, largest } = row
  return { name, keys, ramBytes, averageRamBytes, elements, largest }
}

/** The largest keys of each type. */
export function writeLargest(page: Page, report: AnalysisReport): void {
  const perType = page.top === Number.POSITIVE_INFINITY ? page.top : Math.min(page.top, LARGEST_PER_TYPE)
  const rows = report.largest.flatMap(({ byBytes }) => byBytes.slice(0, perType))
  if (rows.length === 0) return
  const severalDbs = report.databases.length > 1
  const files = shortPaths(report)
  page.title('LARGEST KEYS')
  page.table<BigKey>(
    [
      { title: 'key', cell: (key) => visibleName(shownKey(key)), flexible: true },
      ...(files.length > 1 ? [{ title: 'file', cell: (key: BigKey) => files[key.file] ?? '' }] : []),
      ...(severalDbs ? [{ title: 'db', cell: (key: BigKey) => String(key.db), align: 'right' as const }] : []),
      { title: 'type', cell: (key) => key.type },
      { title: 'memory', cell: (key) => formatBytes(key.ramBytes), align: 'right' },
      { title: 'elements', cell: (key) => elementsText(key), align: 'right' },
      { title: 'longest', cell: (key) => formatBytes(key.longestElementBytes), align: 'right' },
      { title: 'encoding', cell: (key) => key.encoding, fromWidth: WIDE },
      { title: 'expires', cell: (key) => expiresText(key, report.ttl.nowMs), align: 'right', fromWidth: WIDE },
      { title: 'why', cell: (key) => shownText(key.reasons[0] ?? ''), fromWidth: WIDER },
    ],
    rows,
  )
  const { flaggedKeys, flaggedRamBytes, preset } = report.bigKeySummary
  if (flaggedKeys > 0) {
    page.paragraph(
      `${formatCount(flaggedKeys)} above the limits of the preset ${shownText(preset)}, together ${formatBytes(flaggedRamBytes)}.`,
    )
  }
}

/** Paths of the inputs without the folder that all lie in, short enough for a column. */
function shortPaths({ provenance }: AnalysisReport): readonly string[] {
  const paths = provenance.files.map(({ path }) => path)
  const [first = '', ...others] = paths
  let common = 0
  for (let end = first.indexOf('/') + 1; end > 0; end = first.indexOf('/', end) + 1) {
    if (!others.every((path) => path.startsWith(first.slice(0, end)))) break
    common = end
  }
  return paths.map((path) => cutMiddle(shownText(path.slice(common)), FILE_WIDTH))
}

function elementsText(key: BigKey): string {
  return key.type === 'string' || key.type === 'module' ? '-' : formatCount(key.elements)
}

function expiresText(key: BigKey, nowMs: number): string {
  if (key.expiresAtMs === null) return 'never'
  const left = key.expiresAtMs - nowMs
  return left < 0 ? 'is over' : `in ${formatDuration(left)}`
}

/** Patterns whose keys never expire. */
export function writeWithoutTtl(page: Page, report: AnalysisReport): void {
  const { withoutTtl, withoutTtlPatterns } = report.ttl
  if (withoutTtl.keys === 0) return
  const total = report.totals.ramBytes
  page.title(
    'WITHOUT TTL',
    `${formatCount(withoutTtl.keys)} keys, ${formatBytes(withoutTtl.ramBytes)}, ${formatShare(shareOf(withoutTtl.ramBytes, total))}`,
  )
  const listed = withoutTtlPatterns.slice(0, page.top)
  const rest = {
    pattern: '[other]',
    type: 'mixed',
    keys: report.totals.keys - sumOf(listed, (row) => row.keys),
    withoutTtl: withoutTtl.keys - sumOf(listed, (row) => row.withoutTtl),
    withoutTtlRamBytes: withoutTtl.ramBytes - sumOf(listed, (row) => row.withoutTtlRamBytes),
  }
  const rows = rest.withoutTtl > 0 ? [...listed, rest] : listed
  page.table<{ pattern: string; type: string; keys: number; withoutTtl: number; withoutTtlRamBytes: number }>(
    [
      { title: 'pattern', cell: (row) => visibleName(shownText(row.pattern)), flexible: true },
      { title: 'without TTL', cell: (row) => formatCount(row.withoutTtl), align: 'right' },
      { title: 'of keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'memory', cell: (row) => formatBytes(row.withoutTtlRamBytes), align: 'right' },
      { title: '%', cell: (row) => percent(row.withoutTtlRamBytes, total), align: 'right' },
    ],
    rows,
  )
}

/** When keys expire, as bars. */
export function writeTtl(page: Page, report: AnalysisReport): void {
  const buckets = report.ttl.buckets.filter((bucket) => bucket.keys > 0)
  if (buckets.length === 0 || (buckets.length === 1 && report.totals.expiringKeys === 0)) return
  const total = report.totals.ramBytes
  page.title('EXPIRY', 'time left when the dump was made')
  page.table(
    [
      { title: 'time left', cell: (bucket) => shownText(bucket.title), flexible: true },
      ...amounts<(typeof buckets)[number]>(total),
      { title: '', cell: (bucket) => bar(shareOf(bucket.ramBytes, total), BAR_CELLS), optional: true },
    ],
    buckets,
  )
}

/** Idle times or access counters, when the dump has them. */
export function writeIdle(page: Page, report: AnalysisReport): void {
  const { idle } = report
  if (idle.policy === 'none' || report.totals.keys === 0) return
  for (const [title, buckets] of [
    ['IDLE TIME', idle.idle],
    ['ACCESS FREQUENCY (LFU)', idle.freq],
  ] as const) {
    const rows = buckets.filter((bucket) => bucket.keys > 0)
    if (rows.length === 0) continue
    const total = sumOf(rows, (bucket) => bucket.ramBytes)
    page.title(title)
    page.table(
      [
        {
          title: title === 'IDLE TIME' ? 'not touched for' : 'counter',
          cell: (bucket) => shownText(bucket.title),
          flexible: true,
        },
        ...amounts<(typeof rows)[number]>(total),
        { title: '', cell: (bucket) => bar(shareOf(bucket.ramBytes, total), BAR_CELLS), optional: true },
      ],
      rows,
    )
  }
}

/** Databases and files, when there are several. */
export function writeDatabases(page: Page, report: AnalysisReport): void {
  const total = report.totals.ramBytes
  const expiring = {
    title: 'with TTL',
    cell: (row: { keys: number; expiringKeys: number }) => percent(row.expiringKeys, row.keys),
    align: 'right',
  } as const
  if (report.databases.length > 1) {
    page.title('DATABASES')
    page.table(
      [
        { title: 'db', cell: (row) => (row.db === -1 ? 'others' : `db ${row.db}`), flexible: true },
        ...amounts<(typeof report.databases)[number]>(total),
        expiring,
        { title: 'average', cell: (row) => formatBytes(Math.round(shareOf(row.ramBytes, row.keys))), align: 'right' },
        { title: 'elements', cell: (row) => formatCount(row.elements), align: 'right', fromWidth: WIDE },
      ],
      report.databases,
    )
  }
  if (report.files.length > 1) {
    page.title('FILES')
    page.table(
      [
        { title: 'file', cell: (row) => shownText(report.provenance.files[row.file]?.path ?? ''), flexible: true },
        ...amounts<(typeof report.files)[number]>(total),
        expiring,
      ],
      report.files,
    )
  }
}

/** The ledger from payload to used_memory. */
export function writeReconciliation(page: Page, report: AnalysisReport): void {
  const rows = report.reconciliation
  if (rows.length === 0) return
  const total = rows.at(-1)!.bytes
  page.title('WHERE THE MEMORY IS')
  page.table(
    [
      { title: '', cell: (row) => shownText(row.title), flexible: true },
      { title: 'memory', cell: (row) => formatBytes(row.bytes), align: 'right' },
      { title: '%', cell: (row) => percent(row.bytes, total), align: 'right' },
      {
        title: '',
        cell: (row) => (row === rows.at(-1) ? '' : bar(Math.max(0, shareOf(row.bytes, total)), BAR_CELLS)),
        optional: true,
      },
    ],
    rows,
  )
}

/** The heaviest cluster slots and how evenly shards would be loaded: a sentence, and a table when asked for all. */
export function writeSlots(page: Page, report: AnalysisReport): void {
  const { slots, totals } = report
  const heaviest = slots?.heaviest[0]
  if (slots === null || heaviest === undefined) return
  page.title('SLOTS', `${formatCount(slots.usedSlots)} of 16,384 in use`)
  if (page.top === Number.POSITIVE_INFINITY || slots.keysWithHashTag > 0) {
    page.table(
      [
        { title: 'slot', cell: (row) => String(row.slot), flexible: true },
        ...amounts<(typeof slots.heaviest)[number]>(totals.ramBytes),
        { title: 'times mean', cell: (row) => formatAverage(row.timesMean), align: 'right' },
      ],
      slots.heaviest.slice(0, Math.min(page.top, HEAVIEST_SLOTS)),
    )
  } else {
    page.paragraph(`Slot ${heaviest.slot} is the heaviest: ${formatBytes(heaviest.ramBytes)}.`)
  }
  if (slots.owners !== undefined) {
    page.table(
      [
        { title: 'node', cell: (row) => visibleName(shownText(row.node)), flexible: true },
        { title: 'slots', cell: (row) => formatCount(row.slots), align: 'right' },
        ...amounts<(typeof slots.owners)[number]>(totals.ramBytes),
        { title: 'times mean', cell: (row) => row.timesMean.toFixed(2), align: 'right' },
      ],
      slots.owners,
    )
  }
  const [first, ...others] = slots.shardPlans
  if (first === undefined) return
  const rest = others.map((plan) => `; of ${plan.shards}: ${plan.skew.toFixed(2)}`).join('')
  page.paragraph(`The largest of ${first.shards} shards would hold ${first.skew.toFixed(2)} times the mean${rest}.`)
}
