import { type RdbKey, RdbString, type RedisType } from '../../parsers/index.js'
import { ShapeString } from './shape-string.js'
import { KeySizer } from './sizer.js'
import type { Target } from './target.js'

/** Layouts in which elements come one by one, as a server stores what is not packed. */
const LAYOUTS = {
  string: { typeId: 0, name: 'string', redisType: 'string' },
  list: { typeId: 1, name: 'list', redisType: 'list' },
  set: { typeId: 2, name: 'set', redisType: 'set' },
  zset: { typeId: 5, name: 'zset2', redisType: 'zset' },
  hash: { typeId: 4, name: 'hash', redisType: 'hash' },
} as const

export type ShapeType = keyof typeof LAYOUTS & RedisType

/** A key that is not in any dump. Reused. */
export class ShapeKey {
  db = 0
  key: RdbString = new RdbString()
  layout: RdbKey['layout'] = LAYOUTS.string
  expiresAtMs = -1
  idleSeconds = -1
  freq = -1
  offset = 0
  announcedSlot = -1
  rdbBytes = 0
  elements = 0
  damage = null
  readonly #name = new ShapeString()

  /** A key of a type with a name of that length. */
  set(type: ShapeType, nameLength: number, hasExpiry: boolean): this {
    this.layout = LAYOUTS[type]
    this.named(nameLength)
    this.expiresAtMs = hasExpiry ? 0 : -1
    this.elements = 0
    return this
  }

  /** Everything as another key has it. */
  copy(key: RdbKey): this {
    this.db = key.db
    this.key = key.key
    this.layout = key.layout
    this.expiresAtMs = key.expiresAtMs
    this.elements = key.elements
    return this
  }

  /** The same, but as a value of a type whose elements come one by one. */
  as(type: ShapeType): this {
    this.layout = LAYOUTS[type]
    return this
  }

  /** That name instead; the bytes must stay until the key ends. */
  called(bytes: Uint8Array, start: number, end: number): this {
    this.#name.setRaw(bytes, start, end, end - start)
    this.key = this.#name
    return this
  }

  /** A name of that length instead. */
  named(nameLength: number): this {
    this.key = this.#name.set(nameLength, Number.NaN)
    return this
  }
}

/**
 * Prices keys that do not exist yet, as a server holds them after a restart: the sizers of real keys, fed with lengths
 * instead of strings. Elements are given as length and integer value (NaN: none).
 */
export class ShapePricer {
  readonly #sizer: KeySizer
  readonly #key = new ShapeKey()
  readonly #first = new ShapeString()
  readonly #second = new ShapeString()
  #elements = 0

  constructor(readonly target: Target) {
    this.#sizer = new KeySizer(target)
  }

  /** Code of `ENCODING` of what was priced last. */
  get encoding(): number {
    return this.#sizer.encoding
  }

  get estimated(): boolean {
    return this.#sizer.estimated
  }

  /** `MEMORY USAGE` of what was priced last. */
  get memoryUsageBytes(): number {
    return this.#sizer.memoryUsageBytes
  }

  /** Bytes of a string key. */
  string(nameLength: number, hasExpiry: boolean, length: number, integer: number): number {
    this.begin('string', nameLength, hasExpiry)
    this.#sizer.string(this.#first.set(length, integer))
    return this.end()
  }

  begin(type: ShapeType, nameLength: number, hasExpiry: boolean): void {
    this.#elements = 0
    this.#sizer.begin(this.#key.set(type, nameLength, hasExpiry))
  }

  /** One member of a set or element of a list. */
  element(length: number, integer: number): void {
    this.#elements++
    this.#sizer.element(this.#first.set(length, integer), -1)
  }

  member(length: number, integer: number, score: number): void {
    this.#elements++
    this.#sizer.member(this.#first.set(length, integer), score, null)
  }

  field(fieldLength: number, field: number, valueLength: number, value: number): void {
    this.#elements++
    this.#sizer.field(this.#first.set(fieldLength, field), this.#second.set(valueLength, value), -1)
  }

  /** Bytes of the key that was begun. */
  end(): number {
    const key = this.#key
    key.elements = this.#elements
    // How many they are stands in front of them in a dump; sizers take it at any time before the end.
    if (this.#elements > 0) this.#sizer.count(this.#elements)
    this.#sizer.end(key)
    return this.#sizer.ramBytes
  }
}
