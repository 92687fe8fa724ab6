import { escapeLabel, shownText } from '../escape.js'
import type { NightReport, Trends } from './night-report.js'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

/** Patterns per data set: every pattern is a time series for years. */
const MOST_PATTERNS = 30

/**
 * The newest night for the textfile collector of the Prometheus node exporter (text format 0.0.4): gauges, no
 * timestamps, samples of a metric together.
 */
export function nightPrometheus(report: NightReport, trends: Trends): string {
  const { datasets, findings, owners } = report
  const forecasts = datasets.flatMap(({ dataset, forecast }) => (forecast === null ? [] : [{ dataset, forecast }]))
  const shards = datasets.flatMap(({ dataset, shards: some }) => some.map((shard) => ({ dataset, ...shard })))
  const patterns = trends.datasets.flatMap(({ dataset, patterns: some }) =>
    some
      .slice(0, MOST_PATTERNS)
      .flatMap(({ pattern, type, bytes, keys }): { labels: Labels; bytes: number; keys: number }[] => {
        const [lastBytes, lastKeys] = [bytes.at(-1) ?? null, keys.at(-1) ?? null]
        if (lastBytes === null || lastKeys === null) return []
        return [{ labels: { dataset, pattern, type }, bytes: lastBytes, keys: lastKeys }]
      }),
  )
  const perDataset = (value: (one: NightReport['datasets'][number]) => number): Sample[] =>
    datasets.map((one) => [{ dataset: one.dataset }, value(one)])
  return [
    metric('night_timestamp_seconds', 'Midnight (UTC) at which the newest night began.', [
      [{}, Date.parse(`${report.date}T00:00:00Z`) / 1000],
    ]),
    metric(
      'dataset_ram_bytes',
      'Memory of a data set, dictionaries included.',
      perDataset(({ totals }) => totals.ramBytes + totals.overheadBytes),
    ),
    metric(
      'dataset_payload_bytes',
      'Bytes of key names and of what is stored under them.',
      perDataset(({ totals }) => totals.payloadBytes),
    ),
    metric(
      'dataset_keys',
      'Keys of a data set.',
      perDataset(({ totals }) => totals.keys),
    ),
    metric(
      'dataset_without_ttl_keys',
      'Keys of a data set that never expire.',
      perDataset(({ totals }) => totals.withoutTtlKeys),
    ),
    metric(
      'dataset_complete',
      '1 when all dumps of a data set could be read whole.',
      perDataset(({ complete }) => (complete ? 1 : 0)),
    ),
    metric(
      'shard_readable',
      '1 when the dump of a shard could be read whole.',
      shards.map(({ dataset, shard, status }) => [{ dataset, shard }, status === 'ok' ? 1 : 0]),
    ),
    metric(
      'shard_ram_bytes',
      'Memory of a shard, dictionaries included.',
      shards.map(({ dataset, shard, ramBytes, overheadBytes }) => [{ dataset, shard }, ramBytes + overheadBytes]),
    ),
    metric(
      'shard_dump_time_seconds',
      'When the server wrote the dump, in seconds since 1970.',
      shards.flatMap(({ dataset, shard, dumpTimeMs }): Sample[] =>
        dumpTimeMs === null ? [] : [[{ dataset, shard }, dumpTimeMs / 1000]],
      ),
    ),
    metric(
      'pattern_ram_bytes',
      'Memory per pattern of names, dictionaries included.',
      patterns.map(({ labels, bytes }) => [labels, bytes]),
    ),
    metric(
      'pattern_keys',
      'Keys per pattern of names.',
      patterns.map(({ labels, keys }) => [labels, keys]),
    ),
    metric(
      'owner_ram_bytes',
      'Memory per team of the owners file, dictionaries included.',
      owners.map(({ dataset, owner, ramBytes }) => [{ dataset, owner }, ramBytes]),
    ),
    metric(
      'owner_cost_per_month',
      'Price of that memory for a month, in the currency of the config.',
      owners.flatMap(({ dataset, owner, money }): Sample[] => (money === null ? [] : [[{ dataset, owner }, money]])),
    ),
    metric(
      'maxmemory_bytes',
      'maxmemory of the fullest shard.',
      forecasts.map(({ dataset, forecast }) => [{ dataset, shard: forecast.shard }, forecast.maxmemoryBytes]),
    ),
    metric(
      'maxmemory_reached_seconds',
      'When the fullest shard reaches maxmemory at its present growth, in seconds since 1970.',
      forecasts.flatMap(({ dataset, forecast }): Sample[] =>
        forecast.date === null
          ? []
          : [[{ dataset, shard: forecast.shard }, Date.parse(`${forecast.date}T00:00:00Z`) / 1000]],
      ),
    ),
    metric('findings', 'Findings of the newest night by what they are.', counted(findings)),
  ].join('')
}

function counted(findings: NightReport['findings']): readonly Sample[] {
  const counts = new Map<string, { labels: Labels; count: number }>()
  for (const { dataset, rule, severity, state } of findings) {
    const name = [dataset, rule, severity, state].join('\0')
    const known = counts.get(name) ?? { labels: { dataset, rule, severity, state }, count: 0 }
    known.count++
    counts.set(name, known)
  }
  return [...counts.values()].map(({ labels, count }) => [labels, count])
}

function metric(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const full = `rdblens_nightly_${name}`
  const seen = new Set<string>()
  let text = `# HELP ${full} ${help}\n# TYPE ${full} gauge\n`
  for (const [labels, value] of samples) {
    const set = Object.entries(labels)
      .map(([label, content]) => `${label}="${escapeLabel(shownText(content))}"`)
      .join(',')
    if (seen.has(set)) continue
    seen.add(set)
    text += `${full}${set === '' ? '' : `{${set}}`} ${value}\n`
  }
  return text
}
