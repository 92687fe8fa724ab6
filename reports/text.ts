import type { AnalysisReport } from './report.js'
import type { RenderOptions, Reporter } from './reporter.js'
import { writeBigKeysPage } from './text/bigkeys.js'
import { writeGroups, writeMethod, writeTree } from './text/more.js'
import { writeHeader, writeRisks, writeSavings, writeSummary, writeWarnings } from './text/overview.js'
import { Page } from './text/page.js'
import {
  writeDatabases,
  writeIdle,
  writeLargest,
  writePatterns,
  writeReconciliation,
  writeSlots,
  writeTtl,
  writeTypes,
  writeWithoutTtl,
} from './text/tables.js'
import { writeTargets } from './text/targets.js'
import { writeValues } from './text/values.js'

const DEFAULT_WIDTH = 80
/** Below this nothing can be laid out; lines are cut instead. */
const MIN_WIDTH = 40
const DEFAULT_TOP = 10

/** In the order of what the reader needs: the answer, money, danger, facts. */
const SECTIONS: readonly ((page: Page, report: AnalysisReport) => void)[] = [
  writeHeader,
  writeSummary,
  writeSavings,
  writeRisks,
  writePatterns,
  writeGroups,
  writeTypes,
  writeLargest,
  writeWithoutTtl,
  writeTtl,
  writeIdle,
  writeDatabases,
  writeSlots,
  writeValues,
  writeReconciliation,
  writeTargets,
  writeWarnings,
  writeMethod,
]

/** What `--bigkeys` leaves of it. */
const BIG_KEY_SECTIONS: typeof SECTIONS = [writeHeader, writeBigKeysPage]

/** How to see more, when there is more. */
function writeFooter(page: Page, report: AnalysisReport): void {
  if (report.patterns.length <= page.top && report.ttl.withoutTtlPatterns.length <= page.top) return
  page.blank()
  page.paragraph('All rows: --top 0.  Other formats: --format html, json, md, csv, prom.', 0, 0, 'dim')
}

/** The report for a terminal: 80 columns, or as many as there are. */
export const text: Reporter = {
  id: 'text',
  title: 'Text for the terminal',
  extension: '.txt',

  *render(report: AnalysisReport, options: RenderOptions = {}): Iterable<string> {
    const top = options.top ?? DEFAULT_TOP
    const width = Math.max(MIN_WIDTH, options.width ?? DEFAULT_WIDTH)
    const page = new Page(width, options.colors ?? false, top === 0 ? Number.POSITIVE_INFINITY : top)
    const { treeDepth } = options
    for (const write of options.page === 'bigkeys' ? BIG_KEY_SECTIONS : SECTIONS) {
      write(page, report)
      if (write === writePatterns && treeDepth !== undefined) writeTree(page, report, treeDepth)
      for (const line of page.take()) yield `${line}\n`
    }
    if (options.page !== 'bigkeys') writeFooter(page, report)
    for (const line of page.take()) yield `${line}\n`
  },
}
