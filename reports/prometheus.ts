import { escapeLabel, shownKey, shownText } from './escape.js'
import type { AnalysisReport } from './report.js'
import type { Reporter } from './reporter.js'

type Labels = Readonly<Record<string, string | number>>
type Sample = readonly [labels: Labels, value: number]

interface Metric {
  readonly name: string
  readonly help: string
  readonly samples: (report: AnalysisReport) => readonly Sample[]
}

const flag = (value: boolean): number => (value ? 1 : 0)

/** `name=value, name=value` */
function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(' ') : String(value)}`)
    .join(', ')
}

/** One metric per number of a list of rows. */
function perRow<Row>(
  prefix: string,
  rows: (report: AnalysisReport) => readonly Row[],
  labels: (row: Row, report: AnalysisReport) => Labels,
  numbers: readonly (readonly [name: string, help: string, value: (row: Row) => number | null])[],
): Metric[] {
  return numbers.map(([name, help, value]) => ({
    name: `${prefix}_${name}`,
    help,
    samples: (report) =>
      rows(report).flatMap((row): Sample[] => {
        const number = value(row)
        return number === null ? [] : [[labels(row, report), number]]
      }),
  }))
}

const METRICS: readonly Metric[] = [
  {
    name: 'rdblens_report_info',
    help: 'What the other metrics were made from and with.',
    samples: ({ generator, provenance }) => [
      [
        {
          version: generator.version,
          server: shownText(provenance.server),
          target: shownText(provenance.target.id),
          checksum: provenance.checksum,
          estimated: String(provenance.estimated),
          bits: provenance.target.bits,
          allocator: shownText(provenance.target.allocator),
          settings: shownText(pairs(provenance.changedSettings ?? {})),
          options: shownText(pairs(provenance.options)),
          filtered_keys: provenance.filteredKeys,
          not_understood: shownText((provenance.notUnderstood ?? []).join('; ')),
        },
        1,
      ],
    ],
  },
  {
    name: 'rdblens_file_info',
    help: 'What each dump is.',
    samples: ({ provenance }) =>
      provenance.files.map((file) => [
        {
          file: shownText(file.path),
          sha256: file.sha256 ?? '',
          magic: shownText(file.magic),
          rdb_version: file.rdbVersion,
          container: shownText(file.container),
          server: shownText(file.server),
          checksum: file.checksum,
        },
        1,
      ]),
  },
  ...perRow(
    'rdblens_file',
    ({ provenance }) => provenance.files,
    (file) => ({ file: shownText(file.path) }),
    [
      [
        'dump_time_seconds',
        'When the server wrote the dump, in seconds since 1970.',
        (file) => (file.dumpTimeMs === null ? null : file.dumpTimeMs / 1000),
      ],
      ['bytes', 'Size of the dump.', (file) => file.bytes],
      ['complete', '1 when the dump was read to its end, 0 when it was cut or damaged.', (file) => flag(file.complete)],
      ['checksum_wrong', '1 when the checksum of the dump is wrong.', (file) => flag(file.checksum === 'wrong')],
      ['used_memory_bytes', 'used_memory of the server when it wrote the dump.', (file) => file.usedMemoryBytes],
    ],
  ),
  ...perRow(
    'rdblens',
    ({ totals }) => [totals],
    () => ({}),
    [
      ['keys', 'Keys in the dump.', (totals) => totals.keys],
      ['ram_bytes', 'Memory of all keys and values on the target.', (totals) => totals.ramBytes],
      ['overhead_bytes', 'Memory of the dictionaries of the databases.', (totals) => totals.overheadBytes],
      ['memory_usage_bytes', 'What MEMORY USAGE adds up to.', (totals) => totals.memoryUsageBytes],
      ['payload_bytes', 'Bytes of key names and of what is stored under them.', (totals) => totals.payloadBytes],
      ['rdb_bytes', 'Bytes of the records in the dump.', (totals) => totals.rdbBytes],
      ['expiring_keys', 'Keys with an expiry.', (totals) => totals.expiringKeys],
      ['expired_keys', 'Keys that had expired and were still there.', (totals) => totals.expiredKeys],
    ],
  ),
  ...perRow(
    'rdblens_database',
    ({ databases }) => databases,
    (row) => ({ db: row.db }),
    [
      ['keys', 'Keys per database.', (row) => row.keys],
      ['ram_bytes', 'Memory per database.', (row) => row.ramBytes],
    ],
  ),
  ...perRow(
    'rdblens_encoding',
    ({ encodings }) => encodings,
    (row) => ({ type: row.type, encoding: row.encoding }),
    [
      ['keys', 'Keys per type and encoding.', (row) => row.keys],
      ['ram_bytes', 'Memory per type and encoding.', (row) => row.ramBytes],
      ['elements', 'Elements per type and encoding.', (row) => row.elements],
    ],
  ),
  ...perRow(
    'rdblens_pattern',
    ({ patterns }) => patterns,
    (row) => ({ pattern: shownText(row.pattern), type: row.type }),
    [
      ['keys', 'Keys per pattern of names.', (row) => row.keys],
      ['ram_bytes', 'Memory per pattern of names.', (row) => row.ramBytes],
      ['payload_bytes', 'Payload per pattern of names.', (row) => row.payloadBytes],
      ['without_ttl_keys', 'Keys per pattern that never expire.', (row) => row.withoutTtl],
    ],
  ),
  ...perRow(
    'rdblens_group',
    ({ groups }) => groups ?? [],
    (row) => ({ group: shownText(row.group), owner: shownText(row.owner ?? '') }),
    [
      ['keys', 'Keys per group of the group file.', (row) => row.keys],
      ['ram_bytes', 'Memory per group of the group file.', (row) => row.ramBytes],
      ['overhead_bytes', 'Memory of the dictionaries per group of the group file.', (row) => row.overheadBytes],
      ['payload_bytes', 'Payload per group of the group file.', (row) => row.payloadBytes],
      ['without_ttl_keys', 'Keys per group of the group file that never expire.', (row) => row.withoutTtl],
    ],
  ),
  ...perRow(
    'rdblens_slot_owner',
    ({ slots }) => slots?.owners ?? [],
    (row) => ({ node: shownText(row.node), id: shownText(row.id) }),
    [
      ['keys', 'Keys per node of the cluster.', (row) => row.keys],
      ['ram_bytes', 'Memory per node of the cluster.', (row) => row.ramBytes],
    ],
  ),
  ...perRow(
    'rdblens_big_key',
    ({ bigKeys }) => bigKeys,
    (row, { provenance }) => ({
      ...(provenance.files.length > 1 ? { file: shownText(provenance.files[row.file]?.path ?? '') } : {}),
      db: row.db,
      key: shownKey(row),
      type: row.type,
    }),
    [
      ['ram_bytes', 'Memory of the keys above the limits.', (row) => row.ramBytes],
      ['elements', 'Elements of the keys above the limits.', (row) => row.elements],
    ],
  ),
  ...perRow(
    'rdblens_big_keys',
    ({ bigKeySummary }) => [bigKeySummary],
    () => ({}),
    [
      ['flagged', 'Keys above the limits, also those not listed.', (summary) => summary.flaggedKeys],
      ['flagged_ram_bytes', 'Memory of the keys above the limits.', (summary) => summary.flaggedRamBytes],
    ],
  ),
  ...perRow(
    'rdblens_ttl',
    ({ ttl }) => ttl.buckets,
    (row) => ({ left: row.id }),
    [
      ['keys', 'Keys by the time they had left when the dump was made.', (row) => row.keys],
      ['ram_bytes', 'Memory by the time the keys had left when the dump was made.', (row) => row.ramBytes],
    ],
  ),
  {
    name: 'rdblens_warnings',
    help: 'Warnings in the report.',
    samples: ({ warnings }) => [[{}, warnings.length]],
  },
]

/**
 * Metrics for the textfile collector of the Prometheus node exporter (text format 0.0.4): gauges, no
 * timestamps, samples of a metric together, no set of labels twice.
 */
export const prometheus: Reporter = {
  id: 'prom',
  title: 'Prometheus textfile-collector metrics',
  extension: '.prom',

  *render(report: AnalysisReport): Iterable<string> {
    for (const { name, help, samples } of METRICS) {
      const seen = new Set<string>()
      let text = `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`
      for (const [labels, value] of samples(report)) {
        const set = Object.entries(labels)
          .map(([label, content]) => `${label}="${escapeLabel(String(content))}"`)
          .join(',')
        if (seen.has(set)) continue
        seen.add(set)
        text += `${name}${set === '' ? '' : `{${set}}`} ${value}\n`
      }
      if (seen.size > 0) yield text
    }
  },
}
