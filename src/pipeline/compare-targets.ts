import type { Container, RdbKey } from '../../parsers/index.js'
import type { TargetRow } from '../../reports/report.js'
import { databaseOverhead } from '../memory/overhead.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import { RowBuilder, type RowBuilderOptions } from './row-builder.js'

/** The events of a value that sizers listen to, but for containers, which each may want or not. */
const VALUE_EVENTS = [
  'string',
  'count',
  'nodes',
  'element',
  'field',
  'member',
  'path',
  'arrayElement',
  'streamNode',
  'streamEntry',
  'streamInfo',
  'streamGroup',
  'streamPending',
  'streamConsumer',
  'streamConsumerPending',
  'streamNacked',
  'streamProducer',
  'streamProducerEntry',
  'module',
  'moduleInteger',
  'moduleDouble',
  'moduleString',
  'part',
] as const

/** The events that a container's entries are. A sizer that did not ask for them is not told. */
const ENTRY_EVENTS: ReadonlySet<string> = new Set(['element', 'field', 'member', 'streamEntry'])

type Event = (...args: readonly unknown[]) => void

/** Prices one dump for several targets in one reading: sums only, no rows. */
export class TargetComparison {
  readonly #sums: TargetSums[]

  constructor(targets: readonly Target[]) {
    this.#sums = targets.map((target) => new TargetSums(target))
  }

  /** A builder that also prices each row for the other targets. */
  builder(options: RowBuilderOptions): RowBuilder {
    return new ComparingBuilder(options, this.#sums)
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

class ComparingBuilder extends RowBuilder {
  readonly #sums: readonly TargetSums[]
  #accepted = false
  /** Inside a container, whose entries not everybody asked for. */
  #inContainer = false
  /** The parent asked for the entries of the container at hand. */
  #parentWants = true

  constructor(options: RowBuilderOptions, sums: readonly TargetSums[]) {
    super(options)
    this.#sums = sums
    const self = this as unknown as Record<string, Event>
    const parent = RowBuilder.prototype as unknown as Record<string, Event>
    for (const name of VALUE_EVENTS) self[name] = (...args) => this.#tell(name, parent[name]!, args)
  }

  override key(key: RdbKey): boolean {
    this.#accepted = super.key(key)
    this.#inContainer = false
    if (this.#accepted) for (const { sizer } of this.#sums) sizer.begin(key)
    return this.#accepted
  }

  override endKey(key: RdbKey): void {
    const before = this.keys
    super.endKey(key)
    if (this.#accepted && this.keys > before) for (const sums of this.#sums) sums.end(key)
  }

  override container(container: Container): boolean {
    this.#inContainer = true
    this.#parentWants = super.container(container)
    let wanted = this.#parentWants
    for (const sums of this.#sums) {
      sums.wantsEntries = sums.sizer.container(container)
      wanted ||= sums.wantsEntries
    }
    return wanted
  }

  override containerEnd(container: Container): void {
    super.containerEnd(container)
    for (const { sizer } of this.#sums) sizer.containerEnd(container)
    this.#inContainer = false
  }

  #tell(name: string, parent: Event, args: readonly unknown[]): void {
    const isEntry = this.#inContainer && ENTRY_EVENTS.has(name)
    if (!isEntry || this.#parentWants) parent.apply(this, args as unknown[])
    for (const { sizer, wantsEntries } of this.#sums) {
      if (!isEntry || wantsEntries) (sizer as unknown as Record<string, Event>)[name]!(...args)
    }
  }
}
