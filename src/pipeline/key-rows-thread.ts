import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'
import type { KeyBatch } from '../batch.js'
import { type AddedRing, BatchRing, type RowsTaker, type SentRows } from './batch-ring.js'
import type { KeyRowsSetup } from './key-rows.js'
import { startWorker } from './start-worker.js'

/** What the thread is started with. */
export interface KeyRowsThreadSetup {
  readonly setup: KeyRowsSetup
  readonly busy: Int32Array
  /** Where the pieces go to: `Uint8Array`, in order. */
  readonly pieces: MessagePort
}

export type ToKeyRowsThread = AddedRing | SentRows | { readonly kind: 'finish' }

/**
 * `KeyRows` in a thread of its own, while this one parses and prices. It gets the batches in order, so that the bytes
 * are those of one thread; and no more of them than there are batches, so that they do not pile up.
 */
export class KeyRowsThread implements RowsTaker {
  readonly #ring = new BatchRing()
  /** The batch to fill first. */
  readonly first = this.#ring.first
  readonly #worker: Worker
  readonly #pieces: MessagePort
  readonly #failed: Promise<never>
  #failure: Error | null = null
  #rings = 0

  constructor(setup: KeyRowsSetup) {
    const { port1, port2 } = new MessageChannel()
    this.#pieces = port1
    this.#worker = startWorker(
      'key-rows-worker',
      { setup, busy: this.#ring.busy, pieces: port2 } satisfies KeyRowsThreadSetup,
      [port2],
    )
    this.#failed = new Promise((_, reject) => {
      this.#worker.once('error', (error) => {
        this.#failure = error
        reject(error)
      })
    })
    // Told when somebody asks for the rest.
    this.#failed.catch(() => {})
  }

  /** Takes a batch and gives the one to fill next. */
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

  /** Pieces that are ready; they belong to the caller. */
  take(): readonly Uint8Array[] {
    if (this.#failure !== null) throw this.#failure
    const pieces: Uint8Array[] = []
    // Asked for, and not waited for as an event: this thread may be long between two of these.
    for (;;) {
      const received = receiveMessageOnPort(this.#pieces)
      if (received === undefined) return pieces
      pieces.push(received.message as Uint8Array)
    }
  }

  /** Everything that is left. */
  async finish(): Promise<readonly Uint8Array[]> {
    const answer = new Promise((resolve) => this.#worker.once('message', resolve))
    this.#send({ kind: 'finish' })
    await Promise.race([answer, this.#failed])
    return this.take()
  }

  async stop(): Promise<void> {
    this.#pieces.close()
    await this.#worker.terminate()
  }

  #send(message: ToKeyRowsThread): void {
    this.#worker.postMessage(message)
  }
}
