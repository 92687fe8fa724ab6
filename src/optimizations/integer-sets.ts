import { type Container, type PartRole, type RdbKey, RdbString } from '../../parsers/index.js'
import { ENCODING, type KeyBatch, TYPE } from '../batch.js'
import { ShapeKey, ShapePricer } from '../memory/shape-pricer.js'
import { canonicalInteger, integerOf } from '../memory/structs/integers.js'
import { takenBehind } from './free-names.js'
import { ChosenKeys, Groups, GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, TechniqueRun, usefulGroups } from './optimization.js'
import { PieceName } from './pieces.js'
import { Rewriter, type ShapeSink } from './rewriter.js'

/** Behind the name of the set that takes the members which are no integers. */
const REST_SUFFIX = ':text'
const MOST_OTHERS = 64

export const integerSets: Technique = {
  id: 'integer-sets',
  title: 'Keep sets of numbers free of the few members that are none',
  why: 'A set of whole numbers is an intset, 2 to 8 bytes per member; one member that is text makes it a hash table or listpack for ever.',
  effort: 'client',
  rewrites: ['shape'],
  certainty: 'exact',
  breaks: [
    'Members such as 007, +5, 1.0 or "none" move to a set of their own: SMEMBERS, SCARD and SISMEMBER have to ask both, ' +
      'or the members have to be written as whole numbers.',
    'A set that became a hash table never goes back by itself: it has to be written anew.',
  ],
  cpu: 'SISMEMBER of an intset is a binary search: no slower; SADD in the middle of a large one moves memory.',
  steps: [
    'Writers: write whole numbers only (no leading zeros, no plus, no placeholders); what is no number goes to <key>:text',
    'Once: SMEMBERS <key>; in one MULTI DEL <key>, SADD <key> <numbers>, SADD <key>:text <others>, and the expiry again',
  ],
  verify: ['OBJECT ENCODING <key>: intset', 'SCARD of both sets adds up'],
  rollback: ['SUNIONSTORE <key> <key> <key>:text, and the expiry again: no information is lost.'],
  parameters: [
    {
      name: 'others',
      kind: 'number',
      least: 1,
      most: MOST_OTHERS,
      preset: 4,
      describe: 'only sets with at most so many members that are no integers',
    },
  ],
  start: (context) => new IntegerSets(context),
}

class MissTally extends GroupTally {
  /** Most members of one set that are no integers. */
  mostOthers = 0
  others = 0
}

class IntegerSets extends TechniqueRun {
  readonly #groups: Groups<MissTally>
  readonly #rest: ShapePricer
  readonly #most: number
  readonly #limit: number
  /** The set at hand may still be one of those. */
  #open = false
  #integers = 0
  #others = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.#groups = new Groups(context.names, (...group) => new MissTally(...group))
    this.#rest = new ShapePricer(context.target)
    this.#most = context.parameters.number('others')!
    this.#limit = context.target.settings['set-max-intset-entries']
  }

  override begin(key: RdbKey): boolean {
    if (key.layout.redisType !== 'set') return false
    this.#open = true
    this.wantsValue = true
    this.#integers = 0
    this.#others = 0
    const hasExpiry = key.expiresAtMs >= 0
    this.pricer.begin('set', key.key.length, hasExpiry)
    this.#rest.begin('set', key.key.length + REST_SUFFIX.length, hasExpiry)
    return true
  }

  override count(members: number): void {
    if (members <= this.#limit + this.#most) return
    this.#open = false
    this.wantsValue = false
  }

  override container({ kind, entries }: Container): boolean {
    if (kind === 'intset' || entries > this.#limit + this.#most) this.#open = false
    return this.#open
  }

  override element(value: RdbString): void {
    if (!this.#open) return
    const integer = integerOf(value)
    if (Number.isNaN(integer)) {
      this.#others++
      if (this.#others > this.#most) this.#open = false
      else this.#rest.element(value.length, integer)
    } else if (++this.#integers > this.#limit) this.#open = false
    else this.pricer.element(value.length, integer)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (!this.#open || this.#others === 0 || this.#integers <= this.#others) return
    if (batch.type[row] !== TYPE.set || batch.encoding[row] === ENCODING.intset) return
    const tally = this.#groups.of(key, batch, row)
    const hasExpiry = key.expiresAtMs >= 0
    tally.before(batch, row)
    tally.after(this.pricer.end(), hasExpiry, false)
    tally.after(this.#rest.end(), hasExpiry, false)
    tally.others += this.#others
    if (this.#others > tally.mostOthers) tally.mostOthers = this.#others
  }

  override outcome(): Outcome {
    const { context } = this
    const groups = context.parameters.has('match') ? this.#groups.all : usefulGroups(this.#groups.all)
    const losses = this.#groups.all.filter(({ saved }) => saved < 0)
    const lost = -losses.reduce((sum, { saved }) => sum + saved, 0)
    const chosen = new ChosenKeys(groups, context)
    const taken = takenBehind(groups, REST_SUFFIX, context.names)
    return {
      groups,
      details: (tally) => ({
        otherMembers: (tally as MissTally).others,
        mostOtherMembers: (tally as MissTally).mostOthers,
      }),
      assumptions: [
        `The members that are no integers move to a second set, <key>${REST_SUFFIX}; written as integers they would cost less still.`,
        ...(taken === '' ? [] : [`There are keys named ${taken} already: put something else behind the name.`]),
        ...(lost > 0 ? [`In ${losses.length} more groups two sets would take ${lost} bytes more than one.`] : []),
      ],
      change: {
        kind: 'keys',
        through: (next) => new NumbersApart(next, () => chosen.has(), this.#limit, this.#most),
      },
    }
  }
}

/** Shows a set that misses intset by a few members as two sets. What is too large for that is not held back. */
class NumbersApart extends Rewriter {
  readonly #name = new PieceName()
  readonly #key = new ShapeKey()
  readonly #value = new RdbString()
  /** Members of the set that is held back. */
  readonly #members: Uint8Array[] = []
  /** The key that is held back until all of its members are known. */
  #held: RdbKey | null = null
  /** The key at hand is shown member by member. */
  #isOpen = false

  constructor(
    next: ShapeSink,
    readonly takes: (key: RdbKey) => boolean,
    readonly limit: number,
    readonly most: number,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    this.#members.length = 0
    this.#isOpen = false
    this.#held = key.layout.redisType === 'set' && this.takes(key) ? key : null
    if (this.#held === null) super.begin(key)
  }

  override count(members: number): void {
    if (members <= this.limit + this.most && this.#held !== null) return
    this.#handOn()
    super.count(members)
  }

  override container(container: Container): boolean {
    const { kind, entries } = container
    if (this.#held !== null && kind !== 'intset' && entries >= 0 && entries <= this.limit + this.most) return true
    this.#handOn()
    return super.container(container)
  }

  override containerEnd(container: Container): void {
    if (this.#held === null && !this.#isOpen) super.containerEnd(container)
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (this.#held !== null) this.#open(this.#held)
    super.part(role, bytes, start, end)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (this.#held === null) super.element(value, expiresAtMs)
    else this.#members.push(value.view().slice())
  }

  override end(key: RdbKey): void {
    if (this.#held === null) {
      super.end(this.#isOpen ? this.#key.copy(key).as('set') : key)
      return
    }
    const numbers = this.#members.filter((member) => isInteger(member))
    const others = this.#members.filter((member) => !isInteger(member))
    const splits =
      others.length > 0 && others.length <= this.most && numbers.length > others.length && numbers.length <= this.limit
    const same = this.#key.copy(key).as('set')
    this.#show(same, splits ? numbers : this.#members)
    if (splits) {
      const rest = this.#name.behind(key.key, REST_SUFFIX).keyLike(key, 'set')
      rest.expiresAtMs = key.expiresAtMs
      this.#show(rest, others)
    }
    this.#held = null
  }

  #handOn(): void {
    if (this.#held !== null) super.begin(this.#held)
    this.#held = null
  }

  /** A member is too long to be held: the set is shown as it is, but member by member. */
  #open(key: RdbKey): void {
    super.begin(this.#key.copy(key).as('set'))
    for (const member of this.#members) super.element(this.#stringOf(member), -1)
    this.#held = null
    this.#isOpen = true
  }

  #show(key: ShapeKey, members: readonly Uint8Array[]): void {
    key.elements = members.length
    this.next.begin(key)
    this.next.count(members.length)
    for (const member of members) this.next.element(this.#stringOf(member), -1)
    this.next.end(key)
  }

  #stringOf(bytes: Uint8Array): RdbString {
    this.#value.setRaw(bytes, 0, bytes.length, bytes.length)
    return this.#value
  }
}

function isInteger(bytes: Uint8Array): boolean {
  return !Number.isNaN(canonicalInteger(bytes, 0, bytes.length))
}
