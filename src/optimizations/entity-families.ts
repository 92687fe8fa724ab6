import { globOf } from '../glob.js'
import type { EntityPiece } from './entity-pieces.js'
import { GroupTally } from './groups.js'
import type { TechniqueContext } from './optimization.js'
import { ChoiceByGroup } from './pieces.js'

/** Strings of one pattern: one field of each hash. */
export class FieldTally extends GroupTally {
  family: Family | null = null
  /** Values that are whole numbers. */
  integers = 0
  field = ''
}

/** Patterns that differ behind the last variable part only. */
export interface Family {
  readonly number: number
  /** Tells it apart from others, whatever the run. */
  readonly identity: string
  /** The entity's name as a pattern, as it is printed. */
  readonly text: string
  /** The same for SCAN. */
  readonly glob: string
  /** Between the entity's name and the field, as it is printed. */
  readonly separator: string
  /** Its length in the name. */
  readonly separatorBytes: number
  /** A key with the bare name of an entity: its hash needs another name. */
  taken: boolean
  /** Behind the entity's name, in the name of its hash. */
  suffix: string
  patterns: number
}

/** What the hashes of a family take. */
export interface Merged {
  readonly hashes: number
  /** Of these that a value is too long for to be packed: their size is the expected one. */
  readonly tables: number
  readonly ramBytes: number
  /** `MEMORY USAGE` of the hashes. */
  readonly usageBytes: number
  /** Of the entities, one in 2^shift was looked at. */
  readonly shift: number
}

/** Keys that stay what they are. */
export interface KeptKeys {
  readonly withExpiry: number
  readonly ofOtherTypes: number
  /** Of patterns that are not told apart. */
  readonly untold: number
}

/** Divides the hashes of a family between its patterns, by what these take now: nothing is lost by rounding. */
export function share(tallies: readonly FieldTally[], { hashes, ramBytes, usageBytes }: Merged): void {
  const total = tallies.reduce((sum, { ramBefore }) => sum + ramBefore, 0)
  let seen = 0
  for (const tally of tallies) {
    const from = seen / total
    seen += tally.ramBefore
    const to = seen / total
    tally.keysAfter = Math.round(hashes * to) - Math.round(hashes * from)
    tally.ramAfter = Math.round(ramBytes * to) - Math.round(ramBytes * from)
    tally.usageAfter = Math.round(usageBytes * to) - Math.round(usageBytes * from)
  }
}

/** Commands for the family that saves most. */
export function stepsFor(groups: readonly FieldTally[], chosen: ReadonlyMap<Family, Merged>): readonly string[] {
  const family = [...groups].sort((a, b) => b.saved - a.saved)[0]!.family!
  const fields = groups.filter((tally) => tally.family === family)
  const name = `${family.text}${family.suffix}`
  const { field } = fields[0]!
  const key = `${family.text}${family.separator}${field}`
  const others = chosen.size - 1
  return [
    `Writers: HSET ${name} ${field} <value> and DEL ${key}. Readers: HGET ${name} ${field}, then GET ${key}.`,
    `Move the rest in the background: SCAN MATCH ${family.glob}${globOf(family.separator)}*, for each key HSETNX and DEL in one MULTI`,
    ...(others === 0 ? [] : [`The same for ${others} more families of keys: see name and field of each group.`]),
  ]
}

/** How the keys of each group become fields. */
export function piecesOf(groups: readonly FieldTally[]): ChoiceByGroup<EntityPiece> {
  const pieces = new ChoiceByGroup<EntityPiece>()
  for (const tally of groups) {
    const { suffix, separatorBytes } = tally.family!
    pieces.add(tally, { suffix, separatorBytes })
  }
  return pieces
}

/** Sentences about the keys that become fields, and about those that do not. */
export function remarksOn(
  groups: readonly FieldTally[],
  chosen: ReadonlyMap<Family, Merged>,
  { withExpiry, ofOtherTypes, untold }: KeptKeys,
  { names, target }: TechniqueContext,
): readonly string[] {
  const counters = groups.filter(({ integers, keys }) => 2 * integers > keys)
  const thinned = [...chosen.values()].filter(({ shift }) => shift > 0)
  const taken = [...chosen.keys()].filter((family) => family.taken)
  const tables = [...chosen.values()].reduce((sum, merged) => sum + merged.tables, 0)
  const limit = target.settings['hash-max-listpack-value']
  return [
    ...(thinned.length === 0
      ? []
      : [
          `Sizes of the hashes of ${thinned.length} families of keys are those of one entity in ${2 ** thinned[0]!.shift} or more, chosen by ` +
            'the hash of its name, in proportion: more do not fit in memory. All keys are counted.',
        ]),
    ...(tables === 0
      ? []
      : [
          `${tables} of the hashes become hash tables, as a value has more than hash-max-listpack-value ${limit} bytes: raise it ` +
            'first (see raise-hash-limits). Chance has a say in the size of such tables; it is the expected one.',
        ]),
    ...(withExpiry === 0 ? [] : [`${withExpiry} keys with an expiry stay strings: as fields they would lose it.`]),
    ...(ofOtherTypes === 0 ? [] : ['Lists, sets, sorted sets and hashes of an entity stay keys of their own.']),
    ...(untold === 0 ? [] : [`${untold} keys of patterns that are not told apart are left out.`]),
    ...(taken.length === 0 || names.hidden
      ? []
      : taken.map(({ text }) => `There are keys named ${text}, so that the hashes get another name.`)),
    ...counters.map(
      ({ pattern }) =>
        `Values of ${names.of(pattern).text} are whole numbers: INCR becomes HINCRBY, as atomic as before.`,
    ),
  ]
}
