import { type Outcome, type Technique, type TechniqueContext, USEFUL_BYTES } from './optimization.js'
import { ChoiceByGroup } from './pieces.js'
import { FieldPieces, leftOut, notInHashes, StringHashesRun } from './string-hashes.js'

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
    'No expiry per key: keys with one stay strings.',
    'The hash is one big key: one slot in a cluster, slow to delete (use UNLINK) and to migrate, blocking in HGETALL.',
    'Eviction, WATCH and keyspace notifications work on the whole hash.',
  ],
  cpu: 'HGET of a hash table takes as long as GET; the table is resized in steps as it grows.',
  steps: [
    'Writers: HSET <name> <id> <value> and DEL <key>. Readers: HGET first, then GET.',
    'Move the rest in the background with SCAN MATCH <pattern>',
  ],
  verify: ['HLEN <name>', 'INFO memory: used_memory', 'MEMORY USAGE <name> SAMPLES 0'],
  rollback: ['HSCAN the hash, SET each field: no information is lost.'],
  parameters: [
    { name: 'name', kind: 'text', describe: 'name of the hash [fixed parts of the pattern]' },
    {
      name: 'field',
      kind: 'choice',
      choices: ['id', 'key'],
      preset: 'id',
      describe: "name of a field: what is left behind the pattern's fixed prefix, or the whole key",
    },
  ],
  rewrites: ['key name', 'shape'],
  start: (context) => notInHashes(context) ?? new StringsToHash(context),
}

class StringsToHash extends StringHashesRun {
  readonly slots = 1
  readonly #name: string | undefined

  /** What was chosen before; null while that is still to do. */
  readonly #chosen: ChoiceByGroup<unknown> | null

  constructor(context: TechniqueContext, chosen: ChoiceByGroup<unknown> | null = null) {
    super(context)
    this.#chosen = chosen
    this.#name = context.parameters.text('name')
  }

  override outcome(): Outcome {
    const { names, target } = this.context
    const nameOf = (pattern: number): string => this.#name ?? names.of(pattern).bare.replace(/[^A-Za-z0-9]+$/, '')
    const groups = this.groups.all.filter((group) => {
      if (group.sums === null || group.keys < LEAST_KEYS) return false
      if (this.#chosen !== null && this.#chosen.of(group.db, group.pattern, group.type) === undefined) return false
      const nameBytes = new TextEncoder().encode(nameOf(group.pattern)).length
      const after = this.price(group.sums, () => nameBytes)
      group.keysAfter = after.keys
      group.ramAfter = after.ramBytes
      return this.#chosen !== null || group.saved >= USEFUL_BYTES || this.#name !== undefined
    })
    const choices = new ChoiceByGroup<{ name: string }>()
    for (const group of groups) choices.add(group, { name: nameOf(group.pattern) })
    return {
      groups,
      change: {
        kind: 'gather',
        again: (context) => new StringsToHash(context, choices),
        through: (next) => new FieldPieces(next, this, choices),
      },
      details: ({ pattern, keys }) => ({ name: names.shown(nameOf(pattern)), fields: keys, encoding: null }),
      assumptions: leftOut(groups, target.settings['hash-max-listpack-value']),
    }
  }
}
