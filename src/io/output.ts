import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { type FileHandle, mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { systemProblem } from './errors.js'

/** Pieces are gathered up to this size before they are written. */
const GATHER_BYTES = 1 << 18
/** Pieces that are handed to the system one by one. */
const MOST_PIECES = 64

/** Thrown when the reader of a pipe went away (`| head`): nobody wants the rest, which is no failure. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe'

  constructor() {
    super('the reader of the output went away')
  }
}

/** Where a result goes. */
export interface Output {
  /**
   * Takes text or bytes; bytes must not change afterwards. Wait for the promise, if there is one, before writing more.
   */
  write(piece: string | Uint8Array): Promise<void> | undefined
  /** Writes what is left and lets go of the file, which appears only at `close`: for files that belong together. */
  finish?(): Promise<void>
  /** Writes what is left; a file appears under its name only now. */
  close(): Promise<void>
  /** Gives up: no file appears. Does nothing after `close`. */
  abort(): Promise<void>
}

/** Writes all pieces and closes; on a failure nothing is left behind. */
export async function writeAll(
  output: Output,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  try {
    for await (const piece of pieces) await output.write(piece)
    await output.close()
  } catch (error) {
    await output.abort()
    throw error
  }
}

/**
 * A file that appears whole or not at all: written under another name beside it, then renamed.
 * Devices and named pipes are written directly.
 */
export async function fileOutput(path: string): Promise<Output> {
  try {
    const existing = await stat(path).catch(() => null)
    // A symbolic link stays one: what it points to is replaced.
    const target = existing === null ? path : await realpath(path)
    if (existing?.isDirectory() === true) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
    if (existing !== null && !existing.isFile()) return new FileOutput(target, target, await open(target, 'w'))
    const { randomBytes } = await import('node:crypto')
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
    // Made at once and remembered in the same breath: a signal finds the file or nothing.
    closeSync(openSync(temporary, 'wx'))
    unfinished.add(temporary)
    return new FileOutput(target, temporary, await open(temporary, 'r+'))
  } catch (error) {
    throw systemProblem(error, path, 'write')
  }
}

/**
 * The one of `others` that is the same file as `path`, by whatever name; undefined when none is, or there is no such
 * file.
 */
export async function sameFile(path: string, others: readonly string[]): Promise<string | undefined> {
  const file = await stat(path).catch(() => null)
  if (file === null || !file.isFile()) return undefined
  for (const other of others) {
    const { dev, ino } = (await stat(other).catch(() => null)) ?? {}
    if (dev === file.dev && ino === file.ino) return other
  }
  return undefined
}

/** Makes a folder and those above it, where they are missing. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw systemProblem(error, path, 'write')
  }
}

/** Names of files being written now, for whoever must leave in a hurry. */
const unfinished = new Set<string>()

/** Removes files that were begun and not finished; for signal handlers. */
export function removeUnfinishedFiles(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path)
    } catch {
      // Gone already, or not ours to remove any more.
    }
  }
  unfinished.clear()
}

/** A message on standard error of a process that ends at once, so that nothing may wait. */
export function writeLastWords(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // Nobody is there to read it.
  }
}

class FileOutput implements Output {
  readonly #path: string
  readonly #temporary: string
  readonly #handle: FileHandle
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  /** What is being written while more is gathered. */
  #writing: Promise<void> | null = null
  #open = true

  constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
  }

  write(piece: string | Uint8Array): Promise<void> | undefined {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
    if (this.#gatheredBytes < GATHER_BYTES) return undefined
    const before = this.#writing
    if (before !== null) return before.then(() => this.#begin())
    this.#begin()
    return undefined
  }

  async finish(): Promise<void> {
    await this.#flush()
    try {
      this.#open = false
      await this.#handle.close()
    } catch (error) {
      throw systemProblem(error, this.#path, 'write')
    }
  }

  async close(): Promise<void> {
    if (this.#open) await this.finish()
    try {
      if (this.#temporary !== this.#path) await rename(this.#temporary, this.#path)
      unfinished.delete(this.#temporary)
    } catch (error) {
      throw systemProblem(error, this.#path, 'write')
    }
  }

  async abort(): Promise<void> {
    if (this.#open) await this.#handle.close()
    this.#open = false
    if (unfinished.delete(this.#temporary)) await unlink(this.#temporary).catch(() => {})
  }

  /** Writes what is left, and what is on its way. */
  async #flush(): Promise<void> {
    await this.#writing
    this.#begin()
    await this.#writing
  }

  /** Begins to write what was gathered; whoever writes next hears of a failure. */
  #begin(): void {
    const pieces = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#writing = this.#writeAll(pieces)
    this.#writing.catch(() => {})
  }

  async #writeAll(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      // Many small pieces are copied together in less time than the system takes to look at each.
      let left = pieces.length > MOST_PIECES ? [Buffer.concat(pieces)] : pieces.filter(({ length }) => length > 0)
      while (left.length > 0) {
        const { bytesWritten } = await this.#handle.writev(left)
        left = behind(left, bytesWritten)
      }
    } catch (error) {
      throw systemProblem(error, this.#path, 'write')
    }
  }
}

/** The pieces without their first bytes. */
function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let from = bytes
  const left: Uint8Array[] = []
  for (const piece of pieces) {
    if (from < piece.length) left.push(from === 0 ? piece : piece.subarray(from))
    from = Math.max(0, from - piece.length)
  }
  return left
}

/** Standard output, or any stream. Waits when the reader is slower; a reader that left shows as `ClosedPipe`. */
export function streamOutput(stream: Writable): Output {
  return new StreamOutput(stream)
}

class StreamOutput implements Output {
  readonly #stream: Writable
  #failure: Error | null = null
  #onDrain: (() => void) | null = null
  #onFailure: (() => void) | null = null

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Windows says EOF where others say EPIPE.
      const closed = error.code === 'EPIPE' || error.code === 'EOF' || error.code === 'ERR_STREAM_DESTROYED'
      this.#failure = closed ? new ClosedPipe() : systemProblem(error, 'standard output', 'write')
      this.#onFailure?.()
    })
    stream.on('drain', () => this.#onDrain?.())
  }

  write(piece: string | Uint8Array): Promise<void> | undefined {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (piece.length === 0) return undefined
    if (this.#stream.write(piece)) return undefined
    return this.#until((resolve) => {
      this.#onDrain = resolve
    })
  }

  /** The stream belongs to the process and stays open; waits until all is handed on. */
  async close(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    await this.#until((resolve) => {
      this.#stream.write('', () => resolve())
    })
  }

  async abort(): Promise<void> {}

  /** Waits for what `begin` sets up, or for the stream to fail. */
  async #until(begin: (resolve: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onFailure = resolve
      begin(resolve)
    })
    this.#onDrain = null
    this.#onFailure = null
    if (this.#failure !== null) throw this.#failure
  }
}
