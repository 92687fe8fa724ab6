import { type RdbKey, RdbString } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { HashSums } from '../memory/shape-pricer.js'
import { canonicalInteger, integerOf } from '../memory/structs/integers.js'
import { crc32 } from './crc32.js'
import { Groups, GroupTally } from './groups.js'
import { type PieceSink, type TechniqueContext, TechniqueRun } from './optimization.js'
import { type ChoiceByGroup, PieceName, StringPieces, variablePartAt } from './pieces.js'

/** Patterns for which hashes are filled. */
const MOST_GROUPS = 48

/** Strings of one pattern, as fields of some number of hashes. */
export class StringHashes extends GroupTally {
  sums: HashSums | null = null
  /** Keys that stay strings, as they have an expiry. */
  withExpiry = 0
  /** Keys that stay strings, as they are too long for a packed hash. */
  tooLong = 0
}

/** Puts the strings of each pattern into hashes; the numbers of the hashes are up to the technique. */
export abstract class StringHashesRun extends TechniqueRun {
  readonly groups: Groups<StringHashes>
  readonly #maxValue: number
  /** With `match`, all keys that fit belong together, whatever their pattern. */
  readonly #wholeKey: boolean
  #filled = 0
  #fieldAt = 0
  #valueLength = 0
  #value = Number.NaN

  constructor(context: TechniqueContext) {
    super(context)
    this.groups = new Groups(context.names, (...group) => new StringHashes(...group))
    this.#maxValue = context.target.settings['hash-max-listpack-value']
    this.#wholeKey = context.parameters.text('field') === 'key'
  }

  /** Where the field begins in a name; -1 when the key has no place in a hash. */
  fieldAtIn(key: RdbKey): number {
    if (key.layout.redisType !== 'string') return -1
    return this.#wholeKey ? 0 : variablePartAt(this.context.names, key)
  }

  /** The technique was told to look at keys of that name. */
  isOurs(key: RdbKey): boolean {
    const { match } = this.context.parameters
    return this.fieldAtIn(key) >= 0 && (match === null || match(key.key.bytes, key.key.start, key.key.end))
  }

  /** The string can be packed in a hash. */
  isShort(fieldLength: number, valueLength: number): boolean {
    return Math.max(fieldLength, valueLength) <= this.#maxValue
  }

  /** Hashes that are filled per pattern. */
  abstract readonly slots: number

  /** The hash for a key. */
  slotOf(bytes: Uint8Array, start: number, end: number): number {
    return this.bucketOf(bytes, start, end, this.slots)
  }

  /** The hash for a key, of so many. */
  bucketOf(bytes: Uint8Array, start: number, end: number, buckets: number): number {
    return buckets === 1 ? 0 : crc32(bytes, start, end) % buckets
  }

  override begin(key: RdbKey): boolean {
    this.#valueLength = -1
    this.#fieldAt = this.fieldAtIn(key)
    return this.#fieldAt >= 0
  }

  override string(value: RdbString): void {
    this.#valueLength = value.length
    this.#value = integerOf(value)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    // Encodings have no say: the strings of a pattern go together.
    const tally = this.groups.at(batch.file, key.db, TYPE.string, 0)
    if (key.expiresAtMs >= 0) {
      tally.withExpiry++
      return
    }
    const fieldLength = key.key.length - this.#fieldAt
    if (this.#valueLength < 0 || !this.isShort(fieldLength, this.#valueLength)) {
      tally.tooLong++
      return
    }
    if (tally.sums === null) {
      if (tally.pattern === 0 || this.#filled === MOST_GROUPS) return
      this.#filled++
      tally.sums = new HashSums(this.slots)
    }
    const { bytes, start, end } = key.key.load()
    const slot = this.slotOf(bytes, start, end)
    const field = canonicalInteger(bytes, start + this.#fieldAt, end)
    this.pricer.addTo(tally.sums, slot, fieldLength, field, this.#valueLength, this.#value)
    tally.before(batch, row)
  }

  /** What the group takes in these hashes. */
  price(sums: HashSums, nameLength: (slot: number) => number): { keys: number; ramBytes: number; largest: number } {
    let keys = 0
    let ramBytes = 0
    let largest = 0
    for (let slot = 0; slot < sums.slots; slot++) {
      const count = sums.count(slot)
      if (count === 0) continue
      keys++
      if (count > largest) largest = count
      ramBytes += this.pricer.hashOf(sums, slot, nameLength(slot))
    }
    return { keys, ramBytes, largest }
  }
}

/** Shows strings as fields of the hashes that were chosen. */
export class FieldPieces extends StringPieces {
  readonly #name = new PieceName()
  readonly #field = new RdbString()

  constructor(
    next: PieceSink,
    readonly run: StringHashesRun,
    /** Name of the hash, with the number of buckets behind it where there are several. */
    readonly choices: ChoiceByGroup<{ readonly name: string; readonly buckets?: number }>,
  ) {
    super(next)
  }

  protected override mayTake(key: RdbKey): boolean {
    return key.expiresAtMs < 0 && this.run.isOurs(key)
  }

  protected override piece(key: RdbKey, value: RdbString): boolean {
    const choice = this.choices.of(key.db, this.run.context.names.current, TYPE.string)
    const fieldAt = this.run.fieldAtIn(key)
    if (choice === undefined || !this.run.isShort(key.key.length - fieldAt, value.length)) return false
    const { bytes, start, end } = key.key.load()
    const bucket = choice.buckets === undefined ? undefined : this.run.bucketOf(bytes, start, end, choice.buckets)
    const hash = this.#name.text(choice.name, bucket).keyLike(key, 'hash')
    this.#field.setRaw(bytes, start + fieldAt, end, end - start - fieldAt)
    this.next.begin(hash)
    this.next.field(this.#field, value, -1)
    this.next.end(hash)
    return true
  }
}

/** Sentences about the keys that stay as they are. */
export function leftOut(groups: readonly StringHashes[], limit: number): readonly string[] {
  const withExpiry = groups.reduce((sum, group) => sum + group.withExpiry, 0)
  const tooLong = groups.reduce((sum, group) => sum + group.tooLong, 0)
  return [
    ...(withExpiry > 0 ? [`${withExpiry} keys with an expiry stay strings: as fields they would lose it.`] : []),
    ...(tooLong > 0 ? [`${tooLong} keys longer than hash-max-listpack-value ${limit} stay strings.`] : []),
  ]
}

/** Why hashes cannot be filled on a target; null where they can. */
export function notInHashes({ target }: TechniqueContext): string | null {
  return target.model.elementObjects
    ? `${target.model.title}: hashes that do not exist yet are priced from 4.0 on`
    : null
}
