import type { Container, RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ShapePricer, type ShapeType } from '../memory/shape-pricer.js'
import { integerOf } from '../memory/structs/integers.js'
import { isPlainHash } from './as-elements.js'
import { crc32 } from './crc32.js'
import { takenBehind } from './free-names.js'
import { ChosenKeys, Groups, UsageTally } from './groups.js'
import { type Outcome, type PieceSink, type Technique, type TechniqueContext, TechniqueRun } from './optimization.js'
import { ElementPieces, PieceName } from './pieces.js'

const MOST_PARTS = 1024
/** Elements from which on a key counts as big. */
const BIG_ELEMENTS = 5000

export const splitBigKeys: Technique = {
  id: 'split-big-keys',
  title: 'Split big hashes, sets and sorted sets',
  why: 'Small parts can be packed, are deleted and migrated without blocking the server, and spread over the slots of a cluster.',
  effort: 'data-model',
  certainty: 'exact',
  breaks: [
    'Commands on the whole collection (HGETALL, SMEMBERS, ZRANGE, ZRANK, set operations) have to ask every part and merge.',
    'Nothing is atomic over several parts any more; an expiry has to be set on each.',
    'The number of parts is fixed: another one means to write everything anew.',
  ],
  cpu: 'Commands on single elements take a walk through a packed part instead of one lookup; deleting a part is quick.',
  steps: [
    'part = CRC32(field or member) mod <parts>, in the client; the parts are <key>:0 to <key>:<parts - 1>',
    'Writers: write to the part and delete from the old key. Readers: the part first, then the old key.',
    'Move the rest with HSCAN, SSCAN or ZSCAN in small steps; UNLINK the old key at the end',
  ],
  verify: ['HLEN, SCARD or ZCARD of the parts add up', 'OBJECT ENCODING <key>:0', 'MEMORY USAGE of the parts'],
  rollback: ['Scan the parts and write everything to one key again.'],
  parameters: [
    { name: 'parts', kind: 'number', least: 2, most: MOST_PARTS, describe: 'parts per key' },
    { name: 'entries', kind: 'number', least: 1, describe: 'most elements per part [what stays packed]' },
    {
      name: 'minElements',
      kind: 'number',
      least: 2,
      describe: `only keys with at least so many elements [${BIG_ELEMENTS}; of keys that match names, any]`,
    },
  ],
  rewrites: ['key name', 'shape'],
  start: (context) => new SplitBigKeys(context),
}

class SplitTally extends UsageTally {
  mostParts = 0
  largestPart = 0
}

class SplitBigKeys extends TechniqueRun {
  readonly #groups: Groups<SplitTally>
  readonly #parts: ShapePricer[] = []
  readonly #counts = new Float64Array(MOST_PARTS)
  readonly #least: number
  #type: ShapeType = 'hash'
  #nameLength = 0
  #hasExpiry = false
  /** Parts of the key at hand; 0: it stays whole. */
  #split = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.#groups = new Groups(context.names, (...group) => new SplitTally(...group))
    const { parameters } = context
    this.#least = parameters.number('minElements') ?? (parameters.has('match') ? 2 : BIG_ELEMENTS)
  }

  override begin(key: RdbKey): boolean {
    const type = splitType(key)
    this.#split = 0
    this.#nameLength = key.key.length
    this.#hasExpiry = key.expiresAtMs >= 0
    if (type === null) return false
    this.#type = type
    return true
  }

  override count(elements: number): void {
    this.#prepare(elements)
  }

  override container({ entries }: Container): boolean {
    if (entries < 0) return false
    this.#prepare(this.#type === 'set' ? entries : entries / 2)
    return this.#split > 0
  }

  override element(value: RdbString): void {
    if (this.#split > 0) this.#partOf(value).element(value.length, integerOf(value))
  }

  override field(field: RdbString, value: RdbString): void {
    if (this.#split > 0) this.#partOf(field).field(field.length, integerOf(field), value.length, integerOf(value))
  }

  override member(member: RdbString, score: number): void {
    if (this.#split > 0) this.#partOf(member).member(member.length, integerOf(member), score)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.#split === 0) return
    const tally = this.#groups.of(key, batch, row)
    tally.before(batch, row)
    if (this.#split > tally.mostParts) tally.mostParts = this.#split
    for (let part = 0; part < this.#split; part++) {
      const elements = this.#counts[part]!
      if (elements === 0) continue
      if (elements > tally.largestPart) tally.largestPart = elements
      const pricer = this.#parts[part]!
      tally.after(pricer.end(), this.#hasExpiry, false)
      tally.usageAfter += pricer.memoryUsageBytes
    }
  }

  override outcome(): Outcome {
    const chosen = new ChosenKeys(this.#groups.all, this.context)
    return {
      change: {
        kind: 'gather',
        // The same keys are big in whatever they are called.
        again: (context) => new SplitBigKeys(context),
        through: (next) => new PartPieces(next, this, chosen),
      },
      // Also where it costs: a key that blocks the server may be worth it.
      groups: this.#groups.all,
      details: (tally) => ({
        parts: (tally as SplitTally).mostParts,
        largestPart: (tally as SplitTally).largestPart,
      }),
      parameters: { minElements: this.#least },
      assumptions: ['Lists and streams are not split: their order would be lost.', ...this.#takenNames()],
    }
  }

  /** Sentences about parts that would be called as other keys are. */
  #takenNames(): readonly string[] {
    const taken = takenBehind(this.#groups.all, ':{int}', this.context.names)
    if (taken === '') return []
    return [
      `There are keys named ${taken} already, as parts would be: put something else than ":" in front of the number.`,
    ]
  }

  #prepare(elements: number): void {
    this.#split = this.partsOf(this.#type, elements)
    if (this.#split === 0) return
    this.#counts.fill(0, 0, this.#split)
    while (this.#parts.length < this.#split) this.#parts.push(new ShapePricer(this.context.target))
    for (let part = 0; part < this.#split; part++) {
      this.#parts[part]!.begin(this.#type, this.#nameLength + 1 + String(part).length, this.#hasExpiry)
    }
  }

  /** Parts that a key with so many elements is split in; 0: it stays whole. */
  partsOf(type: ShapeType, elements: number): number {
    if (elements < this.#least) return 0
    const { parameters } = this.context
    const most = parameters.number('entries') ?? this.#packedLimit(type)
    const wanted = parameters.number('parts') ?? (elements > most ? partsFor(elements, most) : 0)
    return Math.min(wanted, MOST_PARTS)
  }

  #packedLimit(type: ShapeType): number {
    const { settings, model } = this.context.target
    if (type === 'hash') return settings['hash-max-listpack-entries']
    if (type === 'zset') return settings['zset-max-listpack-entries']
    return model.listpackSets ? settings['set-max-listpack-entries'] : settings['set-max-intset-entries']
  }

  #partOf(name: RdbString): ShapePricer {
    const { bytes, start, end } = name.load()
    const part = crc32(bytes, start, end) % this.#split
    this.#counts[part]!++
    return this.#parts[part]!
  }
}

/** The type of a key that can be split; null for others. */
function splitType(key: RdbKey): ShapeType | null {
  const { redisType } = key.layout
  if (redisType === 'hash') return isPlainHash(key) ? redisType : null
  return redisType === 'set' || redisType === 'zset' ? redisType : null
}

/** Shows each element of a big key as an element of one of its parts. */
class PartPieces extends ElementPieces {
  readonly #name = new PieceName()
  /** The key at hand. */
  #key!: RdbKey
  #type: ShapeType = 'hash'
  #split = 0
  readonly #filled = new Uint8Array(MOST_PARTS)

  constructor(
    next: PieceSink,
    readonly run: SplitBigKeys,
    readonly chosen: ChosenKeys,
  ) {
    super(next)
  }

  protected override mayTake(key: RdbKey): boolean {
    return splitType(key) !== null && this.chosen.has()
  }

  protected override take(key: RdbKey, elements: number): boolean {
    this.#key = key
    this.#type = splitType(key)!
    this.#split = this.run.partsOf(this.#type, elements)
    this.#filled.fill(0, 0, this.#split)
    return this.#split > 0
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (!this.taken) {
      super.element(value, expiresAtMs)
      return
    }
    const part = this.#partOf(value)
    this.next.begin(part)
    this.next.element(value, expiresAtMs)
    this.next.end(part)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (!this.taken) {
      super.field(field, value, expiresAtMs)
      return
    }
    const part = this.#partOf(field)
    this.next.begin(part)
    this.next.field(field, value, expiresAtMs)
    this.next.end(part)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    if (!this.taken) {
      super.member(member, score, scoreText)
      return
    }
    const part = this.#partOf(member)
    this.next.begin(part)
    this.next.member(member, score, scoreText)
    this.next.end(part)
  }

  override end(key: RdbKey): void {
    if (this.taken && key.expiresAtMs >= 0) {
      for (let part = 0; part < this.#split; part++) {
        if (this.#filled[part] === 0) continue
        this.next.command('PEXPIREAT', this.#name.behind(key.key, `:${part}`).view, String(key.expiresAtMs))
      }
    }
    super.end(key)
  }

  #partOf(name: RdbString): RdbKey {
    const { bytes, start, end } = name.load()
    const part = crc32(bytes, start, end) % this.#split
    this.#filled[part] = 1
    return this.#name.behind(this.#key.key, `:${part}`).keyLike(this.#key, this.#type)
  }
}

/** Parts so that the largest has hardly ever more than `most` elements: three standard deviations above the mean. */
function partsFor(elements: number, most: number): number {
  const root = (Math.sqrt(9 + 4 * most) - 3) / 2
  return Math.max(2, Math.ceil(elements / Math.max(1, root * root)))
}
