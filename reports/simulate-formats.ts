import type { RenderOptions } from './reporter.js'
import { simulateCsv } from './simulate-csv.js'
import { simulateHtml } from './simulate-html.js'
import { simulateMarkdown } from './simulate-markdown.js'
import type { SimulateReport } from './simulate-report.js'
import { type SimulateTextOptions, simulateJson, simulateText } from './simulate-text.js'

export type SimulateRenderOptions = SimulateTextOptions & Pick<RenderOptions, 'delimiter' | 'bom' | 'raw'>

/** How the answer of `simulate` can be written. */
export const SIMULATE_FORMATS: Readonly<
  Record<string, (report: SimulateReport, options: SimulateRenderOptions) => Iterable<string>>
> = {
  text: simulateText,
  json: simulateJson,
  md: simulateMarkdown,
  html: simulateHtml,
  csv: simulateCsv,
}
