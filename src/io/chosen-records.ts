import type { FileHandle } from 'node:fs/promises'
import { systemProblem } from './errors.js'
import type { InputFile } from './inputs.js'
import type { Source } from './source.js'

/** Some of the records of a plain dump, by their place in the file. */
export interface ChosenRecords {
  /** In front of the first record: magic, version and fields, to be read as they are. */
  readonly headBytes: number
  readonly databases: readonly ChosenDatabase[]
}

export interface ChosenDatabase {
  readonly db: number
  /** Of all its keys, as RESIZEDB says it. */
  readonly keys: number
  readonly expires: number
  /** Where records begin, and their bytes; in the order of the file. */
  readonly offsets: Float64Array
  readonly sizes: Float64Array
}

const PIECE_BYTES = 1 << 20
/** Records that are closer to each other are read together. */
const NEAR_BYTES = 1 << 16
/** Opcodes of rdb.h: RDB_OPCODE_SELECTDB, RDB_OPCODE_RESIZEDB, RDB_OPCODE_EOF. */
const SELECT_DB = 0xfe
const RESIZE_DB = 0xfb
const EOF = 0xff
/** RDB_64BITLEN: a length of 8 bytes follows, highest first. */
const LENGTH_64 = 0x81
/** A checksum of zero says that there is none. */
const CHECKSUM_BYTES = 8

/** A dump of the chosen records alone, with what is in front of them: a small dump where there is a large one. */
export class RecordsSource implements Source {
  readonly name: string
  readonly path: string
  readonly totalBytes: number
  readonly increments: readonly string[] = []
  readonly notes: readonly string[] = []
  bytesRead = 0

  readonly #handle: FileHandle
  readonly #records: ChosenRecords
  readonly #piece = new Uint8Array(PIECE_BYTES)
  #used = 0

  constructor(
    file: InputFile,
    handle: FileHandle,
    records: ChosenRecords,
    readonly modifiedMs: number | null,
  ) {
    this.name = file.name
    this.path = file.path
    this.#handle = handle
    this.#records = records
    this.totalBytes = records.headBytes
    for (const { sizes } of records.databases) for (const size of sizes) this.totalBytes += size
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    const { headBytes, databases } = this.#records
    const window = new Window(this.#handle)
    try {
      yield* this.#copied(window, 0, headBytes, headBytes)
      for (const { db, keys, expires, offsets, sizes } of databases) {
        const head = Uint8Array.of(SELECT_DB, ...length(db), RESIZE_DB, ...length(keys), ...length(expires))
        if (this.#used + head.length > PIECE_BYTES) yield this.#full()
        this.#piece.set(head, this.#used)
        this.#used += head.length
        let near = 0
        for (let i = 0; i < offsets.length; i++) {
          const from = offsets[i]!
          // Up to the last record that is near enough to its neighbour.
          if (near <= i) near = i + 1
          while (near < offsets.length && offsets[near]! - (offsets[near - 1]! + sizes[near - 1]!) <= NEAR_BYTES) near++
          yield* this.#copied(window, from, from + sizes[i]!, offsets[near - 1]! + sizes[near - 1]!)
        }
      }
      if (this.#used + 1 + CHECKSUM_BYTES > PIECE_BYTES) yield this.#full()
      this.#piece[this.#used++] = EOF
      this.#piece.fill(0, this.#used, this.#used + CHECKSUM_BYTES)
      this.#used += CHECKSUM_BYTES
      yield this.#full()
    } catch (error) {
      throw systemProblem(error, this.path)
    } finally {
      await this.close()
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  /** Puts bytes of the file behind what is there. @param wanted where the next ones end that will be asked for */
  async *#copied(window: Window, from: number, to: number, wanted: number): AsyncGenerator<Uint8Array, void, void> {
    for (let at = from; at < to; ) {
      if (this.#used === PIECE_BYTES) yield this.#full()
      if (!window.has(at)) await window.read(at, wanted)
      if (!window.has(at)) return
      const taken = window.copy(at, Math.min(to - at, PIECE_BYTES - this.#used), this.#piece, this.#used)
      at += taken
      this.#used += taken
      this.bytesRead += taken
    }
  }

  #full(): Uint8Array {
    const full = this.#piece.subarray(0, this.#used)
    this.#used = 0
    return full
  }
}

/** A part of the file at hand. */
class Window {
  readonly #handle: FileHandle
  readonly #bytes = new Uint8Array(PIECE_BYTES)
  #from = 0
  #to = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  has(at: number): boolean {
    return at >= this.#from && at < this.#to
  }

  /** Nothing is there behind the end of the file. */
  async read(at: number, to: number): Promise<void> {
    const { bytesRead } = await this.#handle.read(this.#bytes, 0, Math.min(PIECE_BYTES, to - at), at)
    this.#from = at
    this.#to = at + bytesRead
  }

  /** @returns how many bytes there were */
  copy(at: number, size: number, into: Uint8Array, to: number): number {
    const start = at - this.#from
    const end = Math.min(start + size, this.#to - this.#from)
    if (end - start <= 64) for (let i = start, put = to; i < end; i++) into[put++] = this.#bytes[i]!
    else into.set(this.#bytes.subarray(start, end), to)
    return end - start
  }
}

/** A number as RDB writes lengths. */
function length(value: number): readonly number[] {
  const bytes = [LENGTH_64]
  for (let shift = 56; shift >= 0; shift -= 8) bytes.push(Math.floor(value / 2 ** shift) % 256)
  return bytes
}
