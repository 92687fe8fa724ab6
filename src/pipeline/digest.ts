import { createHash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { readDigests } from '../io/digests.js'
import { startWorker } from './start-worker.js'

/** What a whole file adds up to. */
export interface FileDigests {
  /** Lower-case hex, of the whole file. */
  readonly sha256: string
  /** 16 hex digits: CRC-64 of the bytes before `crcEnd`. */
  readonly crc64: string
  readonly crcEnd: number
}

export interface DigestRequest {
  readonly path: string
  /** Null: up to the last eight bytes, where the checksum of a plain dump stands. */
  readonly crcEnd: number | null
}

/** Below this size starting a thread costs more than it saves. */
const THREAD_WORTH_BYTES = 16 * 2 ** 20

/** Adds up a file on a thread of its own, while the parser reads it. */
export class DigestThread {
  readonly #worker: Worker
  readonly #first: Promise<FileDigests>
  readonly #path: string

  /** True when a file is large enough to be worth a thread. */
  static pays(bytes: number | null): boolean {
    return bytes !== null && bytes >= THREAD_WORTH_BYTES
  }

  constructor(path: string) {
    this.#path = path
    this.#worker = startWorker('digest-worker', { path, crcEnd: null } satisfies DigestRequest)
    this.#first = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve)
      this.#worker.once('error', reject)
    })
    // Whoever stops early never asks for it.
    this.#first.catch(() => {})
  }

  /** The digests, with the CRC up to where the dump's own checksum stands. */
  async result(crcEnd: number | null): Promise<FileDigests> {
    const digests = await this.#first
    if (crcEnd === null || digests.crcEnd === crcEnd) return digests
    // Something follows the dump: add up once more, to the right place.
    const again = await readDigests({ path: this.#path, crcEnd })
    return { ...digests, crc64: again.crc64, crcEnd }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** SHA-256 of bytes that pass by. */
export class RunningSha256 {
  readonly #hash = createHash('sha256')

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  hex(): string {
    return this.#hash.digest('hex')
  }
}
