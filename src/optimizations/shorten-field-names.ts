import { type RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ShapeString } from '../memory/shape-string.js'
import { AsElements, isPlainHash } from './as-elements.js'
import { FieldNamesByPattern, fieldHash } from './field-names.js'
import { Groups, GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import type { Rename } from './parameters.js'
import { RewriteRun, type ShapeSink } from './rewriter.js'
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
    if (this.#renames !== null) return { groups: some, assumptions: [NO_CLASH] }
    const fixed = some.filter(({ keys, pattern }) => keys >= LEAST_KEYS && this.#names.of(pattern)?.tooMany === false)
    return {
      groups: usefulGroups(fixed),
      details: ({ pattern }) => ({
        fields: this.context.names.shown(
          [...shortNames(this.#names.of(pattern)!.sorted, 1)].map(([from, to]) => `${from}=${to}`),
        ),
      }),
      assumptions: [
        NO_CLASH,
        `All fields of hashes whose pattern has at most ${MOST_SHORT_NAMES} different ones become one letter.`,
      ],
    }
  }
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
    this.#renames = renames === null ? null : new Map(renames.map(({ from, to }) => [fieldHash(text(from)), text(to)]))
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

function text(name: string): RdbString {
  const bytes = new TextEncoder().encode(name)
  const string = new RdbString()
  string.setRaw(bytes, 0, bytes.length, bytes.length)
  return string
}
