import type { RdbKey } from '../../parsers/index.js'
import type { TargetRow } from '../../reports/report.js'
import { databaseOverhead } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import { forwarding, SeveralSinks } from '../shape-sink.js'
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
  #keys = 0
  #ramBytes = 0
  #memoryUsageBytes = 0
  readonly #databases = new Map<number, { keys: number; expires: number; fieldExpiryKeys: number }>()

  constructor(readonly target: Target) {
    this.sizer = new KeySizer(target)
  }

  /** Counts the key that was priced last. */
  add(key: RdbKey): void {
    const { sizer } = this
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
class TargetTap extends forwarding(ValueTap) {
  readonly next: SeveralSinks
  readonly #sums: readonly TargetSums[]

  constructor(sums: readonly TargetSums[]) {
    super()
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
