import {
  Crc64,
  IgnoreAll,
  OPCODE,
  type ParserOptions,
  type ParserStart,
  RdbError,
  RdbParser,
  type RdbVisitor,
  RecordSkim,
  SKIM_ROOM_BYTES,
} from '../../../parsers/index.js'
import { RANGE_BYTES } from './size.js'

/** Ranges grow from this size, so that what early keys taught is known before many more are looked at. */
const FIRST_BYTES = 64 * 1024
const GROWTH = 1.25

/** The dump, or the way it is read, does not let itself be cut into ranges: it has to be read by one parser. */
export class NotInRanges extends Error {
  override readonly name = 'NotInRanges'

  /** @param damage what is wrong with the dump, as far as one sees who does not look into records */
  constructor(
    message: string,
    readonly damage: RdbError | null = null,
  ) {
    super(message)
  }
}

/** A piece of a dump that begins where `start` says. */
export interface RangePiece {
  readonly bytes: Uint8Array
  /** Set for the first piece of a range. */
  readonly start: ParserStart | null
  /** The range goes on with the next piece: a record that is larger than a piece. */
  readonly more: boolean
  /** The dump ends here. */
  readonly last: boolean
  /** Positions at which the chunks of the input ended (with `once`). */
  readonly chunkEnds: readonly number[]
  /** Nothing follows though a record is not at its end: the dump is cut there; or it was not read on. */
  readonly broken: 'cut' | 'left' | null
}

/** What has not been handed out when a dump does not let itself be cut any further. */
export interface RestOfDump {
  /** Has read everything up to here, or is to begin with `pieces`. */
  readonly parser: RdbParser
  /** Offset of the first of the pieces. */
  readonly offset: number
  /** Bytes that were taken before, chunk by chunk. */
  readonly pieces: readonly Uint8Array[]
}

export interface OnceOptions {
  /** Of the parsers that tell `visitor`. */
  readonly parser: ParserOptions
  /** Whether `visitor` was told of a key: the first one is read with what stands in front of it. */
  readonly hasBegun: () => boolean
}

export interface SplitterOptions {
  /** Told of everything in front of the first key. */
  readonly visitor: RdbVisitor
  /** The fields in front of the first key were told. */
  readonly onReady: () => void
  readonly onPiece: (piece: RangePiece) => void
  /** Memory for a piece of that size, which goes along with it. */
  readonly allocate: (size: number) => Uint8Array
  /** Compute the checksum. */
  readonly verify: boolean
  /** The input can be read only once: what is not cut into ranges is left to `restOfDump`. */
  readonly once?: OnceOptions | undefined
  /** Default: `RANGE_BYTES`. */
  readonly rangeBytes?: number | undefined
}

/** The end of the dump and its checksum. */
const CHECKSUM_BYTES = 8
const END_BYTES = 1 + CHECKSUM_BYTES

/** Whether a record that begins so is a key, or an attribute of one. */
function isOfKey(byte: number): boolean {
  return (
    byte < OPCODE.keyMetaOrSlotImport ||
    byte === OPCODE.freq ||
    byte === OPCODE.idle ||
    byte === OPCODE.expireMs ||
    byte === OPCODE.expireSeconds
  )
}

/**
 * Takes a dump as `RdbParser` does, but only finds where records begin, and hands out ranges of whole records.
 * A range holds many small records, or comes in several pieces when it has a large one.
 */
export class RangeSplitter {
  done = false
  readonly #options: SplitterOptions
  readonly #most: number
  readonly #front: RdbParser
  readonly #skim = new RecordSkim()
  #inFront = true
  /** State at `#from`, the beginning of the next piece. */
  #start: ParserStart | null = null
  /** State at `#at`, except for its offset, database and slot. */
  #state: ParserStart | null = null
  #buffer: Uint8Array
  #size: number
  /** Offset in the file of `#buffer[0]`. */
  #base = 0
  #fill = 0
  /** Records before this position of the buffer are whole. */
  #at = 0
  /** Reads a record that the skim does not know, or that is larger than a piece. */
  #single: RdbParser | null = null
  /** How much of the buffer it has taken. */
  #singleAt = 0
  /** The piece to come belongs to the same range as the last one. */
  #open = false
  /** The beginning of the record at hand was handed out. */
  #recordOpen = false
  #endOffset = 0
  #final = false
  readonly #crc: Crc64 | null
  /** Bytes of the chunk at hand that were taken. */
  #taken = 0
  #frontBytes = 0
  /** Offsets at which chunks ended, in the part that was not handed out. */
  #chunkEnds: number[] = []

  constructor(options: SplitterOptions) {
    this.#options = options
    this.#most = options.rangeBytes ?? RANGE_BYTES
    this.#size = Math.min(FIRST_BYTES, this.#most)
    this.#buffer = new Uint8Array(0)
    this.#crc = options.verify ? new Crc64() : null
    this.#front = new RdbParser(options.visitor, this.#parserOptions())
  }

  get endOffset(): number {
    return this.#endOffset
  }

  /** Checksum of everything in front of the stored one, as 16 hex digits; null when it was not asked for. */
  get checksum(): string | null {
    return this.#crc?.toString() ?? null
  }

  /** Bytes of the last chunk that were taken; those that follow belong to the rest. */
  get taken(): number {
    return this.#taken
  }

  /** Bytes in front of the ranges, which were read as they came. */
  get frontBytes(): number {
    return this.#frontBytes
  }

  #parserOptions(resume?: ParserStart): ParserOptions {
    const crc = this.#crc ?? undefined
    return {
      ...this.#options.once?.parser,
      verify: crc !== undefined,
      crc,
      ...(resume === undefined ? {} : { resume }),
    }
  }

  /** As `RdbParser.push`. @throws NotInRanges */
  push(chunk: Uint8Array): number {
    this.#taken = 0
    if (this.#options.once !== undefined && !this.#inFront) this.#chunkEnds.push(this.#base + this.#fill)
    this.#orOneParser(() => this.#take(chunk))
    if (this.#inFront) this.#frontBytes += this.#taken
    return this.#taken
  }

  /**
   * After `NotInRanges`, or where nothing more is read: hands out what is whole, and gives the rest. Null where a
   * thread has the beginning of the last record; it gets all there is of it.
   */
  restOfDump(broken: 'cut' | 'left'): RestOfDump | null {
    if (this.#inFront) return { parser: this.#front, offset: 0, pieces: [] }
    if (this.#recordOpen) {
      this.#send(this.#fill, false, false, broken)
      return null
    }
    const at = this.#at
    const start = this.#stateAt(at)
    if (at > 0 || this.#open) this.#send(at, false, false)
    const pieces: Uint8Array[] = []
    let from = at
    for (const end of [...this.#chunkEnds, this.#base + this.#fill]) {
      const to = end - this.#base
      if (to <= from) continue
      pieces.push(this.#buffer.subarray(from, to))
      from = to
    }
    return { parser: new RdbParser(this.#options.visitor, this.#parserOptions(start)), offset: start.offset, pieces }
  }

  /** Damage ends in the same result as ever when one parser reads the dump: keys in front of it would be lost here. */
  #orOneParser<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      const isSaid = this.#inFront && this.#options.once !== undefined
      if (isSaid || !(error instanceof RdbError)) throw error
      throw new NotInRanges(error.message, error)
    }
  }

  #take(chunk: Uint8Array): void {
    while (this.#taken < chunk.length && !this.done) {
      if (this.#inFront) this.#readFront(chunk)
      else {
        const at = this.#taken
        const size = Math.min(chunk.length - at, this.#buffer.length - this.#fill)
        this.#buffer.set(chunk.subarray(at, at + size), this.#fill)
        this.#fill += size
        this.#taken += size
        this.#taken -= this.#advance()
      }
    }
  }

  /** No more bytes come. @throws NotInRanges when the dump is not complete, or something short follows it */
  end(): void {
    if (this.done) return
    this.#final = true
    if (this.#inFront || this.#orOneParser(() => this.#advance()) > 0 || !this.done)
      throw new NotInRanges('the dump does not end as it should')
  }

  /** When nothing more is read. @throws NotInRanges when that was too early */
  async settle(): Promise<void> {
    if (!this.done) throw new NotInRanges('the input ends too early')
  }

  /** A payload is one value. @throws NotInRanges */
  readDumpPayload(): void {
    throw new NotInRanges('a DUMP payload')
  }

  /** Everything up to the first key, record by record. */
  #readFront(chunk: Uint8Array): void {
    while (this.#taken < chunk.length) {
      const { start } = this.#front
      const byte = chunk[this.#taken]!
      const { once } = this.#options
      if (start !== null && (once === undefined ? isOfKey(byte) : once.hasBegun())) {
        this.#begin(start)
        return
      }
      if (start !== null && byte === OPCODE.eof) {
        if (once !== undefined) throw new NotInRanges('there are no keys')
        this.#endWithoutKeys(chunk)
        return
      }
      this.#taken += this.#front.pushRecord(chunk.subarray(this.#taken))
      if (this.#front.start === null && this.#taken < chunk.length)
        throw new NotInRanges('records that depend on each other')
    }
  }

  /** A dump without keys has no ranges, but its turn among others. */
  #endWithoutKeys(chunk: Uint8Array): void {
    const end = this.#taken + END_BYTES
    if (chunk.length < end) throw new NotInRanges('the end of a dump without keys is cut')
    this.#options.onReady()
    this.#taken += this.#front.pushRecord(chunk.subarray(this.#taken, end))
    this.#endOffset = this.#front.endOffset
    this.done = true
  }

  #begin(start: ParserStart): void {
    this.#inFront = false
    this.#know(start)
    this.#start = start
    this.#base = start.offset
    this.#options.onReady()
    this.#buffer = this.#options.allocate(this.#size)
  }

  /**
   * Looks at what is in the buffer, and hands it out when it is full. Returns how many of its last bytes are not the
   * dump's.
   */
  #advance(): number {
    const full = this.#fill === this.#buffer.length
    for (;;) {
      if (this.#single !== null) {
        if (!this.#readSingle()) break
        continue
      }
      this.#at = this.#skim.run(this.#buffer, this.#at, this.#fill)
      const left = this.#fill - this.#at
      if (left === 0) break
      if (this.#buffer[this.#at] === OPCODE.eof) {
        if (left < END_BYTES) break
        return this.#finish()
      }
      // A record that is cut is looked at again with what follows. What is too short for the skim may be the end.
      // Where bytes cannot be had again, the dump must not be left behind its end.
      const mayWait = full ? this.#at > 0 : left >= SKIM_ROOM_BYTES && this.#options.once === undefined
      if (!this.#final && !this.#skim.unknown && mayWait) break
      this.#single = new RdbParser(NOBODY, {
        limits: this.#options.once?.parser.limits,
        resume: this.#stateAt(this.#at),
      })
      this.#singleAt = this.#at
    }
    if (full) this.#handOut()
    return 0
  }

  #know(state: ParserStart): void {
    this.#state = state
    this.#skim.db = state.db
    this.#skim.announcedSlot = state.announcedSlot
  }

  #stateAt(position: number): ParserStart {
    const { db, announcedSlot } = this.#skim
    return { ...this.#state!, db, announcedSlot, offset: this.#base + position }
  }

  /** True when its record has ended. */
  #readSingle(): boolean {
    const single = this.#single!
    if (this.#singleAt === this.#fill) return false
    this.#singleAt += single.pushRecord(this.#buffer.subarray(this.#singleAt, this.#fill))
    const { start } = single
    if (start === null) {
      if (this.#singleAt < this.#fill) throw new NotInRanges('records depend on each other')
      return false
    }
    this.#know(start)
    this.#at = this.#singleAt
    this.#single = null
    this.#recordOpen = false
    return true
  }

  /** The buffer is full: its whole records go out, or all of it when it is one large record. */
  #handOut(): void {
    const at = this.#at
    const old = this.#buffer
    if (at === 0) {
      if (this.#options.once !== undefined && !this.#recordOpen && this.#single?.startFollows !== true)
        throw new NotInRanges('a large record that others may depend on')
      this.#send(this.#fill, true, false)
      this.#recordOpen = true
      this.#base += this.#fill
      this.#renew(0)
      this.#singleAt = 0
      return
    }
    const rest = this.#fill - at
    this.#send(at, false, false)
    this.#start = this.#stateAt(at)
    this.#base += at
    this.#renew(rest)
    this.#buffer.set(old.subarray(at, at + rest))
    this.#fill = rest
    this.#singleAt -= at
  }

  #renew(rest: number): void {
    this.#size = Math.min(this.#most, Math.ceil(this.#size * GROWTH))
    this.#buffer = this.#options.allocate(Math.max(this.#size, rest * 2))
    this.#fill = 0
    this.#at = 0
  }

  #finish(): number {
    const end = this.#at + END_BYTES
    this.#send(end, false, true)
    this.#endOffset = this.#base + end
    this.done = true
    return this.#fill - end
  }

  #send(end: number, more: boolean, last: boolean, broken: RangePiece['broken'] = null): void {
    this.#crc?.update(this.#buffer, 0, last ? end - CHECKSUM_BYTES : end)
    const bytes = this.#buffer.subarray(0, end)
    const start = this.#open ? null : this.#start
    this.#options.onPiece({ bytes, start, more, last, chunkEnds: this.#chunkEndsIn(end), broken })
    this.#open = more
  }

  /** Takes those within the first bytes of the buffer. */
  #chunkEndsIn(end: number): number[] {
    // Not the list itself: a piece may wait for its turn while that grows.
    if (this.#chunkEnds.length === 0) return []
    const base = this.#base
    const within = this.#chunkEnds.filter((offset) => offset > base && offset < base + end)
    this.#chunkEnds = this.#chunkEnds.filter((offset) => offset > base + end)
    return within.map((offset) => offset - base)
  }
}

/** Wants nothing. */
class Nobody extends IgnoreAll {
  override get wantsElements(): boolean {
    return false
  }

  override key(): boolean {
    return false
  }
}
const NOBODY = new Nobody()
