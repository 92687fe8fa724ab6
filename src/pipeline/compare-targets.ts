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
import type { TargetRow } from '../../reports/report.js'
import { databaseOverhead } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import { ValueTap } from './value-tap.js'

/** Prices one dump for several targets in one reading: sums only, no rows. */
export class TargetComparison {
  readonly #sums: TargetSums[]

  constructor(targets: readonly Target[]) {
    this.#sums = targets.map((target) => new TargetSums(target))
  }

  /** Prices each row for the other targets. */
  tap(): ValueTap {
    return new TargetTap(this.#sums)
  }

  /** One row per target, in the order given. */
  rows(): readonly TargetRow[] {
    return this.#sums.map((sums) => sums.row())
  }
}

/** What all keys take on one target. */
class TargetSums {
  readonly sizer: KeySizer
  /** The container at hand is priced entry by entry. */
  wantsEntries = true
  #keys = 0
  #ramBytes = 0
  #memoryUsageBytes = 0
  readonly #databases = new Map<number, { keys: number; expires: number; fieldExpiryKeys: number }>()

  constructor(readonly target: Target) {
    this.sizer = new KeySizer(target)
  }

  end(key: RdbKey): void {
    const { sizer } = this
    sizer.end(key)
    this.#keys++
    this.#ramBytes += sizer.ramBytes
    this.#memoryUsageBytes += sizer.memoryUsageBytes
    let database = this.#databases.get(key.db)
    if (database === undefined) {
      database = { keys: 0, expires: 0, fieldExpiryKeys: 0 }
      this.#databases.set(key.db, database)
    }
    database.keys++
    if (key.expiresAtMs !== -1) database.expires++
    if (sizer.hasFieldExpiry) database.fieldExpiryKeys++
  }

  row(): TargetRow {
    const { model } = this.target
    let overheadBytes = 0
    for (const counts of this.#databases.values()) overheadBytes += databaseOverhead(this.target, counts).totalBytes
    return {
      id: model.id,
      title: model.title,
      verification: model.verification,
      keys: this.#keys,
      ramBytes: this.#ramBytes,
      overheadBytes,
      memoryUsageBytes: model.hasMemoryUsage ? this.#memoryUsageBytes : null,
    }
  }
}

/** Hands the events of values to the sizers of all targets. */
class TargetTap extends ValueTap {
  readonly #sums: readonly TargetSums[]

  constructor(sums: readonly TargetSums[]) {
    super()
    this.#sums = sums
  }

  override begin(key: RdbKey): boolean {
    for (const sums of this.#sums) {
      sums.sizer.begin(key)
      sums.wantsEntries = true
    }
    return true
  }

  override row(key: RdbKey): void {
    for (const sums of this.#sums) sums.end(key)
  }

  override container(container: Container): boolean {
    let wanted = false
    for (const sums of this.#sums) {
      sums.wantsEntries = sums.sizer.container(container)
      wanted ||= sums.wantsEntries
    }
    return wanted
  }

  override containerEnd(container: Container): void {
    for (const sums of this.#sums) {
      sums.sizer.containerEnd(container)
      sums.wantsEntries = true
    }
  }

  override string(value: RdbString): void {
    for (const { sizer } of this.#sums) sizer.string(value)
  }

  override count(elements: number): void {
    for (const { sizer } of this.#sums) sizer.count(elements)
  }

  override nodes(nodes: number): void {
    for (const { sizer } of this.#sums) sizer.nodes(nodes)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    for (const { sizer, wantsEntries } of this.#sums) if (wantsEntries) sizer.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    for (const { sizer, wantsEntries } of this.#sums) if (wantsEntries) sizer.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    for (const { sizer, wantsEntries } of this.#sums) if (wantsEntries) sizer.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    for (const { sizer } of this.#sums) sizer.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    for (const { sizer } of this.#sums) sizer.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    for (const { sizer } of this.#sums) sizer.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    for (const { sizer, wantsEntries } of this.#sums) if (wantsEntries) sizer.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    for (const { sizer } of this.#sums) sizer.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    for (const { sizer } of this.#sums) sizer.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    for (const { sizer } of this.#sums) sizer.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    for (const { sizer } of this.#sums) sizer.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    for (const { sizer } of this.#sums) sizer.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    for (const { sizer } of this.#sums) sizer.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    for (const { sizer } of this.#sums) sizer.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    for (const { sizer } of this.#sums) sizer.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    for (const { sizer } of this.#sums) sizer.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    for (const { sizer } of this.#sums) sizer.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    for (const { sizer } of this.#sums) sizer.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    for (const { sizer } of this.#sums) sizer.moduleString(value)
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    for (const { sizer } of this.#sums) sizer.part(role, bytes, start, end)
  }
}
