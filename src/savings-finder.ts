import type { AnalysisReport } from '../reports/report.js'
import type { AnalyzeOptions } from './analyze.js'
import type { SavingsSectionOptions, WholeDataSet } from './analyze-savings.js'
import { RecordSample } from './pipeline/record-sample.js'
import type { Savings } from './plan/savings.js'
import type { ReadRequest } from './requests.js'

/**
 * Prepares savings while dumps are read for the rest of a report. All techniques are behind `savings`: half of the
 * code, which is loaded when it is wanted.
 */
export class SavingsFinder {
  readonly savings: typeof import('./analyze-savings.js')
  readonly options: SavingsSectionOptions
  readonly records: RecordSample
  /** At work in the reading itself; null where it cannot be. */
  alongside: Savings | null = null

  /** Null where the dumps cannot be read again. */
  static async ifReadableAgain(request: ReadRequest, options: AnalyzeOptions): Promise<SavingsFinder | null> {
    const [savings, { canReadAgain }] = await Promise.all([
      import('./analyze-savings.js'),
      import('./plan/second-reading.js'),
    ])
    return (await canReadAgain(request)) ? new SavingsFinder(savings, options) : null
  }

  private constructor(found: typeof import('./analyze-savings.js'), { savings, top, sampleKeys }: AnalyzeOptions) {
    this.savings = found
    this.options = { top, plan: typeof savings === 'object' ? savings : {}, sampleKeys }
    this.records = new RecordSample(sampleKeys ?? found.SAMPLE_KEYS)
  }
}

/** What is known of a data set that was read whole. */
export function wholeOf({ totals, types, provenance }: AnalysisReport, records: RecordSample): WholeDataSet {
  const elements = types.reduce((sum, { elements }) => sum + elements, 0)
  return { ...totals, elements, files: provenance.files, records }
}
