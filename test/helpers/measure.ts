import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReplyError, type Word } from '../../src/prove/resp-client.js'
import { simulate } from '../../src/simulate.js'
import { RedisServer, withRedis } from './redis-server.js'

export type Config = Readonly<Record<string, string | number>>
export type Command = readonly Word[]

/** Commands that are sent at once. */
const BATCH = 5000

/** What `INFO memory` says of a server that has just loaded a dump, beyond the same server without keys. */
export async function measureDump(path: string, config: Config = {}): Promise<number> {
  const empty = await withRedis(usedMemory, config)
  const loaded = await withRedis(usedMemory, config, (folder) => copyFileSync(path, join(folder, 'dump.rdb')))
  return loaded - empty
}

/** Sends commands to a scratch server and hands its dump to `use`. */
export async function withDump<T>(
  commands: Iterable<Command>,
  use: (path: string) => Promise<T>,
  config: Config = {},
): Promise<T> {
  const server = await RedisServer.start(config)
  try {
    let batch: Command[] = []
    const send = async (): Promise<void> => {
      for (const reply of await server.pipeline(batch)) if (reply instanceof ReplyError) throw reply
      batch = []
    }
    for (const command of commands) {
      batch.push(command)
      if (batch.length === BATCH) await send()
    }
    await send()
    return await use(await server.save())
  } finally {
    await server.stop()
  }
}

/** Memory of a data set on a real server, after a restart from its dump. */
export function measureCommands(commands: Iterable<Command>, config: Config = {}): Promise<number> {
  return withDump(commands, (path) => measureDump(path, config), config)
}

export interface Prediction {
  readonly certainty: string
  readonly sampledKeys: number
  readonly interval95: readonly [number, number] | null
  readonly usedMemoryBefore: number
  readonly usedMemoryAfter: number
  readonly status: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly groups: readonly Readonly<Record<string, unknown>>[]
  readonly assumptions: readonly string[]
  readonly steps: readonly string[]
}

/** What one technique says about a dump that the local server (Debian's, with its allocator) wrote. */
export async function predict(
  path: string,
  id: string,
  parameters: Readonly<Record<string, string>> = {},
  settings: Config = {},
): Promise<Prediction> {
  const { report } = await simulate(
    {
      inputs: [{ path, name: path, increments: [], notes: [] }],
      filter: {},
      settings,
      verify: false,
      allocator: 'jemalloc-16',
    },
    { techniques: [id], parameters: { [id]: parameters }, top: 0 },
  )
  return report.techniques[0]!
}

async function usedMemory(server: RedisServer): Promise<number> {
  const info = await server.call('INFO', 'memory')
  return Number(/used_memory:(\d+)/.exec(String(info))![1])
}
