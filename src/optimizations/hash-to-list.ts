import { type PartRole, type RdbKey, RdbString, STRING_FORM } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ShapeKey } from '../memory/shape-pricer.js'
import { AsElements, isPlainHash } from './as-elements.js'
import { type FieldNames, FieldNamesByPattern, fieldHash, fixedText } from './field-names.js'
import { ChosenKeys, Groups, GroupTally } from './groups.js'
import type { Change, Outcome, Technique, TechniqueContext } from './optimization.js'
import { Fork, RewriteRun, Rewriter, type ShapeSink } from './rewriter.js'

/** Nobody keeps more positions than this in mind. */
const MOST_FIELDS = 32
const LEAST_KEYS = 50

export const hashToList: Technique = {
  id: 'hash-to-list',
  title: 'Keep fixed fields by position, in lists',
  why: 'Where all hashes of a pattern have the same fields, their names can stand in the client once instead of in every key.',
  effort: 'data-model',
  certainty: 'exact',
  breaks: [
    'HGET becomes LINDEX; HINCRBY, HSETNX and expiry per field have no counterpart: counters are no longer atomic.',
    'A field that is not there needs a placeholder, and a new field can only come last.',
    'Clients of the old and the new form cannot work side by side under the same key (WRONGTYPE).',
    'Before Redis 7.2 a list costs more than a small hash: about 40 bytes for the quicklist and 32 for its node.',
  ],
  cpu: 'LINDEX and LSET walk to the position, as HGET does in a packed hash.',
  steps: [
    'Fix the order of the fields in one place of the client',
    'Write lists under a new name: RPUSH <new key> <value 1> <value 2> ...',
    'Readers: the list first, then the hash. Move the rest in the background, in a script, with the TTL.',
  ],
  verify: ['OBJECT ENCODING <key>: listpack (7.2 and later)', 'MEMORY USAGE of a key in both forms'],
  rollback: ['Write the hashes again from the lists: no information is lost while the order of fields is known.'],
  parameters: [
    {
      name: 'order',
      kind: 'list',
      describe: 'fields in their new order: visits,name [patterns in which all hashes have the same fields]',
    },
  ],
  rewrites: ['field names', 'shape'],
  start: (context) => new HashToList(context),
}

class SchemeTally extends GroupTally {
  /** Hashes with other fields than the first one of the pattern, or with a value of more than 1 MiB. */
  different = 0
}

class HashToList extends RewriteRun<SchemeTally> {
  readonly #names = new FieldNamesByPattern(MOST_FIELDS)
  /** Hash over the set of fields of the first hash, by pattern. */
  readonly #schemes = new Map<number, number>()
  readonly #order: number | null
  readonly #values: ValuesOnly

  constructor(context: TechniqueContext) {
    super(context, context.target, new Groups(context.names, (...group) => new SchemeTally(...group)))
    const order = context.parameters.list('order')
    this.#order = order === undefined ? null : schemeOf(order)
    let values!: ValuesOnly
    this.through((next) => {
      values = new ValuesOnly(next)
      return values
    })
    this.#values = values
  }

  override takes(key: RdbKey): boolean {
    if (!isPlainHash(key)) return false
    const names = this.#order === null ? this.#names.of(this.context.names.current) : null
    this.#values.names = names
    this.#values.scheme = 0
    this.#values.hasLongValue = false
    return this.#order !== null || (names !== null && !names.tooMany)
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const { scheme, hasLongValue } = this.#values
    const tally = this.groups.of(key, batch, row)
    let wanted = this.#order ?? this.#schemes.get(tally.pattern)
    if (wanted === undefined) {
      wanted = scheme
      this.#schemes.set(tally.pattern, scheme)
    }
    if (scheme === wanted && !hasLongValue) tally.resized(batch, row, this.sizer.ramBytes)
    else tally.different++
  }

  override outcome(): Outcome {
    const some = this.groups.all.filter(({ keys }) => keys > 0)
    // Also hashes of another encoding: one that differs, and readers need both forms for ever.
    const mixed = new Set(this.groups.all.filter(({ different }) => different > 0).map(({ pattern }) => pattern))
    const groups =
      this.#order !== null
        ? some
        : some.filter(
            ({ keys, pattern }) =>
              keys >= LEAST_KEYS && !mixed.has(pattern) && this.#names.of(pattern)?.tooMany === false,
          )
    return {
      groups,
      details: (tally) =>
        this.#order === null
          ? { order: this.context.names.shown(this.#names.of(tally.pattern)!.sorted) }
          : { otherFields: (tally as SchemeTally).different },
      assumptions: ['All of these hashes have exactly these fields; others stay as they are.'],
      change: this.#change(groups),
    }
  }

  #change(groups: readonly GroupTally[]): Change {
    const chosen = new ChosenKeys(groups, this.context)
    const given = this.context.parameters.list('order')
    const orders = new Map<number, FieldOrder>()
    const orderOf = (): FieldOrder => {
      const pattern = given === undefined ? this.context.names.current : 0
      let order = orders.get(pattern)
      if (order === undefined) {
        order =
          given === undefined
            ? orderOfNames(this.#names.of(pattern)!)
            : new Map(given.map((field, index) => [fieldHash(fixedText(field)), index]))
        orders.set(pattern, order)
      }
      return order
    }
    return {
      kind: 'keys',
      through: (next) => new Fork(next, new ByPosition(next, orderOf), (key) => isPlainHash(key) && chosen.has()),
    }
  }
}

/** Position by `fieldHash`. */
type FieldOrder = ReadonlyMap<number, number>

function orderOfNames(names: FieldNames): FieldOrder {
  const positions = new Map(names.sorted.map((name, index) => [name, index]))
  return new Map([...names.byHash].map(([hash, name]) => [hash, positions.get(name)!]))
}

/**
 * Shows hashes with exactly the fields of an order as lists of their values, and others as they are. Which of both it
 * is shows at the end: until then the few fields are held. Values too long to be held make it stay a hash.
 */
class ByPosition extends Rewriter {
  readonly #key = new ShapeKey()
  #order: FieldOrder = new Map()
  #fields: RdbString[] = []
  #values: RdbString[] = []
  #held = 0
  #isHash = false

  constructor(
    next: ShapeSink,
    readonly orderOf: () => FieldOrder,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    this.#order = this.orderOf()
    this.#held = 0
    this.#isHash = false
    this.#key.copy(key).as('hash')
    while (this.#fields.length < this.#order.size) {
      this.#fields.push(new RdbString())
      this.#values.push(new RdbString())
    }
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (!this.#isHash) {
      const position = value.form === STRING_FORM.streamed ? undefined : this.#order.get(fieldHash(field))
      if (position !== undefined && this.#held < this.#order.size) {
        copyOf(field, this.#fields[this.#held]!)
        copyOf(value, this.#values[this.#held]!)
        this.#held++
        return
      }
      this.#showHash()
    }
    super.field(field, value, expiresAtMs)
  }

  /** Nothing held can be a piece of a long value. */
  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isHash) this.#showHash()
    super.part(role, bytes, start, end)
  }

  override end(key: RdbKey): void {
    if (!this.#isHash && this.#held === this.#order.size) {
      const inOrder: RdbString[] = []
      for (let i = 0; i < this.#held; i++) {
        inOrder[this.#order.get(fieldHash(this.#fields[i]!))!] = this.#values[i]!
      }
      this.#key.copy(key).as('list')
      super.begin(this.#key)
      for (const value of inOrder) super.element(value, -1)
    } else {
      if (!this.#isHash) this.#showHash()
      this.#key.copy(key).as('hash')
    }
    super.count(key.elements)
    super.end(this.#key)
  }

  #showHash(): void {
    this.#isHash = true
    super.begin(this.#key)
    for (let i = 0; i < this.#held; i++) super.field(this.#fields[i]!, this.#values[i]!, -1)
  }

  override count(): void {}

  override container(): boolean {
    return true
  }

  override containerEnd(): void {}
}

/** Integers stay integers, so that they need not be written out. */
function copyOf(from: RdbString, to: RdbString): void {
  if (from.isInteger) to.setInt64(from.intHigh, from.intLow, from.storedBytes)
  else {
    const bytes = from.view().slice()
    to.setRaw(bytes, 0, bytes.length, bytes.length)
  }
}

/** Shows the values of a hash as elements of a list. */
class ValuesOnly extends AsElements {
  names: { add(field: RdbString): void } | null = null
  /** Sum of the hashes of the fields: the order has no say. */
  scheme = 0
  /** A value is too long to be held until all fields are known: such a hash stays a hash. */
  hasLongValue = false

  constructor(next: ShapeSink) {
    super(next, 'list')
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.scheme = (this.scheme + fieldHash(field)) % Number.MAX_SAFE_INTEGER
    this.hasLongValue ||= value.form === STRING_FORM.streamed
    this.names?.add(field)
    super.element(value, expiresAtMs)
  }
}

function schemeOf(fields: readonly string[]): number {
  return fields.reduce((sum, field) => (sum + fieldHash(fixedText(field))) % Number.MAX_SAFE_INTEGER, 0)
}
