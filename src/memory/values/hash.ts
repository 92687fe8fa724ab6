import type { Container, RdbString } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import type { Costs } from '../costs.js'
import { integerOf } from '../structs/integers.js'
import { listpackIntegerBytes } from '../structs/listpack.js'
import { PackedSize } from '../structs/packed.js'
import { VsetSize } from '../structs/vset.js'
import type { Tally } from '../tally.js'
import { HashEntries, PARKED_ENTRIES } from './hash-entries.js'
import { tableUsage, ValueTable } from './table.js'

/**
 * How a hash is stored: with an expiry per field, by a template of field names, as a path hash of Valkey, or neither.
 */
export type HashLayout = 'plain' | 'expiry' | 'template' | 'paths'

/** Where the fields come from decides how the loader treats them. */
type Source = 'fields' | 'fields-with-expiry' | 'blob' | 'blob-with-expiry' | 'zipmap'

/** Figures that `park` writes: pairs, bytes beyond the empty packed form, then those of the hash table. */
export const HASH_SUMS = 2 + PARKED_ENTRIES

/** Fields with an expiry up to this number need no index (EB_LIST_MAX_ITEMS, ebuckets.h). */
const UNINDEXED_EXPIRIES = 16

/** Prices hashes: packed, packed with field expiry, or hash table. */
export class HashSizer {
  readonly #packed: PackedSize
  readonly #entries: HashEntries
  readonly #table: ValueTable
  readonly #vset: VsetSize | null
  readonly #maxEntries: number
  readonly #maxValue: number

  #layout: HashLayout = 'plain'
  #source: Source = 'fields'
  #declared = 0
  #blobBytes = 0
  #mayPack = true
  #mayHash = true
  #count = 0
  /** Pairs before the first one that is too long for a packed hash; -1 when none is. */
  #pairsBeforeLong = -1
  #withExpiry = 0
  #firstExpiry = -1
  #sameExpiry = true

  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {
    this.#packed = new PackedSize(costs.model.packed)
    this.#entries = new HashEntries(costs)
    this.#table = new ValueTable(costs, 'hash')
    this.#vset = costs.model.fieldExpiry === 'hashtable' ? new VsetSize(costs.allocator, costs.pointerBytes) : null
    this.#maxEntries = costs.settings['hash-max-listpack-entries']
    this.#maxValue = costs.settings['hash-max-listpack-value']
  }

  begin(layout: HashLayout): void {
    const withExpiry = layout === 'expiry'
    this.#layout = layout
    this.#packed.reset()
    this.#entries.reset()
    this.#table.reset()
    this.#vset?.reset()
    this.#source = withExpiry ? 'fields-with-expiry' : 'fields'
    this.#declared = 0
    this.#blobBytes = 0
    this.#mayPack = true
    this.#mayHash = true
    this.#count = 0
    this.#pairsBeforeLong = -1
    this.#withExpiry = 0
    this.#firstExpiry = -1
    this.#sameExpiry = true
    if (withExpiry && this.costs.model.fieldExpiry === 'hashtable') this.#mayPack = false
    if (layout === 'paths') this.#mayPack = false
  }

  /**
   * Keeps what was added so far, to go on later with `resume`: for hashes that grow at the same time. Only for plain
   * hashes without an entry that is too long to be packed. All figures of no pairs are 0, and figures can be added up.
   */
  park(figures: Float64Array, at: number): void {
    figures[at] = this.#count
    figures[at + 1] = this.#packed.bytes - this.#packed.emptyBytes
    this.#entries.park(figures, at + 2)
  }

  /** Goes on where `park` stopped; behind `begin`. */
  resume(figures: Float64Array, at: number): void {
    this.#count = figures[at]!
    this.#packed.bytes = this.#packed.emptyBytes + figures[at + 1]!
    this.#entries.resume(figures, at + 2)
  }

  /** The first pair that is too long to be packed stands behind so many others; for hashes priced from sums. */
  longBehind(pairs: number): void {
    this.#pairsBeforeLong = pairs
    this.#mayPack = false
  }

  /** So many of the pairs expire, evenly spread between two moments; for hashes priced from sums. */
  expiriesOf(pairs: number, firstMs: number, lastMs: number): void {
    this.#withExpiry = pairs
    this.#sameExpiry = firstMs === lastMs
    if (this.#vset === null) return
    const step = pairs > 1 ? (lastMs - firstMs) / (pairs - 1) : 0
    for (let i = 0; i < pairs; i++) this.#vset.add(Math.round(firstMs + i * step))
  }

  count(pairs: number): void {
    // Of a path hash it is the number of paths.
    if (this.#layout === 'paths') return
    this.#declared = pairs
    if (pairs > this.#maxEntries) this.#mayPack = false
  }

  container(container: Container): boolean {
    const { model } = this.costs
    // Values only: the names stand in the template, so this is no hash that a target could keep.
    if (this.#layout === 'template') return true
    const withExpiry = this.#source === 'fields-with-expiry'
    this.#source = container.kind === 'zipmap' ? 'zipmap' : withExpiry ? 'blob-with-expiry' : 'blob'
    if (container.kind === 'zipmap') return true
    const pairs = container.entries < 0 ? Infinity : container.entries / (withExpiry ? 3 : 2)
    if (pairs > this.#maxEntries) {
      // A count that the header does not hold is counted on the way; the limit decides at the end.
      if (container.entries >= 0) this.#mayPack = false
      return true
    }
    if (withExpiry) {
      if (model.fieldExpiry === 'listpackex') this.#keepBlob(container)
      return true
    }
    this.#mayHash = false
    if (container.kind !== model.packed) return true
    this.#keepBlob(container)
    return false
  }

  containerEnd(container: Container): void {
    if (this.#blobBytes === 0 || this.#layout === 'template' || this.#source === 'blob-with-expiry') return
    this.tally.payloadBytes += container.payloadBytes
    this.tally.longestElementBytes = container.longestEntryBytes
  }

  /** A plain hash that stays the blob it is, by sums alone; false where the target needs its fields. */
  sizeBlob(container: Container, keyLength: number, hasExpiry: number): boolean {
    const { costs, tally } = this
    if (container.kind !== costs.model.packed || container.entries / 2 > this.#maxEntries) return false
    this.#source = 'blob'
    tally.payloadBytes = container.payloadBytes + keyLength
    tally.longestElementBytes = container.longestEntryBytes
    costs.addKey(tally, keyLength, hasExpiry)
    this.#packedHash(costs.keyUsage(keyLength, hasExpiry), container.bytes)
    return true
  }

  /** The paths of a path hash share the table with their fields; how they do is not known. */
  path(path: RdbString): void {
    this.tally.payloadBytes += path.length
    this.tally.estimated = true
    this.#entries.add(path.length, 0, false)
  }

  field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    const { tally } = this
    const fieldLength = field.length
    const valueLength = value.length
    const longest = Math.max(fieldLength, valueLength)
    tally.payloadBytes += fieldLength + valueLength
    if (longest > tally.longestElementBytes) tally.longestElementBytes = longest
    const hasExpiry = expiresAtMs >= 0
    if (hasExpiry) this.#noteExpiry(expiresAtMs)
    if (this.#mayPack && this.#blobBytes === 0) {
      // A blob is not searched for long entries.
      if (longest > this.#maxValue && this.#source !== 'blob' && this.#source !== 'blob-with-expiry') {
        this.#pairsBeforeLong = this.#count
        this.#mayPack = false
      } else {
        this.#packed.add(fieldLength, integerOf(field))
        this.#packed.add(valueLength, integerOf(value))
        if (this.costs.model.fieldExpiry === 'listpackex' && this.#hasExpiries()) {
          this.#packed.bytes += listpackIntegerBytes(hasExpiry ? expiresAtMs : 0)
        }
      }
    }
    if (this.#mayHash) this.#addEntry(field, value, hasExpiry)
    this.#count++
  }

  end(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    tally.payloadBytes += keyLength
    tally.hasFieldExpiry = this.#withExpiry > 0
    costs.addKey(tally, keyLength, hasExpiry)
    const keyUsage = costs.keyUsage(keyLength, hasExpiry)
    const fits = this.#mayPack && (this.#blobBytes > 0 || this.#count <= this.#maxEntries)
    if (fits || !this.#mayHash) this.#packedHash(keyUsage, this.#blobBytes > 0 ? this.#blobBytes : this.#packed.bytes)
    else this.#hashTable(keyUsage)
  }

  #keepBlob(container: Container): void {
    this.#blobBytes = container.bytes
    this.#mayHash = false
  }

  #hasExpiries(): boolean {
    return this.#source === 'fields-with-expiry' || this.#source === 'blob-with-expiry'
  }

  #noteExpiry(expiresAtMs: number): void {
    if (this.#withExpiry++ === 0) this.#firstExpiry = expiresAtMs
    else if (expiresAtMs !== this.#firstExpiry) this.#sameExpiry = false
    this.#vset?.add(expiresAtMs)
  }

  #addEntry(field: RdbString, value: RdbString, hasExpiry: boolean): void {
    if (this.costs.model.elementObjects) {
      this.#entries.addObjects(field.length, integerOf(field), value.length, integerOf(value))
    } else this.#entries.add(field.length, value.length, hasExpiry && this.costs.model.fieldExpiry !== 'none')
  }

  #packedHash(keyUsage: number, bytes: number): void {
    const { costs, tally } = this
    const { model, structs } = costs
    if (this.#hasExpiries() && model.fieldExpiry === 'listpackex') {
      tally.encoding = ENCODING.listpackex
      tally.add('listpackEx', 1, structs.listpackEx, costs.given(structs.listpackEx))
      tally.add('listpack', 1, bytes, costs.given(bytes))
      tally.memoryUsageBytes = keyUsage + structs.listpackEx + costs.packedUsage(bytes)
      return
    }
    tally.encoding = model.packed === 'listpack' ? ENCODING.listpack : ENCODING.ziplist
    tally.add(model.packed, 1, bytes, costs.given(bytes))
    tally.memoryUsageBytes = keyUsage + costs.packedUsage(bytes)
  }

  #hashTable(keyUsage: number): void {
    const { costs, tally } = this
    const { model, structs } = costs
    const count = this.#count
    const indexed = model.fieldExpiry === 'listpackex' && this.#hasExpiries() && this.#withExpiry > 0
    this.#fill(this.#table)
    tally.encoding = this.#layout === 'paths' ? ENCODING.pathhash : ENCODING.hashtable
    const plain = model.hashtables ? structs.hashtableMetadata : structs.dictMetadata
    const metadata = indexed ? structs.dictExpireMetadata : plain
    this.#table.addTo(tally, metadata)
    this.#entries.addTo(tally, count)
    tally.memoryUsageBytes = tableUsage(costs, this.#table, keyUsage, this.#entries.usage, count)
    if (indexed && this.#withExpiry > UNINDEXED_EXPIRIES) {
      const perField = model.fieldExpiryIndexBytes[this.#sameExpiry ? 1 : 0]
      tally.add('field expiry index', 1, this.#withExpiry * perField, this.#withExpiry * perField)
      tally.estimated = true
    }
    if (this.#vset !== null && this.#withExpiry > 0) {
      this.#vset.finish()
      tally.add('field expiry index', this.#vset.blocks, this.#vset.requestedBytes, this.#vset.givenBytes)
      tally.memoryUsageBytes += this.#vset.givenBytes
      if (this.#vset.estimated) tally.estimated = true
    }
  }

  /** The steps in which the loader fills the table. */
  #fill(table: ValueTable): void {
    const { model } = this.costs
    const count = this.#count
    const before = this.#pairsBeforeLong
    if (before >= 0 && this.#declared <= this.#maxEntries && this.#source !== 'zipmap') {
      this.#fillFromPacked(table, before)
      return
    }
    switch (this.#source) {
      case 'fields':
        if (model.presizesCollections) table.expandBeyondFirst(count)
        break
      case 'fields-with-expiry':
        if (model.hashtables) table.expandBeyondFirst(count)
        break
      default:
        if (model.presizesHashConversion || model.hashtables) table.expand(count)
    }
    table.add(count)
  }

  /** The first `before` pairs fitted a packed hash, the next one was too long. */
  #fillFromPacked(table: ValueTable, before: number): void {
    const { model } = this.costs
    const count = this.#count
    const rest = count - before - 1
    const withExpiry = this.#source === 'fields-with-expiry'
    if (model.presizesHashConversion || model.hashtables) table.expand(before)
    table.add(before)
    // With expiries the loader asks for room before it adds the long pair, otherwise behind it.
    if (!withExpiry) table.add(1)
    const room = model.hashRestExpands === 'all' ? count : rest
    if (model.hashRestExpands !== 'never') table.expandBeyondFirst(room)
    table.add(withExpiry ? rest + 1 : rest)
  }
}
