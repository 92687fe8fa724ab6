import { RdbString } from '../../../parsers/index.js'
import { escapeBytes } from '../../../reports/escape.js'
import { fieldHash } from '../field-names.js'
import { eachValue, type SampledKey } from './sampled-key.js'

/**
 * Fields of hashes of one pattern that are told apart. Where they do not cover nearly all values, there is no scheme:
 * all values are one column.
 */
const MOST_FIELDS = 64
const MOST_TRIED_FIELDS = 1024
const LEAST_COVERED = 0.9
/** Values of a column that are looked at to choose a coder. */
const MOST_VALUES = 8192

/** Values of one kind: those of a string, of the elements of a collection, or of one field of hashes. */
export interface Column {
  /** Name of the field, as it is printed; null where there are none, or too many. */
  readonly field: string | null
  /** `fieldHash` of the field; 0 without one. */
  readonly id: number
  readonly values: readonly Uint8Array[]
}

/** The keys of one family that a technique may look at. */
export class FamilySample {
  /** The server itself reads the values; null: nobody has looked yet. */
  isReadByServer: boolean | null = null
  #columns: readonly Column[] | null = null

  constructor(
    readonly pattern: number,
    readonly keys: readonly SampledKey[],
    /** There are no more keys in the family. */
    readonly isWhole: boolean,
  ) {}

  get type(): SampledKey['type'] {
    return this.keys[0]!.type
  }

  get columns(): readonly Column[] {
    this.#columns ??= columnsOf(this.keys)
    return this.#columns
  }

  /** The first keys that take about so much to look at, two at least. */
  upTo(units: number): FamilySample {
    let used = 0
    return this.where((index) => {
      const takes = index < 2 || used < units
      used += unitsOf(this.keys[index]!)
      return takes
    })
  }

  /** The same keys, each changed. */
  map(change: (key: SampledKey) => SampledKey): FamilySample {
    return new FamilySample(this.pattern, this.keys.map(change), this.isWhole)
  }

  /** Part of the sample, itself a fair one. */
  where(takes: (index: number) => boolean): FamilySample {
    const keys = this.keys.filter((_, index) => takes(index))
    return new FamilySample(this.pattern, keys, this.isWhole && keys.length === this.keys.length)
  }
}

/** Bytes of values that take about as long as one value more. */
const BYTES_PER_UNIT = 512

export function unitsOf({ lengths, bytes }: SampledKey): number {
  return lengths.length + bytes.length / BYTES_PER_UNIT
}

function columnsOf(keys: readonly SampledKey[]): readonly Column[] {
  const all: Uint8Array[] = []
  const fields = new Map<number, { name: Uint8Array; values: Uint8Array[]; count: number }>()
  const string = new RdbString()
  let pairs = 0
  for (const key of keys) {
    eachValue(key, (field, value) => {
      if (all.length < MOST_VALUES) all.push(value)
      if (field === null) return
      pairs++
      string.setRaw(field, 0, field.length, field.length)
      const id = fieldHash(string)
      const column = fields.get(id)
      if (column !== undefined) {
        column.count++
        if (column.values.length < MOST_VALUES) column.values.push(value)
      } else if (fields.size < MOST_TRIED_FIELDS) fields.set(id, { name: field, values: [value], count: 1 })
    })
  }
  const columns = [...fields].map(([id, { name, ...column }]) => ({ field: escapeBytes(name), id, ...column }))
  const frequent = columns.sort((a, b) => b.count - a.count).slice(0, MOST_FIELDS)
  const covered = frequent.reduce((sum, { count }) => sum + count, 0)
  return covered > 0 && covered >= LEAST_COVERED * pairs ? frequent : [{ field: null, id: 0, values: all }]
}
