import { changeOf } from '../../reports/compare/other-changes.js'
import type { Change } from '../../reports/compare-report.js'

/** Changes of the named columns; a side that is not there counts 0. */
export function changesOf<Name extends string>(
  names: readonly Name[],
  before: { readonly [Column in Name]: number } | null | undefined,
  after: { readonly [Column in Name]: number } | null | undefined,
): { readonly [Column in Name]: Change } {
  return Object.fromEntries(names.map((name) => [name, changeOf(before?.[name] ?? 0, after?.[name] ?? 0)])) as {
    readonly [Column in Name]: Change
  }
}

/** What is on both sides, or on one, by a name that tells rows apart; in the order of the new side, then the old. */
export function pairs<Row>(
  before: readonly Row[],
  after: readonly Row[],
  idOf: (row: Row) => string,
): readonly { readonly id: string; readonly before: Row | null; readonly after: Row | null }[] {
  const old = new Map(before.map((row) => [idOf(row), row]))
  const found = after.map((row) => ({ id: idOf(row), before: old.get(idOf(row)) ?? null, after: row as Row | null }))
  const known = new Set(found.map(({ id }) => id))
  return [
    ...found,
    ...before
      .filter((row) => !known.has(idOf(row)))
      .map((row) => ({ id: idOf(row), before: row as Row | null, after: null })),
  ]
}
