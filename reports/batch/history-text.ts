import { escapeFormula, shownText, visibleName } from '../escape.js'
import { formatBytes, formatCount, plural } from '../format.js'
import { Page } from '../text/page.js'
import type { DatasetTrend, Series, Trends } from './night-report.js'
import { sparkline } from './sparkline.js'
import { changeText } from './wording.js'

export interface HistoryTextOptions {
  readonly width: number
  readonly colors: boolean
  readonly measure: 'bytes' | 'keys'
}

interface Row {
  readonly name: string
  readonly series: Series
}

const NARROW_CELLS = 14
const WIDE_CELLS = 40
const WIDE_FROM = 120

/** Trends on a terminal: a line per data set and pattern. */
export function* historyText(trends: Trends, { width, colors, measure }: HistoryTextOptions): Generator<string> {
  const page = new Page(width, colors, Number.POSITIVE_INFINITY)
  const { dates, datasets, calendar } = trends
  const days = dates.length === 1 ? dates[0]! : `${dates[0]} to ${dates.at(-1)}`
  if (datasets.length === 0) {
    const empty = 'The history is empty: rdblens nightly fills it.'
    page.paragraph(dates.length === 0 ? empty : `The history has nothing of what was asked for, ${days}.`, 0)
  } else {
    page.line(
      page.style('bold', `${days}, ${plural(calendar.length, 'night')}, ${measure === 'bytes' ? 'memory' : 'keys'}`),
    )
  }
  const cells = width >= WIDE_FROM ? WIDE_CELLS : NARROW_CELLS
  for (const dataset of datasets) {
    page.blank()
    page.table<Row>(
      [
        { title: shownText(dataset.dataset), flexible: true, cell: ({ name }) => name },
        {
          title: 'first',
          align: 'right',
          cell: ({ series }) =>
            shown(
              series.find((value) => value !== null),
              measure,
            ),
        },
        { title: 'last', align: 'right', cell: ({ series }) => shown(series.at(-1), measure) },
        { title: 'change', align: 'right', cell: ({ series }) => change(series, measure) },
        { title: 'trend', cell: ({ series }) => sparkline(series, cells) },
      ],
      rowsOf(dataset, measure),
    )
    const { incomplete } = dataset
    if (incomplete.length > 0) {
      page.paragraph(`incomplete: ${incomplete.slice(-5).join(', ')}${incomplete.length > 5 ? ' and earlier' : ''}`)
    }
  }
  for (const line of page.take()) yield `${line}\n`
}

function rowsOf(dataset: DatasetTrend, measure: 'bytes' | 'keys'): readonly Row[] {
  return [
    { name: '= all of it', series: dataset[measure] },
    ...dataset.patterns.map((one) => ({ name: visibleName(shownText(one.pattern)), series: one[measure] })),
  ]
}

function shown(value: number | null | undefined, measure: 'bytes' | 'keys'): string {
  if (value === null || value === undefined) return '-'
  return measure === 'bytes' ? formatBytes(value) : formatCount(value)
}

function change(series: Series, measure: 'bytes' | 'keys'): string {
  const first = series.find((value) => value !== null) ?? null
  const last = series.at(-1) ?? null
  if (first === null || last === null || series.filter((value) => value !== null).length < 2) return ''
  if (measure === 'bytes') return changeText(last - first, first)
  return `${last > first ? '+' : ''}${formatCount(last - first)}`
}

/** One row per night and data set or pattern, for spreadsheets. */
export function* historyRows(trends: Trends): Generator<readonly (string | number)[]> {
  yield ['date', 'dataset', 'pattern', 'type', 'ram_bytes', 'keys']
  for (const dataset of trends.datasets) {
    const lines = [{ pattern: '', type: '', bytes: dataset.bytes, keys: dataset.keys }, ...dataset.patterns]
    for (const { pattern, type, bytes, keys } of lines) {
      const name = escapeFormula(shownText(pattern))
      for (const [index, date] of trends.dates.entries()) {
        const [size, count] = [bytes[index] ?? null, keys[index] ?? null]
        if (size !== null && count !== null) yield [date, dataset.dataset, name, type, size, count]
      }
    }
  }
}
