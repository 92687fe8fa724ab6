import type { Worker } from 'node:worker_threads'
import type { CollectorOptions } from '../analysis/index.js'
import type { SampledName } from '../analysis/values/by-rank.js'
import { KeyBatch } from '../batch.js'
import { type TargetDescription, targetDescription } from '../memory/target-description.js'
import type { CollectContext, Collected, RowCollector } from './row-collector.js'
import { startWorker } from './start-worker.js'

/** Batches that may be on their way: enough for one piece of the file, few enough to stay in the cache. */
const BATCHES = 8
/** How long the other thread may take for its oldest batch before something must be wrong. */
const PATIENCE_MS = 60_000

/** What the thread is started with. */
export interface ThreadSetup {
  readonly options: CollectorOptions
  /** One number per batch: 1 while the thread has it. */
  readonly busy: Int32Array
}

export type ThreadMessage =
  | { readonly kind: 'now'; readonly nowMs: number }
  | {
      readonly kind: 'rows'
      readonly batch: number
      readonly length: number
      readonly file: number
      /** The columns, when the thread does not know them yet: the first time, and when the names needed more room. */
      readonly columns: object | null
    }
  | {
      readonly kind: 'finish'
      readonly nowMs: number
      readonly target: TargetDescription
      readonly files: number
      readonly sampled: readonly SampledName[]
      readonly wantsState: boolean
    }

/**
 * Collects in a thread of its own, while this one parses and prices. Batches lie in shared memory and go round: the
 * thread gets them in order, so that its result is that of one thread.
 */
export class CollectorThread implements RowCollector {
  readonly first: KeyBatch
  readonly #worker: Worker
  readonly #busy = new Int32Array(new SharedArrayBuffer(BATCHES * 4))
  readonly #batches: KeyBatch[] = []
  /** The memory of names that the thread knows, per batch. */
  readonly #known: (Uint8Array | null)[] = []
  #current = 0
  readonly #failed: Promise<never>

  constructor(options: CollectorOptions) {
    this.#worker = startWorker('collector-worker', { options, busy: this.#busy } satisfies ThreadSetup)
    this.#failed = new Promise((_, reject) => this.#worker.once('error', reject))
    // Told when somebody asks for the result.
    this.#failed.catch(() => {})
    this.first = this.#make()
  }

  setNow(nowMs: number): void {
    this.#send({ kind: 'now', nowMs })
  }

  add(batch: KeyBatch): KeyBatch {
    const current = this.#current
    const known = this.#known[current] === batch.keyBytes
    this.#known[current] = batch.keyBytes
    this.#busy[current] = 1
    this.#send({
      kind: 'rows',
      batch: current,
      length: batch.length,
      file: batch.file,
      columns: known ? null : columnsOf(batch),
    })
    this.#current = (current + 1) % BATCHES
    if (this.#current === this.#batches.length) return this.#make()
    const waited = Atomics.wait(this.#busy, this.#current, 1, PATIENCE_MS)
    if (waited === 'timed-out') throw new Error('the thread that collects does not answer')
    return this.#batches[this.#current]!
  }

  async finish({ target, ...context }: CollectContext): Promise<Collected> {
    const answer = new Promise<Collected>((resolve) => this.#worker.once('message', resolve))
    this.#send({ kind: 'finish', ...context, target: targetDescription(target) })
    return Promise.race([answer, this.#failed])
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #make(): KeyBatch {
    const batch = new KeyBatch(undefined, true)
    this.#batches.push(batch)
    this.#known.push(null)
    return batch
  }

  #send(message: ThreadMessage): void {
    this.#worker.postMessage(message)
  }
}

/** Own fields only: shared memory goes along, methods do not. */
function columnsOf(batch: KeyBatch): object {
  return { ...batch }
}
