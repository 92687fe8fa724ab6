import type { RdbKey } from '../../parsers/index.js'
import { ShapeKey } from './shape-pricer.js'
import { ShapeString } from './shape-string.js'
import { KeySizer } from './sizer.js'
import { listpackIntegerBytes } from './structs/listpack.js'
import type { Target } from './target.js'
import { HASH_SUMS } from './values/hash.js'

/** Hashes whose fields expire, as a server stores what is not packed (RDB_TYPE_HASH_METADATA). */
export const EXPIRING_HASH: RdbKey['layout'] = { typeId: 24, name: 'hash-metadata', redisType: 'hash' }

/** An expiry is a number of 64 bits there, and 0 where a field has none. */
const EXPIRY_ENTRY_BYTES = listpackIntegerBytes(2 ** 40)
const NO_EXPIRY_ENTRY_BYTES = listpackIntegerBytes(0)

/** Hash tables of more pairs are not tried with the long value at every place. */
const MOST_PLACES = 64

/** All that the size of a hash depends on whose pairs are not known one by one. Sums can be added up. */
export interface PairSums {
  pairs: number
  /** Pairs of which field or value is too long to be packed. */
  longPairs: number
  /** Bytes of the packed entries, without header, end and expiries. */
  packedBytes: number
  /** Bytes given for fields and values in a hash table. */
  givenBytes: number
  /** What `MEMORY USAGE` counts for fields and values in a hash table. */
  usageBytes: number
  /** Pairs with an expiry of their own. */
  expiring: number
}

/** Sums of no pairs. */
export function noPairs(): PairSums {
  return { pairs: 0, longPairs: 0, packedBytes: 0, givenBytes: 0, usageBytes: 0, expiring: 0 }
}

/** A hash table without its fields and values, beyond an empty packed hash. */
interface Table {
  readonly ramBytes: number
  readonly usageBytes: number
}

/**
 * Prices hashes that are gathered from keys of a dump: first each pair, then whole hashes from sums over pairs. So
 * millions of hashes can grow side by side, each with a few numbers.
 *
 * Where chance has a say (a hash becomes a table at the first value that is too long, and which one is loaded first is
 * random), the size is the expected one.
 */
export class GatheredHashes {
  /** Of the pair that was priced last. */
  readonly pair = { ...noPairs(), pairs: 1 }
  /** `MEMORY USAGE` of the hash that was priced last. */
  memoryUsageBytes = 0
  /** Code of `ENCODING` of the hash that was priced last. */
  encoding = 0

  readonly #sizer: KeySizer
  readonly #key = new ShapeKey()
  readonly #field = new ShapeString()
  readonly #value = new ShapeString()
  readonly #figures = new Float64Array(HASH_SUMS)
  readonly #maxValue: number
  /** Tables with a long value somewhere, by pairs and long pairs. */
  readonly #tables = new Map<number, Table>()

  constructor(readonly target: Target) {
    this.#sizer = new KeySizer(target)
    this.#maxValue = target.settings['hash-max-listpack-value']
  }

  /** Lengths, and integer values (NaN: none); the result stands in `pair`. */
  addPair(fieldLength: number, field: number, valueLength: number, value: number, expires: boolean): PairSums {
    const { hash } = this.#sizer
    const figures = this.#figures
    const { pair } = this
    hash.begin('plain')
    hash.field(this.#field.set(fieldLength, field), this.#value.set(valueLength, value), expires ? 0 : -1)
    hash.park(figures, 0)
    pair.packedBytes = figures[1]!
    pair.givenBytes = figures[3]! + figures[5]!
    pair.usageBytes = figures[7]!
    pair.longPairs = Math.max(fieldLength, valueLength) > this.#maxValue ? 1 : 0
    pair.expiring = expires ? 1 : 0
    return pair
  }

  /** Bytes of a key that is a hash of such pairs; expiries lie evenly between `firstMs` and `lastMs`. */
  price(nameLength: number, hasExpiry: boolean, sums: PairSums, firstMs = 0, lastMs = 0): number {
    const isTable = sums.longPairs > 0 && sums.pairs <= this.target.settings['hash-max-listpack-entries']
    if (isTable && sums.expiring === 0) {
      const table = this.#tableOf(sums)
      this.#begin(nameLength, hasExpiry, 0)
      const ramBytes = this.#end(0, 0, 0, 0)
      this.memoryUsageBytes += Math.round(table.usageBytes + sums.usageBytes)
      return ramBytes + table.ramBytes + sums.givenBytes
    }
    this.#begin(nameLength, hasExpiry, sums.expiring)
    const { hash } = this.#sizer
    if (isTable) hash.longBehind(Math.floor((sums.pairs - sums.longPairs) / (sums.longPairs + 1)))
    let packedBytes = sums.packedBytes
    if (sums.expiring > 0) {
      if (this.target.model.fieldExpiry === 'listpackex') {
        packedBytes += sums.expiring * EXPIRY_ENTRY_BYTES + (sums.pairs - sums.expiring) * NO_EXPIRY_ENTRY_BYTES
      }
      hash.expiriesOf(sums.expiring, firstMs, lastMs)
    }
    return this.#end(sums.pairs, packedBytes, sums.givenBytes, sums.usageBytes)
  }

  /** Struct, buckets and entries of a table with long pairs, beyond an empty packed hash: what to expect. */
  #tableOf({ pairs, longPairs }: PairSums): Table {
    const number = pairs * 65536 + longPairs
    let table = this.#tables.get(number)
    if (table === undefined) {
      const empty = this.#empty()
      // The chance that the first long pair stands behind `before` others.
      let chance = longPairs / pairs
      let ramBytes = 0
      let usageBytes = 0
      let weight = 0
      const places = Math.min(MOST_PLACES, pairs - longPairs + 1)
      for (let before = 0; before < places; before++) {
        this.#begin(0, false, 0)
        this.#sizer.hash.longBehind(before)
        ramBytes += chance * (this.#end(pairs, 0, 0, 0) - empty.ramBytes)
        usageBytes += chance * (this.memoryUsageBytes - empty.usageBytes)
        weight += chance
        chance *= (pairs - longPairs - before) / Math.max(1, pairs - 1 - before)
      }
      table = { ramBytes: ramBytes / weight, usageBytes: usageBytes / weight }
      this.#tables.set(number, table)
    }
    return table
  }

  /** An empty packed hash with an empty name. */
  #empty(): Table {
    this.#begin(0, false, 0)
    const ramBytes = this.#end(0, 0, 0, 0)
    return { ramBytes, usageBytes: this.memoryUsageBytes }
  }

  #begin(nameLength: number, hasExpiry: boolean, expiring: number): void {
    this.#key.set('hash', nameLength, hasExpiry)
    if (expiring > 0) this.#key.layout = EXPIRING_HASH
    this.#sizer.begin(this.#key)
  }

  #end(pairs: number, packedBytes: number, givenBytes: number, usageBytes: number): number {
    const sizer = this.#sizer
    const figures = this.#figures
    figures.fill(0)
    figures[0] = pairs
    figures[1] = packedBytes
    figures[3] = givenBytes
    figures[7] = usageBytes
    sizer.hash.resume(figures, 0)
    this.#key.elements = pairs
    if (pairs > 0) sizer.count(pairs)
    sizer.end(this.#key)
    this.encoding = sizer.encoding
    this.memoryUsageBytes = sizer.memoryUsageBytes
    return sizer.ramBytes
  }
}
