import { openSource } from '../io/source.js'
import type { Target } from '../memory/target.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Outcome } from '../optimizations/optimization.js'
import { Parameters } from '../optimizations/parameters.js'
import { scanDumps } from '../pipeline/scan.js'
import { Job, Simulation } from '../pipeline/simulation.js'
import type { ReadRequest } from '../requests.js'
import type { SampleScale } from './key-sample.js'
import type { Finished } from './savings.js'
import { StageRun, type StageTally, type Step } from './stage.js'

/** Where the dumps are, once more. */
export interface Reading {
  readonly request: ReadRequest
  /** Told the moment of each dump. */
  readonly setNow: (nowMs: number) => void
  /** How the keys at hand are counted up; null where they are all. */
  readonly scale: SampleScale | null
}

/** What a reading gave for each step: tallies of the groups that it concerns, or why there are none. */
export interface Stage {
  readonly tallies: readonly StageTally[]
  readonly failure: string | null
}

export interface SecondReading {
  /** One for each step, in order. */
  readonly stages: readonly Stage[]
  /** Keys that were read: another number than the first time when somebody has written the file anew. */
  readonly keys: number
}

/** False for pipes and standard input: what went by cannot be had again. */
export async function canReadAgain({ inputs, ...options }: ReadRequest): Promise<boolean> {
  for (const input of inputs) {
    if (input.path === '-') return false
    const source = await openSource(input, options)
    await source.close()
    if (source.totalBytes === null) return false
  }
  return true
}

/**
 * Techniques that know what becomes of every value price each key, in a reading of their own: what they have to say
 * takes the place of what a sample said.
 */
export async function pricedExactly(
  reading: Reading,
  names: NamePatterns,
  finished: readonly Finished[],
): Promise<readonly Finished[]> {
  const some = finished.filter(({ outcome }) => outcome?.exactly !== undefined)
  // A sample of the keys makes nothing exact.
  if (some.length === 0 || reading.scale !== null) return finished
  if (!(await canReadAgain(reading.request))) {
    return finished.map((one) => (some.includes(one) ? { ...one, outcome: saidOnce(one.outcome!) } : one))
  }
  const jobs = new Map(
    some.map((one) => {
      const job = new Job(one.job.technique, one.job.parameters)
      job.start(one.outcome!.exactly!())
      return [one, job]
    }),
  )
  await show(reading, names, [...jobs.values()])
  return finished.map((one) => {
    const job = jobs.get(one)
    if (job === undefined) return one
    const outcome = job.outcome(one.context)
    if (job.failure !== null) one.job.fail(job.failure)
    return { ...one, outcome }
  })
}

function saidOnce(outcome: Outcome): Outcome {
  const note = 'Sizes come from a sample, as the input can be read once only; from a file they are exact.'
  return { ...outcome, assumptions: [...(outcome.assumptions ?? []), note] }
}

/** Reads the dumps again and prices the data behind each step; a step that throws takes down only its own stage. */
export async function readAgain(
  reading: Reading,
  names: NamePatterns,
  steps: readonly Step[],
  target: Target,
): Promise<SecondReading> {
  const jobs = steps.map((step, index) => {
    const job = new Job(step.technique, new Parameters(step.technique.id, []))
    try {
      job.start(new StageRun(steps.slice(0, index + 1), target))
    } catch (error) {
      job.fail(error)
    }
    return job
  })
  const { keys } = await show(reading, names, jobs)
  const stages = jobs.map((job) => {
    const outcome = job.guard((run) => (run as StageRun).tallies(), [])
    reading.scale?.scale(outcome)
    return { tallies: outcome, failure: job.failure }
  })
  return { stages, keys }
}

/** Shows every key to some techniques. */
async function show(
  { request, setNow, scale }: Reading,
  names: NamePatterns,
  jobs: readonly Job[],
): Promise<Simulation> {
  const simulation = new Simulation(names)
  if (scale !== null) simulation.certainAbove = scale.whole.certainAbove
  const scan = scanDumps({
    request: { ...request, verify: false },
    sha256: false,
    tap: simulation,
    onNow: setNow,
    onTarget: () => {
      simulation.jobs = jobs
    },
    onBatch: () => {},
  })
  for await (const _dump of scan);
  return simulation
}
