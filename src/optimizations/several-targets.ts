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
import { databaseOverhead } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import { integerOf } from '../memory/structs/integers.js'
import type { Target } from '../memory/target.js'
import { Groups, GroupTally } from './groups.js'
import { type Outcome, type TechniqueContext, TechniqueRun } from './optimization.js'

/** A string is priced once per shape: name and value up to these lengths. */
const MEMO_NAME_BYTES = 256
const MEMO_VALUE_BYTES = 1024
/** Shapes that are kept in mind; beyond that strings are priced one by one. */
const MEMO_SHAPES = 65_536
/** Below this, integers may be shared objects. */
const SMALL_INTEGERS = 10_000
/** In place of a length: integers that may be shared, and the others. */
const SMALL_INTEGER = 1025
const LARGE_INTEGER = 1026
/** Room for all of these. */
const VALUE_SHAPES = 1032

/** What the keys of a group take on each target. */
class TargetsTally extends GroupTally {
  readonly ramBytes: Float64Array
  /** Keys with an expiry of a field, per target. */
  readonly fieldExpiryKeysOn: Float64Array

  constructor(targets: number, ...group: ConstructorParameters<typeof GroupTally>) {
    super(...group)
    this.ramBytes = new Float64Array(targets)
    this.fieldExpiryKeysOn = new Float64Array(targets)
  }
}

/** The same keys priced for several targets side by side. */
export class SeveralTargets extends TechniqueRun {
  readonly #sizers: readonly KeySizer[]
  readonly #wants: Uint8Array
  readonly #groups: Groups<TargetsTally>
  /** Bytes of the string at hand on each target, when its value came. */
  #ram: Float64Array | null = null
  readonly #own: Float64Array
  readonly #memo = new Map<number, Float64Array>()
  #isString = false
  #key: RdbKey | null = null

  constructor(
    context: TechniqueContext,
    readonly targets: readonly Target[],
  ) {
    super(context)
    this.#sizers = targets.map((target) => new KeySizer(target))
    this.#wants = new Uint8Array(targets.length)
    this.#groups = new Groups(context.names, (...group) => new TargetsTally(targets.length, ...group))
    this.#own = new Float64Array(targets.length)
  }

  /** What all keys take on the target with that position, and what it keeps beside them. */
  sumsOf(at: number): { readonly ramBytes: number; readonly overheadBytes: number } {
    let ramBytes = 0
    const databases = new Map<number, { keys: number; expires: number; fieldExpiryKeys: number }>()
    for (const group of this.#groups.all) {
      ramBytes += group.ramBytes[at]!
      const number = group.file * 65536 + group.db
      const counts = databases.get(number) ?? { keys: 0, expires: 0, fieldExpiryKeys: 0 }
      databases.set(number, counts)
      counts.keys += group.keys
      counts.expires += group.expires
      counts.fieldExpiryKeys += group.fieldExpiryKeysOn[at]!
    }
    let overheadBytes = 0
    for (const counts of databases.values()) overheadBytes += databaseOverhead(this.targets[at]!, counts).totalBytes
    return { ramBytes, overheadBytes }
  }

  /** The groups with what they take on that target. */
  groupsOn(at: number): readonly GroupTally[] {
    for (const group of this.#groups.all) {
      group.keysAfter = group.keys
      group.expiresAfter = group.expires
      group.fieldExpiryKeysAfter = group.fieldExpiryKeysOn[at]!
      group.ramAfter = group.ramBytes[at]!
    }
    return this.#groups.all
  }

  override outcome(): Outcome {
    return { groups: [] }
  }

  override begin(key: RdbKey): boolean {
    this.#isString = key.layout.redisType === 'string'
    this.#key = key
    this.#ram = null
    if (this.#isString) return true
    this.#wants.fill(1)
    for (const sizer of this.#sizers) sizer.begin(key)
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.#groups.of(key, batch, row)
    tally.before(batch, row)
    const { ramBytes, fieldExpiryKeysOn } = tally
    if (this.#isString) {
      // A damaged value may have ended before its string came.
      const ram = this.#ram ?? this.#priceString(null)
      for (let at = 0; at < ramBytes.length; at++) ramBytes[at]! += ram[at]!
      return
    }
    this.#sizers.forEach((sizer, at) => {
      sizer.end(key)
      ramBytes[at]! += sizer.ramBytes
      if (sizer.hasFieldExpiry) fieldExpiryKeysOn[at]!++
    })
  }

  /** Most strings of a data set have one of a few hundred shapes. */
  override string(value: RdbString): void {
    if (!this.#isString) {
      for (const sizer of this.#sizers) sizer.string(value)
      return
    }
    const shape = this.#shapeOf(value)
    this.#ram = (shape < 0 ? undefined : this.#memo.get(shape)) ?? null
    if (this.#ram !== null) return
    this.#ram = this.#priceString(value)
    if (shape >= 0 && this.#memo.size < MEMO_SHAPES) this.#memo.set(shape, Float64Array.from(this.#ram))
  }

  #priceString(value: RdbString | null): Float64Array {
    const ram = this.#own
    this.#sizers.forEach((sizer, at) => {
      sizer.begin(this.#key!)
      if (value !== null) sizer.string(value)
      sizer.end(this.#key!)
      ram[at] = sizer.ramBytes
    })
    return ram
  }

  /** Number of what the price of a string depends on; -1 for long ones. */
  #shapeOf(value: RdbString): number {
    const key = this.#key!
    const nameLength = key.key.length
    const { length } = value
    if (nameLength >= MEMO_NAME_BYTES || length > MEMO_VALUE_BYTES) return -1
    const integer = length <= 20 ? integerOf(value) : Number.NaN
    // Not between the limits of 32-bit integers: no target differs there but by the text.
    const shape = Number.isNaN(integer)
      ? length
      : integer >= 0 && integer < SMALL_INTEGERS
        ? SMALL_INTEGER
        : Math.abs(integer) < 2 ** 31
          ? LARGE_INTEGER
          : -1
    if (shape < 0) return -1
    // Payload lengths of integers differ, and no price depends on them.
    return (nameLength * 2 + (key.expiresAtMs >= 0 ? 1 : 0)) * VALUE_SHAPES + shape
  }

  override container(container: Container): boolean {
    let any = false
    this.#sizers.forEach((sizer, at) => {
      const wants = sizer.container(container)
      this.#wants[at] = wants ? 1 : 0
      any ||= wants
    })
    return any
  }

  override containerEnd(container: Container): void {
    for (const sizer of this.#sizers) sizer.containerEnd(container)
    this.#wants.fill(1)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    const sizers = this.#sizers
    for (let at = 0; at < sizers.length; at++) if (this.#wants[at] === 1) sizers[at]!.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    const sizers = this.#sizers
    for (let at = 0; at < sizers.length; at++) if (this.#wants[at] === 1) sizers[at]!.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    const sizers = this.#sizers
    for (let at = 0; at < sizers.length; at++) if (this.#wants[at] === 1) sizers[at]!.member(member, score, scoreText)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    this.#sizers.forEach((sizer, at) => {
      if (this.#wants[at] === 1) sizer.streamEntry(id, pairs)
    })
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    for (const sizer of this.#sizers) sizer.part(role, bytes, start, end)
  }

  override count(elements: number): void {
    for (const sizer of this.#sizers) sizer.count(elements)
  }

  override nodes(nodes: number): void {
    for (const sizer of this.#sizers) sizer.nodes(nodes)
  }

  override path(path: RdbString, fields: number): void {
    for (const sizer of this.#sizers) sizer.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    for (const sizer of this.#sizers) sizer.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    for (const sizer of this.#sizers) sizer.streamNode(masterId)
  }

  override streamInfo(info: StreamInfo): void {
    for (const sizer of this.#sizers) sizer.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    for (const sizer of this.#sizers) sizer.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    for (const sizer of this.#sizers) sizer.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    for (const sizer of this.#sizers) sizer.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    for (const sizer of this.#sizers) sizer.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    for (const sizer of this.#sizers) sizer.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    for (const sizer of this.#sizers) sizer.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    for (const sizer of this.#sizers) sizer.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    for (const sizer of this.#sizers) sizer.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    for (const sizer of this.#sizers) sizer.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    for (const sizer of this.#sizers) sizer.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    for (const sizer of this.#sizers) sizer.moduleString(value)
  }
}
