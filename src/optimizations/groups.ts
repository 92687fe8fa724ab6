import type { RdbKey } from '../../parsers/index.js'
import { FLAG_FIELD_EXPIRY, type KeyBatch, TYPE } from '../batch.js'
import type { NamePatterns } from './names.js'
import type { TechniqueContext } from './optimization.js'

/** Added to the number of a file: keys that are in a sample in any case, not by chance, have tallies of their own. */
export const CERTAIN_FILE = 32_768

/** What a sample of the keys of a group showed, before it was counted up. */
export interface FoundInSample {
  readonly keys: number
  readonly saved: number
  /** Sum of squares of what each key saves. */
  readonly savedSquares: number
}

/** What a technique does to the keys of one group: file × database × pattern × type × encoding. */
export class GroupTally {
  keys = 0
  ramBefore = 0
  ramAfter = 0
  /** Keys that are there afterwards. */
  keysAfter = 0
  expires = 0
  expiresAfter = 0
  fieldExpiryKeys = 0
  fieldExpiryKeysAfter = 0
  /** `MEMORY USAGE` of the keys. */
  usageBefore = 0
  /** `MEMORY USAGE` of what they become; NaN where nobody counts it. */
  usageAfter = Number.NaN
  /** Keys that are not counted, as they stay what they are: they have an expiry that would be lost. */
  withExpiry = 0
  /** Null: the keys are all there are. */
  found: FoundInSample | null = null
  /** Sum of squares of what the keys save, of those for which that is known key by key. */
  savedSquares = 0
  resizedKeys = 0
  /** Of the keys afterwards, so many with so many bytes are there once, however many keys there are: dictionaries. */
  sharedKeys = 0
  sharedRam = 0
  /** Of `saved`, where it was concluded from some of the values. */
  variance = 0
  #ramSquares = 0

  constructor(
    readonly file: number,
    readonly db: number,
    /** Number in `NamePatterns`. */
    readonly pattern: number,
    /** Code of `TYPE`. */
    readonly type: number,
    /** Code of `ENCODING`, before. */
    readonly encoding: number,
  ) {}

  get saved(): number {
    return this.ramBefore - this.ramAfter
  }

  /** Counts a key as it is. */
  before(batch: KeyBatch, row: number): void {
    this.keys++
    const ramBytes = batch.ramBytes[row]!
    this.ramBefore += ramBytes
    this.#ramSquares += ramBytes * ramBytes
    this.usageBefore += batch.memoryUsageBytes[row]!
    if (batch.expiresAtMs[row]! >= 0) this.expires++
    if ((batch.flags[row]! & FLAG_FIELD_EXPIRY) !== 0) this.fieldExpiryKeys++
  }

  /** Counts a key of another size afterwards that is otherwise the same. */
  resized(batch: KeyBatch, row: number, ramAfter: number): void {
    this.before(batch, row)
    const saved = batch.ramBytes[row]! - ramAfter
    this.savedSquares += saved * saved
    this.resizedKeys++
    this.after(ramAfter, batch.expiresAtMs[row]! >= 0, (batch.flags[row]! & FLAG_FIELD_EXPIRY) !== 0)
  }

  /** The keys stand for so many times as many. */
  countUp(factor: number): void {
    this.found = { keys: this.keys, saved: this.saved, savedSquares: this.#squares() }
    if (factor === 1) return
    const times = (value: number): number => Math.round(value * factor)
    this.keys = times(this.keys)
    this.keysAfter = times(this.keysAfter - this.sharedKeys) + this.sharedKeys
    this.ramBefore = times(this.ramBefore)
    this.ramAfter = times(this.ramAfter - this.sharedRam) + this.sharedRam
    this.expires = Math.min(this.keys, times(this.expires))
    this.expiresAfter = Math.min(this.keysAfter, times(this.expiresAfter))
    this.fieldExpiryKeys = times(this.fieldExpiryKeys)
    this.fieldExpiryKeysAfter = times(this.fieldExpiryKeysAfter)
    this.withExpiry = times(this.withExpiry)
    this.usageBefore = times(this.usageBefore)
    this.usageAfter = times(this.usageAfter)
  }

  /** Where keys become parts of others, each is thought to take the same there. */
  #squares(): number {
    if (this.resizedKeys === this.keys) return this.savedSquares
    if (this.#ramSquares === 0) return this.keys === 0 ? 0 : (this.saved * this.saved) / this.keys
    const after = this.ramAfter / Math.max(1, this.keys)
    return Math.max(0, this.#ramSquares - 2 * after * this.ramBefore + this.keys * after * after)
  }

  /** Counts a key as it will be. */
  after(ramBytes: number, hasExpiry: boolean, hasFieldExpiry: boolean): void {
    this.keysAfter++
    this.ramAfter += ramBytes
    if (hasExpiry) this.expiresAfter++
    if (hasFieldExpiry) this.fieldExpiryKeysAfter++
  }
}

/**
 * Tallies by group. Bounded: `NamePatterns` tells some thousand patterns apart, and the others share one.
 * @typeParam Tally what is kept per group, `GroupTally` and more
 */
export class Groups<Tally extends GroupTally = GroupTally> {
  readonly #byKey = new Map<number, Tally>()
  readonly #names: NamePatterns
  readonly #make: (...group: ConstructorParameters<typeof GroupTally>) => Tally

  constructor(names: NamePatterns, make: (...group: ConstructorParameters<typeof GroupTally>) => Tally) {
    this.#names = names
    this.#make = make
  }

  /** The group of the key at hand, whose encoding is known (in `row`). */
  of(key: RdbKey, batch: KeyBatch, row: number): Tally {
    return this.at(batch.file, key.db, batch.type[row]!, batch.encoding[row]!)
  }

  at(file: number, db: number, type: number, encoding: number): Tally {
    const pattern = this.#names.current
    const number = (((file * 65536 + db) * 8192 + pattern) * 8 + type) * 32 + encoding
    let tally = this.#byKey.get(number)
    if (tally === undefined) {
      tally = this.#make(file, db, pattern, type, encoding)
      this.#byKey.set(number, tally)
    }
    return tally
  }

  /** In the order in which they came. */
  get all(): readonly Tally[] {
    return [...this.#byKey.values()]
  }
}

/** A group of which `MEMORY USAGE` afterwards is counted, too. */
export class UsageTally extends GroupTally {
  override usageAfter = 0
}

/** Groups of plain tallies. */
export function plainGroups(names: NamePatterns): Groups {
  return new Groups(names, (...group) => new GroupTally(...group))
}

/**
 * Keys of chosen groups, known from name and type alone: all files and encodings together. It is the name and the type
 * in the dump that counts, whatever changes have made of the key: `NamePatterns` must have looked at it.
 */
export class ChosenKeys {
  readonly #numbers = new Set<number>()
  readonly #names: NamePatterns
  readonly #match: TechniqueContext['parameters']['match']

  constructor(groups: readonly Pick<GroupTally, 'db' | 'pattern' | 'type'>[], { names, parameters }: TechniqueContext) {
    this.#names = names
    this.#match = parameters.match
    for (const { db, pattern, type } of groups) this.#numbers.add(groupNumber(db, pattern, type))
  }

  /** The key that `NamePatterns` looked at is one of them; what it has become by now makes no difference. */
  has(_now?: RdbKey): boolean {
    if (!this.#numbers.has(currentGroup(this.#names))) return false
    if (this.#match === null) return true
    const { bytes, start, end } = this.#names.key!.key.load()
    return this.#match(bytes, start, end)
  }
}

/** Database × pattern × type as one number. */
export function groupNumber(db: number, pattern: number, type: number): number {
  return (db * 8192 + pattern) * 16 + type
}

/** The group of the key at hand. */
export function currentGroup(names: NamePatterns): number {
  const key = names.key!
  return groupNumber(key.db, names.current, TYPE[key.layout.redisType])
}
