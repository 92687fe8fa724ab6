import { type GroupTally, groupNumber } from '../optimizations/groups.js'
import { type BeforeChanges, overheadChange } from './results.js'
import { StageTally } from './stage.js'

/** The data set at one point of a plan. */
export interface State {
  readonly keys: number
  readonly ramBytes: number
  readonly usedMemoryBytes: number
  /**
   * Sum of `MEMORY USAGE` of all keys; null where that is not known: nobody counts for keys that become parts of
   * others.
   */
  readonly memoryUsageBytes?: number | null
}

/** What one step makes of one group, all files together; bytes of the keys before and behind it. */
export interface GroupChange {
  /** `groupNumber` */
  readonly group: number
  readonly tally: GroupTally
  readonly keys: number
  readonly keysAfter: number
  readonly ramBefore: number
  readonly ramAfter: number
}

/** Which groups a step really gets. */
export type Allowed = (group: number, step: number) => boolean

/** Adds up what a reading found behind each step: a group is as the last step left it that concerns it. */
export class Ledger {
  readonly #data: BeforeChanges
  /** By file and group: a tally for each step that concerns it. */
  readonly #rows = new Map<string, (GroupTally | undefined)[]>()

  constructor(data: BeforeChanges, stages: readonly { readonly tallies: readonly GroupTally[] }[]) {
    this.#data = data
    for (const [step, { tallies }] of stages.entries()) {
      for (const tally of tallies) {
        const id = `${tally.file} ${numberOf(tally)}`
        const row = this.#rows.get(id)
        if (row !== undefined) row[step] = tally
        else {
          const made: (GroupTally | undefined)[] = new Array(stages.length).fill(undefined)
          made[step] = tally
          this.#rows.set(id, made)
        }
      }
    }
  }

  /** The data behind a step; -1: before all of them. */
  stateAfter(step: number, allowed: Allowed): State {
    const { sums } = this.#data
    const tallies: GroupTally[] = []
    let saved = 0
    let keys = sums.keys
    let usage = this.#data.memoryUsageBytes ?? Number.NaN
    for (const row of this.#rows.values()) {
      const tally = lastOf(row, step, allowed)
      if (tally === undefined) continue
      tallies.push(tally)
      saved += tally.saved
      keys += tally.keysAfter - tally.keys
      usage += tally instanceof StageTally ? tally.usageAfter - tally.usageBefore : Number.NaN
    }
    const ramBytes = sums.ramBytes - saved
    const usedMemoryBytes = sums.usedMemoryBytes - saved + overheadChange(this.#data, tallies)
    return { keys, ramBytes, usedMemoryBytes, memoryUsageBytes: Number.isNaN(usage) ? null : usage }
  }

  /** What a step changes, group by group. */
  changesOf(step: number, allowed: Allowed): readonly GroupChange[] {
    const changes = new Map<number, GroupChange>()
    for (const row of this.#rows.values()) {
      const tally = row[step]
      if (tally === undefined || !allowed(numberOf(tally), step)) continue
      const before = lastOf(row, step - 1, allowed)
      const group = numberOf(tally)
      const known = changes.get(group)
      changes.set(group, {
        group,
        tally: known?.tally ?? tally,
        keys: (known?.keys ?? 0) + (before?.keysAfter ?? tally.keys),
        keysAfter: (known?.keysAfter ?? 0) + tally.keysAfter,
        ramBefore: (known?.ramBefore ?? 0) + (before?.ramAfter ?? tally.ramBefore),
        ramAfter: (known?.ramAfter ?? 0) + tally.ramAfter,
      })
    }
    return [...changes.values()]
  }
}

function numberOf({ db, pattern, type }: GroupTally): number {
  return groupNumber(db, pattern, type)
}

function lastOf(row: readonly (GroupTally | undefined)[], step: number, allowed: Allowed): GroupTally | undefined {
  for (let i = step; i >= 0; i--) {
    const tally = row[i]
    if (tally !== undefined && allowed(numberOf(tally), i)) return tally
  }
  return undefined
}
