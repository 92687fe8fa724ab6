import {
  type Container,
  IgnoreAll,
  type PartRole,
  type RdbKey,
  type RdbString,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
  type StringRun,
} from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'

/**
 * Looks at values beside the sizer, while `RowBuilder` makes rows; extend it and override what you need.
 *
 * A tap says per key whether it looks (`begin`), and per container whether it wants the entries (`container`). What
 * the sizer asked for makes no difference: neither is told about entries that only the other one wants.
 */
export class ValueTap extends IgnoreAll {
  /** A key begins that may become a row. False: nothing of its value is told, nor its row. */
  begin(_key: RdbKey): boolean {
    return true
  }

  /** The key became a row of the batch. Not told for keys that were filtered out. */
  row(_key: RdbKey, _batch: KeyBatch, _row: number): void {}

  /** True: strings may come as runs, after they became rows; `begin`, `string` and `row` are not told of these. */
  get takesRuns(): boolean {
    return false
  }

  /** Strings that became rows of the batch, the first one at `row`. Only with `takesRuns`. */
  stringRows(_run: StringRun, _batch: KeyBatch, _firstRow: number): void {}

  /**
   * Asked about a key with one container that is known by its sums, if `takesRuns`. False: nothing of it is wanted;
   * else it comes from `begin` on.
   */
  looksInto(_key: RdbKey, _container: Container): boolean {
    return true
  }

  /** Elements of the collection at hand up to so many bytes may come as `lengths`; -1: each is wanted. */
  get lengthsUpTo(): number {
    return -1
  }

  /** The next elements, of which only the number matters: none is longer than `lengthsUpTo`. */
  lengths(_count: number): void {}

  override container(_container: Container): boolean {
    return false
  }
}

/** One tap for all of them; null for none. */
export function joinTaps(taps: readonly (ValueTap | null)[]): ValueTap | null {
  const some = taps.filter((tap) => tap !== null)
  return some.length === 0 ? null : some.reduce((one, other) => new TapPair(one, other))
}

/** Two taps as one. No loops: this is called for every key and element. */
class TapPair extends ValueTap {
  readonly #a: ValueTap
  readonly #b: ValueTap
  /** Each looks at the key at hand. */
  #aLooks = false
  #bLooks = false
  /** Entries of the container at hand are for it, too. */
  #aWants = false
  #bWants = false

  constructor(a: ValueTap, b: ValueTap) {
    super()
    this.#a = a
    this.#b = b
  }

  override get wantsParts(): boolean {
    return this.#a.wantsParts || this.#b.wantsParts
  }

  override get headBytes(): number {
    return Math.max(this.#aLooks ? this.#a.headBytes : 0, this.#bLooks ? this.#b.headBytes : 0)
  }

  override get takesRuns(): boolean {
    return this.#a.takesRuns && this.#b.takesRuns
  }

  override stringRows(run: StringRun, batch: KeyBatch, row: number): void {
    this.#a.stringRows(run, batch, row)
    this.#b.stringRows(run, batch, row)
  }

  override looksInto(key: RdbKey, container: Container): boolean {
    return this.#a.looksInto(key, container) || this.#b.looksInto(key, container)
  }

  override get lengthsUpTo(): number {
    const a = this.#aLooks ? this.#a.lengthsUpTo : Number.POSITIVE_INFINITY
    return this.#bLooks ? Math.min(a, this.#b.lengthsUpTo) : a
  }

  override lengths(count: number): void {
    if (this.#aLooks) this.#a.lengths(count)
    if (this.#bLooks) this.#b.lengths(count)
  }

  override begin(key: RdbKey): boolean {
    this.#aLooks = this.#a.begin(key)
    this.#bLooks = this.#b.begin(key)
    this.#aWants = this.#aLooks
    this.#bWants = this.#bLooks
    return this.#aLooks || this.#bLooks
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.#aLooks) this.#a.row(key, batch, row)
    if (this.#bLooks) this.#b.row(key, batch, row)
  }

  override container(container: Container): boolean {
    this.#aWants = this.#aLooks && this.#a.container(container)
    this.#bWants = this.#bLooks && this.#b.container(container)
    return this.#aWants || this.#bWants
  }

  override containerEnd(container: Container): void {
    if (this.#aLooks) this.#a.containerEnd(container)
    if (this.#bLooks) this.#b.containerEnd(container)
    this.#aWants = this.#aLooks
    this.#bWants = this.#bLooks
  }

  // Entries, and what comes between them: for those who want the container at hand.

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (this.#aWants) this.#a.part(role, bytes, start, end)
    if (this.#bWants) this.#b.part(role, bytes, start, end)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (this.#aWants) this.#a.element(value, expiresAtMs)
    if (this.#bWants) this.#b.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (this.#aWants) this.#a.field(field, value, expiresAtMs)
    if (this.#bWants) this.#b.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    if (this.#aWants) this.#a.member(member, score, scoreText)
    if (this.#bWants) this.#b.member(member, score, scoreText)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    if (this.#aWants) this.#a.streamEntry(id, pairs)
    if (this.#bWants) this.#b.streamEntry(id, pairs)
  }

  // Everything else.

  override string(value: RdbString): void {
    if (this.#aLooks) this.#a.string(value)
    if (this.#bLooks) this.#b.string(value)
  }

  override count(elements: number): void {
    if (this.#aLooks) this.#a.count(elements)
    if (this.#bLooks) this.#b.count(elements)
  }

  override nodes(nodes: number): void {
    if (this.#aLooks) this.#a.nodes(nodes)
    if (this.#bLooks) this.#b.nodes(nodes)
  }

  override path(path: RdbString, fields: number): void {
    if (this.#aLooks) this.#a.path(path, fields)
    if (this.#bLooks) this.#b.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    if (this.#aLooks) this.#a.arrayElement(indexHigh, indexLow, value)
    if (this.#bLooks) this.#b.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    if (this.#aLooks) this.#a.streamNode(masterId)
    if (this.#bLooks) this.#b.streamNode(masterId)
  }

  override streamInfo(info: StreamInfo): void {
    if (this.#aLooks) this.#a.streamInfo(info)
    if (this.#bLooks) this.#b.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    if (this.#aLooks) this.#a.streamGroup(group)
    if (this.#bLooks) this.#b.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    if (this.#aLooks) this.#a.streamPending(id, deliveryTimeMs, deliveryCount)
    if (this.#bLooks) this.#b.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    if (this.#aLooks) this.#a.streamConsumer(consumer)
    if (this.#bLooks) this.#b.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    if (this.#aLooks) this.#a.streamConsumerPending(id)
    if (this.#bLooks) this.#b.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    if (this.#aLooks) this.#a.streamNacked(id)
    if (this.#bLooks) this.#b.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    if (this.#aLooks) this.#a.streamProducer(name, entries)
    if (this.#bLooks) this.#b.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    if (this.#aLooks) this.#a.streamProducerEntry(iid, id)
    if (this.#bLooks) this.#b.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    if (this.#aLooks) this.#a.module(name, encver)
    if (this.#bLooks) this.#b.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    if (this.#aLooks) this.#a.moduleInteger(high, low)
    if (this.#bLooks) this.#b.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    if (this.#aLooks) this.#a.moduleDouble(value)
    if (this.#bLooks) this.#b.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    if (this.#aLooks) this.#a.moduleString(value)
    if (this.#bLooks) this.#b.moduleString(value)
  }
}
