import type { Hash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import type { DigestRequest, FileDigests } from '../io/digests.js'
import { storedBytes } from '../io/stored-bytes.js'
import { startWorker } from './start-worker.js'

/** Below this size of all dumps together starting a thread costs more than it saves. */
const THREAD_WORTH_BYTES = 16 * 2 ** 20
/** Smaller dumps are added up as they pass: opening one again takes longer. */
const FILE_WORTH_BYTES = 2 ** 20

/** The thread that was started before anything else, until somebody takes it. */
let startedAhead: DigestThread | null = null

/**
 * Adds up files on a thread of its own, while the parser reads them: SHA-256, and the checksum of the dump. There is
 * one for all dumps of a run, which takes them one after the other.
 */
export class DigestThread {
  readonly #worker: Worker
  readonly #failed: Promise<never>
  /** Who waits for the digests of the files that were handed over, in order. */
  readonly #waiting: ((digests: FileDigests) => void)[] = []
  /** By path: files that nobody has asked for yet. */
  readonly #ahead = new Map<string, Promise<FileDigests>>()

  /** Starts with a file before it is read; says whether there is one that is large enough. */
  static async startAhead(path: string): Promise<boolean> {
    const pays = (await storedBytes([{ path }])) >= THREAD_WORTH_BYTES
    if (pays) {
      startedAhead ??= new DigestThread()
      startedAhead.#ahead.set(path, startedAhead.#handOver(path))
    }
    return pays
  }

  /** The thread for dumps that are read in a row; null where they are so small that it does not pay. */
  static async for(inputs: readonly { readonly path: string }[]): Promise<DigestThread | null> {
    if ((await storedBytes(inputs)) < THREAD_WORTH_BYTES) return null
    const thread = startedAhead ?? new DigestThread()
    startedAhead = null
    return thread
  }

  private constructor() {
    this.#worker = startWorker('digest-worker', null)
    // Nobody waits for a thread whose file nobody reads.
    this.#worker.unref()
    this.#worker.on('message', (digests: FileDigests) => this.#waiting.shift()?.(digests))
    this.#failed = new Promise((_, reject) => this.#worker.once('error', reject))
    // Told when somebody asks for digests.
    this.#failed.catch(() => {})
  }

  /** True when a file is large enough for this thread. */
  takes({ path, totalBytes }: { readonly path: string | null; readonly totalBytes: number | null }): boolean {
    return path !== null && totalBytes !== null && totalBytes >= FILE_WORTH_BYTES
  }

  /**
   * Begins with a file as soon as those before it are done.
   *
   * @returns gives the digests, with the CRC up to where the dump's own checksum stands; null: wherever
   */
  add(path: string): (crcEnd: number | null) => Promise<FileDigests> {
    const first = this.#ahead.get(path) ?? this.#handOver(path)
    this.#ahead.delete(path)
    return async (crcEnd) => {
      this.#worker.ref()
      const digests = await first
      if (crcEnd === null || digests.crcEnd === crcEnd) return digests
      // Something follows the dump: add up once more, to the right place.
      const { readDigests } = await import('../io/digests.js')
      const again = await readDigests({ path, crcEnd })
      return { ...digests, crc64: again.crc64, crcEnd }
    }
  }

  /** No more files come: the thread ends after the last one. */
  end(): void {
    this.#worker.postMessage(null)
  }

  stop(): void {
    void this.#worker.terminate()
  }

  #handOver(path: string): Promise<FileDigests> {
    const answer = new Promise<FileDigests>((resolve) => this.#waiting.push(resolve))
    this.#worker.postMessage({ path, crcEnd: null } satisfies DigestRequest)
    const digests = Promise.race([answer, this.#failed])
    // Whoever stops early never asks for it, and others later.
    digests.catch(() => {})
    return digests
  }
}

/** SHA-256 of bytes that pass by. */
export class RunningSha256 {
  #hash: Hash

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

  /** What it gives goes back to here. */
  mark(): () => void {
    const soFar = this.#hash.copy()
    return () => {
      this.#hash = soFar
    }
  }

  hex(): string {
    return this.#hash.digest('hex')
  }
}
