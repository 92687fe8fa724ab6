import {
  Crc64,
  IgnoreAll,
  OPCODE,
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
  /** State at `#at`, except for its offset and database. */
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
  #endOffset = 0
  #final = false
  readonly #crc: Crc64 | null

  constructor(options: SplitterOptions) {
    this.#options = options
    this.#most = options.rangeBytes ?? RANGE_BYTES
    this.#size = Math.min(FIRST_BYTES, this.#most)
    this.#buffer = new Uint8Array(0)
    this.#crc = options.verify ? new Crc64() : null
    this.#front = new RdbParser(options.visitor, { verify: false })
  }

  get endOffset(): number {
    return this.#endOffset
  }

  /** Checksum of everything in front of the stored one, as 16 hex digits; null when it was not asked for. */
  get checksum(): string | null {
    return this.#crc?.toString() ?? null
  }

  /** As `RdbParser.push`. @throws NotInRanges */
  push(chunk: Uint8Array): number {
    return this.#orOneParser(() => this.#take(chunk))
  }

  /** Damage ends in the same result as ever when one parser reads the dump: keys in front of it would be lost here. */
  #orOneParser<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      throw new NotInRanges(error.message)
    }
  }

  #take(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && !this.done) {
      if (this.#inFront) at = this.#readFront(chunk, at)
      else {
        const size = Math.min(chunk.length - at, this.#buffer.length - this.#fill)
        this.#buffer.set(chunk.subarray(at, at + size), this.#fill)
        this.#fill += size
        at += size
        at -= this.#advance()
      }
    }
    return at
  }

  /** No more bytes come. @throws NotInRanges when the dump is not complete, or something short follows it */
  end(): void {
    if (this.done) return
    this.#final = true
    if (this.#inFront || this.#orOneParser(() => this.#advance()) > 0 || !this.done)
      throw new NotInRanges('the dump does not end as it should')
  }

  /** What is not in a range yet is lost here. @throws NotInRanges */
  breakOff(): void {
    if (!this.done) throw new NotInRanges('the input ends too early')
  }

  /** A payload is one value. @throws NotInRanges */
  readDumpPayload(): void {
    throw new NotInRanges('a DUMP payload')
  }

  /** Everything up to the first key, record by record. */
  #readFront(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length) {
      const { start } = this.#front
      const byte = chunk[at]!
      if (start !== null && isOfKey(byte)) {
        this.#begin(start)
        return at
      }
      if (start !== null && byte === OPCODE.eof) return this.#endWithoutKeys(chunk, at)
      const taken = this.#front.pushRecord(chunk.subarray(at))
      this.#crc?.update(chunk, at, at + taken)
      at += taken
      if (this.#front.start === null && at < chunk.length) throw new NotInRanges('records that depend on each other')
    }
    return at
  }

  /** A dump without keys has no ranges, but its turn among others. */
  #endWithoutKeys(chunk: Uint8Array, at: number): number {
    const end = at + END_BYTES
    if (chunk.length < end) throw new NotInRanges('the end of a dump without keys is cut')
    this.#options.onReady()
    this.#front.pushRecord(chunk.subarray(at, end))
    this.#crc?.update(chunk, at, end - CHECKSUM_BYTES)
    this.#endOffset = this.#front.endOffset
    this.done = true
    return end
  }

  #begin(start: ParserStart): void {
    this.#inFront = false
    this.#state = start
    this.#start = start
    this.#skim.db = start.db
    this.#base = start.offset
    this.#options.onReady()
    this.#buffer = this.#options.allocate(this.#size)
  }

  /** Looks at what is in the buffer, and hands it out when it is full. Returns how many of its last bytes are not the dump's. */
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
      if (!this.#final && !this.#skim.unknown && (full ? this.#at > 0 : left >= SKIM_ROOM_BYTES)) break
      this.#single = new RdbParser(NOBODY, { resume: this.#stateAt(this.#at) })
      this.#singleAt = this.#at
    }
    if (full) this.#handOut()
    return 0
  }

  #stateAt(position: number): ParserStart {
    return { ...this.#state!, db: this.#skim.db, offset: this.#base + position }
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
    this.#state = start
    this.#skim.db = start.db
    this.#at = this.#singleAt
    this.#single = null
    return true
  }

  /** The buffer is full: its whole records go out, or all of it when it is one large record. */
  #handOut(): void {
    const at = this.#at
    const old = this.#buffer
    if (at === 0) {
      this.#send(this.#fill, true, false)
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

  #send(end: number, more: boolean, last: boolean): void {
    this.#crc?.update(this.#buffer, 0, last ? end - CHECKSUM_BYTES : end)
    this.#options.onPiece({ bytes: this.#buffer.subarray(0, end), start: this.#open ? null : this.#start, more, last })
    this.#open = more
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
