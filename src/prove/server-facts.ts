import type { AllocatorId } from '../memory/allocators/index.js'
import { targetFor } from '../memory/models/index.js'
import { parseSettings, type SettingOverrides, settingName } from '../memory/settings.js'
import type { RespClient } from './resp-client.js'
import type { ServerBinary } from './server-binary.js'

/** What a running server says about itself, as far as sizes depend on it. */
export interface ServerFacts {
  readonly name: string
  readonly version: string
  /** Id of its model. */
  readonly model: string
  /** Why the model is not exactly that version; null when it is. */
  readonly note: string | null
  readonly mallocText: string
  readonly allocator: AllocatorId
  readonly bits: 32 | 64
  readonly settings: SettingOverrides
}

/** Asked for with one pattern each: lists of names came with Redis 7.0. */
const SETTING_PATTERNS = [
  '*-max-*-entries',
  '*-max-*-value',
  '*-max-*-size',
  'list-compress-depth',
  'maxmemory*',
  'lazyfree-*',
]

/** @param server what the program calls itself: KeyDB does not say it in INFO */
export async function askFacts(client: RespClient, server: ServerBinary['server']): Promise<ServerFacts> {
  const info = infoFields(await client.text('INFO'))
  const name = server === 'keydb' ? server : (info.get('server_name') ?? server)
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? ''
  const { model, note } = targetFor({ server: name, version })
  const mallocText = info.get('mem_allocator') ?? 'unknown'
  return {
    name,
    version,
    model: model.id,
    note,
    mallocText,
    allocator: await allocatorOf(client, mallocText),
    bits: info.get('arch_bits') === '32' ? 32 : 64,
    settings: await settingsOf(client),
  }
}

/** `name:value` lines. */
export function infoFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && line[0] !== '#') fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}

async function allocatorOf(client: RespClient, text: string): Promise<AllocatorId> {
  if (!text.startsWith('jemalloc')) return 'libc'
  if (text.startsWith('jemalloc-3')) return 'jemalloc-3.6'
  // Distributions build jemalloc with another quantum than the sources of the server.
  const stats = await client.text('MEMORY', 'MALLOC-STATS').catch(() => '')
  return /Quantum size:\s*16\b/.test(stats) ? 'jemalloc-16' : 'jemalloc'
}

async function settingsOf(client: RespClient): Promise<SettingOverrides> {
  const texts: string[] = []
  for (const pattern of SETTING_PATTERNS) {
    const reply = await client.call('CONFIG', 'GET', pattern)
    if (!Array.isArray(reply)) continue
    for (let i = 0; i + 1 < reply.length; i += 2) {
      const name = String(reply[i])
      if (settingName(name) !== undefined) texts.push(`${name}=${reply[i + 1]}`)
    }
  }
  return parseSettings(texts)
}
