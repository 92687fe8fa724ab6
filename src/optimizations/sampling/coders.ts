import { type Container, type RdbKey, RdbString, STRING_FORM } from '../../../parsers/index.js'
import type { ByteMatcher } from '../../glob.js'
import { ShapeKey, type ShapeType } from '../../memory/shape-pricer.js'
import { KeySizer } from '../../memory/sizer.js'
import { integerOf } from '../../memory/structs/integers.js'
import type { Target } from '../../memory/target.js'
import { fieldHash } from '../field-names.js'
import type { NamePatterns } from '../names.js'
import { Rewriter, type ShapeSink } from '../rewriter.js'
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

/** Changes one value after the other as a family wants it. */
class Changer {
  coders: FamilyCoders | null = null
  readonly #string = new RdbString()
  readonly #name = new RdbString()

  /** @param field whose value it is; null where there are no fields */
  value(value: RdbString, field: RdbString | null): RdbString {
    const coders = this.coders
    if (coders === null) return value
    const coder = (field === null ? undefined : coders.byField?.get(fieldHash(field))) ?? coders.all
    return coder === null ? value : changed(value, coder, this.#string)
  }

  name(name: RdbString): RdbString {
    const coder = this.coders?.name
    return coder === undefined ? name : changed(name, coder, this.#name)
  }
}

function changed(value: RdbString, coder: ValueCoder, into: RdbString): RdbString {
  if (value.form === STRING_FORM.streamed) return value
  if (coder.takesIntegers !== true && value.length <= 20 && !Number.isNaN(integerOf(value))) return value
  const after = coder.encode(value.view())
  if (after === null) return value
  into.setRaw(after, 0, after.length, after.length)
  return into
}

/** Prices keys of a sample, as they are and as they would be. */
export class SamplePricer {
  readonly #sizer: KeySizer
  readonly #key = new ShapeKey()
  readonly #changer = new Changer()
  readonly #name = new RdbString()
  readonly #field = new RdbString()
  readonly #value = new RdbString()

  constructor(target: Target) {
    this.#sizer = new KeySizer(target)
  }

  /**
   * Bytes of the key as it is, with the elements that the sample has of it; null when a part of a large collection would be
   * stored otherwise than the whole, so that nothing can be concluded from it.
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
    let elements = 0
    eachValue(key, (field, value) => {
      elements++
      raw(this.#value, value)
      if (field !== null) {
        raw(this.#field, field)
        sizer.field(this.#field, changer.value(this.#value, this.#field), -1)
      } else if (key.type === 'string') sizer.string(changer.value(this.#value, null))
      else sizer.element(changer.value(this.#value, null), -1)
    })
    shape.elements = elements
    if (key.type !== 'string') sizer.count(elements)
    sizer.end(shape)
    return sizer.ramBytes
  }
}

function raw(string: RdbString, bytes: Uint8Array): RdbString {
  string.setRaw(bytes, 0, bytes.length, bytes.length)
  return string
}

/** Families by pattern and type of key, as they are in the dump. */
export class CodersByFamily {
  readonly #coders = new Map<string, FamilyCoders>()

  /** @param match only keys with such names */
  constructor(
    readonly names: NamePatterns,
    readonly match: ByteMatcher | null,
  ) {}

  set(pattern: number, type: ShapeType, coders: FamilyCoders): void {
    this.#coders.set(`${pattern} ${type}`, coders)
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
  readonly #changer = new Changer()
  #isCollection = false

  constructor(
    next: ShapeSink,
    readonly families: CodersByFamily,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    this.#changer.coders = this.families.of(key)
    this.#isCollection = this.#changer.coders !== null && key.layout.redisType !== 'string'
    super.begin(this.#changed(key))
  }

  override end(key: RdbKey): void {
    // Where a container was taken apart, nobody said how many there are.
    if (this.#isCollection) super.count(key.elements)
    super.end(this.#changed(key))
  }

  override string(value: RdbString): void {
    super.string(this.#changer.value(value, null))
  }

  override count(elements: number): void {
    if (!this.#isCollection) super.count(elements)
  }

  override container(container: Container): boolean {
    return this.#isCollection || super.container(container)
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
