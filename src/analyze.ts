import type { AnalysisReport, ReportWarning } from '../reports/report.js'
import { SCHEMA_VERSION } from '../reports/report.js'
import { Collectors } from './analysis/index.js'
import { FLAG_ESTIMATED } from './batch.js'
import { DumpFacts } from './dump-facts.js'
import { type ChosenTarget, chooseTarget } from './memory/choose-target.js'
import { targetIds } from './memory/models/index.js'
import { fileOutcome } from './outcome.js'
import { TargetComparison } from './pipeline/compare-targets.js'
import { type ScannedDump, scanDumps } from './pipeline/scan.js'
import { provenance } from './provenance.js'
import { type LedgerSums, reconcile } from './reconcile.js'
import type { FileOutcome, ReadRequest } from './requests.js'
import { version } from './version.js'

export interface AnalyzeOptions {
  /** Rows per table; 0: all that is kept. */
  readonly top: number
  /** Ids of targets to price the same keys for, too; `all` for every one. */
  readonly targets?: readonly string[] | undefined
}

/**
 * Reads dumps and says what is in them. Several dumps are shards of one data set and give one report.
 * Dumps that are cut or damaged are reported as far as they could be read; see `files[].read.error`.
 */
export async function analyze(
  request: ReadRequest,
  options: AnalyzeOptions,
): Promise<{ readonly report: AnalysisReport; readonly files: readonly FileOutcome[] }> {
  const collectors = new Collectors({
    top: options.top,
    ...(request.separators === undefined ? {} : { separators: request.separators }),
  })
  let chosen: ChosenTarget | null = null
  let nowMs = request.nowMs ?? 0
  let estimated = 0
  const dumps: ScannedDump[] = []
  const comparison = options.targets === undefined ? null : compareWith(options.targets, request)
  const scan = scanDumps({
    request,
    sha256: true,
    tap: comparison?.tap() ?? null,
    onTarget: (target) => {
      chosen = target
    },
    onNow: (dumpNowMs) => {
      if (dumps.length === 0) nowMs = dumpNowMs
      collectors.setNow(dumpNowMs)
    },
    onBatch: (batch) => {
      collectors.add(batch)
      for (let row = 0; row < batch.length; row++) estimated += batch.flags[row]! & FLAG_ESTIMATED
    },
  })
  for await (const dump of scan) dumps.push(dump)
  if (chosen === null) throw new Error('no dump was read')
  const { target, note } = chosen as ChosenTarget
  const collected = collectors.report({ nowMs, target, files: dumps.length })
  const report: AnalysisReport = {
    schemaVersion: SCHEMA_VERSION,
    generator: { name: 'rdblens', version },
    provenance: provenance(dumps, target, request, nowMs, estimated > 0 || target.model.verification !== 'verified'),
    ...collected,
    ...(comparison === null ? {} : { targets: comparison.rows() }),
    reconciliation: reconcile(sumsOf(dumps), usedMemoryOf(dumps)),
    warnings: [
      ...(note === null ? [] : [{ code: 'target', message: note, file: null, offset: null }]),
      ...dumps.flatMap(warningsOf),
    ],
  }
  return { report, files: dumps.map(fileOutcome) }
}

/** The named targets, each with the settings that were asked for. @throws TargetError */
function compareWith(ids: readonly string[], request: ReadRequest): TargetComparison {
  const wanted = ids.includes('all') ? targetIds : ids
  return new TargetComparison(
    wanted.map((id) => chooseTarget({ ...request, target: id }, new DumpFacts(), false).target),
  )
}

function sumsOf(dumps: readonly ScannedDump[]): LedgerSums {
  const total = { payloadBytes: 0, headerBytes: 0, requestedBytes: 0, ramBytes: 0, overheadBytes: 0 }
  for (const { sums, overheadLeftover } of dumps) {
    for (const name of Object.keys(total) as (keyof LedgerSums)[]) total[name] += sums[name]
    total.overheadBytes += overheadLeftover
  }
  return total
}

/** What the servers used together; null when a dump does not say, was not read whole, or was filtered. */
function usedMemoryOf(dumps: readonly ScannedDump[]): number | null {
  let sum = 0
  for (const { facts, read, filteredKeys } of dumps) {
    if (facts.usedMemoryBytes === null || read.error !== null || filteredKeys > 0) return null
    sum += facts.usedMemoryBytes
  }
  return sum
}

function warningsOf(dump: ScannedDump, file: number): readonly ReportWarning[] {
  const { read } = dump
  const warnings: ReportWarning[] = []
  if (read.error !== null) {
    const offset = 'at' in read.error ? read.error.at.offset : null
    warnings.push({ code: read.error.code, message: read.error.message, file, offset })
  }
  if (dump.checksum === 'wrong') {
    warnings.push({
      code: 'checksum',
      message: 'the checksum at the end does not fit: some bytes changed after the dump was written',
      file,
      offset: null,
    })
  }
  for (const { code, message, at } of dump.warnings) warnings.push({ code, message, file, offset: at.offset })
  for (const message of read.notes) warnings.push({ code: 'note', message, file, offset: null })
  return warnings
}
