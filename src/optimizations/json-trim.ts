import { JsonPaths } from './json-paths.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import { ParameterError, type Rename } from './parameters.js'
import { parseJson } from './safe-json.js'
import type { ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep } from './sampling/commands.js'
import type { FamilySample } from './sampling/family-sample.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'
import { MOST_SHORT_NAMES, shortNames } from './short-names.js'

const LEAST_JSON = 0.5
const LEAST_VALUES = 10
/** Values that are followed path by path. */
const READ_VALUES = 1000
const SHOWN_PATHS = 24
/** A name in fewer values is data, or not worth a letter. */
const LEAST_SHARE_OF_VALUES = 0.02
const MOST_NAMES = 400

export const jsonTrim: Technique = {
  id: 'json-trim',
  title: 'Trim JSON values: short names, no blanks, nothing that nobody reads',
  why: 'Every value repeats the names of its members, and often nulls, empty lists and constants along with them.',
  effort: 'client',
  certainty: 'sampled',
  rewrites: ['values'],
  breaks: [
    'Every reader and writer must use the new names, Lua scripts (cjson) and search indexes on JSON included.',
    'A member that was left out must not be missed: readers have to take its absence for null, empty, or the constant.',
  ],
  cpu: 'Less to parse and to send.',
  steps: [
    'Map names to short ones where values are written and read',
    'Rewrite the rest in the background with SCAN, keeping the TTL',
  ],
  verify: ['STRLEN <key> before and after', 'MEMORY USAGE <key> before and after'],
  rollback: ['The same steps with the names exchanged; what was dropped has to come from its source.'],
  parameters: [
    {
      name: 'names',
      kind: 'choice',
      choices: ['shorten', 'keep'],
      describe: 'short names for all members [unless rename is given]',
    },
    { name: 'rename', kind: 'renames', describe: 'firstName=fn,lastName=ln: only these, wherever they are' },
    { name: 'drop', kind: 'list', describe: 'members to leave out, by path: debug,meta.created,items[].note' },
    {
      name: 'empty',
      kind: 'choice',
      choices: ['keep', 'drop'],
      preset: 'keep',
      describe: 'drop: leave out null, "", [] and {}',
    },
  ],
  start: (context) => new JsonTrim(context),
}

class JsonTrim extends SampledRun {
  readonly #renames: readonly Rename[] | undefined
  readonly #drop: ReadonlySet<string>
  readonly #shortens: boolean
  readonly #dropsEmpty: boolean

  constructor(context: TechniqueContext) {
    super(context)
    const { parameters } = context
    this.#renames = parameters.renames('rename')
    this.#drop = new Set(parameters.list('drop') ?? [])
    this.#dropsEmpty = parameters.text('empty') === 'drop'
    if (this.#renames !== undefined && parameters.has('names')) {
      throw new ParameterError(
        '--param json-trim.names: not together with json-trim.rename, which says what becomes of names',
      )
    }
    this.#shortens = this.#renames === undefined && parameters.text('names') !== 'keep'
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    const paths: Record<string, unknown>[] = []
    const coders = this.byColumn(sample, ({ field, values }) => {
      const read = values.slice(0, READ_VALUES)
      const objects = read.map(parseJson).filter((object) => object !== null)
      if (objects.length < Math.min(LEAST_VALUES, read.length) || objects.length < LEAST_JSON * read.length) return null
      const found = new JsonPaths()
      for (const object of objects) found.add(object)
      for (const { path, isConstant, ...sums } of found.all.slice(0, SHOWN_PATHS)) {
        const shown = field === null || path === '' ? (path === '' ? (field ?? '(all)') : path) : `${field}: ${path}`
        paths.push({ path: this.context.names.shown(shown), ...sums, ...(isConstant ? { constant: true } : {}) })
      }
      return new Trimmer(this.#namesFor(objects), this.#drop, this.#dropsEmpty)
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return { coders, details: { ...(fields === null ? {} : { fields }), paths } }
  }

  #namesFor(objects: readonly object[]): ReadonlyMap<string, string> {
    if (this.#renames !== undefined) return new Map(this.#renames.map(({ from, to }) => [from, to]))
    return this.#shortens ? shortNamesOf(objects) : new Map()
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const pattern = mainPattern(this, results)
    return {
      steps: [
        `Map names to short ones where values of ${pattern} are written and read`,
        'Readers: take either name. Writers: the short one. Then rewrite the rest.',
        rewriteStep(this, results, '<trimmed>'),
      ],
      assumptions: [
        'Values are written without blanks, numbers in their shortest form.',
        ...(this.#shortens
          ? [
              'Each name that comes up often gets one of one or two letters, the most frequent ones first; names that are data stay.',
            ]
          : []),
        this.#drop.size > 0 || this.#dropsEmpty
          ? 'What is dropped is not needed by any reader.'
          : 'Nothing is dropped: name members with --param json-trim.drop=PATH,... or json-trim.empty=drop; nulls, empties and ' +
            'constants are counted by path.',
        'Values that are no JSON object or array stay as they are, also those with numbers that a double cannot hold.',
      ],
    }
  }
}

/** Names for those that come up in many values: one letter for the most frequent, two for others. */
function shortNamesOf(objects: readonly object[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>()
  const count = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) count(item)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        counts.set(name, (counts.get(name) ?? 0) + 1)
        count(member)
      }
    }
  }
  for (const object of objects) count(object)
  const frequent = [...counts]
    .filter(([name, times]) => name.length > 0 && times >= Math.max(2, LEAST_SHARE_OF_VALUES * objects.length))
    .sort((a, b) => b[1] * b[0].length - a[1] * a[0].length || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(([name]) => name)
  const letters = shortNames(frequent.slice(0, MOST_SHORT_NAMES), 1)
  const pairs = shortNames(frequent.slice(MOST_SHORT_NAMES), 2)
  return new Map([...letters, ...pairs].filter(([name, short]) => short.length < name.length))
}

class Trimmer implements ValueCoder {
  constructor(
    readonly names: ReadonlyMap<string, string>,
    readonly drop: ReadonlySet<string>,
    readonly dropsEmpty: boolean,
  ) {}

  encode(value: Uint8Array): Uint8Array | null {
    const parsed = parseJson(value)
    if (parsed === null) return null
    const trimmed = Buffer.from(JSON.stringify(this.#trim(parsed, '')), 'utf8')
    return trimmed.length < value.length ? trimmed : null
  }

  #trim(value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item) => this.#trim(item, `${path}[]`))
    const members: [string, unknown][] = []
    const taken = new Set(Object.keys(value))
    for (const [name, member] of Object.entries(value)) {
      const below = path === '' ? name : `${path}.${name}`
      if (this.drop.has(below)) continue
      const trimmed = this.#trim(member, below)
      if (this.dropsEmpty && isEmpty(trimmed)) continue
      const short = this.names.get(name) ?? name
      // Another member has that name already.
      members.push([short !== name && taken.has(short) && !this.names.has(short) ? name : short, trimmed])
    }
    return Object.fromEntries(members)
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
