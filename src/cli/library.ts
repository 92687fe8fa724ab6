import type { CheckReport } from '../../reports/check-report.js'
import type { ExplainReport } from '../../reports/explain-report.js'
import type { Format } from '../../reports/formats.js'
import type { ProveReport } from '../../reports/prove-report.js'
import type { Reporter } from '../../reports/reporter.js'
import type { SimulateReport } from '../../reports/simulate-report.js'
import type { AnalyzeOptions, AnalyzeResult } from '../analyze.js'
import type { CheckOptions } from '../check.js'
import type { CompareResult, CompareRunOptions } from '../compare/run.js'
import type { ExplainOptions } from '../explain.js'
import type { InputFile } from '../io/inputs.js'
import type { MemoryModel } from '../memory/model.js'
import type { Profile } from '../profile/profile.js'
import type { ProveOptions } from '../prove/prove.js'
import type { ExportOptions, FileOutcome, KeysOptions, ReadRequest, Sink } from '../requests.js'
import type { RewriteOptions, Rewritten } from '../rewrite.js'
import type { SimulateOptions } from '../simulate.js'

export type { ExportOptions, FileOutcome, KeysOptions, ReadProgress, ReadRequest, Sink } from '../requests.js'

/** What the commands hand over to. `src/index.ts` is one, `libraryOnDemand` another. */
export interface Library {
  analyze(request: ReadRequest, options: AnalyzeOptions): Promise<AnalyzeResult>
  compareFiles(before: string, after: string, request: ReadRequest, options: CompareRunOptions): Promise<CompareResult>
  saveProfile(profile: Profile, path: string): Promise<number>
  streamKeys(request: ReadRequest, options: KeysOptions, sink: Sink): Promise<readonly FileOutcome[]>
  exportDump(request: ReadRequest, options: ExportOptions, sink: Sink): Promise<readonly FileOutcome[]>
  checkDump(input: InputFile, options: CheckOptions): Promise<CheckReport>
  explainKey(input: InputFile, request: ReadRequest, options: ExplainOptions): Promise<ExplainReport | null>
  simulate(
    request: ReadRequest,
    options: SimulateOptions,
  ): Promise<{ readonly report: SimulateReport; readonly files: readonly FileOutcome[] }>
  rewriteDump(request: ReadRequest, options: RewriteOptions, sink: Sink): Promise<Rewritten>
  prove(request: ReadRequest, options: ProveOptions): Promise<ProveReport>
  readonly targets: readonly MemoryModel[]
  readonly reporters: readonly (Format | Reporter)[]
  readonly targetIds: readonly string[]
}
