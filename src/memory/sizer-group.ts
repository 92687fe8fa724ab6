import type {
  Container,
  RdbKey,
  RdbString,
  StreamConsumer,
  StreamGroup,
  StreamId,
  StreamInfo,
} from '../../parsers/index.js'
import { KeySizer } from './sizer.js'
import type { Target } from './target.js'

/**
 * Prices the same keys on several targets at once. Takes the events of one `KeySizer`; the results stand in `sizers`,
 * in the order of the targets.
 *
 * A target that keeps a packed container as it is must not see its entries, another may need them: who said no to
 * `container` is passed over until `containerEnd`.
 */
export class SizerGroup {
  readonly sizers: readonly KeySizer[]
  /** Those that are told about elements now. */
  #listening: readonly KeySizer[]

  constructor(targets: readonly Target[]) {
    this.sizers = targets.map((target) => new KeySizer(target))
    this.#listening = this.sizers
  }

  begin(key: RdbKey): void {
    this.#listening = this.sizers
    for (const sizer of this.sizers) sizer.begin(key)
  }

  end(key: RdbKey): void {
    for (const sizer of this.sizers) sizer.end(key)
  }

  /** True when some target needs the entries one by one. */
  container(container: Container): boolean {
    this.#listening = this.sizers.filter((sizer) => sizer.container(container))
    return this.#listening.length > 0
  }

  containerEnd(container: Container): void {
    this.#listening = this.sizers
    for (const sizer of this.sizers) sizer.containerEnd(container)
  }

  string(value: RdbString): void {
    for (const sizer of this.sizers) sizer.string(value)
  }

  count(elements: number): void {
    for (const sizer of this.sizers) sizer.count(elements)
  }

  nodes(nodes: number): void {
    for (const sizer of this.sizers) sizer.nodes(nodes)
  }

  element(value: RdbString, expiresAtMs: number): void {
    for (const sizer of this.#listening) sizer.element(value, expiresAtMs)
  }

  field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    for (const sizer of this.#listening) sizer.field(field, value, expiresAtMs)
  }

  member(member: RdbString, score: number, scoreText: RdbString | null): void {
    for (const sizer of this.#listening) sizer.member(member, score, scoreText)
  }

  path(path: RdbString, fields: number): void {
    for (const sizer of this.sizers) sizer.path(path, fields)
  }

  arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    for (const sizer of this.sizers) sizer.arrayElement(indexHigh, indexLow, value)
  }

  streamNode(masterId: StreamId): void {
    for (const sizer of this.sizers) sizer.streamNode(masterId)
  }

  streamEntry(id: StreamId, pairs: number): void {
    for (const sizer of this.#listening) sizer.streamEntry(id, pairs)
  }

  streamInfo(info: StreamInfo): void {
    for (const sizer of this.sizers) sizer.streamInfo(info)
  }

  streamGroup(group: StreamGroup): void {
    for (const sizer of this.sizers) sizer.streamGroup(group)
  }

  streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    for (const sizer of this.sizers) sizer.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  streamConsumer(consumer: StreamConsumer): void {
    for (const sizer of this.sizers) sizer.streamConsumer(consumer)
  }

  streamConsumerPending(id: StreamId): void {
    for (const sizer of this.sizers) sizer.streamConsumerPending(id)
  }

  streamNacked(id: StreamId): void {
    for (const sizer of this.sizers) sizer.streamNacked(id)
  }

  streamProducer(name: RdbString, entries: number): void {
    for (const sizer of this.sizers) sizer.streamProducer(name, entries)
  }

  streamProducerEntry(iid: RdbString, id: StreamId): void {
    for (const sizer of this.sizers) sizer.streamProducerEntry(iid, id)
  }

  module(name: string, encver: number): void {
    for (const sizer of this.sizers) sizer.module(name, encver)
  }

  moduleInteger(high: number, low: number): void {
    for (const sizer of this.sizers) sizer.moduleInteger(high, low)
  }

  moduleDouble(value: number): void {
    for (const sizer of this.sizers) sizer.moduleDouble(value)
  }

  moduleString(value: RdbString): void {
    for (const sizer of this.sizers) sizer.moduleString(value)
  }
}
