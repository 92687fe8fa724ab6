import type { Argv, Options } from 'yargs'
import type { RedisType } from '../../parsers/index.js'
import { DEFAULT_SEPARATORS } from '../analysis/patterns/classes.js'
import type { FilterOptions } from '../filters.js'
import { KeyFilter } from '../filters.js'
import { InputError } from '../io/errors.js'
import type { InputFile } from '../io/inputs.js'
import { expandInputs } from '../io/inputs.js'
import { readTextFile } from '../io/text-file.js'
import { LIMIT_NAMES, type Limits, parseLimits } from '../limits.js'
import { allocatorIds } from '../memory/allocators/index.js'
import { parseRedisConf, parseSettings } from '../memory/settings.js'
import { LEAST_MEMORY_BYTES, memoryBudget, memoryForThreads } from '../memory-budget.js'
import { type RedactMode, redactModes } from '../redact/modes.js'
import { parseSize, parseTimestamp } from '../units.js'
import { type Environment, UsageError } from './environment.js'
import type { ReadProgress, ReadRequest } from './library.js'
import { keepInputs, type OutputArguments } from './outputs.js'

const TYPES = [
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'stream',
  'array',
  'module',
] as const satisfies readonly RedisType[]

/** A list: each occurrence takes one value, and commas separate several. */
export function list(describe: string, more: Partial<Options> = {}): Options {
  return { type: 'string', array: true, nargs: 1, requiresArg: true, describe, ...more }
}

/** One value; given twice it is a mistake. */
export function single(describe: string, more: Partial<Options> = {}): Options {
  return { type: 'string', requiresArg: true, describe, coerce: once, ...more }
}

export function flag(describe: string, more: Partial<Options> = {}): Options {
  return { type: 'boolean', describe, ...more }
}

export const FILTERS = {
  db: list('Only these databases', { group: 'Which keys:' }),
  type: list(`Only these types: ${TYPES.join(' ')}`, { group: 'Which keys:' }),
  match: list('Only names that fit a glob, as in KEYS: user:*', { group: 'Which keys:' }),
  'match-re': list('Only names in which a regular expression is found', { group: 'Which keys:' }),
  exclude: list('Not names that fit a glob', { group: 'Which keys:' }),
  'exclude-re': list('Not names in which a regular expression is found', { group: 'Which keys:' }),
  'min-bytes': single('Only keys of at least this size in memory: 4096, 10KB, 1.5GiB', { group: 'Which keys:' }),
  'max-bytes': single('Only keys of at most this size in memory', { group: 'Which keys:' }),
  ttl: single('none, any, expired, or when they expire: now~7d, 2026-01-01~inf', { group: 'Which keys:' }),
} as const

export const READING = {
  now: single('Time to judge expiry by: ISO or Unix time [when the dump was made]', { group: 'Reading:' }),
  threads: single('Threads to use; 1: everything in one [as many as there are processors]', { group: 'Reading:' }),
  'no-verify': flag('Do not compute the checksum', { group: 'Reading:' }),
  salvage: flag('Behind damage, look for the next key and read on', { group: 'Reading:' }),
  'max-ratio': single('Stop when a compressed dump unpacks to more than so many times its size; 0: never [2000]', {
    group: 'Reading:',
  }),
  'max-memory': single(
    'Memory that the command stays under (RSS): tables, samples and threads are as large as fits [250MB]',
    {
      group: 'Reading:',
    },
  ),
  'max-key-bytes': single('Longest key name that is kept whole; of longer ones the first 4 KiB are [1MiB]', {
    group: 'Reading:',
  }),
  limit: list(
    `What else may be held at once: NAME=SIZE, of ${LIMIT_NAMES.filter((name) => name !== 'key-bytes').join(' ')}`,
    {
      group: 'Reading:',
    },
  ),
  'dump-payload': flag('The input is what the command DUMP gave for one key', { group: 'Reading:' }),
  strict: flag('What would be a remark on a dump is a failure: exit code 4', { group: 'Reading:' }),
  quiet: flag('No remarks and no progress on standard error', { group: 'Reading:', alias: 'q' }),
  'no-progress': flag('No progress line', { group: 'Reading:' }),
} as const

/** Options of every command that reads dumps. */
export function readOptions<T>(yargs: Argv<T>) {
  return readingOptions(dumpPositional(yargs))
}

/** The same for commands that call their dumps otherwise. */
export function readingOptions<T>(yargs: Argv<T>) {
  return yargs.options(FILTERS).options(READING)
}

export function dumpPositional<T>(yargs: Argv<T>) {
  return yargs.positional('dump', {
    type: 'string',
    describe: 'RDB or AOF files, directories, globs, or - for standard input',
  })
}

/** Options of a command that looks into one dump. */
export function singleDumpPositional<T>(yargs: Argv<T>) {
  return yargs.positional('dump', { type: 'string', describe: 'RDB or AOF file, or - for standard input' })
}

export const MEMORY = {
  target: single('Server version to size for: redis-7.2, valkey-8.1 [the one that wrote the dump]', {
    group: 'Memory:',
  }),
  set: list('Setting of that server: hash-max-listpack-entries=512', { group: 'Memory:' }),
  conf: single('Take the settings from this redis.conf', { group: 'Memory:' }),
  bits: single('Pointer size of that server [as the dump says]', { group: 'Memory:', choices: ['32', '64'] }),
  allocator: single('Allocator of that server: jemalloc as bundled, jemalloc-16 for Debian packages [jemalloc]', {
    group: 'Memory:',
    choices: allocatorIds,
  }),
  cluster: flag('That server runs in cluster mode [as the dump shows]', { group: 'Memory:' }),
  separators: single(`Characters that split key names into patterns [${DEFAULT_SEPARATORS.trim()} and blanks]`, {
    group: 'Memory:',
  }),
} as const

/** Options of the commands that say what keys take in memory. */
export function memoryOptions<T>(yargs: Argv<T>) {
  return yargs.options(MEMORY)
}

export const REDACT = {
  redact: single('Key names: none as they are, ids as their pattern, hash as digits of their SHA-256', {
    group: 'Output:',
    choices: redactModes,
    default: 'none',
    defaultDescription: 'none',
  }),
} as const

/** What is shown of key names: an option of every command that prints them. */
export function redactOption<T>(yargs: Argv<T>) {
  return yargs.options(REDACT)
}

/** How CSV is written. */
export function csvOptions<T>(yargs: Argv<T>) {
  return yargs.options({
    delimiter: { type: 'string', requiresArg: true, group: 'Output:', describe: 'CSV: between the cells [,]' },
    'csv-raw': flag('CSV: leave cells like =1+1 as they are', { group: 'Output:' }),
    'csv-bom': flag('CSV: byte order mark for Excel', { group: 'Output:' }),
  })
}

/** What yargs makes of the options above. */
export interface CsvArguments {
  readonly delimiter?: string | undefined
  readonly csvRaw?: boolean | undefined
  readonly csvBom?: boolean | undefined
}

export function checkDelimiter(delimiter: string | undefined): void {
  // Signs that stand in numbers, dates and escapes would cut cells in two.
  if (delimiter !== undefined && (!/^[\x20-\x7e\t]$/.test(delimiter) || /[\w"\\ .:+-]/.test(delimiter))) {
    throw new UsageError(`--delimiter ${JSON.stringify(delimiter)}: write one character, such as ';'`)
  }
}

/** Values and redacted names do not go together. */
export function checkRedaction({
  redact,
  showValues,
}: {
  redact?: string | undefined
  showValues?: boolean | undefined
}) {
  if (showValues === true && redact !== undefined && redact !== 'none') {
    throw new UsageError(`--show-values shows what --redact ${redact} hides: give one of them`)
  }
}

/** Where results go. */
export function outputOptions<T>(yargs: Argv<T>, formats: readonly string[], preset: string) {
  return yargs.options({
    format: list(`${formats.join(', ')}; F:FILE writes to a file`, {
      group: 'Output:',
      default: [preset],
      defaultDescription: preset,
    }),
    output: single('Write to this file instead of standard output', { group: 'Output:', alias: 'o' }),
    'no-color': flag('No colours (also: NO_COLOR=1)', { group: 'Output:' }),
  })
}

/** What yargs makes of the options above. */
export interface ReadArguments extends OutputArguments {
  readonly dump: readonly string[]
  readonly db?: readonly string[] | undefined
  readonly type?: readonly string[] | undefined
  readonly match?: readonly string[] | undefined
  readonly matchRe?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  readonly excludeRe?: readonly string[] | undefined
  readonly minBytes?: string | undefined
  readonly maxBytes?: string | undefined
  readonly ttl?: string | undefined
  readonly now?: string | undefined
  readonly threads?: string | undefined
  readonly noVerify?: boolean | undefined
  readonly salvage?: boolean | undefined
  readonly maxRatio?: string | undefined
  readonly maxKeyBytes?: string | undefined
  readonly maxMemory?: string | undefined
  readonly limit?: readonly string[] | undefined
  readonly dumpPayload?: boolean | undefined
  readonly strict?: boolean | undefined
  readonly quiet?: boolean | undefined
  readonly noProgress?: boolean | undefined
  readonly target?: string | undefined
  readonly set?: readonly string[] | undefined
  readonly conf?: string | undefined
  readonly bits?: string | undefined
  readonly allocator?: string | undefined
  readonly cluster?: boolean | undefined
  readonly separators?: string | undefined
  readonly redact?: string | undefined
}

/** `--top` of commands that write tables. */
export const topOption = {
  type: 'string',
  requiresArg: true,
  group: 'Output:',
  describe: 'Rows per table; 0 for all  [default: 10; html: 200]',
} as const

/** Turns arguments into what the library wants, and finds the inputs. */
export async function readRequest(
  args: ReadArguments,
  environment: Environment,
  onProgress: (progress: ReadProgress) => void,
  leastMemoryBytes = LEAST_MEMORY_BYTES,
  prefer?: 'dumps' | 'profiles',
): Promise<ReadRequest> {
  const nowMs = args.now === undefined ? undefined : parseTimestamp(args.now)
  const filter = filterOptions(args)
  // Says what is wrong with a filter before a large dump is opened.
  new KeyFilter(filter, nowMs)
  const threads = args.threads === undefined ? undefined : wholeNumber('threads', args.threads, 1)
  const maxMemoryBytes = maxMemoryOf(args.maxMemory, leastMemoryBytes, threads)
  const budget = memoryBudget(maxMemoryBytes)
  const limits = { zstdWindowBytes: budget.zstdWindowBytes, ...limitsOf(args) }
  environment.limitMemory?.(budget)
  const target = targetId(args.target, environment.library.targetIds)
  const conf = args.conf === undefined ? {} : parseRedisConf(await readOptionFile('conf', args.conf))
  const settings = { ...conf, ...parseSettings(args.set ?? []) }
  const inputs = await findInputs(args.dump, prefer)
  await keepInputs(args, pathsOf(inputs))
  return {
    inputs,
    // Node sets up a stream for it at the first look.
    stdin: inputs.some(({ path }) => path === '-') ? environment.stdin : undefined,
    filter,
    nowMs,
    threads,
    verify: args.noVerify !== true,
    salvage: args.salvage,
    maxRatio: maxRatioOf(args.maxRatio),
    limits,
    maxMemoryBytes,
    dumpPayload: args.dumpPayload === true ? 'key' : undefined,
    target,
    settings,
    bits: args.bits === undefined ? undefined : args.bits === '32' ? 32 : 64,
    allocator: args.allocator as ReadRequest['allocator'],
    cluster: args.cluster,
    separators: args.separators,
    redact: args.redact as RedactMode | undefined,
    onProgress,
  }
}

/** The text of a file that an option names. @throws UsageError when there is none */
export async function readOptionFile(option: string, path: string): Promise<string> {
  let text = ''
  try {
    text = await readTextFile(path)
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(`--${option}: ${error.message}`)
    throw error
  }
  if (!text.includes('\0')) return text
  throw new UsageError(`--${option}: ${path} is not a text file`)
}

/** The dumps behind the arguments; standard input can be read only once. */
export async function findInputs(
  dumps: readonly string[],
  prefer?: 'dumps' | 'profiles',
): Promise<readonly InputFile[]> {
  if (dumps.filter((path) => path === '-').length > 1)
    throw new UsageError('standard input (-) is given more than once')
  return expandInputs(dumps, prefer)
}

/** All files that will be read. */
export function pathsOf(inputs: readonly InputFile[]): readonly string[] {
  return inputs.flatMap(({ path, increments }) => [path, ...increments])
}

function filterOptions(args: ReadArguments): FilterOptions {
  return {
    db: commaSeparated(args.db).map(databaseNumber),
    type: commaSeparated(args.type).map(redisType),
    match: args.match,
    matchRe: args.matchRe,
    exclude: args.exclude,
    excludeRe: args.excludeRe,
    minBytes: args.minBytes === undefined ? undefined : parseSize(args.minBytes),
    maxBytes: args.maxBytes === undefined ? undefined : parseSize(args.maxBytes),
    ttl: args.ttl,
  }
}

/** What `--max-ratio` says. */
export function maxRatioOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber('max-ratio', text, 0)
}

/** What `--max-memory` says, in bytes. */
export function maxMemoryOf(
  text: string | undefined,
  leastBytes = LEAST_MEMORY_BYTES,
  threads = 1,
): number | undefined {
  if (text === undefined) return undefined
  const bytes = parseSize(text)
  const forThreads = memoryForThreads(threads)
  const least = Math.max(leastBytes, forThreads)
  if (bytes >= least) return bytes
  const whom = forThreads > leastBytes ? `--threads ${threads}` : 'this command'
  throw new UsageError(`--max-memory ${text}: ${whom} needs at least ${least / 2 ** 20}MB`)
}

/** What `--limit` and `--max-key-bytes` say. */
export function limitsOf({ limit, maxKeyBytes }: Pick<ReadArguments, 'limit' | 'maxKeyBytes'>): Partial<Limits> {
  const key = maxKeyBytes === undefined ? [] : [`key-bytes=${maxKeyBytes}`]
  return parseLimits([...key, ...commaSeparated(limit)])
}

/** A whole number of at least `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${option} ${JSON.stringify(text)}: write a whole number of at least ${least}`)
  }
  return value
}

/** What `--target` says. @throws UsageError when no such server is known */
export function targetId(text: string | undefined, known: readonly string[]): string | undefined {
  if (text === undefined || known.includes(text)) return text
  throw new UsageError(`--target ${JSON.stringify(text)}: known are ${known.join(', ')}`)
}

function commaSeparated(values: readonly string[] | undefined): readonly string[] {
  return (values ?? []).flatMap((value) => value.split(',')).map((value) => value.trim())
}

function databaseNumber(text: string): number {
  return wholeNumber('db', text, 0)
}

function redisType(text: string): RedisType {
  const type = TYPES.find((known) => known === text.toLowerCase())
  if (type === undefined) throw new UsageError(`--type ${JSON.stringify(text)}: types are ${TYPES.join(', ')}`)
  return type
}

function once(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw new UsageError(`an option was given more than once: ${value.join(', ')}`)
}
