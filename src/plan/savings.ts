import type { RdbKey } from '../../parsers/index.js'
import type { SavingsReport } from '../../reports/report.js'
import type { KeyBatch } from '../batch.js'
import { type ChosenTarget, isWriter } from '../memory/choose-target.js'
import { describeTarget, type Target } from '../memory/target.js'
import { techniques as allTechniques } from '../optimizations/index.js'
import { NamePatterns } from '../optimizations/names.js'
import type { Outcome, Technique, TechniqueContext } from '../optimizations/optimization.js'
import { ParameterError, Parameters, type ParameterTexts } from '../optimizations/parameters.js'
import { SAMPLING, SharedReservoir } from '../optimizations/sampling/shared-reservoir.js'
import type { ScannedDump } from '../pipeline/scan.js'
import { Job, Simulation } from '../pipeline/simulation.js'
import type { ReadRequest } from '../requests.js'
import { countedUp, type KeySample, SampleScale } from './key-sample.js'
import { type PlanOptions, planOf } from './plan.js'
import { type BeforeChanges, resultOf, reworded } from './results.js'
import { pricedExactly } from './second-reading.js'
import { checkSequence, type SequenceOptions, sequenceOf } from './sequence.js'

export interface SavingsOptions {
  /** Ids of the techniques to try; default: all. */
  readonly techniques?: readonly string[] | undefined
  readonly parameters?: ParameterTexts | undefined
  /** Groups that are listed per technique; default 10, 0 for all. */
  readonly top?: number | undefined
  /** In place of the registry, for programs with techniques of their own. */
  readonly registry?: readonly Technique[] | undefined
  /** Told what each technique made of the data, for whoever carries it out. */
  readonly onOutcome?: ((id: string, outcome: Outcome, context: TechniqueContext) => void) | undefined
  /** How the plan is made; false: there is none. */
  readonly plan?: PlanOptions | false | undefined
  /** The request takes some of the keys only, by the hash of their name; everything is counted up. */
  readonly sample?: KeySample | undefined
  /** In place of a plan: these techniques one after the other. */
  readonly sequence?: SequenceOptions | undefined
  /** Share of the values that codecs run over; default 1. Less is quicker, with wider intervals. */
  readonly share?: number | undefined
  readonly bounds?: ReadingBounds | undefined
}

/** What somebody is ready to look at who reads the dumps for something else. */
export interface ReadingBounds {
  /** Keys, above which there is no report. */
  readonly keys: number
  /** Elements of all keys, above which some techniques are left out. */
  readonly elements: number
  /** Ids of techniques that price every element. */
  readonly everyElement: ReadonlySet<string>
}

const TOP_GROUPS = 10

/** A technique after the first reading. */
export interface Finished {
  readonly job: Job
  readonly outcome: Outcome | null
  readonly context: TechniqueContext
}

/**
 * What can be saved, found while somebody reads the dumps: `tap` looks at every key, `setNow` and `setTarget` come
 * before them, `addDump` behind each dump, and `report` when all were read.
 */
export class Savings {
  readonly tap: FirstReading
  readonly #request: ReadRequest
  readonly #options: SavingsOptions
  #jobs: readonly Job[]
  readonly #names: NamePatterns
  readonly #reservoir: SharedReservoir
  #target: Target | null = null
  #nowMs: number
  #overheadBytes = 0
  /** `used_memory` of all dumps; null when one does not say. */
  #saidBytes: number | null = 0
  #dumps = 0

  private constructor(request: ReadRequest, options: SavingsOptions, jobs: readonly Job[]) {
    this.#request = request
    this.#options = options
    this.#jobs = jobs
    this.#reservoir = new SharedReservoir(options.share)
    this.#names = new NamePatterns(request.separators, (request.redact ?? 'none') !== 'none')
    this.#nowMs = request.nowMs ?? 0
    this.tap = new FirstReading(this.#names)
    if (options.sample !== undefined) this.tap.certainAbove = options.sample.certainAbove
    const { bounds } = options
    if (bounds === undefined) return
    this.tap.bounds = {
      ...bounds,
      onManyKeys: () => this.giveUp(),
      onManyElements: () => this.#drop(bounds.everyElement),
    }
  }

  /**
   * Loads what the techniques need.
   * @throws ParameterError when a parameter makes no sense
   */
  static async begin(request: ReadRequest, options: SavingsOptions = {}): Promise<Savings> {
    checkSequence(options)
    checkTechniques(options)
    const jobs = jobsOf(options)
    await prepare(jobs)
    return new Savings(request, options, jobs)
  }

  /** So many keys are within the bounds. */
  mayHave(keys: number): boolean {
    this.tap.hintedKeys = keys
    return keys <= (this.#options.bounds?.keys ?? Infinity)
  }

  /** There were more keys than somebody wants to look at: there is no report. */
  get gaveUp(): boolean {
    return this.tap.isOver
  }

  giveUp(): void {
    this.tap.isOver = true
    this.#jobs = []
    this.tap.jobs = []
    this.#reservoir.run = null
  }

  /** Techniques that were left out, as there were many elements. */
  readonly leftOut: string[] = []

  #drop(ids: ReadonlySet<string>): void {
    for (const job of this.#jobs) {
      if (!ids.has(job.technique.id)) continue
      job.drop()
      this.leftOut.push(job.technique.id)
    }
    this.#jobs = this.#jobs.filter(({ technique }) => !ids.has(technique.id))
    this.tap.jobs = this.tap.jobs.filter(({ technique }) => !ids.has(technique.id))
  }

  /** Share of the values that codecs run over; for `report`. */
  set share(share: number) {
    this.#reservoir.share = share
  }

  /** Moment that a dump was made, before its first key. */
  setNow(nowMs: number): void {
    this.#nowMs = nowMs
  }

  /**
   * Before the first key.
   * @throws ParameterError when a parameter does not fit the target
   */
  setTarget({ target }: Pick<ChosenTarget, 'target'>): void {
    this.#target = target
    for (const job of this.#jobs) start(job, this.#contextOf(job, target))
    const runs = this.#jobs.flatMap((job) => (job.parts.length > 0 ? job.parts : [job]))
    this.tap.jobs = this.#reservoir.run === null ? runs : [samplingJob(this.#reservoir), ...runs]
  }

  addDump(dump: Pick<ScannedDump, 'sums' | 'overheadLeftover'> & Partial<Pick<ScannedDump, 'facts'>>): void {
    const { facts } = dump
    const isComparable = facts !== undefined && this.#target !== null && isWriter(this.#target, facts)
    const said = isComparable ? facts.usedMemoryBytes : null
    this.#saidBytes = this.#saidBytes === null || said === null ? null : this.#saidBytes + said
    this.#dumps++
    this.#overheadBytes += dump.sums.overheadBytes + dump.overheadLeftover
  }

  /** What each technique does alone, and the plan, for which the dumps are read a second time where that can be. */
  async report(): Promise<SavingsReport> {
    const target = this.#target
    if (target === null) throw new Error('no dump was read')
    const { tap } = this
    const { top = TOP_GROUPS, onOutcome, sample } = this.#options
    const scale = sample === undefined ? null : new SampleScale(sample, tap.keys - tap.certainKeys, tap.certainKeys)
    const before = sample ?? {
      keys: tap.keys,
      ramBytes: tap.ramBytes,
      usedMemoryBytes: tap.ramBytes + this.#overheadBytes,
    }
    const data: BeforeChanges = {
      sums: { keys: before.keys, ramBytes: before.ramBytes, usedMemoryBytes: before.usedMemoryBytes },
      databases: sample === undefined ? tap.databases : countedUp(tap.databases, sample),
      sampled: tap.databases,
      target,
      names: this.#names,
      memoryUsageBytes: target.model.hasMemoryUsage && scale === null ? tap.memoryUsageBytes : null,
      scale,
      readKeys: tap.keys,
    }
    const reading = { request: this.#request, setNow: (nowMs: number) => this.setNow(nowMs), scale }
    const sampled: Finished[] = this.#jobs.map((job) => {
      const context = this.#contextOf(job, target)
      return { job, context, outcome: job.outcome(context) }
    })
    // The runs are done; what they kept may go before the dumps are read again.
    tap.jobs = []
    const finished = await pricedExactly(reading, this.#names, sampled)
    for (const { outcome } of finished) if (outcome !== null) scale?.scale(outcome.groups)
    const results = finished.map(({ job, outcome, context }) => {
      if (outcome !== null) onOutcome?.(job.technique.id, outcome, context)
      return reworded(resultOf(job, outcome, data, top), target.model)
    })
    const { plan, sequence } = this.#options
    const planned =
      sequence !== undefined
        ? await sequenceOf(sequence, finished, results, data, reading, onOutcome)
        : plan === false
          ? { plan: [] }
          : await planOf(plan ?? {}, finished, results, data, reading)
    return {
      target: describeTarget(target),
      before: data.sums,
      techniques: results.sort((a, b) => b.savedBytes - a.savedBytes || (a.id < b.id ? -1 : 1)),
      ...planned,
    }
  }

  #contextOf(job: Job, target: Target): TechniqueContext {
    return {
      target,
      parameters: job.parameters,
      names: this.#names,
      nowMs: () => this.#nowMs,
      reservoir: this.#reservoir,
      usedMemory: () =>
        this.#saidBytes === null
          ? null
          : {
              saidBytes: this.#saidBytes,
              explainedBytes: this.tap.ramBytes + this.#overheadBytes + this.#dumps * target.model.emptyServerBytes,
            },
    }
  }
}

/** From so many elements on it is judged how many there will be. */
const ENOUGH_TO_JUDGE = 50_000

/** Shows keys to the techniques and counts what the report says about the whole. */
class FirstReading extends Simulation {
  memoryUsageBytes = 0
  elements = 0
  /** Nothing is looked at any more. */
  isOver = false
  /** More of them than are looked at. */
  hasManyDatabases = false
  /** Keys that there will be, where that is known. */
  hintedKeys: number | null = null
  bounds: (ReadingBounds & { readonly onManyKeys: () => void; readonly onManyElements: () => void }) | null = null
  #isLong = false

  override begin(key: RdbKey): boolean {
    return !this.isOver && super.begin(key)
  }

  override count(elements: number): void {
    if (this.bounds !== null && !this.#isLong) this.#judge(this.elements + elements)
    super.count(elements)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.isOver) return
    this.memoryUsageBytes += batch.memoryUsageBytes[row]!
    this.elements += batch.elements[row]!
    super.row(key, batch, row)
    const { bounds } = this
    if (bounds === null) return
    if (!this.#isLong) this.#judge(this.elements)
    if (this.keys > bounds.keys) bounds.onManyKeys()
  }

  protected override endAtDatabases(): void {
    super.endAtDatabases()
    this.isOver = true
    this.hasManyDatabases = true
  }

  /** There are too many elements, or will be when the other keys are like those before. */
  #judge(elements: number): void {
    const { elements: most, onManyElements } = this.bounds!
    const expected =
      elements < ENOUGH_TO_JUDGE || this.hintedKeys === null ? 0 : (elements / (this.keys + 1)) * this.hintedKeys
    if (elements <= most && expected <= 2 * most) return
    this.#isLong = true
    onManyElements()
  }
}

/** @throws ParameterError when a technique is named that does not exist */
function checkTechniques({ techniques = [], parameters = {}, registry = allTechniques }: SavingsOptions): void {
  const unknown = [...techniques, ...Object.keys(parameters)].find((id) => !registry.some((known) => known.id === id))
  if (unknown !== undefined) throw new ParameterError(`${unknown}: there is no such technique`)
}

function jobsOf({ techniques, parameters = {}, registry = allTechniques, sequence }: SavingsOptions): readonly Job[] {
  const wanted = sequence?.ids ?? techniques ?? registry.map(({ id }) => id)
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
