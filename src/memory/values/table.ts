import type { Costs } from '../costs.js'
import type { MemoryModel } from '../model.js'
import { chainedEntries, DictLoad } from '../structs/dict.js'
import { bucketRoom, HASHTABLE_BUCKET_BYTES, HashtableLoad } from '../structs/hashtable.js'
import type { Tally } from '../tally.js'

type TableKind = 'set' | 'hash' | 'zset'

/** Entries of such a table stand in the buckets where they can. */
export function keepsBareEntries({ bareEntries }: MemoryModel, kind: TableKind): boolean {
  return bareEntries === 'all' || (bareEntries !== 'none' && kind === 'set')
}

/**
 * The hash table behind a set, hash or sorted set: `dict`, or `hashtable` from Valkey 8.1 on. One face for both: the
 * value tells in which steps it is filled (`expand`, `add`), then what it costs. Reused.
 */
export class ValueTable {
  readonly #dict: DictLoad
  readonly #hashtable: HashtableLoad
  readonly #isHashtable: boolean
  /** Entries stand in the buckets where they can. */
  readonly #bare: boolean
  /** What `MEMORY USAGE` counts for an entry. */
  readonly #entryUsage: number

  /** Struct, tables and entries as `MEMORY USAGE` counts them, without the elements themselves. */
  structUsage = 0
  tablesUsage = 0
  entriesUsage = 0

  constructor(
    private readonly costs: Costs,
    kind: TableKind,
  ) {
    this.#dict = new DictLoad(costs.model.dict)
    this.#hashtable = new HashtableLoad(bucketRoom(costs.pointerBytes))
    this.#isHashtable = costs.model.hashtables
    this.#bare = keepsBareEntries(costs.model, kind)
    const isShort = kind === 'zset' && costs.model.zsetEntryUsage === 'entry-without-value'
    this.#entryUsage = isShort ? costs.structs.dictEntryNoValue : costs.structs.dictEntry
  }

  reset(): void {
    this.#dict.reset()
    this.#hashtable.reset()
  }

  expand(entries: number): void {
    if (this.#isHashtable) this.#hashtable.expand(entries)
    else this.#dict.expand(entries)
  }

  /** Asks for room when there are more entries than a first table holds, as loaders do. */
  expandBeyondFirst(entries: number): void {
    if (this.#isHashtable || entries > 4) this.expand(entries)
  }

  add(entries: number): void {
    if (this.#isHashtable) this.#hashtable.add(entries)
    else this.#dict.add(entries)
  }

  /** Entries that have a block of their own. */
  get allocatedEntries(): number {
    if (this.#isHashtable) return 0
    return this.#bare ? chainedEntries(this.#dict.used, this.#dict.allBuckets) : this.#dict.used
  }

  /** Counts struct, tables and entries; `metadataBytes` stand behind the struct. */
  addTo(tally: Tally, metadataBytes: number): void {
    if (this.#isHashtable) this.#addHashtable(tally, metadataBytes)
    else this.#addDict(tally, metadataBytes)
  }

  #addDict(tally: Tally, metadataBytes: number): void {
    const { costs } = this
    const { structs } = costs
    const dict = this.#dict
    const struct = structs.dict + metadataBytes
    tally.add('dict', 1, struct, costs.given(struct))
    const table = dict.buckets * costs.pointerBytes
    tally.add('hash table', 1, table, costs.given(table))
    if (dict.nextBuckets !== 0) {
      const next = dict.nextBuckets * costs.pointerBytes
      tally.add('second hash table, rehashing', 1, next, costs.given(next))
    }
    const entry = this.#bare ? structs.dictEntryNoValue : structs.dictEntry
    const allocated = this.allocatedEntries
    // How many do not find their bucket empty is a matter of chance.
    const what = this.#bare ? 'dict entries beside the table (expected)' : 'dict entries'
    tally.add(what, allocated, allocated * entry, allocated * costs.given(entry))
    if (dict.uncertain) tally.estimated = true
    this.structUsage = structs.dict
    this.tablesUsage = dict.allBuckets * costs.pointerBytes
    if (costs.model.collectionUsage === 'sampled-bare' && this.#bare) {
      this.entriesUsage = Math.round(allocated) * entry
      if (allocated > 0) tally.estimated = true
    } else this.entriesUsage = dict.used * this.#entryUsage
  }

  #addHashtable(tally: Tally, metadataBytes: number): void {
    const { costs } = this
    const table = this.#hashtable
    const struct = costs.structs.hashtable + metadataBytes
    const children = Math.round(table.children)
    tally.add('hashtable', 1, struct, costs.given(struct))
    const buckets = table.buckets * HASHTABLE_BUCKET_BYTES
    tally.add('buckets', 1, buckets, costs.given(buckets))
    if (table.nextBuckets !== 0) {
      const next = table.nextBuckets * HASHTABLE_BUCKET_BYTES
      tally.add('second table, rehashing', 1, next, costs.given(next))
    }
    const childBytes = children * HASHTABLE_BUCKET_BYTES
    tally.add('child buckets', children, childBytes, childBytes)
    if (table.random) tally.estimated = true
    this.structUsage = struct
    this.tablesUsage = table.allBuckets * HASHTABLE_BUCKET_BYTES + childBytes
    this.entriesUsage = 0
  }
}

/**
 * `MEMORY USAGE` of a set or hash in a hash table. `elementsUsage` is the sum over the elements.
 * The server extrapolates from samples in doubles, which can lose one byte; so do we.
 */
export function tableUsage(
  costs: Costs,
  table: ValueTable,
  keyUsage: number,
  elementsUsage: number,
  elements: number,
): number {
  const fixed = table.structUsage + table.tablesUsage
  const sum = elementsUsage + table.entriesUsage
  switch (costs.model.collectionUsage) {
    case 'tracked':
      return keyUsage + fixed + sum
    case 'sampled-whole':
      return Math.trunc(keyUsage + fixed + (elements === 0 ? 0 : (sum / elements) * elements))
    default:
      return (
        Math.trunc(costs.robjBytes + fixed + (elements === 0 ? 0 : (sum / elements) * elements)) +
        keyUsage -
        costs.robjBytes
      )
  }
}
