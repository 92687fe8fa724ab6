import type { GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, USEFUL_BYTES } from './optimization.js'
import { ChoiceByGroup } from './pieces.js'
import { FieldPieces, leftOut, notInHashes, type StringHashes, StringHashesRun } from './string-hashes.js'

/** Hashes that are filled while nobody knows how many are best; smaller numbers are joined from these. */
const FINEST = 16384
/** Most buckets that can be asked for. */
const MOST_BUCKETS = 2_097_152
/** Fewer keys need no buckets. */
const LEAST_KEYS = 100

export const bucketStrings: Technique = {
  id: 'bucket-strings',
  title: 'Gather small strings in hashes that stay packed',
  why: 'Each key pays an entry, an object and a string for its name; a field of a packed hash pays two bytes or so.',
  effort: 'data-model',
  certainty: 'exact',
  breaks: [
    'GET becomes HGET bucket id: every reader and writer has to compute the bucket.',
    'No expiry per key: fields have none before Redis 7.4, and there it costs memory. Keys with an expiry stay strings.',
    'Eviction, WATCH, keyspace notifications and OBJECT IDLETIME work on whole buckets.',
    'INCR becomes HINCRBY; SETNX HSETNX; MGET over several buckets becomes several commands; bit and range commands have no counterpart.',
    'The number of buckets is fixed: another one means to write everything anew.',
  ],
  cpu: 'HGET walks through the bucket: with 100 fields a few microseconds, with 1000 some ten.',
  steps: [
    'bucket = CRC32(key) mod <buckets>, in the client (zlib.crc32 in Python and Node.js)',
    'Writers: HSET <name><bucket> <id> <value> and DEL <key>. Readers: HGET first, then GET.',
    'Move the rest in the background with SCAN MATCH <pattern>; set hash-max-listpack-entries above the largest bucket',
  ],
  verify: ['OBJECT ENCODING <bucket>: listpack or ziplist', 'HLEN of the largest bucket', 'INFO memory: used_memory'],
  rollback: ['HGETALL of each bucket, SET of each field: no information is lost.'],
  parameters: [
    { name: 'buckets', kind: 'number', least: 1, most: MOST_BUCKETS, describe: 'number of hashes [what is smallest]' },
    { name: 'entries', kind: 'number', least: 1, describe: 'largest bucket allowed [hash-max-listpack-entries]' },
    {
      name: 'name',
      kind: 'text',
      describe: 'name of a bucket without its number [fixed parts of the pattern, and b:]',
    },
    {
      name: 'field',
      kind: 'choice',
      choices: ['id', 'key'],
      preset: 'id',
      describe: "name of a field: what is left behind the pattern's fixed prefix, or the whole key",
    },
  ],
  rewrites: ['key name', 'shape'],
  start: (context) => notInHashes(context) ?? new BucketStrings(context),
}

interface Choice {
  readonly buckets: number
  readonly largest: number
  readonly keys: number
  readonly ramBytes: number
}

interface Hashes {
  /** Without the number. */
  readonly name: string
  readonly buckets: number
}

class BucketStrings extends StringHashesRun {
  readonly slots: number
  readonly #given: number | undefined
  readonly #name: string | undefined
  readonly #most: number

  /** What was chosen before; null while that is still to do. */
  readonly #chosen: ChoiceByGroup<Hashes> | null

  constructor(context: TechniqueContext, chosen: ChoiceByGroup<Hashes> | null = null) {
    super(context)
    this.#chosen = chosen
    const { parameters, target } = context
    this.#given = parameters.number('buckets')
    this.#name = parameters.text('name')
    this.#most = parameters.number('entries') ?? target.settings['hash-max-listpack-entries']
    this.slots = this.#given ?? FINEST
  }

  override outcome(): Outcome {
    const choices = new Map<GroupTally, Choice>()
    for (const group of this.groups.all) {
      if (group.sums === null) continue
      const choice = this.#choose(group)
      if (choice === null) continue
      group.keysAfter = choice.keys
      group.ramAfter = choice.ramBytes
      if (this.#given === undefined && this.#chosen === null && group.saved < USEFUL_BYTES) continue
      choices.set(group, choice)
    }
    const groups = [...choices.keys()] as StringHashes[]
    const hashes = new ChoiceByGroup<Hashes>()
    for (const [group, { buckets }] of choices)
      hashes.add(group, { name: this.#nameOf(group as StringHashes), buckets })
    return {
      groups,
      change: {
        kind: 'gather',
        again: (context) => new BucketStrings(context, hashes),
        through: (next) => new FieldPieces(next, this, hashes),
      },
      parameters: this.#given === undefined ? { entries: this.#most } : {},
      details: (group) => {
        const { buckets, largest } = choices.get(group)!
        return {
          buckets,
          largestBucket: largest,
          name: this.context.names.shown(this.#nameOf(group as StringHashes)),
          encoding: null,
        }
      },
      assumptions: leftOut(groups, this.context.target.settings['hash-max-listpack-value']),
    }
  }

  #nameOf(group: StringHashes): string {
    if (this.#name !== undefined) return this.#name
    const { bare } = this.context.names.of(group.pattern)
    return /[A-Za-z0-9]$/.test(bare) ? `${bare}:b:` : `${bare}b:`
  }

  #choose(group: StringHashes): Choice | null {
    if (this.#chosen !== null) {
      const hashes = this.#chosen.of(group.db, group.pattern, group.type)
      return hashes === undefined ? null : this.#at(group, hashes.buckets)
    }
    if (this.#given !== undefined) return this.#at(group, this.#given)
    return group.keys < LEAST_KEYS ? null : this.#best(group)
  }

  /** The best number of buckets among the powers of two; null when none keeps buckets as small as allowed. */
  #best(group: StringHashes): Choice | null {
    let best: Choice | null = null
    for (let buckets = FINEST; buckets >= 1; buckets /= 2) {
      // More buckets than a third of the keys save nothing.
      if (buckets > group.keys / 3) continue
      const choice = this.#at(group, buckets)
      if (choice.largest > this.#most) break
      if (best === null || choice.ramBytes < best.ramBytes) best = choice
    }
    return best
  }

  #at(group: StringHashes, buckets: number): Choice {
    const nameBytes = new TextEncoder().encode(this.#nameOf(group)).length
    const sums = buckets === this.slots ? group.sums! : group.sums!.folded(buckets)
    return { buckets, ...this.price(sums, (slot) => nameBytes + String(slot).length) }
  }
}
