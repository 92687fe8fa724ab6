import { join } from 'node:path'
import type { Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import { fileFacts, moveFile, namesInFolder, remove } from '../io/folders.js'
import type { ReadProgress } from '../requests.js'
import { version } from '../version.js'
import { connectQueue, loadQueuePackages, QUEUE_NAME, type QueuedShard, shownQueue } from './queue-connection.js'
import type { ShardJob, ShardResult } from './shard.js'

/** How often a dump is tried, e.g. when a fetch command fails or a worker does not have the file. */
const ATTEMPTS = 3
const FIRST_PAUSE_MS = 1000
/** Events say when a job is done; should one get lost, the queue is asked. */
const ASK_EVERY_MS = 5000
/** What a run that was killed leaves on the queue goes away by itself. */
const KEEP_SECONDS = 2 * 86_400

const WORKER_FOLDER = /^worker-[0-9a-f]{16}$/
const KEYS_FILE = 'keys.csv.gz'

type Tell = ((progress: ReadProgress) => void) | undefined

/**
 * Has workers do the work on dumps: one job per dump on a BullMQ queue. Retries, lost workers and progress are BullMQ's
 * business. The same work in the same night has the same job, so a run that is killed and run again finds what was
 * done.
 */
export class ShardQueue {
  readonly #queue: Queue
  readonly #events: QueueEvents
  readonly #connections: readonly Redis[]
  readonly #timer: NodeJS.Timeout
  readonly #wakers = new Map<string, () => void>()
  readonly #tell = new Map<string, Tell>()

  private constructor(queue: Queue, events: QueueEvents, connections: readonly Redis[], say: (text: string) => void) {
    this.#queue = queue
    this.#events = events
    this.#connections = connections
    queue.on('error', () => {})
    events.on('error', () => {})
    events.on('completed', ({ jobId }) => this.#wakers.get(jobId)?.())
    events.on('failed', ({ jobId }) => this.#wakers.get(jobId)?.())
    events.on('progress', ({ jobId, data }) => {
      const progress = progressOf(data)
      if (progress !== null) this.#tell.get(jobId)?.(progress)
    })
    let hasSaid = false
    this.#timer = setInterval(() => {
      for (const wake of this.#wakers.values()) wake()
      if (hasSaid || this.#wakers.size === 0) return
      // Servers that do not list their clients give no answer.
      queue.getWorkersCount().then(
        (count) => {
          if (count > 0 || hasSaid) return
          hasSaid = true
          say('no worker is connected to the queue yet: rdblens worker --queue starts one, on any machine.')
        },
        () => {},
      )
    }, ASK_EVERY_MS)
  }

  /**
   * @param say is told when nobody takes the jobs
   * @throws QueueError when the packages are missing or the server cannot be used
   */
  static async open(url: string, say: (text: string) => void): Promise<ShardQueue> {
    const packages = await loadQueuePackages()
    const connections = [await connectQueue(packages, url)]
    connections.push(await connectQueue(packages, url))
    const [connection, listening] = connections as [Redis, Redis]
    const queue = new packages.bullmq.Queue(QUEUE_NAME, { connection })
    const events = new packages.bullmq.QueueEvents(QUEUE_NAME, { connection: listening })
    await Promise.all([queue.waitUntilReady(), events.waitUntilReady()])
    return new ShardQueue(queue, events, connections, (text) => say(`${shownQueue(url)}: ${text}`))
  }

  /** @param id the same for the same work in the same night */
  async analyze(job: ShardJob, tell: Tell, id: string): Promise<ShardResult> {
    this.#tell.set(id, tell)
    try {
      for (let isFirst = true; ; isFirst = false) {
        // Before the question, so that what happens meanwhile is not missed.
        const changed = new Promise<void>((resolve) => this.#wakers.set(id, resolve))
        const state = await this.#queue.getJobState(id)
        if (state === 'completed') {
          const result = await this.#collect(job, id)
          if (result !== null) return result
        } else if (state === 'failed') {
          const failed = await this.#queue.getJob(id)
          await failed?.remove()
          // One that failed in an earlier run gets another chance.
          if (!isFirst) return await given(job, failed?.failedReason ?? 'its job disappeared')
        } else {
          if (state === 'unknown') await this.#add(job, id)
          await changed
        }
      }
    } finally {
      this.#tell.delete(id)
      this.#wakers.delete(id)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([this.#events.close(), this.#queue.close()])
    for (const connection of this.#connections) connection.disconnect()
  }

  async #add(job: ShardJob, id: string): Promise<void> {
    const bytes = job.input.kind === 'file' ? ((await fileFacts(job.input.file.path))?.bytes ?? null) : null
    const data: QueuedShard = { version, job, bytes }
    await this.#queue.add(`${job.dataset}/${job.shard}`, data, {
      jobId: id,
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: FIRST_PAUSE_MS },
      removeOnComplete: { age: KEEP_SECONDS },
      removeOnFail: { age: KEEP_SECONDS },
    })
  }

  /** Takes the result off the queue; null when its file of keys is gone, and it has to be done again. */
  async #collect(job: ShardJob, id: string): Promise<ShardResult | null> {
    const found = await this.#queue.getJob(id)
    const result = resultOf(found?.returnvalue)
    let isWhole = result !== null
    if (result !== null && result.keysFile !== null) {
      isWhole = await moveFile(join(job.folder, result.keysFile), join(job.folder, KEYS_FILE))
    }
    await found?.remove()
    if (!isWhole || result === null) return null
    await removeWorkerFolders(job.folder)
    return { ...result, keysFile: result.keysFile === null ? null : KEYS_FILE }
  }
}

/** A dump that no worker could read, after all attempts: the others go on. */
async function given({ folder, source }: ShardJob, reason: string): Promise<ShardResult> {
  await removeWorkerFolders(folder)
  const problem = `no worker could read ${source}: ${reason.replace(/\.$/, '')}`
  const advice = 'Run the night again when that is mended: only what is missing is read.'
  return { status: 'unreadable', problem, advice, profile: null, facts: null, keysFile: null }
}

/**
 * What workers that were lost left behind. One that is only slow finds its folder gone, and its result is not taken.
 */
async function removeWorkerFolders(folder: string): Promise<void> {
  for (const name of await namesInFolder(folder)) if (WORKER_FOLDER.test(name)) await remove(join(folder, name))
}

/** What came back, if it is of the right shape: who can write to the server could put anything there. */
function resultOf(value: unknown): ShardResult | null {
  if (typeof value !== 'object' || value === null) return null
  const { status, profile, keysFile } = value as Partial<ShardResult>
  if (!['ok', 'damaged', 'unreadable'].includes(status ?? '')) return null
  if (profile !== null && typeof profile !== 'string') return null
  if (keysFile !== null) {
    const [folder, name, ...more] = typeof keysFile === 'string' ? keysFile.split('/') : []
    if (!WORKER_FOLDER.test(folder ?? '') || name !== KEYS_FILE || more.length > 0) return null
  }
  return value as ShardResult
}

function progressOf(data: unknown): ReadProgress | null {
  if (typeof data !== 'object' || data === null) return null
  const { bytesRead, keys } = data as Partial<ReadProgress>
  return typeof bytesRead === 'number' && typeof keys === 'number' ? (data as ReadProgress) : null
}
