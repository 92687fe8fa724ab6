import {
  type Container,
  type DialectName,
  IgnoreAll,
  type PartRole,
  type RdbEnd,
  type RdbHeader,
  type RdbKey,
  type RdbString,
  type RdbWarning,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import { FLAG_DAMAGED, FLAG_ESTIMATED, FLAG_FIELD_EXPIRY, type KeyBatch, TYPE } from '../batch.js'
import { DumpFacts } from '../dump-facts.js'
import type { KeyFilter } from '../filters.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'

export interface RowBuilderOptions {
  /** Asked before the first key, when the fields in front of it have been read. */
  readonly targetFor: (facts: DumpFacts) => Target
  readonly filter: KeyFilter
  readonly batch: KeyBatch
  /** Takes the rows of a full batch, which is reused afterwards. */
  readonly onBatch: (batch: KeyBatch) => void
}

/** So many warnings are kept; of the rest only their number. */
const WARNINGS_KEPT = 100

/** Turns the events of one dump into rows: filters, prices, fills batches. */
export class RowBuilder extends IgnoreAll {
  readonly facts = new DumpFacts()
  readonly warnings: RdbWarning[] = []
  readonly warningCounts = new Map<string, number>()
  end_: RdbEnd | null = null
  filteredKeys = 0
  keys = 0
  damagedKeys = 0
  readonly #options: RowBuilderOptions
  readonly #filter: KeyFilter
  readonly #batch: KeyBatch
  /** Made with the first key: the target may depend on what the dump says about its writer. */
  #sizer!: KeySizer
  #ready = false
  #accepted = true

  constructor(options: RowBuilderOptions) {
    super()
    this.#options = options
    this.#filter = options.filter
    this.#batch = options.batch
  }

  /** What the last key cost; for those who look closer than a row. */
  get sizer(): KeySizer {
    return this.#sizer
  }

  /** Hands out the last rows. */
  flush(): void {
    if (this.#batch.length > 0) this.#options.onBatch(this.#batch)
    this.#batch.clear()
  }

  /** Sees to it that there is a target also when there is no key. */
  prepare(): void {
    if (this.#ready) return
    this.#ready = true
    this.#sizer = new KeySizer(this.#options.targetFor(this.facts))
  }

  override header(header: RdbHeader): void {
    this.facts.header(header)
  }

  override dialect(name: DialectName): void {
    this.facts.dialect = name
  }

  override aux(name: RdbString, value: RdbString): void {
    this.facts.onAux(name, value)
  }

  override functionLibrary(code: RdbString): void {
    this.facts.onFunction(code)
  }

  override moduleAux(module: string, encver: number): void {
    this.facts.onModuleAux(module, encver)
  }

  override key(key: RdbKey): boolean {
    if (!this.#ready) this.prepare()
    this.#accepted = this.#filter.acceptsAll || this.#filter.acceptsKey(key)
    if (this.#accepted) this.#sizer.begin(key)
    return this.#accepted
  }

  override endKey(key: RdbKey): void {
    if (!this.#accepted) {
      this.filteredKeys++
      return
    }
    const sizer = this.#sizer
    sizer.end(key)
    const batch = this.#batch
    const row = batch.length
    const name = key.key
    batch.db[row] = key.db
    batch.type[row] = TYPE[key.layout.redisType]
    batch.encoding[row] = sizer.encoding
    batch.flags[row] =
      (sizer.estimated ? FLAG_ESTIMATED : 0) |
      (key.damage === null ? 0 : FLAG_DAMAGED) |
      (sizer.hasFieldExpiry ? FLAG_FIELD_EXPIRY : 0)
    batch.elements[row] = key.elements
    batch.longestElementBytes[row] = sizer.longestElementBytes
    batch.payloadBytes[row] = sizer.payloadBytes
    batch.rdbBytes[row] = key.rdbBytes
    batch.ramBytes[row] = sizer.ramBytes
    batch.overheadBytes[row] = 0
    batch.memoryUsageBytes[row] = sizer.memoryUsageBytes
    batch.expiresAtMs[row] = key.expiresAtMs
    batch.idleSeconds[row] = key.idleSeconds
    batch.freq[row] = key.freq
    batch.offset[row] = key.offset
    if (this.#filter.needsRow && !this.#filter.acceptsRow(batch, row)) {
      this.filteredKeys++
      return
    }
    batch.keyLength[row] = name.length
    batch.setKey(row, name.bytes, name.start, name.end)
    batch.length = row + 1
    this.keys++
    if (key.damage !== null) this.damagedKeys++
    if (batch.length === batch.capacity) this.flush()
  }

  override warning(warning: RdbWarning): void {
    this.warningCounts.set(warning.code, (this.warningCounts.get(warning.code) ?? 0) + 1)
    if (this.warnings.length < WARNINGS_KEPT) this.warnings.push(warning)
  }

  override end(end: RdbEnd): void {
    this.end_ = end
  }

  // The value's events are for the sizer.

  override string(value: RdbString): void {
    this.#sizer.string(value)
  }

  override count(elements: number): void {
    this.#sizer.count(elements)
  }

  override nodes(nodes: number): void {
    this.#sizer.nodes(nodes)
  }

  override container(container: Container): boolean {
    return this.#sizer.container(container)
  }

  override containerEnd(container: Container): void {
    this.#sizer.containerEnd(container)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    this.#sizer.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.#sizer.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.#sizer.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    this.#sizer.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    this.#sizer.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    this.#sizer.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    this.#sizer.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    this.#sizer.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    this.#sizer.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.#sizer.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    this.#sizer.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    this.#sizer.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    this.#sizer.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    this.#sizer.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.#sizer.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    this.facts.onModuleValue(name, encver)
    this.#sizer.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    this.#sizer.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    this.#sizer.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    this.#sizer.moduleString(value)
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.#sizer.part(role, bytes, start, end)
  }
}
