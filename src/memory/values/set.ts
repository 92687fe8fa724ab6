import type { Container, RdbString } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import type { Costs } from '../costs.js'
import { integerOf, intsetWidth } from '../structs/integers.js'
import { LISTPACK_EMPTY_BYTES, listpackIntegerBytes } from '../structs/listpack.js'
import { PackedSize } from '../structs/packed.js'
import type { Tally } from '../tally.js'
import { ElementObjects } from './element-objects.js'
import { tableUsage, ValueTable } from './table.js'

/** intset.h: encoding and length. */
const INTSET_HEADER_BYTES = 8

/** Prices sets: intset, listpack (7.2 and later) or hash table. */
export class SetSizer {
  readonly #packed: PackedSize
  readonly #table: ValueTable
  readonly #objects: ElementObjects

  /** Bytes of a blob that is kept as it is, else 0. */
  #blobBytes = 0
  #blobEncoding = 0
  /** The value came as one blob: it is over a limit when it is taken apart. */
  #fromBlob = false
  #blobIsListpack = false

  /** More members than any packed form holds: a hash table from the start. */
  #tooMany = false
  #count = 0
  #leadingIntegers = 0
  #allIntegers = true
  #smallest = 0
  #largest = 0
  #width = 2
  #textGiven = 0
  #textRequested = 0
  #textUsage = 0

  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {
    this.#packed = new PackedSize('listpack')
    this.#table = new ValueTable(costs, 'set')
    this.#objects = new ElementObjects(costs)
  }

  begin(): void {
    this.#packed.reset()
    this.#table.reset()
    this.#objects.reset()
    this.#blobBytes = 0
    this.#fromBlob = false
    this.#blobIsListpack = false
    this.#tooMany = false
    this.#count = 0
    this.#leadingIntegers = 0
    this.#allIntegers = true
    this.#smallest = 0
    this.#largest = 0
    this.#width = 2
    this.#textGiven = 0
    this.#textRequested = 0
    this.#textUsage = 0
  }

  /** Declared number of members of a set that is stored one by one. */
  count(members: number): void {
    this.#tooMany = members > this.costs.settings['set-max-intset-entries']
  }

  container(container: Container): boolean {
    this.#fromBlob = true
    this.#blobIsListpack = container.kind !== 'intset'
    const encoding = this.#encodingOf(container)
    if (encoding === null) return true
    this.#blobEncoding = encoding
    this.#blobBytes = container.bytes
    return false
  }

  /** What the target makes of a blob that it keeps as it is; null when it takes it apart. */
  #encodingOf({ kind, entries }: Container): number | null {
    const { settings, model } = this.costs
    if (kind === 'intset') return entries > settings['set-max-intset-entries'] ? null : ENCODING.intset
    const fits = entries >= 0 && entries <= settings['set-max-listpack-entries']
    return model.listpackSets && fits ? ENCODING.listpack : null
  }

  /** A set that stays the blob it is, by sums alone; false where the target needs its members. */
  sizeBlob(container: Container, keyLength: number, hasExpiry: number): boolean {
    const encoding = this.#encodingOf(container)
    if (encoding === null) return false
    const { costs, tally } = this
    tally.payloadBytes = container.payloadBytes + keyLength
    tally.longestElementBytes = container.longestEntryBytes
    costs.addKey(tally, keyLength, hasExpiry)
    this.#packedSet(costs.keyUsage(keyLength, hasExpiry), encoding, container.bytes)
    return true
  }

  containerEnd(container: Container): void {
    if (this.#blobBytes === 0) return
    this.tally.payloadBytes += container.payloadBytes
    this.tally.longestElementBytes = container.longestEntryBytes
  }

  /** A hash table, whose members are priced by their lengths. */
  get takesLengths(): boolean {
    return this.#tooMany && !this.costs.model.elementObjects
  }

  lengths(lengths: Int32Array, count: number): void {
    this.#count += count
    for (let i = 0; i < count; i++) this.#addText(lengths[i]!)
  }

  element(value: RdbString): void {
    const { costs, tally } = this
    const length = value.length
    this.#count++
    if (!this.#tooMany) this.#addPacked(length, integerOf(value))
    if (costs.model.elementObjects) {
      this.#objects.add(length, integerOf(value))
      tally.payloadBytes += length
      if (length > tally.longestElementBytes) tally.longestElementBytes = length
    } else this.#addText(length)
  }

  /** A member with an sds of its own. */
  #addText(length: number): void {
    const { costs, tally } = this
    tally.payloadBytes += length
    if (length > tally.longestElementBytes) tally.longestElementBytes = length
    const bytes = costs.sdsBytes(length)
    const given = costs.given(bytes)
    this.#textGiven += given
    this.#textRequested += bytes
    this.#textUsage += costs.sdsUsageOf(length, bytes, given)
  }

  end(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    tally.payloadBytes += keyLength
    costs.addKey(tally, keyLength, hasExpiry)
    const keyUsage = costs.keyUsage(keyLength, hasExpiry)
    if (this.#blobBytes > 0) this.#packedSet(keyUsage, this.#blobEncoding, this.#blobBytes)
    else if (this.#staysIntset())
      this.#packedSet(keyUsage, ENCODING.intset, INTSET_HEADER_BYTES + this.#width * this.#count)
    else if (this.#fitsListpack()) this.#packedSet(keyUsage, ENCODING.listpack, this.#listpackBytes())
    else this.#hashTable(keyUsage)
  }

  #addPacked(length: number, integer: number): void {
    this.#packed.add(length, integer)
    if (!this.#allIntegers) return
    if (Number.isNaN(integer)) this.#allIntegers = false
    else this.#addInteger(integer)
  }

  #addInteger(integer: number): void {
    if (this.#leadingIntegers++ === 0) {
      this.#smallest = integer
      this.#largest = integer
    }
    if (integer < this.#smallest) this.#smallest = integer
    if (integer > this.#largest) this.#largest = integer
    this.#width = Math.max(this.#width, intsetWidth(integer))
  }

  #staysIntset(): boolean {
    if (this.#fromBlob && !this.#blobIsListpack) return false
    return this.#allIntegers && !this.#tooMany && this.#count <= this.costs.settings['set-max-intset-entries']
  }

  #fitsListpack(): boolean {
    const { settings, model } = this.costs
    if (!model.listpackSets || this.#fromBlob || this.#count > settings['set-max-intset-entries']) return false
    return (
      this.#count <= settings['set-max-listpack-entries'] &&
      this.tally.longestElementBytes <= settings['set-max-listpack-value']
    )
  }

  /** Size of a listpack that began as an intset: at the switch it gets room for the integers at their widest. */
  #listpackBytes(): number {
    const integers = this.#leadingIntegers
    if (integers === 0) return this.#packed.bytes
    const widest = Math.max(listpackIntegerBytes(this.#smallest), listpackIntegerBytes(this.#largest))
    return Math.max(this.#packed.bytes, LISTPACK_EMPTY_BYTES + integers * widest)
  }

  #packedSet(keyUsage: number, encoding: number, bytes: number): void {
    this.tally.encoding = encoding
    this.tally.add(encoding === ENCODING.intset ? 'intset' : 'listpack', 1, bytes, this.costs.given(bytes))
    this.tally.memoryUsageBytes = keyUsage + this.costs.packedUsage(bytes)
  }

  #hashTable(keyUsage: number): void {
    const { costs, tally } = this
    const count = this.#count
    const table = this.#table
    this.#fill(table)
    tally.encoding = ENCODING.hashtable
    table.addTo(tally, costs.structs.dictMetadata)
    if (costs.model.elementObjects) tally.add('member objects', count, this.#objects.requested, this.#objects.given)
    else tally.add('members (sds)', count, this.#textRequested, this.#textGiven)
    tally.memoryUsageBytes = tableUsage(costs, table, keyUsage, this.#textUsage, count)
  }

  /** The steps in which the loader fills the table. */
  #fill(table: ValueTable): void {
    const { model, settings } = this.costs
    const count = this.#count
    const integers = this.#leadingIntegers
    const startsAsIntset = !this.#fromBlob && count <= settings['set-max-intset-entries']
    if (startsAsIntset && !model.listpackSets) {
      table.expand(integers)
      table.add(integers)
      table.expand(count)
      table.add(count - integers)
      return
    }
    if (startsAsIntset || this.#fromBlob) table.expand(count)
    else table.expandBeyondFirst(count)
    table.add(count)
  }
}
