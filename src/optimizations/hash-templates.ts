import type { Container, RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { modelById } from '../memory/models/index.js'
import { integerOf } from '../memory/structs/integers.js'
import { LISTPACK_EMPTY_BYTES, listpackEntryBytes, listpackIntegerBytes } from '../memory/structs/listpack.js'
import type { Target } from '../memory/target.js'
import { isPlainHash } from './as-elements.js'
import { fieldHash } from './field-names.js'
import { Groups, GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, USEFUL_BYTES, USEFUL_SHARE } from './optimization.js'
import { RewriteRun } from './rewriter.js'
import { withSettingsOf } from './upgrade-server.js'

/** The newest Redis that is modelled stands for 8.10 in all but templates. */
const MODEL = 'redis-8.8'
/** Sets of field names that are told apart, in all groups together. */
const MOST_SCHEMES = 16_384
/** Hashes with more fields are data by name, not records. */
const MOST_FIELDS = 256
/** struct hashTemplateArray: id, number of fields, allocated bytes; then a pointer per value (t_hash.c of 8.10). */
const ARRAY_HEADER_BYTES = 24
const POINTER_BYTES = 8
/** What the registry keeps of a template beside its names: struct, entries of three tables; estimated. */
const TEMPLATE_BYTES = 320
/** A template's number, in the listpack of each hash. */
const SOME_ID = 1000

export const hashTemplates: Technique = {
  id: 'hash-templates',
  title: 'Let the server keep the field names of alike hashes once',
  why: 'Redis 8.10 can store the names of the fields in a template, and in each hash only its values.',
  effort: 'upgrade',
  certainty: 'modelled',
  breaks: [
    'Needs Redis 8.10 or later; older servers and Valkey do not read its dumps (RDB version 15).',
    'Hashes with a field that expires (HEXPIRE) go back to the plain form, one by one.',
    'Each other set of fields is a template of its own: HSET of a new field moves the hash to another template.',
  ],
  cpu: 'Finding a field is a binary search in the template; HIMPORT writes many hashes quicker than HSET.',
  steps: [
    'Upgrade to Redis 8.10: add a replica, let it sync, fail over',
    'redis.conf: hash-rdb-load-min-template-entries 1 and hash-rdb-load-max-template-entries <most fields>, for what is loaded',
    'redis.conf: hash-min-template-entries 1 and hash-max-template-entries <most fields>, for what is written; or HIMPORT PREPARE and HIMPORT SET',
  ],
  verify: ['OBJECT ENCODING <key>: template-listpack or template-array', 'INFO memory: used_memory'],
  rollback: ['Set these limits to 0 and write the hashes anew, or restart: they become plain hashes again.'],
  parameters: [
    {
      name: 'minHashes',
      kind: 'number',
      least: 2,
      preset: 16,
      describe: 'only sets of fields that at least so many hashes have',
    },
  ],
  start(context) {
    const { server } = context.target.model
    if (server !== 'redis') return `${context.target.model.title} has no templates of hashes; they came with Redis 8.10`
    return new HashTemplates(context)
  },
}

/** Hashes of a group with the same fields. */
interface Scheme {
  readonly fields: number
  /** Names of the fields as the template keeps them. */
  readonly nameBytes: number
  keys: number
  ramBefore: number
  /** On the newer server, as plain hashes. */
  ramPlain: number
  ramTemplate: number
  expires: number
}

class SchemeTally extends GroupTally {
  readonly schemes = new Map<number, Scheme>()
  templates = 0
  most = 0
}

class HashTemplates extends RewriteRun {
  readonly other: Target
  readonly #tallies: Groups<SchemeTally>
  readonly #isUpgrade: boolean
  readonly #least: number
  #schemes = 0
  #open = false
  #fields = 0
  #scheme = 0
  #nameBytes = 0
  #packedBytes = 0
  #valuesGiven = 0
  #longest = 0

  constructor(context: TechniqueContext) {
    super(context, withSettingsOf(context.target, modelById(MODEL)!))
    this.other = this.sizer.target
    this.#tallies = new Groups(context.names, (...group) => new SchemeTally(...group))
    this.#isUpgrade = context.target.model.id !== MODEL
    this.#least = context.parameters.number('minHashes')!
  }

  override takes(key: RdbKey): boolean {
    this.#open = isPlainHash(key)
    this.#fields = 0
    this.#scheme = 0
    this.#nameBytes = 0
    this.#packedBytes = LISTPACK_EMPTY_BYTES + listpackIntegerBytes(SOME_ID)
    this.#valuesGiven = 0
    this.#longest = 0
    return this.#open
  }

  override container(container: Container): boolean {
    const wanted = super.container(container)
    if (container.entries > 2 * MOST_FIELDS) this.#open = false
    return wanted || this.#open
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    super.field(field, value, expiresAtMs)
    if (!this.#open) return
    if (++this.#fields > MOST_FIELDS) {
      this.#open = false
      return
    }
    const { costs } = this.sizer
    this.#scheme = (this.#scheme + fieldHash(field)) % Number.MAX_SAFE_INTEGER
    this.#nameBytes += costs.sdsGiven(field.length) + POINTER_BYTES
    this.#packedBytes += listpackEntryBytes(value.length, integerOf(value))
    this.#valuesGiven += costs.sdsGiven(value.length)
    if (value.length > this.#longest) this.#longest = value.length
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    if (!this.#open || this.#fields === 0) return
    const tally = this.#tallies.of(key, batch, row)
    let scheme = tally.schemes.get(this.#scheme)
    if (scheme === undefined) {
      if (this.#schemes === MOST_SCHEMES) return
      this.#schemes++
      scheme = {
        fields: this.#fields,
        nameBytes: this.#nameBytes,
        keys: 0,
        ramBefore: 0,
        ramPlain: 0,
        ramTemplate: 0,
        expires: 0,
      }
      tally.schemes.set(this.#scheme, scheme)
    }
    scheme.keys++
    scheme.ramBefore += batch.ramBytes[row]!
    scheme.ramPlain += this.sizer.ramBytes
    scheme.ramTemplate += this.#templateHash(key)
    if (key.expiresAtMs >= 0) scheme.expires++
  }

  override outcome(): Outcome {
    const groups: SchemeTally[] = []
    let templateBytes = 0
    let saved = 0
    const seen = new Set<number>()
    for (const tally of this.#tallies.all) {
      for (const [number, scheme] of tally.schemes) {
        if (scheme.keys < this.#least || scheme.ramTemplate >= scheme.ramPlain) continue
        // A template that several patterns share exists once.
        const own = seen.has(number) ? 0 : TEMPLATE_BYTES + scheme.nameBytes
        seen.add(number)
        tally.keys += scheme.keys
        tally.keysAfter += scheme.keys
        tally.expires += scheme.expires
        tally.expiresAfter += scheme.expires
        tally.ramBefore += scheme.ramBefore
        // What the newer server does to them beside is the business of upgrade-server.
        tally.ramAfter += scheme.ramBefore - scheme.ramPlain + scheme.ramTemplate + own
        tally.templates++
        if (scheme.fields > tally.most) tally.most = scheme.fields
        templateBytes += own
        saved += scheme.ramPlain - scheme.ramTemplate - own
      }
      if (tally.keys > 0) groups.push(tally)
    }
    const total = groups.reduce((sum, { ramBefore }) => sum + ramBefore, 0)
    const isUseful = saved >= USEFUL_BYTES && saved >= USEFUL_SHARE * total
    if (!isUseful && !this.context.parameters.has('match')) return { groups: [] }
    return {
      groups,
      parameters: {
        templates: seen.size,
        templateBytes,
        mostFields: Math.max(...groups.map(({ most }) => most)),
      },
      details: (tally) => ({ templates: (tally as SchemeTally).templates }),
      assumptions: [
        'From published descriptions of Redis 8.10, not compared with a server: its other sizes are taken from the model of 8.8.',
        ...(this.#isUpgrade
          ? [
              'What templates save on such a server; what the newer server saves itself comes on top (see upgrade-server).',
            ]
          : []),
        'Templates are for hashes with exactly the same fields. MEMORY USAGE does not count them to any key.',
      ],
    }
  }

  /** The hash at hand without its names. */
  #templateHash(key: RdbKey): number {
    const { costs } = this.sizer
    const { settings } = this.other
    const holder = costs.keyGiven(key.key.length, key.expiresAtMs >= 0 ? 1 : 0)
    const isPacked =
      this.#fields <= settings['hash-max-listpack-entries'] && this.#longest <= settings['hash-max-listpack-value']
    if (isPacked) return holder + costs.given(this.#packedBytes)
    return holder + costs.given(ARRAY_HEADER_BYTES + POINTER_BYTES * this.#fields) + this.#valuesGiven
  }
}
