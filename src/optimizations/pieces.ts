import type { Container, PartRole, RdbKey, RdbString } from '../../parsers/index.js'
import { KIND } from '../analysis/patterns/classes.js'
import { ShapeKey, type ShapeType } from '../memory/shape-pricer.js'
import { groupNumber } from './groups.js'
import type { NamePatterns } from './names.js'
import type { Change, PieceSink, TechniqueContext } from './optimization.js'
import { Rewriter } from './rewriter.js'

const NAME_BYTES = 256
const encoder = new TextEncoder()

/** Where the first variable part of a name begins, as the key is called now; -1 when it has none. */
export function variablePartAt(names: NamePatterns, key: RdbKey): number {
  const { variableAt, variableToken, variableKind } = names
  if (variableAt < 0 || names.key === null || names.key === key) return variableAt
  const fromEnd = Math.max(0, variableAt + key.key.length - names.key.key.length)
  const parts = names.partsNow(key)
  if (parts === names.tokens) return fromEnd
  const isWord = variableKind === KIND.wordInt
  if (isWord && parts.kind[variableToken] !== KIND.wordInt) return fromEnd
  return (isWord ? parts.digitsAt : parts.start)[variableToken]! + names.shift - key.key.load().start
}

/** Of keys that become parts of others: what is different in a cluster. */
export const OTHER_SLOT =
  'In a cluster, a key and what holds it afterwards are in different slots unless both names have the same hash tag: no MULTI ' +
  'or script takes both there, so write the new one first, then delete the old one.'

/**
 * In the order in which changes are put one behind the other. What changes values comes first, as it knows fields and
 * keys by what they are called in the dump; the result is the same in any order.
 */
export function inChain<Step>(steps: readonly Step[], changeOf: (step: Step) => Change): Step[] {
  const changesValues = (step: Step): boolean => {
    const change = changeOf(step)
    return change.kind === 'keys' && change.families !== undefined
  }
  return [...steps.filter(changesValues), ...steps.filter((step) => !changesValues(step))]
}

/** True for keys that the technique was told to look at; it is the name in the dump that counts. */
export function isMatched({ names, parameters }: TechniqueContext, key: RdbKey): boolean {
  const { match } = parameters
  if (match === null) return true
  const { bytes, start, end } = (names.key ?? key).key.load()
  return match(bytes, start, end)
}

/** Name of a key that pieces go to. Reused: one name at a time. */
export class PieceName {
  bytes = new Uint8Array(NAME_BYTES)
  length = 0
  readonly #key = new ShapeKey()

  /** `text`, and a number behind it where there is one. */
  text(text: string, number?: number): this {
    this.length = 0
    return this.#append(encoder.encode(number === undefined ? text : text + number))
  }

  /** The name of a key, and text behind it. */
  behind(key: RdbString, text: string): this {
    const { bytes, start, end } = key.load()
    this.length = 0
    return this.#append(bytes.subarray(start, end)).#append(encoder.encode(text))
  }

  /** A key of that name in the database of another one; it never expires. */
  keyLike(key: RdbKey, type: ShapeType): ShapeKey {
    const piece = this.#key.set(type, 0, false).called(this.bytes, 0, this.length)
    piece.db = key.db
    piece.elements = 1
    return piece
  }

  /** The name itself; valid until the next one. */
  get view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  #append(bytes: Uint8Array): this {
    if (this.length + bytes.length > this.bytes.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length))
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
    return this
  }
}

/** What was chosen for the groups, by database, pattern and type: files of one data set go together. */
export class ChoiceByGroup<Choice> {
  readonly #choices = new Map<number, Choice>()

  /** The first one counts. */
  add(group: { readonly db: number; readonly pattern: number; readonly type: number }, choice: Choice): this {
    const number = groupNumber(group.db, group.pattern, group.type)
    if (!this.#choices.has(number)) this.#choices.set(number, choice)
    return this
  }

  of(db: number, pattern: number, type: number): Choice | undefined {
    return this.#choices.get(groupNumber(db, pattern, type))
  }
}

/**
 * Holds a key back until its value is seen, which says whether it becomes pieces. What does not is handed on as it is.
 */
abstract class HeldBack extends Rewriter {
  declare next: PieceSink
  /** The key at hand, before it is decided. */
  protected held: RdbKey | null = null
  /** The key at hand has become pieces: nothing of it is handed on. */
  protected taken = false

  constructor(next: PieceSink) {
    super(next)
  }

  /** False: the key is handed on whatever its value. */
  protected abstract mayTake(key: RdbKey): boolean

  /** The key stays as it is. */
  protected handOn(): void {
    if (this.held !== null) super.begin(this.held)
    this.held = null
  }

  override begin(key: RdbKey): void {
    this.taken = false
    if (this.mayTake(key)) this.held = key
    else super.begin(key)
  }

  override end(key: RdbKey): void {
    this.handOn()
    if (!this.taken) super.end(key)
    this.taken = false
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.handOn()
    if (!this.taken) super.part(role, bytes, start, end)
  }
}

/** Strings that become pieces one for one. */
export abstract class StringPieces extends HeldBack {
  /** Shows `next` the string as a piece; false: it stays as it is. */
  protected abstract piece(key: RdbKey, value: RdbString): boolean

  override string(value: RdbString): void {
    if (this.held !== null && this.piece(this.held, value)) {
      this.held = null
      this.taken = true
      return
    }
    this.handOn()
    super.string(value)
  }
}

/** Collections whose elements become pieces, if there are enough of them. */
export abstract class ElementPieces extends HeldBack {
  /** The number of elements is known: true when they become pieces. */
  protected abstract take(key: RdbKey, elements: number): boolean

  override count(elements: number): void {
    this.#decide(elements)
    if (!this.taken) super.count(elements)
  }

  override container(container: Container): boolean {
    const perEntry = this.held?.layout.redisType === 'set' ? 1 : 2
    this.#decide(container.entries / perEntry)
    return this.taken || super.container(container)
  }

  override containerEnd(container: Container): void {
    if (!this.taken) super.containerEnd(container)
  }

  // Nobody said how many there are: the key stays whole.

  override element(value: RdbString, expiresAtMs: number): void {
    this.handOn()
    super.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.handOn()
    super.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.handOn()
    super.member(member, score, scoreText)
  }

  #decide(elements: number): void {
    if (this.held === null) return
    if (this.take(this.held, elements)) {
      this.held = null
      this.taken = true
    } else this.handOn()
  }
}
