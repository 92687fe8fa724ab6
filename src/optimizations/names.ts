import type { RdbKey } from '../../parsers/index.js'
import { escapeBytes } from '../../reports/escape.js'
import { DEFAULT_SEPARATORS, KIND, KIND_TEXT } from '../analysis/patterns/classes.js'
import { Tokenizer } from '../analysis/patterns/tokenizer.js'
import { globOf } from '../glob.js'
import { seededNumber } from '../table-seed.js'
import { NameTree } from './name-tree.js'

/** Patterns that are told apart; names of further ones fall into `OTHER`. */
const MAX_PATTERNS = 4096
/**
 * Patterns of other databases than 0 that are told apart, each database for itself: every technique keeps sums of each.
 */
const MOST_IN_DATABASES = 8192
/** Number of the pattern that stands for all that are not told apart. */
const OTHER_PATTERN = 0
/** Of separators at the end of a name, so many are part of the pattern. */
const MOST_END_BYTES = 64

/** A fixed part of names. */
export interface Literal {
  /** As it is printed. */
  readonly text: string
  /** Its length in the name. */
  readonly bytes: number
}

/** Stands for a variable part; printed names have no such character. */
const VARIABLE = '\0'

/** A hash tag of which a part differs from key to key is none of what holds them all. */
function withoutVariables(name: string): string {
  return name
    .replace(/\{([^{}]*\0[^{}]*)\}/g, '$1')
    .replaceAll(VARIABLE, '')
    .replace(/([^\p{L}\p{N}])\1+/gu, '$1')
}

/** The shape of key names: literal parts as they are, variable ones by their class. */
export interface NamePattern {
  readonly text: string
  /**
   * The same without its variable parts, a name for something that holds them all; not to be shown where names are
   * hidden.
   */
  readonly bare: string
  /** For SCAN: names of the pattern, and others that differ from them in the variable parts only. */
  readonly glob: string
  /** The literal parts, as they are printed. */
  readonly literals: readonly Literal[]
  /** Variable parts. */
  readonly variables: number
  /** What stands in front of the first variable part, the name when there is none, as it is printed. */
  readonly prefix: string
}

/**
 * Tells patterns of key names while keys pass: the classes of the pattern miner, without its look at the whole. A part
 * that is any text shows as `{*}` once there were many different ones; the first of them are patterns of their own.
 */
export class NamePatterns {
  /** Number of the pattern of the key at hand. */
  current = OTHER_PATTERN
  /** The key at hand, as it is in the dump. */
  key: RdbKey | null = null
  /** Where the first variable part of its name begins, from the beginning of the name; -1 when there is none. */
  variableAt = -1
  /** The same as a number among the parts. */
  variableToken = -1
  /** What that part is, a code of `KIND`; that of a literal when there is none. */
  variableKind: number = KIND.literal
  readonly #patterns: NamePattern[] = [{ text: '[other]', bare: '', glob: '*', literals: [], variables: 0, prefix: '' }]
  /** Numbers of patterns by the hash of all parts. */
  readonly #numbers = new Map<number, number>()
  readonly #tree = new NameTree()
  /** The same by their place in the tree. */
  readonly #byNode = new Map<number, number>()
  /** Databases and numbers of patterns that were seen there. */
  readonly #inDatabases = new Set<number>()
  /** The parts of the name of the key at hand, as positions in the buffer in which it stood. */
  readonly tokens: Tokenizer
  /** Where the name began there. */
  nameStart = 0
  /** To be added to positions in what `partsNow` gave, for positions where the name stands now. */
  shift = 0
  #renamed: Tokenizer | null = null
  /** Names must not be shown. */
  readonly hidden: boolean

  /** @param hidden names must not be shown: patterns are numbered instead */
  constructor(
    readonly separators = DEFAULT_SEPARATORS,
    hidden = false,
  ) {
    this.tokens = new Tokenizer(separators)
    this.hidden = hidden
  }

  look(key: RdbKey): void {
    this.key = key
    const name = key.key.load()
    const tokens = this.tokens
    tokens.tokenize(name.bytes, name.start, name.end)
    this.nameStart = name.start
    const identity = seededNumber((tokens.pathA >>> 0) * 0x200000 + (tokens.pathB & 0x1fffff))
    const known = this.#numbers.get(identity)
    this.current = known ?? this.#newPattern(identity, name.bytes, name.start, name.end)
    if (key.db !== 0 && !this.#isToldApart(key.db)) this.current = OTHER_PATTERN
    this.variableAt = this.#firstVariable()
  }

  #isToldApart(db: number): boolean {
    const number = db * MAX_PATTERNS + this.current
    if (this.#inDatabases.has(number)) return true
    if (this.#inDatabases.size === MOST_IN_DATABASES) return false
    this.#inDatabases.add(number)
    return true
  }

  /**
   * The parts of the name of the key at hand as it is called now: other changes may have renamed it on its way. Where
   * it has as many parts as before, they are the same ones under other names; else it is the front that was renamed,
   * and positions are told from the end.
   */
  partsNow(key: RdbKey): Tokenizer {
    const { bytes, start, end } = key.key.load()
    const longer = key.key.length - this.key!.key.length
    this.shift = start - this.nameStart + longer
    if (longer === 0) return this.tokens
    this.#renamed ??= new Tokenizer(this.separators)
    this.#renamed.tokenize(bytes, start, end)
    if (this.#renamed.count !== this.tokens.count) return this.tokens
    this.shift = 0
    return this.#renamed
  }

  /** Text made of names, as it may be shown. */
  shown<Text>(text: Text): Text | null {
    return this.hidden ? null : text
  }

  of(number: number): NamePattern {
    return this.#patterns[number]!
  }

  /** There is a key of just that name, as far as patterns are told apart. */
  hasName(name: string): boolean {
    return this.#patterns.some(({ variables, prefix }, number) => number > 0 && variables === 0 && prefix === name)
  }

  /** There are keys of that pattern, as it is printed. */
  hasPattern(text: string): boolean {
    return this.#patterns.some((pattern) => pattern.text === text)
  }

  /** For SCAN: the glob of a pattern, as it is printed. */
  globOf(text: string): string {
    return this.#patterns.find((pattern) => pattern.text === text)?.glob ?? '*'
  }

  /** There are keys of that name with one variable part behind it. */
  hasNumbered(name: string): boolean {
    return this.#patterns.some(({ variables, bare, prefix }) => variables === 1 && prefix === name && bare === name)
  }

  /** Literal parts of all patterns that are at most so long, as they are printed. */
  shortLiterals(most: number): readonly string[] {
    return this.#patterns.flatMap(({ literals }) =>
      literals.filter(({ bytes }) => bytes <= most).map(({ text }) => text),
    )
  }

  /** The pattern of a name whose parts have not been seen together. */
  #newPattern(identity: number, bytes: Uint8Array, start: number, end: number): number {
    const node = this.#tree.walk(this.tokens, bytes)
    const known = this.#byNode.get(node)
    if (known !== undefined) return known
    if (node < 0 || this.#patterns.length >= MAX_PATTERNS) return OTHER_PATTERN
    const number = this.#patterns.length
    this.#byNode.set(node, number)
    // Where a part is any text, the next name has other parts.
    if (!this.#isAnyText()) this.#numbers.set(identity, number)
    this.variableAt = this.#firstVariable()
    this.#patterns.push(this.#describe(bytes, start, end))
    return number
  }

  #isAnyText(): boolean {
    for (let t = 0; t < this.tokens.count; t++) if (this.tokens.kind[t] === KIND.star) return true
    return false
  }

  /** From the beginning of the name; -1 when none is. */
  #firstVariable(): number {
    const { tokens } = this
    for (let t = 0; t < tokens.count; t++) {
      const kind = tokens.kind[t]!
      this.variableKind = kind
      this.variableToken = t
      if (kind === KIND.wordInt) return tokens.digitsAt[t]! - this.nameStart
      if (kind !== KIND.literal) return tokens.start[t]! - this.nameStart
    }
    this.variableKind = KIND.literal
    this.variableToken = -1
    return -1
  }

  #describe(bytes: Uint8Array, start: number, end: number): NamePattern {
    const tokens = this.tokens
    const literals: Literal[] = []
    let text = ''
    let bare = ''
    let glob = ''
    const fixed = (from: number, to: number): string => {
      const part = escapeBytes(bytes.subarray(from, to))
      text += part
      bare += part
      glob += globOf(part)
      return part
    }
    let variables = 0
    let at = start
    for (let t = 0; t < tokens.count; t++) {
      const kind = tokens.kind[t]!
      const from = tokens.start[t]!
      const to = tokens.end[t]!
      fixed(at, from)
      at = to
      if (kind === KIND.literal) {
        const literal = fixed(from, to)
        if (literal !== '') literals.push({ text: literal, bytes: to - from })
      } else {
        variables++
        if (kind === KIND.wordInt) fixed(from, tokens.digitsAt[t]!)
        bare += VARIABLE
        text += KIND_TEXT[kind]!
        glob += '*'
      }
    }
    if (at < end) fixed(at, Math.min(end, at + MOST_END_BYTES))
    if (at + MOST_END_BYTES < end) glob += '*'
    const prefixBytes = this.variableAt < 0 ? end - start : this.variableAt
    const prefix = escapeBytes(bytes.subarray(start, start + prefixBytes))
    const shown = this.hidden ? `[pattern ${this.#patterns.length}]` : text
    return {
      text: shown,
      bare: withoutVariables(bare),
      glob: this.hidden ? shown : glob,
      literals,
      variables,
      prefix,
    }
  }
}
