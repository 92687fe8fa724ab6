import type { Hash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import type { DigestRequest, FileDigests } from '../io/digests.js'
import { storedBytes } from '../io/stored-bytes.js'
import { startWorker } from './start-worker.js'

/** Below this size starting a thread costs more than it saves. */
const THREAD_WORTH_BYTES = 16 * 2 ** 20

/** Threads that were started before the dump is read, by its path. */
const startedAhead = new Map<string, DigestThread>()

/** Adds up a file on a thread of its own, while the parser reads it: SHA-256, and the checksum of the dump. */
export class DigestThread {
  readonly #path: string
  readonly #worker: Worker
  readonly #first: Promise<FileDigests>

  /** True when a file is large enough to be worth a thread. */
  static pays(bytes: number | null): boolean {
    return bytes !== null && bytes >= THREAD_WORTH_BYTES
  }

  /** Starts with a file before it is read; says whether there is one that is large enough. */
  static async startAhead(path: string): Promise<boolean> {
    const pays = DigestThread.pays(await storedBytes([{ path }]))
    if (pays) startedAhead.set(path, new DigestThread(path))
    return pays
  }

  /** The thread that was started for a file, or a new one. */
  static of(path: string): DigestThread {
    const started = startedAhead.get(path)
    startedAhead.delete(path)
    return started ?? new DigestThread(path)
  }

  private constructor(path: string) {
    this.#path = path
    this.#worker = startWorker('digest-worker', { path, crcEnd: null } satisfies DigestRequest)
    // Nobody waits for a thread whose file nobody reads.
    this.#worker.unref()
    this.#first = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve)
      this.#worker.once('error', reject)
    })
    // Whoever stops early never asks for it, and others later.
    this.#first.catch(() => {})
  }

  /** The digests, with the CRC up to where the dump's own checksum stands; null: wherever. */
  async result(crcEnd: number | null): Promise<FileDigests> {
    this.#worker.ref()
    const digests = await this.#first
    if (crcEnd === null || digests.crcEnd === crcEnd) return digests
    // Something follows the dump: add up once more, to the right place.
    const { readDigests } = await import('../io/digests.js')
    const again = await readDigests({ path: this.#path, crcEnd })
    return { ...digests, crc64: again.crc64, crcEnd }
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
