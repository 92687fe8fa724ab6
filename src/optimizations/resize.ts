import type { RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { databaseOverhead, SlotsSeen } from '../memory/overhead.js'
import type { Target } from '../memory/target.js'
import type { Outcome, TechniqueContext } from './optimization.js'
import { RewriteRun } from './rewriter.js'

/** The same keys on another target: every key is priced again. */
export class ResizeRun extends RewriteRun {
  readonly #counts = new Map<number, { keys: number; expires: number; fieldExpiryKeys: number; slots: SlotsSeen }>()
  ramBytes = 0

  constructor(
    context: TechniqueContext,
    readonly other: Target,
  ) {
    super(context, other)
  }

  override takes(_key: RdbKey): boolean {
    return true
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    this.groups.of(key, batch, row).resized(batch, row, this.sizer.ramBytes)
    this.ramBytes += this.sizer.ramBytes
    const database = batch.file * 65536 + key.db
    let counts = this.#counts.get(database)
    if (counts === undefined) {
      counts = { keys: 0, expires: 0, fieldExpiryKeys: 0, slots: new SlotsSeen() }
      this.#counts.set(database, counts)
    }
    counts.keys++
    counts.slots.add(key.announcedSlot)
    if (key.expiresAtMs >= 0) counts.expires++
    if (this.sizer.hasFieldExpiry) counts.fieldExpiryKeys++
  }

  /** What the other target keeps beside the keys. */
  get overheadBytes(): number {
    let sum = 0
    for (const { slots, ...counts } of this.#counts.values()) {
      sum += databaseOverhead(this.other, { ...counts, ownedSlots: slots.owned }).totalBytes
    }
    return sum
  }

  override outcome(): Outcome {
    return { groups: this.groups.all, whole: { ramBytes: this.ramBytes, overheadBytes: this.overheadBytes } }
  }
}
