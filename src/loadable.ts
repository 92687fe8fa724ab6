import type { DialectName, RdbHeader } from '../parsers/index.js'
import type { CheckReport, LoadsOnTarget } from '../reports/check-report.js'
import type { MemoryModel } from './memory/model.js'

/**
 * The first release of a server that loads an RDB version: a server refuses every version above its own
 * (rdb.c, rdbLoadRio), whatever types the file really has.
 */
const FIRST_REDIS: readonly (readonly [rdbVersion: number, release: string])[] = [
  [1, '1.0'],
  [2, '2.4'],
  [6, '2.6'],
  [7, '3.2'],
  [8, '4.0'],
  [9, '5.0'],
  [10, '7.0'],
  [11, '7.2'],
  [12, '7.4'],
  [13, '8.6'],
  [14, '8.8'],
  [15, '8.10'],
]
const FIRST_VALKEY: readonly (readonly [rdbVersion: number, release: string])[] = [
  [80, '9.0'],
  [81, '9.2'],
]
/** Valkey began with Redis 7.2 and its format; 12 to 79 are numbers of Redis alone. */
const LAST_COMMON_VERSION = 11

/** Which servers load a dump of this header, as phrases: `Redis 7.4 or later`. Empty when no release is known to. */
export function loadableBy(dialect: DialectName, magic: RdbHeader['magic'], rdbVersion: number): readonly string[] {
  if (dialect === 'dragonfly') return ['Dragonfly']
  if (magic === 'VALKEY') {
    const release = firstRelease(FIRST_VALKEY, rdbVersion)
    return release === null ? [] : [`Valkey ${release} or later`]
  }
  const release = firstRelease(FIRST_REDIS, rdbVersion)
  const servers = release === null ? [] : [`Redis ${release} or later`]
  if (rdbVersion > 0 && rdbVersion <= LAST_COMMON_VERSION) servers.push('every Valkey')
  return dialect === 'keydb' ? ['KeyDB', ...servers] : servers
}

function firstRelease(table: typeof FIRST_REDIS, rdbVersion: number): string | null {
  return table.find(([version]) => version >= rdbVersion)?.[1] ?? null
}

/**
 * What a server needs to hold some kind of data: its first release, per family; a family that is not named never had
 * it.
 */
interface Feature {
  readonly what: string
  readonly since: Partial<Record<MemoryModel['server'], readonly [number, number]>>
  readonly layouts: RegExp
}

const FEATURES: readonly Feature[] = [
  {
    what: 'streams',
    since: { redis: [5, 0], valkey: [7, 2], keydb: [5, 0] },
    layouts: /^stream/,
  },
  {
    what: 'hashes with fields that expire',
    since: { redis: [7, 4], valkey: [9, 0] },
    layouts: /^hash-(metadata|listpack-ex)|^hash2$|^hash-with-expiry$/,
  },
  { what: 'sets with members that expire', since: { keydb: [5, 3] }, layouts: /^set-with-expiry$/ },
  { what: 'arrays', since: { redis: [8, 8] }, layouts: /^array/ },
]
const FUNCTIONS: Feature['since'] = { redis: [7, 0], valkey: [7, 2] }
/** What KeyDB reads: it began with Redis 6. */
const KEYDB_RDB_VERSION = 9

/** Whether `target` loads a dump, and what of its data it could not hold even if it came as commands. */
export function loadableOn(
  target: MemoryModel,
  dump: Pick<CheckReport, 'magic' | 'rdbVersion' | 'dialect' | 'layouts' | 'functions' | 'modules'>,
): LoadsOnTarget {
  const { id, title, server, version } = target
  const isValkeyFile = dump.magic === 'VALKEY'
  const newest = newestRead(target, isValkeyFile)
  const loads = dump.dialect !== 'dragonfly' && newest !== null && dump.rdbVersion <= newest
  const can = (since: readonly [number, number] | undefined): boolean =>
    since !== undefined && (version[0] > since[0] || (version[0] === since[0] && version[1] >= since[1]))
  const lacks: { what: string; count: number }[] = []
  for (const { what, since, layouts } of FEATURES) {
    const count = dump.layouts.reduce((sum, { layout, keys }) => sum + (layouts.test(layout) ? keys : 0), 0)
    if (count > 0 && !can(since[server])) lacks.push({ what, count })
  }
  if (dump.functions > 0 && !can(FUNCTIONS[server])) lacks.push({ what: 'function libraries', count: dump.functions })
  const needs = dump.modules.filter(({ keys }) => keys > 0).map(({ name, keys }) => ({ module: name, keys }))
  return { id, title, loads, newestRdbVersion: newest, lacks, needs }
}

/** The newest RDB version that a server reads of files with one of the two names; null: of none. */
function newestRead({ server, version }: MemoryModel, isValkeyFile: boolean): number | null {
  if (server === 'keydb') return isValkeyFile ? null : KEYDB_RDB_VERSION
  if (server === 'valkey' && !isValkeyFile) return LAST_COMMON_VERSION
  if (server === 'redis' && isValkeyFile) return null
  const known = (isValkeyFile ? FIRST_VALKEY : FIRST_REDIS).filter(([, release]) => !isAfter(release, version))
  return known.at(-1)?.[0] ?? null
}

function isAfter(release: string, [major, minor]: readonly [number, number]): boolean {
  const [first, second] = release.split('.').map(Number) as [number, number]
  return first > major || (first === major && second > minor)
}
