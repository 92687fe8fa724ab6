import { type RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { AsElements, isPlainHash } from './as-elements.js'
import { FieldNamesByPattern, fieldHash } from './field-names.js'
import { Groups, GroupTally } from './groups.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import { RewriteRun, type ShapeSink } from './rewriter.js'

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
  start: (context) => new HashToList(context),
}

class SchemeTally extends GroupTally {
  /** Hashes with other fields than the first one of the pattern. */
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
    return this.#order !== null || (names !== null && !names.tooMany)
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const { scheme } = this.#values
    const tally = this.groups.of(key, batch, row)
    let wanted = this.#order ?? this.#schemes.get(tally.pattern)
    if (wanted === undefined) {
      wanted = scheme
      this.#schemes.set(tally.pattern, scheme)
    }
    if (scheme === wanted) tally.resized(batch, row, this.sizer.ramBytes)
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
    }
  }
}

/** Shows the values of a hash as elements of a list. */
class ValuesOnly extends AsElements {
  names: { add(field: RdbString): void } | null = null
  /** Sum of the hashes of the fields: the order has no say. */
  scheme = 0

  constructor(next: ShapeSink) {
    super(next, 'list')
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.scheme = (this.scheme + fieldHash(field)) % Number.MAX_SAFE_INTEGER
    this.names?.add(field)
    super.element(value, expiresAtMs)
  }
}

function schemeOf(fields: readonly string[]): number {
  const encoder = new TextEncoder()
  const string = new RdbString()
  let scheme = 0
  for (const field of fields) {
    const bytes = encoder.encode(field)
    string.setRaw(bytes, 0, bytes.length, bytes.length)
    scheme = (scheme + fieldHash(string)) % Number.MAX_SAFE_INTEGER
  }
  return scheme
}
