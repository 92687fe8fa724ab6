import type { Cell } from './csv-table.js'
import { shownKey, shownText } from './escape.js'
import { facts } from './method.js'
import type { AnalysisReport, KeyName, LargeElementRow, LargestKey, PrefixNode, Sums } from './report.js'
import { allPaths } from './value-paths.js'

/**
 * A section of the report as rows of plain cells, for CSV and whoever wants tables. Bytes and ms stay plain numbers.
 */
export interface ReportTable {
  /** File name without extension. */
  readonly name: string
  readonly columns: readonly string[]
  rows(report: AnalysisReport): Iterable<readonly Cell[]>
}

/** A property of the row, or a title with what stands under it. */
type TableColumn<Row> = (keyof Row & string) | readonly [title: string, cell: (row: Row) => Cell]

function table<Row>(
  name: string,
  pick: (report: AnalysisReport) => readonly Row[],
): { columns(columns: readonly TableColumn<Row>[]): ReportTable } {
  return { columns: (columns) => tableOf(name, pick, columns) }
}

function tableOf<Row>(
  name: string,
  pick: (report: AnalysisReport) => readonly Row[],
  columns: readonly TableColumn<Row>[],
): ReportTable {
  const cells = columns.map((column) =>
    typeof column === 'string' ? (row: Row): Cell => row[column] as Cell : column[1],
  )
  return {
    name,
    columns: columns.map((column) => (typeof column === 'string' ? snakeCase(column) : column[0])),
    *rows(report) {
      for (const row of pick(report)) yield cells.map((cell) => cell(row))
    },
  }
}

/** `ramBytes` in JSON is `ram_bytes` in tables, as in the CSV of keys. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

const SUMS = [
  'keys',
  'ramBytes',
  'overheadBytes',
  'memoryUsageBytes',
  'payloadBytes',
  'rdbBytes',
  'elements',
  'expiringKeys',
  'expiredKeys',
] as const satisfies readonly (keyof Sums)[]

type HasLargest = { readonly largest: LargestKey | null }
const LARGEST_KEY = ['largest_key', ({ largest }: HasLargest): Cell => nameOf(largest)] as const
const LARGEST_BYTES = ['largest_ram_bytes', ({ largest }: HasLargest): Cell => largest?.ramBytes ?? null] as const
const KEY = ['key', (key: KeyName): Cell => shownKey(key)] as const
const EXPIRY = ['expiry', (key: { readonly expiresAtMs: number | null }): Cell => timeOf(key.expiresAtMs)] as const
const PATTERN = ['pattern', (row: { readonly pattern: string }): Cell => shownText(row.pattern)] as const
const DATABASE = ['database', (row: { readonly db: number }): Cell => row.db] as const

function nameOf(key: KeyName | null): Cell {
  return key === null ? null : shownKey(key)
}

function timeOf(ms: number | null): Cell {
  if (ms === null) return null
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? ms : date.toISOString()
}

function elementText({ name, index, bytes }: LargeElementRow): string {
  return `${name === null ? `element ${index}` : shownText(name)} ${bytes}`
}

interface PrefixRow extends PrefixNode {
  readonly depth: number
  readonly prefix: string
}

/** The nodes of the prefix tree, each before what stands under it. Those of one depth add up to the totals, or less. */
function prefixRows(node: PrefixNode, above = '', depth = 1): readonly PrefixRow[] {
  return node.children.flatMap((child) => {
    const prefix = above + child.name
    return [{ ...child, prefix, depth }, ...prefixRows(child, prefix, depth + 1)]
  })
}

/** All tables of a report, in the order of the files in a CSV folder. */
export const TABLES: readonly ReportTable[] = [
  table('totals', (report) => [report.totals]).columns(SUMS),

  table('provenance', facts).columns([
    'file',
    ['property', (row) => shownText(row.property)],
    ['value', (row) => shownText(row.value)],
  ]),

  table('files', ({ files, provenance }) =>
    files.map((sums) => ({ ...sums, ...provenance.files[sums.file]! })),
  ).columns([
    ['path', (row) => shownText(row.path)],
    'bytes',
    'sha256',
    'container',
    'magic',
    'rdbVersion',
    ['server', (row) => shownText(row.server)],
    'checksum',
    'complete',
    ['dump_time', (row) => timeOf(row.dumpTimeMs)],
    'usedMemoryBytes',
    ...SUMS,
  ]),

  table('databases', (report) => report.databases).columns([DATABASE, ...SUMS, LARGEST_KEY, LARGEST_BYTES]),

  table('types', (report) => report.types).columns([
    'type',
    ...SUMS,
    'averageRamBytes',
    'averageElements',
    LARGEST_KEY,
    LARGEST_BYTES,
  ]),

  table('encodings', (report) => report.encodings).columns([
    'type',
    'encoding',
    ...SUMS,
    'averageRamBytes',
    LARGEST_KEY,
    LARGEST_BYTES,
  ]),

  table('patterns', (report) => report.patterns).columns([
    PATTERN,
    'type',
    'keys',
    'ramBytes',
    'share',
    'overheadBytes',
    'payloadBytes',
    'rdbBytes',
    'elements',
    'keyNameBytes',
    'averageRamBytes',
    'longestElementBytes',
    'withoutTtl',
    'withoutTtlRamBytes',
    'expiredKeys',
    ['ttl_min_ms', (row) => row.ttl?.minMs ?? null],
    ['ttl_median_ms', (row) => row.ttl?.medianMs ?? null],
    ['ttl_max_ms', (row) => row.ttl?.maxMs ?? null],
    'averageIdleSeconds',
    'averageFreq',
    ['encodings', (row) => row.encodings.map(({ encoding }) => encoding).join(' ')],
    LARGEST_KEY,
    LARGEST_BYTES,
    ['example', (row) => nameOf(row.examples[0] ?? null)],
    'patterns',
  ]),

  table('groups', (report) => report.groups ?? []).columns([
    ['group', (row) => shownText(row.group)],
    ['owner', (row) => (row.owner === null ? null : shownText(row.owner))],
    'keys',
    'ramBytes',
    'share',
    'overheadBytes',
    'payloadBytes',
    'rdbBytes',
    'withoutTtl',
    'withoutTtlRamBytes',
  ]),

  table('prefixes', ({ prefixTree }) => (prefixTree === undefined ? [] : prefixRows(prefixTree))).columns([
    'depth',
    ['prefix', (row) => shownText(row.prefix)],
    'keys',
    'ramBytes',
    'payloadBytes',
    'withoutTtl',
  ]),

  table('big_keys', (report) => report.bigKeys).columns([
    DATABASE,
    KEY,
    'type',
    'encoding',
    'ramBytes',
    'payloadBytes',
    'elements',
    'longestElementBytes',
    EXPIRY,
    'freeEffort',
    'deleteMs',
    'replyBytes',
    'file',
    'offset',
    ['largest_elements', (row) => (row.largestElements ?? []).map(elementText).join('; ')],
    ['reasons', (row) => shownText(row.reasons.join('; '))],
    ['advice', (row) => shownText(row.advice.join('; '))],
  ]),

  table('largest_keys', (report) =>
    report.largest.flatMap(({ byBytes }) => byBytes.map((key, index) => ({ ...key, rank: index + 1 }))),
  ).columns(['type', 'rank', DATABASE, KEY, 'encoding', 'ramBytes', 'elements', 'longestElementBytes', EXPIRY, 'file']),

  table('without_ttl', (report) => report.ttl.withoutTtlPatterns).columns([
    PATTERN,
    'type',
    'keys',
    'withoutTtl',
    'withoutTtlRamBytes',
  ]),

  table('ttl', (report) => report.ttl.buckets).columns(['id', 'title', 'keys', 'ramBytes']),

  table('idle', ({ idle }) => [
    ...idle.idle.map((bucket) => ({ ...bucket, what: 'idle_seconds' })),
    ...idle.freq.map((bucket) => ({ ...bucket, what: 'freq' })),
  ]).columns(['what', 'title', 'from', 'to', 'keys', 'ramBytes']),

  table('slots', (report) => report.slots?.heaviest ?? []).columns(['slot', 'keys', 'ramBytes', 'timesMean']),

  table('slot_owners', (report) => report.slots?.owners ?? []).columns([
    ['node', (row) => shownText(row.node)],
    'id',
    'slots',
    'keys',
    'ramBytes',
    'timesMean',
  ]),

  table('shards', (report) =>
    (report.slots?.shardPlans ?? []).flatMap(({ shards, skew, perShard }) =>
      perShard.map((row, index) => ({ ...row, shards, skew, shard: index + 1 })),
    ),
  ).columns(['shards', 'shard', 'keys', 'ramBytes', 'skew']),

  table('value_formats', ({ values }) => values?.formats ?? []).columns([
    PATTERN,
    'type',
    'format',
    'title',
    'sampledValues',
    'share',
    'valueShare',
    'averageBytes',
    ['examples', (row) => (row.examples === undefined ? null : shownText(row.examples.join('   ')))],
  ]),

  table('value_paths', ({ values }) => allPaths(values)).columns([
    ['pattern', ({ tree }) => shownText(tree.pattern)],
    ['type', ({ tree }) => tree.type],
    ['path', (row) => shownText(row.path)],
    ['kind', ({ node }) => shownText(node.kind)],
    ['values', ({ node }) => node.values],
    'nameBytes',
    'valueBytes',
    ['empty_values', ({ node }) => node.emptyValues],
    ['distinct_values', ({ node }) => node.distinctValues],
  ]),

  table('duplicate_values', ({ values }) => values?.duplicates ?? []).columns([
    PATTERN,
    'format',
    'valueBytes',
    'keys',
    'exact',
    'wastedBytes',
    ['example', (row) => nameOf(row.examples[0] ?? null)],
    ['value', (row) => (row.value === undefined ? null : shownText(row.value))],
  ]),

  table('reconciliation', (report) => report.reconciliation).columns(['id', 'title', 'bytes', 'share']),

  table('warnings', (report) => report.warnings).columns([
    'code',
    ['message', (row) => shownText(row.message)],
    'file',
    'offset',
  ]),
]
