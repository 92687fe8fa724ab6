import type { AnalysisPage } from '../../page-data.js'
import { keysSection } from '../sections/keys.js'
import { mapSection } from '../sections/map.js'
import { methodSection } from '../sections/method.js'
import { overview } from '../sections/overview.js'
import { groupsSection, patternsSection } from '../sections/patterns.js'
import { risksOf, risksSection } from '../sections/risks.js'
import { savingsSection } from '../sections/savings/index.js'
import { slotsSection } from '../sections/slots.js'
import { accountingSection, databasesSection, typesSection } from '../sections/tables.js'
import { timeSection } from '../sections/time.js'
import { valuesSection } from '../sections/values.js'
import type { DrawnPage } from './page.js'

/** What is in a data set. */
export function analysisPage(data: AnalysisPage): DrawnPage {
  const { report } = data
  const risks = risksOf(report)
  const sections = [
    savingsSection(report.savings),
    risksSection(risks),
    mapSection(report),
    groupsSection(report),
    patternsSection(report),
    keysSection(report),
    typesSection(report),
    databasesSection(report),
    timeSection(report),
    slotsSection(report),
    valuesSection(report),
    accountingSection(report),
    methodSection(report),
  ].filter((part) => part !== null)
  return { head: overview(data, risks, sections), sections, measured: true }
}
