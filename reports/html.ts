import { shownText, visibleName } from './escape.js'
import { encodeReport } from './html/data.js'
import { htmlPage } from './html/shell.js'
import type { AnalysisReport } from './report.js'
import type { Reporter } from './reporter.js'
import { filteredSentence, keepUnits, summarySentences } from './wording.js'

/** The report as one page that opens from a disk, without a network, and can be sent to a colleague. */
export const html: Reporter = {
  id: 'html',
  title: 'One self-contained page for a browser',
  extension: '.html',
  defaultTop: 200,

  render(report: AnalysisReport): Iterable<string> {
    return htmlPage({
      name: titleOf(report),
      headline: keepUnits([...summarySentences(report), filteredSentence(report) ?? ''].join(' ').trimEnd()),
      version: report.generator.version,
      data: encodeReport(report),
    })
  },
}

function titleOf(report: AnalysisReport): string {
  const [first, ...others] = report.provenance.files
  if (first === undefined) return 'no dump'
  const name = first.path === '-' ? 'standard input' : visibleName(shownText(first.path))
  return others.length === 0 ? name : `${name} and ${others.length} more`
}
