import { csvTable } from './csv-table.js'
import type { AnalysisReport } from './report.js'
import type { RenderOptions, Reporter, ReportFile } from './reporter.js'
import { TABLES } from './tables.js'

/** The table that `render` gives when there is no folder to write the others to. */
const MAIN_TABLE = 'patterns'

/** The tables of the report, one file each. */
export const csv: Reporter = {
  id: 'csv',
  title: 'CSV for spreadsheets: a folder with one file per table',
  extension: '.csv',

  render(report: AnalysisReport, options: RenderOptions = {}): Iterable<string> {
    const table = TABLES.find(({ name }) => name === MAIN_TABLE)!
    return csvTable(table.columns, table.rows(report), options)
  },

  files(report: AnalysisReport, options: RenderOptions = {}): readonly ReportFile[] {
    return TABLES.map((table) => ({
      name: `${table.name}.csv`,
      render: () => csvTable(table.columns, table.rows(report), options),
    }))
  },
}
