import { stringify } from 'csv-stringify/sync'
import { escapeFormula } from './escape.js'
import type { AnalysisReport } from './report.js'
import type { RenderOptions, Reporter, ReportFile } from './reporter.js'
import { type Cell, type ReportTable, TABLES } from './tables.js'

/** The table that `render` gives when there is no folder to write the others to. */
const MAIN_TABLE = 'patterns'

function* renderTable(table: ReportTable, report: AnalysisReport, options: RenderOptions): Iterable<string> {
  const cellOf = (cell: Cell): string => {
    if (cell === null) return ''
    // Only text can come from the dump; a negative number is a number.
    if (typeof cell !== 'string' || options.raw === true) return String(cell)
    return escapeFormula(cell)
  }
  const settings = { delimiter: options.delimiter ?? ',', quoted_match: /^\s|\s$/ }
  if (options.bom === true) yield '\ufeff'
  yield stringify([table.columns], settings)
  for (const row of table.rows(report)) yield stringify([row.map(cellOf)], settings)
}

/** The tables of the report, one file each. */
export const csv: Reporter = {
  id: 'csv',
  title: 'CSV for spreadsheets: a folder with one file per table',
  extension: '.csv',

  render(report: AnalysisReport, options: RenderOptions = {}): Iterable<string> {
    return renderTable(TABLES.find(({ name }) => name === MAIN_TABLE)!, report, options)
  },

  files(report: AnalysisReport, options: RenderOptions = {}): readonly ReportFile[] {
    return TABLES.map((table) => ({
      name: `${table.name}.csv`,
      render: () => renderTable(table, report, options),
    }))
  },
}
