import type { SimulateReport } from '../reports/simulate-report.js'
import type { ChosenTarget } from './memory/choose-target.js'
import { fileOutcome, type ScannedDump, scanDumps } from './pipeline/scan.js'
import { manyDatabases } from './pipeline/simulation.js'
import { Savings, type SavingsOptions } from './plan/savings.js'
import type { FileOutcome, ReadRequest } from './requests.js'
import { version } from './version.js'

export type SimulateOptions = SavingsOptions

/** The answer, and what became of each input. */
export interface Simulated {
  readonly report: SimulateReport
  readonly files: readonly FileOutcome[]
  /** Keys that were looked at. */
  readonly readKeys: number
}

/**
 * What each technique would save on these dumps, alone and in a plan: two readings, in bounded memory; one
 * more where a technique prices every key once it knows all values (`Outcome.exactly`).
 *
 * @throws ParameterError before anything is read; InputError when there is no dump; UnitError, TargetError
 */
export async function simulate(request: ReadRequest, options: SimulateOptions = {}): Promise<Simulated> {
  const savings = await Savings.begin(request, options)
  let chosen: ChosenTarget | null = null
  const dumps: ScannedDump[] = []
  const scan = scanDumps({
    request,
    sha256: false,
    tap: savings.tap,
    onNow: (nowMs) => savings.setNow(nowMs),
    onTarget: (target) => {
      chosen = target
      savings.setTarget(target)
    },
    onBatch: () => {},
  })
  for await (const dump of scan) {
    dumps.push(dump)
    savings.addDump(dump)
  }
  if (chosen === null) throw new Error('no dump was read')
  if (savings.tap.hasManyDatabases) throw manyDatabases()
  const { note } = chosen as ChosenTarget
  const report: SimulateReport = {
    schemaVersion: 1,
    generator: { name: 'rdblens', version },
    note,
    ...(await savings.report()),
  }
  return { report, files: dumps.map(fileOutcome), readKeys: savings.tap.keys }
}
