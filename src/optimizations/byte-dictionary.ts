import type { Container, RdbKey, RdbString } from '../../parsers/index.js'
import { STRING_FORM } from '../../parsers/index.js'
import { ValueHash } from '../analysis/values/value-hash.js'
import type { KeyBatch } from '../batch.js'
import { fieldHash } from './field-names.js'
import type { Outcome, Technique } from './optimization.js'
import type { ValueCoder } from './sampling/coders.js'
import type { Column, FamilySample } from './sampling/family-sample.js'
import { sampledType } from './sampling/sampled-key.js'
import { columnsShown, type FamilyChoice, type FamilyResult, mainPattern, SampledRun } from './sampling/sampled-run.js'

/** Codes of one byte; a column with more different values has none. */
const MOST_VALUES = 256
const MOST_FIELDS = 64
const MOST_UNKNOWN = 1000
const MOST_FAMILIES = 1024
const LONGEST_VALUE = 4096
/** Values per different value: fewer are not worth a dictionary. */
const LEAST_REPEATS = 4

export const byteDictionary: Technique = {
  id: 'byte-dictionary',
  title: 'Write a small number in place of a value that is one of a few',
  why: 'Job titles, countries and states: some dozen texts, stored in full for everybody.',
  effort: 'client',
  certainty: 'sampled',
  isHomemade: true,
  rewrites: ['values'],
  breaks: [
    'Every reader and writer needs the list of values, Lua scripts and search indexes included.',
    'A new value has to be in the list of all clients before the first one writes it; after 256 the code is longer.',
  ],
  cpu: 'A look into a table; the server keeps small numbers without a string of their own.',
  steps: [
    'Keep the list under one key (HSET <list> 0 <value> 1 <value> ...) and in the client',
    'Writers: SET <key> <number>, or HSET <key> <field> <number>. Readers look the number up.',
  ],
  verify: ['OBJECT ENCODING <key>: int', 'MEMORY USAGE <key> before and after'],
  rollback: ['Write the values again: nothing is lost while the list is there.'],
  parameters: [],
  start: (context) => new ByteDictionary(context),
}

/** How often each of the different values was seen, by their hash; null: there are too many. */
type Counts = Map<number, number>

/** The columns of keys of one pattern and type. */
class FamilyCounts {
  readonly columns = new Map<number, Counts | null>()
  /** Nothing left to be counted. */
  isClosed = false
  /** Values of columns that are counted, and of those beyond. */
  known = 0
  unknown = 0

  close(): void {
    this.isClosed = true
    for (const id of this.columns.keys()) this.columns.set(id, null)
  }
}

class ByteDictionary extends SampledRun {
  readonly #families = new Map<string, FamilyCounts>()
  readonly #hash = new ValueHash()
  #family: FamilyCounts | null = null
  // Of the key at hand: columns and hashes of values, counted when the key is.
  #pending = 0
  readonly #columns: number[] = []
  readonly #hashes: number[] = []

  override begin(key: RdbKey): boolean {
    super.begin(key)
    this.#pending = 0
    this.#family = null
    const type = sampledType(key)
    if (type === null) return false
    this.#family = this.#familyOf(`${this.context.names.current} ${type}`)
    return this.#family !== null || this.isNamed
  }

  #familyOf(name: string): FamilyCounts | null {
    let family = this.#families.get(name)
    if (family === undefined) {
      if (this.#families.size === MOST_FAMILIES) return null
      family = new FamilyCounts()
      this.#families.set(name, family)
    }
    return family.isClosed ? null : family
  }

  override string(value: RdbString): void {
    super.string(value)
    if (this.#family !== null) this.#remember(0, value)
  }

  override container(container: Container): boolean {
    const wanted = super.container(container)
    return this.#family !== null || wanted
  }

  override element(value: RdbString): void {
    super.element(value)
    if (this.#family !== null) this.#remember(0, value)
  }

  override field(field: RdbString, value: RdbString): void {
    super.field(field, value)
    const family = this.#family
    if (family === null) return
    const id = fieldHash(field)
    if (family.columns.get(id) === null) {
      family.known++
      return
    }
    this.#remember(id, value)
  }

  #remember(column: number, value: RdbString): void {
    const hash = value.length > LONGEST_VALUE || value.form === STRING_FORM.streamed ? Number.NaN : this.#hashOf(value)
    this.#columns[this.#pending] = column
    this.#hashes[this.#pending++] = hash
    // A large collection: what is known by now will do, as each new value counts once at least.
    if (this.#pending > MOST_VALUES * MOST_FIELDS) this.#commit()
  }

  #hashOf(value: RdbString): number {
    const { bytes, start, end } = value.load()
    return hashOf(this.#hash, bytes, start, end)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    super.row(key, batch, row)
    this.#commit()
  }

  #commit(): void {
    const family = this.#family
    if (family === null) return
    for (let i = 0; i < this.#pending; i++) this.#count(family, this.#columns[i]!, this.#hashes[i]!)
    this.#pending = 0
    // The rest of a large collection need not be looked at.
    if (family.isClosed) this.#family = null
  }

  #count(family: FamilyCounts, column: number, hash: number): void {
    const { columns } = family
    let counts = columns.get(column)
    if (counts === null || family.isClosed) return
    if (counts === undefined) {
      if (columns.size === MOST_FIELDS) {
        // Rare fields do not matter; where most fields are new, they are data.
        if (++family.unknown > MOST_UNKNOWN && family.unknown > family.known) family.close()
        return
      }
      counts = new Map()
      columns.set(column, counts)
    }
    family.known++
    const count = counts.get(hash)
    if (count !== undefined) counts.set(hash, count + 1)
    else if (counts.size < MOST_VALUES && !Number.isNaN(hash)) counts.set(hash, 1)
    else {
      columns.set(column, null)
      if ([...columns.values()].every((known) => known === null) && column === 0) family.isClosed = true
    }
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    const family = this.#families.get(`${sample.pattern} ${sample.type}`)
    if (family === undefined) return null
    let dictionaryBytes = 0
    let values = 0
    const coders = this.byColumn(sample, (column) => {
      const counts = family.columns.get(column.id)
      if (counts === undefined || counts === null) return null
      const coder = this.#coderOf(column, counts)
      if (coder === null) return null
      dictionaryBytes += coder.bytes
      values += counts.size
      return coder
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return {
      coders,
      dictionaryBytes,
      details: { differentValues: values, dictionaryBytes, ...(fields === null ? {} : { fields }) },
    }
  }

  #coderOf({ values }: Column, counts: Counts): DictionaryCoder | null {
    let total = 0
    for (const count of counts.values()) total += count
    if (total < counts.size * LEAST_REPEATS) return null
    const codes = new Map([...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([hash], code) => [hash, code]))
    const coder = new DictionaryCoder(codes)
    let before = 0
    let after = 0
    const seen = new Map<number, number>()
    for (const value of values) {
      before += value.length
      after += coder.encode(value).length
      seen.set(hashOf(this.#hash, value, 0, value.length), value.length)
    }
    if (after >= before) return null
    const average = [...seen.values()].reduce((sum, length) => sum + length, 0) / Math.max(1, seen.size)
    coder.bytes = Math.ceil((average + 4) * counts.size)
    return coder
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const pattern = mainPattern(this, results)
    return {
      ...(this.isExact(results) ? { certainty: 'exact' as const } : {}),
      steps: [
        `Keep the list of values of ${pattern} under one key (HSET <list> 0 <value> 1 <value> ...) and in the client`,
        'Writers: SET <key> <number>, or HSET <key> <field> <number>. Readers look the number up.',
      ],
      assumptions: [
        `Fields (or strings of a pattern) with at most ${MOST_VALUES} different values, each of which was counted; the most ` +
          'frequent ones have the smallest numbers. The list is counted, one key per database.',
      ],
    }
  }
}

/** Hash of 52 bits. */
function hashOf(hash: ValueHash, bytes: Uint8Array, start: number, end: number): number {
  hash.reset(1)
  hash.add(bytes, start, end)
  hash.finish()
  return (hash.a >>> 0) * 0x100000 + (hash.b & 0xfffff)
}

class DictionaryCoder implements ValueCoder {
  readonly takesIntegers = true
  /** Of the list. */
  bytes = 0
  readonly #hash = new ValueHash()
  readonly #texts: readonly Uint8Array[]

  constructor(readonly codes: ReadonlyMap<number, number>) {
    this.#texts = Array.from({ length: codes.size }, (_, code) => Buffer.from(String(code), 'latin1'))
  }

  encode(value: Uint8Array): Uint8Array {
    const code = this.codes.get(hashOf(this.#hash, value, 0, value.length))
    // A value that came later: the next code.
    return code === undefined ? Buffer.from(String(this.codes.size), 'latin1') : this.#texts[code]!
  }
}
