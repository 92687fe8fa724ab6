import { databaseOverhead } from '../memory/overhead.js'
import { groupNumber } from '../optimizations/groups.js'
import type { Effort, Outcome, Technique } from '../optimizations/optimization.js'
import { chosenBehind } from './behind.js'
import { areCompatible, type Doer, worksBehind } from './compatible.js'
import { EFFORTS } from './efforts.js'
import type { BeforeChanges } from './results.js'
import type { Finished } from './savings.js'
import type { SampleRates, Step } from './stage.js'

/** A step that saves less than this share of the whole is not worth a line in a plan; code is dearer than a setting. */
const LEAST_SHARE: Readonly<Record<Effort, number>> = {
  setting: 0.004,
  client: 0.006,
  'data-model': 0.006,
  upgrade: 0.006,
}
const LEAST_BYTES = 4096
/** What a change of the data model has to save more than one of the client does, as share of its keys. */
const DATA_MODEL_SHARE = 0.1
/** Techniques on the same keys from which the best sequence is chosen. */
const MOST_PER_GROUP = 8
/** The same for formats that no library reads. */
const HOMEMADE_SHARE = 0.35
/** The same for values that nobody can read in redis-cli any more. */
const CODED_SHARE = 0.05
/** Below this share of the whole a step may turn out to be not worth it behind others. */
const DOUBTFUL_SHARE = 0.02
/** What each further change of the same values has to save more than one alone. */
const LAYER_SHARE = 0.05
/** Names of keys that need an expiry of their own, also where the dump happens to show none. */
const LOCKS = /^(locks?|mutex|leases?|semaphore)$/i
/** Share of a group's keys that may have to stay what they are: readers would need both forms for ever. */
const MOST_LEFT_BEHIND = 0.05
/** Keys of a group, and bytes of them, that are enough to price codecs in a plan. */
const SAMPLE: SampleSize = { keys: 800, bytes: 2 ** 21 }
/** The same for what somebody asked for by name. */
const LARGE_SAMPLE: SampleSize = { keys: 8192, bytes: 2 ** 24 }

/** Keys of a group that are looked at however long they are; half of them where there is little time. */
const LEAST_SAMPLE = 50

/** A technique that a plan may take. */
export interface Candidate extends Doer {
  readonly finished: Finished
  readonly outcome: Outcome
  readonly savedAloneBytes: number
  readonly groups: ReadonlyMap<number, CandidateGroup>
}

interface CandidateGroup {
  keys: number
  /** Keys of the group that were looked at, and their bytes: all, or those of a sample. */
  readKeys: number
  readBytes: number
  /** Keys that stay what they are. */
  left: number
  ramBefore: number
  saved: number
}

interface SampleSize {
  readonly keys: number
  readonly bytes: number
}

export interface ChoiceOptions {
  readonly effort: Effort
  /** The technique may be taken, whatever is lost. */
  readonly isAllowed: (id: string) => boolean
  /** At most one technique per group: nothing is known about how they work together. */
  readonly isSingle: boolean
}

/** What can be carried out and saves something. */
export function candidatesOf(
  finished: readonly Finished[],
  savedAlone: (id: string) => number,
  data: BeforeChanges,
): readonly Candidate[] {
  const candidates: Candidate[] = []
  for (const one of finished) {
    const { technique } = one.job
    const change = one.outcome?.change
    const savedAloneBytes = savedAlone(technique.id)
    if (change === undefined || one.outcome === null || one.outcome.groups.length === 0 || savedAloneBytes <= 0)
      continue
    candidates.push({
      finished: one,
      technique,
      change,
      isSampled: isSampled(technique, one.outcome),
      outcome: one.outcome,
      savedAloneBytes,
      groups: groupsOf(one.outcome, bytesPerEntry(data)),
    })
  }
  return candidates
}

/** Steps of a plan, cheapest effort first, with the groups that each gets. */
export function chooseSteps(
  candidates: readonly Candidate[],
  data: BeforeChanges,
  options: ChoiceOptions,
): readonly Step[] {
  const least = ({ technique }: Candidate): number =>
    // What loses something was asked for.
    technique.concession !== undefined
      ? LEAST_BYTES
      : Math.max(LEAST_BYTES, LEAST_SHARE[technique.effort] * data.sums.usedMemoryBytes)
  const within = EFFORTS.slice(0, EFFORTS.indexOf(options.effort) + 1)
  let left = candidates.filter(
    (candidate) =>
      candidate.savedAloneBytes >= least(candidate) &&
      within.includes(candidate.technique.effort) &&
      (candidate.technique.concession === undefined || options.isAllowed(candidate.technique.id)),
  )
  for (;;) {
    const given = giveOut(left, options.isSingle)
    const small = [...given].filter(([candidate, groups]) => savingIn(candidate, groups) < least(candidate))
    if (small.length === 0) {
      const { usedMemoryBytes } = data.sums
      const steps = stepsOf(given, usedMemoryBytes)
      if (options.isSingle) return steps
      const chosen = chosenBehind(steps)
      const fewer = withoutUselessLayers(given, chosen, candidates)
      return fewer === null ? chosen : chosenBehind(stepsOf(fewer, usedMemoryBytes))
    }
    // The smallest one first: what it had may go to another one.
    const [worst] = small.sort((a, b) => savingIn(...a) - savingIn(...b))[0]!
    left = left.filter((candidate) => candidate !== worst)
  }
}

function stepsOf(given: ReadonlyMap<Candidate, Set<number>>, usedMemoryBytes: number): readonly Step[] {
  return inOrder([...given], DOUBTFUL_SHARE * usedMemoryBytes).map(([candidate, groups]) => stepOf(candidate, groups))
}

/**
 * One change of values in place of several, in groups where the several do not save much more: what compresses well
 * leaves little to those behind it, which nobody knew when they were put together. Null: all layers are worth it.
 */
function withoutUselessLayers(
  given: ReadonlyMap<Candidate, Set<number>>,
  chosen: readonly Step[],
  candidates: readonly Candidate[],
): Map<Candidate, Set<number>> | null {
  const layersByGroup = new Map<number, Candidate[]>()
  for (const [candidate, groups] of given) {
    if (!changesValues(candidate)) continue
    for (const group of groups) {
      const layers = layersByGroup.get(group)
      if (layers === undefined) layersByGroup.set(group, [candidate])
      else layers.push(candidate)
    }
  }
  const behind = new Map(
    chosen.flatMap(({ technique, outcome }) => (outcome === undefined ? [] : [[technique, groupsOf(outcome, 0)]])),
  )
  let isChanged = false
  const fewer = new Map([...given].map(([candidate, groups]) => [candidate, new Set(groups)]))
  for (const [group, layers] of layersByGroup) {
    if (layers.length === 1) continue
    const others = [...given.keys()].filter((other) => !layers.includes(other) && given.get(other)!.has(group))
    const alone = candidates
      .filter((one) => changesValues(one) && one.groups.has(group))
      .filter((one) => one.technique.isHomemade !== true || layers.includes(one))
      .filter((one) => others.every((other) => areCompatible(one, other)))
      .reduce((a, b) => (scoreOf(b, group) > scoreOf(a, group) ? b : a))
    const { ramBefore } = alone.groups.get(group)!
    const saved = layers.reduce((sum, layer) => {
      const chosenBehindOthers = behind.get(layer.technique)
      return sum + ((chosenBehindOthers ?? layer.groups).get(group)?.saved ?? 0)
    }, 0)
    const price = layers.reduce((sum, layer) => sum + priceOf(layer), 0) + LAYER_SHARE * (layers.length - 1)
    if (saved / ramBefore - price > scoreOf(alone, group)) continue
    isChanged = true
    for (const layer of layers) fewer.get(layer)!.delete(group)
    const groups = fewer.get(alone)
    if (groups === undefined) fewer.set(alone, new Set([group]))
    else groups.add(group)
  }
  if (!isChanged) return null
  for (const [candidate, groups] of fewer) if (groups.size === 0) fewer.delete(candidate)
  return fewer
}

function changesValues({ change }: Candidate): boolean {
  return change.kind === 'keys' && change.families !== undefined
}

/** Share of a group that a candidate saves alone, less what it has to be worth. */
function scoreOf(candidate: Candidate, group: number): number {
  const { saved, ramBefore } = candidate.groups.get(group)!
  return saved / ramBefore - priceOf(candidate)
}

/** A step with its groups; all groups that it concerns, for a setting. */
function stepOf(candidate: Candidate, groups: ReadonlySet<number>): Step {
  const { technique, change, finished } = candidate
  return {
    technique,
    change,
    context: finished.context,
    groups: change.kind === 'setting' ? 'all' : groups,
    sample: candidate.isSampled ? ratesOf(candidate.groups, SAMPLE, finished.context.reservoir?.share) : null,
  }
}

/** A step on all keys that the technique takes, as somebody asked for it. */
export function stepAsAsked({ job, outcome, context }: Finished): Step {
  const change = outcome!.change!
  const groups = groupsOf(outcome!, 0)
  return {
    technique: job.technique,
    change,
    context,
    groups: change.kind === 'setting' ? 'all' : new Set(groups.keys()),
    sample: isSampled(job.technique, outcome!) ? ratesOf(groups, LARGE_SAMPLE, context.reservoir?.share) : null,
  }
}

function isSampled({ certainty }: Technique, outcome: Outcome): boolean {
  return (outcome.certainty ?? certainty) === 'sampled'
}

/** Which groups each technique gets. */
function giveOut(candidates: readonly Candidate[], isSingle: boolean): Map<Candidate, Set<number>> {
  const given = new Map<Candidate, Set<number>>()
  // Settings hold for all keys, so that they come first, the best of those that exclude one another.
  const settings: Candidate[] = []
  for (const candidate of [...candidates].sort((a, b) => b.savedAloneBytes - a.savedAloneBytes)) {
    if (candidate.change.kind !== 'setting' || settings.some((other) => !areCompatible(other, candidate))) continue
    settings.push(candidate)
    given.set(candidate, new Set(candidate.groups.keys()))
  }
  const byGroup = new Map<number, Candidate[]>()
  for (const candidate of candidates) {
    if (candidate.change.kind === 'setting') continue
    for (const group of candidate.groups.keys()) {
      const list = byGroup.get(group)
      if (list === undefined) byGroup.set(group, [candidate])
      else list.push(candidate)
    }
  }
  for (const [group, some] of byGroup) {
    const raised = settings.filter((setting) => setting.groups.has(group))
    const list = some
      .filter((candidate) => {
        const { saved, keys, left } = candidate.groups.get(group)!
        return saved > 0 && left <= MOST_LEFT_BEHIND * keys && !isLock(candidate, group)
      })
      .filter((candidate) => raised.every((setting) => areCompatible(setting, candidate)))
      .sort((a, b) => b.groups.get(group)!.saved - a.groups.get(group)!.saved)
      .slice(0, MOST_PER_GROUP)
    const best = bestSet(list, raised, group, isSingle)
    for (const candidate of best) {
      const groups = given.get(candidate)
      if (groups === undefined) given.set(candidate, new Set([group]))
      else groups.add(group)
    }
    if (isSingle && best.length > 0) for (const setting of raised) given.get(setting)!.delete(group)
  }
  return given
}

/** The compatible techniques that together leave least of a group; those that change the data model have to earn it. */
function bestSet(
  list: readonly Candidate[],
  settings: readonly Candidate[],
  group: number,
  isSingle: boolean,
): readonly Candidate[] {
  const ram = Math.max(...[...list, ...settings].map((candidate) => candidate.groups.get(group)!.ramBefore))
  const shareLeft = (candidate: Candidate): number => 1 - candidate.groups.get(group)!.saved / ram
  const settingLeft = settings.reduce((left, setting) => left * shareLeft(setting), 1)
  // A setting that is as good as any technique keeps the group when only one may have it.
  let best: readonly Candidate[] = []
  let bestScore = isSingle ? 1 - settingLeft : 0
  const extend = (chosen: readonly Candidate[], from: number, left: number, effort: number): void => {
    const score = 1 - left - effort
    if (score > bestScore) {
      best = chosen
      bestScore = score
    }
    if (isSingle && chosen.length === 1) return
    for (let i = from; i < list.length; i++) {
      const next = list[i]!
      if (!chosen.every((other) => areCompatible(other, next))) continue
      extend([...chosen, next], i + 1, left * shareLeft(next), effort + priceOf(next))
    }
  }
  extend([], 0, 1, 0)
  return best
}

/** Share of its keys that a technique has to save before it is worth the trouble. */
export function priceOf({ technique, isSampled }: Pick<Candidate, 'technique' | 'isSampled'>): number {
  if (technique.effort === 'data-model') return DATA_MODEL_SHARE
  if (technique.isHomemade === true) return HOMEMADE_SHARE
  return isSampled ? CODED_SHARE : 0
}

/** Nobody may hold a lock under two names, or in two forms. */
function isLock({ finished, change }: Candidate, group: number): boolean {
  if (change.kind === 'setting') return false
  const { names } = finished.context
  return names.of(Math.floor(group / 16) % 8192).literals.some(({ text }) => LOCKS.test(text))
}

function savingIn(candidate: Candidate, groups: ReadonlySet<number>): number {
  let saved = 0
  for (const group of groups) saved += candidate.groups.get(group)!.saved
  return saved
}

/** Cheapest effort first, then what saves most; what works behind others comes behind them. */
function inOrder(
  given: readonly (readonly [Candidate, Set<number>])[],
  doubtfulBytes: number,
): readonly (readonly [Candidate, Set<number>])[] {
  // What may turn out to be too little comes last, where it can be left out; what is dearest to have at the very end.
  const doubt = (candidate: Candidate, groups: ReadonlySet<number>): number => {
    if (candidate.technique.isHomemade === true) return 3
    if (savingIn(candidate, groups) >= doubtfulBytes) return 0
    return candidate.isSampled ? 2 : 1
  }
  const sorted = [...given].sort(
    ([a, aGroups], [b, bGroups]) =>
      EFFORTS.indexOf(a.technique.effort) - EFFORTS.indexOf(b.technique.effort) ||
      // Settings hold from the start; what changes keys with the effort of a setting comes behind them.
      Number(a.change.kind !== 'setting') - Number(b.change.kind !== 'setting') ||
      doubt(a, aGroups) - doubt(b, bGroups) ||
      savingIn(b, bGroups) - savingIn(a, aGroups) ||
      (a.technique.id < b.technique.id ? -1 : 1),
  )
  const ordered: (readonly [Candidate, Set<number>])[] = []
  while (sorted.length > 0) {
    const free = sorted.findIndex(([a]) => !sorted.some(([b]) => worksBehind(a, b)))
    ordered.push(...sorted.splice(Math.max(0, free), 1))
  }
  return ordered
}

function groupsOf(outcome: Outcome, entryBytes: number): Map<number, CandidateGroup> {
  const groups = new Map<number, CandidateGroup>()
  for (const tally of outcome.groups) {
    const number = groupNumber(tally.db, tally.pattern, tally.type)
    let group = groups.get(number)
    if (group === undefined) {
      group = { keys: 0, readKeys: 0, readBytes: 0, left: 0, ramBefore: 0, saved: 0 }
      groups.set(number, group)
    }
    group.keys += tally.keys
    const readKeys = tally.found?.keys ?? tally.keys
    group.readKeys += readKeys
    group.readBytes += tally.keys === 0 ? 0 : (tally.ramBefore * readKeys) / tally.keys
    group.left += tally.withExpiry
    group.ramBefore += tally.ramBefore + tally.keys * entryBytes
    group.saved += tally.saved + (tally.keys - tally.keysAfter) * entryBytes
  }
  return groups
}

/** What the tables of the databases take per key. */
function bytesPerEntry({ databases, target }: BeforeChanges): number {
  let keys = 0
  let bytes = 0
  for (const counts of databases.values()) {
    keys += counts.keys
    bytes += databaseOverhead(target, { keys: counts.keys, expires: 0, ownedSlots: counts.ownedSlots }).totalBytes
  }
  return keys === 0 ? 0 : bytes / keys
}

/** So that codecs run over some megabytes of each group, not over all of it. */
function ratesOf(groups: ReadonlyMap<number, CandidateGroup>, size: SampleSize, share = 1): SampleRates {
  const rates = new Map<number, number>()
  for (const [number, { readKeys: keys, readBytes }] of groups) {
    const enough = Math.max(keys / size.keys, Math.min(readBytes / size.bytes, keys / LEAST_SAMPLE)) / share
    const rate = Math.floor(share < 1 ? Math.min(enough, keys / (LEAST_SAMPLE / 2)) : enough)
    if (rate > 1) rates.set(number, rate)
  }
  return rates
}
