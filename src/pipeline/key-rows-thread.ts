import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { AddedRing, SentRows } from './batch-ring.js'
import type { KeyRowsSetup } from './key-rows.js'
import { RowsThread } from './rows-thread.js'

/** What the thread is started with. */
export interface KeyRowsThreadSetup {
  readonly setup: KeyRowsSetup
  /** One number per batch: 1 while the thread has it. */
  readonly busy: Int32Array
  /** Where the pieces go to: `Uint8Array`, in order. */
  readonly pieces: MessagePort
}

type ToKeyRows = { readonly kind: 'finish' }

export type ToKeyRowsThread = ToKeyRows | AddedRing | SentRows

/**
 * `KeyRows` in a thread of its own, while this one parses and prices. It gets the batches in order, so that the bytes
 * are those of one thread; and no more of them than there are batches, so that they do not pile up.
 */
export class KeyRowsThread extends RowsThread<ToKeyRows> {
  readonly #pieces: MessagePort

  constructor(setup: KeyRowsSetup) {
    const { port1, port2 } = new MessageChannel()
    super('key-rows-worker', { setup, pieces: port2 } satisfies Omit<KeyRowsThreadSetup, 'busy'>, [port2])
    this.#pieces = port1
  }

  /** Pieces that are ready; they belong to the caller. */
  take(): readonly Uint8Array[] {
    if (this.failure !== null) throw this.failure
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
    await this.answerTo({ kind: 'finish' })
    return this.take()
  }

  override async stop(): Promise<void> {
    this.#pieces.close()
    await super.stop()
  }
}
