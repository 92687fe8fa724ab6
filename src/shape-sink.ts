import type {
  Container,
  PartRole,
  RdbKey,
  RdbString,
  RdbVisitor,
  StreamConsumer,
  StreamGroup,
  StreamId,
  StreamInfo,
} from '../parsers/index.js'

/** What the parser tells of a value, between a key and its end. */
export type ValueEvents = Pick<
  RdbVisitor,
  | 'string'
  | 'count'
  | 'nodes'
  | 'container'
  | 'containerEnd'
  | 'element'
  | 'field'
  | 'member'
  | 'path'
  | 'arrayElement'
  | 'streamNode'
  | 'streamEntry'
  | 'streamInfo'
  | 'streamGroup'
  | 'streamPending'
  | 'streamConsumer'
  | 'streamConsumerPending'
  | 'streamNacked'
  | 'streamProducer'
  | 'streamProducerEntry'
  | 'module'
  | 'moduleInteger'
  | 'moduleDouble'
  | 'moduleString'
  | 'part'
>

/** Takes keys one by one, each with the events of its value: a sizer, an exporter, or a rewriter in front of one. */
export interface ShapeSink extends ValueEvents {
  begin(key: RdbKey): void
  end(key: RdbKey): void
}

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript asks of the base of a mixin
type AnyClass = abstract new (...args: any[]) => object

/** A class that hands the events of values on to `next`; override what is to be changed on the way. */
export function forwarding<Base extends AnyClass>(base: Base) {
  abstract class Forwarding extends base implements ValueEvents {
    abstract next: ValueEvents

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
  return Forwarding
}

/** The same keys for several sinks. Entries of a container are told to those that asked for them. */
export class SeveralSinks<Sink extends ShapeSink = ShapeSink> implements ShapeSink {
  /** Per sink: 0 while the entries of the container at hand are not for it. */
  readonly #wants: Uint8Array

  constructor(readonly sinks: readonly Sink[]) {
    this.#wants = new Uint8Array(sinks.length).fill(1)
  }

  begin(key: RdbKey): void {
    this.#wants.fill(1)
    for (const sink of this.sinks) sink.begin(key)
  }

  end(key: RdbKey): void {
    for (const sink of this.sinks) sink.end(key)
  }

  container(container: Container): boolean {
    const { sinks } = this
    let any = false
    for (let at = 0; at < sinks.length; at++) {
      const wants = sinks[at]!.container(container)
      this.#wants[at] = wants ? 1 : 0
      any ||= wants
    }
    return any
  }

  containerEnd(container: Container): void {
    for (const sink of this.sinks) sink.containerEnd(container)
    this.#wants.fill(1)
  }

  element(value: RdbString, expiresAtMs: number): void {
    const { sinks } = this
    for (let at = 0; at < sinks.length; at++) if (this.#wants[at] === 1) sinks[at]!.element(value, expiresAtMs)
  }

  field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    const { sinks } = this
    for (let at = 0; at < sinks.length; at++) if (this.#wants[at] === 1) sinks[at]!.field(field, value, expiresAtMs)
  }

  member(member: RdbString, score: number, scoreText: RdbString | null): void {
    const { sinks } = this
    for (let at = 0; at < sinks.length; at++) if (this.#wants[at] === 1) sinks[at]!.member(member, score, scoreText)
  }

  streamEntry(id: StreamId, pairs: number): void {
    const { sinks } = this
    for (let at = 0; at < sinks.length; at++) if (this.#wants[at] === 1) sinks[at]!.streamEntry(id, pairs)
  }

  part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    const { sinks } = this
    for (let at = 0; at < sinks.length; at++) if (this.#wants[at] === 1) sinks[at]!.part(role, bytes, start, end)
  }

  string(value: RdbString): void {
    for (const sink of this.sinks) sink.string(value)
  }

  count(elements: number): void {
    for (const sink of this.sinks) sink.count(elements)
  }

  nodes(nodes: number): void {
    for (const sink of this.sinks) sink.nodes(nodes)
  }

  path(path: RdbString, fields: number): void {
    for (const sink of this.sinks) sink.path(path, fields)
  }

  arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    for (const sink of this.sinks) sink.arrayElement(indexHigh, indexLow, value)
  }

  streamNode(masterId: StreamId): void {
    for (const sink of this.sinks) sink.streamNode(masterId)
  }

  streamInfo(info: StreamInfo): void {
    for (const sink of this.sinks) sink.streamInfo(info)
  }

  streamGroup(group: StreamGroup): void {
    for (const sink of this.sinks) sink.streamGroup(group)
  }

  streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    for (const sink of this.sinks) sink.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  streamConsumer(consumer: StreamConsumer): void {
    for (const sink of this.sinks) sink.streamConsumer(consumer)
  }

  streamConsumerPending(id: StreamId): void {
    for (const sink of this.sinks) sink.streamConsumerPending(id)
  }

  streamNacked(id: StreamId): void {
    for (const sink of this.sinks) sink.streamNacked(id)
  }

  streamProducer(name: RdbString, entries: number): void {
    for (const sink of this.sinks) sink.streamProducer(name, entries)
  }

  streamProducerEntry(iid: RdbString, id: StreamId): void {
    for (const sink of this.sinks) sink.streamProducerEntry(iid, id)
  }

  module(name: string, encver: number): void {
    for (const sink of this.sinks) sink.module(name, encver)
  }

  moduleInteger(high: number, low: number): void {
    for (const sink of this.sinks) sink.moduleInteger(high, low)
  }

  moduleDouble(value: number): void {
    for (const sink of this.sinks) sink.moduleDouble(value)
  }

  moduleString(value: RdbString): void {
    for (const sink of this.sinks) sink.moduleString(value)
  }
}
