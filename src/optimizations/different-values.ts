import type { RdbString } from '../../parsers/index.js'
import { STRING_FORM } from '../../parsers/index.js'
import { ValueHash } from '../analysis/values/value-hash.js'
import { integerOf } from '../memory/structs/integers.js'

/** Codes of one byte: a column with more different values has none. */
export const MOST_VALUES = 256
/** Columns of one pattern, beside the one that all its values are. */
export const MOST_FIELDS = 64
/** Different values of all columns together: some 100 bytes each. */
export const MOST_TRACKED = 131_072
const MOST_UNKNOWN = 1000
const LONGEST_VALUE = 4096
/** Values per different value: fewer are not worth a code. */
export const LEAST_REPEATS = 4

/** The different values of one column: how often each came, and what it takes to price it in a list. */
export class DifferentValues {
  /** Place of each value in the order in which they came, by `valueHash`. */
  readonly places = new Map<number, number>()
  readonly counts: number[] = []
  readonly lengths: number[] = []
  /** NaN where a value is none. */
  readonly integers: number[] = []
  total = 0

  get size(): number {
    return this.counts.length
  }

  get repeats(): boolean {
    return this.total >= this.size * LEAST_REPEATS
  }
}

/** Where different values are counted for all families together: there are so many of them at most. */
export class TrackedValues {
  /** Columns with few values that were given up, as there was no room for more. */
  givenUp = 0
  readonly #families: FamilyValues[] = []
  #tracked = 0
  /** Values that came since there was room made last. */
  #since = 0

  constructor(readonly most = MOST_TRACKED) {}

  add(family: FamilyValues): void {
    this.#families.push(family)
  }

  /** False: there is no room for one more. Columns whose values do not repeat make room for others. */
  mayAdd(): boolean {
    if (this.#tracked >= this.most && this.#since >= this.most / 16) {
      this.#since = 0
      for (const family of this.#families) this.givenUp += family.giveUp()
      this.#tracked = this.#families.reduce((sum, family) => sum + family.tracked, 0)
    }
    if (this.#tracked >= this.most) {
      this.givenUp++
      return false
    }
    this.#tracked++
    this.#since++
    return true
  }

  remove(values: DifferentValues): void {
    this.#tracked -= values.size
  }
}

/** The values of keys of one pattern and type, all together and by field. A column with too many of them is null. */
export class FamilyValues {
  all: DifferentValues | null = new DifferentValues()
  readonly fields = new Map<number, DifferentValues | null>()
  /** Values of fields that are counted, and of those beyond. */
  #known = 0
  #unknown = 0
  /** Fields are data: none is counted. */
  #areData = false

  constructor(
    readonly room: TrackedValues,
    readonly hasFields: boolean,
  ) {
    room.add(this)
  }

  /** A value comes: true when it is to be counted. @param field 0 where there are none */
  wants(field: number): boolean {
    if (this.all !== null) return true
    if (field === 0 || this.#areData) return false
    if (this.fields.get(field) !== null) return true
    this.#known++
    return false
  }

  /** Nothing is counted any more. */
  get isClosed(): boolean {
    return this.all === null && (this.#areData || !this.hasFields)
  }

  get tracked(): number {
    let sum = this.all?.size ?? 0
    for (const values of this.fields.values()) sum += values?.size ?? 0
    return sum
  }

  /** @param hash NaN: longer than what is looked at */
  count(field: number, hash: number, length: number, integer: number): void {
    if (this.all !== null && !this.#counted(this.all, hash, length, integer)) this.all = null
    if (field === 0 || this.#areData) return
    let values = this.fields.get(field)
    if (values === undefined) {
      if (this.fields.size === MOST_FIELDS) {
        // Rare fields do not matter; where most fields are new, they are data.
        if (++this.#unknown > MOST_UNKNOWN && this.#unknown > this.#known) this.#closeFields()
        return
      }
      values = new DifferentValues()
      this.fields.set(field, values)
    }
    this.#known++
    if (values !== null && !this.#counted(values, hash, length, integer)) this.fields.set(field, null)
  }

  /** False: the column has too many values. */
  #counted(values: DifferentValues, hash: number, length: number, integer: number): boolean {
    const place = values.places.get(hash)
    if (place !== undefined) values.counts[place]!++
    else if (values.size === MOST_VALUES || Number.isNaN(hash) || !this.room.mayAdd()) {
      this.room.remove(values)
      return false
    } else {
      values.places.set(hash, values.size)
      values.counts.push(1)
      values.lengths.push(length)
      values.integers.push(integer)
    }
    values.total++
    return true
  }

  #closeFields(): void {
    this.#areData = true
    for (const values of this.fields.values()) if (values !== null) this.room.remove(values)
    this.fields.clear()
  }

  /** Stops counting columns whose values do not repeat; says how many. */
  giveUp(): number {
    let columns = 0
    if (this.all !== null && !this.all.repeats) {
      this.all = null
      columns++
    }
    for (const [field, values] of this.fields) {
      if (values === null || values.repeats) continue
      this.fields.set(field, null)
      columns++
    }
    return columns
  }
}

/** Values of the key at hand, until it counts. */
export class PendingValues {
  length = 0
  readonly #fields: number[] = []
  readonly #hashes: number[] = []
  readonly #lengths: number[] = []
  readonly #integers: number[] = []
  readonly #hash = new ValueHash()

  /** @param field `fieldHash` of its field; 0 without one */
  add(field: number, value: RdbString): void {
    const at = this.length++
    this.#fields[at] = field
    this.#lengths[at] = value.length
    if (value.length > LONGEST_VALUE || value.form === STRING_FORM.streamed) {
      this.#hashes[at] = Number.NaN
      return
    }
    const { bytes, start, end } = value.load()
    this.#hashes[at] = valueHash(this.#hash, bytes, start, end)
    this.#integers[at] = integerOf(value)
  }

  moveTo(family: FamilyValues): void {
    for (let i = 0; i < this.length; i++) {
      family.count(this.#fields[i]!, this.#hashes[i]!, this.#lengths[i]!, this.#integers[i]!)
    }
    this.length = 0
  }
}

/** Hash of 52 bits. */
export function valueHash(hash: ValueHash, bytes: Uint8Array, start: number, end: number): number {
  hash.reset(1)
  hash.add(bytes, start, end)
  hash.finish()
  return (hash.a >>> 0) * 0x100000 + (hash.b & 0xfffff)
}
