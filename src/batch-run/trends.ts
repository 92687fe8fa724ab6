import type { DatasetTrend, PatternTrend, Series, Trends } from '../../reports/batch/night-report.js'
import { dayRange } from './days.js'
import type { DatasetRow, HistoryReader, PatternRow } from './history.js'

/** Nights that pages and trends look back on. */
export const TREND_NIGHTS = 366
const TREND_PATTERNS = 30

/** What the history says, up to and with a night. */
export function trendsOf(
  history: HistoryReader,
  date: string,
  hasReports: (date: string) => boolean,
  nights = TREND_NIGHTS,
  patterns = TREND_PATTERNS,
): Trends {
  const all = history.datasets({ upTo: date })
  const first = all[0]?.date ?? date
  const dates = dayRange(first < date ? first : date, date, nights)
  const from = dates[0]!
  const rows = all.filter((row) => row.date >= from)
  const names = [...new Set(rows.map(({ dataset }) => dataset))].sort()
  const findings = history.findings({ from, upTo: date })
  const calendar = [...new Set(rows.map((row) => row.date))].map((day) => {
    const open = findings.filter((row) => row.date === day && row.state === 'open')
    return {
      date: day,
      datasets: rows.filter((row) => row.date === day).map(({ dataset }) => dataset),
      errors: open.filter(({ severity }) => severity === 'error').length,
      warnings: open.filter(({ severity }) => severity === 'warn').length,
      broken: rows.filter((row) => row.date === day && !row.complete).length,
      hasReports: hasReports(day),
    }
  })
  return { dates, calendar, datasets: names.map((name) => trendOf(history, name, rows, dates, patterns)) }
}

function trendOf(
  history: HistoryReader,
  dataset: string,
  all: readonly DatasetRow[],
  dates: readonly string[],
  most: number,
): DatasetTrend {
  const rows = all.filter((row) => row.dataset === dataset)
  const byDate = new Map(rows.map((row) => [row.date, row]))
  const series = (pick: (row: DatasetRow) => number): Series =>
    dates.map((date) => {
      const row = byDate.get(date)
      return row === undefined ? null : pick(row)
    })
  return {
    dataset,
    bytes: series((row) => row.ramBytes + row.overheadBytes),
    keys: series((row) => row.keys),
    incomplete: rows.filter((row) => !row.complete).map((row) => row.date),
    patterns: patternTrends(history.patterns({ dataset, from: dates[0]!, upTo: dates.at(-1)! }), dates, most),
  }
}

/** The patterns that are largest on the newest night; those that are gone by then follow. */
function patternTrends(rows: readonly PatternRow[], dates: readonly string[], most: number): readonly PatternTrend[] {
  const byName = new Map<string, Map<string, PatternRow>>()
  for (const row of rows) {
    const name = `${row.type}\0${row.pattern}`
    const nights = byName.get(name) ?? new Map<string, PatternRow>()
    byName.set(name, nights.set(row.date, row))
  }
  const last = dates.at(-1)!
  const bytes = (row: PatternRow | undefined): number => (row === undefined ? 0 : row.ramBytes + row.overheadBytes)
  const weight = (nights: Map<string, PatternRow>): number => bytes(nights.get(last))
  return [...byName.values()]
    .sort((a, b) => weight(b) - weight(a) || (nameOf(a) < nameOf(b) ? -1 : 1))
    .slice(0, most)
    .map((nights) => {
      const { pattern, type } = [...nights.values()][0]!
      const series = (pick: (row: PatternRow) => number): Series =>
        dates.map((date) => {
          const row = nights.get(date)
          return row === undefined ? null : pick(row)
        })
      return { pattern, type, bytes: series(bytes), keys: series((row) => row.keys) }
    })
}

function nameOf(nights: Map<string, PatternRow>): string {
  const { pattern, type } = [...nights.values()][0]!
  return `${pattern} ${type}`
}
