import { createReadStream, fstatSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { RecordsSource } from './chosen-records.js'
import { InputError, systemProblem } from './errors.js'
import type { InputFile } from './inputs.js'

/** Large enough that the cost of a read does not count, small enough to stay in the cache of the processor. */
const READ_BYTES = 1 << 20
/** Small files are read with less. */
const LEAST_READ_BYTES = 1 << 12

/** Where the bytes of one dump come from. */
export interface Source {
  /** How messages and reports call it. */
  readonly name: string
  /** Null for standard input. */
  readonly path: string | null
  /** Size as stored; null when it shows only at the end (pipes). */
  readonly totalBytes: number | null
  /** Last change of the file, in ms since 1970; null for pipes. */
  readonly modifiedMs: number | null
  /** Further files of a multi-part append-only file, whose commands are counted only. */
  readonly increments: readonly string[]
  /** Remarks on how the input was found. */
  readonly notes: readonly string[]
  /** Bytes handed out so far, as stored. */
  readonly bytesRead: number
  /** The bytes in order, once. A chunk is valid until the next one is asked for: buffers are reused. */
  chunks(): AsyncGenerator<Uint8Array, void, void>
  /** The bytes from an offset on, once more; null where they are gone. */
  chunksFrom?: ((offset: number) => AsyncGenerator<Uint8Array, void, void>) | undefined
  /** Remembers how much was handed out; what it gives forgets what came behind that, in sums over the bytes. */
  readonly mark?: (() => () => void) | undefined
  /** Lets go of the file; needed only when `chunks()` was never asked for anything. */
  close(): Promise<void>
}

export interface SourceOptions {
  /** Standard input, given by who owns the process; default: file descriptor 0. */
  readonly stdin?: (AsyncIterable<Uint8Array> & { readonly isTTY?: boolean | undefined }) | undefined
}

/** Opens a file, or standard input for `-`. */
export async function openSource(input: string | InputFile, options: SourceOptions = {}): Promise<Source> {
  const file: InputFile =
    typeof input === 'string' ? { path: input, name: displayName(input), increments: [], notes: [] } : input
  if (file.path === '-') return openStandardInput(file, options)
  let handle: FileHandle | undefined
  try {
    handle = await open(file.path, 'r')
    const stat = await handle.stat()
    if (stat.isDirectory()) throw new InputError('unreadable', `${file.path} is a directory`, 'Name a dump in it.')
    if (file.only !== undefined) return new RecordsSource(file, handle, file.only, Math.floor(stat.mtimeMs))
    return new FileSource(
      file,
      handle,
      stat.isFile() ? stat.size : null,
      stat.isFile() ? Math.floor(stat.mtimeMs) : null,
    )
  } catch (error) {
    await handle?.close()
    throw error instanceof InputError ? error : systemProblem(error, file.path)
  }
}

/** Bytes held in memory, for tests and for programs that have the dump already. */
export function memorySource(bytes: Uint8Array, name = 'dump'): Source {
  return new StreamSource({ path: '-', name, increments: [], notes: [] }, bytes.length, () => oneChunk(bytes))
}

function displayName(path: string): string {
  return path === '-' ? 'standard input' : basename(path)
}

class FileSource implements Source {
  readonly name: string
  readonly path: string
  readonly increments: readonly string[]
  readonly notes: readonly string[]
  bytesRead = 0

  readonly #handle: FileHandle

  constructor(
    file: InputFile,
    handle: FileHandle,
    readonly totalBytes: number | null,
    readonly modifiedMs: number | null,
  ) {
    this.name = file.name
    this.path = file.path
    this.increments = file.increments
    this.notes = file.notes
    this.#handle = handle
  }

  /** Two buffers in turn: the next one is being filled while the caller works on the last. */
  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    const room = Math.min(READ_BYTES, Math.max(LEAST_READ_BYTES, this.totalBytes ?? READ_BYTES))
    const buffers = [new Uint8Array(room), new Uint8Array(room)] as const
    let turn: 0 | 1 = 0
    let pending = this.#read(buffers[0])
    try {
      for (;;) {
        const size = await pending
        if (size === 0) return
        const chunk = buffers[turn].subarray(0, size)
        turn = turn === 0 ? 1 : 0
        pending = this.#read(buffers[turn])
        // Who stops early never looks at this read; it must not count as an error nobody handled.
        pending.catch(() => {})
        this.bytesRead += size
        yield chunk
      }
    } catch (error) {
      throw systemProblem(error, this.path)
    } finally {
      await pending.catch(() => {})
      await this.close()
    }
  }

  /** From another handle, so that `chunks` may be in use. */
  chunksFrom(offset: number): AsyncGenerator<Uint8Array, void, void> {
    return readFrom(this.path, offset)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #read(buffer: Uint8Array): Promise<number> {
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, null)
    return bytesRead
  }
}

async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array, void, void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    const buffer = new Uint8Array(READ_BYTES)
    for (let at = offset; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    throw systemProblem(error, path)
  } finally {
    await handle?.close()
  }
}

class StreamSource implements Source {
  readonly name: string
  readonly path: string | null
  readonly modifiedMs = null
  readonly increments: readonly string[]
  readonly notes: readonly string[]
  bytesRead = 0

  readonly #open: () => AsyncIterable<Uint8Array>

  constructor(
    file: InputFile,
    readonly totalBytes: number | null,
    open: () => AsyncIterable<Uint8Array>,
  ) {
    this.name = file.name
    this.path = file.path === '-' ? null : file.path
    this.increments = file.increments
    this.notes = file.notes
    this.#open = open
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of this.#open()) {
      this.bytesRead += chunk.length
      yield chunk
    }
  }

  async close(): Promise<void> {}
}

function openStandardInput(file: InputFile, options: SourceOptions): Source {
  if (options.stdin?.isTTY === true) {
    throw new InputError(
      'terminal',
      'standard input is a terminal',
      'Pipe a dump in: ssh HOST cat dump.rdb | rdblens -',
    )
  }
  // `rdblens - < dump.rdb`: the shell opened a file, so its size is known and it is read as one.
  const size = options.stdin === undefined || isStandardStream(options.stdin) ? sizeOfStandardInput() : null
  const stdin = options.stdin
  if (size === null && stdin !== undefined) return new StreamSource(file, null, () => stdin)
  return new StreamSource(file, size, () =>
    createReadStream('', { fd: 0, autoClose: false, highWaterMark: READ_BYTES }),
  )
}

function isStandardStream(stream: object): boolean {
  return 'fd' in stream && stream.fd === 0
}

function sizeOfStandardInput(): number | null {
  try {
    const stat = fstatSync(0)
    return stat.isFile() ? stat.size : null
  } catch {
    return null
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  if (bytes.length > 0) yield bytes
}
