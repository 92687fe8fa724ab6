import type { Cursor } from '../cursor.js'
import { RdbError } from '../errors.js'
import { lzfDecompress, lzfDecompressUpTo, lzfMaxLength } from '../lzf.js'
import { LzfStream } from '../lzf-stream.js'
import { HOLD_BYTES } from '../need-more.js'
import type { Container, ContainerKind, RdbVisitor } from '../visitor.js'
import { IntsetReader } from './intset.js'
import { ListpackReader } from './listpack.js'
import type { PackedReader } from './reader.js'
import { ZiplistReader } from './ziplist.js'
import { ZipmapReader } from './zipmap.js'

/** A container is held as a whole up to this decoded size; a larger one is walked in windows. */
const HOLD_CONTAINER_BYTES = 4 * HOLD_BYTES
/** Compressed bytes decoded at a time for a container that comes in windows. */
const LZF_SLICE_BYTES = 16 * 1024
/** A container's header, and the compressed bytes that surely give it. */
const HEAD_BYTES = 16
const LZF_HEAD_BYTES = 96

export type PackedKind = Exclude<ContainerKind, 'plain'>

/** What the walker tells whoever owns the value. */
export interface PackedOwner {
  readonly visitor: RdbVisitor
  /** The container is damaged, but the file behind it can be read on. */
  damaged(error: RdbError): void
  boundaryEntry(): void
}

class ContainerInfo implements Container {
  kind: ContainerKind = 'listpack'
  bytes = 0
  lzfBytes = 0
  entries = -1
  payloadBytes = 0
  longestEntryBytes = 0
}

/** Size of an empty container; a shorter one is damaged. */
const SHORTEST = { listpack: 7, ziplist: 11, intset: 8, zipmap: 2 } as const

const NOTHING = new Uint8Array(0)

/**
 * Opens the strings that hold packed containers and walks them: in place when they are at hand as a whole,
 * in windows when they are too large to be held.
 */
export class PackedWalker {
  readonly info = new ContainerInfo()
  readonly #cursor: Cursor
  readonly #owner: PackedOwner
  readonly #readers: Record<PackedKind, PackedReader>
  readonly #listpack: ListpackReader
  /** The container being walked; null between containers. */
  #open: PackedReader | null = null
  #begun = false
  #announced = false
  #wanted = false
  /** True while the visitor is not to see the container at hand. */
  #quiet = false
  /** A container whose header was counted and whose bytes are being passed over. */
  #passing = false
  #scratch = new Uint8Array(16 * 1024)
  // Windowed containers only.
  #lzf: LzfStream | null = null
  #storedLeft = 0
  #windowUsed = 0

  constructor(cursor: Cursor, owner: PackedOwner) {
    this.#cursor = cursor
    this.#owner = owner
    this.#listpack = new ListpackReader(owner.visitor)
    this.#readers = {
      listpack: this.#listpack,
      ziplist: new ZiplistReader(owner.visitor),
      intset: new IntsetReader(owner.visitor),
      zipmap: new ZipmapReader(owner.visitor),
    }
    for (const reader of Object.values(this.#readers)) {
      reader.locate = (offset) => cursor.locate(offset)
      reader.onCommit = () => this.#took(reader)
    }
  }

  reset(): void {
    this.#open = null
    this.#lzf = null
    this.#passing = false
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

  #read(kind: PackedKind, walk: (packed: PackedReader) => void): void {
    if (this.#open === null) {
      this.#begin(kind)
      this.#begun = false
      this.#announced = false
    }
    const packed = this.#open!
    if (packed.windowed) {
      this.#resume(packed)
      this.#walk(packed, walk)
      this.#closeWindowed(packed)
      return
    }
    this.#open = null
    try {
      if (this.info.lzfBytes > 0) this.#decompress(packed)
      hideTerminator(packed)
      this.#walk(packed, walk)
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      this.#owner.damaged(error)
    }
    this.#cursor.commit()
  }

  /** After NEED_MORE: true when more of the container at hand was decoded without new data. */
  refill(): boolean {
    const packed = this.#open
    if (packed === null || this.#lzf === null || this.#storedLeft === 0) return false
    return this.#decodeMore(packed)
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
    }
    if (this.#wanted) walk(packed)
    else packed.summarize()
    packed.finish()
    info.entries = packed.walked
    info.payloadBytes = packed.payloadBytes
    info.longestEntryBytes = packed.longestEntryBytes
    if (this.#quiet) return
    if (packed === this.#listpack && this.#listpack.boundaryEntry) this.#owner.boundaryEntry()
    this.#owner.visitor.containerEnd(info)
  }

  /** Reads the head of the string that holds the container and decides how to walk it. */
  #begin(kind: PackedKind): void {
    const cursor = this.#cursor
    const start = cursor.offset
    const stored = this.#head(kind)
    const compressed = this.info.lzfBytes > 0
    const packed = this.#readers[kind]
    packed.reset()
    packed.containerOffset = start
    packed.offsetOfPos = compressed ? null : cursor.base
    packed.windowed = stored > HOLD_BYTES || this.info.bytes > HOLD_CONTAINER_BYTES
    if (packed.windowed) {
      this.#lzf = compressed ? new LzfStream(this.info.bytes) : null
      this.#storedLeft = stored
      packed.bytes = NOTHING
      packed.pos = 0
      packed.mark = 0
      packed.end = 0
      packed.final = false
      cursor.commit()
    } else {
      cursor.need(stored)
      packed.bytes = cursor.bytes
      packed.pos = cursor.pos
      packed.end = cursor.pos + stored
      packed.final = true
      cursor.pos += stored
    }
    this.#open = packed
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
    if (first === 0xc3 && info.bytes > lzfMaxLength(stored)) {
      cursor.fail({ code: 'bad-lzf', what: `${stored} bytes cannot stand for ${info.bytes}` }, start)
    }
    return stored
  }

  #decompress(packed: PackedReader): void {
    const length = this.info.bytes
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(Math.max(length, this.#scratch.length * 2))
    this.#guardLzf(packed, () => lzfDecompress(packed.bytes, packed.pos, packed.end, this.#scratch, length))
    packed.bytes = this.#scratch
    packed.pos = 0
    packed.end = length
  }

  #guardLzf<T>(packed: PackedReader, decode: () => T): T {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return this.#cursor.fail({ code: 'bad-lzf', what: error.message }, packed.containerOffset)
    }
  }

  // Containers too large to be held.

  /** Shows the next window to the reader, from its last commit on. */
  #resume(packed: PackedReader): void {
    if (this.#lzf !== null) {
      packed.rewind(packed.mark)
      return
    }
    const cursor = this.#cursor
    const available = Math.min(cursor.end - cursor.pos, this.#storedLeft)
    packed.bytes = cursor.bytes
    packed.offsetOfPos = cursor.base
    packed.rewind(cursor.pos)
    this.#windowUsed = cursor.pos
    packed.end = cursor.pos + available
    packed.final = available === this.#storedLeft
    if (packed.final) hideTerminator(packed)
  }

  /** Moves the file's position behind what the reader has committed. */
  #took(packed: PackedReader): void {
    if (this.#lzf !== null) return
    this.#storedLeft -= packed.mark - this.#windowUsed
    this.#windowUsed = packed.mark
    this.#cursor.pos = packed.mark
    this.#cursor.commit()
  }

  /** Decodes the next slice behind what the reader has not committed yet. False when more data must come first. */
  #decodeMore(packed: PackedReader): boolean {
    const cursor = this.#cursor
    const slice = Math.min(cursor.end - cursor.pos, this.#storedLeft, LZF_SLICE_BYTES)
    if (slice === 0) return false
    const lzf = this.#lzf!
    const pieces = [packed.bytes.slice(packed.mark, packed.end)]
    const keep = (bytes: Uint8Array, start: number, end: number): void => {
      pieces.push(bytes.slice(start, end))
    }
    const taken = this.#guardLzf(packed, () => lzf.push(cursor.bytes, cursor.pos, cursor.pos + slice, keep))
    lzf.flush(keep)
    if (taken === 0) {
      if (slice === this.#storedLeft) {
        cursor.fail({ code: 'bad-lzf', what: 'the last token is cut' }, packed.containerOffset)
      }
      return false
    }
    cursor.pos += taken
    cursor.commit()
    this.#storedLeft -= taken
    packed.bytes = concat(pieces)
    packed.end = packed.bytes.length
    packed.mark = 0
    packed.pos = 0
    packed.final = this.#storedLeft === 0
    if (packed.final) {
      if (lzf.written !== this.info.bytes) {
        const what = `LZF data gives ${lzf.written} bytes instead of ${this.info.bytes}`
        cursor.fail({ code: 'bad-lzf', what }, packed.containerOffset)
      }
      hideTerminator(packed)
    }
    return true
  }

  #closeWindowed(packed: PackedReader): void {
    const cursor = this.#cursor
    if (this.#lzf === null) {
      packed.commit()
      // What is left is the terminator.
      cursor.pos += this.#storedLeft
    }
    this.#open = null
    this.#lzf = null
    packed.windowed = false
    packed.bytes = NOTHING
    cursor.commit()
  }

  // Counting without walking.

  /** Like `read`, but shows nothing: `info.entries` comes from the header where it knows. */
  skim(kind: PackedKind): void {
    if (this.#open !== null) {
      this.#skimWalk(kind)
      return
    }
    if (this.#passing) {
      this.#passing = false
      return
    }
    const cursor = this.#cursor
    const start = cursor.pos
    const stored = this.#head(kind)
    this.info.entries = this.#headerEntries(kind, stored)
    if (this.info.entries < 0) {
      cursor.pos = start
      this.#skimWalk(kind)
      return
    }
    this.#passing = true
    cursor.skip(stored)
    this.#passing = false
    cursor.commit()
  }

  #skimWalk(kind: PackedKind): void {
    this.#quiet = true
    this.#read(kind, (packed) => packed.summarize())
  }

  /** Entries as the header says; -1 when it does not know. */
  #headerEntries(kind: PackedKind, stored: number): number {
    const cursor = this.#cursor
    const length = this.info.bytes
    let head = cursor.bytes
    let at = cursor.pos
    if (this.info.lzfBytes > 0) {
      const available = Math.min(stored, LZF_HEAD_BYTES)
      cursor.need(available)
      head = this.#scratch
      at = 0
      try {
        const limit = Math.min(HEAD_BYTES, length)
        lzfDecompressUpTo(cursor.bytes, cursor.pos, cursor.pos + available, head, limit, false)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        cursor.fail({ code: 'bad-lzf', what: error.message })
      }
    } else {
      cursor.need(Math.min(stored, HEAD_BYTES))
    }
    if (length < SHORTEST[kind]) return -1
    const u16 = (from: number): number => head[at + from]! | (head[at + from + 1]! << 8)
    switch (kind) {
      case 'listpack':
        return u16(4) === 65535 ? -1 : u16(4)
      case 'ziplist':
        return u16(8) === 65535 ? -1 : u16(8)
      case 'intset':
        return u16(4) + u16(6) * 65536
      case 'zipmap':
        return head[at]! >= 254 ? -1 : head[at]! * 2
    }
  }
}

/** Takes the terminator off the end (an intset has none). */
function hideTerminator(packed: PackedReader): void {
  if (packed.kind === 'intset') return
  if (packed.end === packed.pos) packed.fail('it is empty')
  if (packed.bytes[packed.end - 1] !== 0xff) packed.fail('it does not end with its terminator 0xff')
  packed.end--
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const piece of pieces) size += piece.length
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
