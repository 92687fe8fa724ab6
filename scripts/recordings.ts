import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ExpectedKey } from '../test/helpers/compare-facts.js'
import { baseOf } from '../test/helpers/samples.js'

/** One key as its server described it; more fields than are compared. */
export type Recording = ExpectedKey & { readonly [name: string]: unknown }

export interface ServerRecord {
  readonly server: string
  readonly version: string
  readonly variant: string
  readonly files: readonly { readonly rdb_version?: number }[]
  readonly [name: string]: unknown
}

export function readServer(folder: string): ServerRecord {
  return JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as ServerRecord
}

/** The keys of one recording folder, with what the server knew but its dump does not hold left out. */
export function readRecordings(folder: string): Recording[] {
  const server = readServer(folder)
  const lines = gunzipSync(readFileSync(join(folder, 'keys.jsonl.gz')))
    .toString()
    .trim()
    .split('\n')
  return lines.map((line) => onlyWhatTheDumpHolds(JSON.parse(line) as Recording, server))
}

export function rdbVersionOf(server: ServerRecord): number {
  return server.files.find((file) => file.rdb_version !== undefined)?.rdb_version ?? 0
}

/**
 * - Before RDB 9 (Redis 5.0) a dump has no place for idle times and frequencies.
 * - KeyDB keeps one expiry object per key: a key with member expiries is saved without its own expiry. (The bytes of
 *   such records show neither an EXPIRETIME opcode nor an AUX field for it.)
 * - The `lru` recordings were made with RESTORE, which in KeyDB loses member expiries: that dump has no
 *   `keydb-subexpire-key` at all.
 */
function onlyWhatTheDumpHolds(key: Recording, server: ServerRecord): Recording {
  const left: Record<string, unknown> = { ...key }
  if (rdbVersionOf(server) < 9) {
    delete left.idletime
    delete left.freq
  }
  if (server.server === 'keydb' && key.member_expiries !== undefined) {
    delete left.pexpiretime
    if (server.variant === 'lru') delete left.member_expiries
  }
  return left as Recording
}

/** One dump of the recordings. */
export interface RecordedDump {
  /** `redis-7.4.1/lfu` */
  readonly name: string
  readonly folder: string
  /** What a user would give: the dump, the AOF, or the folder with appendonlydir. */
  readonly input: string
  /** The file that holds the RDB. */
  readonly rdbPath: string
}

/** All dumps of a folder of recordings whose name contains `only`, in order of names. */
export function recordedDumps(recordings: string, only = ''): RecordedDump[] {
  const found: RecordedDump[] = []
  for (const server of foldersOf(recordings)) {
    for (const variant of foldersOf(join(recordings, server))) {
      const name = `${server}/${variant}`
      const folder = join(recordings, name)
      if (!name.includes(only) || !existsSync(join(folder, 'keys.jsonl.gz'))) continue
      const single = ['dump.rdb', 'appendonly.aof'].map((file) => join(folder, file)).find(existsSync)
      const input = single ?? join(folder, 'appendonlydir')
      found.push({ name, folder, input, rdbPath: single ?? baseOf(folder) })
    }
  }
  return found
}

function foldersOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
