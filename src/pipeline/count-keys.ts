import { IgnoreAll, type RdbKey } from '../../parsers/index.js'
import type { InputFile } from '../io/inputs.js'
import { type ReadDumpOptions, readDump } from '../io/read-dump.js'
import { openSource, type SourceOptions } from '../io/source.js'
import type { DatabaseHints } from './overhead-rows.js'
import { rdbVersionAt } from './rdb-version.js'

/** Counts the keys of each database without looking at values: the fastest way through a file. */
class KeyCounter extends IgnoreAll {
  readonly databases = new Map<number, { keys: number; expires: number }>()

  override get wantsElements(): boolean {
    return false
  }

  override endKey(key: RdbKey): void {
    let counts = this.databases.get(key.db)
    if (counts === undefined) {
      counts = { keys: 0, expires: 0 }
      this.databases.set(key.db, counts)
    }
    counts.keys++
    if (key.expiresAtMs !== -1) counts.expires++
  }
}

/** First RDB version whose files say how many keys a database has. */
const FIRST_VERSION_WITH_HINTS = 7

/**
 * Key counts of a dump that does not state them (Redis up to 3.0), from a first pass over the file; null when
 * the dump has hints, or can be read only once.
 */
export async function countWhereUnhinted(
  input: InputFile,
  options: SourceOptions & Pick<ReadDumpOptions, 'salvage' | 'maxRatio' | 'limits'>,
): Promise<DatabaseHints | null> {
  if (input.path === '-') return null
  const version = await rdbVersionAt(input.path)
  if (version === null || version >= FIRST_VERSION_WITH_HINTS) return null
  const counter = new KeyCounter()
  await readDump(await openSource(input, options), counter, {
    parser: { verify: false },
    salvage: options.salvage,
    maxRatio: options.maxRatio,
    limits: options.limits,
  })
  return counter.databases
}
