import type { Trends } from '../../reports/batch/night-report.js'
import { readHistory } from './history.js'
import type { Layout } from './layout.js'
import { fitsGlob } from './owners.js'
import { TREND_NIGHTS, trendsOf } from './trends.js'

export interface TrendQuery {
  /** Glob of data sets. */
  readonly dataset?: string | undefined
  /** Glob of patterns. */
  readonly pattern?: string | undefined
  /** Last night; default: the newest. */
  readonly date?: string | undefined
  /** Days to look back. */
  readonly nights?: number | undefined
  /** Patterns per data set; 0: all. */
  readonly top: number
}

/** What the history knows about some data sets and patterns. */
export async function readTrends({ history }: Layout, query: TrendQuery): Promise<Trends> {
  return readHistory(history, (reader) => {
    const newest = reader.datasets().reduce((last, { date }) => (date > last ? date : last), '')
    const date = query.date ?? newest
    if (date === '') return { dates: [], datasets: [], calendar: [] }
    const trends = trendsOf(reader, date, () => true, query.nights ?? TREND_NIGHTS, Number.POSITIVE_INFINITY)
    const most = query.top === 0 ? Number.POSITIVE_INFINITY : query.top
    return {
      ...trends,
      datasets: trends.datasets
        .filter(({ dataset }) => fitsGlob(query.dataset, dataset))
        .map((one) => ({
          ...one,
          patterns: one.patterns.filter(({ pattern }) => fitsGlob(query.pattern, pattern)).slice(0, most),
        })),
    }
  })
}
