import type { RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { databaseOverhead, SlotsSeen } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import { integerOf } from '../memory/structs/integers.js'
import type { Target } from '../memory/target.js'
import { forwarding, SeveralSinks } from '../shape-sink.js'
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
export class SeveralTargets extends forwarding(TechniqueRun) {
  readonly next: SeveralSinks<KeySizer>
  readonly #sizers: readonly KeySizer[]
  readonly #groups: Groups<TargetsTally>
  /** By database, as the groups number them. */
  readonly #slots = new Map<number, SlotsSeen>()
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
    this.next = new SeveralSinks(this.#sizers)
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
    for (const [number, counts] of databases) {
      const ownedSlots = this.#slots.get(number)?.owned
      overheadBytes += databaseOverhead(this.targets[at]!, { ...counts, ownedSlots }).totalBytes
    }
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
    this.next.begin(key)
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.#groups.of(key, batch, row)
    tally.before(batch, row)
    if (key.announcedSlot >= 0) this.#seeSlot(batch.file * 65536 + key.db, key.announcedSlot)
    const { ramBytes, fieldExpiryKeysOn } = tally
    if (this.#isString) {
      // A damaged value may have ended before its string came.
      const ram = this.#ram ?? this.#priceString(null)
      for (let at = 0; at < ramBytes.length; at++) ramBytes[at]! += ram[at]!
      return
    }
    this.next.end(key)
    this.#sizers.forEach((sizer, at) => {
      ramBytes[at]! += sizer.ramBytes
      if (sizer.hasFieldExpiry) fieldExpiryKeysOn[at]!++
    })
  }

  #seeSlot(database: number, slot: number): void {
    let seen = this.#slots.get(database)
    if (seen === undefined) {
      seen = new SlotsSeen()
      this.#slots.set(database, seen)
    }
    seen.add(slot)
  }

  /** Most strings of a data set have one of a few hundred shapes. */
  override string(value: RdbString): void {
    if (!this.#isString) {
      super.string(value)
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
}
