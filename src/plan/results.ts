import type { SavingsReport, TechniqueResult } from '../../reports/report.js'
import { ENCODINGS, TYPES } from '../batch.js'
import type { MemoryModel } from '../memory/model.js'
import { databaseOverhead } from '../memory/overhead.js'
import { inWordsOf } from '../memory/setting-words.js'
import type { Target } from '../memory/target.js'
import { CERTAIN_FILE, type GroupTally } from '../optimizations/groups.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Outcome } from '../optimizations/optimization.js'
import { interval95 } from '../optimizations/sampling/estimate.js'
import type { CountedDatabase, Job } from '../pipeline/simulation.js'
import type { SampleScale } from './key-sample.js'

/** The data set before anything was changed. */
export interface BeforeChanges {
  readonly sums: SavingsReport['before']
  readonly databases: ReadonlyMap<number, CountedDatabase>
  /** The same as it was counted, where the keys are a sample. */
  readonly sampled: ReadonlyMap<number, CountedDatabase>
  readonly target: Target
  readonly names: NamePatterns
  /** Sum of `MEMORY USAGE` of all keys; null where the target has no such command. */
  readonly memoryUsageBytes: number | null
  /** How the keys that were looked at are counted up; null where they are all. */
  readonly scale: SampleScale | null
  /** Keys that were looked at. */
  readonly readKeys: number
}

/** Advice in the words of the target. Names of keys and patterns stay as they are. */
export function reworded<Result extends TechniqueResult>(result: Result, model: MemoryModel): Result {
  const { steps, verify, rollback, breaks, assumptions, parameters } = result
  return { ...result, ...inWordsOf(model, { steps, verify, rollback, breaks, assumptions, parameters }) }
}

/**
 * What a technique does on its own.
 * @param outcome null when it has nothing to say, or failed
 * @param top groups that are listed; 0 for all
 */
export function resultOf(job: Job, outcome: Outcome | null, data: BeforeChanges, top: number): TechniqueResult {
  const { technique } = job
  const before = data.sums
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
      ? before.usedMemoryBytes - (ramBytesBefore - ramBytesAfter) + overheadChange(data, groups)
      : wholeAfter(outcome.whole, data, ramBytesBefore - ramBytesAfter)
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
    certainty: certaintyOf(outcome?.certainty ?? technique.certainty, data.scale),
    sampledKeys: sampledKeys(outcome, groups, data.scale),
    interval95: intervalOf(outcome, groups, savedBytes - (ramBytesBefore - ramBytesAfter), data),
    parameters: { ...job.parameters.shown, ...countedUp(outcome?.parameters, groups, data.scale) },
    groups: groupRows(groups, outcome, data, top),
    assumptions: [...reasons, ...(outcome?.assumptions ?? []), technique.cpu],
    breaks: technique.breaks,
    effort: technique.effort,
    steps: outcome?.steps ?? technique.steps,
    verify: technique.verify,
    rollback: outcome?.rollback ?? technique.rollback,
  }
}

function certaintyOf(certainty: TechniqueResult['certainty'], scale: SampleScale | null): TechniqueResult['certainty'] {
  return scale === null || certainty === 'modelled' ? certainty : 'sampled'
}

function sampledKeys(outcome: Outcome | null, groups: readonly GroupTally[], scale: SampleScale | null): number {
  if (outcome?.sampledKeys !== undefined && outcome.sampledKeys > 0) return outcome.sampledKeys
  return scale === null ? 0 : groups.reduce((total, { found }) => total + (found?.keys ?? 0), 0)
}

/**
 * The whole on another target. Of a sample: keys as they were counted up, tables in proportion.
 * @param savedBytes by the keys
 */
function wholeAfter(whole: NonNullable<Outcome['whole']>, data: BeforeChanges, savedBytes: number): number {
  if (data.scale === null) return whole.ramBytes + whole.overheadBytes
  let sampledOverhead = 0
  for (const counts of data.sampled.values()) sampledOverhead += databaseOverhead(data.target, counts).totalBytes
  const overheadBytes = data.sums.usedMemoryBytes - data.sums.ramBytes
  const share = sampledOverhead === 0 ? 1 : whole.overheadBytes / sampledOverhead
  return data.sums.ramBytes - savedBytes + Math.round(overheadBytes * share)
}

/** @param tables bytes that the tables of the databases save on top */
function intervalOf(
  outcome: Outcome | null,
  groups: readonly GroupTally[],
  tables: number,
  data: BeforeChanges,
): readonly [number, number] | null {
  const { scale } = data
  if (outcome === null || groups.length === 0) return null
  if (scale === null) return outcome.interval95 === undefined ? null : moved(outcome.interval95, tables)
  const [low, high] = scale.interval95(groups)
  // Tables change in leaps, so that a few keys more or less may make a difference.
  const off = scale.keysOff(groups)
  const leaps = [1 - off, 1 + off].map((share) => -overheadChange(data, groups, share))
  const isTables = outcome.whole === undefined
  return moved([low, high], 0).map((end, index) => {
    if (!isTables) return end + tables
    return Math.round(end + (index === 0 ? Math.min(tables, ...leaps) : Math.max(tables, ...leaps)))
  }) as unknown as readonly [number, number]
}

function moved([low, high]: readonly [number, number], by: number): readonly [number, number] {
  return [Math.round(low + by), Math.round(high + by)]
}

/** Curves over limits, in proportion to what the groups save. */
function countedUp(
  parameters: Outcome['parameters'],
  groups: readonly GroupTally[],
  scale: SampleScale | null,
): Outcome['parameters'] {
  if (scale === null || parameters === undefined) return parameters
  let found = 0
  let saved = 0
  for (const group of groups) {
    found += group.found?.saved ?? 0
    saved += group.saved
  }
  const factor = found === 0 ? scale.factor : saved / found
  const times = (value: unknown): number => Math.round(Number(value) * factor)
  const point = (one: unknown): unknown =>
    typeof one === 'object' && one !== null && 'limit' in one && 'savedBytes' in one && 'keys' in one
      ? { ...one, keys: times(one.keys), savedBytes: times(one.savedBytes) }
      : one
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, Array.isArray(value) ? value.map(point) : value]),
  )
}

/** What the tables of the databases take more (negative: less) when the groups are changed. */
export function overheadChange(
  { databases, target }: BeforeChanges,
  groups: readonly GroupTally[],
  /** Of the keys that go (or come), so many do. */
  share = 1,
): number {
  const after = new Map(
    [...databases].map(([number, counts]) => [number, { ...counts, ownedSlots: counts.ownedSlots }]),
  )
  for (const group of groups) {
    const counts = after.get((group.file % CERTAIN_FILE) * 65536 + group.db)!
    counts.keys = Math.max(0, counts.keys + Math.round(share * (group.keysAfter - group.keys)))
    counts.expires = Math.max(0, counts.expires + Math.round(share * (group.expiresAfter - group.expires)))
    counts.fieldExpiryKeys = Math.max(
      0,
      counts.fieldExpiryKeys + Math.round(share * (group.fieldExpiryKeysAfter - group.fieldExpiryKeys)),
    )
  }
  let change = 0
  for (const [number, counts] of after) {
    change += databaseOverhead(target, counts).totalBytes
    change -= databaseOverhead(target, databases.get(number)!).totalBytes
  }
  return change
}

/** The groups with the largest savings (or losses); shards of one data set are joined by pattern. */
function groupRows(
  groups: readonly GroupTally[],
  outcome: Outcome | null,
  { names, scale }: BeforeChanges,
  top: number,
): readonly Readonly<Record<string, unknown>>[] {
  const sorted = partsOf(groups).sort(
    (a, b) => Math.abs(savedBy(b)) - Math.abs(savedBy(a)) || a[0]!.pattern - b[0]!.pattern,
  )
  const shown = top === 0 ? sorted : sorted.slice(0, top)
  const rows: Record<string, unknown>[] = shown.map((parts) => {
    const [group] = parts as [GroupTally]
    return {
      file: group.file % CERTAIN_FILE,
      db: group.db,
      pattern: names.of(group.pattern).text,
      type: TYPES[group.type],
      encoding: ENCODINGS[group.encoding],
      keys: sum(parts, 'keys'),
      keysAfter: sum(parts, 'keysAfter'),
      ramBytesBefore: sum(parts, 'ramBefore'),
      ramBytesAfter: sum(parts, 'ramAfter'),
      savedBytes: savedBy(parts),
      ...groupInterval(parts, scale),
      ...countedDetails(outcome?.details?.(group), group, scale),
    }
  })
  const rest = sorted.slice(shown.length).flat()
  if (rest.length > 0) {
    rows.push({
      pattern: '[other]',
      keys: sum(rest, 'keys'),
      keysAfter: sum(rest, 'keysAfter'),
      ramBytesBefore: sum(rest, 'ramBefore'),
      ramBytesAfter: sum(rest, 'ramAfter'),
      savedBytes: savedBy(rest),
      ...groupInterval(rest, scale),
    })
  }
  return rows
}

/** How far off a group may be, where its figures come from a sample of keys or of values. */
function groupInterval(
  groups: readonly GroupTally[],
  scale: SampleScale | null,
): { readonly interval95?: readonly [number, number] } {
  if (scale !== null) return { interval95: moved(scale.interval95(groups), 0) }
  const variance = groups.reduce((total, group) => total + group.variance, 0)
  return variance === 0 ? {} : { interval95: moved(interval95(savedBy(groups), variance), 0) }
}

function savedBy(groups: readonly GroupTally[]): number {
  return sum(groups, 'ramBefore') - sum(groups, 'ramAfter')
}

/** The keys of a group that are in a sample by chance, and those that are in it in any case; one of both mostly. */
function partsOf(groups: readonly GroupTally[]): (readonly GroupTally[])[] {
  const parts = new Map<string, GroupTally[]>()
  for (const group of groups) {
    const id = `${group.file % CERTAIN_FILE} ${group.db} ${group.pattern} ${group.type} ${group.encoding}`
    const known = parts.get(id)
    if (known === undefined) parts.set(id, [group])
    else if (group.file < CERTAIN_FILE) known.unshift(group)
    else known.push(group)
  }
  return [...parts.values()]
}

/** Figures of a group that are sums over its keys, of the sample. */
const COUNTED: ReadonlySet<string> = new Set(['buckets', 'hashes'])

export function countedDetails(
  details: Readonly<Record<string, unknown>> | undefined,
  group: GroupTally,
  scale: SampleScale | null,
): Readonly<Record<string, unknown>> | undefined {
  if (scale === null || details === undefined) return details
  const factor = scale.of(group)
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      COUNTED.has(name) ? Math.round(Number(value) * factor) : value,
    ]),
  )
}

function sum(groups: readonly GroupTally[], what: 'keys' | 'keysAfter' | 'ramBefore' | 'ramAfter'): number {
  return groups.reduce((total, group) => total + group[what], 0)
}
