import type { AnalysisReport, ReportWarning } from '../reports/report.js'
import { SCHEMA_VERSION } from '../reports/report.js'
import { bigKeyPreset } from './analysis/big-key-limits.js'
import type { CollectorOptions } from './analysis/collectors.js'
import { keptKeys } from './analysis/kept-keys.js'
import { NO_NAMES, SampledValues } from './analysis/values/sampled-values.js'
import { ValueSamples } from './analysis/values/samples.js'
import type { AnalyzeOptions, AnalyzeResult } from './analyze.js'
import { FLAG_ESTIMATED, type KeyBatch } from './batch.js'
import { DumpFacts } from './dump-facts.js'
import { type ChosenTarget, chooseTarget, isWriter } from './memory/choose-target.js'
import { targetIds } from './memory/models/index.js'
import { type MemoryBudget, memoryBudget, memoryReport } from './memory-budget.js'
import { BigKeyElements } from './pipeline/big-key-elements.js'
import { CollectorThread } from './pipeline/collector-thread.js'
import type { TargetComparison } from './pipeline/compare-targets.js'
import type { RangeRequest } from './pipeline/ranges/pool.js'
import { RANGES_FROM_THREADS, rangesAllowed, threadsFor } from './pipeline/ranges/when.js'
import type { RowCollector } from './pipeline/row-collector.js'
import { fileOutcome, type ScannedDump, scanDumps, settled } from './pipeline/scan.js'
import { ValueSampler } from './pipeline/value-sampler.js'
import { joinTaps } from './pipeline/value-tap.js'
import { provenance } from './provenance.js'
import { type LedgerSums, reconcile } from './reconcile.js'
import { redactionFor } from './redact/redaction.js'
import type { ReadRequest } from './requests.js'
import type { SavingsFinder } from './savings-finder.js'
import { version } from './version.js'

/** What a profile keeps, so that reports with more rows can be made of it. */
const PROFILE_KEYS = 200
const PROFILE_PATTERNS = 500

/** Big keys that are listed when all are wanted. */
const ALL_BIG_KEYS = 500

/** Reads dumps in as many threads as there are, and makes one report of them. */
export async function analyzeDumps(
  request: ReadRequest,
  options: AnalyzeOptions,
  finder: SavingsFinder | null = null,
): Promise<AnalyzeResult> {
  const collectorOptions: CollectorOptions = {
    ...listedKeys(options, memoryBudget(request.maxMemoryBytes)),
    ...(request.separators === undefined ? {} : { separators: request.separators }),
    ...(options.bigKeyPreset === undefined ? {} : { bigKeyPreset: options.bigKeyPreset }),
    ...(options.bigKeyLimits === undefined ? {} : { bigKeyLimits: options.bigKeyLimits }),
    groups: options.groups,
    shards: options.shards,
    slotOwners: options.slotOwners,
  }
  const threads = await threadsFor(request)
  const mayUseRanges = threads >= RANGES_FROM_THREADS && options.targets === undefined
  const ranges = mayUseRanges ? await rangesAllowed(request) : null
  if (ranges !== null) {
    const { NotInRanges } = await import('./pipeline/ranges/splitter.js')
    const collector = new CollectorThread(collectorOptions)
    try {
      const inRanges = { threads: threads - 1, rowsTo: collector, once: ranges.once }
      return await analyzeWith(collector, request, options, finder, inRanges)
    } catch (error) {
      // A damaged dump, or one whose records depend on each other: one parser says exactly what is in it.
      if (!(error instanceof NotInRanges)) throw error
    } finally {
      await collector.stop()
    }
  }
  const collector: RowCollector =
    threads > 1 ? new CollectorThread(collectorOptions) : await localCollector(collectorOptions)
  try {
    if (finder !== null) finder.alongside = await finder.savings.savingsAlongside(request, finder.options)
    return await analyzeWith(collector, request, options, finder, null)
  } finally {
    await collector.stop()
  }
}

/** Not loaded where a thread has the collectors. */
async function localCollector(options: CollectorOptions): Promise<RowCollector> {
  const { LocalCollector } = await import('./pipeline/row-collector.js')
  return new LocalCollector(options)
}

function listedKeys(
  { top, profile }: AnalyzeOptions,
  room: MemoryBudget,
): Pick<CollectorOptions, 'top' | 'kept' | 'room'> {
  return { top, kept: profile === true ? PROFILE_KEYS : undefined, room }
}

async function analyzeWith(
  collector: RowCollector,
  request: ReadRequest,
  options: AnalyzeOptions,
  finder: SavingsFinder | null,
  inRanges: Pick<RangeRequest, 'threads' | 'rowsTo' | 'once'> | null,
): Promise<AnalyzeResult> {
  const { records = null, alongside = null } = finder ?? {}
  records?.clear()
  const showValues = options.showValues === true && (request.redact ?? 'none') === 'none'
  const listed = Math.max(options.top === 0 ? ALL_BIG_KEYS : options.top, options.profile === true ? PROFILE_KEYS : 0)
  const bigKeyElements = new BigKeyElements(
    bigKeyPreset(options.bigKeyPreset, options.bigKeyLimits),
    listed,
    showValues,
  )
  const budget = memoryBudget(request.maxMemoryBytes)
  const sampler = options.values === false ? null : new ValueSampler(new ValueSamples(budget.sampledBytes))
  let chosen: ChosenTarget | null = null
  let nowMs = request.nowMs ?? 0
  let begun = 0
  let estimated = 0
  const dumps: ScannedDump[] = []
  const comparison = options.targets === undefined ? null : await compareWith(options.targets, request)
  const { bigKeyPreset: preset, bigKeyLimits: limits } = options
  const ranges =
    inRanges === null
      ? undefined
      : new (await import('./pipeline/ranges/pool.js')).RangePool({
          ...inRanges,
          filter: request.filter,
          limits: request.limits,
          taps: { values: sampler !== null, bigKeys: { preset, limits, listed, showValues } },
          samples: sampler?.samples ?? null,
          duplicates: sampler?.duplicates ?? null,
          bigKeys: bigKeyElements,
          rangeBytes: request.rangeBytes,
        })
  const look = (batch: KeyBatch): void => {
    for (let row = 0; row < batch.length; row++) estimated += batch.flags[row]! & FLAG_ESTIMATED
    records?.add(batch)
  }
  const scan = scanDumps({
    request,
    sha256: true,
    ranges,
    tap: joinTaps([comparison?.tap ?? null, bigKeyElements, sampler, alongside?.tap ?? null]),
    onTarget: (target, facts) => {
      chosen = target
      comparison?.follow(target.target)
      if (alongside !== null) finder?.savings.goesAlongside(alongside, target, facts)
      // Keys of a cluster have their shares of the tables from hints in between.
      if (target.target.cluster) records?.stop()
    },
    onNow: (dumpNowMs) => {
      sampler?.nextFile()
      if (begun++ === 0) nowMs = dumpNowMs
      collector.setNow(dumpNowMs)
      alongside?.setNow(dumpNowMs)
    },
    batch: collector.first,
    onBatch: (batch) => {
      look(batch)
      return collector.add(batch)
    },
    // Ranges hand their batches on by themselves.
    onRangeRows: look,
  })
  try {
    for await (const dump of scan) {
      dumps.push(dump)
      alongside?.addDump(dump)
    }
  } finally {
    await ranges?.stop()
  }
  if (chosen === null) throw new Error('no dump was read')
  const { target, note } = chosen as ChosenTarget
  const sampled = sampler === null ? null : new SampledValues(sampler.samples, sampler.duplicates)
  const collecting = collector.finish({
    nowMs,
    target,
    files: dumps.length,
    sampled: sampled?.names ?? NO_NAMES,
    wantsState: options.profile === true,
  })
  // A thread may be at work on the other part of the report meanwhile.
  sampled?.detect()
  const { report: collected, patternRows, ranks, state } = await collecting
  const redaction = await redactionFor(request, patternRows)
  if (redaction !== null) dumps.splice(0, dumps.length, ...dumps.map(redaction.dump))
  const values =
    sampled === null ? {} : { values: sampled.report(patternRows, ranks, { top: options.top, showValues }) }
  // Comes last: a thread may still add them up.
  dumps.splice(0, dumps.length, ...(await Promise.all(dumps.map(settled))))
  const origin = provenance(dumps, target, request, nowMs, estimated > 0 || target.model.verification !== 'verified')
  const report: AnalysisReport = {
    schemaVersion: SCHEMA_VERSION,
    generator: { name: 'rdblens', version },
    provenance: { ...origin, options: { ...origin.options, ...options.asGiven } },
    ...collected,
    bigKeys: bigKeyElements.addTo(collected.bigKeys),
    ...values,
    memory: memoryReport(budget, { ...collected, ...values }, keptKeys(listedKeys(options, budget))),
    ...(comparison === null ? {} : { targets: comparison.rows() }),
    reconciliation: reconcile(
      sumsOf(dumps),
      usedMemoryOf(dumps),
      target.model.emptyServerBytes * dumps.length,
      dumps.every(({ facts }) => isWriter(target, facts)),
    ),
    warnings: [
      ...(note === null ? [] : [{ code: 'target', message: note, file: null, offset: null }]),
      ...dumps.flatMap(warningsOf),
    ],
  }
  const shown = redaction === null ? report : redaction.report(report)
  const kept = keptKeys({ top: options.top, kept: PROFILE_KEYS })
  const profile =
    state === null
      ? null
      : (await import('./profile/make.js')).makeProfile({
          report: shown,
          collectors: state,
          separators: request.separators,
          bigKeyPreset: options.bigKeyPreset,
          bigKeyLimits: options.bigKeyLimits,
          kept,
          target,
          ledger: sumsOf(dumps),
          usedMemoryBytes: usedMemoryOf(dumps),
          largestElements: bigKeyElements.state(kept),
          values:
            sampled?.report(patternRows, ranks, { top: PROFILE_PATTERNS, showValues: false, weights: true }) ?? null,
          targets: comparison?.rows() ?? null,
          redactor: redaction?.redactor ?? null,
        })
  return { report: shown, files: dumps.map(fileOutcome), profile }
}

/** The named targets, each with the settings that were asked for. @throws TargetError */
async function compareWith(ids: readonly string[], request: ReadRequest): Promise<TargetComparison> {
  const { TargetComparison } = await import('./pipeline/compare-targets.js')
  const wanted = ids.includes('all') ? targetIds : ids
  return new TargetComparison(
    wanted.map((id) => chooseTarget({ ...request, target: id }, new DumpFacts(), false).target),
  )
}

function sumsOf(dumps: readonly ScannedDump[]): LedgerSums {
  const total = { payloadBytes: 0, headerBytes: 0, requestedBytes: 0, ramBytes: 0, overheadBytes: 0, expiresBytes: 0 }
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
