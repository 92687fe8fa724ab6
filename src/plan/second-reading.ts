import { openSource } from '../io/source.js'
import type { Target } from '../memory/target.js'
import type { NamePatterns } from '../optimizations/names.js'
import { Parameters } from '../optimizations/parameters.js'
import { scanDumps } from '../pipeline/scan.js'
import { Job, Simulation } from '../pipeline/simulation.js'
import type { ReadRequest } from '../requests.js'
import type { SampleScale } from './key-sample.js'
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

/** Reads the dumps again and prices the data behind each step; a step that throws takes down only its own stage. */
export async function readAgain(
  { request, setNow, scale }: Reading,
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
  const stages = jobs.map((job) => {
    const outcome = job.guard((run) => (run as StageRun).tallies(), [])
    scale?.scale(outcome)
    return { tallies: outcome, failure: job.failure }
  })
  return { stages, keys: simulation.keys }
}
