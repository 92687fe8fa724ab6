import { drawnPrice } from './drawn-buckets.js'
import { sameNameForSeveral, wordBehind } from './free-names.js'
import type { GroupTally } from './groups.js'
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

/** Most buckets that can be asked for. */
const MOST_BUCKETS = 4_194_304
/** Fewer keys need no buckets. */
const LEAST_KEYS = 100
/** Smaller buckets save nothing. */
const LEAST_ENTRIES = 3
/** Share of the largest saving that is enough: smaller buckets are quicker. */
const ENOUGH = 0.99
/** From one number of buckets that is tried to the next, where any can be. */
const STEP = 1.1
const MOST_CANDIDATES = 160

export const bucketStrings: Technique = {
  id: 'bucket-strings',
  title: 'Gather small strings in hashes that stay packed',
  why: 'Each key pays an entry, an object and a string for its name; a field of a packed hash pays two bytes or so.',
  effort: 'data-model',
  certainty: 'exact',
  breaks: [
    'GET becomes HGET bucket id: every reader and writer has to compute the bucket.',
    'No expiry per key before Redis 7.4 and Valkey 9: keys with one stay strings. From then on it is that of a field (HPEXPIRE), which costs memory: it is taken where that pays.',
    'Eviction, WATCH, keyspace notifications and OBJECT IDLETIME work on whole buckets.',
    'INCR becomes HINCRBY, as atomic as before; SETNX HSETNX; MGET over several buckets becomes several commands; bit and range commands have no counterpart.',
    'The number of buckets is fixed: another one means to write everything anew.',
    OTHER_SLOT,
  ],
  cpu: 'HGET walks through the bucket: with 100 fields a few microseconds, with 1000 some ten.',
  steps: [
    'bucket = CRC32(key) mod <buckets>, in the client (zlib.crc32 in Python and Node.js)',
    'Writers: HSET <name><bucket> <id> <value> and DEL <key>. Readers: HGET first, then GET.',
    'Move the rest in the background with SCAN MATCH <pattern>: HSETNX and DEL in one script, so that no write comes between; set hash-max-listpack-entries above the largest bucket',
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
    FIELD_PARAMETER,
  ],
  rewrites: ['key name', 'shape'],
  start: (context) => notInHashes(context) ?? new BucketStrings(context),
}

interface Choice extends HashesPrice {
  readonly buckets: number
  /** The strings with an expiry are in it. */
  readonly expiring: boolean
  /** Prices of a sample: there are more buckets than are kept apart. */
  readonly isDrawn: boolean
}

class BucketStrings extends StringHashesRun {
  readonly #given: number | undefined
  readonly #name: string | undefined
  readonly #most: number
  /** What was chosen before; null while that is still to do. */
  readonly #chosen: ChoiceByGroup<ChosenHashes> | null

  constructor(context: TechniqueContext, chosen: ChoiceByGroup<ChosenHashes> | null = null) {
    super(context, context.parameters.number('buckets') ?? null, false)
    this.#chosen = chosen
    const { parameters, target } = context
    this.#given = parameters.number('buckets')
    this.#name = parameters.text('name')
    this.#most = parameters.number('entries') ?? target.settings['hash-max-listpack-entries']
  }

  override outcome(): Outcome {
    const { names } = this.context
    const choices = new Map<GroupTally, Choice>()
    for (const group of this.groups.all) {
      if (!this.isWhole(group)) continue
      const choice = this.#choose(group)
      if (choice === null) continue
      this.settle(group, choice, choice.expiring)
      if (this.#given === undefined && this.#chosen === null && group.saved < USEFUL_BYTES) continue
      choices.set(group, choice)
    }
    const groups = [...choices.keys()] as StringHashes[]
    const hashes = new ChoiceByGroup<ChosenHashes>()
    for (const [group, { buckets, expiring }] of choices) {
      hashes.add(group, { name: this.#nameOf(group as StringHashes), buckets, expiring })
    }
    const isDrawn = [...choices.values()].some((choice) => choice.isDrawn)
    return {
      groups,
      change: {
        kind: 'gather',
        again: (context) => new BucketStrings(context, hashes),
        through: (next) => new FieldPieces(next, this, hashes),
      },
      parameters: this.#given === undefined ? { entries: this.#most } : {},
      steps: this.stepsWith(bucketStrings.steps, groups),
      details: (group) => {
        const { buckets, largest } = choices.get(group)!
        return {
          buckets,
          largestBucket: largest,
          name: names.shown(this.#nameOf(group as StringHashes)),
          id: this.fieldOf(group as StringHashes),
          integers: (group as StringHashes).integers,
          withExpiry: (group as StringHashes).expiringKeys + group.withExpiry,
          encoding: null,
        }
      },
      assumptions: [
        ...(this.#given === undefined && groups.length > 0
          ? [
              `The number of buckets is the largest (the buckets the smallest) that saves at least ${100 * ENOUGH} % of what the ` +
                `best one does, with at most ${this.#most} entries in any bucket.`,
            ]
          : []),
        ...(isDrawn
          ? ['Where there are very many buckets, their sizes are those of some thousand, drawn at random.']
          : []),
        ...sameNameForSeveral(this.#name, groups),
        ...datedRemarks(groups, names),
        ...this.remarks(groups),
      ],
    }
  }

  #nameOf(group: StringHashes): string {
    if (this.#name !== undefined) return this.#name
    const decided = this.#chosen?.of(group.db, group.pattern, group.type)
    if (decided !== undefined) return decided.name
    const { bare } = this.context.names.of(group.pattern)
    return this.freeNames.numbered(group, wordBehind(bare, 'b:'))
  }

  #choose(group: StringHashes): Choice | null {
    if (this.#chosen !== null) {
      const hashes = this.#chosen.of(group.db, group.pattern, group.type)
      return hashes === undefined ? null : this.#at(group, hashes.buckets!, hashes.expiring)
    }
    const choices: Choice[] = []
    if (group.cells !== null) choices.push(...this.#choices(group, false))
    // All of them together, where that saves more than the others alone.
    if (group.expiring !== null) choices.push(...this.#choices(group, true))
    return best(choices, group)
  }

  #choices(group: StringHashes, expiring: boolean): readonly Choice[] {
    if (this.#given !== undefined) return [this.#at(group, this.#given, expiring)]
    const keys = (group.cells?.pairs ?? 0) + (expiring ? group.expiring!.pairs : 0)
    if (keys < LEAST_KEYS) return []
    return this.#candidates(group, keys)
      .map((buckets) => this.#at(group, buckets, expiring))
      .filter(({ largest }) => largest <= this.#most)
  }

  /** Numbers of buckets to try: some ten per doubling, as far as their sums are known. */
  #candidates(group: StringHashes, keys: number): readonly number[] {
    const fewest = Math.max(1, Math.ceil(keys / this.#most))
    const most = Math.floor(keys / LEAST_ENTRIES)
    const known = group.cells?.divisors ?? group.expiring?.divisors ?? null
    const all = [group.cells, group.expiring].every((cells) => cells === null || cells.cells > 0)
    const exact = known === null || !all ? [] : known.filter((buckets) => buckets >= fewest && buckets <= most)
    const largest = known?.at(-1) ?? 0
    const candidates = [...exact]
    for (let buckets = Math.max(fewest, largest + 1); buckets <= most; buckets = Math.ceil(buckets * STEP)) {
      candidates.push(buckets)
      if (candidates.length > MOST_CANDIDATES) break
    }
    return candidates
  }

  #at(group: StringHashes, buckets: number, expiring: boolean): Choice {
    const nameBytes = new TextEncoder().encode(this.#nameOf(group)).length
    const cells = expiring ? [group.cells, group.expiring] : [group.cells]
    const isKnown = cells.every((some) => some === null || some.dividesInto(buckets))
    const nameLength = (bucket: number): number => nameBytes + String(bucket).length
    return isKnown
      ? { buckets, expiring, isDrawn: false, ...this.price(group, buckets, expiring, nameLength) }
      : { buckets, expiring, isDrawn: true, ...drawnPrice(this.hashes, group, buckets, expiring, nameLength) }
  }
}

/** Where names have a date in the middle, there are better buckets than CRC32 makes. */
function datedRemarks(groups: readonly StringHashes[], names: TechniqueContext['names']): readonly string[] {
  const dated = groups.map(({ pattern }) => names.of(pattern).text).filter((text) => /\{date\}[^A-Za-z0-9]/.test(text))
  if (dated.length === 0 || names.hidden) return []
  const [first] = dated
  const hash = first!.slice(0, first!.indexOf('{date}') + '{date}'.length)
  return [
    `${first}: one hash per ${hash} is a bucket, too, where a date has few enough keys. It takes no CRC32, and a day goes ` +
      'with one UNLINK or EXPIRE.',
  ]
}

/** The most buckets that save nearly as much as the best number does; null when none can be had. */
function best(choices: readonly Choice[], group: StringHashes): Choice | null {
  const saved = (choice: Choice): number =>
    group.ramBefore + (choice.expiring ? group.expiringRam : 0) - choice.ramBytes
  const most = Math.max(...choices.map(saved))
  const enough = choices.filter((choice) => saved(choice) >= (most > 0 ? ENOUGH * most : most))
  return enough.reduce<Choice | null>((one, other) => (one === null || other.buckets > one.buckets ? other : one), null)
}
