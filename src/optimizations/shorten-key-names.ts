import type { RdbKey } from '../../parsers/index.js'
import { ShapeKey } from '../memory/shape-pricer.js'
import { type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import { RewriteRun, Rewriter, type ShapeSink } from './rewriter.js'
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
  start: (context) =>
    context.parameters.has('rename') ? new RenameRun(context, givenRule(context)) : new RenameRun(context, null),
}

/** Bytes that a name gets longer (negative: shorter); 0 when it stays. */
type Rule = (key: RdbKey) => number

function givenRule(context: TechniqueContext): Rule {
  const encoder = new TextEncoder()
  const renames = context.parameters
    .renames('rename')!
    .map(({ from, to }) => ({ from: encoder.encode(from), difference: encoder.encode(to).length }))
    .map(({ from, difference }) => ({ from, difference: difference - from.length }))
    .sort((a, b) => b.from.length - a.from.length)
  return (key) => renames.find(({ from }) => startsWith(key, from))?.difference ?? 0
}

function startsWith(key: RdbKey, text: Uint8Array): boolean {
  const { bytes, start, end } = key.key.load()
  if (end - start < text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false
  return true
}

class RenameRun extends RewriteRun {
  readonly #rule: Rule | null
  #difference = 0

  constructor(context: TechniqueContext, rule: Rule | null) {
    super(context)
    this.#rule = rule
    this.through((next) => new Renamer(next, () => this.#difference))
  }

  override takes(key: RdbKey): boolean {
    this.#difference = this.#rule === null ? this.#chosen() : this.#rule(key)
    return this.#difference !== 0
  }

  #chosen(): number {
    let difference = 0
    const { names } = this.context
    for (const literal of names.of(names.current).literals) {
      if (literal.length > SHORT_BYTES) difference -= literal.length - SHORT_BYTES
    }
    return difference
  }

  override outcome(): Outcome {
    const { names } = this.context
    if (this.#rule !== null) return { groups: this.groups.all, assumptions: [NO_CLASH] }
    const groups = usefulGroups(this.groups.all.filter(({ keys, pattern }) => keys >= LEAST_KEYS && pattern !== 0))
    const literals = [...new Set(groups.flatMap(({ pattern }) => names.of(pattern).literals))]
    const short = shortNames(literals.filter((literal) => literal.length > SHORT_BYTES).sort(), SHORT_BYTES)
    return {
      groups,
      parameters: { rename: names.shown([...short].map(([from, to]) => `${from}=${to}`)) },
      assumptions: [
        NO_CLASH,
        `Every fixed part of a pattern with at least ${LEAST_KEYS} keys becomes ${SHORT_BYTES} bytes; choose better names ` +
          'with --param shorten-key-names.rename=FROM=TO.',
      ],
    }
  }
}

const NO_CLASH = 'No new name is the name of another key.'

class Renamer extends Rewriter {
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
