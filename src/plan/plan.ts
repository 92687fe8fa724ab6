import { formatBytes, formatCount } from '../../reports/format.js'
import type { PlanState, PlanStep, PlanSummary, SavingsReport, TechniqueResult } from '../../reports/report.js'
import { TYPES } from '../batch.js'
import { inWordsOf } from '../memory/setting-words.js'
import { groupNumber } from '../optimizations/groups.js'
import type { Effort, Outcome } from '../optimizations/optimization.js'
import { familiesOf, familyNumber } from './behind.js'
import { type Candidate, candidatesOf, chooseSteps, priceOf } from './choose.js'
import { type Allowed, type GroupChange, Ledger, type State } from './ledger.js'
import { maxmemoryFor, pricePerMonth } from './maxmemory.js'
import { type BeforeChanges, countedDetails, reworded } from './results.js'
import type { Finished } from './savings.js'
import { canReadAgain, type Reading, readAgain } from './second-reading.js'
import type { Step } from './stage.js'
import { stepsFor } from './steps-for.js'

export interface PlanOptions {
  /** The most that may have to be changed; default: the data model. */
  readonly effort?: Effort | undefined
  /** Ids of techniques that may be taken although something is lost; `all` for all of them. */
  readonly allowLossy?: readonly string[] | undefined
  readonly pricePerGibMonth?: number | undefined
}

export type Planned = Pick<SavingsReport, 'plan' | 'planSummary'>

/** Of a group, behind the steps before: less is not worth a further step. */
const USEFUL_GROUP_BYTES = 1024
const USEFUL_GROUP_SHARE = 0.01
/** Of the whole: steps that turn out to save less are left out. */
const LEAST_SHARE = 0.01
/** The same for techniques outside the plan that are named. */
const CONCESSION_SHARE = 0.002
/** Techniques outside the plan that are named for what they would save. */
const MOST_CONCESSIONS = 5
/** Share of a step's saving from which on it is said that it is the tables that get smaller. */
const NOTED_TABLES = 0.25
/** Groups of a step that are listed. */
const MOST_GROUPS = 20

/** The best compatible techniques for each group, each step priced behind the ones before it. */
export async function planOf(
  options: PlanOptions,
  finished: readonly Finished[],
  results: readonly TechniqueResult[],
  data: BeforeChanges,
  reading: Reading,
): Promise<Planned> {
  const { effort = 'data-model', allowLossy = [], pricePerGibMonth } = options
  const savedAlone = new Map(results.map(({ id, savedBytes }) => [id, savedBytes]))
  const all = candidatesOf(finished, (id) => savedAlone.get(id) ?? 0, data)
  const isAllowed = (id: string): boolean => allowLossy.includes(id) || allowLossy.includes('all')
  const isAgain = await canReadAgain(reading.request)
  const notes: string[] = []
  let left: readonly Candidate[] = all
  let steps: readonly Step[] = []
  let ledger: Ledger | null = null
  for (;;) {
    steps = chooseSteps(left, data, { effort, isAllowed, isSingle: !isAgain })
    if (!isAgain || steps.length === 0) break
    const { stages, keys } = await readAgain(reading, data.names, steps, data.target)
    if (keys !== data.readKeys) {
      notes.push(`The dumps have changed: ${data.readKeys} keys when they were read first, then ${keys}.`)
      steps = chooseSteps(left, data, { effort, isAllowed, isSingle: true })
      break
    }
    const failed = stages.findIndex(({ failure }) => failure !== null)
    if (failed < 0) {
      ledger = new Ledger(data, stages)
      break
    }
    // Without it the others are chosen and priced anew: its keys may go to another one.
    const { id } = steps[failed]!.technique
    notes.push(`${id} is left out, as it failed behind other techniques: ${stages[failed]!.failure}`)
    left = left.filter(({ technique }) => technique.id !== id)
  }
  const priced = ledger === null ? pricedOnce(steps, left, data) : pricedAgain(steps, ledger, data)
  const plan = planSteps(priced, results, finished, data, pricePerGibMonth)
  const taken = new Set(plan.map(({ id }) => id))
  const concessions = all
    .filter(({ technique }) => technique.concession !== undefined && !taken.has(technique.id))
    .filter(({ savedAloneBytes }) => savedAloneBytes >= CONCESSION_SHARE * data.sums.usedMemoryBytes)
    .sort((a, b) => b.savedAloneBytes - a.savedAloneBytes)
    .slice(0, MOST_CONCESSIONS)
    .map(({ technique: { id, title, concession }, savedAloneBytes }) => ({
      id,
      title,
      savedAloneBytes,
      concession: concession!,
    }))
  if (!isAgain) {
    notes.push('The input can be read once only, so that no keys are given to more than one technique.')
  }
  const after = priced.at(-1)?.after ?? data.sums
  return {
    plan,
    planSummary: {
      ...summaryOf('plan', data, after, pricePerGibMonth),
      interval95: intervalOf(plan, data.sums.usedMemoryBytes - after.usedMemoryBytes),
      basis: ledger === null && steps.length > 0 ? 'first-reading' : 'second-reading',
      concessions,
      notes,
    },
  }
}

/** A step with what it does. */
export interface PricedStep {
  readonly step: Step
  readonly before: State
  readonly after: State
  readonly changes: readonly Omit<GroupChange, 'tally'>[]
}

export function summaryOf(
  kind: PlanSummary['kind'],
  data: BeforeChanges,
  after: State,
  pricePerGibMonth: number | undefined,
): Omit<PlanSummary, 'interval95' | 'basis' | 'concessions' | 'notes'> {
  const stateOf = ({ keys, ramBytes, usedMemoryBytes, memoryUsageBytes = null }: State): PlanState => ({
    keys,
    ramBytes,
    usedMemoryBytes,
    memoryUsageBytes,
    maxmemoryBytes: maxmemoryFor(usedMemoryBytes),
    pricePerMonth: pricePerMonth(usedMemoryBytes, pricePerGibMonth),
  })
  const savedBytes = data.sums.usedMemoryBytes - after.usedMemoryBytes
  return {
    kind,
    before: stateOf({ ...data.sums, memoryUsageBytes: data.memoryUsageBytes }),
    after: stateOf(after),
    savedBytes,
    savedRatio: data.sums.usedMemoryBytes === 0 ? 0 : savedBytes / data.sums.usedMemoryBytes,
    savedPerMonth: pricePerMonth(savedBytes, pricePerGibMonth),
  }
}

/** Of all steps together: as if all were off to the same side, since it is the same keys that are looked at. */
export function intervalOf(plan: readonly PlanStep[], savedBytes: number): PlanSummary['interval95'] {
  const sampled = plan.map(({ interval95 }) => interval95).filter((interval) => interval !== null)
  if (sampled.length === 0) return null
  const half = Math.round(sampled.reduce((total, [low, high]) => total + (high - low) / 2, 0))
  return [savedBytes - half, savedBytes + half]
}

/** Prices from a second reading, without what turns out not to be worth it behind the steps before. */
function pricedAgain(steps: readonly Step[], ledger: Ledger, data: BeforeChanges): readonly PricedStep[] {
  const dropped = new Set<number>()
  const useless = uselessEnds(steps, ledger)
  const allowed: Allowed = (group, step) => !dropped.has(step) && !useless.has(`${group} ${step}`)
  const least = LEAST_SHARE * data.sums.usedMemoryBytes
  // Backwards: what comes behind a step was priced with it.
  for (let step = steps.length - 1; step >= 0; step--) {
    const { change, technique } = steps[step]!
    if (change.kind === 'setting' || technique.concession !== undefined) continue
    const saved =
      ledger.stateAfter(step - 1, allowed).usedMemoryBytes - ledger.stateAfter(step, allowed).usedMemoryBytes
    const isLast = ledger.changesOf(step, allowed).every(({ group }) => isLastFor(group, step, steps, allowed))
    if (saved < least && isLast) dropped.add(step)
  }
  const priced: PricedStep[] = []
  let before = ledger.stateAfter(-1, allowed)
  for (const [index, step] of steps.entries()) {
    if (dropped.has(index)) continue
    const after = ledger.stateAfter(index, allowed)
    // A setting has no price, but one that saves nothing beside the others is none that anybody needs.
    if (step.change.kind === 'setting' && after.usedMemoryBytes >= before.usedMemoryBytes) continue
    priced.push({ step, before, after, changes: ledger.changesOf(index, allowed) })
    before = after
  }
  return priced
}

function isLastFor(group: number, step: number, steps: readonly Step[], allowed: Allowed): boolean {
  return !steps.some(
    ({ groups }, index) => index > step && groups !== 'all' && groups.has(group) && allowed(group, index),
  )
}

/** Steps at the end of a group's sequence that save next to nothing behind the others; the group does without them. */
function uselessEnds(steps: readonly Step[], ledger: Ledger): ReadonlySet<string> {
  const useless = new Set<string>()
  const allowed: Allowed = (group, step) => !useless.has(`${group} ${step}`)
  for (let step = steps.length - 1; step >= 0; step--) {
    const { technique, change, sample } = steps[step]!
    if (change.kind === 'setting') continue
    const share = Math.max(USEFUL_GROUP_SHARE, priceOf({ technique, isSampled: sample !== null }))
    for (const { group, keys, keysAfter, ramBefore, ramAfter } of ledger.changesOf(step, allowed)) {
      if (!isLastFor(group, step, steps, allowed)) continue
      const saved = ramBefore - ramAfter
      // Fewer keys mean smaller tables, which are not counted here.
      const least = keysAfter < keys ? 1 : Math.max(USEFUL_GROUP_BYTES, share * ramBefore)
      if (saved < least) useless.add(`${group} ${step}`)
    }
  }
  return useless
}

/** Each group belongs to one technique: what it saves alone is what it saves. */
function pricedOnce(
  steps: readonly Step[],
  candidates: readonly Candidate[],
  data: BeforeChanges,
): readonly PricedStep[] {
  const priced: PricedStep[] = []
  const taken = new Set<number>()
  for (const step of steps) {
    if (step.groups !== 'all') for (const group of step.groups) taken.add(group)
  }
  let before: State = data.sums
  for (const step of steps) {
    const { outcome } = candidates.find(({ technique }) => technique === step.technique)!
    const mine = outcome.groups.filter(({ db, pattern, type }) => {
      const group = groupNumber(db, pattern, type)
      return step.groups === 'all' ? !taken.has(group) : step.groups.has(group)
    })
    const ledger = new Ledger({ ...data, sums: before }, [{ tallies: mine }])
    const after = ledger.stateAfter(0, () => true)
    priced.push({ step, before, after, changes: ledger.changesOf(0, () => true) })
    before = after
  }
  return priced
}

/** Steps as a report shows them. */
export function planSteps(
  priced: readonly PricedStep[],
  results: readonly TechniqueResult[],
  finished: readonly Finished[],
  data: BeforeChanges,
  pricePerGibMonth: number | undefined,
): readonly PlanStep[] {
  return priced.map(({ step, before, after, changes }) => {
    const { outcome, alone } = chosenFor(step, results, finished, data)
    const savedBytes = before.usedMemoryBytes - after.usedMemoryBytes
    const real = changes.filter(
      ({ keys, keysAfter, ramBefore, ramAfter }) => keys !== keysAfter || ramBefore !== ramAfter,
    )
    const rows = groupRows(real, outcome, data)
    const scale = alone.savedBytes === 0 ? 0 : savedBytes / alone.savedBytes
    return {
      ...alone,
      status: 'applies' as const,
      keys: sum(real, ({ keys }) => keys),
      ramBytesBefore: sum(real, ({ ramBefore }) => ramBefore),
      ramBytesAfter: sum(real, ({ ramAfter }) => ramAfter),
      savedBytes,
      savedRatio: data.sums.usedMemoryBytes === 0 ? 0 : savedBytes / data.sums.usedMemoryBytes,
      usedMemoryBefore: before.usedMemoryBytes,
      usedMemoryAfter: after.usedMemoryBytes,
      interval95:
        alone.interval95 === null
          ? null
          : ([Math.round(alone.interval95[0] * scale), Math.round(alone.interval95[1] * scale)] as const),
      savedAloneBytes: alone.savedBytes,
      savedAfterOthersBytes: savedBytes,
      savedPerMonth: pricePerMonth(savedBytes, pricePerGibMonth),
      assumptions: [...tablesNote(before, after), ...alone.assumptions],
      steps: stepsFor(stepsOn(step, data) ?? alone.steps, rows, outcome, data),
      groups: rows,
    }
  })
}

/** Steps of a technique for just the groups that it gets here. */
function stepsOn({ change, groups }: Step, { target }: BeforeChanges): readonly string[] | null {
  if (change.kind !== 'keys' || change.stepsOn === undefined || groups === 'all') return null
  const families = familiesOf(groups)
  const steps = change.stepsOn((pattern, type) => families.has(familyNumber(pattern, type)))
  return steps === null ? null : inWordsOf(target.model, steps)
}

/** What a technique says alone, or what was chosen in its place behind the steps before it. */
function chosenFor(
  { technique, outcome: behind }: Step,
  results: readonly TechniqueResult[],
  finished: readonly Finished[],
  { target }: BeforeChanges,
): { readonly outcome: Outcome | null; readonly alone: TechniqueResult } {
  const alone = results.find(({ id }) => id === technique.id)!
  if (behind === undefined) {
    return { alone, outcome: finished.find(({ job }) => job.technique === technique)!.outcome }
  }
  const { steps = alone.steps, parameters, assumptions } = behind
  const told = {
    ...alone,
    steps,
    parameters: { ...alone.parameters, ...parameters },
    assumptions: [...(assumptions ?? []), technique.cpu],
  }
  return { alone: reworded(told, target.model), outcome: behind }
}

/** Saved bytes that are not in the groups, where there are many of them. */
function tablesNote(before: State, after: State): readonly string[] {
  const saved = before.usedMemoryBytes - after.usedMemoryBytes
  const tables = saved - (before.ramBytes - after.ramBytes)
  if (tables < NOTED_TABLES * saved) return []
  return [
    `${formatBytes(tables)} of this are tables of keys, which take half when there are few enough keys: ` +
      `${formatCount(before.keys)} become ${formatCount(after.keys)}.`,
  ]
}

function groupRows(
  changes: PricedStep['changes'],
  outcome: Finished['outcome'],
  data: BeforeChanges,
): PlanStep['groups'] {
  const sorted = [...changes].sort(
    (a, b) => Math.abs(b.ramBefore - b.ramAfter) - Math.abs(a.ramBefore - a.ramAfter) || a.group - b.group,
  )
  return sorted.slice(0, MOST_GROUPS).map(({ group, keys, keysAfter, ramBefore, ramAfter }) => {
    const alone = outcome?.groups.find(({ db, pattern, type }) => groupNumber(db, pattern, type) === group)
    const rest = Math.floor(group / 16)
    return {
      db: Math.floor(rest / 8192),
      pattern: data.names.of(rest % 8192).text,
      type: TYPES[group % 16],
      keys,
      keysAfter,
      ramBytesBefore: ramBefore,
      ramBytesAfter: ramAfter,
      savedBytes: ramBefore - ramAfter,
      ...(alone === undefined
        ? {}
        : { ...countedDetails(outcome?.details?.(alone), alone, data.scale), encoding: undefined }),
    }
  })
}

function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((total, row) => total + of(row), 0)
}
