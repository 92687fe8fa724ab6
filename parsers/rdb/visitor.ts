import type { RdbError, RdbWarning } from './errors.js'
import type { StringRun } from './string-run.js'
import type { RdbString } from './strings.js'

/** The word `TYPE key` prints, but for module values, which are all `module` here. */
export type RedisType = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'array' | 'module'

/** Whose numbers the file speaks: decided by magic, version and AUX fields together. */
export type DialectName = 'redis' | 'valkey' | 'keydb' | 'dragonfly'

/** What the first nine bytes say. */
export interface RdbHeader {
  readonly magic: 'REDIS' | 'VALKEY' | 'none'
  readonly rdbVersion: number
}

/** One row of the value-type tables: how a value is laid out in the file. */
export interface ValueLayout {
  readonly typeId: number
  /** Name of the layout, e.g. `hash-listpack`; unique within a dialect. */
  readonly name: string
  readonly redisType: RedisType
}

/** One key of the dump, with everything that stands before its value. Reused: valid during the call. */
export interface RdbKey {
  readonly db: number
  readonly key: RdbString
  readonly layout: ValueLayout
  /** Absolute expiry in milliseconds since 1970; -1 when none. */
  readonly expiresAtMs: number
  /** Seconds since the last access, -1 when the dump does not say. */
  readonly idleSeconds: number
  /** LFU counter 0-255, -1 when the dump does not say. */
  readonly freq: number
  /** Byte offset of the first byte of the record (an attribute such as an expiry, or the type byte). */
  readonly offset: number
  /** Hash slot announced by SLOT_INFO or the `slot-info` AUX field, -1 when none was. */
  readonly announcedSlot: number
  /** From here on known only at `endKey`: bytes of the record in the file, type, key and attributes included. */
  readonly rdbBytes: number
  /** Elements as LLEN, SCARD, HLEN, ZCARD, XLEN count them; 1 for strings and modules. */
  readonly elements: number
  /** Set when the value was read to its end but is damaged inside. */
  readonly damage: RdbError | null
}

/** Packed formats of the server; `plain`: none, a quicklist node that is a single element. */
export type ContainerKind = 'listpack' | 'ziplist' | 'intset' | 'zipmap' | 'plain'

/**
 * A packed container: a whole value, or one node of a quicklist or stream. Reused.
 * `plain` is a quicklist node that is a single element.
 */
export interface Container {
  readonly kind: ContainerKind
  /** Size when decoded, in bytes, as the server will hold it. */
  readonly bytes: number
  /** Length of the LZF data when the container is stored compressed (without its headers), else 0. */
  readonly lzfBytes: number
  /** Entries: before the walk what the header says (-1: it does not say), after it what was counted. */
  readonly entries: number
  /** After the walk: sum of the text lengths of all entries. */
  readonly payloadBytes: number
  /** After the walk: the longest entry, in bytes of text. */
  readonly longestEntryBytes: number
}

/** A stream ID: two unsigned 64-bit numbers in halves (each half as unsigned 32-bit). */
export class StreamId {
  msHigh = 0
  msLow = 0
  seqHigh = 0
  seqLow = 0

  set(msHigh: number, msLow: number, seqHigh: number, seqLow: number): void {
    this.msHigh = msHigh >>> 0
    this.msLow = msLow >>> 0
    this.seqHigh = seqHigh >>> 0
    this.seqLow = seqLow >>> 0
  }

  copyFrom(other: StreamId): void {
    this.set(other.msHigh, other.msLow, other.seqHigh, other.seqLow)
  }

  isAfter(other: StreamId): boolean {
    if (this.msHigh !== other.msHigh) return this.msHigh > other.msHigh
    if (this.msLow !== other.msLow) return this.msLow > other.msLow
    if (this.seqHigh !== other.seqHigh) return this.seqHigh > other.seqHigh
    return this.seqLow > other.seqLow
  }

  /** The text `ms-seq`. */
  toString(): string {
    return `${unsigned64(this.msHigh, this.msLow)}-${unsigned64(this.seqHigh, this.seqLow)}`
  }
}

function unsigned64(high: number, low: number): string {
  if (high < 0x200000) return String(high * 4294967296 + low)
  return ((BigInt(high) << 32n) | BigInt(low)).toString()
}

/** What stands behind the nodes of a stream. Reused. */
export interface StreamInfo {
  readonly length: number
  readonly lastId: StreamId
  /** Layouts from Redis 7.0 on (stream v2); null before. */
  readonly firstId: StreamId | null
  readonly maxDeletedId: StreamId | null
  readonly entriesAdded: number | null
  readonly groups: number
}

/** A consumer group, without its pending entries and consumers, which follow as events. Reused. */
export interface StreamGroup {
  readonly name: RdbString
  readonly lastId: StreamId
  /** Null before stream v2; -1 when the server did not know. */
  readonly entriesRead: number | null
  readonly pending: number
}

/** A consumer of the group before; its pending entries follow as events. Reused. */
export interface StreamConsumer {
  readonly name: RdbString
  readonly seenTimeMs: number
  /** Null before stream v3; -1 when the consumer was never active. */
  readonly activeTimeMs: number | null
  readonly pending: number
}

/** Whose bytes a `part` is. */
export const PART = { key: 0, field: 1, value: 2, member: 3, element: 4, other: 5 } as const
/** A number of `PART`. */
export type PartRole = (typeof PART)[keyof typeof PART]

/** How the dump ended. */
export interface RdbEnd {
  /** Offset behind the last byte of the dump, checksum included. */
  readonly endOffset: number
  /** `absent`: before RDB 5; `disabled`: the server wrote zeros; `unchecked`: it was not computed. */
  readonly checksum: 'ok' | 'wrong' | 'absent' | 'disabled' | 'unchecked'
  /** 16 hex digits as stored; empty when there is none. */
  readonly storedChecksum: string
  /** What the bytes add up to; empty when it was not computed. */
  readonly computedChecksum: string
}

/**
 * What the parser tells, in the order of the file. Objects and strings are valid during the call only.
 *
 * Strings longer than the parser holds at once (see `HOLD_BYTES`) go through `part()` first, in pieces and
 * in order; the event that follows then shows them with form `streamed` and their length.
 */
export interface RdbVisitor {
  /**
   * False: packed containers are not walked, elements are not shown, strings are skipped by length;
   * `RdbKey.elements` is still right. The fastest way through a file.
   */
  readonly wantsElements: boolean
  /** False: long strings are skipped without `part()` calls. */
  readonly wantsParts: boolean
  /**
   * Bytes of a long string to keep as they are stored (LZF data where `compressedBytes` is above 0): the event that
   * shows the string has them. For who wants a look without `part()`. Default: none.
   */
  readonly headBytes?: number
  /**
   * So many string records are welcome as one `stringRun` in place of `key`, `string` and `endKey` for each. Default,
   * and 0: none. Asked with the header, and again before each run.
   */
  readonly stringRoom?: number
  /**
   * True: `packedKey` is asked about keys whose value is one packed container. Default: false. Asked with the header.
   */
  readonly takesPacked?: boolean

  header(header: RdbHeader): void
  /** Told with the header, and again when a field of the dump says something else. */
  dialect(name: DialectName): void
  /** An AUX field. */
  aux(name: RdbString, value: RdbString): void
  /** The keys that follow are in this database. */
  selectDb(db: number): void
  /** Size hints for the current database. */
  resizeDb(keys: number, expires: number): void
  /** Size hints for one hash slot (SLOT_INFO or the `slot-info` AUX field). */
  slotInfo(slot: number, keys: number, expires: number): void
  /** Source of one function library. */
  functionLibrary(code: RdbString): void
  /** What a module keeps beside keys; its contents are passed over. */
  moduleAux(module: string, encver: number): void

  /** A key begins. False: its value is skipped; `endKey` is still called. */
  key(key: RdbKey): boolean
  /** Its value has ended: now `rdbBytes`, `elements` and `damage` are known. */
  endKey(key: RdbKey): void

  /** The next piece of a long string: `bytes[start, end)`. */
  part(role: PartRole, bytes: Uint8Array, start: number, end: number): void

  /** The value of a string key. */
  string(value: RdbString): void
  /** String records that follow each other; see `stringRoom`. */
  stringRun?(run: StringRun): void
  /**
   * A key whose value is one well-formed container, at hand as a whole and summed up. True: that is all one wants to
   * know, and `key` to `endKey` are not told. False: the key comes in the usual way.
   */
  packedKey?(key: RdbKey, container: Container): boolean
  /**
   * Declared number of elements (pairs for hashes and zsets) of a value stored element by element. Told once more, as
   * what was read, where the value broke off.
   */
  count(elements: number): void
  /**
   * Asked now and then between the elements of a set or sorted set that is stored one by one: plain elements up to so
   * many bytes may come as `elementLengths` in place of `element` or `member`. Default, and below 0: none.
   */
  elementLengthsUpTo?(): number
  /** The lengths of the next elements. */
  elementLengths?(lengths: Int32Array, count: number): void
  /** Declared number of nodes of a quicklist or stream. */
  nodes(nodes: number): void
  /** A packed container begins. False: its entries are only summed up for `containerEnd`. */
  container(container: Container): boolean
  /** Now the number of its entries and their sums are known. */
  containerEnd(container: Container): void
  /** List element or set member. `expiresAtMs` only for the forks that let members expire; else -1. */
  element(value: RdbString, expiresAtMs: number): void
  /** Hash field, or a name-value pair of a stream entry. `expiresAtMs` is -1 without field expiry. */
  field(field: RdbString, value: RdbString, expiresAtMs: number): void
  /** `scoreText`: the score as stored, where it is stored as text or integer entry. */
  member(member: RdbString, score: number, scoreText: RdbString | null): void
  /** Path of a Valkey path hash; its `fields` pairs follow as `field`. */
  path(path: RdbString, fields: number): void
  /** An element of an array; its index is an unsigned 64-bit number in halves. */
  arrayElement(indexHigh: number, indexLow: number, value: RdbString): void

  /** Before `container` of each stream node: the ID its entries are relative to. */
  streamNode(masterId: StreamId): void
  /** One live entry; its pairs follow as `field`. */
  streamEntry(id: StreamId, pairs: number): void
  /** Behind the nodes of a stream. Each group follows, with its pending entries, then its consumers with theirs. */
  streamInfo(info: StreamInfo): void
  streamGroup(group: StreamGroup): void
  streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void
  streamConsumer(consumer: StreamConsumer): void
  streamConsumerPending(id: StreamId): void
  /** A pending entry without consumer (stream v5). */
  streamNacked(id: StreamId): void
  streamProducer(name: RdbString, entries: number): void
  streamProducerEntry(iid: RdbString, id: StreamId): void

  /** A module value begins. Its pieces follow. */
  module(name: string, encver: number): void
  /** A 64-bit number in halves. */
  moduleInteger(high: number, low: number): void
  moduleDouble(value: number): void
  moduleString(value: RdbString): void

  /** KeyDB: expiry of one member of the key before. */
  memberExpiry(member: RdbString, expiresAtMs: number): void

  warning(warning: RdbWarning): void
  end(end: RdbEnd): void
}

/** A visitor that ignores everything; extend it and override what you need. */
export class IgnoreAll implements RdbVisitor {
  get wantsElements(): boolean {
    return true
  }
  get wantsParts(): boolean {
    return false
  }
  get headBytes(): number {
    return 0
  }
  get stringRoom(): number {
    return 0
  }
  header(_header: RdbHeader): void {}
  dialect(_name: DialectName): void {}
  aux(_name: RdbString, _value: RdbString): void {}
  selectDb(_db: number): void {}
  resizeDb(_keys: number, _expires: number): void {}
  slotInfo(_slot: number, _keys: number, _expires: number): void {}
  functionLibrary(_code: RdbString): void {}
  moduleAux(_module: string, _encver: number): void {}
  key(_key: RdbKey): boolean {
    return true
  }
  endKey(_key: RdbKey): void {}
  part(_role: PartRole, _bytes: Uint8Array, _start: number, _end: number): void {}
  string(_value: RdbString): void {}
  stringRun(_run: StringRun): void {}
  count(_elements: number): void {}
  nodes(_nodes: number): void {}
  container(_container: Container): boolean {
    return true
  }
  containerEnd(_container: Container): void {}
  element(_value: RdbString, _expiresAtMs: number): void {}
  field(_field: RdbString, _value: RdbString, _expiresAtMs: number): void {}
  member(_member: RdbString, _score: number, _scoreText: RdbString | null): void {}
  path(_path: RdbString, _fields: number): void {}
  arrayElement(_indexHigh: number, _indexLow: number, _value: RdbString): void {}
  streamNode(_masterId: StreamId): void {}
  streamEntry(_id: StreamId, _pairs: number): void {}
  streamInfo(_info: StreamInfo): void {}
  streamGroup(_group: StreamGroup): void {}
  streamPending(_id: StreamId, _deliveryTimeMs: number, _deliveryCount: number): void {}
  streamConsumer(_consumer: StreamConsumer): void {}
  streamConsumerPending(_id: StreamId): void {}
  streamNacked(_id: StreamId): void {}
  streamProducer(_name: RdbString, _entries: number): void {}
  streamProducerEntry(_iid: RdbString, _id: StreamId): void {}
  module(_name: string, _encver: number): void {}
  moduleInteger(_high: number, _low: number): void {}
  moduleDouble(_value: number): void {}
  moduleString(_value: RdbString): void {}
  memberExpiry(_member: RdbString, _expiresAtMs: number): void {}
  warning(_warning: RdbWarning): void {}
  end(_end: RdbEnd): void {}
}
