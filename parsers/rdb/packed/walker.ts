import type { Cursor } from '../cursor.js'
import { RdbError } from '../errors.js'
import { LZF_SLACK_BYTES, lzfDecompress, lzfDecompressUpTo } from '../lzf.js'
import { HOLD_BYTES, NEED_MORE } from '../need-more.js'
import type { Container, ContainerKind, RdbVisitor } from '../visitor.js'
import { IntsetReader } from './intset.js'
import { ListpackReader } from './listpack.js'
import type { PackedOddity, PackedReader } from './reader.js'
import { ContainerWindow, checkTerminator, hideTerminator } from './window.js'
import { ZiplistReader } from './ziplist.js'
import { ZipmapReader } from './zipmap.js'

/** A container is held as a whole up to this decoded size; a larger one is walked in windows. */
const HOLD_CONTAINER_BYTES = 4 * HOLD_BYTES
/** Room for every container's header, and the compressed bytes that surely give it. */
const HEAD_BYTES = 16
const LZF_HEAD_BYTES = 96

export type PackedKind = Exclude<ContainerKind, 'plain'>

/** What the walker tells whoever owns the value. */
export interface PackedOwner {
  readonly visitor: RdbVisitor
  /** The container is damaged, but the file behind it can be read on. */
  damaged(error: RdbError): void
  odd(oddity: PackedOddity): void
}

class ContainerInfo implements Container {
  kind: ContainerKind = 'listpack'
  bytes = 0
  lzfBytes = 0
  entries = -1
  payloadBytes = 0
  longestEntryBytes = 0
}

/**
 * Opens the strings that hold packed containers and walks them: in place when they are at hand as a whole,
 * in windows when they are too large to be held.
 */
export class PackedWalker {
  readonly info = new ContainerInfo()
  readonly #cursor: Cursor
  readonly #owner: PackedOwner
  readonly #readers: Record<PackedKind, PackedReader>
  readonly #window: ContainerWindow
  /** The container being walked in windows; null for all others. */
  #open: PackedReader | null = null
  #begun = false
  #announced = false
  #wanted = false
  /** True while the visitor is not to see the container at hand. */
  #quiet = false
  /** Bytes to pass over behind a container that is done with; -1 when none is. */
  #rest = -1
  #scratch = new Uint8Array(16 * 1024)

  constructor(cursor: Cursor, owner: PackedOwner) {
    this.#cursor = cursor
    this.#owner = owner
    this.#window = new ContainerWindow(cursor)
    this.#readers = {
      listpack: new ListpackReader(owner.visitor),
      ziplist: new ZiplistReader(owner.visitor),
      intset: new IntsetReader(owner.visitor),
      zipmap: new ZipmapReader(owner.visitor),
    }
    for (const reader of Object.values(this.#readers)) {
      reader.locate = (offset) => cursor.locate(offset)
      reader.onCommit = () => this.#window.took()
    }
  }

  /** Before each value. */
  reset(): void {
    this.#open = null
    this.#window.close()
    this.#rest = -1
  }

  /**
   * Reads one container: announces it, lets `walk` read its entries when the visitor wants them, else adds
   * them up. `info` describes it afterwards. Enter again after NEED_MORE, until it returns.
   */
  read(kind: PackedKind, walk: (packed: PackedReader) => void): void {
    this.#quiet = false
    this.#read(kind, walk)
  }

  /** The same without telling the visitor: for containers that hold no data of the user. */
  readHidden(kind: PackedKind, walk: (packed: PackedReader) => void): void {
    this.#quiet = true
    this.#read(kind, walk)
  }

  /**
   * Adds up a container without telling anybody; `info` describes it. False, with nothing taken, where it is damaged,
   * odd, too large to be held or not all there: `read` says what about it.
   */
  addUp(kind: PackedKind): boolean {
    const cursor = this.#cursor
    const { pos, offset } = cursor
    try {
      const stored = this.#head(kind)
      if (!this.#isWindowed(stored) && cursor.end - cursor.pos >= stored) {
        const packed = this.#hold(kind, offset, stored)
        if (this.info.lzfBytes > 0) this.#decompress(packed)
        hideTerminator(packed)
        checkTerminator(packed)
        packed.begin(this.info.bytes)
        packed.summarize()
        packed.finish()
        this.#describe(packed)
        if (packed.oddity === null && packed.declared >= 0) return true
      }
    } catch (error) {
      if (error !== NEED_MORE && !(error instanceof RdbError)) throw error
    }
    cursor.pos = pos
    return false
  }

  /** Like `read`, but shows nothing: `info.entries` comes from the header where it knows. */
  skim(kind: PackedKind): void {
    if (this.#rest >= 0) {
      this.#passOver()
      return
    }
    if (this.#open === null) {
      const cursor = this.#cursor
      const start = cursor.pos
      const stored = this.#head(kind)
      const known = this.#readHeader(kind, cursor.base + start, stored)
      if (known) {
        this.#rest = stored
        this.#passOver()
        return
      }
      cursor.pos = start
    }
    this.#quiet = true
    this.#read(kind, (packed) => packed.summarize())
  }

  /** After NEED_MORE: true when the container at hand has more to read without new data. */
  refill(): boolean {
    if (this.#open === null) return false
    try {
      return this.#window.refill()
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      this.#owner.damaged(error)
      this.#close()
      return true
    }
  }

  #read(kind: PackedKind, walk: (packed: PackedReader) => void): void {
    if (this.#rest >= 0) {
      this.#passOver()
      return
    }
    if (this.#open === null) {
      const packed = this.#begin(kind)
      if (packed.windowed) this.#open = packed
      else {
        this.#readWhole(packed, walk)
        return
      }
    }
    const packed = this.#open
    try {
      this.#window.resume()
      this.#walk(packed, walk)
      // Only now, so that it does not matter how much of the container was at hand at once.
      checkTerminator(packed)
      packed.commit()
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      this.#owner.damaged(error)
    }
    // What is left is the terminator, or whatever follows the damage.
    this.#close()
    this.#passOver()
  }

  /** A container that is at hand from end to end. */
  #readWhole(packed: PackedReader, walk: (packed: PackedReader) => void): void {
    try {
      if (this.info.lzfBytes > 0) this.#decompress(packed)
      hideTerminator(packed)
      checkTerminator(packed)
      this.#walk(packed, walk)
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      this.#owner.damaged(error)
    }
    this.#cursor.commit()
  }

  /** Ends a container that came in windows; what is left of it in the file is to be passed over. */
  #close(): void {
    this.#cursor.pos = this.#cursor.mark
    this.#rest = this.#window.storedLeft
    this.#open = null
    this.#window.close()
  }

  /** Moves behind the container; entered again when not all of it has come. */
  #passOver(): void {
    const rest = this.#rest
    this.#rest = 0
    this.#cursor.skip(rest)
    this.#rest = -1
    this.#cursor.commit()
  }

  #walk(packed: PackedReader, walk: (packed: PackedReader) => void): void {
    const info = this.info
    if (!this.#begun) {
      packed.begin(info.bytes)
      packed.commit()
      this.#begun = true
    }
    if (!this.#announced) {
      info.entries = packed.declared
      this.#announced = true
      this.#wanted = this.#quiet || this.#owner.visitor.container(info)
      packed.showParts = this.#wanted && !this.#quiet && this.#owner.visitor.wantsParts
    }
    if (this.#wanted) walk(packed)
    else packed.summarize()
    packed.finish()
    this.#describe(packed)
    if (this.#quiet) return
    if (packed.oddity !== null) this.#owner.odd(packed.oddity)
    this.#owner.visitor.containerEnd(info)
  }

  /** What the container turned out to be. */
  #describe(packed: PackedReader): void {
    const { info } = this
    info.entries = packed.walked
    info.payloadBytes = packed.payloadBytes
    info.longestEntryBytes = packed.longestEntryBytes
  }

  /** Reads the head of the string that holds the container and decides how to walk it. */
  #begin(kind: PackedKind): PackedReader {
    const cursor = this.#cursor
    const start = cursor.offset
    const stored = this.#head(kind)
    this.#begun = false
    this.#announced = false
    if (!this.#isWindowed(stored)) {
      cursor.need(stored)
      return this.#hold(kind, start, stored)
    }
    const packed = this.#reset(kind, start)
    packed.windowed = true
    this.#window.open(packed, stored, this.info.bytes, this.info.lzfBytes > 0)
    return packed
  }

  /** Whether the container whose head was read is too large to be held. */
  #isWindowed(stored: number): boolean {
    return stored > HOLD_BYTES || this.info.bytes > HOLD_CONTAINER_BYTES
  }

  /** The reader of a container that begins at an offset of the file. */
  #reset(kind: PackedKind, offset: number): PackedReader {
    const packed = this.#readers[kind]
    packed.reset()
    packed.containerOffset = offset
    packed.offsetOfPos = this.info.lzfBytes > 0 ? null : this.#cursor.base
    packed.windowed = false
    return packed
  }

  /** Shows the next `stored` bytes, which are at hand, to the reader. */
  #hold(kind: PackedKind, offset: number, stored: number): PackedReader {
    const cursor = this.#cursor
    const packed = this.#reset(kind, offset)
    packed.bytes = cursor.bytes
    packed.pos = cursor.pos
    packed.end = cursor.pos + stored
    packed.final = true
    cursor.pos += stored
    return packed
  }

  /** Reads the head of the string and fills `info`; returns the bytes that follow in the file. */
  #head(kind: PackedKind): number {
    const cursor = this.#cursor
    const start = cursor.offset
    if (cursor.pos === cursor.end) cursor.need(1)
    const first = cursor.bytes[cursor.pos]!
    const stored = cursor.stringHead()
    if (first >= 0xc0 && first !== 0xc3) {
      cursor.fail({ code: 'bad-value', what: `an integer stands where a ${kind} must be` }, start)
    }
    const info = this.info
    info.kind = kind
    info.bytes = cursor.stringLength
    info.lzfBytes = first === 0xc3 ? stored : 0
    info.entries = -1
    info.payloadBytes = 0
    info.longestEntryBytes = 0
    return stored
  }

  #decompress(packed: PackedReader): void {
    const length = this.info.bytes
    const room = length + LZF_SLACK_BYTES
    if (this.#scratch.length < room) this.#scratch = new Uint8Array(Math.max(room, this.#scratch.length * 2))
    try {
      lzfDecompress(packed.bytes, packed.pos, packed.end, this.#scratch, length)
    } catch (error) {
      this.#badLzf(packed, error)
    }
    packed.bytes = this.#scratch
    packed.pos = 0
    packed.end = length
  }

  #badLzf(packed: PackedReader, error: unknown): never {
    if (!(error instanceof RangeError)) throw error
    this.#cursor.fail({ code: 'bad-lzf', what: error.message }, packed.containerOffset)
  }

  /** Reads only the container's header. True when it says how many entries there are, or is damaged. */
  #readHeader(kind: PackedKind, offset: number, stored: number): boolean {
    const cursor = this.#cursor
    const compressed = this.info.lzfBytes > 0
    cursor.need(Math.min(stored, compressed ? LZF_HEAD_BYTES : HEAD_BYTES))
    const packed = this.#reset(kind, offset)
    packed.final = true
    packed.bytes = cursor.bytes
    packed.pos = cursor.pos
    packed.end = cursor.pos + Math.min(stored, HEAD_BYTES)
    try {
      if (compressed) this.#decompressHead(packed, stored)
      packed.begin(this.info.bytes)
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      this.#owner.damaged(error)
      return true
    }
    this.info.entries = packed.declared
    return packed.declared >= 0
  }

  #decompressHead(packed: PackedReader, stored: number): void {
    const from = packed.pos
    const limit = Math.min(HEAD_BYTES, this.info.bytes)
    try {
      const to = from + Math.min(stored, LZF_HEAD_BYTES)
      const written = lzfDecompressUpTo(packed.bytes, from, to, this.#scratch, limit, false)
      if (written < limit) throw new RangeError(`LZF data gives ${written} bytes instead of ${this.info.bytes}`)
    } catch (error) {
      this.#badLzf(packed, error)
    }
    packed.bytes = this.#scratch
    packed.pos = 0
    packed.end = limit
  }
}
