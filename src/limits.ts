import { PARSER_LIMITS, type ParserLimits } from '../parsers/index.js'
import { parseSize, UnitError } from './units.js'

/**
 * Everything that bounds what a dump can make its reader take, beside the size of strings and containers held at once.
 */
export interface Limits extends ParserLimits {
  /** Length of a `DUMP` payload, which is held as a whole; 512 MiB is the longest reply of a server. */
  readonly payloadBytes: number
  /** Window of a Zstandard frame: what unpacking it keeps. 128 MiB is what zstd itself unpacks without `--long`. */
  readonly zstdWindowBytes: number
  /** What a compressed file may unpack to before its ratio (`--max-ratio`) is looked at. */
  readonly harmlessBytes: number
  /** Nested objects and arrays of a document of RedisJSON's first layout; the module itself reads 512. */
  readonly jsonDepth: number
}

/** Times its size that a dump may unpack to. gzip cannot do more than 1,032, and dumps are rarely above 20. */
export const MAX_RATIO = 2000

/** The limits unless told otherwise. Sizes in bytes. */
export const LIMITS: Limits = {
  ...PARSER_LIMITS,
  payloadBytes: 512 * 2 ** 20,
  zstdWindowBytes: 128 * 2 ** 20,
  harmlessBytes: 2 ** 30,
  jsonDepth: 512,
}

/** Names of limits as they are written on the command line. */
const NAMES: Readonly<Record<string, keyof Limits>> = {
  'key-bytes': 'keyBytes',
  'template-bytes': 'templateBytes',
  'stream-name-bytes': 'streamNameBytes',
  'blob-bytes': 'blobBytes',
  'payload-bytes': 'payloadBytes',
  'zstd-window-bytes': 'zstdWindowBytes',
  'harmless-bytes': 'harmlessBytes',
  'meta-classes': 'metaClasses',
  'json-depth': 'jsonDepth',
}

export const LIMIT_NAMES: readonly string[] = Object.keys(NAMES)

/** Reads `NAME=SIZE`. @throws UnitError */
export function parseLimits(assignments: readonly string[]): Partial<Limits> {
  const limits: Partial<Record<keyof Limits, number>> = {}
  for (const assignment of assignments) {
    const [, name = '', text = ''] = /^([^=]*)=(.*)$/.exec(assignment) ?? []
    const limit = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
    if (limit === undefined) {
      throw new UnitError(`--limit ${JSON.stringify(assignment)}: write NAME=SIZE; names are ${LIMIT_NAMES.join(', ')}`)
    }
    const value = parseSize(text)
    if (value < 1) throw new UnitError(`--limit ${JSON.stringify(assignment)}: at least 1`)
    limits[limit] = value
  }
  return limits
}
