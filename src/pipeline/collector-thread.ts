import type { Worker } from 'node:worker_threads'
import type { CollectorOptions } from '../analysis/collectors.js'
import type { SampledNames } from '../analysis/values/sampled-values.js'
import type { KeyBatch } from '../batch.js'
import { type TargetDescription, targetDescription } from '../memory/target-description.js'
import { type AddedRing, BatchRing, type RowsTaker, type SentRows } from './batch-ring.js'
import type { CollectContext, Collected, RowCollector } from './row-collector.js'
import { startWorker } from './start-worker.js'

/** What the thread is started with. */
export interface ThreadSetup {
  readonly options: CollectorOptions
  /** One number per batch: 1 while the thread has it. */
  readonly busy: Int32Array
}

export type ThreadMessage =
  | { readonly kind: 'now'; readonly nowMs: number }
  | AddedRing
  | SentRows
  | {
      readonly kind: 'finish'
      readonly nowMs: number
      readonly target: TargetDescription
      readonly files: number
      readonly sampled: SampledNames
      readonly wantsState: boolean
    }

/**
 * Collects in a thread of its own, while this one parses and prices. Batches lie in shared memory and go round: the
 * thread gets them in order, so that its result is that of one thread.
 */
export class CollectorThread implements RowCollector, RowsTaker {
  readonly #ring = new BatchRing()
  readonly first = this.#ring.first
  readonly #worker: Worker
  readonly #failed: Promise<never>
  #rings = 0

  constructor(options: CollectorOptions) {
    this.#worker = startWorker('collector-worker', { options, busy: this.#ring.busy } satisfies ThreadSetup)
    this.#failed = new Promise((_, reject) => this.#worker.once('error', reject))
    // Told when somebody asks for the result.
    this.#failed.catch(() => {})
  }

  setNow(nowMs: number): void {
    this.#send({ kind: 'now', nowMs })
  }

  add(batch: KeyBatch): KeyBatch {
    this.#send(this.#ring.sent(batch))
    return this.#ring.next()
  }

  addRing(busy: Int32Array): number {
    this.#send({ kind: 'ring', busy })
    return ++this.#rings
  }

  forward(rows: SentRows): void {
    this.#send(rows)
  }

  async finish({ target, ...context }: CollectContext): Promise<Collected> {
    const answer = new Promise<Collected>((resolve) => this.#worker.once('message', resolve))
    this.#send({ kind: 'finish', ...context, target: targetDescription(target) })
    return Promise.race([answer, this.#failed])
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #send(message: ThreadMessage): void {
    this.#worker.postMessage(message)
  }
}
