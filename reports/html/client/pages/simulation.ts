import { shownText } from '../../../escape.js'
import type { SimulationPage } from '../../page-data.js'
import { paragraph } from '../dom.js'
import { savingsSection } from '../sections/savings/index.js'
import type { DrawnPage } from './page.js'

/** What each change would save. */
export function simulationPage({ report }: SimulationPage): DrawnPage {
  const head = [paragraph(`Memory as ${shownText(report.target)} holds it after loading.`, 'provenance')]
  if (report.note !== null) head.push(paragraph(shownText(report.note), 'note'))
  return { head, sections: [savingsSection(report)].filter((part) => part !== null) }
}
