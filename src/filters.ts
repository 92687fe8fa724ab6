import { type RdbKey, type RedisType, STRING_FORM } from '../parsers/index.js'
import type { KeyBatch } from './batch.js'
import { type ByteMatcher, compileGlob } from './glob.js'
import { sampleHash } from './sample-hash.js'
import { parseMoment, splitRange, UnitError } from './units.js'

/** Which keys are looked at. What is left out does not restrict; several values of one kind mean "any of them". */
export interface FilterOptions {
  /** Numbers of databases. */
  readonly db?: readonly number[] | undefined
  readonly type?: readonly RedisType[] | undefined
  /** Globs as in `KEYS`. A key is kept when any glob or any expression of `matchRe` fits. */
  readonly match?: readonly string[] | undefined
  /** Regular expressions, searched anywhere in the key's text. */
  readonly matchRe?: readonly (string | RegExp)[] | undefined
  /** Globs and expressions of keys that are left out, whatever else says of them. */
  readonly exclude?: readonly string[] | undefined
  readonly excludeRe?: readonly (string | RegExp)[] | undefined
  /** Smallest and largest `ramBytes`, both included. */
  readonly minBytes?: number | undefined
  readonly maxBytes?: number | undefined
  /** `none`, `any`, `expired`, or `A~B`: expires between two moments, both included. */
  readonly ttl?: string | undefined
  /** One key of so many, chosen by the hash of its name; default 1. */
  readonly oneIn?: number | undefined
  /** Keys that are taken whatever `oneIn` says: `sampleHash` of their name. */
  readonly always?: ReadonlySet<number> | undefined
}

/**
 * Decides which keys count, in two stages: by what stands in front of the value (so that the value can be
 * skipped), and by what only the sized row knows.
 */
export class KeyFilter {
  /** True when nothing is left out, so that both stages can be passed by. */
  readonly acceptsAll: boolean
  /** True when the second stage has something to say. */
  readonly needsRow: boolean

  readonly #dbs: ReadonlySet<number> | null
  readonly #types: ReadonlySet<RedisType> | null
  readonly #names: NameFilter | null
  readonly #ttl: string | null
  readonly #minBytes: number
  readonly #maxBytes: number
  readonly #oneIn: number
  readonly #always: ReadonlySet<number> | null
  #expiresFromMs = Number.NEGATIVE_INFINITY
  #expiresToMs = Number.POSITIVE_INFINITY

  /** @throws UnitError when an option cannot be understood */
  constructor(options: FilterOptions, nowMs = Date.now()) {
    this.#dbs = options.db === undefined || options.db.length === 0 ? null : new Set(options.db)
    this.#types = options.type === undefined || options.type.length === 0 ? null : new Set(options.type)
    this.#names = NameFilter.of(options)
    this.#ttl = options.ttl ?? null
    this.#oneIn = options.oneIn ?? 1
    this.#always = options.always ?? null
    this.#minBytes = options.minBytes ?? 0
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY
    if (this.#minBytes > this.#maxBytes) throw new UnitError('--min-bytes is larger than --max-bytes: no key can match')
    this.needsRow = this.#minBytes > 0 || this.#maxBytes !== Number.POSITIVE_INFINITY
    this.acceptsAll =
      !this.needsRow &&
      this.#oneIn === 1 &&
      this.#dbs === null &&
      this.#types === null &&
      this.#names === null &&
      this.#ttl === null
    this.setNow(nowMs)
  }

  /** The moment that `now` and `expired` mean: when the dump was made, which shows only in its first fields. */
  setNow(nowMs: number): void {
    const ttl = this.#ttl
    if (ttl === null || ttl === 'none') return
    if (ttl === 'any' || ttl === 'expired') {
      // A key lives through its last millisecond: keyIsExpired (db.c) asks for now > when.
      this.#expiresToMs = ttl === 'expired' ? nowMs - 1 : Number.POSITIVE_INFINITY
      return
    }
    const { from, to } = splitRange(ttl)
    this.#expiresFromMs = from === null ? Number.NEGATIVE_INFINITY : parseMoment(from, nowMs)
    this.#expiresToMs = to === null ? Number.POSITIVE_INFINITY : parseMoment(to, nowMs)
    if (this.#expiresFromMs > this.#expiresToMs) {
      throw new UnitError(`${JSON.stringify(ttl)} is an empty range of time: its start is later than its end`)
    }
  }

  /** First stage: everything that is known before the value. */
  acceptsKey(key: RdbKey): boolean {
    if (this.#dbs !== null && !this.#dbs.has(key.db)) return false
    if (this.#types !== null && !this.#types.has(key.layout.redisType)) return false
    if (this.#ttl !== null && !this.#acceptsExpiry(key.expiresAtMs)) return false
    if (this.#names === null && this.#oneIn === 1) return true
    // A name too long to be held has no bytes here: it fits no glob but the star.
    const name = key.key.form === STRING_FORM.streamed ? key.key : key.key.load()
    if (this.#oneIn > 1) {
      const hash = sampleHash(name.bytes, name.start, name.end)
      if (hash % this.#oneIn !== 0 && this.#always?.has(hash) !== true) return false
    }
    return this.#names === null || this.#names.accepts(name.bytes, name.start, name.end)
  }

  /** Second stage: the sizes of a finished row. */
  acceptsRow(batch: KeyBatch, row: number): boolean {
    return this.acceptsSize(batch.ramBytes[row]!)
  }

  acceptsSize(ramBytes: number): boolean {
    return ramBytes >= this.#minBytes && ramBytes <= this.#maxBytes
  }

  #acceptsExpiry(expiresAtMs: number): boolean {
    if (this.#ttl === 'none') return expiresAtMs === -1
    return expiresAtMs !== -1 && expiresAtMs >= this.#expiresFromMs && expiresAtMs <= this.#expiresToMs
  }
}

/** Globs work on the bytes of the name, expressions on its text. */
class NameFilter {
  static of(options: FilterOptions): NameFilter | null {
    const filter = new NameFilter(options)
    const counts = [filter.#match, filter.#matchRe, filter.#exclude, filter.#excludeRe].map((list) => list.length)
    return counts.every((count) => count === 0) ? null : filter
  }

  readonly #match: readonly ByteMatcher[]
  readonly #matchRe: readonly RegExp[]
  readonly #exclude: readonly ByteMatcher[]
  readonly #excludeRe: readonly RegExp[]

  private constructor(options: FilterOptions) {
    this.#match = (options.match ?? []).map(compileGlob)
    this.#matchRe = (options.matchRe ?? []).map(compileRegExp)
    this.#exclude = (options.exclude ?? []).map(compileGlob)
    this.#excludeRe = (options.excludeRe ?? []).map(compileRegExp)
  }

  accepts(bytes: Uint8Array, start: number, end: number): boolean {
    const wantsSome = this.#match.length > 0 || this.#matchRe.length > 0
    if (wantsSome && !fits(this.#match, this.#matchRe, bytes, start, end)) return false
    return !fits(this.#exclude, this.#excludeRe, bytes, start, end)
  }
}

function fits(
  globs: readonly ByteMatcher[],
  expressions: readonly RegExp[],
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (const glob of globs) if (glob(bytes, start, end)) return true
  if (expressions.length === 0) return false
  const text = keyText(bytes, start, end)
  for (const expression of expressions) if (expression.test(text)) return true
  return false
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 where it is UTF-8; else one character per byte, so that an expression can still name each byte. */
function keyText(bytes: Uint8Array, start: number, end: number): string {
  const view = bytes.subarray(start, end)
  try {
    return utf8.decode(view)
  } catch {
    let text = ''
    for (const byte of view) text += String.fromCharCode(byte)
    return text
  }
}

function compileRegExp(source: string | RegExp): RegExp {
  // Flags g and y make test() remember where it was; a filter must not.
  if (typeof source !== 'string') return new RegExp(source.source, source.flags.replace(/[gy]/g, ''))
  try {
    return new RegExp(source)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UnitError(`${JSON.stringify(source)} is not a regular expression: ${reason}`)
  }
}
