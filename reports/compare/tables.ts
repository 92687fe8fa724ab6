import type {
  Change,
  ChangedEncoding,
  ChangedKey,
  ChangedPattern,
  ChangedType,
  CompareReport,
  EncodingChange,
  TtlDrift,
} from '../compare-report.js'
import type { Cell } from '../csv-table.js'
import { shownKey, shownText, visibleName } from '../escape.js'
import { formatBytes, formatCount, formatDuration, formatShare } from '../format.js'

/** A column of a table, for people and for programs. */
export interface CompareColumn<Row> {
  readonly title: string
  /** For people; escaped where control signs could stand. */
  readonly text: (row: Row) => string
  /** What pages sort by; default: the text. Null goes last. */
  readonly value?: (row: Row) => number | null
  readonly align?: 'right'
  /** Holds a name from the dump, which may be long. */
  readonly isName?: boolean
  /** Shown on terminals of at least so many columns. */
  readonly fromWidth?: number
}

export interface CompareTable<Row> {
  readonly id: string
  readonly title: string
  /** One sentence; may be empty. */
  readonly remark: string
  readonly columns: readonly CompareColumn<Row>[]
  readonly rows: readonly Row[]
}

/** With its sign, which a growth needs. */
export function signedBytes(bytes: number): string {
  return `${bytes > 0 ? '+' : bytes < 0 ? '-' : ''}${formatBytes(Math.abs(bytes))}`
}

export function signedCount(count: number): string {
  return `${count > 0 ? '+' : ''}${formatCount(count)}`
}

/** `+12.3 %`; `new` where nothing was before. */
export function growth({ old, new: fresh, ratio }: Change): string {
  if (ratio === null) return old === fresh ? '' : 'new'
  if (ratio === 0) return '0 %'
  if (ratio === -1) return '-100 %'
  const percent = ratio * 100
  const size = Math.abs(percent)
  return `${ratio > 0 ? '+' : '-'}${size < 0.05 ? '<0.1' : size >= 999.5 ? formatCount(size) : size.toFixed(1)} %`
}

const bytesOf = (change: Change): string => formatBytes(change.new)

function memoryColumns<Row extends { readonly ramBytes: Change }>(): readonly CompareColumn<Row>[] {
  return [
    {
      title: 'memory',
      text: ({ ramBytes }) => bytesOf(ramBytes),
      value: ({ ramBytes }) => ramBytes.new,
      align: 'right',
    },
    {
      title: 'change',
      text: ({ ramBytes }) => signedBytes(ramBytes.change),
      value: ({ ramBytes }) => ramBytes.change,
      align: 'right',
    },
  ]
}

function sizeColumns<
  Row extends { readonly keys: Change; readonly ramBytes: Change },
>(): readonly CompareColumn<Row>[] {
  return [
    { title: 'keys', text: ({ keys }) => formatCount(keys.new), value: ({ keys }) => keys.new, align: 'right' },
    { title: '+/-', text: ({ keys }) => signedCount(keys.change), value: ({ keys }) => keys.change, align: 'right' },
    ...memoryColumns<Row>(),
    { title: '%', text: ({ ramBytes }) => growth(ramBytes), value: ({ ramBytes }) => ramBytes.ratio, align: 'right' },
  ]
}

function patternTable(report: CompareReport): CompareTable<ChangedPattern> {
  const { new: fresh, gone, grown, shrunk } = report.patternSummary
  const withChurn = report.patterns.some(({ churn }) => churn !== null)
  return {
    id: 'patterns',
    title: 'PATTERNS',
    remark: `${formatCount(fresh)} new, ${formatCount(gone)} gone, ${formatCount(grown)} grown, ${formatCount(shrunk)} shrunk; largest change first`,
    columns: [
      {
        title: 'pattern',
        text: ({ pattern, patterns }) =>
          pattern === '[other]' ? `[other: ${formatCount(patterns)} patterns]` : visibleName(shownText(pattern)),
        isName: true,
      },
      { title: 'type', text: ({ type }) => type, fromWidth: 100 },
      ...sizeColumns<ChangedPattern>(),
      ...(withChurn
        ? [
            {
              title: 'came',
              text: ({ churn }: ChangedPattern) => formatCount(churn?.added.keys ?? 0),
              value: ({ churn }: ChangedPattern) => churn?.added.keys ?? 0,
              align: 'right' as const,
              fromWidth: 110,
            },
            {
              title: 'went',
              text: ({ churn }: ChangedPattern) => formatCount(churn?.removed.keys ?? 0),
              value: ({ churn }: ChangedPattern) => churn?.removed.keys ?? 0,
              align: 'right' as const,
              fromWidth: 110,
            },
          ]
        : []),
      {
        title: '',
        text: ({ state }) => (state === 'new' || state === 'gone' ? state : ''),
      },
    ],
    rows: report.patterns,
  }
}

export function keyTable(report: CompareReport): CompareTable<ChangedKey> {
  return {
    id: 'big-keys',
    title: 'KEYS',
    remark: 'new, gone, grown and shrunk; largest change first',
    columns: [
      { title: 'key', text: (row) => visibleName(shownKey(row)), isName: true },
      { title: 'db', text: ({ db }) => String(db), value: ({ db }) => db, align: 'right', fromWidth: 100 },
      { title: 'type', text: ({ type }) => type },
      {
        title: 'before',
        text: ({ oldRamBytes }) => (oldRamBytes === null ? '' : formatBytes(oldRamBytes)),
        value: ({ oldRamBytes }) => oldRamBytes,
        align: 'right',
      },
      {
        title: 'now',
        text: ({ newRamBytes }) => (newRamBytes === null ? '' : formatBytes(newRamBytes)),
        value: ({ newRamBytes }) => newRamBytes,
        align: 'right',
      },
      { title: 'change', text: ({ change }) => signedBytes(change), value: ({ change }) => change, align: 'right' },
      { title: '', text: ({ state }) => state },
    ],
    rows: report.bigKeys,
  }
}

function driftTable(report: CompareReport): CompareTable<TtlDrift> {
  const ttl = (ms: number | null): string => (ms === null ? '-' : formatDuration(ms))
  return {
    id: 'ttl',
    title: 'EXPIRY',
    remark: 'patterns whose keys expire otherwise than before',
    columns: [
      { title: 'pattern', text: ({ pattern }) => visibleName(shownText(pattern)), isName: true },
      { title: 'keys', text: ({ keys }) => formatCount(keys.new), value: ({ keys }) => keys.new, align: 'right' },
      {
        title: 'no TTL before',
        text: ({ withoutTtlShare }) => formatShare(withoutTtlShare.old),
        value: ({ withoutTtlShare }) => withoutTtlShare.old,
        align: 'right',
      },
      {
        title: 'now',
        text: ({ withoutTtlShare }) => formatShare(withoutTtlShare.new),
        value: ({ withoutTtlShare }) => withoutTtlShare.new,
        align: 'right',
      },
      {
        title: 'median TTL',
        text: ({ medianTtlMs }) => ttl(medianTtlMs.old),
        value: ({ medianTtlMs }) => medianTtlMs.old,
        align: 'right',
      },
      {
        title: 'now',
        text: ({ medianTtlMs }) => ttl(medianTtlMs.new),
        value: ({ medianTtlMs }) => medianTtlMs.new,
        align: 'right',
      },
    ],
    rows: report.ttl.drift,
  }
}

function encodingChangeTable(report: CompareReport): CompareTable<EncodingChange> {
  return {
    id: 'encoding-changes',
    title: 'ENCODINGS THAT CHANGED',
    remark: 'share of the keys of a pattern',
    columns: [
      { title: 'pattern', text: ({ pattern }) => visibleName(shownText(pattern)), isName: true },
      { title: 'encoding', text: ({ encoding }) => encoding },
      { title: 'before', text: ({ share }) => formatShare(share.old), value: ({ share }) => share.old, align: 'right' },
      { title: 'now', text: ({ share }) => formatShare(share.new), value: ({ share }) => share.new, align: 'right' },
      ...memoryColumns<EncodingChange>(),
    ],
    rows: report.encodingChanges,
  }
}

function typeTable(report: CompareReport): CompareTable<ChangedType> {
  return {
    id: 'types',
    title: 'TYPES',
    remark: '',
    columns: [{ title: 'type', text: ({ type }) => type }, ...sizeColumns<ChangedType>()],
    rows: report.types,
  }
}

function encodingTable(report: CompareReport): CompareTable<ChangedEncoding> {
  return {
    id: 'encodings',
    title: 'ENCODINGS',
    remark: '',
    columns: [
      { title: 'type', text: ({ type }) => type },
      { title: 'encoding', text: ({ encoding }) => encoding },
      ...sizeColumns<ChangedEncoding>(),
    ],
    rows: report.encodings,
  }
}

type Bucket = CompareReport['ttl']['buckets'][number]

function bucketTable(report: CompareReport): CompareTable<Bucket> {
  return {
    id: 'ttl-buckets',
    title: 'TIME TO LIVE',
    remark: '',
    columns: [{ title: 'expires in', text: ({ title }) => title }, ...sizeColumns<Bucket>()],
    rows: report.ttl.buckets.filter(({ keys }) => keys.old > 0 || keys.new > 0),
  }
}

/** All tables, most important first; those without rows are left out. */
export function compareTables(report: CompareReport): readonly CompareTable<never>[] {
  const tables = [
    patternTable(report),
    keyTable(report),
    driftTable(report),
    encodingChangeTable(report),
    bucketTable(report),
    typeTable(report),
    encodingTable(report),
  ] as unknown as readonly CompareTable<never>[]
  return tables.filter(({ rows }) => rows.length > 0)
}

const change = (
  name: string,
  { old, new: fresh, change: difference }: Change,
): readonly (readonly [string, Cell])[] => [
  [`${name}_old`, old],
  [`${name}_new`, fresh],
  [`${name}_change`, difference],
]

/** Tables as numbers, by file name, for CSV. */
export function compareCsvTables(report: CompareReport): readonly {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}[] {
  const table = <Row>(
    name: string,
    rows: readonly Row[],
    cells: (row: Row) => readonly (readonly [string, Cell])[],
    header: readonly string[],
  ) => ({
    name,
    columns: header,
    rows: rows.map((row) => {
      const found = new Map(cells(row))
      return header.map((column) => found.get(column) ?? null)
    }),
  })
  const sums = (name: string): readonly string[] => [`${name}_old`, `${name}_new`, `${name}_change`]
  const sizes = [...sums('keys'), ...sums('ram_bytes')]
  return [
    table(
      'patterns.csv',
      report.patterns,
      (row) => [
        ['pattern', shownText(row.pattern)],
        ['type', row.type],
        ['state', row.state],
        ...change('keys', row.keys),
        ...change('ram_bytes', row.ramBytes),
        ...change('payload_bytes', row.payloadBytes),
        ...change('without_ttl', row.withoutTtl),
        ['median_ttl_ms_old', row.medianTtlMs.old],
        ['median_ttl_ms_new', row.medianTtlMs.new],
        ['keys_added', row.churn?.added.keys ?? null],
        ['keys_removed', row.churn?.removed.keys ?? null],
      ],
      [
        'pattern',
        'type',
        'state',
        ...sizes,
        ...sums('payload_bytes'),
        ...sums('without_ttl'),
        'median_ttl_ms_old',
        'median_ttl_ms_new',
        'keys_added',
        'keys_removed',
      ],
    ),
    table(
      'big-keys.csv',
      report.bigKeys,
      (row) => [
        ['database', row.db],
        ['key', shownKey(row)],
        ['type', row.type],
        ['state', row.state],
        ['ram_bytes_old', row.oldRamBytes],
        ['ram_bytes_new', row.newRamBytes],
        ['ram_bytes_change', row.change],
        ['elements_old', row.oldElements],
        ['elements_new', row.newElements],
        ['encoding_old', row.oldEncoding],
        ['encoding_new', row.newEncoding],
      ],
      [
        'database',
        'key',
        'type',
        'state',
        ...sums('ram_bytes'),
        'elements_old',
        'elements_new',
        'encoding_old',
        'encoding_new',
      ],
    ),
    table(
      'ttl.csv',
      report.ttl.drift,
      (row) => [
        ['pattern', shownText(row.pattern)],
        ['type', row.type],
        ...change('keys', row.keys),
        ...change('without_ttl', row.withoutTtl),
        ['median_ttl_ms_old', row.medianTtlMs.old],
        ['median_ttl_ms_new', row.medianTtlMs.new],
      ],
      ['pattern', 'type', ...sums('keys'), ...sums('without_ttl'), 'median_ttl_ms_old', 'median_ttl_ms_new'],
    ),
    table(
      'encodings.csv',
      report.encodings,
      (row) => [
        ['type', row.type],
        ['encoding', row.encoding],
        ...change('keys', row.keys),
        ...change('ram_bytes', row.ramBytes),
      ],
      ['type', 'encoding', ...sizes],
    ),
    table(
      'databases.csv',
      report.databases,
      (row) => [['database', row.db], ...change('keys', row.keys), ...change('ram_bytes', row.ramBytes)],
      ['database', ...sizes],
    ),
  ]
}
