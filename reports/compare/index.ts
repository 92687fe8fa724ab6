import type { CompareReport } from '../compare-report.js'
import { csvTable } from '../csv-table.js'
import { safeJson } from '../json.js'
import type { RenderOptions, ReportFile } from '../reporter.js'
import { compareHtml } from './html.js'
import { compareMarkdown } from './markdown.js'
import { compareCsvTables } from './tables.js'
import { compareText } from './text.js'

/** A format of `compare`. */
export interface CompareFormat {
  readonly defaultTop: number
  render(report: CompareReport, options: RenderOptions): Iterable<string>
  /** Formats that are a folder: its files. `render` then gives the most important one. */
  files?(report: CompareReport, options: RenderOptions): readonly ReportFile[]
}

const DEFAULT_TOP = 10

export const COMPARE_FORMATS: Readonly<Record<string, CompareFormat>> = {
  text: { defaultTop: DEFAULT_TOP, render: compareText },
  json: {
    defaultTop: DEFAULT_TOP,
    *render(report, { compact }) {
      yield `${safeJson(report, compact === true ? 0 : 2)}\n`
    },
  },
  md: { defaultTop: DEFAULT_TOP, render: compareMarkdown },
  html: { defaultTop: 200, render: compareHtml },
  csv: {
    defaultTop: DEFAULT_TOP,
    render: (report, options) => {
      const { columns, rows } = compareCsvTables(report)[0]!
      return csvTable(columns, rows, options)
    },
    files: (report, options) =>
      compareCsvTables(report).map(({ name, columns, rows }) => ({
        name,
        render: () => csvTable(columns, rows, options),
      })),
  },
}
