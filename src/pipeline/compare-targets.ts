import type { RdbKey } from '../../parsers/index.js'
import type { TargetRow } from '../../reports/report.js'
import { databaseOverhead, hasSlotTables } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import { createTarget, type Target } from '../memory/target.js'
import { forwarding, SeveralSinks } from '../shape-sink.js'
import { ValueTap } from './value-tap.js'

/** Prices one dump for several targets in one reading: sums only, no rows. */
export class TargetComparison {
  #sums: readonly TargetSums[]
  readonly #tap: TargetTap

  constructor(targets: readonly Target[]) {
    this.#sums = targets.map((target) => new TargetSums(target))
    this.#tap = new TargetTap(this.#sums)
  }

  /** Prices each row for the other targets. */
  get tap(): ValueTap {
    return this.#tap
  }

  /** Word size and cluster mode as the dump shows them, or as they were asked for. Before the first key. */
  follow({ bits, cluster }: Target): void {
    this.#sums = this.#sums.map(
      ({ target: { model, settings, allocator } }) =>
        new TargetSums(createTarget(model, { settings, allocator: allocator.id, bits, cluster })),
    )
    this.#tap.sums = this.#sums
  }

  /** One row per target, in the order given. */
  rows(): readonly TargetRow[] {
    return this.#sums.map((sums) => sums.row())
  }
}

/** Keys of a database, and of its slots where the dump tells them apart. */
interface RunningCounts {
  keys: number
  expires: number
  fieldExpiryKeys: number
  readonly slots: Map<number, { keys: number; expires: number }>
}

/** What all keys take on one target. */
class TargetSums {
  readonly sizer: KeySizer
  #keys = 0
  #ramBytes = 0
  #memoryUsageBytes = 0
  readonly #databases = new Map<number, RunningCounts>()
  readonly #perSlot: boolean

  constructor(readonly target: Target) {
    this.sizer = new KeySizer(target)
    this.#perSlot = hasSlotTables(target)
  }

  /** Counts the key that was priced last. */
  add(key: RdbKey): void {
    const { sizer } = this
    this.#keys++
    this.#ramBytes += sizer.ramBytes
    this.#memoryUsageBytes += sizer.memoryUsageBytes
    let database = this.#databases.get(key.db)
    if (database === undefined) {
      database = { keys: 0, expires: 0, fieldExpiryKeys: 0, slots: new Map() }
      this.#databases.set(key.db, database)
    }
    const expires = key.expiresAtMs === -1 ? 0 : 1
    database.keys++
    database.expires += expires
    if (this.#perSlot && key.announcedSlot >= 0) {
      const slot = database.slots.get(key.announcedSlot)
      if (slot === undefined) database.slots.set(key.announcedSlot, { keys: 1, expires })
      else {
        slot.keys++
        slot.expires += expires
      }
    }
    if (sizer.hasFieldExpiry) database.fieldExpiryKeys++
  }

  row(): TargetRow {
    const { model } = this.target
    let overheadBytes = 0
    for (const counts of this.#databases.values()) {
      const slots = counts.slots.size === 0 ? undefined : counts.slots.values()
      overheadBytes += databaseOverhead(this.target, { ...counts, slots }).totalBytes
    }
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
class TargetTap extends forwarding(ValueTap) {
  next!: SeveralSinks
  #sums: readonly TargetSums[] = []

  constructor(sums: readonly TargetSums[]) {
    super()
    this.sums = sums
  }

  set sums(sums: readonly TargetSums[]) {
    this.next = new SeveralSinks(sums.map(({ sizer }) => sizer))
    this.#sums = sums
  }

  override begin(key: RdbKey): boolean {
    this.next.begin(key)
    return true
  }

  override row(key: RdbKey): void {
    this.next.end(key)
    for (const sums of this.#sums) sums.add(key)
  }
}
