import type { MemoryModel } from './model.js'
import { chainedEntries, dictBuckets } from './structs/dict.js'
import { bucketRoom, expectedChildBuckets, HASHTABLE_BUCKET_BYTES, hashtableBuckets } from './structs/hashtable.js'
import type { Target } from './target.js'

/** Struct of a hashtable of a database, with what stands behind it. */
const FIELD_EXPIRY_TABLE_BYTES = 96
/**
 * Cluster mode up to 6.2 keeps all keys in one radix tree: leaf, tail of the name and share of a branch, on average.
 */
const TREE_BYTES_PER_KEY = 48
/** Keeps sums in the style of 0.1 + 0.2 from losing their last byte. */
const GRAIN = 1e-6
/** Hash slots of a cluster. */
const SLOTS = 16384
/** Numbers of keys in a slot that are less likely than this, beside the likeliest, are passed over. */
const NEGLIGIBLE = 1e-12

export interface SlotCounts {
  readonly keys: number
  readonly expires: number
}

export interface DatabaseCounts extends SlotCounts {
  /** Hashes with fields that expire. */
  readonly fieldExpiryKeys?: number
  /** Cluster mode with a table per slot: counts of the slots in use; without it keys are taken to be hashed into slots. */
  readonly slots?: Iterable<SlotCounts> | undefined
  /** Into so many of them; default: all. */
  readonly ownedSlots?: number | undefined
}

export interface DatabaseOverhead {
  /** Table of keys. */
  readonly keysBytes: number
  /** Table of expiries and its entries. */
  readonly expiresBytes: number
  /** Index of hashes with fields that expire. */
  readonly fieldExpiryBytes: number
  readonly totalBytes: number
}

/** What a database keeps beside its keys, as the allocator gives it, for a server that just loaded the dump. */
export function databaseOverhead(target: Target, counts: DatabaseCounts): DatabaseOverhead {
  const rules = target.model.database
  let keysBytes = 0
  let expiresBytes = 0
  if (hasSlotTables(target)) {
    const keysTable = (entries: number): number => tableBytes(target, entries, rules.keysStructBytes)
    const expiresTable = (entries: number): number => expiresTableBytes(target, entries)
    if (counts.slots === undefined) {
      keysBytes = hashedIntoSlots(counts.keys, keysTable, counts.ownedSlots)
      expiresBytes = hashedIntoSlots(counts.expires, expiresTable, counts.ownedSlots)
    } else {
      for (const slot of counts.slots) {
        keysBytes += keysTable(slot.keys)
        expiresBytes += expiresTable(slot.expires)
      }
    }
  } else {
    keysBytes = tableBytes(target, counts.keys, rules.keysStructBytes)
    expiresBytes = expiresTableBytes(target, counts.expires)
    if (target.cluster && rules.cluster === 'tree') keysBytes += counts.keys * TREE_BYTES_PER_KEY
  }
  const fieldExpiryBytes = fieldExpiryIndexBytes(target, counts.fieldExpiryKeys ?? 0)
  return { keysBytes, expiresBytes, fieldExpiryBytes, totalBytes: keysBytes + expiresBytes + fieldExpiryBytes }
}

/** Counts the slots of a database while its keys pass: in a dump they come one after the other (SLOT_INFO). */
export class SlotsSeen {
  #last = -1
  #used = 0
  #keys = 0

  /** A key comes. @param slot as the dump announced it; -1: it did not */
  add(slot: number): void {
    if (slot < 0) return
    this.#keys++
    if (slot === this.#last) return
    this.#last = slot
    this.#used++
  }

  /** Slots that the keys were hashed into, of which some may have got none; undefined where the dump tells nothing. */
  get owned(): number | undefined {
    if (this.#used === 0) return undefined
    let [low, high] = [this.#used, SLOTS]
    while (low < high) {
      const slots = (low + high) >> 1
      if (slots - slots * (1 - 1 / slots) ** this.#keys < this.#used) low = slots + 1
      else high = slots
    }
    return low
  }
}

/** Cluster mode with a table per slot. */
export function hasSlotTables(target: Target): boolean {
  return target.cluster && target.model.database.cluster === 'slot-tables'
}

/**
 * Struct, buckets and what stands beside them of a table with `entries`; entries with a block of their own not
 * included.
 */
function tableBytes(target: Target, entries: number, structBytes: number): number {
  if (entries === 0) return 0
  const { model, allocator, structs, bits } = target
  if (model.hashtables) {
    const room = bucketRoom(bits / 8)
    const buckets = hashtableBuckets(entries, room)
    const children = Math.round(expectedChildBuckets(entries, buckets, room))
    return structBytes + allocator.given(buckets * HASHTABLE_BUCKET_BYTES) + children * HASHTABLE_BUCKET_BYTES
  }
  const buckets = dictBuckets(entries)
  const table = structBytes + allocator.given((buckets * bits) / 8)
  if (!keepsBareKeys(model)) return table
  return table + Math.round(chainedEntries(entries, buckets)) * allocator.given(structs.dictEntryNoValue)
}

function expiresTableBytes(target: Target, entries: number): number {
  const { model, allocator, structs } = target
  if (model.database.expiresInObject) return 0
  // The size hint of 0 makes older loaders allocate the smallest table.
  if (entries === 0 && model.database.tables === 'plain') return allocator.given((dictBuckets(0) * target.bits) / 8)
  const table = tableBytes(target, entries, model.database.expiresStructBytes)
  const ownEntries = model.hashtables || keepsBareKeys(model) ? 0 : entries
  return table + ownEntries * allocator.given(structs.dictEntry)
}

/** Keys and expiries stand in the buckets of their tables where they can. */
function keepsBareKeys({ bareEntries }: MemoryModel): boolean {
  return bareEntries === 'all' || bareEntries === 'sets-and-keys'
}

function fieldExpiryIndexBytes(target: Target, hashes: number): number {
  if (hashes === 0) return 0
  if (target.model.fieldExpiry === 'hashtable') return tableBytes(target, hashes, FIELD_EXPIRY_TABLE_BYTES)
  return hashes * target.model.database.fieldExpiryBytesPerHash
}

/**
 * Bytes of the tables of all slots, when nobody knows which key is in which: names are hashed into slots, so the number
 * of keys in a slot is binomial(keys, 1 / slots). Weighed from the likeliest number on, as far as others matter.
 */
function hashedIntoSlots(keys: number, tableOf: (entries: number) => number, slots = SLOTS): number {
  if (keys === 0) return 0
  if (slots === 1) return tableOf(keys)
  const likeliest = Math.floor((keys + 1) / slots)
  let weights = 1
  let bytes = tableOf(likeliest)
  let weight = 1
  for (let entries = likeliest; entries < keys && weight > NEGLIGIBLE; ) {
    weight *= (keys - entries) / (entries + 1) / (slots - 1)
    entries++
    weights += weight
    bytes += weight * tableOf(entries)
  }
  weight = 1
  for (let entries = likeliest; entries > 0 && weight > NEGLIGIBLE; ) {
    weight *= (entries / (keys - entries + 1)) * (slots - 1)
    entries--
    weights += weight
    bytes += weight * tableOf(entries)
  }
  return Math.round((slots * bytes) / weights)
}

/**
 * Hands out the overhead of a database to its keys while they stream by, as whole bytes.
 *
 * `begin` takes the counts that RESIZEDB announces. What was not handed out at the end (counts that were wrong, or
 * none) is what `end` returns, so that shares and remainder always sum up to `databaseOverhead` of the real counts.
 */
export class OverheadShare {
  /** Of the last share: what is there because the key expires. */
  lastExpiresBytes = 0

  readonly #target: Target
  #keyRate = 0
  #expiryRate = 0
  #hashRate = 0
  #owed = 0
  #expiryOwed = 0
  #given = 0
  #keys = 0
  #expires = 0
  #hashes = 0
  #hinted: SlotCounts | null = null
  #slots: Iterable<SlotCounts> | undefined

  constructor(target: Target) {
    this.#target = target
  }

  /** A database begins; `hint` is null when the dump has none. `slots` are the counts of SLOT_INFO, where known. */
  begin(hint: SlotCounts | null, slots?: Iterable<SlotCounts>): void {
    this.#hinted = hint !== null && hint.keys > 0 ? hint : null
    this.#slots = slots
    this.#owed = 0
    this.#given = 0
    this.#keys = 0
    this.#expires = 0
    this.#hashes = 0
    // Without a hint: as if the table had the mean fill of all sizes.
    const typical = this.#hinted ?? { keys: 3 << 14, expires: 3 << 14 }
    const overhead = databaseOverhead(this.#target, { ...typical, fieldExpiryKeys: typical.keys, slots })
    this.#keyRate = overhead.keysBytes / typical.keys
    this.#expiryRate = typical.expires === 0 ? 0 : overhead.expiresBytes / typical.expires
    this.#hashRate = overhead.fieldExpiryBytes / typical.keys
  }

  /** The share of the next key. */
  next(hasExpiry: boolean, hasFieldExpiry: boolean): number {
    this.#keys++
    let owed = this.#keyRate
    this.lastExpiresBytes = 0
    if (hasExpiry) {
      owed += this.#expiryRate
      const before = this.#expiryOwed
      this.#expiryOwed = before + this.#expiryRate
      this.lastExpiresBytes = Math.floor(this.#expiryOwed + GRAIN) - Math.floor(before + GRAIN)
      this.#expires++
    }
    if (hasFieldExpiry) {
      owed += this.#hashRate
      this.#hashes++
    }
    this.#owed += owed
    const whole = Math.floor(this.#owed + GRAIN)
    const share = whole - this.#given
    this.#given = whole
    return share
  }

  /** The database ends: bytes of its overhead that no key got (negative: that keys got too much). */
  end(): number {
    if (this.#keys === 0) return 0
    const keys = Math.max(this.#keys, this.#hinted?.keys ?? 0)
    const expires = Math.max(this.#expires, this.#hinted?.expires ?? 0)
    const counts = { keys, expires, fieldExpiryKeys: this.#hashes, slots: this.#slots }
    return databaseOverhead(this.#target, counts).totalBytes - this.#given
  }
}
