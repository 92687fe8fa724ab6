import type { RdbKey } from '../../parsers/index.js'
import { escapeBytes } from '../../reports/escape.js'
import { DEFAULT_SEPARATORS, KIND, KIND_TEXT } from '../analysis/patterns/classes.js'
import { Tokenizer } from '../analysis/patterns/tokenizer.js'
import { NameTree } from './name-tree.js'

/** Patterns that are told apart; names of further ones fall into `OTHER`. */
const MAX_PATTERNS = 4096
/** Number of the pattern that stands for all that are not told apart. */
const OTHER_PATTERN = 0

/** The shape of key names: literal parts as they are, variable ones by their class. */
export interface NamePattern {
  readonly text: string
  /** The same without its variable parts, a name for something that holds them all; not to be shown where names are hidden. */
  readonly bare: string
  /** Bytes of the literal parts. */
  readonly literals: readonly string[]
  /** Variable parts. */
  readonly variables: number
  /** Bytes in front of the first variable part; the length of the shortest name when there is none. */
  readonly prefixBytes: number
  /** That text, as it is printed. */
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
  readonly #patterns: NamePattern[] = [
    { text: '[other]', bare: '', literals: [], variables: 0, prefixBytes: 0, prefix: '' },
  ]
  /** Numbers of patterns by the hash of all parts. */
  readonly #numbers = new Map<number, number>()
  readonly #tree = new NameTree()
  /** The same by their place in the tree. */
  readonly #byNode = new Map<number, number>()
  /** The parts of the name of the key at hand, as positions in the buffer in which it stood. */
  readonly tokens: Tokenizer
  /** Where the name began there. */
  nameStart = 0
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
    const identity = (tokens.pathA >>> 0) * 0x200000 + (tokens.pathB & 0x1fffff)
    const known = this.#numbers.get(identity)
    this.current = known ?? this.#newPattern(identity, name.bytes, name.start, name.end)
    this.variableAt = this.#firstVariable()
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

  /** There are keys of that name with one variable part behind it. */
  hasNumbered(name: string): boolean {
    return this.#patterns.some(({ variables, bare, prefix }) => variables === 1 && prefix === name && bare === name)
  }

  /** Literal parts of all patterns that are at most so long. */
  shortLiterals(bytes: number): readonly string[] {
    return this.#patterns.flatMap(({ literals }) => literals.filter((literal) => literal.length <= bytes))
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
      if (kind === KIND.wordInt) return tokens.digitsAt[t]! - this.nameStart
      if (kind !== KIND.literal) return tokens.start[t]! - this.nameStart
    }
    return -1
  }

  #describe(bytes: Uint8Array, start: number, end: number): NamePattern {
    const tokens = this.tokens
    const literals: string[] = []
    let text = ''
    let variables = 0
    let at = start
    for (let t = 0; t < tokens.count; t++) {
      const kind = tokens.kind[t]!
      const from = tokens.start[t]!
      const to = tokens.end[t]!
      text += escapeBytes(bytes.subarray(at, from))
      at = to
      if (kind === KIND.literal) {
        const literal = escapeBytes(bytes.subarray(from, to))
        text += literal
        if (literal !== '') literals.push(literal)
      } else {
        variables++
        const digitsAt = kind === KIND.wordInt ? tokens.digitsAt[t]! : from
        text += escapeBytes(bytes.subarray(from, digitsAt)) + KIND_TEXT[kind]!
      }
    }
    if (at < end) text += escapeBytes(bytes.subarray(at, Math.min(end, at + 64)))
    const prefixBytes = this.variableAt < 0 ? end - start : this.variableAt
    const prefix = escapeBytes(bytes.subarray(start, start + prefixBytes))
    const shown = this.hidden ? `[pattern ${this.#patterns.length}]` : text
    return {
      text: shown,
      bare: text.replace(/\{[a-z0-9*]+\}/g, '').replace(/([^A-Za-z0-9])\1+/g, '$1'),
      literals,
      variables,
      prefixBytes,
      prefix,
    }
  }
}
