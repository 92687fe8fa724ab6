import type { Container, RdbKey, RdbString } from '../../parsers/index.js'
import { formatCount } from '../../reports/format.js'
import { ValueHash } from '../analysis/values/value-hash.js'
import { type KeyBatch, TYPE } from '../batch.js'
import type { ShapeType } from '../memory/shape-pricer.js'
import {
  type DifferentValues,
  FamilyValues,
  MOST_TRACKED,
  MOST_VALUES,
  PendingValues,
  TrackedValues,
  valueHash,
} from './different-values.js'
import { fieldHash } from './field-names.js'
import type { Outcome, Technique } from './optimization.js'
import type { ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep, writeCommand } from './sampling/commands.js'
import { type DictionaryKey, listOfValues } from './sampling/dictionary-key.js'
import type { Column, FamilySample } from './sampling/family-sample.js'
import { sampledType } from './sampling/sampled-key.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

const MOST_FAMILIES = 1024
/** Values of one key that wait until it counts. */
const MOST_PENDING = 16_384

export const byteDictionary: Technique = {
  id: 'byte-dictionary',
  title: 'Write a small number in place of a value that is one of a few',
  why: 'Job titles, countries and states: some dozen texts, stored in full for everybody.',
  effort: 'client',
  certainty: 'exact',
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

class ByteDictionary extends SampledRun {
  override readonly knowsAllValues = true
  readonly #tracked = new TrackedValues()
  readonly #families = new Map<number, FamilyValues>()
  /** Keys of families beyond those that are told apart. */
  #keysBeyond = 0
  // Of the key at hand, counted when the key is.
  #family: FamilyValues | null = null
  readonly #pending = new PendingValues()

  override begin(key: RdbKey): boolean {
    super.begin(key)
    this.#pending.length = 0
    this.#family = null
    const type = sampledType(key)
    if (type === null) return false
    const family = this.#familyOf(type)
    if (family === null) this.#keysBeyond++
    else if (!family.isClosed) this.#family = family
    return this.#family !== null || this.isNamed
  }

  #familyOf(type: ShapeType): FamilyValues | null {
    const number = familyNumber(this.context.names.current, type)
    let family = this.#families.get(number)
    if (family === undefined) {
      if (this.#families.size === MOST_FAMILIES) return null
      family = new FamilyValues(this.#tracked, type === 'hash')
      this.#families.set(number, family)
    }
    return family
  }

  override string(value: RdbString): void {
    super.string(value)
    this.#remember(0, value)
  }

  override container(container: Container): boolean {
    const wanted = super.container(container)
    return this.#family !== null || wanted
  }

  override element(value: RdbString): void {
    super.element(value)
    this.#remember(0, value)
  }

  override field(field: RdbString, value: RdbString): void {
    super.field(field, value)
    if (this.#family !== null) this.#remember(fieldHash(field), value)
  }

  #remember(field: number, value: RdbString): void {
    const family = this.#family
    if (family === null || !family.wants(field)) return
    this.#pending.add(field, value)
    // A large collection: what is known by now will do, as each new value counts once at least.
    if (this.#pending.length === MOST_PENDING) this.#commit(family)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    super.row(key, batch, row)
    if (this.#family !== null) this.#commit(this.#family)
  }

  #commit(family: FamilyValues): void {
    this.#pending.moveTo(family)
    // The rest of a large collection need not be looked at.
    if (family.isClosed) this.#family = null
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    const family = this.#families.get(familyNumber(sample.pattern, sample.type))
    if (family === undefined) return null
    const lists: DictionaryKey[] = []
    let dictionaryBytes = 0
    let differentValues = 0
    const coders = this.byColumn(sample, (column) => {
      const values = column.field === null ? family.all : family.fields.get(column.id)
      if (values === undefined || values === null) return null
      const coder = this.#coderOf(column, values)
      if (coder === null) return null
      lists.push(listOfValues(values))
      dictionaryBytes += coder.listBytes
      differentValues += values.size
      return coder
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return {
      coders,
      dictionaries: lists,
      details: { differentValues, dictionaryBytes, ...(fields === null ? {} : { fields }) },
    }
  }

  #coderOf(column: Column, values: DifferentValues): DictionaryCoder | null {
    if (!values.repeats) return null
    const coder = new DictionaryCoder(values)
    let before = 0
    let after = 0
    for (const value of column.values) {
      before += value.length
      after += coder.encode(value)?.length ?? value.length
    }
    return after < before ? coder : null
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const pattern = mainPattern(this, results)
    const { givenUp } = this.#tracked
    return {
      steps: [
        `Keep the list of values of ${pattern} under one key (HSET <list> 0 <value> 1 <value> ...), one for each field, and in the client`,
        `Writers: ${writeCommand(this, results, '<number>')}. Readers look the number up.`,
        rewriteStep(this, results, '<number>'),
      ],
      assumptions: [
        `Fields (or all values of a pattern) with at most ${MOST_VALUES} different values, each of which was counted; the most ` +
          'frequent ones have the smallest numbers. Lists are counted: a hash for each field, per database.',
        ...(givenUp === 0
          ? []
          : [
              `How many values ${formatCount(givenUp)} fields (or patterns) have is not known, as there is room for ` +
                `${formatCount(MOST_TRACKED)} different values in all: choose some keys with --match.`,
            ]),
        ...(this.#keysBeyond === 0
          ? []
          : [
              `${formatCount(this.#keysBeyond)} keys of patterns beyond the first ${formatCount(MOST_FAMILIES)} were ` +
                `not looked at: choose some keys with --match.`,
            ]),
      ],
    }
  }
}

/** Patterns have numbers below 8192, types below 16. */
function familyNumber(pattern: number, type: ShapeType): number {
  return pattern * 16 + TYPE[type]
}

/** Writes the place of a value in the list, the most frequent one first. */
class DictionaryCoder implements ValueCoder {
  readonly takesIntegers = true
  /** Of the values and numbers in the list. */
  readonly listBytes: number
  readonly #hash = new ValueHash()
  readonly #codes: ReadonlyMap<number, Uint8Array>

  constructor({ places, counts, lengths }: DifferentValues) {
    const byCount = [...places].sort((a, b) => counts[b[1]]! - counts[a[1]]! || a[1] - b[1])
    this.#codes = new Map(byCount.map(([hash], code) => [hash, Buffer.from(String(code), 'latin1')]))
    this.listBytes = byCount.reduce((sum, [, place], code) => sum + lengths[place]! + String(code).length, 0)
  }

  /** A value that is not in the list stays what it is. */
  encode(value: Uint8Array): Uint8Array | null {
    return this.#codes.get(valueHash(this.#hash, value, 0, value.length)) ?? null
  }
}
