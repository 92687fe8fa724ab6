import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Job } from 'bullmq'
import { fileFacts, isFolder, remove } from '../io/folders.js'
import { makeFolder } from '../io/output.js'
import { ScratchFolder } from '../io/scratch-folder.js'
import type { ReadProgress } from '../requests.js'
import { connectQueue, loadQueuePackages, QUEUE_NAME, type QueuedShard, versionProblem } from './queue-connection.js'
import { analyzeShard, type ShardJob, type ShardResult } from './shard.js'

/** A dump may take a worker down with it (out of memory): so many, and it is given up. */
const LOST_WORKERS = 3
const TELL_EVERY_MS = 1000

export interface WorkerOptions {
  readonly url: string
  /** Dumps at a time. */
  readonly jobs: number
  /** A worker that does not answer for this time has lost its job to another. Milliseconds. */
  readonly lockMs: number
  /** Run the commands that jobs bring along: whoever can write to the queue can run anything here. */
  readonly allowCommands: boolean
  /** Instead of what the config of the night says. */
  readonly threads?: number | undefined
  readonly onEvent: (event: WorkerEvent) => void
}

export type WorkerEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun'; readonly dataset: string; readonly shard: string }
  | {
      readonly kind: 'done'
      readonly dataset: string
      readonly shard: string
      readonly status: ShardResult['status']
      readonly keys: number
      readonly durationMs: number
    }
  | { readonly kind: 'failed'; readonly dataset: string; readonly shard: string; readonly reason: string }
  | { readonly kind: 'trouble'; readonly reason: string }

/**
 * Takes jobs from the queue until the process is ended: at any moment, since a job that is left in the middle is done
 * by another worker.
 * @throws QueueError when the packages are missing or the server cannot be used
 */
export async function runWorker(options: WorkerOptions): Promise<never> {
  const packages = await loadQueuePackages()
  const connection = await connectQueue(packages, options.url)
  const worker = new packages.bullmq.Worker<QueuedShard, ShardResult>(QUEUE_NAME, (job) => work(job, options), {
    connection,
    concurrency: options.jobs,
    lockDuration: options.lockMs,
    stalledInterval: options.lockMs,
    maxStalledCount: LOST_WORKERS,
  })
  let last = ''
  worker.on('error', ({ message }) => {
    // A server that is away is told about once, not at every attempt to reach it.
    if (message !== last) options.onEvent({ kind: 'trouble', reason: message })
    last = message
  })
  await worker.waitUntilReady()
  options.onEvent({ kind: 'ready' })
  return new Promise<never>(() => {})
}

async function work(queued: Job<QueuedShard, ShardResult>, options: WorkerOptions): Promise<ShardResult> {
  const startedMs = performance.now()
  const { job } = queued.data
  const { dataset, shard } = job
  options.onEvent({ kind: 'begun', dataset, shard })
  try {
    await refuse(queued.data, options.allowCommands)
    const result = await analyzed(job, options, (progress) => {
      // Lost with the job, when another worker has it now.
      queued.updateProgress(progress).catch(() => {})
    })
    const isLastAttempt = queued.attemptsMade + 1 >= (queued.opts.attempts ?? 1)
    // The network may be to blame: BullMQ tries again. The last attempt says what a run without queue would say.
    if (job.input.kind === 'command' && result.status === 'unreadable' && !isLastAttempt) {
      throw new Error(result.problem ?? 'the command failed')
    }
    const durationMs = performance.now() - startedMs
    options.onEvent({ kind: 'done', dataset, shard, status: result.status, keys: result.facts?.keys ?? 0, durationMs })
    return result
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    options.onEvent({ kind: 'failed', dataset, shard, reason })
    throw error
  }
}

/** Jobs that this machine must not or cannot do: another may. */
async function refuse({ version, job, bytes }: QueuedShard, allowCommands: boolean): Promise<void> {
  const problem = versionProblem(version)
  if (problem !== null) throw new Error(problem)
  if (job.input.kind === 'command') {
    if (allowCommands) return
    throw new Error(`the worker on ${hostname()} runs no commands: start it with --allow-commands`)
  }
  const { path } = job.input.file
  const facts = await fileFacts(path)
  if (facts === null) {
    throw new Error(`${path} is not on ${hostname()}: share its folder under the same path, or use a command as source`)
  }
  if (bytes !== null && facts.bytes !== bytes) {
    throw new Error(`${path} has ${facts.bytes} bytes on ${hostname()} and ${bytes} where the night is run`)
  }
}

/**
 * Every attempt has a folder of its own, so that two workers that do the same job do not meet; who asked takes the
 * file out of the one whose result counts.
 */
async function analyzed(
  job: ShardJob,
  options: WorkerOptions,
  tell: (progress: ReadProgress) => void,
): Promise<ShardResult> {
  const isShared = await isFolder(job.folder)
  if (!isShared && job.options.keys) {
    throw new Error(
      `${job.folder} is not on ${hostname()}: share the output folder, or leave keys out of output.formats`,
    )
  }
  const name = `worker-${randomBytes(8).toString('hex')}`
  const folder = isShared ? join(job.folder, name) : ScratchFolder.make().path
  let isKept = false
  try {
    if (isShared) await makeFolder(folder)
    let toldMs = 0
    const threads = options.threads ?? job.threads
    const result = await analyzeShard({ ...job, folder, threads }, (progress) => {
      const now = performance.now()
      if (now - toldMs < TELL_EVERY_MS) return
      toldMs = now
      tell(progress)
    })
    isKept = result.keysFile !== null
    return isKept ? { ...result, keysFile: `${name}/${result.keysFile}` } : result
  } finally {
    if (!isKept) await remove(folder)
  }
}
