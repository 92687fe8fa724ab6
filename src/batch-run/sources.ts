import { isAbsolute, join, relative, resolve } from 'node:path'
import type { FetchCommand } from '../io/command.js'
import { InputError } from '../io/errors.js'
import { expandInputs, type InputFile } from '../io/inputs.js'
import { parseDuration } from '../units.js'
import type { NightlyConfig } from './config.js'
import type { DatasetConfig, SourceConfig } from './config-types.js'

/** Where the bytes of one shard come from. Plain JSON: a job may be done on another machine. */
export type ShardInput =
  | { readonly kind: 'file'; readonly file: InputFile }
  | { readonly kind: 'command'; readonly command: FetchCommand }

/** One dump of a data set. */
export interface ShardSource {
  readonly dataset: string
  /** The same every night: parts of a file's name that are a date are left out. */
  readonly shard: string
  /** The file or command, as the config has it. */
  readonly source: string
  readonly input: ShardInput
}

/** A source in which no dump was found. */
export interface LostSource {
  readonly dataset: string
  readonly shard: string
  readonly source: string
  readonly message: string
  readonly advice: string
}

const HOUR_MS = 3_600_000
const DATE = '{date}'
const ANY_DATE = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'

/** Whether the config asks for the dumps of a certain night. */
export function namesDate({ written }: NightlyConfig): boolean {
  return written.datasets.some(({ sources }) =>
    sources.some((source) => textsOf(source).some((text) => text.includes(DATE))),
  )
}

function textsOf(source: SourceConfig): readonly string[] {
  if (typeof source === 'string') return [source]
  return 'path' in source ? [source.path] : source.command
}

/** The newest night for which a path with `{date}` exists; null when there is none. */
export async function newestDate(config: NightlyConfig): Promise<string | null> {
  let newest: string | null = null
  for (const { sources } of config.written.datasets) {
    for (const path of sources.flatMap((source) =>
      typeof source === 'object' && 'command' in source ? [] : textsOf(source),
    )) {
      if (!path.includes(DATE)) continue
      const [before, ...after] = resolve(config.folder, path).split(DATE)
      const glob = [before, ...after].join(ANY_DATE)
      const files = await expandInputs([glob]).catch((): readonly InputFile[] => [])
      for (const file of files) {
        const date = file.path.slice(before!.length).match(/\d{4}-\d\d-\d\d/)?.[0]
        if (date !== undefined && (newest === null || date > newest)) newest = date
      }
    }
  }
  return newest
}

/** The dumps behind a data set's sources, in their order. */
export async function findShards(
  dataset: DatasetConfig,
  folder: string,
  date: string | null,
): Promise<{ readonly shards: readonly ShardSource[]; readonly lost: readonly LostSource[] }> {
  const named: { readonly name: string | null; readonly source: string; readonly input: ShardInput }[] = []
  const lost: LostSource[] = []
  const seen = new Set<string>()
  for (const source of dataset.sources) {
    if (typeof source === 'object' && 'command' in source) {
      const argv = source.command.map((word) => withDate(word, date))
      const timeoutMs = source.timeout === undefined ? HOUR_MS : parseDuration(source.timeout)
      named.push({
        name: source.name,
        source: argv.join(' '),
        input: { kind: 'command', command: { argv, cwd: folder, timeoutMs } },
      })
      continue
    }
    const path = withDate(typeof source === 'string' ? source : source.path, date)
    const name = typeof source === 'string' ? null : (source.name ?? null)
    try {
      // Shells expand `~`, configs do not.
      const files = (await expandInputs([resolve(folder, path)])).filter((file) => !seen.has(file.path))
      for (const file of files) {
        seen.add(file.path)
        named.push({
          name: name === null || files.length > 1 ? null : name,
          source: shownPath(folder, path, file.path),
          input: { kind: 'file', file: { ...file, name: shownPath(folder, path, file.path) } },
        })
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      lost.push({
        dataset: dataset.name,
        shard: name ?? path,
        source: path,
        message: error.message,
        advice: error.advice,
      })
    }
  }
  return { shards: withNames(dataset.name, named), lost }
}

function withDate(text: string, date: string | null): string {
  return date === null ? text : text.replaceAll(DATE, date)
}

/** Where the config says a relative path, reports do, too: they are the same wherever the folder lies. */
function shownPath(folder: string, written: string, path: string): string {
  return isAbsolute(written) ? path : relative(folder, path)
}

type Named = { readonly name: string | null; readonly source: string; readonly input: ShardInput }

/** Names without dates, unless two would be the same then; at last the path tells them apart. */
function withNames(dataset: string, found: readonly Named[]): readonly ShardSource[] {
  const attempts = [
    (one: Named) => one.name ?? withoutDate(lastName(one.source)),
    (one: Named) => one.name ?? withoutDate(one.source),
    (one: Named) => one.name ?? one.source,
  ]
  const names = attempts.map((attempt) => found.map(attempt)).find((all) => new Set(all).size === all.length)
  return found.map((one, index) => ({
    dataset,
    shard: names?.[index] ?? `${index + 1}: ${one.source}`,
    source: one.source,
    input: one.input,
  }))
}

/** `backup/shop-1.rdb.gz` is `shop-1`; `shop-1/dump.rdb` is `shop-1`, because every server calls its dump so. */
function lastName(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const bare = (name: string): string =>
    name.replace(/\.(?:gz|gzip|zst|zstd|lz4)$/i, '').replace(/\.(?:rdb|dfs|aof)$/i, '')
  const name = bare(parts.at(-1) ?? path)
  if (name !== 'dump' && !name.startsWith('appendonly')) return name
  const folder = parts.slice(0, -1).findLast((part) => part !== 'appendonlydir' && !/^\d{4}-\d\d-\d\d/.test(part))
  return folder ?? name
}

const STAMP = /[-_.]?(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?:[-_.T]?[0-2]\d[-_.:]?[0-5]\d(?:[-_.:]?[0-5]\d)?Z?)?/g

function withoutDate(name: string): string {
  const bare = name.replace(STAMP, '').replace(/^[-_.]+|[-_.]+$/g, '')
  return bare === '' ? name : bare
}

/** Where the work on one shard is kept between runs: a name that is safe on every disk. */
export function shardFile(dataset: string, shard: string): string {
  const safe = shard.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 80)
  let hash = 0x811c9dc5
  for (const character of shard) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  return join(dataset, `${safe}-${(hash >>> 0).toString(16).padStart(8, '0')}`)
}
