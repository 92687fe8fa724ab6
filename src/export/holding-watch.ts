import { PART, type RdbString, type StreamConsumer, type StreamGroup, type StreamId } from '../../parsers/index.js'
import { DumpWatch } from '../dump-watch.js'
import { HeldGroup } from './group.js'
import { HeldParts } from './parts.js'

/** The base of visitors that give contents on: holds what has to be known as a whole before it is. */
export abstract class HoldingWatch extends DumpWatch {
  protected readonly held = new HeldParts()
  /** The consumer group at hand: its events come one after the other. */
  protected readonly group = new HeldGroup()

  /** Gives the group at hand on, where there is one. */
  protected abstract endGroup(): void

  override aux(name: RdbString, value: RdbString): void {
    super.aux(name, value)
    this.held.clear()
  }

  override functionLibrary(code: RdbString): void {
    super.functionLibrary(code)
    this.held.clear()
  }

  override streamGroup(group: StreamGroup): void {
    this.endGroup()
    this.group.begin(group, this.held.bytesOf(group.name, PART.other))
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.group.pending.add(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    this.group.addConsumer(consumer, this.held.bytesOf(consumer.name, PART.other))
  }

  override streamConsumerPending(id: StreamId): void {
    this.group.own(id)
  }
}
