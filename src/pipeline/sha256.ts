import type { Hash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { storedBytes } from '../io/stored-bytes.js'
import { startWorker } from './start-worker.js'

/** Below this size starting a thread costs more than it saves. */
const THREAD_WORTH_BYTES = 16 * 2 ** 20

/** Threads that were started before the dump is read, by its path. */
const startedAhead = new Map<string, Sha256Thread>()

/** Adds up a file on a thread of its own, while the parser reads it. */
export class Sha256Thread {
  readonly #worker: Worker
  readonly #result: Promise<string>

  /** True when a file is large enough to be worth a thread. */
  static pays(bytes: number | null): boolean {
    return bytes !== null && bytes >= THREAD_WORTH_BYTES
  }

  /** Starts with a file before it is read; says whether there is one that is large enough. */
  static async startAhead(path: string): Promise<boolean> {
    const pays = Sha256Thread.pays(await storedBytes([{ path }]))
    if (pays) startedAhead.set(path, new Sha256Thread(path))
    return pays
  }

  /** The thread that was started for a file, or a new one. */
  static of(path: string): Sha256Thread {
    const started = startedAhead.get(path)
    startedAhead.delete(path)
    return started ?? new Sha256Thread(path)
  }

  private constructor(path: string) {
    this.#worker = startWorker('sha256-worker', path)
    // Nobody waits for a thread whose file nobody reads.
    this.#worker.unref()
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve)
      this.#worker.once('error', reject)
    })
    // Whoever stops early never asks for it, and others later.
    this.#result.catch(() => {})
  }

  /** Lower-case hex, of the whole file. */
  wait(): Promise<string> {
    this.#worker.ref()
    return this.#result
  }

  stop(): void {
    void this.#worker.terminate()
  }
}

/** SHA-256 of bytes that pass by. */
export class RunningSha256 {
  readonly #hash: Hash

  static async start(): Promise<RunningSha256> {
    const { createHash } = await import('node:crypto')
    return new RunningSha256(createHash('sha256'))
  }

  private constructor(hash: Hash) {
    this.#hash = hash
  }

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  hex(): string {
    return this.#hash.digest('hex')
  }
}
