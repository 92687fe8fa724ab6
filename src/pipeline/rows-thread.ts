import type { MessagePort, Worker } from 'node:worker_threads'
import type { KeyBatch } from '../batch.js'
import { type AddedRing, BatchRing, type RowsTaker, type SentRows } from './batch-ring.js'
import { startWorker } from './start-worker.js'

/**
 * A thread that takes the rows that this one makes, and those of further threads, in their order. Batches lie in shared
 * memory and go round: there are no more rows on their way than these hold.
 */
export abstract class RowsThread<Message> implements RowsTaker {
  readonly #ring = new BatchRing()
  /** The batch to fill first. */
  readonly first = this.#ring.first
  readonly #worker: Worker
  readonly #failed: Promise<never>
  #failure: Error | null = null
  #rings = 0

  /**
   * @param file of the thread, see `startWorker`
   * @param setup what the thread is started with, but for `busy`: one number per batch, 1 while the thread has it
   */
  constructor(file: string, setup: object, transferred: readonly MessagePort[] = []) {
    this.#worker = startWorker(file, { ...setup, busy: this.#ring.busy }, transferred)
    this.#failed = new Promise((_, reject) => {
      this.#worker.once('error', (error) => {
        this.#failure = error
        reject(error)
      })
    })
    // Told when somebody asks for an answer.
    this.#failed.catch(() => {})
  }

  /** Why the thread has ended; null while it is well. */
  get failure(): Error | null {
    return this.#failure
  }

  /** Takes a batch and gives the one to fill next. */
  add(batch: KeyBatch): KeyBatch {
    this.send(this.#ring.sent(batch))
    return this.#ring.next()
  }

  addRing(busy: Int32Array): number {
    this.send({ kind: 'ring', busy })
    return ++this.#rings
  }

  forward(rows: SentRows): void {
    this.send(rows)
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  protected send(message: Message | AddedRing | SentRows): void {
    this.#worker.postMessage(message)
  }

  /** What the thread says to a message that it answers; rejects when it has failed. */
  protected async answerTo(message: Message): Promise<unknown> {
    const answer = new Promise((resolve) => this.#worker.once('message', resolve))
    this.send(message)
    return Promise.race([answer, this.#failed])
  }
}
