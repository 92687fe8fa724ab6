import type { Cursor } from '../cursor.js'
import { LzfStream } from '../lzf-stream.js'
import type { PackedReader } from './reader.js'

/** Compressed bytes decoded at a time. */
const LZF_SLICE_BYTES = 16 * 1024
const FIRST_BUFFER_BYTES = 256 * 1024
const NOTHING = new Uint8Array(0)

/**
 * Shows a packed container that is too large to be held to its reader, a window at a time.
 *
 * Stored plainly, the window is what is at hand of the file, and what the reader commits is committed there.
 * Compressed, it is a buffer of decoded bytes, filled by `refill` whenever the reader wants more.
 */
export class ContainerWindow {
  readonly #cursor: Cursor
  #packed: PackedReader | null = null
  #lzf: LzfStream | null = null
  /** Bytes of the container in the file that were not taken yet. */
  #storedLeft = 0
  /** Plain containers: up to where the window was taken. */
  #takenTo = 0
  /** Decoded size of the container. */
  #bytes = 0
  #buffer = NOTHING

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** Bytes of the file that still belong to the container. */
  get storedLeft(): number {
    return this.#storedLeft
  }

  /** The head of the string has been read: `stored` bytes follow that stand for `bytes`. */
  open(packed: PackedReader, stored: number, bytes: number, compressed: boolean): void {
    this.#packed = packed
    this.#lzf = compressed ? new LzfStream(bytes) : null
    this.#storedLeft = stored
    this.#bytes = bytes
    packed.bytes = NOTHING
    packed.pos = 0
    packed.mark = 0
    packed.end = 0
    packed.final = false
    this.#cursor.commit()
  }

  /** Before each try: the reader goes on from its last commit, with all that is at hand. */
  resume(): void {
    const packed = this.#packed!
    if (this.#lzf !== null) {
      packed.rewind(packed.mark)
      return
    }
    const cursor = this.#cursor
    const available = Math.min(cursor.end - cursor.pos, this.#storedLeft)
    packed.bytes = cursor.bytes
    packed.offsetOfPos = cursor.base
    packed.rewind(cursor.pos)
    this.#takenTo = cursor.pos
    packed.end = cursor.pos + available
    packed.final = available === this.#storedLeft
    if (packed.final) hideTerminator(packed)
  }

  /** The reader committed: what it has passed is behind us in the file, too. */
  took(): void {
    if (this.#lzf !== null) return
    const { mark } = this.#packed!
    this.#storedLeft -= mark - this.#takenTo
    this.#takenTo = mark
    this.#cursor.pos = mark
    this.#cursor.commit()
  }

  /** After NEED_MORE: true when the reader has more to read now, without new data from outside. */
  refill(): boolean {
    const packed = this.#packed!
    const cursor = this.#cursor
    if (this.#lzf === null) {
      cursor.wanted = Math.min(packed.wanted, cursor.pos + this.#storedLeft)
      return false
    }
    while (!packed.final) {
      const slice = Math.min(cursor.end - cursor.pos, this.#storedLeft, LZF_SLICE_BYTES)
      if (slice === 0) return false
      const taken = this.#decode(packed, this.#lzf, slice)
      if (taken === 0) return false
      if (packed.end >= packed.wanted) return true
    }
    return true
  }

  /** Decodes up to `slice` compressed bytes behind what the reader has; returns how many it used. */
  #decode(packed: PackedReader, lzf: LzfStream, slice: number): number {
    const cursor = this.#cursor
    const keep = (bytes: Uint8Array, start: number, end: number): void => this.#keep(packed, bytes, start, end)
    let taken = 0
    try {
      taken = lzf.push(cursor.bytes, cursor.pos, cursor.pos + slice, keep)
      lzf.flush(keep)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#fail(packed, error.message)
    }
    if (taken === 0 && slice === this.#storedLeft) this.#fail(packed, 'the last token is cut')
    cursor.pos += taken
    cursor.commit()
    this.#storedLeft -= taken
    if (this.#storedLeft === 0) {
      if (lzf.written !== this.#bytes) {
        this.#fail(packed, `LZF data gives ${lzf.written} bytes instead of ${this.#bytes}`)
      }
      packed.final = true
      hideTerminator(packed)
    }
    return taken
  }

  /** Puts decoded bytes behind those that the reader has not committed yet. */
  #keep(packed: PackedReader, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES)
    if (packed.end + size > this.#buffer.length) {
      // Moved to the front when at least half is free there, so that no byte is moved again and again.
      const kept = packed.end - packed.mark
      let target = this.#buffer
      if (kept + size > target.length / 2) target = new Uint8Array(2 * (kept + size))
      target.set(this.#buffer.subarray(packed.mark, packed.end))
      packed.wanted -= packed.mark
      packed.pos = 0
      packed.mark = 0
      packed.end = kept
      this.#buffer = target
    }
    this.#buffer.set(bytes.subarray(start, end), packed.end)
    packed.bytes = this.#buffer
    packed.end += size
  }

  #fail(packed: PackedReader, what: string): never {
    this.#cursor.fail({ code: 'bad-lzf', what }, packed.containerOffset)
  }

  /** Ends the container; the caller passes over `storedLeft` bytes, if any are left. */
  close(): void {
    if (this.#packed === null) return
    this.#packed.windowed = false
    this.#packed.bytes = NOTHING
    this.#packed = null
    this.#lzf = null
    this.#buffer = NOTHING
  }
}

/** Takes the terminator off the end (an intset has none). */
export function hideTerminator(packed: PackedReader): void {
  if (packed.kind === 'intset') return
  if (packed.end === packed.pos) packed.fail('it is empty')
  packed.end--
}

/** Looks at the terminator behind the entries. */
export function checkTerminator(packed: PackedReader): void {
  if (packed.kind === 'intset' || packed.bytes[packed.end] === 0xff) return
  packed.fail('it does not end with its terminator 0xff')
}
