import type { Container, RdbKey, RdbString } from '../../../parsers/index.js'
import { STRING_FORM } from '../../../parsers/index.js'
import type { KeyBatch } from '../../batch.js'
import type { ShapeType } from '../../memory/shape-pricer.js'
import { Groups } from '../groups.js'
import type { Outcome, TechniqueContext } from '../optimization.js'
import { TechniqueRun } from '../optimization.js'
import { FamilySample, unitsOf } from './family-sample.js'
import { type SampledKey, sampledType, ticketOf } from './sampled-key.js'
import { SampledTally } from './tally.js'

/** Bounds of the whole sample, and of one family of keys. */
const MAX_KEYS = 24_576
const MAX_BYTES = 8 * 1024 * 1024
const FAMILY_KEYS = 8192
const FAMILY_BYTES = 3 * 1024 * 1024
const LEAST_FAMILY_KEYS = 64
const LEAST_FAMILY_BYTES = 32 * 1024
/** Keys with longer values, or elements, are not looked at. */
const MAX_STRING_BYTES = 256 * 1024
const MAX_ELEMENT_BYTES = 64 * 1024
/** Elements that are kept of one value: of more, about a half, a quarter ..., drawn by their place. */
const MAX_ELEMENTS = 1024
/** Families that are looked at in the end, those with the most bytes. */
const MOST_FAMILIES = 256
const TICKETS = 2 ** 32

/** Keys of one pattern and type. Encodings, databases and files are told apart in the tallies. */
export class Family {
  /** Keys with tickets from here on are not in the sample. */
  limit = TICKETS
  keys: SampledKey[] = []
  bytes = 0
  /** All its keys, in the sample or not, by file, database and encoding. */
  readonly tallies: SampledTally[] = []

  constructor(
    readonly pattern: number,
    readonly type: ShapeType,
  ) {}

  /** The sample is all there is. */
  get isWhole(): boolean {
    return this.limit === TICKETS
  }
}

/** What there is time for. */
export interface FamilySamples {
  readonly samples: readonly (readonly [Family, FamilySample])[]
  /** Families that are not looked at. */
  readonly leftOut: number
}

/** Keys whose values are too long to be looked at. */
export interface Skipped {
  keys: number
  ramBytes: number
}

/**
 * A bounded sample of keys with their values. A key is in the sample when the hash of its name is below the limit of
 * its family; limits are halved as families grow, so that what is kept is always a fair sample, and the same in every
 * run, however the dump was cut.
 */
export class Reservoir extends TechniqueRun {
  readonly groups: Groups<SampledTally>
  readonly skipped: Skipped = { keys: 0, ramBytes: 0 }
  readonly #families = new Map<number, Family>()
  readonly #samples = new Map<number, FamilySamples>()
  #familyKeys = FAMILY_KEYS
  #familyBytes = FAMILY_BYTES
  #keys = 0
  #bytes = 0

  // Of the key at hand.
  #family!: Family
  #ticket = 0
  #taken = false
  #buffer = new Uint8Array(4096)
  #used = 0
  #nameBytes = 0
  #lengths: number[] = []
  /** Elements with draws from here on are not kept. */
  #elementLimit = TICKETS
  /** The draw of each element that is kept. */
  #draws: number[] = []
  #index = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.groups = new Groups(context.names, (...group) => new SampledTally(...group))
  }

  /** Those with keys in the sample, in the order in which they came. */
  get families(): readonly Family[] {
    return [...this.#families.values()]
  }

  /**
   * Families with as many of their keys as there is time for, those with the most bytes first.
   * @param units that may be looked at in all, as `unitsOf` counts them
   */
  samples(units: number): FamilySamples {
    let samples = this.#samples.get(units)
    if (samples === undefined) {
      samples = this.#choose(units)
      this.#samples.set(units, samples)
    }
    return samples
  }

  #choose(units: number): FamilySamples {
    const families = this.families
      .filter(({ keys }) => keys.length > 0)
      .map((family) => ({
        family,
        ramBytes: family.tallies.reduce((sum, { ramBefore }) => sum + ramBefore, 0),
        cost: family.keys.reduce((sum, key) => sum + unitsOf(key), 0),
      }))
      .sort((a, b) => b.ramBytes - a.ramBytes || a.family.pattern - b.family.pattern)
    const looked = families.slice(0, MOST_FAMILIES)
    const most = fairShare(
      looked.map(({ cost }) => cost),
      units,
    )
    const samples = looked.map(({ family }) => {
      const keys = [...family.keys].sort((a, b) => a.ticket - b.ticket)
      let used = 0
      let count = 0
      while (count < keys.length && (used < most || count < 2)) used += unitsOf(keys[count++]!)
      const isWhole = family.isWhole && count === keys.length
      return [family, new FamilySample(family.pattern, keys.slice(0, count), isWhole)] as const
    })
    return { samples, leftOut: families.length - looked.length }
  }

  override begin(key: RdbKey): boolean {
    const type = sampledType(key)
    if (type === null) return false
    this.#family = this.#familyOf(type)
    const { bytes, start, end } = key.key.load()
    this.#ticket = ticketOf(bytes, start, end)
    this.#taken = this.#ticket < this.#family.limit
    if (!this.#taken) return true
    this.#used = 0
    this.#lengths.length = 0
    this.#draws.length = 0
    this.#elementLimit = TICKETS
    this.#index = 0
    this.#append(bytes, start, end)
    this.#nameBytes = this.#used
    return true
  }

  override string(value: RdbString): void {
    if (this.#taken && value.length <= MAX_STRING_BYTES && value.form !== STRING_FORM.streamed) this.#add(value)
  }

  override container(_container: Container): boolean {
    return this.#taken
  }

  override element(value: RdbString): void {
    if (this.#taken && this.#fits(1, value.length)) this.#add(value)
  }

  override field(field: RdbString, value: RdbString): void {
    if (!this.#taken || !this.#fits(2, field.length + value.length)) return
    this.#add(field)
    this.#add(value)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const isString = key.layout.redisType === 'string'
    if (batch.longestElementBytes[row]! > (isString ? MAX_STRING_BYTES : MAX_ELEMENT_BYTES)) {
      this.skipped.keys++
      this.skipped.ramBytes += batch.ramBytes[row]!
      return
    }
    const tally = this.groups.of(key, batch, row)
    const family = this.#family
    if (tally.keys === 0) family.tallies.push(tally)
    tally.eligible(batch, row)
    if (!this.#taken || key.damage !== null) return
    const kept = this.#lengths.length / (family.type === 'hash' ? 2 : 1)
    const scale = family.type === 'string' || kept === 0 ? 1 : batch.elements[row]! / kept
    const sampled: SampledKey = {
      ticket: this.#ticket,
      type: family.type,
      nameBytes: this.#nameBytes,
      bytes: this.#buffer.slice(0, this.#used),
      lengths: Uint32Array.from(this.#lengths),
      hasExpiry: key.expiresAtMs >= 0,
      scale,
      ramBytes: batch.ramBytes[row]!,
      encoding: batch.encoding[row]!,
      tally,
      // Elements do not tell the nodes of a list, which may be full or not.
      plainBytes: family.type === 'list' && scale === 1 ? batch.ramBytes[row]! : Number.NaN,
    }
    family.keys.push(sampled)
    this.#count(family, sampled, 1)
    if (family.keys.length > this.#familyKeys || family.bytes > this.#familyBytes) this.#thin(family)
    while (this.#keys > MAX_KEYS || this.#bytes > MAX_BYTES) this.#shrink()
  }

  /** A reservoir has nothing to say by itself. */
  override outcome(): Outcome {
    return { groups: [] }
  }

  #familyOf(type: ShapeType): Family {
    const pattern = this.context.names.current
    const number = pattern * 8 + FAMILY_TYPES.indexOf(type)
    let family = this.#families.get(number)
    if (family === undefined) {
      family = new Family(pattern, type)
      this.#families.set(number, family)
    }
    return family
  }

  /** Whether the next element (of `parts` strings) is one that is kept; makes room when there is none. */
  #fits(parts: number, bytes: number): boolean {
    // Such a key is left out in the end.
    if (bytes > MAX_ELEMENT_BYTES * 2) return false
    const room = this.#nameBytes + MAX_ELEMENT_BYTES * 4
    while (this.#lengths.length >= MAX_ELEMENTS * parts || this.#used + bytes > room) this.#halve(parts)
    const draw = elementDraw(this.#ticket, this.#index++)
    if (draw >= this.#elementLimit) return false
    this.#draws.push(draw)
    return true
  }

  /** Keeps about every second element only: by chance, since lists may repeat themselves. */
  #halve(parts: number): void {
    const limit = this.#elementLimit / 2
    const lengths: number[] = []
    const draws: number[] = []
    let from = this.#nameBytes
    let to = from
    for (let i = 0; i < this.#lengths.length; i += parts) {
      let size = 0
      for (let part = 0; part < parts; part++) size += this.#lengths[i + part]!
      const draw = this.#draws[i / parts]!
      if (draw < limit) {
        this.#buffer.copyWithin(to, from, from + size)
        to += size
        draws.push(draw)
        for (let part = 0; part < parts; part++) lengths.push(this.#lengths[i + part]!)
      }
      from += size
    }
    this.#used = to
    this.#lengths = lengths
    this.#draws = draws
    this.#elementLimit = limit
  }

  #add(value: RdbString): void {
    const { bytes, start, end } = value.load()
    this.#append(bytes, start, end)
    this.#lengths.push(end - start)
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#used + end - start
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(needed * 2)
      larger.set(this.#buffer.subarray(0, this.#used))
      this.#buffer = larger
    }
    if (end - start < 32) for (let i = start, to = this.#used; i < end; i++) this.#buffer[to++] = bytes[i]!
    else this.#buffer.set(bytes.subarray(start, end), this.#used)
    this.#used = needed
  }

  #count(family: Family, { bytes }: SampledKey, sign: 1 | -1): void {
    family.bytes += sign * bytes.length
    this.#keys += sign
    this.#bytes += sign * bytes.length
  }

  #thin(family: Family): void {
    while (
      family.keys.length > LEAST_FAMILY_KEYS &&
      (family.keys.length > this.#familyKeys || family.bytes > this.#familyBytes)
    ) {
      this.#halveLimit(family)
    }
  }

  #halveLimit(family: Family): void {
    family.limit /= 2
    const kept: SampledKey[] = []
    for (const key of family.keys) {
      if (key.ticket < family.limit) kept.push(key)
      else this.#count(family, key, -1)
    }
    family.keys = kept
  }

  /** Too much in all: families may keep half as much from here on, or the largest one has to. */
  #shrink(): void {
    const tooManyBytes = this.#bytes > MAX_BYTES
    if (tooManyBytes && this.#familyBytes > LEAST_FAMILY_BYTES) this.#familyBytes /= 2
    else if (!tooManyBytes && this.#familyKeys > LEAST_FAMILY_KEYS) this.#familyKeys /= 2
    else {
      let largest = this.#family
      for (const family of this.#families.values()) {
        const isLarger = tooManyBytes ? family.bytes > largest.bytes : family.keys.length > largest.keys.length
        if (isLarger) largest = family
      }
      this.#halveLimit(largest)
      return
    }
    for (const family of this.#families.values()) this.#thin(family)
  }
}

/** Number of 32 bits for an element by its place in a value: looks random, and is the same in every run. */
function elementDraw(ticket: number, index: number): number {
  let hash = ticket ^ Math.imul(index + 1, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const FAMILY_TYPES: readonly ShapeType[] = ['string', 'list', 'set', 'zset', 'hash']

/** The most that each may take so that all together take no more than `total`. */
function fairShare(wishes: readonly number[], total: number): number {
  const sorted = [...wishes].sort((a, b) => a - b)
  let left = total
  for (const [index, wish] of sorted.entries()) {
    const share = left / (sorted.length - index)
    if (wish > share) return share
    left -= wish
  }
  return Infinity
}
