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

  override container(_container: Container): boolean {
    return false
  }
}

/** One tap for all of them; null for none. */
export function joinTaps(taps: readonly (ValueTap | null)[]): ValueTap | null {
  const some = taps.filter((tap) => tap !== null)
  return some.length < 2 ? (some[0] ?? null) : new JoinedTaps(some.map((tap) => new JoinedTap(tap)))
}

class JoinedTap {
  /** The tap looks at the key at hand. */
  looks = false
  /** Entries of the container at hand are for this tap, too. */
  wants = false

  constructor(readonly tap: ValueTap) {}
}

class JoinedTaps extends ValueTap {
  readonly #joined: readonly JoinedTap[]

  constructor(joined: readonly JoinedTap[]) {
    super()
    this.#joined = joined
  }

  override get wantsParts(): boolean {
    return this.#joined.some(({ tap }) => tap.wantsParts)
  }

  override begin(key: RdbKey): boolean {
    let any = false
    for (const joined of this.#joined) {
      joined.looks = joined.tap.begin(key)
      joined.wants = joined.looks
      any ||= joined.looks
    }
    return any
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.row(key, batch, row)
  }

  override container(container: Container): boolean {
    let any = false
    for (const joined of this.#joined) {
      joined.wants = joined.looks && joined.tap.container(container)
      any ||= joined.wants
    }
    return any
  }

  override containerEnd(container: Container): void {
    for (const joined of this.#joined) {
      if (joined.looks) joined.tap.containerEnd(container)
      joined.wants = joined.looks
    }
  }

  // Entries, and what comes between them: for those who want the container at hand.

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    for (const { tap, wants } of this.#joined) if (wants) tap.part(role, bytes, start, end)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    for (const { tap, wants } of this.#joined) if (wants) tap.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    for (const { tap, wants } of this.#joined) if (wants) tap.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    for (const { tap, wants } of this.#joined) if (wants) tap.member(member, score, scoreText)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    for (const { tap, wants } of this.#joined) if (wants) tap.streamEntry(id, pairs)
  }

  // Everything else.

  override string(value: RdbString): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.string(value)
  }

  override count(elements: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.count(elements)
  }

  override nodes(nodes: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.nodes(nodes)
  }

  override path(path: RdbString, fields: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamNode(masterId)
  }

  override streamInfo(info: StreamInfo): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    for (const { tap, looks } of this.#joined) if (looks) tap.moduleString(value)
  }
}
