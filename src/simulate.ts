import type { SavingsReport, TechniqueResult } from '../reports/report.js'
import type { SimulateReport } from '../reports/simulate-report.js'
import { ENCODINGS, TYPES } from './batch.js'
import type { ChosenTarget } from './memory/choose-target.js'
import type { MemoryModel } from './memory/model.js'
import { databaseOverhead } from './memory/overhead.js'
import { inWordsOf } from './memory/setting-words.js'
import { describeTarget, type Target } from './memory/target.js'
import type { GroupTally } from './optimizations/groups.js'
import { techniques as allTechniques } from './optimizations/index.js'
import { NamePatterns } from './optimizations/names.js'
import type { Outcome, Technique, TechniqueContext } from './optimizations/optimization.js'
import { ParameterError, Parameters, type ParameterTexts } from './optimizations/parameters.js'
import { SAMPLING, SharedReservoir } from './optimizations/sampling/shared-reservoir.js'
import { fileOutcome } from './outcome.js'
import { type ScannedDump, scanDumps } from './pipeline/scan.js'
import { Job, Simulation } from './pipeline/simulation.js'
import type { FileOutcome, ReadRequest } from './requests.js'
import { version } from './version.js'

export interface SimulateOptions {
  /** Ids of the techniques to try; default: all. */
  readonly techniques?: readonly string[] | undefined
  readonly parameters?: ParameterTexts | undefined
  /** Groups that are listed per technique; default 10. */
  readonly top?: number | undefined
  /** In place of the registry, for programs with techniques of their own. */
  readonly registry?: readonly Technique[] | undefined
  /** Told what each technique made of the data, for whoever carries it out. */
  readonly onOutcome?: ((id: string, outcome: Outcome, context: TechniqueContext) => void) | undefined
}

const TOP_GROUPS = 10

/**
 * What each technique would save on these dumps, alone: one reading, in bounded memory.
 * @throws ParameterError before anything is read
 */
export async function simulate(
  request: ReadRequest,
  options: SimulateOptions = {},
): Promise<{ readonly report: SimulateReport; readonly files: readonly FileOutcome[] }> {
  const names = new NamePatterns(request.separators, (request.redact ?? 'none') !== 'none')
  const jobs = jobsOf(options)
  await prepare(jobs)
  const simulation = new Simulation(names)
  const reservoir = new SharedReservoir()
  let chosen: ChosenTarget | null = null
  let nowMs = request.nowMs ?? 0
  let overheadBytes = 0
  const dumps: ScannedDump[] = []
  const contextOf = (job: Job, target: Target): TechniqueContext => ({
    target,
    parameters: job.parameters,
    names,
    nowMs: () => nowMs,
    reservoir,
  })
  const scan = scanDumps({
    request,
    sha256: false,
    tap: simulation,
    onNow: (dumpNowMs) => {
      nowMs = dumpNowMs
    },
    onTarget: (target) => {
      chosen = target
      for (const job of jobs) start(job, contextOf(job, target.target))
      const runs = jobs.flatMap((job) => (job.parts.length > 0 ? job.parts : [job]))
      simulation.jobs = reservoir.run === null ? runs : [samplingJob(reservoir), ...runs]
    },
    onBatch: () => {},
  })
  for await (const dump of scan) {
    dumps.push(dump)
    overheadBytes += dump.sums.overheadBytes + dump.overheadLeftover
  }
  if (chosen === null) throw new Error('no dump was read')
  const { target, note } = chosen as ChosenTarget
  const before = {
    keys: simulation.keys,
    ramBytes: simulation.ramBytes,
    usedMemoryBytes: simulation.ramBytes + overheadBytes,
  }
  const results = jobs.map((job) =>
    reworded(resultOf(job, simulation, before, contextOf(job, target), options), target.model),
  )
  const savings: SavingsReport = {
    target: describeTarget(target),
    before,
    techniques: results.sort((a, b) => b.savedBytes - a.savedBytes || (a.id < b.id ? -1 : 1)),
    plan: [],
  }
  const report: SimulateReport = { schemaVersion: 1, generator: { name: 'rdblens', version }, note, ...savings }
  return { report, files: dumps.map(fileOutcome) }
}

/** Advice in the words of the target. Names of keys and patterns stay as they are. */
function reworded(result: TechniqueResult, model: MemoryModel): TechniqueResult {
  const { steps, verify, rollback, breaks, assumptions, parameters } = result
  return { ...result, ...inWordsOf(model, { steps, verify, rollback, breaks, assumptions, parameters }) }
}

function jobsOf({ techniques, parameters = {}, registry = allTechniques }: SimulateOptions): readonly Job[] {
  const wanted = techniques ?? registry.map(({ id }) => id)
  return registry
    .filter(({ id }) => wanted.includes(id))
    .map((technique) => {
      const texts = parameters[technique.id]
      return new Job(technique, new Parameters(technique.id, technique.parameters, texts))
    })
}

/** Loads what techniques need; one that fails is out, and says why. */
async function prepare(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    try {
      await job.technique.prepare?.(job.parameters)
    } catch (error) {
      job.fail(error)
    }
  }
}

/** Looks at the keys in front of the techniques; when it fails, they say so. */
function samplingJob(reservoir: SharedReservoir): Job {
  const job = new Job(SAMPLING, new Parameters(SAMPLING.id, []))
  job.start(reservoir.run!)
  reservoir.failure = () => job.failure
  return job
}

/** @throws ParameterError when a parameter does not fit the target */
function start(job: Job, context: TechniqueContext): void {
  if (job.failure !== null) return
  try {
    const runs = job.technique.start(context)
    if (typeof runs === 'string') job.unavailable = runs
    else job.start(runs)
  } catch (error) {
    if (error instanceof ParameterError) throw error
    job.fail(error)
  }
}

function resultOf(
  job: Job,
  simulation: Simulation,
  before: SavingsReport['before'],
  context: TechniqueContext,
  options: SimulateOptions,
): TechniqueResult {
  const { technique } = job
  const { target } = context
  const outcome = job.outcome(context)
  if (outcome !== null) options.onOutcome?.(technique.id, outcome, context)
  const groups = outcome?.groups ?? []
  const status =
    job.failure !== null
      ? 'error'
      : job.unavailable !== null
        ? 'not-on-this-target'
        : groups.length === 0 && outcome?.whole === undefined
          ? 'nothing-to-do'
          : 'applies'
  const ramBytesBefore = sum(groups, 'ramBefore')
  const ramBytesAfter = sum(groups, 'ramAfter')
  const usedMemoryAfter =
    outcome?.whole === undefined
      ? before.usedMemoryBytes - (ramBytesBefore - ramBytesAfter) + overheadChange(simulation, groups, target)
      : outcome.whole.ramBytes + outcome.whole.overheadBytes
  const savedBytes = before.usedMemoryBytes - usedMemoryAfter
  const reasons = [job.unavailable, job.failure].filter((reason) => reason !== null)
  return {
    id: technique.id,
    title: technique.title,
    status,
    keys: sum(groups, 'keys'),
    ramBytesBefore,
    ramBytesAfter,
    savedBytes,
    savedRatio: before.usedMemoryBytes === 0 ? 0 : savedBytes / before.usedMemoryBytes,
    usedMemoryBefore: before.usedMemoryBytes,
    usedMemoryAfter,
    certainty: outcome?.certainty ?? technique.certainty,
    sampledKeys: outcome?.sampledKeys ?? 0,
    interval95: intervalOf(outcome, savedBytes - (ramBytesBefore - ramBytesAfter)),
    parameters: { ...job.parameters.shown, ...outcome?.parameters },
    groups: groupRows(groups, outcome, simulation.names, options.top ?? TOP_GROUPS),
    assumptions: [...reasons, ...(outcome?.assumptions ?? []), technique.cpu],
    breaks: technique.breaks,
    effort: technique.effort,
    steps: outcome?.steps ?? technique.steps,
    verify: technique.verify,
    rollback: technique.rollback,
  }
}

/** @param tables bytes that the tables of the databases save on top */
function intervalOf(outcome: Outcome | null, tables: number): readonly [number, number] | null {
  if (outcome?.interval95 === undefined) return null
  const [low, high] = outcome.interval95
  return [Math.round(low + tables), Math.round(high + tables)]
}

/** What the tables of the databases take more (negative: less) when the groups are changed. */
function overheadChange(simulation: Simulation, groups: readonly GroupTally[], target: Target): number {
  const after = new Map([...simulation.databases].map(([number, counts]) => [number, { ...counts }]))
  for (const group of groups) {
    const counts = after.get(group.file * 65536 + group.db)!
    counts.keys += group.keysAfter - group.keys
    counts.expires += group.expiresAfter - group.expires
    counts.fieldExpiryKeys += group.fieldExpiryKeysAfter - group.fieldExpiryKeys
  }
  let change = 0
  for (const [number, counts] of after) {
    change += databaseOverhead(target, counts).totalBytes
    change -= databaseOverhead(target, simulation.databases.get(number)!).totalBytes
  }
  return change
}

/** The groups with the largest savings (or losses); shards of one data set are joined by pattern. */
function groupRows(
  groups: readonly GroupTally[],
  outcome: Outcome | null,
  names: NamePatterns,
  top: number,
): readonly Readonly<Record<string, unknown>>[] {
  const sorted = [...groups].sort((a, b) => Math.abs(b.saved) - Math.abs(a.saved) || a.pattern - b.pattern)
  const shown = top === 0 ? sorted : sorted.slice(0, top)
  const rows: Record<string, unknown>[] = shown.map((group) => ({
    file: group.file,
    db: group.db,
    pattern: names.of(group.pattern).text,
    type: TYPES[group.type],
    encoding: ENCODINGS[group.encoding],
    keys: group.keys,
    keysAfter: group.keysAfter,
    ramBytesBefore: group.ramBefore,
    ramBytesAfter: group.ramAfter,
    savedBytes: group.saved,
    ...outcome?.details?.(group),
  }))
  const rest = sorted.slice(shown.length)
  if (rest.length > 0) {
    rows.push({
      pattern: '[other]',
      keys: sum(rest, 'keys'),
      keysAfter: sum(rest, 'keysAfter'),
      ramBytesBefore: sum(rest, 'ramBefore'),
      ramBytesAfter: sum(rest, 'ramAfter'),
      savedBytes: sum(rest, 'ramBefore') - sum(rest, 'ramAfter'),
    })
  }
  return rows
}

function sum(groups: readonly GroupTally[], what: 'keys' | 'keysAfter' | 'ramBefore' | 'ramAfter'): number {
  return groups.reduce((total, group) => total + group[what], 0)
}
