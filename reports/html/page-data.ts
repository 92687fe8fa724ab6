import type { NightReport, Trends } from '../batch/night-report.js'
import type { CompareReport } from '../compare-report.js'
import type { AnalysisReport } from '../report.js'
import type { SimulateReport } from '../simulate-report.js'

/** What the page carries: JSON, compressed with lz-string, as base64 in `<script type="text/plain" id="data">`. */
export type PageData = AnalysisPage | SimulationPage | FleetPage | ComparePage

interface Page {
  /** Rows per table, when the report was too large for one page; null: all rows are there. */
  readonly cutTo: number | null
}

/** Of `analyze`, and of all that gives the same report. */
export interface AnalysisPage extends Page {
  readonly kind: 'analysis'
  readonly report: AnalysisReport
}

/** Of `simulate`. */
export interface SimulationPage extends Page {
  readonly kind: 'simulation'
  readonly report: SimulateReport
}

/** Of `compare`. */
export interface ComparePage extends Page {
  readonly kind: 'compare'
  readonly report: CompareReport
}

/** Of `nightly`: all nights. */
export interface FleetPage extends Page {
  readonly kind: 'fleet'
  readonly report: NightReport
  readonly trends: Trends
}
