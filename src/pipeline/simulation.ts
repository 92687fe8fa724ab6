import {
  type Container,
  IgnoreAll,
  type PartRole,
  type RdbKey,
  type RdbString,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { FLAG_FIELD_EXPIRY } from '../batch.js'
import type { ByteMatcher } from '../glob.js'
import { InputError } from '../io/errors.js'
import { type DatabaseCounts, SlotsSeen } from '../memory/overhead.js'
import { CERTAIN_FILE } from '../optimizations/groups.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Outcome, Technique, TechniqueContext, TechniqueRun } from '../optimizations/optimization.js'
import type { Parameters } from '../optimizations/parameters.js'
import { ValueTap } from './value-tap.js'

/**
 * Databases of all dumps together. Every technique keeps sums per database, some 12 KB in all; servers have 16 of them
 * unless told otherwise.
 */
const MOST_DATABASES = 4096

/** One technique at work, or why it is not. */
export class Job {
  run: TechniqueRun | null = null
  /** Where the technique looks with several runs: a job for each. */
  parts: readonly Job[] = []
  /** Why the technique has nothing to say about this target. */
  unavailable: string | null = null
  /** It threw: it is told nothing more. */
  failure: string | null = null
  looks = false
  /** The value of the key at hand is told. */
  listens = false
  wants = false
  readonly match: ByteMatcher | null

  constructor(
    readonly technique: Technique,
    readonly parameters: Parameters,
  ) {
    this.match = parameters.match
  }

  /** Begins with one run, or several side by side. */
  start(runs: TechniqueRun | readonly TechniqueRun[]): void {
    if (!Array.isArray(runs)) {
      this.run = runs as TechniqueRun
      return
    }
    this.parts = runs.map((run) => {
      const part = new Job(this.technique, this.parameters)
      part.run = run
      return part
    })
  }

  /** What the technique makes of the data; null when it has nothing to say, or failed. */
  outcome(context: TechniqueContext): Outcome | null {
    if (this.parts.length === 0) return this.guard<Outcome | null>((run) => run.outcome(), null)
    const failed = this.parts.find(({ failure }) => failure !== null)
    if (failed !== undefined) this.failure = failed.failure
    if (this.failure !== null) return null
    try {
      const runs = this.parts.map(({ run }) => run!)
      return this.technique.combine!(runs, context)
    } catch (error) {
      this.fail(error)
      return null
    }
  }

  /** Does something for the technique; what it throws ends its work and nobody else's. */
  guard<Result>(what: (run: TechniqueRun) => Result, otherwise: Result): Result {
    if (this.run === null || this.failure !== null) return otherwise
    try {
      return what(this.run)
    } catch (error) {
      this.fail(error)
      return otherwise
    }
  }

  /** Is not looked any more. */
  drop(): void {
    for (const part of this.parts) part.drop()
    this.run = null
    this.looks = false
    this.listens = false
    this.wants = false
  }

  fail(error: unknown): void {
    this.failure = error instanceof Error ? error.message : String(error)
    this.looks = false
    this.listens = false
    this.wants = false
  }
}

/** Events of single elements, of which a large key has millions. */
type EntryEvent = 'element' | 'field' | 'member'

/** The run does something with such events. */
function hears(run: TechniqueRun, event: EntryEvent): boolean {
  return run.wantsValue && run[event] !== IgnoreAll.prototype[event]
}

/** Counts of one database of one dump. */
export interface CountedDatabase extends DatabaseCounts {
  readonly file: number
  readonly db: number
  keys: number
  expires: number
  fieldExpiryKeys: number
  /** Where the dump tells slots apart. */
  readonly ownedSlots?: number | undefined
}

/** The same while keys come. */
class DatabaseTally implements CountedDatabase {
  keys = 0
  expires = 0
  fieldExpiryKeys = 0
  readonly slotsSeen = new SlotsSeen()

  constructor(
    readonly file: number,
    readonly db: number,
  ) {}

  get ownedSlots(): number | undefined {
    return this.slotsSeen.owned
  }
}

/** Shows every key to all techniques, and counts what there is. */
export class Simulation extends ValueTap {
  keys = 0
  ramBytes = 0
  readonly databases = new Map<number, DatabaseTally>()

  /** Told of every key; known when the target is. */
  jobs: readonly Job[] = []
  /** Keys above this size are in a sample in any case, and have tallies of their own. */
  certainAbove = Infinity
  /** Of these, so many came. */
  certainKeys = 0

  constructor(readonly names: NamePatterns) {
    super()
  }

  /** Those that look at the key at hand: most techniques look at keys of one type only. */
  readonly #looking: Job[] = []
  /** Of these, who hears of elements, fields or members; found out with the first one of the key. */
  readonly #hearing: Job[] = []
  #heard: EntryEvent | null = null

  #hear(event: EntryEvent): void {
    this.#heard = event
    const hearing = this.#hearing
    hearing.length = 0
    for (const job of this.#looking) if (job.listens && hears(job.run!, event)) hearing.push(job)
  }

  override begin(key: RdbKey): boolean {
    this.names.look(key)
    const { jobs } = this
    const looking = this.#looking
    const { bytes, start, end } = key.key
    looking.length = 0
    this.#heard = null
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i]!
      job.looks = false
      job.listens = false
      if (job.run === null || job.failure !== null) continue
      if (job.match !== null && !job.match(bytes, start, end)) continue
      try {
        job.looks = job.run.begin(key)
      } catch (error) {
        job.fail(error)
      }
      if (!job.looks) continue
      job.listens = job.run.wantsValue
      job.wants = job.listens
      looking.push(job)
    }
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    this.keys++
    this.ramBytes += batch.ramBytes[row]!
    const number = batch.file * 65536 + key.db
    let database = this.databases.get(number)
    if (database === undefined) {
      if (this.databases.size === MOST_DATABASES) {
        this.endAtDatabases()
        return
      }
      database = new DatabaseTally(batch.file, key.db)
      this.databases.set(number, database)
    }
    database.keys++
    database.slotsSeen.add(key.announcedSlot)
    if (key.expiresAtMs >= 0) database.expires++
    if ((batch.flags[row]! & FLAG_FIELD_EXPIRY) !== 0) database.fieldExpiryKeys++
    if (batch.ramBytes[row]! > this.certainAbove) {
      this.certainKeys++
      batch.file += CERTAIN_FILE
      this.#rows(key, batch, row)
      batch.file -= CERTAIN_FILE
    } else this.#rows(key, batch, row)
  }

  /** Sums are not kept for more databases. */
  protected endAtDatabases(): void {
    this.jobs = []
    this.#looking.length = 0
  }

  #rows(key: RdbKey, batch: KeyBatch, row: number): void {
    const looking = this.#looking
    for (let i = 0; i < looking.length; i++) {
      const job = looking[i]!
      if (!job.looks) continue
      try {
        job.run!.row(key, batch, row)
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override container(container: Container): boolean {
    let any = false
    for (const job of this.#looking) {
      job.wants = job.listens && job.guard((run) => run.container(container), false)
      any ||= job.wants
    }
    return any
  }

  override containerEnd(container: Container): void {
    for (const job of this.#looking) {
      if (job.listens) job.guard((run) => run.containerEnd(container), undefined)
      job.wants = job.listens
    }
  }

  // Entries are for those who want the container at hand; failures stop one technique only.

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    for (const job of this.#looking) if (job.wants) job.guard((run) => run.part(role, bytes, start, end), undefined)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (this.#heard !== 'element') this.#hear('element')
    const hearing = this.#hearing
    for (let i = 0; i < hearing.length; i++) {
      const job = hearing[i]!
      if (!job.wants) continue
      try {
        job.run!.element(value, expiresAtMs)
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (this.#heard !== 'field') this.#hear('field')
    const hearing = this.#hearing
    for (let i = 0; i < hearing.length; i++) {
      const job = hearing[i]!
      if (!job.wants) continue
      try {
        job.run!.field(field, value, expiresAtMs)
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    if (this.#heard !== 'member') this.#hear('member')
    const hearing = this.#hearing
    for (let i = 0; i < hearing.length; i++) {
      const job = hearing[i]!
      if (!job.wants) continue
      try {
        job.run!.member(member, score, scoreText)
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override streamEntry(id: StreamId, pairs: number): void {
    for (const job of this.#looking) if (job.wants) job.guard((run) => run.streamEntry(id, pairs), undefined)
  }

  override string(value: RdbString): void {
    for (const job of this.#looking) {
      if (!job.listens) continue
      try {
        job.run!.string(value)
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override count(elements: number): void {
    for (const job of this.#looking) {
      if (!job.listens) continue
      try {
        job.run!.count(elements)
        // With so many the run may know enough.
        if (!job.run!.wantsValue) {
          job.listens = false
          job.wants = false
        }
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override nodes(nodes: number): void {
    for (const job of this.#looking) {
      if (!job.listens) continue
      try {
        job.run!.nodes(nodes)
      } catch (error) {
        job.fail(error)
      }
    }
  }

  override path(path: RdbString, fields: number): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.path(path, fields), undefined)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    for (const job of this.#looking)
      if (job.listens) job.guard((run) => run.arrayElement(indexHigh, indexLow, value), undefined)
  }

  override streamNode(masterId: StreamId): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamNode(masterId), undefined)
  }

  override streamInfo(info: StreamInfo): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamInfo(info), undefined)
  }

  override streamGroup(group: StreamGroup): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamGroup(group), undefined)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    for (const job of this.#looking)
      if (job.listens) job.guard((run) => run.streamPending(id, deliveryTimeMs, deliveryCount), undefined)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamConsumer(consumer), undefined)
  }

  override streamConsumerPending(id: StreamId): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamConsumerPending(id), undefined)
  }

  override streamNacked(id: StreamId): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamNacked(id), undefined)
  }

  override streamProducer(name: RdbString, entries: number): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamProducer(name, entries), undefined)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.streamProducerEntry(iid, id), undefined)
  }

  override module(name: string, encver: number): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.module(name, encver), undefined)
  }

  override moduleInteger(high: number, low: number): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.moduleInteger(high, low), undefined)
  }

  override moduleDouble(value: number): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.moduleDouble(value), undefined)
  }

  override moduleString(value: RdbString): void {
    for (const job of this.#looking) if (job.listens) job.guard((run) => run.moduleString(value), undefined)
  }
}

/** Why there are no savings. */
export function manyDatabases(): InputError {
  return new InputError(
    'many-databases',
    `keys lie in more than ${MOST_DATABASES} databases, more than savings are looked for in`,
    'Name some of them: --db 0 --db 1.',
  )
}
