import { shownKey, shownText, visibleName } from '../../../escape.js'
import { formatDuration, formatTime } from '../../../format.js'
import type { AnalysisReport, BigKey, IdleBucket, Stampede } from '../../../report.js'
import { bytesColumn, countColumn, shareColumn } from '../columns.js'
import { type Child, fold, paragraph } from '../dom.js'
import { rowsChart } from '../histogram.js'
import { table } from '../table.js'
import { formatBytes, percent, plural, shareOf } from '../units.js'
import { section, subsection } from './section.js'

/** When keys expire and when they were last used. */
export function timeSection(report: AnalysisReport): HTMLElement | null {
  if (report.totals.keys === 0) return null
  const { ttl } = report
  return section(
    'time',
    'Time',
    `as of ${formatTime(ttl.nowMs)}`,
    subsection(
      'Time left before keys expire',
      ttl.spread !== null &&
        paragraph(
          `Keys that expire have ${formatDuration(ttl.spread.minMs)} to ${formatDuration(ttl.spread.maxMs)} left, half of them less than ${formatDuration(ttl.spread.medianMs)}.`,
          'soft',
        ),
      rowsChart(
        'keys by time left',
        ttl.buckets.map((row) => ({ ...row, title: shownText(row.title) })),
      ).element,
    ),
    withoutTtl(report),
    ...stampedes(report),
    idle(report),
  )
}

function withoutTtl(report: AnalysisReport): Child {
  const { withoutTtl: all, withoutTtlPatterns } = report.ttl
  if (withoutTtlPatterns.length === 0) return null
  type Row = (typeof withoutTtlPatterns)[number]
  return fold(
    `Patterns without TTL: ${plural(all.keys, 'key')}, ${formatBytes(all.ramBytes)}`,
    table<Row>({
      label: 'patterns without TTL',
      rows: withoutTtlPatterns,
      columns: [
        { title: 'pattern', kind: 'name', value: (row) => visibleName(shownText(row.pattern)) },
        { title: 'type', value: (row) => row.type },
        countColumn('without TTL', (row) => row.withoutTtl),
        countColumn('of keys', (row) => row.keys),
        bytesColumn('memory', (row) => row.withoutTtlRamBytes),
        shareColumn('%', (row) => shareOf(row.withoutTtlRamBytes, report.totals.ramBytes)),
      ],
      search: (row) => `${shownText(row.pattern)} ${row.type}`,
    }),
  )
}

function stampedes(report: AnalysisReport): readonly Child[] {
  const { stampedes: rows, stampedeUndercount, bigExpiring } = report.ttl
  return [
    rows.length > 0 &&
      fold(
        `Busiest moments of expiry: up to ${plural(Math.max(...rows.map((row) => row.keys)), 'key')}`,
        stampedeUndercount > 0 &&
          paragraph(
            `Intervals are counted in bounded memory: a row may lack ${plural(stampedeUndercount, 'key')}.`,
            'soft',
          ),
        table<Stampede>({
          label: 'moments',
          rows,
          columns: [
            { title: 'within the', value: (row) => row.unit },
            { title: 'from', value: (row) => row.startMs, text: (row) => formatTime(row.startMs) },
            countColumn('keys', (row) => row.keys),
            bytesColumn('memory', (row) => row.ramBytes),
            shareColumn('% of expiring', (row) => row.share),
          ],
        }),
      ),
    bigExpiring.length > 0 &&
      fold(
        `Large collections that expire within a day: ${bigExpiring.length}`,
        table<BigKey>({
          label: 'large collections that expire',
          rows: bigExpiring,
          columns: [
            { title: 'key', kind: 'name', value: (key) => visibleName(shownKey(key)) },
            { title: 'type', value: (key) => key.type },
            countColumn('elements', (key) => key.elements),
            bytesColumn('memory', (key) => key.ramBytes),
            {
              title: 'expires',
              value: (key) => key.expiresAtMs,
              text: (key) => (key.expiresAtMs === null ? 'never' : formatTime(key.expiresAtMs)),
            },
          ],
        }),
      ),
  ]
}

function idle(report: AnalysisReport): Child {
  const { idle: found } = report
  const bars = (buckets: readonly IdleBucket[]) => buckets.map((row) => ({ ...row, title: shownText(row.title) }))
  const hasIdle = found.idle.some((row) => row.keys > 0)
  const hasFreq = found.freq.some((row) => row.keys > 0)
  return subsection(
    'Last use',
    paragraph(shownText(found.note), 'soft'),
    hasIdle && rowsChart('keys by idle time', bars(found.idle)).element,
    hasFreq && paragraph('Access counter (LFU), 0 to 255, logarithmic', 'soft'),
    hasFreq && rowsChart('keys by access counter', bars(found.freq)).element,
    ...found.cold
      .filter((row) => row.keys > 0)
      .map((row) =>
        paragraph(
          `Not touched for ${formatDuration(row.seconds * 1000)} or longer: ${plural(row.keys, 'key')}, ${formatBytes(row.ramBytes)} (${percent(row.ramBytes, report.totals.ramBytes)}).`,
        ),
      ),
  )
}
