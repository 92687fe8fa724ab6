import { sameNameForSeveral, withoutEnd } from './free-names.js'
import { type Outcome, type Technique, type TechniqueContext, USEFUL_BYTES } from './optimization.js'
import { ChoiceByGroup, OTHER_SLOT } from './pieces.js'
import {
  type ChosenHashes,
  FIELD_PARAMETER,
  FieldPieces,
  type HashesPrice,
  notInHashes,
  type StringHashes,
  StringHashesRun,
} from './string-hashes.js'

/** Fewer keys are not worth a change of the data model. */
const LEAST_KEYS = 2

export const stringsToHash: Technique = {
  id: 'strings-to-hash',
  title: 'Make the small strings of a pattern fields of one hash',
  why: 'A field of a hash needs no object, no entry in the table of keys and no prefix in its name.',
  effort: 'data-model',
  certainty: 'exact',
  breaks: [
    'GET becomes HGET <hash> <id>: every reader and writer changes.',
    'INCR becomes HINCRBY, as atomic as before; SETNX HSETNX, MGET HMGET; APPEND, bit and range commands have no counterpart.',
    'No expiry per key before Redis 7.4 and Valkey 9: keys with one stay strings. From then on it is that of a field (HPEXPIRE), where that is worth it.',
    'The hash is one big key: one slot in a cluster, slow to delete (use UNLINK) and to migrate, blocking in HGETALL.',
    'Eviction, WATCH and keyspace notifications work on the whole hash.',
    OTHER_SLOT,
  ],
  cpu: 'HGET of a hash table takes as long as GET; the table is resized in steps as it grows.',
  steps: [
    'Writers: HSET <name> <id> <value> and DEL <key>. Readers: HGET first, then GET.',
    'Move the rest in the background with SCAN MATCH <pattern>: HSETNX and DEL in one script, so that no write comes between',
  ],
  verify: ['HLEN <name>', 'INFO memory: used_memory', 'MEMORY USAGE <name> SAMPLES 0'],
  rollback: ['HSCAN the hash, SET each field: no information is lost.'],
  parameters: [
    { name: 'name', kind: 'text', describe: 'name of the hash [fixed parts of the pattern]' },
    FIELD_PARAMETER,
  ],
  rewrites: ['key name', 'shape'],
  start: (context) => notInHashes(context) ?? new StringsToHash(context),
}

class StringsToHash extends StringHashesRun {
  readonly #name: string | undefined
  /** What was chosen before; null while that is still to do. */
  readonly #chosen: ChoiceByGroup<ChosenHashes> | null

  constructor(context: TechniqueContext, chosen: ChoiceByGroup<ChosenHashes> | null = null) {
    super(context, 1, true)
    this.#chosen = chosen
    this.#name = context.parameters.text('name')
  }

  override outcome(): Outcome {
    const { names } = this.context
    const groups = this.groups.all.filter((group) => {
      const decided = this.#chosen?.of(group.db, group.pattern, group.type)
      if (this.#chosen !== null && decided === undefined) return false
      if (!this.isWhole(group)) return false
      const expiring = decided?.expiring ?? this.#takesExpiring(group)
      const keys = group.keys + (expiring ? (group.expiring?.pairs ?? 0) : 0)
      if (keys < LEAST_KEYS) return false
      this.settle(group, this.#priced(group, expiring), expiring)
      return this.#chosen !== null || group.saved >= USEFUL_BYTES || this.#name !== undefined
    })
    const choices = new ChoiceByGroup<ChosenHashes>()
    for (const group of groups) choices.add(group, { name: this.#nameOf(group), expiring: group.takesExpiring })
    return {
      groups,
      change: {
        kind: 'gather',
        again: (context) => new StringsToHash(context, choices),
        through: (next) => new FieldPieces(next, this, choices),
      },
      details: (group) => ({
        name: names.shown(this.#nameOf(group as StringHashes)),
        id: this.fieldOf(group as StringHashes),
        fields: group.keys,
        integers: (group as StringHashes).integers,
        withExpiry: (group as StringHashes).expiringKeys + group.withExpiry,
        encoding: null,
      }),
      steps: this.stepsWith(stringsToHash.steps, groups as readonly StringHashes[]),
      assumptions: [...sameNameForSeveral(this.#name, groups), ...this.remarks(groups)],
    }
  }

  #nameOf(group: StringHashes): string {
    if (this.#name !== undefined) return this.#name
    const decided = this.#chosen?.of(group.db, group.pattern, group.type)
    if (decided !== undefined) return decided.name
    return this.freeNames.of(group, withoutEnd(this.context.names.of(group.pattern).bare))
  }

  #priced(group: StringHashes, expiring: boolean): HashesPrice {
    const nameBytes = new TextEncoder().encode(this.#nameOf(group)).length
    return this.price(group, 1, expiring, () => nameBytes)
  }

  /** Fields with an expiry are worth more than the strings that they were. */
  #takesExpiring(group: StringHashes): boolean {
    if (group.expiring === null || group.expiring.lost > 0) return false
    const without = group.cells === null ? 0 : this.#priced(group, false).ramBytes
    return this.#priced(group, true).ramBytes - without < group.expiringRam
  }
}
