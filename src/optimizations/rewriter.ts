import type {
  Container,
  PartRole,
  RdbKey,
  RdbString,
  StreamConsumer,
  StreamGroup,
  StreamId,
  StreamInfo,
} from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import { type Groups, type GroupTally, plainGroups } from './groups.js'
import { type Outcome, type TechniqueContext, TechniqueRun } from './optimization.js'

/** Takes the events of a key in its new shape: a sizer, or the next rewriter. */
export type ShapeSink = Pick<
  KeySizer,
  Exclude<keyof TechniqueRun & keyof KeySizer, 'wantsParts' | 'wantsElements'> | 'begin' | 'end'
>

/**
 * Hands the events of a key on as they are; a technique overrides what it changes. As each takes and gives the same
 * events, rewriters can be put one behind the other.
 */
export class Rewriter implements ShapeSink {
  constructor(public next: ShapeSink) {}

  begin(key: RdbKey): void {
    this.next.begin(key)
  }

  end(key: RdbKey): void {
    this.next.end(key)
  }

  string(value: RdbString): void {
    this.next.string(value)
  }

  count(elements: number): void {
    this.next.count(elements)
  }

  nodes(nodes: number): void {
    this.next.nodes(nodes)
  }

  container(container: Container): boolean {
    return this.next.container(container)
  }

  containerEnd(container: Container): void {
    this.next.containerEnd(container)
  }

  element(value: RdbString, expiresAtMs: number): void {
    this.next.element(value, expiresAtMs)
  }

  field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.next.field(field, value, expiresAtMs)
  }

  member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.next.member(member, score, scoreText)
  }

  path(path: RdbString, fields: number): void {
    this.next.path(path, fields)
  }

  arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    this.next.arrayElement(indexHigh, indexLow, value)
  }

  streamNode(masterId: StreamId): void {
    this.next.streamNode(masterId)
  }

  streamEntry(id: StreamId, pairs: number): void {
    this.next.streamEntry(id, pairs)
  }

  streamInfo(info: StreamInfo): void {
    this.next.streamInfo(info)
  }

  streamGroup(group: StreamGroup): void {
    this.next.streamGroup(group)
  }

  streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.next.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  streamConsumer(consumer: StreamConsumer): void {
    this.next.streamConsumer(consumer)
  }

  streamConsumerPending(id: StreamId): void {
    this.next.streamConsumerPending(id)
  }

  streamNacked(id: StreamId): void {
    this.next.streamNacked(id)
  }

  streamProducer(name: RdbString, entries: number): void {
    this.next.streamProducer(name, entries)
  }

  streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.next.streamProducerEntry(iid, id)
  }

  module(name: string, encver: number): void {
    this.next.module(name, encver)
  }

  moduleInteger(high: number, low: number): void {
    this.next.moduleInteger(high, low)
  }

  moduleDouble(value: number): void {
    this.next.moduleDouble(value)
  }

  moduleString(value: RdbString): void {
    this.next.moduleString(value)
  }

  part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.next.part(role, bytes, start, end)
  }
}

/** Hands chosen keys to one sink, and the others to another one. */
export class Fork extends Rewriter {
  constructor(
    readonly others: ShapeSink,
    readonly chosen: ShapeSink,
    readonly takes: (key: RdbKey) => boolean,
  ) {
    super(others)
  }

  override begin(key: RdbKey): void {
    this.next = this.takes(key) ? this.chosen : this.others
    super.begin(key)
  }
}

/** Hands nothing on: the keys are gone. */
export class Vanish extends Rewriter {
  override begin(): void {}
  override end(): void {}
  override string(): void {}
  override count(): void {}
  override nodes(): void {}
  override containerEnd(): void {}
  override element(): void {}
  override field(): void {}
  override member(): void {}
  override path(): void {}
  override arrayElement(): void {}
  override streamNode(): void {}
  override streamEntry(): void {}
  override streamInfo(): void {}
  override streamGroup(): void {}
  override streamPending(): void {}
  override streamConsumer(): void {}
  override streamConsumerPending(): void {}
  override streamNacked(): void {}
  override streamProducer(): void {}
  override streamProducerEntry(): void {}
  override module(): void {}
  override moduleInteger(): void {}
  override moduleDouble(): void {}
  override moduleString(): void {}
  override part(): void {}

  override container(): boolean {
    return false
  }
}

/** A technique whose keys stay keys, one for one: each is priced again in its new shape, or on another target. */
export abstract class RewriteRun<Tally extends GroupTally = GroupTally> extends TechniqueRun {
  readonly sizer: KeySizer
  readonly groups: Groups<Tally>
  #sink: ShapeSink

  constructor(context: TechniqueContext, target: Target = context.target, groups?: Groups<Tally>) {
    super(context)
    this.sizer = new KeySizer(target)
    this.#sink = this.sizer
    this.groups = groups ?? (plainGroups(context.names) as Groups<Tally>)
  }

  /** What stands between the dump and the sizer; called by constructors. */
  protected through(make: (next: ShapeSink) => ShapeSink): void {
    this.#sink = make(this.#sink)
  }

  /** False: the technique has nothing to do with the key. */
  abstract takes(key: RdbKey): boolean

  /** The key was priced: counts it, where it is to be changed. */
  priced(key: RdbKey, batch: KeyBatch, row: number): void {
    this.groups.of(key, batch, row).resized(batch, row, this.sizer.ramBytes)
  }

  abstract override outcome(): Outcome

  override begin(key: RdbKey): boolean {
    if (!this.takes(key)) return false
    this.#sink.begin(key)
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    this.#sink.end(key)
    this.priced(key, batch, row)
  }

  override string(value: RdbString): void {
    this.#sink.string(value)
  }

  override count(elements: number): void {
    this.#sink.count(elements)
  }

  override nodes(nodes: number): void {
    this.#sink.nodes(nodes)
  }

  override container(container: Container): boolean {
    return this.#sink.container(container)
  }

  override containerEnd(container: Container): void {
    this.#sink.containerEnd(container)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    this.#sink.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.#sink.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.#sink.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    this.#sink.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    this.#sink.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    this.#sink.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    this.#sink.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    this.#sink.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    this.#sink.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.#sink.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    this.#sink.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    this.#sink.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    this.#sink.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    this.#sink.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.#sink.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    this.#sink.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    this.#sink.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    this.#sink.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    this.#sink.moduleString(value)
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.#sink.part(role, bytes, start, end)
  }
}
