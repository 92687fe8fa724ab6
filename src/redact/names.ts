import { createHash } from 'node:crypto'
import { RdbError, type RdbLocation } from '../../parsers/index.js'
import { unescapeBytes } from '../../reports/escape.js'
import { DEFAULT_SEPARATORS, KIND_TEXT } from '../analysis/patterns/classes.js'
import { PatternMiner } from '../analysis/patterns/miner.js'
import { KeyBatch } from '../batch.js'

/** Hex digits of SHA-256 that stand for a name, and for a word in a pattern. */
const NAME_DIGITS = 12
const WORD_DIGITS = 6

const encoder = new TextEncoder()

/** The pattern of a name, in the words of whoever has seen the other names; null when it is not known. */
export type PatternOf = (name: Uint8Array) => string | null

/** Writes names so that they can be shown to others. The same name always becomes the same text. */
export class NameRedactor {
  readonly mode: 'ids' | 'hash'
  readonly #patternOf: (name: Uint8Array) => string
  /** What a name shows by itself. */
  readonly #alone: (name: Uint8Array) => string
  readonly #words: RegExp
  readonly #patterns = new Map<string, string>()

  /** @param patternOf for `ids`; default: what a name shows by itself */
  constructor(mode: 'ids' | 'hash', separators = DEFAULT_SEPARATORS, patternOf: PatternOf = () => null) {
    this.mode = mode
    const classes = KIND_TEXT.filter((text) => text !== '').map((text) => text.replace(/[{*}]/g, '\\$&'))
    const digits = new RegExp(`${classes.join('|')}|\\d+`, 'g')
    let alone: PatternOf | null = null
    this.#alone = (name) => {
      alone ??= patternsOf(new PatternMiner({ separators }))
      // Of a single name nobody knows whether the number in `user42` is a part of the word.
      return alone(name)!.replace(digits, (text) => (text.startsWith('{') ? text : '{int}'))
    }
    this.#patternOf = (name) => patternOf(name) ?? this.#alone(name)
    const splits = [...separators, '{', '}'].map((sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`).join('')
    this.#words = new RegExp(`${classes.join('|')}|[^${splits}]+`, 'gu')
  }

  name(bytes: Uint8Array): string {
    if (this.mode === 'ids') return this.#patternOf(bytes)
    return `key-${digestOf(bytes, NAME_DIGITS)}`
  }

  /** A name as parsers and reports show it, in `\xNN` form. */
  shown(text: string): string {
    return this.name(unescapeBytes(text))
  }

  /** A pattern, or a part of one: with `hash`, words become digits and only classes and separators stay. */
  pattern(text: string): string {
    if (this.mode === 'ids' || text === '[other]' || text === '[empty]') return text
    let hashed = this.#patterns.get(text)
    if (hashed === undefined) {
      hashed = text.replace(this.#words, (word) =>
        KIND_TEXT.includes(word) ? word : digestOf(encoder.encode(word), WORD_DIGITS),
      )
      if (this.#patterns.size > 20_000) this.#patterns.clear()
      this.#patterns.set(text, hashed)
    }
    return hashed
  }

  /** A name within values, such as a field: not a key, and it may be a class already. */
  field(text: string): string {
    if (/^(?:\[\]|\[other\]|\{(?:\*|int|uuid|hex|date|email)\})$/.test(text)) return text
    return this.mode === 'ids' ? this.#alone(encoder.encode(text)) : this.pattern(text)
  }

  /** The text between the braces of a name. */
  hashTag(text: string): string {
    const bytes = encoder.encode(text)
    return this.mode === 'ids' ? this.#alone(bytes) : `tag-${digestOf(bytes, NAME_DIGITS)}`
  }

  location(at: RdbLocation): RdbLocation {
    return at.key === undefined ? at : { ...at, key: this.shown(at.key) }
  }

  /** The same error with another name in it. */
  error<Failure extends Error>(error: Failure): Failure {
    if (!(error instanceof RdbError)) return error
    return new RdbError(error.problem, this.location(error.at)) as Error as Failure
  }

  /** A sentence in which the name may stand as `locate` writes it. */
  sentence(message: string, at: RdbLocation): string {
    return at.key === undefined ? message : message.replaceAll(`key "${at.key}"`, () => `key "${this.shown(at.key!)}"`)
  }
}

function digestOf(bytes: Uint8Array, digits: number): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, digits)
}

/** Patterns of names one by one, in the words of a miner that may have seen others before. */
export function patternsOf(miner: PatternMiner): PatternOf {
  const batch = new KeyBatch(1)
  return (name) => {
    batch.clear()
    batch.setKey(0, name, 0, name.length)
    batch.keyLength[0] = name.length
    batch.length = 1
    return miner.patternOf(batch, 0)
  }
}

/** The exact bytes behind a name in a report. */
export function nameBytes(name: { readonly key: string; readonly keyBase64?: string }): Uint8Array {
  if (name.keyBase64 !== undefined) return Uint8Array.from(atob(name.keyBase64), (byte) => byte.charCodeAt(0))
  return encoder.encode(name.key)
}
