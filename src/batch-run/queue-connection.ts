import type { Redis } from 'ioredis'
import { version } from '../version.js'
import type { ShardJob } from './shard.js'

/** Name of the queue; BullMQ's keys begin with `bull:rdblens:`. */
export const QUEUE_NAME = 'rdblens'

/** What a job on the queue carries. Plain JSON. */
export interface QueuedShard {
  /** Of the rdblens that asks: another one may count differently. */
  readonly version: string
  readonly job: ShardJob
  /** Size of the dump as who asks sees it; null for commands. */
  readonly bytes: number | null
}

/** A queue that cannot be used. */
export class QueueError extends Error {
  override readonly name = 'QueueError'

  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message)
  }
}

/** The two optional packages, loaded when a queue is asked for. */
export interface QueuePackages {
  readonly bullmq: typeof import('bullmq')
  readonly Redis: typeof Redis
}

export async function loadQueuePackages(): Promise<QueuePackages> {
  try {
    return { bullmq: await import('bullmq'), Redis: (await import('ioredis')).Redis }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new QueueError(
      'a queue needs the packages bullmq and ioredis, and they are not installed',
      'Where rdblens is installed: npm install bullmq ioredis (with --global when rdblens is global).',
    )
  }
}

/** The address as messages show it: without name and password. */
export function shownQueue(url: string): string {
  try {
    const shown = new URL(url)
    shown.username = ''
    shown.password = ''
    shown.search = ''
    return shown.href
  } catch {
    return 'the queue'
  }
}

/** Connects to the job server; `redis://`, `rediss://` (TLS) or `unix:///path/of/socket`. */
export async function connectQueue({ Redis }: QueuePackages, url: string): Promise<Redis> {
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (!['redis:', 'rediss:', 'unix:'].includes(protocol)) {
    throw new QueueError(
      'the address of the queue is not one',
      'Write redis://HOST:6379, rediss://USER:PASSWORD@HOST:6379/2 or unix:///path/of/redis.sock.',
    )
  }
  // BullMQ wants commands to wait for a lost connection rather than to fail.
  const options = { lazyConnect: true, maxRetriesPerRequest: null }
  const redis =
    protocol === 'unix:'
      ? new Redis({ ...options, path: decodeURIComponent(new URL(url).pathname) })
      : new Redis(url, options)
  let last = ''
  redis.on('error', (error: Error) => {
    last = error.message
  })
  try {
    await redis.connect()
    refuseCache(await redis.info('memory'), url)
    return redis
  } catch (error) {
    redis.disconnect()
    if (error instanceof QueueError) throw error
    const reason = last !== '' ? last : error instanceof Error ? error.message : String(error)
    throw new QueueError(`${shownQueue(url)} cannot be used: ${reason}`, 'Check that the job server runs there.')
  }
}

/** A server that may drop keys loses jobs; and it is most likely one of those whose dumps are looked at. */
function refuseCache(info: string, url: string): void {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction'
  if (policy === 'noeviction') return
  throw new QueueError(
    `${shownQueue(url)} drops keys when memory is short (maxmemory-policy ${policy}): it looks like a cache`,
    'Use a server for jobs, with maxmemory-policy noeviction, never one that is analyzed.',
  )
}

/** What is wrong with a job for this version; null: nothing. */
export function versionProblem(asked: unknown): string | null {
  if (asked === version) return null
  return `this worker is rdblens ${version}, the night is run by ${String(asked).slice(0, 40)}: install the same on both`
}
