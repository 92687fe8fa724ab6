import { formatTime } from '../format.js'
import { encodeData } from '../html/data.js'
import type { FleetPage } from '../html/page-data.js'
import { htmlPage } from '../html/shell.js'
import { keepUnits } from '../wording.js'
import type { NightReport, Trends } from './night-report.js'
import { nightSentence } from './wording.js'

/** All nights on one page: what is open, where it goes, when it is full. */
export function indexPage(report: NightReport, trends: Trends): Iterable<string> {
  const page = (rows: number | null): FleetPage => {
    const head = <Row>(list: readonly Row[]): readonly Row[] => (rows === null ? list : list.slice(0, rows))
    return {
      kind: 'fleet',
      cutTo: rows,
      report: { ...report, findings: head(report.findings), owners: head(report.owners), budgets: [] },
      trends: { ...trends, datasets: trends.datasets.map((one) => ({ ...one, patterns: head(one.patterns) })) },
    }
  }
  return htmlPage({
    name: `nights up to ${formatTime(Date.parse(`${report.date}T00:00:00Z`)).slice(0, 10)}`,
    headline: keepUnits(nightSentence(report)),
    version: report.generator.version,
    data: encodeData(page(null), page),
  })
}
