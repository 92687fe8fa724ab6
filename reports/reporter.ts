import type { AnalysisReport } from './report.js'

/** How to write a report. A reporter ignores what it has no use for. */
export interface RenderOptions {
  /** Columns of the terminal; default 80. */
  readonly width?: number
  /** Whether terminal colours may be used; default false. */
  readonly colors?: boolean
  /** Rows per table, 0 for all of them; default is up to the reporter. */
  readonly top?: number
  /** Text: `bigkeys` is what redis-cli --bigkeys, --memkeys and --keystats show; default `report`. */
  readonly page?: 'report' | 'bigkeys'
  /** Text: levels of the prefix tree; default: no tree. */
  readonly treeDepth?: number
  /** CSV: one ASCII sign between the cells; default a comma. */
  readonly delimiter?: string
  /** CSV: start each file with a UTF-8 byte order mark. */
  readonly bom?: boolean
  /** CSV: leave cells that look like formulas as they are. */
  readonly raw?: boolean
  /** Values of one line in JSON, for logs; default indented by two. */
  readonly compact?: boolean
}

/** One file of a format that has several. */
export interface ReportFile {
  /** With extension, without folder: `patterns.csv`. */
  readonly name: string
  render(): Iterable<string>
}

/**
 * A format: from the finished report to text, in pieces. Reads the report and nothing else: no files, no
 * clock, no server knowledge.
 */
export interface Reporter {
  /** As in `--format`. */
  readonly id: string
  readonly title: string
  readonly extension: string
  /** Rows per table that the format is made for; default 10. Pages to search in have room for more. */
  readonly defaultTop?: number
  render(report: AnalysisReport, options?: RenderOptions): Iterable<string>
  /** Formats that are a folder: its files. `render` then gives the most important one. */
  files?(report: AnalysisReport, options?: RenderOptions): readonly ReportFile[]
}
