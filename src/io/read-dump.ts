import {
  type Compression,
  type Decompress,
  type ParserOptions,
  RdbError,
  RdbParser,
  type RdbVisitor,
  type Recognised,
  ReplicationHead,
  ReplicationMark,
  recognise,
  SalvageParser,
  type SkippedRange,
} from '../../parsers/index.js'
import { joined } from '../joined.js'
import { LIMITS, type Limits, MAX_RATIO } from '../limits.js'
import { peek, without } from './byte-streams.js'
import { type ChunkEnd, ChunkEnds } from './chunk-ends.js'
import { Blobs } from './compression/blob.js'
import { InputError } from './errors.js'
import { cannotRead, isNoDump, notADump, streamWithoutDump } from './not-a-dump.js'
import type { Source } from './source.js'
import { type CommandFile, countCommandFile, TailReader, type Trailing } from './trailing.js'

/** What takes the bytes of a dump; `RdbParser` is one. */
export interface DumpTaker {
  readonly done: boolean
  readonly endOffset: number
  /** @returns how many bytes belong to the dump */
  push(chunk: Uint8Array): number | Promise<number>
  end(): void | Promise<void>
  readDumpPayload(payload: Uint8Array, keyName: Uint8Array): void
  /** Where bytes are looked at later than they are taken: waits until all have been. @throws RdbError */
  settle?(): Promise<void>
  /** Of such a taker: offset up to which the dump is known to be right. */
  readonly readTo?: number
  /**
   * Of such a taker that found damage: an offset in the chunk, or at its end, in which a parser that looks at once
   * would have stopped. Null: in the last chunk.
   */
  readonly brokenAt?: number | null
}

export interface ReadDumpOptions {
  /** Makes what takes the dump in place of a parser for the visitor. */
  readonly taker?: ((options: ParserOptions) => DumpTaker) | undefined
  /** The input is what the command DUMP gave for one key; the name to call that key by. */
  readonly dumpPayload?: string | undefined
  readonly parser?: ParserOptions | undefined
  /** Called about every 100 ms and at the end. Bytes as stored; the total is null for pipes. */
  readonly onProgress?: ((bytesRead: number, totalBytes: number | null) => void) | undefined
  /** Called after each piece the parser took; when it returns a promise, reading waits for it. */
  readonly afterPush?: (() => Promise<void> | undefined | void) | undefined
  /** Largest piece given to the parser at once. Smaller pieces bound what a visitor gathers between two `afterPush`. */
  readonly pushBytes?: number | undefined
  /** Times its size that a compressed input may unpack to; 0: any. Default: `MAX_RATIO`. */
  readonly maxRatio?: number | undefined
  /** What bounds memory, where it differs from `LIMITS`. */
  readonly limits?: Partial<Limits> | undefined
  /** Behind damage, look for the next record and read on. */
  readonly salvage?: boolean | undefined
  /** Stops reading; what was read so far counts. */
  readonly signal?: AbortSignal | undefined
}

/** What was found around the keys, and how the reading ended. */
export interface DumpRead {
  readonly name: string
  /** `aof`: commands follow the RDB. */
  readonly kind: 'rdb' | 'aof' | 'replication' | 'dump-payload'
  /** The compression that was taken off; null for none. */
  readonly compression: Compression | null
  /** Bytes in front of the RDB: the handshake of a replication stream. */
  readonly rdbStart: number
  /** Bytes of the RDB itself, decompressed; what was read of it when it is cut or damaged. */
  readonly rdbBytes: number
  /** Bytes of the input as stored. */
  readonly inputBytes: number
  /** What follows the RDB in the same input; null for nothing. */
  readonly trailing: Trailing | null
  /** Command files that a manifest names behind the base. */
  readonly increments: readonly CommandFile[]
  /** Remarks for the user, whole sentences. */
  readonly notes: readonly string[]
  /** What ended the reading early; the visitor has seen everything before it. */
  readonly error: RdbError | InputError | null
  /** True when `signal` stopped it. */
  readonly stopped: boolean
  /** What was passed over to go on behind damage; null when nothing was. */
  readonly salvage: Salvage | null
}

export interface Salvage {
  /** Places at which reading went on behind damage. */
  readonly places: number
  readonly skippedBytes: number
  /** The first of the places. */
  readonly ranges: readonly SkippedRange[]
}

const PROGRESS_MS = 100
/** In front of the frame that Valkey compresses a dump to: VCS, version, codec, 0, kind. */
const ENVELOPE_BYTES = 7
/** Version and checksum at the end of a DUMP payload. */
const PAYLOAD_FOOTER_BYTES = 10

/**
 * Reads one dump, whatever is around it, into a visitor.
 *
 * A dump that is cut or damaged is a result: `error` says where it ended. An input that is no dump at all is
 * thrown as `InputError`, before the visitor has seen a key.
 */
export async function readDump(source: Source, visitor: RdbVisitor, options: ReadDumpOptions = {}): Promise<DumpRead> {
  const reading = new DumpReading(source, visitor, options)
  try {
    return await reading.run()
  } finally {
    await source.close().catch(() => {})
  }
}

class DumpReading {
  readonly #source: Source
  readonly #options: ReadDumpOptions
  readonly #parser: DumpTaker | SalvageParser
  readonly #tail = new TailReader()
  readonly #pushBytes: number
  readonly #limits: Limits
  /** What the decompressors have to say, as sentences. */
  readonly #remarks: string[] = []
  #compression: Compression | null = null
  #head: ReplicationHead | null = null
  #mark: ReplicationMark | null = null
  /** Bytes of the RDB still to come, where that was announced. */
  #announcedLeft = Number.POSITIVE_INFINITY
  #rdbBytes = 0
  readonly #chunkEnds = new ChunkEnds()
  /** The chunk with which the reading would have ended, when more was read. */
  #stoppedAt: ChunkEnd | null = null
  #nextProgress = 0

  constructor(source: Source, visitor: RdbVisitor, options: ReadDumpOptions) {
    this.#source = source
    this.#options = options
    this.#pushBytes = Math.max(1, options.pushBytes ?? Number.POSITIVE_INFINITY)
    const limits = { ...LIMITS, ...options.limits }
    this.#limits = limits
    const blobs = new Blobs(limits, options.maxRatio)
    const decompress: Decompress = (codec, bytes) => blobs.unpack(codec, bytes)
    const parserOptions = { decompress, limits, ...options.parser }
    this.#parser =
      options.taker?.(parserOptions) ??
      (options.salvage === true && options.dumpPayload === undefined
        ? new SalvageParser(visitor, parserOptions)
        : new RdbParser(visitor, parserOptions))
  }

  async run(): Promise<DumpRead> {
    let error: RdbError | InputError | null = null
    try {
      await this.#readAll()
    } catch (thrown) {
      // Everything the parser throws concerns a dump; what the source throws before the first bytes does not.
      if (!(thrown instanceof RdbError) && !(thrown instanceof InputError && this.#rdbBytes > 0)) throw thrown
      if (thrown instanceof RdbError && isNoDump(thrown)) throw notADump(this.#source.name, thrown)
      error = thrown
      this.#goBackToDamage()
    }
    this.#progress(true)
    const increments: CommandFile[] = []
    for (const path of this.#source.increments) increments.push(await countCommandFile(path))
    const trailing = this.#stoppedAt === null ? this.#tail.finish() : null
    const notes = [...this.#source.notes, ...this.#remarks, ...this.#handshakeNotes(error !== null)]
    return {
      name: this.#source.name,
      kind: this.#kind(trailing, increments),
      compression: this.#compression,
      rdbStart: this.#head?.bytes ?? 0,
      rdbBytes: this.#parser instanceof SalvageParser ? Math.min(this.#rdbBytes, this.#parser.offset) : this.#rdbBytes,
      inputBytes: this.#stoppedAt?.inputBytes ?? this.#source.bytesRead,
      trailing,
      increments,
      notes,
      error,
      stopped: this.#stopped,
      salvage: this.#salvaged(),
    }
  }

  async #readAll(): Promise<void> {
    let thrown: unknown = null
    try {
      await this.#pushAll()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      thrown = error
    }
    // What is wrong with the dump comes before what is wrong with the input behind it.
    if (!(this.#parser instanceof SalvageParser)) await this.#parser.settle?.()
    if (thrown !== null) throw thrown
  }

  /** Where damage shows later than it was read: goes back to the end of the chunk that it is in. */
  #goBackToDamage(): void {
    const { brokenAt = null } = this.#parser as DumpTaker
    this.#stoppedAt = brokenAt === null ? null : this.#chunkEnds.around(brokenAt)
    if (this.#stoppedAt === null) return
    this.#rdbBytes = this.#stoppedAt.rdbBytes
    this.#remarks.length = this.#stoppedAt.remarks
    this.#stoppedAt.goBack?.()
  }

  #salvaged(): Salvage | null {
    const parser = this.#parser
    if (!(parser instanceof SalvageParser) || parser.skippedRanges === 0) return null
    return { places: parser.skippedRanges, skippedBytes: parser.skippedBytes, ranges: parser.skipped }
  }

  async #pushAll(): Promise<void> {
    if (this.#options.dumpPayload !== undefined) return this.#readPayload(this.#options.dumpPayload)
    let chunks: AsyncIterable<Uint8Array> | null = await this.#recognised()
    const { totalBytes } = this.#source
    const isPlain = this.#compression === null && this.#head === null && totalBytes !== null
    if (this.#parser instanceof SalvageParser && isPlain) this.#parser.limit = totalBytes
    while (chunks !== null) {
      await this.#pushChunks(chunks)
      if (this.#stopped) return
      chunks = this.#rewound(isPlain)
      if (chunks === null && !this.#parser.done && (this.#head === null || this.#head.done)) {
        await this.#parser.end()
        chunks = this.#rewound(isPlain)
      }
    }
    if (this.#head !== null && !this.#head.done) throw streamWithoutDump(this.#source.name, this.#head)
  }

  /** The input once more from where a damaged length led astray; null when there is no need, or no way. */
  #rewound(isPlain: boolean): AsyncIterable<Uint8Array> | null {
    const parser = this.#parser
    if (!(parser instanceof SalvageParser) || parser.rewindTo === null) return null
    const offset = parser.rewindTo
    const chunks = isPlain ? this.#source.chunksFrom?.(offset) : undefined
    if (chunks === undefined) {
      parser.cannotRewind()
      return null
    }
    parser.rewound()
    return chunks
  }

  /** True when bytes that were given must be given again. */
  get #mustRewind(): boolean {
    return this.#parser instanceof SalvageParser && this.#parser.rewindTo !== null
  }

  async #pushChunks(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && !this.#stopped; at += this.#pushBytes) {
        await this.#push(this.#pushBytes >= chunk.length ? chunk : chunk.subarray(at, at + this.#pushBytes))
        const waiting = this.#options.afterPush?.()
        if (waiting !== undefined) await waiting
        if (this.#mustRewind) return
      }
      if (this.#stopped) return
      this.#progress(false)
    }
  }

  /** A payload is one value, so it is held as a whole; its version and checksum stand at the end. */
  async #readPayload(keyName: string): Promise<void> {
    const pieces: Uint8Array[] = []
    for await (const chunk of this.#source.chunks()) {
      pieces.push(chunk.slice())
      this.#rdbBytes += chunk.length
      if (this.#rdbBytes > this.#limits.payloadBytes) {
        throw new InputError(
          'not-a-dump',
          `${this.#source.name} is longer than a DUMP payload can be (${this.#limits.payloadBytes} bytes)`,
          'Without --dump-payload it is read as a dump file; --limit payload-bytes=SIZE allows longer ones.',
        )
      }
    }
    if (this.#rdbBytes === 0) throw cannotRead(recognise(new Uint8Array(0)), this.#source)
    if (this.#parser instanceof SalvageParser) return
    this.#parser.readDumpPayload(withoutNewline(joined(pieces)), new TextEncoder().encode(keyName))
    await this.#options.afterPush?.()
  }

  /** The input as the parser wants it: decompressed, and known to hold an RDB. */
  async #recognised(): Promise<AsyncIterable<Uint8Array>> {
    let input = await peek(this.#source.chunks())
    let around: Recognised | null = null
    // A file that was compressed, which may hold Valkey's envelope: no more than one of each.
    for (const layer of ['file', 'envelope'] as const) {
      const found = recognise(input.head)
      if (found.compression === null || (found.kind === 'vcs') !== (layer === 'envelope')) continue
      // Most dumps are not compressed, and go without this.
      const { decompressor } = await import('./decompress.js')
      const decompress = decompressor(found.compression)
      if (decompress === null) break
      this.#compression ??= found.compression
      const pieces = decompress({
        chunks: found.kind === 'vcs' ? without(ENVELOPE_BYTES, input.chunks) : input.chunks,
        name: this.#source.name,
        maxRatio: this.#options.maxRatio ?? MAX_RATIO,
        limits: this.#limits,
        bytesRead: () => this.#source.bytesRead,
        remark: (sentence) => this.#remarks.push(sentence),
      })
      input = await peek(pieces)
      around = found
    }
    return this.#accept(recognise(input.head), input.chunks, around)
  }

  #accept(found: Recognised, chunks: AsyncIterable<Uint8Array>, around: Recognised | null): AsyncIterable<Uint8Array> {
    if (found.kind === 'replication') this.#head = new ReplicationHead()
    else if (found.kind !== 'rdb') throw cannotRead(found, this.#source, around)
    return chunks
  }

  /** Shares a piece out: handshake, RDB, mark, and what follows. */
  async #push(piece: Uint8Array): Promise<void> {
    let at = 0
    if (this.#head !== null && !this.#head.done) {
      at += this.#head.push(piece)
      if (this.#head.problem !== null) throw streamWithoutDump(this.#source.name, this.#head)
      if (!this.#head.done) return
      this.#announcedLeft = this.#head.rdbBytes ?? Number.POSITIVE_INFINITY
      if (this.#head.mark !== null) this.#mark = new ReplicationMark(this.#head.mark)
    }
    if (!this.#parser.done) at += await this.#pushRdb(piece, at)
    if (!this.#parser.done) return
    if (this.#announcedLeft !== Number.POSITIVE_INFINITY && this.#announcedLeft > 0) {
      const padding = Math.min(this.#announcedLeft, piece.length - at)
      this.#announcedLeft -= padding
      at += padding
    }
    if (this.#mark !== null && !this.#mark.done) at += this.#mark.push(piece.subarray(at))
    if (at < piece.length) this.#tail.push(piece.subarray(at))
  }

  async #pushRdb(piece: Uint8Array, at: number): Promise<number> {
    const size = Math.min(piece.length - at, this.#announcedLeft)
    const part = size === piece.length ? piece : piece.subarray(at, at + size)
    const before = this.#rdbBytes
    // Counted first: when the parser throws, these bytes were there.
    this.#rdbBytes += size
    const { readTo } = this.#parser as DumpTaker
    if (readTo !== undefined) this.#chunkEnds.note(this.#source, this.#rdbBytes, this.#remarks.length, readTo)
    const taken = await this.#parser.push(part)
    this.#rdbBytes = before + taken
    this.#announcedLeft -= taken
    if (this.#announcedLeft === 0 && !this.#parser.done) await this.#parser.end()
    return taken
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted === true
  }

  #progress(isLast: boolean): void {
    const report = this.#options.onProgress
    if (report === undefined) return
    const now = performance.now()
    if (!isLast && now < this.#nextProgress) return
    this.#nextProgress = now + PROGRESS_MS
    report(this.#source.bytesRead, this.#source.totalBytes)
  }

  #kind(trailing: Trailing | null, increments: readonly CommandFile[]): DumpRead['kind'] {
    if (this.#options.dumpPayload !== undefined) return 'dump-payload'
    if (this.#head !== null) return 'replication'
    return trailing?.what === 'commands' || increments.length > 0 ? 'aof' : 'rdb'
  }

  #handshakeNotes(damaged: boolean): readonly string[] {
    const notes: string[] = []
    if (damaged || this.#stopped) return notes
    if (this.#mark !== null && !this.#mark.matches) {
      notes.push('The bytes behind the RDB are not the mark that the master announced: the capture may be damaged.')
    } else if (this.#mark !== null && !this.#mark.done) {
      notes.push('The mark behind the RDB is missing: the capture was cut right after the keys.')
    }
    if (this.#head?.rdbBytes != null && this.#head.rdbBytes !== this.#parser.endOffset) {
      notes.push(`The master announced ${this.#head.rdbBytes} bytes, the RDB ends after ${this.#parser.endOffset}.`)
    }
    return notes
  }
}

/**
 * `redis-cli --raw DUMP key > file` adds a newline. Told by the version, which is a small number where it
 * should stand, and one byte before that when there is a newline.
 */
function withoutNewline(payload: Uint8Array): Uint8Array {
  const isVersion = (at: number): boolean => at >= 0 && payload[at + 1] === 0 && payload[at] !== 0
  const versionAt = payload.length - PAYLOAD_FOOTER_BYTES
  const hasNewline = payload.at(-1) === 0x0a && !isVersion(versionAt) && isVersion(versionAt - 1)
  return hasNewline ? payload.subarray(0, -1) : payload
}
