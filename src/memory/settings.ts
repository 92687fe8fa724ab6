/** The settings that change what a loaded key takes, under their newest redis.conf names. Sizes in bytes. */
export interface Settings {
  readonly 'hash-max-listpack-entries': number
  readonly 'hash-max-listpack-value': number
  readonly 'zset-max-listpack-entries': number
  readonly 'zset-max-listpack-value': number
  readonly 'set-max-intset-entries': number
  readonly 'set-max-listpack-entries': number
  readonly 'set-max-listpack-value': number
  /** -1 to -5: node size in steps from 4 to 64 KiB, all below as -5; positive: entries per node, 0 as 1. */
  readonly 'list-max-listpack-size': number
  readonly 'list-compress-depth': number
  /** Redis up to 3.0 only. */
  readonly 'list-max-ziplist-entries': number
  readonly 'list-max-ziplist-value': number
  /** 0: no limit. */
  readonly maxmemory: number
  readonly 'maxmemory-policy': string
  readonly 'lazyfree-lazy-user-del': boolean
}

export type SettingName = keyof Settings
/** Settings that differ from the defaults of the target, by their names in redis.conf since 7.0. */
export type SettingOverrides = { readonly [Name in SettingName]?: Settings[Name] }

/** What redis.conf and the code of all versions agree on. */
export const DEFAULT_SETTINGS: Settings = {
  'hash-max-listpack-entries': 512,
  'hash-max-listpack-value': 64,
  'zset-max-listpack-entries': 128,
  'zset-max-listpack-value': 64,
  'set-max-intset-entries': 512,
  'set-max-listpack-entries': 128,
  'set-max-listpack-value': 64,
  'list-max-listpack-size': -2,
  'list-compress-depth': 0,
  'list-max-ziplist-entries': 512,
  'list-max-ziplist-value': 64,
  maxmemory: 0,
  'maxmemory-policy': 'noeviction',
  'lazyfree-lazy-user-del': false,
}

export const settingNames = Object.keys(DEFAULT_SETTINGS) as SettingName[]

/** Names before Redis 7.0, which newer servers still accept. */
const OLD_NAMES: Readonly<Record<string, SettingName>> = {
  'hash-max-ziplist-entries': 'hash-max-listpack-entries',
  'hash-max-ziplist-value': 'hash-max-listpack-value',
  'zset-max-ziplist-entries': 'zset-max-listpack-entries',
  'zset-max-ziplist-value': 'zset-max-listpack-value',
  'list-max-ziplist-size': 'list-max-listpack-size',
}

const evictionPolicies = [
  'noeviction',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'volatile-lrm',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'allkeys-lrm',
] as const

/** A setting that cannot be understood; the message says what is accepted. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

/** The newest name of a setting, or undefined when it has no part in the memory model. */
export function settingName(name: string): SettingName | undefined {
  const lower = name.toLowerCase()
  if (Object.hasOwn(DEFAULT_SETTINGS, lower)) return lower as SettingName
  return Object.hasOwn(OLD_NAMES, lower) ? OLD_NAMES[lower] : undefined
}

/** Reads `name=value` texts (`--set`). Later ones win. @throws SettingError */
export function parseSettings(texts: readonly string[]): SettingOverrides {
  const overrides: Record<string, unknown> = {}
  for (const text of texts) {
    const equals = text.indexOf('=')
    const name = settingName((equals < 0 ? text : text.slice(0, equals)).trim())
    if (name === undefined) {
      throw new SettingError(`--set ${JSON.stringify(text)}: no such setting; known are ${settingNames.join(', ')}`)
    }
    if (equals < 0) throw new SettingError(`--set ${JSON.stringify(text)}: write it as ${name}=VALUE`)
    overrides[name] = parseValue(name, text.slice(equals + 1).trim())
  }
  return overrides as SettingOverrides
}

/** Reads a redis.conf: the settings that matter here; all other lines are none of our business. @throws SettingError */
export function parseRedisConf(text: string): SettingOverrides {
  const overrides: Record<string, unknown> = {}
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/\s+/)
    if (words[0] === undefined || words[0] === '' || words[0].startsWith('#')) continue
    const name = settingName(words[0])
    if (name === undefined) continue
    overrides[name] = parseValue(name, unquoted(words[1] ?? ''))
  }
  return overrides as SettingOverrides
}

function unquoted(word: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(word)
  return quoted ? quoted[2]! : word
}

function parseValue(name: SettingName, text: string): number | string | boolean {
  if (name === 'maxmemory-policy') {
    const policy = text.toLowerCase()
    if ((evictionPolicies as readonly string[]).includes(policy)) return policy
    throw new SettingError(`${name} ${JSON.stringify(text)}: known policies are ${evictionPolicies.join(', ')}`)
  }
  if (name === 'lazyfree-lazy-user-del') {
    if (/^(yes|no)$/i.test(text)) return text.toLowerCase() === 'yes'
    throw new SettingError(`${name} ${JSON.stringify(text)}: yes or no`)
  }
  if (name === 'list-max-listpack-size') {
    const size = parseInteger(text)
    // Servers take any `int`: below -5 is as -5.
    if (size === (size | 0)) return size
    throw new SettingError(`${name} ${JSON.stringify(text)}: -1 to -5 (4 to 64 KiB per node) or a number of entries`)
  }
  const isMemory = name === 'maxmemory' || name.endsWith('-value')
  const value = isMemory ? parseMemory(text) : parseInteger(text)
  if (value >= 0) return value
  const accepted = isMemory ? 'bytes, also with a unit: 64, 1kb, 2gb' : 'a whole number, without a unit'
  throw new SettingError(`${name} ${JSON.stringify(text)}: not a number that a server accepts (${accepted})`)
}

function parseInteger(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN
}

/** Number with a redis.conf unit: `1k` is 1000, `1kb` is 1024. */
function parseMemory(text: string): number {
  const match = /^(\d+)\s*(b|k|kb|m|mb|g|gb|kib|mib|gib)?$/i.exec(text)
  if (match === null) return Number.NaN
  const units: Record<string, number> = { b: 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 }
  return Number(match[1]) * (units[(match[2] ?? 'b').toLowerCase().replace('ib', 'b')] ?? 1)
}
