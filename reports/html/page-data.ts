import type { AnalysisReport } from '../report.js'

/** What the page carries: JSON, compressed with lz-string, as base64 in `<script type="text/plain" id="data">`. */
export interface PageData {
  readonly report: AnalysisReport
  /** Rows per table, when the report was too large for one page; null: all rows are there. */
  readonly cutTo: number | null
}
