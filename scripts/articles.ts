/**
 * Examples of well-known articles about memory: what they claim, what rdblens predicts, what a server measures.
 *
 *     npx tsx scripts/articles.ts [KEYS] [part of a name]
 *
 * KEYS is the number of keys of the largest example (default 2,000,000: two minutes and 300 MB). Prints a Markdown
 * table. Data sets before and after are written by commands, as an application would: nothing here knows how rdblens
 * rewrites.
 */
import { crc32 } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import { type ParameterTexts, simulate } from '../src/index.js'
import { Bench, type Command } from './measure-commands.js'

/** A step of an article. */
export interface ArticleStep {
  readonly name: string
  /** What the article says: what is saved by this step, as a share of what was there before it. */
  readonly claim: number
  /** One after the other. */
  readonly techniques: readonly string[]
  /** By technique. */
  readonly parameters: ParameterTexts
  /** Of the largest example, for which the number of keys can be chosen. */
  readonly isLarge: boolean
  /** Keys per hash, where their number is chosen. */
  readonly perBucket?: number
  before(keys: number): Iterable<Command>
  after(keys: number): Iterable<Command>
}

const NAMES = ['Ann Lee', 'John Smith', 'Maria Garcia', 'Wei Chen', 'Fatima Al-Sayed', 'Jo Ray', 'Alexander Petrov']
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const ACTIONS = ['visit', 'checkout', 'purchase', 'review', 'search']

/** Visitors of a shop, by address: how often, who, what they did last. */
function* visitors(keys: number): Generator<readonly [address: string, visits: number, name: string, actions: string]> {
  for (let i = 0; i < keys; i++) {
    const address = [1 + (i % 250), (i * 7) % 256, (i * 31) % 256, Math.floor(i / 250) % 256].join('.')
    const actions = Array.from({ length: 1 + (i % 5) }, (_, a) => ACTIONS[(i * 7 + a * 3) % ACTIONS.length]!)
    yield [address, (i * 37) % 40_000, NAMES[(i * 11) % NAMES.length]!, actions.join(',')]
  }
}

function* visitorHashes(keys: number, prefix: string, fields: readonly string[]): Generator<Command> {
  for (const [address, ...values] of visitors(keys)) {
    yield ['HSET', prefix + address, ...fields.flatMap((field, index) => [field, values[index]!])]
  }
}

function* visitorLists(keys: number): Generator<Command> {
  for (const [address, ...values] of visitors(keys)) yield ['RPUSH', `i:${address}`, ...values]
}

/** Pictures, and eight letters for each. */
function* media(keys: number): Generator<readonly [id: string, text: string]> {
  for (let i = 0; i < keys; i++) {
    const letters = Array.from(
      { length: 8 },
      (_, at) => LETTERS[(i * 7919 + at * at * 31 + (i >> at)) % LETTERS.length]!,
    )
    yield [String(300_000 + i * 7), letters.join('')]
  }
}

function* mediaStrings(keys: number): Generator<Command> {
  for (const [id, text] of media(keys)) yield ['SET', `media:${id}`, text]
}

function* mediaHash(keys: number): Generator<Command> {
  for (const [id, text] of media(keys)) yield ['HSET', 'media', id, text]
}

function* mediaBuckets(keys: number, buckets: number): Generator<Command> {
  for (const [id, text] of media(keys)) yield ['HSET', `mediabucket:${crc32(`media:${id}`) % buckets}`, id, text]
}

function* mediaParts(keys: number, parts: number): Generator<Command> {
  for (const [id, text] of media(keys)) yield ['HSET', `media:${crc32(id) % parts}`, id, text]
}

/**
 * Many small keys. What they were is not told, but what 20 million of them took: 77 bytes each, which is what a name of
 * 15 to 22 characters with a whole number costs.
 */
function* many(keys: number): Generator<readonly [key: string, value: string]> {
  for (let i = 0; i < keys; i++) {
    const digits = String(10_000_000_000_000 + ((i * 2_654_435_761) % 9_000_000_000_067))
    yield [`account:${digits}`, String(BigInt(i) * 4_100_041n + 3_000_000_000_000_000_000n)]
  }
}

function* manyStrings(keys: number): Generator<Command> {
  for (const [key, value] of many(keys)) yield ['SET', key, value]
}

function* manyBuckets(keys: number, buckets: number): Generator<Command> {
  for (const [key, value] of many(keys)) yield ['HSET', `b:${crc32(key) % buckets}`, key, value]
}

/** The same visitors as one object each. */
function* visitorObjects(keys: number): Generator<readonly [key: string, value: object]> {
  for (const [address, visits, name, actions] of visitors(keys)) {
    yield [`visitor:${address}`, { visits, name, recent_actions: actions.split(',') }]
  }
}

function* visitorJson(keys: number): Generator<Command> {
  for (const [key, value] of visitorObjects(keys)) yield ['SET', key, JSON.stringify(value)]
}

function* visitorMsgpack(keys: number): Generator<Command> {
  for (const [key, value] of visitorObjects(keys)) yield ['SET', key, encode(value)]
}

const MOVES = 600
/** Moves that are packed together: 64 in base 3 are 13 bytes. */
const MOVES_AT_ONCE = 64

/** Rock, paper or scissors, again and again. */
function* games(keys: number): Generator<readonly [key: string, moves: readonly number[]]> {
  let state = 12_345
  for (let i = 0; i < keys; i++) {
    const moves = Array.from({ length: MOVES }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 16) % 3
    })
    yield [`game:${i}`, moves]
  }
}

function* gameTexts(keys: number): Generator<Command> {
  for (const [key, moves] of games(keys)) yield ['SET', key, moves.map((move) => 'RPS'[move]).join('')]
}

function* gameNumbers(keys: number): Generator<Command> {
  for (const [key, moves] of games(keys)) {
    const bytes: number[] = []
    for (let at = 0; at < moves.length; at += MOVES_AT_ONCE) {
      const some = moves.slice(at, at + MOVES_AT_ONCE)
      let number = some.reduce((sum, move) => sum * 3n + BigInt(move), 0n)
      const block: number[] = []
      for (let left = Math.ceil((some.length * Math.log2(3)) / 8); left > 0; left--) {
        block.unshift(Number(number & 255n))
        number >>= 8n
      }
      bytes.push(...block)
    }
    yield ['SET', key, Uint8Array.from(bytes)]
  }
}

const TITLES = ['Senior', 'Junior', 'Principal', 'Associate'].flatMap((level) =>
  ['Software Development Engineer', 'Solutions Architect', 'Account Manager', 'Human Resources Specialist'].map(
    (work) => `${level} ${work}`,
  ),
)

function* employees(keys: number): Generator<readonly [key: string, name: string, title: number, since: number]> {
  for (let i = 0; i < keys; i++) {
    yield [`employee:${i}`, NAMES[(i * 11) % NAMES.length]!, (i * i + 3 * i) % TITLES.length, 1990 + (i % 30)]
  }
}

function* employeeTitles(keys: number): Generator<Command> {
  for (const [key, name, title, since] of employees(keys)) {
    yield ['HSET', key, 'name', `${name} ${key}`, 'title', TITLES[title]!, 'since', since]
  }
}

function* employeeNumbers(keys: number): Generator<Command> {
  yield ['HSET', 'titles', ...TITLES.flatMap((title, number) => [number, title])]
  for (const [key, name, title, since] of employees(keys)) {
    yield ['HSET', key, 'name', `${name} ${key}`, 'title', title, 'since', since]
  }
}

const LONG_NAMES = ['visits', 'name', 'recent_actions']
const SHORT_NAMES = ['v', 'n', 'r']

/** 20 million keys: 1.44 GB as strings, 928 MB in 2 million hashes, 785 MB in 50,000. */
const BUCKET_ARTICLE_GB = 1.44
const BUCKET_ARTICLE = [
  { perBucket: 10, gb: 0.928 },
  { perBucket: 400, gb: 0.785 },
] as const

export const articleSteps: readonly ArticleStep[] = [
  {
    name: 'visitors: short names of keys and fields',
    claim: 0.23,
    techniques: ['shorten-key-names', 'shorten-field-names'],
    parameters: {
      'shorten-key-names': { rename: 'IP:=i:' },
      'shorten-field-names': { rename: 'visits:v,name:n,recent_actions:r' },
    },
    isLarge: false,
    before: (keys) => visitorHashes(keys, 'IP:', LONG_NAMES),
    after: (keys) => visitorHashes(keys, 'i:', SHORT_NAMES),
  },
  {
    name: 'visitors: then values by position, in lists',
    claim: 0.14,
    techniques: ['hash-to-list'],
    parameters: { 'hash-to-list': { order: 'v,n,r' } },
    isLarge: false,
    before: (keys) => visitorHashes(keys, 'i:', SHORT_NAMES),
    after: visitorLists,
  },
  {
    name: 'visitors as JSON: MessagePack instead',
    claim: 0.33,
    techniques: ['serialize-msgpack'],
    parameters: {},
    isLarge: false,
    before: visitorJson,
    after: visitorMsgpack,
  },
  {
    name: 'rock, paper, scissors: numbers in base 3',
    claim: 0.75,
    techniques: ['base-encode'],
    parameters: {},
    isLarge: false,
    before: gameTexts,
    after: gameNumbers,
  },
  {
    name: 'job titles: a number each',
    claim: 0.3,
    techniques: ['byte-dictionary'],
    parameters: { 'byte-dictionary': { match: 'employee:*' } },
    isLarge: false,
    before: employeeTitles,
    after: employeeNumbers,
  },
  {
    name: 'media: strings to one hash',
    claim: 0.4,
    techniques: ['strings-to-hash'],
    parameters: { 'strings-to-hash': { name: 'media' } },
    isLarge: false,
    before: mediaStrings,
    after: mediaHash,
  },
  {
    name: 'media: one hash to 92 small ones',
    claim: 0.5,
    techniques: ['split-big-keys'],
    parameters: { 'split-big-keys': { parts: '92' } },
    isLarge: false,
    before: mediaHash,
    after: (keys) => mediaParts(keys, 92),
  },
  {
    name: 'media: strings to 92 small hashes at once',
    claim: 1 - 0.6 * 0.5,
    techniques: ['bucket-strings'],
    parameters: { 'bucket-strings': { buckets: '92', name: 'mediabucket:' } },
    isLarge: false,
    before: mediaStrings,
    after: (keys) => mediaBuckets(keys, 92),
  },
  ...BUCKET_ARTICLE.map(
    ({ perBucket, gb }): ArticleStep => ({
      name: `many keys: hashes of ${perBucket}`,
      claim: 1 - gb / BUCKET_ARTICLE_GB,
      techniques: ['bucket-strings'],
      parameters: { 'bucket-strings': { name: 'b:', field: 'key' } },
      isLarge: true,
      perBucket,
      before: manyStrings,
      after: (keys) => manyBuckets(keys, Math.round(keys / perBucket)),
    }),
  ),
]

/** Parameters for so many keys: the number of buckets goes with it. */
export function parametersOf({ parameters, perBucket }: ArticleStep, keys: number): ParameterTexts {
  if (perBucket === undefined) return parameters
  const buckets = String(Math.round(keys / perBucket))
  return { 'bucket-strings': { ...parameters['bucket-strings'], buckets } }
}

/** Keys of the examples whose size is that of the article. */
const SMALL_KEYS = 10_000
const DEFAULT_KEYS = 2_000_000

async function main(keys: number, only: string): Promise<void> {
  const bench = await Bench.open()
  const { server, version } = bench.binary
  console.log(`${server} ${version}; ${keys.toLocaleString('en')} keys in the largest example`)
  console.log('')
  console.log(
    '| step | technique | claim | predicted | measured | bytes after, predicted | measured | off | on Redis 7.4 |',
  )
  console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|')
  for (const step of articleSteps.filter(({ name }) => name.includes(only))) {
    const count = step.isLarge ? keys : SMALL_KEYS
    const after = await bench.memoryOf(step.after(count))
    const before = await bench.memoryOf(step.before(count))
    const here = await predictStep(bench.dump, step, count)
    const newer = await predictStep(bench.dump, step, count, 'redis-7.4')
    const off = here.after / after - 1
    const cells = [
      step.name,
      step.techniques.join(', '),
      percent(step.claim),
      percent(1 - here.after / here.before),
      percent(1 - after / before),
      Math.round(here.after).toLocaleString('en'),
      after.toLocaleString('en'),
      `${(100 * off).toFixed(2)} %`,
      percent(1 - newer.after / newer.before),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  await bench.close()
}

/** Memory before and after the techniques of a step, beyond an empty server. */
export async function predictStep(
  path: string,
  step: ArticleStep,
  keys: number,
  target?: string,
): Promise<{ readonly before: number; readonly after: number }> {
  const parameters = parametersOf(step, keys)
  const inputs = [{ path, name: path, increments: [], notes: [] }]
  const there = target === undefined ? { allocator: 'jemalloc-16' as const } : { target }
  const request = { inputs, filter: {}, settings: {}, verify: false, ...there }
  const [id] = step.techniques
  if (step.techniques.length === 1) {
    const { report } = await simulate(request, { techniques: [id!], parameters, plan: false })
    const { usedMemoryBefore, usedMemoryAfter } = report.techniques[0]!
    return { before: usedMemoryBefore, after: usedMemoryAfter }
  }
  const { report } = await simulate(request, { sequence: { ids: step.techniques }, parameters })
  return { before: report.before.usedMemoryBytes, after: report.planSummary!.after.usedMemoryBytes }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

if (process.argv[1]?.endsWith('articles.ts') === true) {
  const [keys, only] = process.argv.slice(2)
  await main(keys === undefined ? DEFAULT_KEYS : Number(keys), only ?? '')
}
