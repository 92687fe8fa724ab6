import { type Container, type RdbKey, RdbString, type RedisType, STRING_FORM } from '../../../parsers/index.js'
import type { ByteMatcher } from '../../glob.js'
import { joined } from '../../joined.js'
import { ShapeKey, type ShapeType } from '../../memory/shape-pricer.js'
import { ShapeString } from '../../memory/shape-string.js'
import { KeySizer } from '../../memory/sizer.js'
import { integerOf } from '../../memory/structs/integers.js'
import type { Target } from '../../memory/target.js'
import { elementsOf } from '../as-elements.js'
import { fieldHash } from '../field-names.js'
import type { NamePatterns } from '../names.js'
import { Rewriter, type ShapeSink } from '../rewriter.js'
import type { DictionaryKey } from './dictionary-key.js'
import { RatioEstimate } from './estimate.js'
import { eachValue, nameOf, type SampledKey, sampledType } from './sampled-key.js'

/** Turns a value into a shorter one. */
export interface ValueCoder {
  /** The value in its new form; null: it stays as it is. The result is valid until the next call. */
  encode(value: Uint8Array): Uint8Array | null
  /** Changes integers, too, which a server keeps without a string; without it they are not shown. */
  readonly takesIntegers?: boolean
}

/** How the keys of one family are changed. */
export interface FamilyCoders {
  /** For all values; null: only those of `byField`. */
  readonly all: ValueCoder | null
  /** For the values of fields, by `fieldHash`. */
  readonly byField?: ReadonlyMap<number, ValueCoder> | undefined
  /** For the name of the key. */
  readonly name?: ValueCoder | undefined
}

/** Longer values are not kept for the next who asks. */
const MOST_REMEMBERED_BYTES = 1 << 20

/**
 * What became of the last value: each step of a plan shows a value to the same coders again, one step right after the
 * other.
 */
class LastValue {
  #coder: ValueCoder | null = null
  #bytes = new Uint8Array(256)
  #length = 0
  #result: Uint8Array | null = null

  encode(coder: ValueCoder, value: Uint8Array): Uint8Array | null {
    if (coder === this.#coder && this.#isSame(value)) return this.#result
    const { length } = value
    this.#coder = null
    const result = coder.encode(value)
    if (length > MOST_REMEMBERED_BYTES) return result
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(length * 2)
    this.#bytes.set(value)
    this.#length = length
    this.#coder = coder
    this.#result = result
    return result
  }

  #isSame(value: Uint8Array): boolean {
    const { length } = value
    if (length !== this.#length) return false
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) if (bytes[i] !== value[i]) return false
    return true
  }
}

/** Changes one value after the other as a family wants it. */
class Changer {
  coders: FamilyCoders | null = null
  readonly #last: LastValue | null
  readonly #string = new RdbString()
  readonly #name = new RdbString()

  /** @param last shared by those who are shown the same values */
  constructor(last: LastValue | null = null) {
    this.#last = last
  }

  /** @param field whose value it is; null where there are no fields */
  value(value: RdbString, field: RdbString | null): RdbString {
    const coders = this.coders
    if (coders === null) return value
    const coder = (field === null ? undefined : coders.byField?.get(fieldHash(field))) ?? coders.all
    return coder === null ? value : changed(value, coder, this.#last, this.#string)
  }

  name(name: RdbString): RdbString {
    const coder = this.coders?.name
    return coder === undefined ? name : changed(name, coder, null, this.#name)
  }
}

function changed(value: RdbString, coder: ValueCoder, last: LastValue | null, into: RdbString): RdbString {
  if (value.form === STRING_FORM.streamed) return value
  if (coder.takesIntegers !== true && value.length <= 20 && !Number.isNaN(integerOf(value))) return value
  const after = last === null ? coder.encode(value.view()) : last.encode(coder, value.view())
  if (after === null) return value
  into.setRaw(after, 0, after.length, after.length)
  return into
}

/** By how much the last block of a part may be off: an eighth of a list node of 8 KiB. */
const ROUNDED_BYTES = 1024

/** Times that elements of a sample are shown at most. */
const MOST_TIMES = 8

/** Prices keys of a sample, as they are and as they would be. */
export class SamplePricer {
  /** Variance of what the key that was priced last saves in all, as some of its elements were looked at. */
  variance = 0
  readonly #sizer: KeySizer
  readonly #key = new ShapeKey()
  readonly #changer = new Changer()
  readonly #name = new RdbString()
  readonly #field = new RdbString()
  readonly #value = new RdbString()
  readonly #shapes = new SeenElements()

  constructor(target: Target) {
    this.#sizer = new KeySizer(target)
  }

  /**
   * Bytes of the key as it is, with the elements that the sample has of it; null when a part of a large collection
   * would be stored otherwise than the whole, so that nothing can be concluded from it.
   */
  plain(key: SampledKey): number | null {
    if (Number.isNaN(key.plainBytes)) {
      const bytes = this.price(key, null)
      key.plainBytes = key.scale === 1 || this.#sizer.encoding === key.encoding ? bytes : Infinity
    }
    return Number.isFinite(key.plainBytes) ? key.plainBytes : null
  }

  /** Bytes of the key with the elements that the sample has of it. */
  price(key: SampledKey, coders: FamilyCoders | null): number {
    const sizer = this.#sizer
    const changer = this.#changer
    changer.coders = coders
    const shape = this.#key.set(key.type, key.nameBytes, key.hasExpiry)
    if (coders?.name !== undefined) shape.named(changer.name(raw(this.#name, nameOf(key))).length)
    sizer.begin(shape)
    const sums = new RatioEstimate()
    // Of large collections the elements are shown several times over, so that blocks which are filled in part count
    // less.
    const times = this.#timesOf(key)
    const shapes = times === 1 ? null : this.#shapes.clear()
    eachValue(key, (field, value) => {
      raw(this.#value, value)
      let after = this.#value
      if (field !== null) {
        raw(this.#field, field)
        after = changer.value(this.#value, this.#field)
        sizer.field(this.#field, after, -1)
        shapes?.add(this.#field)
      } else {
        after = changer.value(this.#value, null)
        if (key.type === 'string') sizer.string(after)
        else sizer.element(after, -1)
      }
      shapes?.add(after)
      sums.add(value.length, value.length - after.length)
    })
    for (let time = 1; time < times; time++) shapes!.show(sizer, key.type === 'hash')
    shape.elements = sums.keys * times
    if (key.type !== 'string') sizer.count(shape.elements)
    sizer.end(shape)
    this.variance =
      key.scale === 1
        ? 0
        : sums.variance(sums.keys * key.scale, sums.before * key.scale) +
          ((ROUNDED_BYTES * key.ramBytes) / Math.max(ROUNDED_BYTES, sizer.ramBytes)) ** 2
    return sizer.ramBytes
  }

  #timesOf({ type, scale }: SampledKey): number {
    // Compressed nodes depend on the bytes of elements.
    const isCompressed = type === 'list' && this.#sizer.target.settings['list-compress-depth'] > 0
    return isCompressed ? 1 : Math.min(MOST_TIMES, Math.max(1, Math.floor(scale)))
  }
}

/** Lengths and integers of elements that were shown to a sizer, to show them again. */
class SeenElements {
  readonly #lengths: number[] = []
  readonly #integers: number[] = []
  readonly #first = new ShapeString()
  readonly #second = new ShapeString()

  clear(): this {
    this.#lengths.length = 0
    this.#integers.length = 0
    return this
  }

  add(value: RdbString): void {
    this.#lengths.push(value.length)
    this.#integers.push(integerOf(value))
  }

  show(sizer: KeySizer, arePairs: boolean): void {
    const [first, second] = [this.#first, this.#second]
    for (let i = 0; i < this.#lengths.length; i++) {
      first.set(this.#lengths[i]!, this.#integers[i]!)
      if (!arePairs) {
        sizer.element(first, -1)
        continue
      }
      i++
      sizer.field(first, second.set(this.#lengths[i]!, this.#integers[i]!), -1)
    }
  }
}

/** A key of a sample as coders leave its values. */
export function recoded(key: SampledKey, coders: FamilyCoders): SampledKey {
  const changer = new Changer()
  changer.coders = coders
  const [before, field] = [new RdbString(), new RdbString()]
  const parts: Uint8Array[] = [nameOf(key)]
  eachValue(key, (name, value) => {
    if (name !== null) parts.push(name)
    const after = changer.value(raw(before, value), name === null ? null : raw(field, name))
    // A coder may use its room again.
    parts.push(after === before ? value : after.view().slice())
  })
  return {
    ...key,
    bytes: joined(parts),
    lengths: Uint32Array.from(parts.slice(1), ({ length }) => length),
    plainBytes: Number.NaN,
  }
}

function raw(string: RdbString, bytes: Uint8Array): RdbString {
  string.setRaw(bytes, 0, bytes.length, bytes.length)
  return string
}

/** Families by pattern and type of key, as they are in the dump. */
export class CodersByFamily {
  readonly last = new LastValue()
  readonly #coders = new Map<string, FamilyCoders>()
  readonly #dictionaries = new Map<string, readonly DictionaryKey[]>()

  /** @param match only keys with such names */
  constructor(
    readonly names: NamePatterns,
    readonly match: ByteMatcher | null,
  ) {}

  /** @param dictionaries what has to be kept in the server to read the values again, once per database */
  set(pattern: number, type: ShapeType, coders: FamilyCoders, dictionaries: readonly DictionaryKey[] = []): void {
    this.#coders.set(`${pattern} ${type}`, coders)
    this.#dictionaries.set(`${pattern} ${type}`, dictionaries)
  }

  /** Those that a family needs once per database. */
  dictionariesOf(pattern: number, type: RedisType): readonly DictionaryKey[] {
    return this.#dictionaries.get(`${pattern} ${type}`) ?? []
  }

  get(pattern: number, type: ShapeType): FamilyCoders | null {
    return this.#coders.get(`${pattern} ${type}`) ?? null
  }

  /**
   * Of the key that `names` has looked at. Other changes may have given it another name by now; one that they made
   * another type of is left alone.
   */
  of(key: RdbKey): FamilyCoders | null {
    const type = sampledType(key)
    const original = this.names.key ?? key
    if (type === null || sampledType(original) !== type) return null
    const coders = this.#coders.get(`${this.names.current} ${type}`)
    if (coders === undefined) return null
    const { bytes, start, end } = original.key.load()
    return this.match === null || this.match(bytes, start, end) ? coders : null
  }
}

/**
 * Shows keys with their values (and names) changed. Collections that are changed are shown element by element, others
 * as they are.
 */
export class CodedKeys extends Rewriter {
  readonly #shape = new ShapeKey()
  readonly #changer: Changer
  #isCollection = false
  #isCounted = false
  #type: ShapeType | null = null

  constructor(
    next: ShapeSink,
    readonly families: CodersByFamily,
  ) {
    super(next)
    this.#changer = new Changer(families.last)
  }

  override begin(key: RdbKey): void {
    this.#changer.coders = this.families.of(key)
    this.#isCollection = this.#changer.coders !== null && key.layout.redisType !== 'string'
    this.#isCounted = false
    this.#type = sampledType(key)
    super.begin(this.#changed(key))
  }

  override end(key: RdbKey): void {
    // Where several containers were taken apart, nobody said how many there are.
    if (this.#isCollection && !this.#isCounted) super.count(key.elements)
    super.end(this.#changed(key))
  }

  override string(value: RdbString): void {
    super.string(this.#changer.value(value, null))
  }

  override count(elements: number): void {
    if (this.#isCollection && this.#type === 'list') return
    this.#isCounted = true
    super.count(elements)
  }

  override container(container: Container): boolean {
    if (!this.#isCollection) return super.container(container)
    const elements = elementsOf(container, this.#type!)
    if (elements >= 0) this.count(elements)
    return true
  }

  override containerEnd(container: Container): void {
    if (!this.#isCollection) super.containerEnd(container)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    super.element(this.#changer.value(value, null), expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    super.field(field, this.#changer.value(value, field), expiresAtMs)
  }

  #changed(key: RdbKey): RdbKey {
    const coders = this.#changer.coders
    if (coders === null || (!this.#isCollection && coders.name === undefined)) return key
    const shape = this.#shape.copy(key)
    if (this.#isCollection) shape.as(sampledType(key)!)
    if (coders.name !== undefined) shape.key = this.#changer.name(key.key)
    return shape
  }
}
