import type { Allocator } from './allocators/index.js'
import type { EmbedRule, MemoryModel } from './model.js'
import type { Settings } from './settings.js'
import type { StructSizes } from './structs/layouts.js'
import { embeddedSdsBytes, embeddedSdsHeader, type SdsKind, sdsBytes } from './structs/sds.js'
import type { Tally } from './tally.js'
import type { Target } from './target.js'

/** Key names up to this length are priced from tables. */
const TABLE_LENGTH = 256

/** Longer names take 8 bytes for the expiry at once in object blocks, so that a later EXPIRE need not move them. */
const ROOM_FOR_EXPIRY_FROM = 128

const EXPIRY_BYTES = 8

/** struct sdshdrrefcount of KeyDB: 64-bit length, 16-bit count, flags. */
const REFCOUNTED_HEADER = 11

/** struct sdshdr8 and the end byte of an embedded value. */
export const EMBEDDED_VALUE_BYTES = 3 + 1

/** OBJ_SHARED_INTEGERS */
export const SHARED_INTEGERS = 10000

/** The prices of one target for strings, structs and key holders. Everything here is per block. */
export class Costs {
  readonly model: MemoryModel
  readonly settings: Settings
  readonly allocator: Allocator
  readonly structs: StructSizes
  readonly pointerBytes: number
  readonly sdsKind: SdsKind
  /** True while small integers are one object for all keys (no LRU or LFU policy at work). */
  readonly sharesIntegers: boolean
  /** The robj as `MEMORY USAGE` sees it. */
  readonly robjBytes: number
  readonly robjGiven: number
  /** Largest integer that a string object holds in its pointer. */
  readonly maxInteger: number

  readonly #entryBytes: number
  readonly #usageIsGiven: boolean
  readonly #sdsBytes: Int32Array
  // By length, names of keys with expiry behind those without.
  readonly #keyGiven: Int32Array
  readonly #keyRequested: Int32Array
  readonly #keyUsage: Int32Array

  constructor(readonly target: Target) {
    this.model = target.model
    this.settings = target.settings
    this.allocator = target.allocator
    this.structs = target.structs
    this.pointerBytes = target.bits / 8
    this.sdsKind = target.model.sds
    this.sharesIntegers = target.model.sharesIntegers && !tracksAccess(target.settings)
    this.robjBytes = this.structs.robj
    this.robjGiven = this.given(this.structs.robj)
    this.maxInteger = target.bits === 32 ? 2147483647 : Infinity
    const chain = target.cluster ? target.model.clusterEntryPointers * this.pointerBytes : 0
    this.#entryBytes = this.structs.dictEntry + chain

    this.#usageIsGiven = target.model.sdsUsage === 'given'
    this.#sdsBytes = Int32Array.from({ length: TABLE_LENGTH }, (_, length) => sdsBytes(this.sdsKind, length))
    this.#keyGiven = keyTable((length, hasExpiry) => this.#computeKeyGiven(length, hasExpiry))
    this.#keyRequested = keyTable((length, hasExpiry) => this.#computeKeyRequested(length, hasExpiry))
    this.#keyUsage = keyTable((length, hasExpiry) => this.#computeKeyUsage(length, hasExpiry))
  }

  given(requestBytes: number): number {
    return this.allocator.given(requestBytes)
  }

  /** Requested for a string of its own. */
  sdsBytes(length: number): number {
    return length < TABLE_LENGTH ? this.#sdsBytes[length]! : sdsBytes(this.sdsKind, length)
  }

  sdsGiven(length: number): number {
    return this.allocator.given(this.sdsBytes(length))
  }

  /** What `MEMORY USAGE` counts for a string of its own. */
  sdsUsage(length: number): number {
    const bytes = this.sdsBytes(length)
    return this.sdsUsageOf(length, bytes, this.allocator.given(bytes))
  }

  /** The same where requested and given bytes are known already. */
  sdsUsageOf(length: number, requestedBytes: number, givenBytes: number): number {
    if (this.#usageIsGiven) return givenBytes
    if (this.model.sdsUsage === 'requested') return requestedBytes
    return length > 0 && length < 32 ? requestedBytes : givenBytes
  }

  /** What `MEMORY USAGE` counts for a packed blob. */
  packedUsage(bytes: number): number {
    return this.model.packedUsage === 'bytes' ? bytes : this.allocator.given(bytes)
  }

  /** Given for entry, name and object of a key; `hasExpiry` is 0 or 1. */
  keyGiven(length: number, hasExpiry: number): number {
    return length < TABLE_LENGTH
      ? this.#keyGiven[hasExpiry * TABLE_LENGTH + length]!
      : this.#computeKeyGiven(length, hasExpiry)
  }

  keyRequested(length: number, hasExpiry: number): number {
    return length < TABLE_LENGTH
      ? this.#keyRequested[hasExpiry * TABLE_LENGTH + length]!
      : this.#computeKeyRequested(length, hasExpiry)
  }

  /** What `MEMORY USAGE` counts for entry, name and object. */
  keyUsage(length: number, hasExpiry: number): number {
    return length < TABLE_LENGTH
      ? this.#keyUsage[hasExpiry * TABLE_LENGTH + length]!
      : this.#computeKeyUsage(length, hasExpiry)
  }

  /** Counts entry, name and object of a key whose value has blocks of its own (or none). */
  addKey(tally: Tally, length: number, hasExpiry: number): void {
    const requested = this.keyRequested(length, hasExpiry)
    tally.headerBytes = requested - length
    if (tally.rows === null) {
      tally.requestedBytes += requested
      tally.ramBytes += this.keyGiven(length, hasExpiry)
    } else if (this.model.keyHolder === 'object') {
      const what = hasExpiry === 1 ? 'object with key name and expiry' : 'object with key name'
      tally.addBlock(what, requested, this.given(requested))
    } else {
      this.addEntry(tally, length)
      tally.addBlock('object (robj)', this.robjBytes, this.robjGiven)
    }
  }

  /** Counts entry and name of a key, without its object, of targets that keep these apart. */
  addEntry(tally: Tally, length: number): void {
    if (this.model.keyHolder === 'entry-with-key') {
      const bytes = this.#entryWithKeyBytes(length)
      tally.addBlock('dict entry with key name', bytes, this.given(bytes))
      return
    }
    const name = this.#keyNameBytes(length)
    tally.addBlock('key name (sds)', name, this.given(name))
    tally.addBlock('dict entry', this.#entryBytes, this.given(this.#entryBytes))
  }

  /** An object that embeds its value, without what follows. */
  embedBaseBytes(rule: EmbedRule): number {
    return rule.keepsPointer ? this.robjBytes : this.robjBytes - this.pointerBytes
  }

  /** Bytes of an object block up to and including the key name; what is embedded follows. */
  objectBlockBytes(baseBytes: number, keyLength: number, hasExpiry: number): number {
    return baseBytes + EXPIRY_BYTES * hasExpiry + 1 + embeddedSdsBytes(this.sdsKind, keyLength)
  }

  /** The sds of a key's name. */
  #keyNameBytes(length: number): number {
    return this.model.keySds === 'refcounted' && length > 0 ? REFCOUNTED_HEADER + length + 1 : this.sdsBytes(length)
  }

  /** Object and text of a short value in one block. */
  embstrBytes(length: number): number {
    const text = EMBEDDED_VALUE_BYTES + length
    if (!this.model.embstrReplacesPointer) return this.robjBytes + text
    return this.robjBytes - this.pointerBytes + Math.max(this.pointerBytes, text)
  }

  #entryWithKeyBytes(length: number): number {
    // value, next, and one byte that says where the text begins
    return 2 * this.pointerBytes + 1 + embeddedSdsBytes(this.sdsKind, length)
  }

  #computeKeyRequested(length: number, hasExpiry: number): number {
    switch (this.model.keyHolder) {
      case 'entry':
        return this.#keyNameBytes(length) + this.#entryBytes + this.robjBytes
      case 'entry-with-key':
        return this.#entryWithKeyBytes(length) + this.robjBytes
      case 'object':
        return this.objectBlockBytes(this.robjBytes, length, length >= ROOM_FOR_EXPIRY_FROM ? 1 : hasExpiry)
    }
  }

  #computeKeyGiven(length: number, hasExpiry: number): number {
    switch (this.model.keyHolder) {
      case 'entry':
        return this.given(this.#keyNameBytes(length)) + this.given(this.#entryBytes) + this.robjGiven
      case 'entry-with-key':
        return this.given(this.#entryWithKeyBytes(length)) + this.robjGiven
      case 'object':
        return this.given(this.#computeKeyRequested(length, hasExpiry))
    }
  }

  #computeKeyUsage(length: number, hasExpiry: number): number {
    const chain = this.target.cluster ? this.model.clusterUsagePointers * this.pointerBytes : 0
    const entryAndObject = this.structs.dictEntry + chain + this.robjBytes
    switch (this.model.keyUsage) {
      case 'argument': {
        // The sds of the command argument, which is an embstr up to 44 bytes.
        const header = length <= 44 ? 3 : embeddedSdsHeader(this.sdsKind, length)
        return header + length + 1 + entryAndObject
      }
      case 'requested':
        return this.sdsBytes(length) + entryAndObject
      case 'given':
        return this.given(this.#keyNameBytes(length)) + entryAndObject
      case 'nothing':
        return this.robjBytes
      case 'block-requested':
        return this.#computeKeyRequested(length, hasExpiry)
      case 'block':
        return this.model.keyHolder === 'object'
          ? this.#computeKeyGiven(length, hasExpiry)
          : this.given(this.#entryWithKeyBytes(length)) + this.robjBytes
    }
  }
}

/** Prices of key names by length, for both values of `hasExpiry`. */
function keyTable(price: (length: number, hasExpiry: number) => number): Int32Array {
  const length = 2 * TABLE_LENGTH
  return Int32Array.from({ length }, (_, index) => price(index % TABLE_LENGTH, Math.floor(index / TABLE_LENGTH)))
}

/** True when the policy keeps an access time or counter in every object, so that objects cannot be shared. */
function tracksAccess(settings: Settings): boolean {
  return settings.maxmemory > 0 && /-(lru|lfu|lrm)$/.test(settings['maxmemory-policy'])
}
