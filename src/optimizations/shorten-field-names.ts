import type { RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ShapeString } from '../memory/shape-string.js'
import { AsElements, isPlainHash } from './as-elements.js'
import { type FieldNames, FieldNamesByPattern, fieldHash, fixedText } from './field-names.js'
import { ChosenKeys, Groups, GroupTally } from './groups.js'
import { type Change, type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import type { Rename } from './parameters.js'
import { Fork, RewriteRun, type ShapeSink } from './rewriter.js'
import { MOST_SHORT_NAMES, shortNames } from './short-names.js'

/** Patterns with fewer hashes are not worth a list of names. */
const LEAST_KEYS = 50

export const shortenFieldNames: Technique = {
  id: 'shorten-field-names',
  title: 'Shorten the names of hash fields',
  why: 'A hash stores the name of each field anew: with short values the names are most of it.',
  effort: 'client',
  certainty: 'exact',
  breaks: [
    'HINCRBY and HSETNX under the new name do not see the old field: while both are in use, move it first, in one script with the command.',
    'Every reader and writer has to use the new names, Lua scripts and search indexes included.',
    'HGETALL shows names that say little: keep the list of abbreviations at hand.',
  ],
  cpu: 'None; packed hashes are walked faster.',
  steps: [
    'Map names in one place of the client: <old> to <new>',
    'Readers: HMGET both names and take the one that is there. Writers: HSET the new name and HDEL the old one.',
    'Rewrite the rest in the background, hash by hash, in a script so that no write comes between',
  ],
  verify: ['HKEYS <key>', 'MEMORY USAGE of a hash before and after'],
  rollback: ['The same steps with the names exchanged.'],
  parameters: [
    {
      name: 'rename',
      kind: 'renames',
      describe: 'visits:v,name:n [all fields of patterns with a fixed set of them, one letter each]',
    },
  ],
  rewrites: ['field names'],
  start: (context) => new ShortenFieldNames(context),
}

class FieldTally extends GroupTally {
  /** Some hash had no field to shorten, or too many. */
  unchanged = 0
}

class ShortenFieldNames extends RewriteRun<FieldTally> {
  readonly #names = new FieldNamesByPattern(MOST_SHORT_NAMES)
  readonly #renames: readonly Rename[] | null
  readonly #shortener: FieldShortener

  constructor(context: TechniqueContext) {
    super(context, context.target, new Groups(context.names, (...group) => new FieldTally(...group)))
    this.#renames = context.parameters.renames('rename') ?? null
    let shortener!: FieldShortener
    this.through((next) => {
      shortener = new FieldShortener(next, this.#renames)
      return shortener
    })
    this.#shortener = shortener
  }

  override takes(key: RdbKey): boolean {
    if (!isPlainHash(key)) return false
    this.#shortener.changed = 0
    this.#shortener.names = null
    if (this.#renames !== null) return true
    const names = this.#names.of(this.context.names.current)
    this.#shortener.names = names
    return names !== null && !names.tooMany
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.groups.of(key, batch, row)
    if (this.#shortener.changed === 0) tally.unchanged++
    else tally.resized(batch, row, this.sizer.ramBytes)
  }

  override outcome(): Outcome {
    const some = this.groups.all.filter(({ keys }) => keys > 0)
    if (this.#renames !== null) {
      const renames = new Map(this.#renames.map(({ from, to }) => [fieldHash(fixedText(from)), fixedText(to)]))
      return { groups: some, assumptions: [NO_CLASH], change: this.#change(some, () => renames) }
    }
    const fixed = some.filter(({ keys, pattern }) => keys >= LEAST_KEYS && this.#names.of(pattern)?.tooMany === false)
    const groups = usefulGroups(fixed)
    const renames = new Map(groups.map(({ pattern }) => [pattern, shortFieldNames(this.#names.of(pattern)!)]))
    return {
      groups,
      details: ({ pattern }) => ({
        fields: this.context.names.shown([...renames.get(pattern)!.shown].map(([from, to]) => `${from}=${to}`)),
      }),
      assumptions: [
        NO_CLASH,
        `All fields of hashes whose pattern has at most ${MOST_SHORT_NAMES} different ones become one letter.`,
      ],
      change: this.#change(groups, () => renames.get(this.context.names.current)!.byHash),
    }
  }

  /** @param renamesOf new names by `fieldHash` of the old ones, for the key at hand */
  #change(groups: readonly GroupTally[], renamesOf: () => ReadonlyMap<number, RdbString>): Change {
    const chosen = new ChosenKeys(groups, this.context)
    return {
      kind: 'keys',
      through: (next) => new Fork(next, new FieldRenamer(next, renamesOf), (key) => isPlainHash(key) && chosen.has()),
    }
  }
}

/** One letter for each field that takes more than one byte. */
function shortFieldNames(names: FieldNames): {
  readonly shown: ReadonlyMap<string, string>
  readonly byHash: ReadonlyMap<number, RdbString>
} {
  const long = names.sorted.filter((name) => Buffer.byteLength(name) > 1)
  const reserved = names.sorted.filter((name) => name.length === 1)
  const shown = shortNames(long, 1, reserved)
  const byHash = new Map<number, RdbString>()
  for (const [hash, name] of names.byHash) {
    const short = shown.get(name)
    if (short !== undefined) byHash.set(hash, fixedText(short))
  }
  return { shown, byHash }
}

const NO_CLASH = 'No new name is the name of another field of the same hash.'

/** Shows the fields of hashes under shorter names. */
class FieldShortener extends AsElements {
  /** Fields with another name. */
  changed = 0
  /** Takes the names of fields where none are given. */
  names: { add(field: RdbString): void } | null = null
  readonly #letter = new ShapeString().set(1, Number.NaN)
  readonly #renames: ReadonlyMap<number, RdbString> | null

  constructor(next: ShapeSink, renames: readonly Rename[] | null) {
    super(next, 'hash')
    this.#renames =
      renames === null ? null : new Map(renames.map(({ from, to }) => [fieldHash(fixedText(from)), fixedText(to)]))
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    let name = field
    if (this.#renames !== null) name = this.#renames.get(fieldHash(field)) ?? field
    else {
      this.names?.add(field.load())
      if (field.length > 1) name = this.#letter
    }
    if (name !== field) this.changed++
    super.field(name, value, expiresAtMs)
  }
}

/** Shows the fields of hashes under other names. */
class FieldRenamer extends AsElements {
  #renames: ReadonlyMap<number, RdbString> = new Map()

  constructor(
    next: ShapeSink,
    readonly renamesOf: () => ReadonlyMap<number, RdbString>,
  ) {
    super(next, 'hash')
  }

  override begin(key: RdbKey): void {
    this.#renames = this.renamesOf()
    super.begin(key)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    super.field(this.#renames.get(fieldHash(field)) ?? field, value, expiresAtMs)
  }
}
