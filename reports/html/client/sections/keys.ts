import { shownKey, shownText, visibleName } from '../../../escape.js'
import { formatBytes as bytesText, formatAverage, formatDuration, formatTime } from '../../../format.js'
import type { AnalysisReport, BigKey, Percentiles } from '../../../report.js'
import { capital } from '../../../wording.js'
import { anchorLink, anchorOf, anchorsOf } from '../anchors.js'
import { bytesColumn, countColumn, shareColumn } from '../columns.js'
import { command } from '../copy.js'
import { type Child, el, facts, fold, name, paragraph } from '../dom.js'
import { type Bar, columnsChart, roundText } from '../histogram.js'
import { table } from '../table.js'
import { formatBytes, formatCount, plural } from '../units.js'
import { keyCommands } from './risks.js'
import { section, subsection } from './section.js'

/** Keys beyond the limits, the largest per type, and how sizes are spread. */
export function keysSection(report: AnalysisReport): HTMLElement | null {
  if (report.totals.keys === 0) return null
  const { bigKeys, bigKeySummary } = report
  const listed = new Set<string>()
  const largest = report.largest
    .flatMap((row) => [...row.byBytes, ...row.byElements])
    .filter((key) => {
      // Not by name alone: redacted names are the same for many keys.
      const place = `${key.file} ${key.offset} ${keyAnchor('key', key)}`
      return !listed.has(place) && listed.add(place)
    })
    .sort((a, b) => b.ramBytes - a.ramBytes)
  const flagged = `${plural(bigKeySummary.flaggedKeys, 'key')} above the limits of the preset ${shownText(bigKeySummary.preset)}, together ${formatBytes(bigKeySummary.flaggedRamBytes)}`
  return section(
    'keys',
    'Keys',
    '',
    bigKeys.length > 0 &&
      subsection(
        'Big keys',
        paragraph(
          `${flagged}${bigKeys.length < bigKeySummary.flaggedKeys ? `; the largest ${formatCount(bigKeys.length)} are listed` : ''}.`,
          'soft',
        ),
        keyTable(report, 'big keys', bigKeys, 'big'),
      ),
    largest.length > 0 && subsection('Largest keys of each type', keyTable(report, 'largest keys', largest, 'key')),
    sizes(report),
  )
}

function keyAnchor(kind: string, key: BigKey): string {
  return anchorOf(kind, String(key.file), String(key.db), key.keyBase64 ?? key.key)
}

function keyTable(report: AnalysisReport, label: string, keys: readonly BigKey[], kind: string): HTMLElement {
  const severalFiles = report.provenance.files.length > 1
  const severalDbs = report.databases.length > 1
  const anchor = anchorsOf(keys, (key) => keyAnchor(kind, key))
  return table<BigKey>({
    label,
    rows: keys,
    first: kind === 'big' ? 20 : 12,
    columns: [
      { title: 'key', kind: 'name', value: (key) => visibleName(shownKey(key)) },
      ...(severalFiles ? [{ title: 'file', wide: true, value: (key: BigKey) => filePath(report, key) }] : []),
      ...(severalDbs ? [{ title: 'db', align: 'right' as const, value: (key: BigKey) => key.db }] : []),
      { title: 'type', value: (key) => key.type },
      { title: 'encoding', value: (key) => key.encoding, wide: true },
      bytesColumn('memory', (key) => key.ramBytes),
      countColumn('elements', (key) => key.elements),
      bytesColumn('longest', (key) => key.longestElementBytes, true),
      {
        title: 'expires',
        align: 'right',
        wide: true,
        value: (key) => key.expiresAtMs,
        text: (key) => expiresText(key, report.ttl.nowMs),
      },
    ],
    search: (key) => `${shownKey(key)} ${key.type} ${key.encoding}`,
    details: (key) => keyDetails(report, key, anchor(key)),
    anchor,
    summary: (rows) =>
      `${plural(rows.length, 'key')}, ${formatBytes(rows.reduce((sum, key) => sum + key.ramBytes, 0))}`,
  })
}

function filePath(report: AnalysisReport, key: BigKey): string {
  return shownText(report.provenance.files[key.file]?.path ?? '')
}

function expiresText(key: BigKey, nowMs: number): string {
  if (key.expiresAtMs === null) return 'never'
  const left = key.expiresAtMs - nowMs
  return left < 0 ? 'is over' : `in ${formatDuration(left)}`
}

function keyDetails(report: AnalysisReport, key: BigKey, anchor: string): HTMLElement {
  return el(
    'div',
    {},
    el('p', { class: 'full' }, name(shownKey(key)), anchorLink(anchor)),
    ...key.reasons.map((reason) => paragraph(`${capital(shownText(reason))}.`)),
    ...key.advice.map((advice) => paragraph(shownText(advice))),
    facts([
      ['type', `${key.type}, ${key.encoding}, db ${key.db}`],
      ['memory', `${formatBytes(key.ramBytes)}, payload ${formatBytes(key.payloadBytes)}`],
      ['elements', `${formatCount(key.elements)}, the longest ${formatBytes(key.longestElementBytes)}`],
      ['expires', key.expiresAtMs === null ? 'never' : formatTime(key.expiresAtMs)],
      ['reading it whole', `${formatBytes(key.replyBytes)} on the wire`],
      [
        'deleting it',
        `frees ${plural(key.freeEffort, 'allocation')}, about ${formatDuration(key.deleteMs)} in the main thread`,
      ],
      ['in the file', `${filePath(report, key)}, byte ${formatCount(key.offset)}`],
    ]),
    largestElements(key),
    ...keyCommands(key).map((text) => command(text)),
  )
}

/** Names of fields only: members and values are data. */
function largestElements(key: BigKey): Child {
  const rows = key.largestElements ?? []
  if (rows.length === 0) return null
  return facts(
    rows.map((row) => [
      'large element',
      el(
        'span',
        {},
        row.name === null ? `no. ${formatCount(row.index)}` : name(shownText(row.name)),
        ` ${formatBytes(row.bytes)}`,
      ),
    ]),
  )
}

/** How sizes of keys are spread. */
function sizes(report: AnalysisReport): Child {
  const { keySizes } = report
  const bars = (buckets: typeof keySizes.histogram): readonly Bar[] =>
    buckets.map((row) => ({ ...row, title: roundText(bytesText(row.from)) }))
  const percentiles = [
    ...(keySizes.ramBytes === null ? [] : [['memory of a key', keySizes.ramBytes] as const]),
    ...(keySizes.nameBytes === null ? [] : [['length of its name', keySizes.nameBytes] as const]),
  ]
  return el(
    'div',
    {},
    keySizes.histogram.length > 0 &&
      subsection(
        'Size of keys',
        paragraph('Each bar: keys from the size below it up to the next.', 'soft'),
        columnsChart('keys by size', bars(keySizes.histogram)).element,
      ),
    percentiles.length > 0 && percentileTable(percentiles),
    keySizes.nameHistogram.length > 0 &&
      fold('Length of key names', columnsChart('keys by length of the name', bars(keySizes.nameHistogram)).element),
    keySizes.perType.length > 0 && fold('Sizes by type, as redis-cli --bigkeys shows them', perTypeTable(report)),
  )
}

const PERCENTILE_COLUMNS = [
  ['least', 'p0'],
  ['median', 'p50'],
  ['75 %', 'p75'],
  ['90 %', 'p90'],
  ['99 %', 'p99'],
  ['99.9 %', 'p999'],
  ['most', 'p100'],
  ['mean', 'mean'],
] as const satisfies readonly (readonly [string, keyof Percentiles])[]

function percentileTable(rows: readonly (readonly [string, Percentiles])[]): HTMLElement {
  return table({
    label: 'percentiles',
    rows,
    columns: [
      { title: 'percentiles', value: ([title]) => title },
      ...PERCENTILE_COLUMNS.map(([title, field]) =>
        bytesColumn<(typeof rows)[number]>(
          title,
          ([, row]) => Math.round(row[field]),
          field === 'p75' || field === 'p999',
        ),
      ),
    ],
  })
}

function perTypeTable(report: AnalysisReport): HTMLElement {
  type Row = AnalysisReport['keySizes']['perType'][number]
  return table<Row>({
    label: 'sizes by type',
    rows: report.keySizes.perType,
    columns: [
      { title: 'type', value: (row) => row.type },
      countColumn('keys', (row) => row.keys),
      shareColumn('% of keys', (row) => row.keyShare),
      countColumn('elements', (row) => row.elements),
      {
        title: 'average',
        align: 'right',
        value: (row) => row.averageElements,
        text: (row) => formatAverage(row.averageElements),
      },
      bytesColumn('median memory', (row) => Math.round(row.ramBytes.p50)),
      bytesColumn('99 %', (row) => Math.round(row.ramBytes.p99)),
      {
        title: 'biggest',
        kind: 'name',
        value: (row) => (row.biggest === null ? '' : visibleName(shownKey(row.biggest))),
      },
    ],
  })
}
