import {
  type Container,
  type PartRole,
  type RdbEnd,
  type RdbKey,
  type RdbString,
  type RdbWarning,
  RUN_RECORDS,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
  type StringRun,
} from '../../parsers/index.js'
import { FLAG_DAMAGED, FLAG_ESTIMATED, FLAG_FIELD_EXPIRY, type KeyBatch } from '../batch.js'
import type { DumpFacts, FactsOfPart } from '../dump-facts.js'
import { DumpWatch } from '../dump-watch.js'
import { hasSlotTables, OverheadShare, type SlotCounts } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import type { LedgerSums } from '../reconcile.js'
import { type DatabaseHints, OverheadRows, type RowOverhead } from './overhead-rows.js'
import { StringRows } from './string-rows.js'
import type { ValueTap } from './value-tap.js'

/** Decides which keys become rows; `KeyFilter` is one. */
export interface RowFilter {
  readonly acceptsAll: boolean
  readonly needsRow: boolean
  acceptsKey(key: RdbKey): boolean
  acceptsRow(batch: KeyBatch, row: number): boolean
}

export interface RowBuilderOptions {
  /** Asked before the first key, when the fields in front of it have been read. */
  readonly targetFor: (facts: DumpFacts, clusterSeen: boolean) => Target
  /** Keys per database, counted beforehand, for dumps that do not say; else null. */
  readonly counted: DatabaseHints | null
  readonly filter: RowFilter
  /** The batch to fill first. */
  readonly batch: KeyBatch
  /** Takes the rows of a full batch; may give another one to fill next. */
  readonly onBatch: ((batch: KeyBatch) => void) | ((batch: KeyBatch) => KeyBatch)
  /** Told for every key, in the order of the file, whether it became a row. */
  readonly onVerdict?: ((accepted: boolean) => void) | undefined
  /** Looks at the values beside the sizer. */
  readonly tap?: ValueTap | null | undefined
  /** Gives the keys their shares of the tables; default: from the target and the hints of the dump. */
  readonly overhead?: RowOverhead | undefined
}

/** `LedgerSums` while rows are added. */
export type RunningSums = { -readonly [Sum in keyof LedgerSums]: number }

/** What a builder found in a part of a dump. */
export interface BuiltPart {
  readonly keys: number
  readonly filteredKeys: number
  readonly damagedKeys: number
  readonly sums: LedgerSums
  readonly warnings: readonly RdbWarning[]
  readonly warningCounts: ReadonlyMap<string, number>
  readonly facts: FactsOfPart
  readonly ended: RdbEnd | null
}

/** Turns the events of one dump into rows: filters, prices, fills batches. */
export class RowBuilder extends DumpWatch {
  filteredKeys = 0
  keys = 0
  readonly sums: RunningSums = {
    payloadBytes: 0,
    headerBytes: 0,
    requestedBytes: 0,
    ramBytes: 0,
    overheadBytes: 0,
    expiresBytes: 0,
  }
  damagedKeys = 0
  readonly #options: RowBuilderOptions
  readonly #filter: RowFilter
  #batch: KeyBatch
  /** Made with the first key: the target may depend on what the dump says about its writer. */
  #sizer!: KeySizer
  #overhead!: RowOverhead
  #strings!: StringRows
  #ready = false
  #accepted = true
  readonly #tap: ValueTap | null
  /** The tap looks at the key at hand. */
  #tapped = false
  /** Inside a container both are told only what they asked for; outside, everything. */
  #sizerEntries = true
  #tapEntries = false
  // Hints that came before the first key.
  #db = 0
  #hint: SlotCounts | null = null
  #slotHint: SlotCounts | null = null

  constructor(options: RowBuilderOptions) {
    super()
    this.#options = options
    this.#filter = options.filter
    this.#batch = options.batch
    this.#tap = options.tap ?? null
  }

  override get wantsParts(): boolean {
    return this.#tap?.wantsParts === true
  }

  /** What the last key cost; for those who look closer than a row. */
  get sizer(): KeySizer {
    return this.#sizer
  }

  /** False where somebody must see each key. */
  get #takesRuns(): boolean {
    const { filter, onVerdict } = this.#options
    return filter.acceptsAll && !filter.needsRow && onVerdict === undefined && this.#tap?.takesRuns !== false
  }

  get takesPacked(): boolean {
    return this.#takesRuns
  }

  override get stringRoom(): number {
    if (!this.#takesRuns) return 0
    return Math.min(RUN_RECORDS, this.#batch.capacity - this.#batch.length)
  }

  override stringRun(run: StringRun): void {
    if (!this.#ready) this.prepare()
    const batch = this.#batch
    const first = batch.length
    this.#strings.add(run, batch, this.#overhead, this.sums)
    this.#tap?.stringRows(run, batch, first)
    this.keys += run.length
    if (batch.full) this.flush()
  }

  packedKey(key: RdbKey, container: Container): boolean {
    if (!this.#ready) this.prepare()
    if (!this.#sizer.pricePacked(key, container) || this.#tap?.looksInto(key, container) === true) return false
    this.#accepted = true
    this.#tapped = false
    this.#addRow(key)
    return true
  }

  elementLengthsUpTo(): number {
    if (!this.#sizer.takesLengths) return -1
    return this.#tapped ? this.#tap!.lengthsUpTo : Number.POSITIVE_INFINITY
  }

  elementLengths(lengths: Int32Array, count: number): void {
    this.#sizer.lengths(lengths, count)
    if (this.#tapped) this.#tap!.lengths(count)
  }

  override get headBytes(): number {
    return this.#tapped ? this.#tap!.headBytes : 0
  }

  /** Hands out the last rows. */
  flush(): void {
    const full = this.#batch
    if (full.length === 0) return
    const next = (this.#options.onBatch(full) as KeyBatch | undefined) ?? full
    next.clear()
    next.file = full.file
    this.#batch = next
  }

  /** Sums begin at zero again, for the next part of the dump. */
  beginPart(): void {
    this.keys = 0
    this.filteredKeys = 0
    this.damagedKeys = 0
    for (const name of Object.keys(this.sums) as (keyof LedgerSums)[]) this.sums[name] = 0
  }

  /** Adds what another builder found in the next part of the dump; its rows went their own way. */
  absorb(part: BuiltPart): void {
    this.keys += part.keys
    this.filteredKeys += part.filteredKeys
    this.damagedKeys += part.damagedKeys
    for (const name of Object.keys(this.sums) as (keyof LedgerSums)[]) this.sums[name] += part.sums[name]
    this.absorbWarnings(part.warnings, part.warningCounts)
    this.facts.absorb(part.facts)
    this.ended ??= part.ended
  }

  /** Gives the keys their shares; known after `prepare`. */
  get overhead(): RowOverhead {
    return this.#overhead
  }

  /** Goes on with another batch, while the one at hand is empty. */
  set batch(batch: KeyBatch) {
    this.#batch = batch
  }

  /** The batch being filled. */
  get batch(): KeyBatch {
    return this.#batch
  }

  /** A key was seen, or `prepare` called. */
  get prepared(): boolean {
    return this.#ready
  }

  /** Sees to it that there is a target also when there is no key. */
  prepare(): void {
    if (this.#ready) return
    this.#ready = true
    this.facts.hintedKeys = this.#hint?.keys ?? null
    const target = this.#options.targetFor(this.facts, this.#slotHint !== null)
    this.#sizer = new KeySizer(target)
    this.#strings = new StringRows(this.#sizer)
    this.#overhead =
      this.#options.overhead ??
      new OverheadRows(new OverheadShare(target), hasSlotTables(target), this.#options.counted)
    this.#overhead.selectDb(this.#db)
    if (this.#hint !== null) this.#overhead.resizeDb(this.#hint.keys, this.#hint.expires)
    if (this.#slotHint !== null) this.#overhead.slotInfo(this.#slotHint.keys, this.#slotHint.expires)
  }

  /** After the last key: bytes of the databases' tables that the keys' shares leave over. */
  finish(): number {
    this.prepare()
    this.flush()
    this.#overhead.end()
    return this.#overhead.leftover
  }

  override selectDb(db: number): void {
    this.#db = db
    this.#hint = null
    if (this.#ready) this.#overhead.selectDb(db)
  }

  override resizeDb(keys: number, expires: number): void {
    if (this.#ready) this.#overhead.resizeDb(keys, expires)
    else this.#hint = { keys, expires }
  }

  override slotInfo(_slot: number, keys: number, expires: number): void {
    if (this.#ready) this.#overhead.slotInfo(keys, expires)
    else this.#slotHint = { keys, expires }
  }

  override key(key: RdbKey): boolean {
    if (!this.#ready) this.prepare()
    this.#accepted = this.#filter.acceptsAll || this.#filter.acceptsKey(key)
    if (this.#accepted) {
      this.#sizer.begin(key)
      this.#tapped = this.#tap?.begin(key) === true
      this.#tapEntries = this.#tapped
      this.#sizerEntries = true
    }
    return this.#accepted
  }

  override endKey(key: RdbKey): void {
    if (!this.#accepted) {
      this.filteredKeys++
      this.#options.onVerdict?.(false)
      return
    }
    this.#sizer.end(key)
    this.#addRow(key)
  }

  /** A key that was priced becomes a row, unless a filter says no. */
  #addRow(key: RdbKey): void {
    const sizer = this.#sizer
    const batch = this.#batch
    const row = batch.length
    const name = key.key
    batch.db[row] = key.db
    batch.type[row] = sizer.type
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
    batch.overheadBytes[row] = this.#overhead.next(key.expiresAtMs !== -1, sizer.hasFieldExpiry)
    batch.memoryUsageBytes[row] = sizer.memoryUsageBytes
    batch.expiresAtMs[row] = key.expiresAtMs
    batch.idleSeconds[row] = key.idleSeconds
    batch.freq[row] = key.freq
    batch.offset[row] = key.offset
    if (this.#filter.needsRow) {
      const accepted = this.#filter.acceptsRow(batch, row)
      this.#options.onVerdict?.(accepted)
      if (!accepted) {
        this.filteredKeys++
        return
      }
    }
    const { sums } = this
    sums.payloadBytes += sizer.payloadBytes
    sums.headerBytes += sizer.headerBytes
    sums.requestedBytes += sizer.requestedBytes
    sums.ramBytes += sizer.ramBytes
    sums.overheadBytes += batch.overheadBytes[row]!
    sums.expiresBytes += this.#overhead.lastExpiresBytes
    batch.keyLength[row] = name.length
    batch.setKey(row, name.bytes, name.start, name.end)
    batch.length = row + 1
    if (this.#tapped) this.#tap!.row(key, batch, row)
    this.keys++
    if (key.damage !== null) this.damagedKeys++
    if (batch.full) this.flush()
  }

  // The value's events are for the sizer, and for the tap where it looks.

  override string(value: RdbString): void {
    this.#sizer.string(value)
    if (this.#tapped) this.#tap!.string(value)
  }

  override count(elements: number): void {
    this.#sizer.count(elements)
    if (this.#tapped) this.#tap!.count(elements)
  }

  override nodes(nodes: number): void {
    this.#sizer.nodes(nodes)
    if (this.#tapped) this.#tap!.nodes(nodes)
  }

  override container(container: Container): boolean {
    this.#sizerEntries = this.#sizer.container(container)
    if (this.#tapped) this.#tapEntries = this.#tap!.container(container)
    return this.#sizerEntries || this.#tapEntries
  }

  override containerEnd(container: Container): void {
    this.#sizer.containerEnd(container)
    this.#sizerEntries = true
    if (this.#tapped) this.#tap!.containerEnd(container)
    this.#tapEntries = this.#tapped
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (this.#sizerEntries) this.#sizer.element(value, expiresAtMs)
    if (this.#tapEntries) this.#tap!.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (this.#sizerEntries) this.#sizer.field(field, value, expiresAtMs)
    if (this.#tapEntries) this.#tap!.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    if (this.#sizerEntries) this.#sizer.member(member, score, scoreText)
    if (this.#tapEntries) this.#tap!.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    this.#sizer.path(path, fields)
    if (this.#tapped) this.#tap!.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    this.#sizer.arrayElement(indexHigh, indexLow, value)
    if (this.#tapped) this.#tap!.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    this.#sizer.streamNode(masterId)
    if (this.#tapped) this.#tap!.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    if (this.#sizerEntries) this.#sizer.streamEntry(id, pairs)
    if (this.#tapEntries) this.#tap!.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    this.#sizer.streamInfo(info)
    if (this.#tapped) this.#tap!.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    this.#sizer.streamGroup(group)
    if (this.#tapped) this.#tap!.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.#sizer.streamPending(id, deliveryTimeMs, deliveryCount)
    if (this.#tapped) this.#tap!.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    this.#sizer.streamConsumer(consumer)
    if (this.#tapped) this.#tap!.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    this.#sizer.streamConsumerPending(id)
    if (this.#tapped) this.#tap!.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    this.#sizer.streamNacked(id)
    if (this.#tapped) this.#tap!.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    this.#sizer.streamProducer(name, entries)
    if (this.#tapped) this.#tap!.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.#sizer.streamProducerEntry(iid, id)
    if (this.#tapped) this.#tap!.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    super.module(name, encver)
    this.#sizer.module(name, encver)
    if (this.#tapped) this.#tap!.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    this.#sizer.moduleInteger(high, low)
    if (this.#tapped) this.#tap!.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    this.#sizer.moduleDouble(value)
    if (this.#tapped) this.#tap!.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    this.#sizer.moduleString(value)
    if (this.#tapped) this.#tap!.moduleString(value)
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.#sizer.part(role, bytes, start, end)
    if (this.#tapEntries) this.#tap!.part(role, bytes, start, end)
  }
}
