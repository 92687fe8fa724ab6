import type { SavingsReport, TechniqueResult } from '../../reports/report.js'
import { ENCODINGS, TYPES } from '../batch.js'
import type { MemoryModel } from '../memory/model.js'
import { databaseOverhead } from '../memory/overhead.js'
import { inWordsOf } from '../memory/setting-words.js'
import type { Target } from '../memory/target.js'
import type { GroupTally } from '../optimizations/groups.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Outcome } from '../optimizations/optimization.js'
import type { CountedDatabase, Job } from '../pipeline/simulation.js'

/** The data set before anything was changed. */
export interface BeforeChanges {
  readonly sums: SavingsReport['before']
  readonly databases: ReadonlyMap<number, CountedDatabase>
  readonly target: Target
  readonly names: NamePatterns
  /** Sum of `MEMORY USAGE` of all keys; null where the target has no such command. */
  readonly memoryUsageBytes: number | null
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
    groups: groupRows(groups, outcome, data.names, top),
    assumptions: [...reasons, ...(outcome?.assumptions ?? []), technique.cpu],
    breaks: technique.breaks,
    effort: technique.effort,
    steps: outcome?.steps ?? technique.steps,
    verify: technique.verify,
    rollback: outcome?.rollback ?? technique.rollback,
  }
}

/** @param tables bytes that the tables of the databases save on top */
function intervalOf(outcome: Outcome | null, tables: number): readonly [number, number] | null {
  if (outcome?.interval95 === undefined) return null
  const [low, high] = outcome.interval95
  return [Math.round(low + tables), Math.round(high + tables)]
}

/** What the tables of the databases take more (negative: less) when the groups are changed. */
export function overheadChange({ databases, target }: BeforeChanges, groups: readonly GroupTally[]): number {
  const after = new Map([...databases].map(([number, counts]) => [number, { ...counts }]))
  for (const group of groups) {
    const counts = after.get(group.file * 65536 + group.db)!
    counts.keys += group.keysAfter - group.keys
    counts.expires += group.expiresAfter - group.expires
    counts.fieldExpiryKeys += group.fieldExpiryKeysAfter - group.fieldExpiryKeys
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
