import { type RdbKey, STRING_FORM } from '../../parsers/index.js'
import { KIND } from '../analysis/patterns/classes.js'
import type { KeyBatch } from '../batch.js'
import type { Costs } from '../memory/costs.js'
import { ShapeKey } from '../memory/shape-pricer.js'
import { ChosenKeys, type GroupTally } from './groups.js'
import type { NamePatterns } from './names.js'
import { type Change, type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import { Fork, RewriteRun, Rewriter, type ShapeSink } from './rewriter.js'
import { shortNames } from './short-names.js'

/** Literal parts of key names are shortened to this. */
const SHORT_BYTES = 2
/** Patterns with fewer keys may be single names, whose parts are data. */
const LEAST_KEYS = 50

export const shortenKeyNames: Technique = {
  id: 'shorten-key-names',
  title: 'Shorten the fixed parts of key names',
  why: 'The name is stored with every key: ten bytes less are ten million bytes less for a million keys.',
  effort: 'client',
  certainty: 'exact',
  breaks: [
    'Every reader and writer has to use the new names, scripts, ACL key patterns and keyspace notifications included.',
    'INCR, SET NX and other commands that ask what is there do not see the old key under the new name: while both are in use, RENAMENX first, in one script with the command. Locks are left alone.',
    'Names say less to people who look at the data: keep the list of abbreviations at hand.',
    'In a cluster keys move to other slots, unless the slot is decided by a hash tag that stays.',
  ],
  cpu: 'None.',
  steps: [
    'Readers: try the new name, then the old one. Writers: write the new name.',
    'Rename in the background: SCAN MATCH <old>*, then RENAMENX (keeps value and TTL; in a cluster COPY or DUMP and RESTORE)',
    'Take the old name out of the readers when SCAN finds none any more',
  ],
  verify: ['INFO memory: used_memory', 'SCAN MATCH <old>* finds nothing', 'MEMORY USAGE of a key under both names'],
  rollback: ['The same steps with the names exchanged; RENAMENX loses nothing.'],
  parameters: [
    {
      name: 'rename',
      kind: 'renames',
      describe: 'leading text: users:friends=u:fs,IP:=i: [fixed parts of frequent patterns, two bytes each]',
    },
  ],
  rewrites: ['key name'],
  start: (context) => new RenameRun(context),
}

/** Leading text of a name, and what takes its place. */
interface GivenRename {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Longest first. */
function givenRenames(context: TechniqueContext): readonly GivenRename[] | null {
  const encoder = new TextEncoder()
  const renames = context.parameters.renames('rename')
  if (renames === undefined) return null
  return renames
    .map(({ from, to }) => ({ from: encoder.encode(from), to: encoder.encode(to) }))
    .sort((a, b) => b.from.length - a.from.length)
}

function startsWith(key: RdbKey, text: Uint8Array): boolean {
  const { bytes, start, end } = key.key.load()
  if (end - start < text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false
  return true
}

class RenameRun extends RewriteRun {
  readonly #given: readonly GivenRename[] | null
  readonly #costs: Costs
  #difference = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.#given = givenRenames(context)
    this.#costs = this.sizer.costs
    this.through((next) => new Resizer(next, () => this.#difference))
  }

  /** Only short strings lie in one block with the name of their key: of all others just the name is priced anew. */
  override begin(key: RdbKey): boolean {
    const { redisType } = key.layout
    this.wantsValue = redisType === 'string' || redisType === 'module'
    return this.wantsValue ? super.begin(key) : this.takes(key)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.wantsValue) {
      super.row(key, batch, row)
      return
    }
    const hasExpiry = key.expiresAtMs >= 0 ? 1 : 0
    const { length } = key.key
    const changed = this.#costs.keyGiven(length + this.#difference, hasExpiry) - this.#costs.keyGiven(length, hasExpiry)
    this.groups.of(key, batch, row).resized(batch, row, batch.ramBytes[row]! + changed)
  }

  override takes(key: RdbKey): boolean {
    if (this.#given === null) this.#difference = this.#chosen()
    else {
      const rename = this.#given.find(({ from }) => startsWith(key, from))
      this.#difference = rename === undefined ? 0 : rename.to.length - rename.from.length
    }
    return this.#difference !== 0
  }

  #chosen(): number {
    let difference = 0
    const { tokens } = this.context.names
    for (let token = 0; token < tokens.count; token++) {
      if (tokens.kind[token] !== KIND.literal) continue
      const bytes = tokens.end[token]! - tokens.start[token]!
      if (bytes > SHORT_BYTES) difference -= bytes - SHORT_BYTES
    }
    return difference
  }

  override outcome(): Outcome {
    const { names } = this.context
    const given = this.#given
    if (given !== null) {
      return {
        groups: this.groups.all,
        assumptions: [NO_CLASH],
        change: this.#change(this.groups.all, new LeadingText(given)),
      }
    }
    const groups = usefulGroups(this.groups.all.filter(({ keys, pattern }) => keys >= LEAST_KEYS && pattern !== 0))
    const literals = groups.flatMap(({ pattern }) => names.of(pattern).literals)
    const long = new Set(literals.filter(({ bytes }) => bytes > SHORT_BYTES).map(({ text }) => text))
    const short = shortNames([...long].sort(), SHORT_BYTES, names.shortLiterals(SHORT_BYTES))
    return {
      groups,
      parameters: { rename: names.shown([...short].map(([from, to]) => `${from}=${to}`)) },
      assumptions: [
        NO_CLASH,
        `Every fixed part of a pattern with at least ${LEAST_KEYS} keys becomes ${SHORT_BYTES} bytes; choose better names ` +
          'with --param shorten-key-names.rename=FROM=TO.',
      ],
      change: this.#change(groups, new Literals(names, short)),
    }
  }

  #change(groups: readonly GroupTally[], naming: Naming): Change {
    const chosen = new ChosenKeys(groups, this.context)
    return {
      kind: 'keys',
      through: (next) =>
        new Fork(
          next,
          new Renamer(next, naming),
          (key) => key.key.form !== STRING_FORM.streamed && chosen.has() && naming.renames(key),
        ),
    }
  }
}

const NO_CLASH = 'No new name is the name of another key.'

/** New names for keys. */
interface Naming {
  renames(key: RdbKey): boolean
  /** Writes the new name of a key that `renames`; returns its length. `out` has room for the old one and 1 KiB. */
  write(key: RdbKey, out: Uint8Array): number
}

/** Names that begin with some text begin with another one. */
class LeadingText implements Naming {
  #rename: GivenRename | undefined

  constructor(readonly given: readonly GivenRename[]) {}

  renames(key: RdbKey): boolean {
    this.#rename = this.given.find(({ from }) => startsWith(key, from))
    return this.#rename !== undefined
  }

  write(key: RdbKey, out: Uint8Array): number {
    const { from, to } = this.#rename!
    const { bytes, start, end } = key.key.load()
    out.set(to)
    out.set(bytes.subarray(start + from.length, end), to.length)
    return to.length + end - start - from.length
  }
}

/** The fixed parts of patterns get short names. */
class Literals implements Naming {
  /** By pattern and number of the literal; null where it stays. */
  readonly #byPattern = new Map<number, readonly (Uint8Array | null)[]>()

  constructor(
    readonly names: NamePatterns,
    readonly short: ReadonlyMap<string, string>,
  ) {}

  renames(): boolean {
    return true
  }

  write(key: RdbKey, out: Uint8Array): number {
    const { tokens } = this.names
    const { bytes, start, end } = key.key.load()
    const shortOf = this.#literals()
    // Tokens count from the beginning of the buffer in which the name stood when it was looked at.
    const shift = start - this.names.nameStart
    let from = start
    let length = 0
    let literal = 0
    for (let token = 0; token < tokens.count; token++) {
      if (tokens.kind[token] !== KIND.literal || tokens.start[token] === tokens.end[token]) continue
      const short = shortOf[literal++] ?? null
      if (short === null) continue
      const at = tokens.start[token]! + shift
      out.set(bytes.subarray(from, at), length)
      length += at - from
      out.set(short, length)
      length += short.length
      from = tokens.end[token]! + shift
    }
    out.set(bytes.subarray(from, end), length)
    return length + end - from
  }

  #literals(): readonly (Uint8Array | null)[] {
    const pattern = this.names.current
    let literals = this.#byPattern.get(pattern)
    if (literals === undefined) {
      const encoder = new TextEncoder()
      literals = this.names.of(pattern).literals.map(({ text }) => {
        const short = this.short.get(text)
        return short === undefined ? null : encoder.encode(short)
      })
      this.#byPattern.set(pattern, literals)
    }
    return literals
  }
}

/** Shows keys under their new names. */
class Renamer extends Rewriter {
  readonly #key = new ShapeKey()
  #name = new Uint8Array(1024)
  #length = 0

  constructor(
    next: ShapeSink,
    readonly naming: Naming,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    const room = key.key.length + 1024
    if (this.#name.length < room) this.#name = new Uint8Array(room)
    this.#length = this.naming.write(key, this.#name)
    super.begin(this.#renamed(key))
  }

  override end(key: RdbKey): void {
    super.end(this.#renamed(key))
  }

  #renamed(key: RdbKey): RdbKey {
    return this.#key.copy(key).called(this.#name, 0, this.#length)
  }
}

/** Shows keys with names of another length: enough for their size. */
class Resizer extends Rewriter {
  readonly #key = new ShapeKey()

  constructor(
    next: ShapeSink,
    readonly difference: () => number,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    super.begin(this.#key.copy(key).named(key.key.length + this.difference()))
  }

  override end(key: RdbKey): void {
    super.end(this.#key.copy(key).named(key.key.length + this.difference()))
  }
}
