import type { AnalysisReport, PatternRow } from '../../reports/report.js'
import type { ScannedDump } from '../pipeline/scan.js'
import type { ReadRequest } from '../requests.js'
import type { NameRedactor } from './names.js'

/** What takes names out of a result. */
export interface Redaction {
  readonly redactor: NameRedactor
  readonly dump: (dump: ScannedDump) => ScannedDump
  readonly report: (report: AnalysisReport) => AnalysisReport
}

/** Knows the patterns that were found; null when names may be shown. */
export async function redactionFor(
  request: ReadRequest,
  patternRows: readonly PatternRow[],
): Promise<Redaction | null> {
  const { redact = 'none', separators } = request
  if (redact === 'none') return null
  const [{ KnownPatterns }, { NameRedactor }, { redactDump, redactReport }] = await Promise.all([
    import('./known-patterns.js'),
    import('./names.js'),
    import('./report.js'),
  ])
  const known = new KnownPatterns(patternRows)
  const redactor = new NameRedactor(redact, separators, (name) => known.of(name))
  return {
    redactor,
    dump: (dump) => redactDump(dump, redactor),
    report: (report) => redactReport(report, redactor),
  }
}
