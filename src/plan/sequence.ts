import type { TechniqueResult } from '../../reports/report.js'
import { techniques as allTechniques } from '../optimizations/index.js'
import { ParameterError } from '../optimizations/parameters.js'
import { chosenBehind } from './behind.js'
import { stepAsAsked } from './choose.js'
import { Ledger } from './ledger.js'
import { intervalOf, type Planned, type PricedStep, planSteps, summaryOf } from './plan.js'
import type { BeforeChanges } from './results.js'
import type { Finished, SavingsOptions } from './savings.js'
import { canReadAgain, type Reading, readAgain } from './second-reading.js'

export interface SequenceOptions {
  /** Techniques, first one first. */
  readonly ids: readonly string[]
  readonly pricePerGibMonth?: number | undefined
}

/**
 * Says no to sequences that cannot be, before anything is read.
 * @throws ParameterError
 */
export function checkSequence({ sequence, registry = allTechniques }: SavingsOptions): void {
  if (sequence === undefined) return
  const { ids } = sequence
  const unknown = ids.find((id) => !registry.some((technique) => technique.id === id))
  if (unknown !== undefined)
    throw new ParameterError(`--sequence ${unknown}: no such technique; see rdblens techniques`)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw new ParameterError(`--sequence: ${twice} is named twice`)
}

/** The data behind each of some techniques, in the order that somebody named. */
export async function sequenceOf(
  { ids, pricePerGibMonth }: SequenceOptions,
  finished: readonly Finished[],
  results: readonly TechniqueResult[],
  data: BeforeChanges,
  reading: Reading,
  onOutcome?: SavingsOptions['onOutcome'],
): Promise<Planned> {
  if (!(await canReadAgain(reading.request))) {
    throw new ParameterError('--sequence reads the dump twice, which a pipe or standard input cannot be: name a file')
  }
  const notes: string[] = []
  const inOrder = ids.map((id) => finished.find(({ job }) => job.technique.id === id)!)
  let gatheredBy: string | null = null
  const can = inOrder.filter(({ job, outcome }) => {
    const { id } = job.technique
    const change = outcome?.change
    if (change === undefined) {
      const why = job.failure ?? job.unavailable ?? 'it gives advice, nothing that could be carried out'
      notes.push(`${id} is left out: ${why}`)
      return false
    }
    if (gatheredBy !== null && change.kind !== 'setting') {
      throw new ParameterError(
        `--sequence: write ${id} before ${gatheredBy}, which makes keys parts of others: they are whole only in the server`,
      )
    }
    if (change.kind === 'gather') gatheredBy = id
    return true
  })
  let steps = chosenBehind(can.map(stepAsAsked))
  for (const { technique, outcome, context } of steps) {
    if (outcome !== undefined) onOutcome?.(technique.id, outcome, context)
  }
  for (;;) {
    const { stages } = await readAgain(reading, data.names, steps, data.target)
    const failed = stages.findIndex(({ failure }) => failure !== null)
    if (failed >= 0) {
      notes.push(`${steps[failed]!.technique.id} is left out, as it failed: ${stages[failed]!.failure}`)
      steps = steps.filter((_, index) => index !== failed)
      continue
    }
    const ledger = new Ledger(data, stages)
    const always = (): boolean => true
    const priced: PricedStep[] = steps.map((step, index) => ({
      step,
      before: ledger.stateAfter(index - 1, always),
      after: ledger.stateAfter(index, always),
      changes: ledger.changesOf(index, always),
    }))
    const after = priced.at(-1)?.after ?? data.sums
    const plan = planSteps(priced, results, finished, data, pricePerGibMonth)
    return {
      plan,
      planSummary: {
        ...summaryOf('sequence', data, after, pricePerGibMonth),
        interval95: intervalOf(plan, data.sums.usedMemoryBytes - after.usedMemoryBytes),
        basis: 'second-reading',
        concessions: [],
        notes,
      },
    }
  }
}
