import type { CompareReport } from '../compare-report.js'
import { encodeData } from '../html/data.js'
import { htmlPage } from '../html/shell.js'
import { otherChanges } from './other-changes.js'
import { headline, sideLine } from './wording.js'

/** What changed, as one page that opens from a disk without a network. */
export function compareHtml(report: CompareReport): Iterable<string> {
  return htmlPage({
    name: `${sideLine(report.old)} → ${sideLine(report.new)}`,
    headline: headline(report),
    version: report.generator.version,
    data: encodeData({ kind: 'compare', report, cutTo: null }, (rows) => ({
      kind: 'compare',
      cutTo: rows,
      report: {
        ...report,
        patterns:
          report.patterns.length <= rows + 1
            ? report.patterns
            : [...report.patterns.slice(0, rows), otherChanges(report.patterns.slice(rows))],
        bigKeys: report.bigKeys.slice(0, rows),
        ttl: { ...report.ttl, drift: report.ttl.drift.slice(0, rows) },
        encodingChanges: report.encodingChanges.slice(0, rows),
        databases: report.databases.slice(0, rows),
      },
    })),
  })
}
