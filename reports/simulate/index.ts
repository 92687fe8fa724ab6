import type { RenderOptions } from '../reporter.js'
import type { SimulateReport } from '../simulate-report.js'
import { simulateCsv } from './csv.js'
import { simulateHtml } from './html.js'
import { simulateMarkdown } from './markdown.js'
import { type SimulateTextOptions, simulateJson, simulateText } from './text.js'

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
