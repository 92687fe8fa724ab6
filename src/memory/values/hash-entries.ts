import { type Costs, EMBEDDED_VALUE_BYTES } from '../costs.js'
import type { Tally } from '../tally.js'
import { ElementObjects } from './element-objects.js'

/** A field and value share a block up to this size (Redis 8.6, Valkey 8.1 and later: entry.c). */
const ENTRY_BLOCK_LIMIT = 128
/** Field with expiry in Redis 7.4: flags and the expiry in front of the text (mstr.h). */
const MSTR_EXPIRY_BYTES = 18

/** Figures that `park` writes. */
export const PARKED_ENTRIES = 6

/** Fields and values of a hash in a hash table, summed up as they pass. Reused. */
export class HashEntries {
  /** Sum of what `MEMORY USAGE` counts, without dict entries. */
  usage = 0

  #fieldsRequested = 0
  #fieldsGiven = 0
  #valuesRequested = 0
  #valuesGiven = 0
  #values = 0
  readonly #objects: ElementObjects
  readonly #kind: 'strings' | 'mstr-field' | 'entry'
  /** `MEMORY USAGE` counts entry blocks as requested (8.6) instead of as given. */
  readonly #countsRequested: boolean

  constructor(private readonly costs: Costs) {
    this.#objects = new ElementObjects(costs)
    this.#kind = costs.model.hashEntries
    this.#countsRequested = costs.model.collectionUsage === 'tracked'
  }

  reset(): void {
    this.usage = 0
    this.#fieldsRequested = 0
    this.#fieldsGiven = 0
    this.#valuesRequested = 0
    this.#valuesGiven = 0
    this.#values = 0
    this.#objects.reset()
  }

  /** Keeps the sums, so that `resume` can go on with them; not of element objects. */
  park(figures: Float64Array, at: number): void {
    figures[at] = this.#fieldsRequested
    figures[at + 1] = this.#fieldsGiven
    figures[at + 2] = this.#valuesRequested
    figures[at + 3] = this.#valuesGiven
    figures[at + 4] = this.#values
    figures[at + 5] = this.usage
  }

  resume(figures: Float64Array, at: number): void {
    this.#fieldsRequested = figures[at]!
    this.#fieldsGiven = figures[at + 1]!
    this.#valuesRequested = figures[at + 2]!
    this.#valuesGiven = figures[at + 3]!
    this.#values = figures[at + 4]!
    this.usage = figures[at + 5]!
  }

  add(fieldLength: number, valueLength: number, hasExpiry: boolean): void {
    if (this.#kind === 'entry') {
      this.#addEntry(fieldLength, valueLength, hasExpiry)
      return
    }
    const { costs } = this
    if (this.#kind === 'mstr-field') {
      const header = fieldLength < 32 ? 1 : fieldLength < 65536 ? 3 : 9
      const bytes = header + fieldLength + 1 + (hasExpiry ? MSTR_EXPIRY_BYTES : 0)
      const given = costs.given(bytes)
      this.#fieldsRequested += bytes
      this.#fieldsGiven += given
      this.usage += given
    } else {
      const bytes = costs.sdsBytes(fieldLength)
      const given = costs.given(bytes)
      this.#fieldsRequested += bytes
      this.#fieldsGiven += given
      this.usage += costs.sdsUsageOf(fieldLength, bytes, given)
    }
    this.#addValue(valueLength)
  }

  /** Fields and values as objects of their own (up to Redis 3.2). */
  addObjects(fieldLength: number, field: number, valueLength: number, value: number): void {
    this.#objects.add(fieldLength, field)
    this.#objects.add(valueLength, value)
  }

  addTo(tally: Tally, count: number): void {
    if (this.costs.model.elementObjects) {
      tally.add('field and value objects', 2 * count, this.#objects.requested, this.#objects.given)
      return
    }
    const fields = this.#kind === 'entry' ? 'entries (field, short value)' : 'field names'
    tally.add(fields, count, this.#fieldsRequested, this.#fieldsGiven)
    if (this.#values > 0) tally.add('values (sds)', this.#values, this.#valuesRequested, this.#valuesGiven)
  }

  #addEntry(fieldLength: number, valueLength: number, hasExpiry: boolean): void {
    const { costs } = this
    const expiry = hasExpiry ? costs.model.entryExpiryBytes : 0
    // A type 5 header has no room for the flags of an expiry or a value pointer.
    const smallHeader = fieldLength < 32 && fieldLength > 0
    const text = costs.sdsBytes(fieldLength)
    const field = text + (smallHeader && hasExpiry ? 2 : 0)
    const together = field + expiry + valueLength + EMBEDDED_VALUE_BYTES
    if (together <= ENTRY_BLOCK_LIMIT) {
      const given = costs.given(together)
      this.#fieldsRequested += together
      this.#fieldsGiven += given
      this.usage += this.#countsRequested ? together : given
      return
    }
    const bytes = text + (smallHeader ? 2 : 0) + expiry + costs.pointerBytes
    const given = costs.given(bytes)
    this.#fieldsRequested += bytes
    this.#fieldsGiven += given
    this.usage += this.#countsRequested ? bytes : given
    this.#addValue(valueLength)
  }

  #addValue(length: number): void {
    const { costs } = this
    const bytes = costs.sdsBytes(length)
    const given = costs.given(bytes)
    this.#values++
    this.#valuesRequested += bytes
    this.#valuesGiven += given
    this.usage += costs.sdsUsageOf(length, bytes, given)
  }
}
