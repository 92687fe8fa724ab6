import { type RdbKey, RdbString } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { EXPIRING_HASH, GatheredHashes, noPairs } from '../memory/gathered-hash.js'
import { canonicalInteger, integerOf } from '../memory/structs/integers.js'
import { crc32 } from './crc32.js'
import { FreeNames, takenNames } from './free-names.js'
import { Groups, GroupTally } from './groups.js'
import { type PieceSink, type TechniqueContext, TechniqueRun } from './optimization.js'
import { CellRoom, PairCells } from './pair-cells.js'
import type { ParameterSpec } from './parameters.js'
import { type ChoiceByGroup, isMatched, PieceName, StringPieces, variablePartAt } from './pieces.js'

/** Patterns that sentences name. */
const NAMED_PATTERNS = 3

/** Strings of one pattern, as fields of some number of hashes. */
export class StringHashes extends GroupTally {
  /** Strings without an expiry. */
  cells: PairCells | null = null
  /** Strings with one, where fields can have it. */
  expiring: PairCells | null = null
  expiringRam = 0
  expiringUsage = 0
  firstExpiryMs = Infinity
  lastExpiryMs = 0
  /** Keys with an expiry that become fields with one. */
  expiringKeys = 0
  /** Keys that stay strings, as they are too long for a packed hash. */
  tooLong = 0
  /** Pairs that are too long for a packed hash, where they are taken nevertheless. */
  longPairs = 0
  longExpiring = 0
  /** Values that are whole numbers. */
  integers = 0
  #takesExpiring = false

  /** The strings with an expiry become fields, too; counted once. */
  takeExpiring(): void {
    if (this.#takesExpiring || this.expiring === null) return
    this.#takesExpiring = true
    this.expiringKeys = this.expiring.pairs
    this.withExpiry -= this.expiring.pairs
    this.keys += this.expiring.pairs
    this.expires += this.expiring.pairs
    this.ramBefore += this.expiringRam
    this.usageBefore += this.expiringUsage
  }

  get takesExpiring(): boolean {
    return this.#takesExpiring
  }
}

/** What a group takes in hashes. */
export interface HashesPrice {
  readonly keys: number
  readonly ramBytes: number
  /** `MEMORY USAGE` of the hashes. */
  readonly usageBytes: number
  /** Fields of the largest hash. */
  readonly largest: number
  /** Hashes with a field that expires. */
  readonly fieldExpiryKeys: number
}

/** Puts the strings of each pattern into hashes; the numbers of the hashes are up to the technique. */
export abstract class StringHashesRun extends TechniqueRun {
  readonly groups: Groups<StringHashes>
  readonly freeNames: FreeNames
  readonly hashes: GatheredHashes
  /** Fields can have an expiry. */
  readonly canExpire: boolean
  readonly #maxValue: number
  /** With `match`, all keys that fit belong together, whatever their pattern. */
  readonly #wholeKey: boolean
  readonly #room: CellRoom
  readonly #expiringRoom: CellRoom
  #fieldAt = 0
  #valueLength = 0
  #value = Number.NaN
  /** Keys that are not looked at for lack of room. */
  #untold = 0

  /** @param cells hashes per pattern, where their number is known; null while it is open */
  constructor(
    context: TechniqueContext,
    cells: number | null,
    /** Strings that are too long for a packed hash are taken, too. */
    readonly takesLong: boolean,
  ) {
    super(context)
    this.groups = new Groups(context.names, (...group) => new StringHashes(...group))
    this.freeNames = new FreeNames(context.names)
    this.hashes = new GatheredHashes(context.target)
    this.canExpire = context.target.model.fieldExpiry !== 'none'
    this.#maxValue = context.target.settings['hash-max-listpack-value']
    this.#wholeKey = context.parameters.text('field') === 'key'
    this.#room = new CellRoom(cells)
    this.#expiringRoom = new CellRoom(cells)
  }

  /** Where the field begins in a name; -1 when the key has no place in a hash. */
  fieldAtIn(key: RdbKey): number {
    if (key.layout.redisType !== 'string') return -1
    return this.#wholeKey ? 0 : variablePartAt(this.context.names, key)
  }

  /** The technique was told to look at keys of that name. */
  isOurs(key: RdbKey): boolean {
    return this.fieldAtIn(key) >= 0 && isMatched(this.context, key)
  }

  /** The string can become a field. */
  isShort(fieldLength: number, valueLength: number): boolean {
    return this.takesLong || Math.max(fieldLength, valueLength) <= this.#maxValue
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
    const hasExpiry = key.expiresAtMs >= 0
    if (hasExpiry) {
      tally.withExpiry++
      if (!this.canExpire) return
    }
    const fieldLength = key.key.length - this.#fieldAt
    if (this.#valueLength < 0 || !this.isShort(fieldLength, this.#valueLength)) {
      tally.tooLong++
      return
    }
    if (tally.pattern === 0) {
      this.#untold++
      return
    }
    const { bytes, start, end } = key.key.load()
    const field = canonicalInteger(bytes, start + this.#fieldAt, end)
    const pair = this.hashes.addPair(fieldLength, field, this.#valueLength, this.#value, hasExpiry)
    if (!Number.isNaN(this.#value)) tally.integers++
    const number = this.#room.cells === 1 ? 0 : crc32(bytes, start, end)
    if (!hasExpiry) {
      tally.cells ??= new PairCells(this.#room)
      tally.cells.add(number, pair)
      tally.longPairs += pair.longPairs
      tally.before(batch, row)
      return
    }
    tally.expiring ??= new PairCells(this.#expiringRoom)
    tally.expiring.add(number, pair)
    tally.longExpiring += pair.longPairs
    tally.expiringRam += batch.ramBytes[row]!
    tally.expiringUsage += batch.memoryUsageBytes[row]!
    if (key.expiresAtMs < tally.firstExpiryMs) tally.firstExpiryMs = key.expiresAtMs
    if (key.expiresAtMs > tally.lastExpiryMs) tally.lastExpiryMs = key.expiresAtMs
  }

  /** What the group takes in so many hashes, exactly; `expiring`: the strings with an expiry are fields, too. */
  price(tally: StringHashes, hashes: number, expiring: boolean, nameLength: (hash: number) => number): HashesPrice {
    const plain = tally.cells?.folded(hashes) ?? null
    const more = expiring ? (tally.expiring?.folded(hashes) ?? null) : null
    const plainShare = tally.cells?.usageShare ?? 1
    const moreShare = tally.expiring?.usageShare ?? 1
    const sums = noPairs()
    let keys = 0
    let ramBytes = 0
    let usageBytes = 0
    let largest = 0
    let fieldExpiryKeys = 0
    for (let hash = 0; hash < hashes; hash++) {
      sums.expiring = more?.pairs[hash] ?? 0
      sums.pairs = (plain?.pairs[hash] ?? 0) + sums.expiring
      if (sums.pairs === 0) continue
      sums.packedBytes = (plain?.packedBytes[hash] ?? 0) + (more?.packedBytes[hash] ?? 0)
      const plainGiven = plain?.givenBytes[hash] ?? 0
      const moreGiven = more?.givenBytes[hash] ?? 0
      sums.givenBytes = plainGiven + moreGiven
      sums.usageBytes = Math.round(plainGiven * plainShare + moreGiven * moreShare)
      // Only where all is in one hash.
      sums.longPairs = hashes === 1 ? tally.longPairs + (expiring ? tally.longExpiring : 0) : 0
      keys++
      if (sums.expiring > 0) fieldExpiryKeys++
      if (sums.pairs > largest) largest = sums.pairs
      ramBytes += this.hashes.price(nameLength(hash), false, sums, tally.firstExpiryMs, tally.lastExpiryMs)
      usageBytes += this.hashes.memoryUsageBytes
    }
    return { keys, ramBytes: Math.round(ramBytes), usageBytes, largest, fieldExpiryKeys }
  }

  /** A group is laid out like this. */
  protected settle(tally: StringHashes, price: HashesPrice, expiring: boolean): void {
    if (expiring) tally.takeExpiring()
    tally.keysAfter = price.keys
    tally.ramAfter = price.ramBytes
    tally.usageAfter = price.usageBytes
    tally.fieldExpiryKeysAfter = price.fieldExpiryKeys
  }

  /** The group can be laid out: nothing of it was lost for lack of room. */
  protected isWhole({ cells, expiring }: StringHashes): boolean {
    return (cells !== null || expiring !== null) && (cells?.lost ?? 0) === 0 && (expiring?.lost ?? 0) === 0
  }

  /**
   * Steps of the technique, with what counters need: one that begins anew in the hash while its key still holds a
   * number would lose that.
   */
  protected stepsWith(steps: readonly string[], groups: readonly StringHashes[]): readonly string[] {
    if (!groups.some(isCounter)) return steps
    return [
      ...steps,
      'Counters: writers HINCRBY <hash> <field> at once; moving adds what the key still holds, HINCRBY <hash> <field> <value> ' +
        'and DEL <key> in one script, and until then readers add up both. So nothing is lost.',
    ]
  }

  /** What a field is called, as a pattern; null where names are not shown. */
  protected fieldOf({ pattern }: StringHashes): string | null {
    const { names } = this.context
    const { text, prefix } = names.of(pattern)
    return names.shown(this.#wholeKey ? text : text.slice(prefix.length))
  }

  /** Sentences about the keys that stay as they are, and about those that do not. */
  protected remarks(groups: readonly StringHashes[]): readonly string[] {
    const { names } = this.context
    const named = (some: readonly StringHashes[]): string => {
      const shown = some.slice(0, NAMED_PATTERNS).map(({ pattern }) => names.of(pattern).text)
      return shown.join(', ') + (some.length > shown.length ? ` and ${some.length - shown.length} more` : '')
    }
    const lines: string[] = []
    if (groups.length > 0 && !this.#wholeKey) {
      lines.push(
        'A field is what is left of a key behind the fixed beginning of its pattern: see the id of each group.',
      )
    }
    const staying = groups.filter((group) => group.withExpiry > 0)
    if (staying.length > 0) {
      const keys = staying.reduce((sum, { withExpiry }) => sum + withExpiry, 0)
      const reason = this.canExpire
        ? 'as fields with an expiry of their own they would take more.'
        : 'as fields they would lose it (fields can expire from Redis 7.4 and Valkey 9 on).'
      lines.push(`${keys} keys with an expiry stay strings (${named(staying)}): ${reason}`)
    }
    const expiring = groups.filter((group) => group.expiringKeys > 0)
    if (expiring.length > 0) {
      const keys = expiring.reduce((sum, { expiringKeys }) => sum + expiringKeys, 0)
      lines.push(
        `${keys} keys with an expiry (${named(expiring)}) keep it as that of a field: HSETEX, or HSET and HPEXPIRE.`,
      )
    }
    const tooLong = groups.reduce((sum, group) => sum + group.tooLong, 0)
    if (tooLong > 0) lines.push(`${tooLong} keys longer than hash-max-listpack-value ${this.#maxValue} stay strings.`)
    const counters = groups.filter(isCounter)
    if (counters.length > 0)
      lines.push(`Values of ${named(counters)} are whole numbers: INCR becomes HINCRBY, as atomic as before.`)
    lines.push(...takenNames(this.freeNames, names))
    const lost = this.groups.all.reduce(
      (sum, { cells, expiring: more }) => sum + (cells?.lost ?? 0) + (more?.lost ?? 0),
      0,
    )
    if (lost > 0 || this.#untold > 0) {
      lines.push('Groups beyond some hundred, and patterns that are not told apart, are left out for lack of room.')
    }
    return lines
  }
}

/** Whole numbers for the most part. */
function isCounter({ integers, found, keys }: StringHashes): boolean {
  return 2 * integers > (found?.keys ?? keys)
}

/** Where the strings of a group go. */
export interface ChosenHashes {
  /** Name of the hash, with the number of the bucket behind it where there are several. */
  readonly name: string
  readonly buckets?: number
  /** Strings with an expiry go there, too. */
  readonly expiring: boolean
}

/** Shows strings as fields of the hashes that were chosen. */
export class FieldPieces extends StringPieces {
  readonly #name = new PieceName()
  readonly #field = new RdbString()

  constructor(
    next: PieceSink,
    readonly run: StringHashesRun,
    readonly choices: ChoiceByGroup<ChosenHashes>,
  ) {
    super(next)
  }

  protected override mayTake(key: RdbKey): boolean {
    return this.run.isOurs(key)
  }

  protected override piece(key: RdbKey, value: RdbString): boolean {
    const choice = this.choices.of(key.db, this.run.context.names.current, TYPE.string)
    const fieldAt = this.run.fieldAtIn(key)
    if (choice === undefined || !this.run.isShort(key.key.length - fieldAt, value.length)) return false
    if (key.expiresAtMs >= 0 && !choice.expiring) return false
    const { bytes, start, end } = key.key.load()
    const bucket = choice.buckets === undefined ? undefined : crc32(bytes, start, end) % choice.buckets
    const hash = this.#name.text(choice.name, bucket).keyLike(key, 'hash')
    this.#field.setRaw(bytes, start + fieldAt, end, end - start - fieldAt)
    if (key.expiresAtMs >= 0) hash.layout = EXPIRING_HASH
    this.next.begin(hash)
    this.next.field(this.#field, value, key.expiresAtMs)
    this.next.end(hash)
    return true
  }
}

/** How the fields of such hashes are named. */
export const FIELD_PARAMETER: ParameterSpec = {
  name: 'field',
  kind: 'choice',
  choices: ['id', 'key'],
  preset: 'id',
  describe: "name of a field: what is left behind the pattern's fixed prefix, or the whole key",
}

/** Why hashes cannot be filled on a target; null where they can. */
export function notInHashes({ target }: TechniqueContext): string | null {
  return target.model.elementObjects
    ? `${target.model.title}: hashes that do not exist yet are priced from 4.0 on`
    : null
}
