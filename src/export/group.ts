import { type StreamConsumer, type StreamGroup, StreamId } from '../../parsers/index.js'
import { PendingEntries } from './pending.js'

export interface HeldConsumer {
  readonly name: Uint8Array
  readonly seenTimeMs: number
  /** Null before stream v3; -1 when the consumer was never active. */
  readonly activeTimeMs: number | null
  /** Pending entries it owns, as its own list says. */
  readonly pending: number
}

/**
 * One consumer group, held until its last event: the file has delivery times and counts first and the
 * consumers they belong to behind them.
 */
export class HeldGroup {
  name: Uint8Array = new Uint8Array(0)
  readonly lastId = new StreamId()
  /** Null when the file or the server did not know. */
  entriesRead: number | null = null
  readonly pending = new PendingEntries()
  consumers: HeldConsumer[] = []
  open = false

  begin(group: StreamGroup, name: Uint8Array): void {
    this.open = true
    this.name = name.slice()
    this.lastId.copyFrom(group.lastId)
    this.entriesRead = group.entriesRead === -1 ? null : group.entriesRead
    this.pending.clear()
    this.consumers = []
  }

  addConsumer(consumer: StreamConsumer, name: Uint8Array): void {
    this.consumers.push({
      name: name.slice(),
      seenTimeMs: consumer.seenTimeMs,
      activeTimeMs: consumer.activeTimeMs,
      pending: consumer.pending,
    })
  }

  /** The newest consumer owns `id`. */
  own(id: StreamId): void {
    this.pending.own(id, this.consumers.length - 1)
  }
}
