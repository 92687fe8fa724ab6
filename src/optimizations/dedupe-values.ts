import { type RdbKey, type RdbString, STRING_FORM } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { noPairs } from '../memory/gathered-hash.js'
import { ShapeKey } from '../memory/shape-pricer.js'
import { ShapeString } from '../memory/shape-string.js'
import { EntityTable } from './entity-table.js'
import { FreeNames, takenNames, wordBehind } from './free-names.js'
import { ChosenKeys, Groups, type GroupTally, UsageTally } from './groups.js'
import {
  type Outcome,
  type PieceSink,
  type Technique,
  type TechniqueContext,
  TechniqueRun,
  usefulGroups,
} from './optimization.js'
import { ChoiceByGroup, PieceName, StringPieces } from './pieces.js'
import { ValueId } from './value-id.js'

/** Patterns that are looked at. */
const MOST_GROUPS = 4096
/** A reference is a whole number that a string object holds in its pointer. */
const REFERENCE_DIGITS = 16
const SOME_REFERENCE = 4_503_599_627_370_495

export const dedupeValues: Technique = {
  id: 'dedupe-values',
  title: 'Keep a value that many keys share once',
  why: 'Where many keys hold the same text (rendered fragments, defaults, settings), each can hold a number that names it instead.',
  effort: 'data-model',
  rewrites: ['values'],
  certainty: 'modelled',
  breaks: [
    'Reading takes two steps: GET key, then GET of the shared value (or a script; in a cluster they may be on other nodes).',
    'A shared value that no key refers to any more stays: give it an expiry that each write renews, or sweep from time to time.',
    'APPEND, SETRANGE and the like on one key must not change the shared value: write a new one.',
  ],
  cpu: 'One more GET per read, unless clients cache the few shared values; a hash of the value per write.',
  steps: [
    'Writers: id = 52 bits of a hash of the value; SET <shared><id> <value> NX, then SET <key> <id>, with its expiry',
    'Readers: a value that is a number of 16 digits is an id: GET <shared><id>; anything else is the old form',
    'Move the rest in the background with SCAN MATCH <pattern>',
  ],
  verify: ['DBSIZE grows by the number of different values', 'INFO memory: used_memory'],
  rollback: ['GET the shared value of each key and SET it there: no information is lost.'],
  parameters: [
    { name: 'minBytes', kind: 'number', least: 1, preset: 32, describe: 'shorter values stay as they are' },
    { name: 'name', kind: 'text', describe: 'name of a shared value without its number [fixed parts of the pattern]' },
  ],
  start: (context) => new DedupeValues(context),
}

/** Strings of one pattern. */
class SharedTally extends UsageTally {
  /** Number in the table of values; -1 beyond the bound. */
  table = -1
  distinct = 0
}

/** A key that holds a reference, as the allocator and as `MEMORY USAGE` count it. */
interface Reference {
  readonly ramBytes: number
  readonly usageBytes: number
}

class DedupeValues extends TechniqueRun {
  readonly #groups: Groups<SharedTally>
  readonly #values = new EntityTable()
  readonly #hash = new ValueId()
  readonly #free = new FreeNames(this.context.names)
  readonly #least: number
  readonly #pair = { ...noPairs(), pairs: 1 }
  /** Keys that hold a reference, by length of the name and expiry. */
  readonly #references = new Map<number, Reference>()
  #valueLength = -1

  constructor(
    context: TechniqueContext,
    /** What was chosen before; null while that is still to do. */
    readonly decided: ChosenKeys | null = null,
  ) {
    super(context)
    this.#groups = new Groups(context.names, (...group) => new SharedTally(...group))
    this.#least = context.parameters.number('minBytes')!
  }

  override begin(key: RdbKey): boolean {
    this.#valueLength = -1
    return key.layout.redisType === 'string' && (this.decided === null || this.decided.has())
  }

  override string(value: RdbString): void {
    if (value.length < this.#least || value.form === STRING_FORM.streamed) return
    this.#valueLength = value.length
    this.#hash.of(value)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.#valueLength < 0) return
    const tally = this.#groups.at(batch.file, key.db, TYPE.string, 0)
    if (tally.keys === 0 && tally.pattern !== 0 && this.#values.families.length < MOST_GROUPS) {
      tally.table = this.#values.addFamily()
    }
    if (tally.table < 0) return
    const hasExpiry = key.expiresAtMs >= 0
    const reference = this.#reference(key.key.length, hasExpiry)
    tally.before(batch, row)
    tally.after(reference.ramBytes, hasExpiry, false)
    tally.usageAfter += reference.usageBytes
    this.#values.add(tally.table, this.#hash.a, this.#hash.b, this.#valueLength, this.#pair, batch.ramBytes[row]!)
  }

  override outcome(): Outcome {
    const { context } = this
    const { names, parameters } = context
    const shared = new ChoiceByGroup<string>()
    const sampled = this.#addSharedValues()
    const given = parameters.has('match') || this.decided !== null
    const groups = given ? this.#groups.all.filter(({ keys }) => keys > 0) : usefulGroups(this.#groups.all)
    for (const group of groups) shared.add(group, this.#nameOf(group))
    const chosen = new ChosenKeys(groups, context)
    return {
      groups,
      details: (group) => ({
        name: names.shown(this.#nameOf(group as SharedTally)),
        differentValues: (group as SharedTally).distinct,
        encoding: null,
      }),
      assumptions: [
        `All values of these patterns with at least ${this.#least} bytes become references, also those that occur once.`,
        'Values are compared by a hash of 64 bits; those of different patterns are not shared.',
        ...takenNames(this.#free, names),
        ...(sampled === 0
          ? []
          : [`In ${sampled} patterns with very many different values, a share of these was counted, chosen by hash.`]),
      ],
      change: {
        kind: 'gather',
        again: (later) => new DedupeValues(later, chosen),
        through: (next) => new ReferencePieces(next, context, chosen, shared, this.#least),
      },
    }
  }

  /** Adds to each group what its different values take, each once; answers in how many groups that is an estimate. */
  #addSharedValues(): number {
    const values = this.#values
    const bytes = new Float64Array(values.families.length)
    const usage = new Float64Array(values.families.length)
    const names = new Map<number, number>()
    for (const tally of this.#groups.all) {
      if (tally.table >= 0) names.set(tally.table, Buffer.byteLength(this.#nameOf(tally)) + REFERENCE_DIGITS)
    }
    for (let at = 0; at < values.count; at++) {
      const table = values.family[at]!
      bytes[table]! += this.pricer.string(names.get(table)!, false, values.nameLength[at]!, Number.NaN)
      usage[table]! += this.pricer.memoryUsageBytes
    }
    let sampled = 0
    for (const tally of this.#groups.all) {
      if (tally.table < 0) continue
      const { kept, shift } = values.families[tally.table]!
      const scale = 2 ** shift
      if (shift > 0) sampled++
      tally.distinct = Math.min(tally.keys, kept * scale)
      tally.keysAfter += tally.distinct
      const share = tally.distinct / Math.max(1, kept)
      tally.ramAfter += Math.round(bytes[tally.table]! * share)
      tally.usageAfter += Math.round(usage[tally.table]! * share)
    }
    return sampled
  }

  #nameOf(group: GroupTally): string {
    const given = this.context.parameters.text('name')
    if (given !== undefined) return given
    const { bare } = this.context.names.of(group.pattern)
    return this.#free.numbered(group, wordBehind(bare, 'v:'))
  }

  #reference(nameLength: number, hasExpiry: boolean): Reference {
    const number = 2 * nameLength + (hasExpiry ? 1 : 0)
    let reference = this.#references.get(number)
    if (reference === undefined) {
      const ramBytes = this.pricer.string(nameLength, hasExpiry, REFERENCE_DIGITS, SOME_REFERENCE)
      reference = { ramBytes, usageBytes: this.pricer.memoryUsageBytes }
      if (this.#references.size < 4096) this.#references.set(number, reference)
    }
    return reference
  }
}

/** Shows strings as references, and the shared value behind each. */
class ReferencePieces extends StringPieces {
  readonly #hash = new ValueId()
  readonly #name = new PieceName()
  readonly #reference = new ShapeString()
  readonly #key = new ShapeKey()

  constructor(
    next: PieceSink,
    readonly context: TechniqueContext,
    readonly chosen: ChosenKeys,
    readonly shared: ChoiceByGroup<string>,
    readonly least: number,
  ) {
    super(next)
  }

  protected override mayTake(key: RdbKey): boolean {
    return key.layout.redisType === 'string' && this.chosen.has()
  }

  protected override piece(key: RdbKey, value: RdbString): boolean {
    const name = this.shared.of(key.db, this.context.names.current, TYPE.string)
    if (name === undefined || value.length < this.least || value.form === STRING_FORM.streamed) return false
    const id = this.#hash.of(value).id
    const reference = this.#key.copy(key).as('string')
    this.next.begin(reference)
    this.#reference.setInt64(Math.floor(id / 2 ** 32), id | 0, REFERENCE_DIGITS)
    this.next.string(this.#reference)
    this.next.end(reference)
    const place = this.#name.text(name, id).keyLike(key, 'string')
    this.next.begin(place)
    this.next.string(value)
    this.next.end(place)
    return true
  }
}
