import type { DialectName, RdbHeader } from '../parsers/index.js'

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
