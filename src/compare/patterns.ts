import { OTHER, otherChanges } from '../../reports/compare/other-changes.js'
import type { ChangedPattern, KeyChurn } from '../../reports/compare-report.js'
import type { PatternRow } from '../../reports/report.js'
import { compareText } from '../analysis/names.js'
import type { MinerState } from '../analysis/patterns/miner.js'
import { Patterns } from '../analysis/patterns.js'
import { changesOf, pairs } from './change.js'

/** A pattern on both sides. */
export interface PatternPair {
  readonly before: PatternRow | null
  readonly after: PatternRow | null
  readonly churn: KeyChurn | null
}

/** Finds what cells of the two sides came to; null before `unifiedPatterns` has said so. */
export interface CellRows {
  /** Place of the pair that counts a cell of the old side, -1 for none. */
  readonly ofOld: (cell: number) => number
  readonly ofNew: (cell: number) => number
}

/**
 * Patterns of both sides by names that hold for both: the trees of names are put together, and the cells of each side
 * are counted where they went. A pattern is not new because one side saw more of its values.
 */
export function unifiedPatterns(
  before: MinerState,
  after: MinerState,
): { readonly pairs: readonly PatternPair[]; readonly cells: CellRows } {
  const old = Patterns.restore(before)
  const fresh = Patterns.restore(after)
  const both = new Patterns({ separators: after.separators })
  // What went into each cell of the union, by side.
  const sources = new Map<number, { old: number[]; fresh: number[] }>()
  const into = (cell: number): { old: number[]; fresh: number[] } => {
    let found = sources.get(cell)
    if (found === undefined) {
      found = { old: [], fresh: [] }
      sources.set(cell, found)
    }
    return found
  }
  both.miner.onMerged = (from, target) => {
    const moved = sources.get(from)
    if (moved === undefined) return
    sources.delete(from)
    into(target).old.push(...moved.old)
    into(target).fresh.push(...moved.fresh)
  }
  both.merge(old, (from, target) => into(target).old.push(from))
  both.merge(fresh, (from, target) => into(target).fresh.push(from))
  const { rows } = both.result()

  const cellsOf = new Map<PatternRow, { old: number[]; fresh: number[] }>(
    rows.map((row) => [row, { old: [], fresh: [] }]),
  )
  for (const [cell, found] of sources) {
    const row = both.rowOfCell(cell)
    if (row === null) continue
    cellsOf.get(row)!.old.push(...found.old)
    cellsOf.get(row)!.fresh.push(...found.fresh)
  }
  const placeOfOld = new Map<number, number>()
  const placeOfNew = new Map<number, number>()
  const found = rows.map((row, place): PatternPair => {
    const cells = cellsOf.get(row)!
    for (const cell of cells.old) placeOfOld.set(cell, place)
    for (const cell of cells.fresh) placeOfNew.set(cell, place)
    return { before: old.rowOfCells(row, cells.old), after: fresh.rowOfCells(row, cells.fresh), churn: null }
  })
  return {
    pairs: found,
    cells: { ofOld: (cell) => placeOfOld.get(cell) ?? -1, ofNew: (cell) => placeOfNew.get(cell) ?? -1 },
  }
}

/** Patterns by their text. Where a side lists only some, the others are compared as one row. */
export function patternsByText(before: readonly PatternRow[], after: readonly PatternRow[]): readonly PatternPair[] {
  const idOf = ({ pattern, type }: PatternRow): string => `${type} ${pattern}`
  const isOther = ({ pattern, patterns }: PatternRow): boolean => pattern === OTHER && patterns >= 1
  const oldWhole = !before.some(isOther)
  const newWhole = !after.some(isOther)
  const found: PatternPair[] = []
  const left = { before: before.filter(isOther), after: after.filter(isOther) }
  const listed = (rows: readonly PatternRow[]): readonly PatternRow[] => rows.filter((row) => !isOther(row))
  for (const pair of pairs(listed(before), listed(after), idOf)) {
    if (pair.before === null && !oldWhole) left.after.push(pair.after!)
    else if (pair.after === null && !newWhole) left.before.push(pair.before!)
    else found.push({ before: pair.before, after: pair.after, churn: null })
  }
  if (left.before.length + left.after.length > 0) {
    found.push({ before: gathered(left.before), after: gathered(left.after), churn: null })
  }
  return found
}

/** One row `[other]` for several; null for none. */
function gathered(rows: readonly PatternRow[]): PatternRow | null {
  const [first] = rows
  if (first === undefined) return null
  const sum = (pick: (row: PatternRow) => number): number => rows.reduce((total, row) => total + pick(row), 0)
  const keys = sum((row) => row.keys)
  const ramBytes = sum((row) => row.ramBytes)
  return {
    ...first,
    pattern: OTHER,
    type: 'mixed',
    keys,
    ramBytes,
    payloadBytes: sum((row) => row.payloadBytes),
    averageRamBytes: keys === 0 ? 0 : ramBytes / keys,
    withoutTtl: sum((row) => row.withoutTtl),
    withoutTtlRamBytes: sum((row) => row.withoutTtlRamBytes),
    ttl: null,
    largest: null,
    encodings: [],
    examples: [],
    exampleWithoutTtl: null,
    match: null,
    patterns: sum((row) => row.patterns),
  }
}

export function changedPattern({ before, after, churn }: PatternPair): ChangedPattern {
  const row = (after ?? before)!
  const largest = after?.largest ?? before?.largest ?? null
  const sums = changesOf(
    ['keys', 'ramBytes', 'payloadBytes', 'averageRamBytes', 'withoutTtl', 'withoutTtlRamBytes'],
    before,
    after,
  )
  return {
    pattern: row.pattern,
    type: row.type,
    state: stateOf(before, after),
    ...sums,
    medianTtlMs: { old: before?.ttl?.medianMs ?? null, new: after?.ttl?.medianMs ?? null },
    encodings: pairs(before?.encodings ?? [], after?.encodings ?? [], ({ encoding }) => encoding).map((pair) => ({
      encoding: pair.id,
      ...changesOf(['keys', 'ramBytes'], pair.before, pair.after),
    })),
    largest: largest === null ? null : withoutDb(largest),
    examples: (after ?? before)!.examples,
    churn,
    patterns: Math.max(before?.patterns ?? 0, after?.patterns ?? 0),
  }
}

function withoutDb({ db: _, ...largest }: NonNullable<PatternRow['largest']>): NonNullable<ChangedPattern['largest']> {
  return largest
}

function stateOf(before: PatternRow | null, after: PatternRow | null): ChangedPattern['state'] {
  if (before === null) return 'new'
  if (after === null) return 'gone'
  const change = after.ramBytes - before.ramBytes
  return change > 0 ? 'grown' : change < 0 ? 'shrunk' : 'same'
}

export function byChange(a: ChangedPattern, b: ChangedPattern): number {
  return (
    Math.abs(b.ramBytes.change) - Math.abs(a.ramBytes.change) ||
    Math.abs(b.keys.change) - Math.abs(a.keys.change) ||
    b.ramBytes.new - a.ramBytes.new ||
    compareText(a.pattern, b.pattern) ||
    compareText(a.type, b.type)
  )
}

/**
 * The first rows, and one row `[other]` for the rest, so that sums stay right.
 *
 * @param top rows to keep; 0: all
 */
export function cutPatterns(rows: readonly ChangedPattern[], top: number): readonly ChangedPattern[] {
  if (top === 0 || rows.length <= top + 1) return rows
  return [...rows.slice(0, top), otherChanges(rows.slice(top))]
}
