import type { Change, DataPart, Technique } from '../optimizations/optimization.js'

/** A technique and what it does to the data. */
export interface Doer {
  readonly technique: Technique
  readonly change: Change
  /** Its sizes come from a sample of the values. */
  readonly isSampled: boolean
}

const EVERYTHING: readonly DataPart[] = ['key name', 'field names', 'values', 'shape']

/** False when two techniques must not get the same keys. */
export function areCompatible(a: Doer, b: Doer): boolean {
  if (excludes(a, b) || excludes(b, a)) return false
  if (a.change.kind === 'setting' || b.change.kind === 'setting') return true
  const gathers = [a, b].filter(({ change }) => change.kind === 'gather')
  // What is gathered is priced by its sums, for which every key has to be seen as it will be.
  if (gathers.length === 2 || (gathers.length === 1 && (a.isSampled || b.isSampled))) return false
  // Which name goes where is decided by the names in the dump.
  if (gathers.length === 1 && [a, b].every((one) => partsOf(one).includes('key name'))) return false
  if (worksBehind(a, b) || worksBehind(b, a)) return true
  const parts = partsOf(b)
  return !partsOf(a).some((part) => parts.includes(part))
}

export function worksBehind(a: Doer, b: Doer): boolean {
  return a.technique.behind?.includes(b.technique.id) === true
}

function excludes(a: Doer, b: Doer): boolean {
  return a.technique.excludes?.includes(b.technique.id) === true
}

function partsOf({ technique }: Doer): readonly DataPart[] {
  return technique.rewrites ?? EVERYTHING
}
