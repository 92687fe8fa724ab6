import type { RdbKey, RdbString } from '../../parsers/index.js'
import { escapeBytes } from '../../reports/escape.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { globOf } from '../glob.js'
import { GatheredHashes, noPairs } from '../memory/gathered-hash.js'
import { canonicalInteger, integerOf } from '../memory/structs/integers.js'
import {
  type Family,
  FieldTally,
  type KeptKeys,
  type Merged,
  piecesOf,
  remarksOn,
  share,
  stepsFor,
} from './entity-families.js'
import { EntityName } from './entity-names.js'
import { EntityPieces } from './entity-pieces.js'
import { EntityTable } from './entity-table.js'
import { ChosenKeys, Groups, groupNumber } from './groups.js'
import {
  type Outcome,
  type Technique,
  type TechniqueContext,
  TechniqueRun,
  USEFUL_BYTES,
  USEFUL_SHARE,
} from './optimization.js'
import { OTHER_SLOT } from './pieces.js'
import { notInHashes } from './string-hashes.js'

/** Families of patterns that are looked at. */
const MOST_FAMILIES = 512
/** Shapes of names without a field that are remembered. */
const MOST_BARE = 16_384
/** Fewer entities are not worth a change of the data model. */
const LEAST_ENTITIES = 10
/** Behind an entity's name where there is a key of that name already; the first that no other key has. */
const SUFFIXES = [':fields', ':all', ':merged', ':packed']

export const mergeEntityKeys: Technique = {
  id: 'merge-entity-keys',
  title: 'Make the keys of one thing fields of one hash',
  why: 'user:{id}:name, user:{id}:mail ... each pay for an entry, an object and the same long name; fields of a small hash pay two bytes or so.',
  effort: 'data-model',
  rewrites: ['key name', 'shape'],
  behind: ['shorten-key-names'],
  certainty: 'exact',
  breaks: [
    'GET and SET become HGET and HSET: every reader and writer changes.',
    'No expiry per part before Redis 7.4: keys with an expiry stay as they are.',
    'Eviction, WATCH, keyspace notifications and OBJECT IDLETIME work on the whole hash.',
    'INCR becomes HINCRBY, SETNX HSETNX, MGET HMGET; APPEND, bit and range commands have no counterpart.',
    OTHER_SLOT,
  ],
  cpu: 'One HMGET or HGETALL instead of several GETs; in a small hash HGET takes as long as GET.',
  steps: [
    'Writers: HSET <entity> <field> <value> and DEL <entity>:<field>. Readers: HGET first, then GET.',
    'Move the rest in the background with SCAN MATCH <pattern>: HSETNX, then DEL',
  ],
  verify: [
    'OBJECT ENCODING <entity>: listpack or ziplist',
    'DBSIZE against the number predicted',
    'INFO memory: used_memory',
  ],
  rollback: ['HGETALL of each hash, SET of each field: no information is lost.'],
  parameters: [
    { name: 'name', kind: 'text', describe: "text behind the entity's name [none; :fields where such a key exists]" },
  ],
  start: (context) => notInHashes(context) ?? new MergeEntityKeys(context, null),
}

/**
 * What the names of new hashes end with, by `groupNumber` of the pattern they come from; null: its keys stay as they
 * are. A later run takes over what the first one decided.
 */
type Decisions = ReadonlyMap<number, string | null>

class MergeEntityKeys extends TechniqueRun {
  readonly #groups: Groups<FieldTally>
  readonly #families = new Map<string, Family>()
  readonly #bare = new Set<string>()
  #lastBare = -1
  #lastDatabase = -1
  readonly #table = new EntityTable()
  readonly #hashes: GatheredHashes
  readonly #name = new EntityName()
  readonly #byFamily: (Family | null)[] = []
  #valueLength = -1
  #value = Number.NaN
  #otherTypes = 0
  #untold = 0

  constructor(
    context: TechniqueContext,
    readonly decided: Decisions | null,
  ) {
    super(context)
    this.#groups = new Groups(context.names, (...group) => new FieldTally(...group))
    this.#hashes = new GatheredHashes(context.target)
  }

  override begin(key: RdbKey): boolean {
    this.#valueLength = -1
    return this.#name.read(this.context.names, key)
  }

  override string(value: RdbString): void {
    this.#valueLength = value.length
    this.#value = integerOf(value)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const name = this.#name
    const { bytes, start, end } = key.key.load()
    if (name.fieldAt < 0) {
      if (name.entityBytes === end - start) this.#noteBare(batch.file, key.db, name.family)
      return
    }
    if (batch.type[row] !== TYPE.string || this.#valueLength < 0) {
      if (batch.type[row] !== TYPE.string) this.#otherTypes++
      return
    }
    // Encodings have no say: the strings of a pattern go together.
    const tally = this.#groups.at(batch.file, key.db, TYPE.string, 0)
    if (tally.pattern === 0) {
      this.#untold++
      return
    }
    if (tally.family === null) {
      tally.family = this.#familyOf(batch.file, key.db, bytes, start, end)
      // Nothing is merged while there is one pattern only.
      if (tally.family !== null) this.#table.families[tally.family.number]!.doubtful = tally.family.patterns++ === 0
      tally.field = escapeBytes(bytes.subarray(start + name.fieldAt, end))
    }
    const { family } = tally
    if (family === null || family.separatorBytes !== name.fieldAt - name.entityBytes) return
    if (key.expiresAtMs >= 0) {
      tally.withExpiry++
      return
    }
    tally.before(batch, row)
    if (!Number.isNaN(this.#value)) tally.integers++
    name.hash(bytes, start)
    if (!this.#table.keeps(family.number, name.hashA)) return
    const fieldLength = key.key.length - name.fieldAt
    const field = canonicalInteger(bytes, start + name.fieldAt, end)
    const pair = this.#hashes.addPair(fieldLength, field, this.#valueLength, this.#value, false)
    this.#table.add(family.number, name.hashA, name.hashB, name.entityBytes, pair, batch.ramBytes[row]!)
  }

  override outcome(): Outcome {
    const byFamily = new Map<Family, FieldTally[]>()
    for (const tally of this.#groups.all) {
      if (tally.family === null || tally.keys === 0) continue
      const tallies = byFamily.get(tally.family)
      if (tallies === undefined) byFamily.set(tally.family, [tally])
      else tallies.push(tally)
    }
    for (const [family, tallies] of byFamily) {
      family.taken = this.#bare.has(family.identity)
      family.suffix = this.#decidedFor(tallies) ?? this.#suffixOf(family)
    }
    const priced = this.#price(byFamily)
    const decisions = new Map<number, string | null>()
    const chosen = new Map<Family, Merged>()
    const losses: string[] = []
    const isGiven = this.context.parameters.has('match')
    for (const [family, tallies] of byFamily) {
      const merged = priced.get(family)!
      const before = tallies.reduce((sum, { ramBefore }) => sum + ramBefore, 0)
      const saved = before - merged.ramBytes
      const isWanted = tallies.length > 1 && merged.hashes >= LEAST_ENTITIES
      const isUseful = saved >= USEFUL_BYTES && saved >= USEFUL_SHARE * before
      const decided = this.#decidedFor(tallies)
      const isChosen = decided === undefined ? isWanted && (isUseful || isGiven) : decided !== null
      for (const tally of tallies) decisions.set(numberOf(tally), isChosen ? family.suffix : null)
      if (isChosen) {
        share(tallies, merged)
        chosen.set(family, merged)
      } else if (isWanted && saved <= -USEFUL_BYTES) {
        losses.push(
          `${this.context.names.shown(family.text) ?? 'A pattern'} stays: merged, it would take ${-saved} bytes more.`,
        )
      }
    }
    const groups = [...chosen.keys()].flatMap((family) => byFamily.get(family)!)
    const isExpected = [...chosen.values()].some(({ shift, tables }) => shift > 0 || tables > 0)
    return {
      groups,
      ...(isExpected ? { certainty: 'modelled' as const } : {}),
      details: (group) => this.#details(group as FieldTally, chosen),
      assumptions: [...remarksOn(groups, chosen, this.#keptKeys(chosen), this.context), ...losses],
      ...(this.context.names.hidden || groups.length === 0 ? {} : { steps: stepsFor(groups, chosen) }),
      change: {
        kind: 'gather',
        again: (context) => new MergeEntityKeys(context, decisions),
        through: (next) =>
          new EntityPieces(next, this.context.names, new ChosenKeys(groups, this.context), piecesOf(groups)),
      },
    }
  }

  /** What an earlier run decided about a family; undefined when it did not see it. */
  #decidedFor(tallies: readonly FieldTally[]): string | null | undefined {
    const seen = tallies.find((tally) => this.decided?.has(numberOf(tally)) === true)
    return seen === undefined ? undefined : this.decided!.get(numberOf(seen))
  }

  /** A key has the bare name of an entity. */
  #noteBare(file: number, db: number, shape: number): void {
    const database = file * 65536 + db
    if (shape === this.#lastBare && database === this.#lastDatabase) return
    if (this.#bare.size < MOST_BARE) this.#bare.add(familyIdentity(file, db, shape))
    this.#lastBare = shape
    this.#lastDatabase = database
  }

  /** The family of the key at hand; null beyond the bound. */
  #familyOf(file: number, db: number, bytes: Uint8Array, start: number, end: number): Family | null {
    const name = this.#name
    const identity = familyIdentity(file, db, name.family)
    let family = this.#families.get(identity)
    if (family === undefined) {
      if (this.#families.size === MOST_FAMILIES) return null
      const { names } = this.context
      const pattern = names.of(names.current)
      const rest = escapeBytes(bytes.subarray(start + name.entityBytes, end))
      const text = names.hidden ? pattern.text : pattern.text.slice(0, pattern.text.length - rest.length)
      const glob = pattern.glob.slice(0, pattern.glob.length - globOf(rest).length)
      family = {
        number: this.#table.addFamily(true),
        identity,
        text,
        glob,
        separator: escapeBytes(bytes.subarray(start + name.entityBytes, start + name.fieldAt)),
        separatorBytes: name.fieldAt - name.entityBytes,
        taken: false,
        suffix: '',
        patterns: 0,
      }
      this.#byFamily[family.number] = family
      this.#families.set(identity, family)
    }
    return family
  }

  #suffixOf(family: Family): string {
    return this.context.parameters.text('name') ?? (family.taken ? this.#freeSuffix(family) : '')
  }

  #freeSuffix({ text, number }: Family): string {
    const { names } = this.context
    return SUFFIXES.find((suffix) => !names.hasPattern(text + suffix)) ?? `:hash-${number}`
  }

  /** What the hashes of each family take. */
  #price(byFamily: ReadonlyMap<Family, readonly FieldTally[]>): Map<Family, Merged> {
    const table = this.#table
    const sums = noPairs()
    const ramAfter = new Float64Array(table.families.length)
    const usageAfter = new Float64Array(table.families.length)
    const ramBefore = new Float64Array(table.families.length)
    const pairs = new Float64Array(table.families.length)
    const tables = new Float64Array(table.families.length)
    const suffixBytes = this.#byFamily.map((family) => new TextEncoder().encode(family!.suffix).length)
    for (let at = 0; at < table.count; at++) {
      const family = table.family[at]!
      table.read(at, sums)
      ramAfter[family]! += this.#hashes.price(table.nameLength[at]! + suffixBytes[family]!, false, sums)
      usageAfter[family]! += this.#hashes.memoryUsageBytes
      ramBefore[family]! += table.ramBefore[at]!
      pairs[family]! += sums.pairs
      if (sums.longPairs > 0) tables[family]!++
    }
    const priced = new Map<Family, Merged>()
    for (const [family, tallies] of byFamily) {
      const { number } = family
      const { kept, shift } = table.families[number]!
      let ramBytes = ramAfter[number]!
      let usageBytes = usageAfter[number]!
      let hashes = kept
      if (shift > 0) {
        // All keys were counted: what the kept entities say about size is taken in proportion.
        const keys = tallies.reduce((sum, tally) => sum + tally.keys, 0)
        const before = tallies.reduce((sum, tally) => sum + tally.ramBefore, 0)
        ramBytes *= before / ramBefore[number]!
        usageBytes *= before / ramBefore[number]!
        hashes = Math.round((kept * keys) / pairs[number]!)
      }
      const tablesOfAll = Math.round((tables[number]! * hashes) / Math.max(1, kept))
      priced.set(family, {
        hashes,
        tables: tablesOfAll,
        ramBytes: Math.round(ramBytes),
        usageBytes: Math.round(usageBytes),
        shift,
      })
    }
    return priced
  }

  #keptKeys(chosen: ReadonlyMap<Family, Merged>): KeptKeys {
    const withExpiry = this.#groups.all
      .filter(({ family }) => family !== null && chosen.has(family))
      .reduce((sum, tally) => sum + tally.withExpiry, 0)
    return { withExpiry, ofOtherTypes: this.#otherTypes, untold: this.#untold }
  }

  #details(tally: FieldTally, chosen: ReadonlyMap<Family, Merged>): Readonly<Record<string, unknown>> {
    const family = tally.family!
    const { hashes } = chosen.get(family)!
    return {
      name: this.context.names.shown(family.text + family.suffix),
      field: this.context.names.shown(tally.field),
      hashes,
      integers: tally.integers,
      withExpiry: tally.withExpiry,
      encoding: null,
    }
  }
}

function familyIdentity(file: number, db: number, shape: number): string {
  return `${file} ${db} ${shape}`
}

function numberOf({ db, pattern, type }: FieldTally): number {
  return groupNumber(db, pattern, type)
}
