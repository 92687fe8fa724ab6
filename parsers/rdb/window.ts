import { Crc64 } from './crc64.js'
import type { Cursor } from './cursor.js'

/** How much of a new chunk is put behind an unfinished record at first. */
const STITCH_BYTES = 64 * 1024
/** First size of the buffer for it. */
const FIRST_BYTES = 4096

/**
 * Moves the cursor over chunks that come and go: reads in the chunk itself where it can, and keeps what is
 * unfinished at its end in a buffer of its own, to put the next chunk behind it. Sums up the CRC on the way.
 */
export class Window {
  readonly crc: Crc64
  /** False: what is unfinished at the end of a chunk is not kept, for who reads one chunk only. */
  keepsRest = true
  readonly #cursor: Cursor
  /** Position up to which the CRC was computed. */
  #summedTo = 0
  #summing: boolean
  #closed = false
  /** Holds an unfinished record together with what came after it. */
  #stitch = new Uint8Array(0)

  /** @param crc goes on with that sum */
  constructor(cursor: Cursor, verify: boolean, crc: Crc64 = new Crc64()) {
    this.#cursor = cursor
    this.crc = crc
    this.#summing = verify
  }

  /**
   * Takes a chunk, which is not needed after the call, and calls `read` whenever there is something to read on
   * with. Returns how many of its bytes were taken: all, unless `close` was called.
   */
  feed(chunk: Uint8Array, read: () => void): number {
    const cursor = this.#cursor
    let at = this.#passOver(chunk, 0)
    const first = at
    // What was passed over may have been all that a value lacked.
    if (at > 0 && at === chunk.length && cursor.skipping === 0) read()
    while (at < chunk.length && !this.#closed) {
      if (cursor.mark === cursor.end) {
        this.#adopt(chunk, at)
        read()
        this.#sum(cursor.mark)
        if (this.#closed) return cursor.pos
        if (this.keepsRest) this.#keepRest()
        return chunk.length
      }
      // An unfinished record goes on in this chunk: the two are put together, a little at first.
      at += this.#append(chunk, at, Math.max(STITCH_BYTES, cursor.end - cursor.mark))
      if (cursor.end < cursor.wanted) continue
      read()
      this.#sum(cursor.mark)
      const unread = cursor.end - (this.#closed ? cursor.pos : cursor.mark)
      if (this.#closed) return at - unread
      if (unread <= at - first && at < chunk.length) {
        // The old record is behind us: what is left lies in the chunk as well, so go on there.
        at -= unread
        cursor.end = cursor.mark
        at = this.#passOver(chunk, at)
      }
    }
    return at
  }

  /** The dump ends at the cursor; `feed` returns. */
  close(): void {
    this.#closed = true
  }

  /** Forgets everything: the next chunk begins at `offset`. Without a checksum from here on. */
  restart(offset: number): void {
    const cursor = this.#cursor
    cursor.bytes = new Uint8Array(0)
    cursor.base = offset
    cursor.pos = 0
    cursor.mark = 0
    cursor.end = 0
    cursor.wanted = 0
    cursor.skipping = 0
    this.#summedTo = 0
    this.#summing = false
    this.#closed = false
  }

  /** True behind `close`, until `open`. */
  get closed(): boolean {
    return this.#closed
  }

  /** `feed` takes bytes again, from where `close` ended it: those it gave back come once more. */
  open(): void {
    if (!this.#closed) return
    this.#closed = false
    this.#cursor.end = this.#cursor.mark
  }

  /** What is read from here on is not part of the checksum. */
  endSum(): void {
    this.#sum(this.#cursor.pos)
    this.#summing = false
  }

  /** All bytes are at hand and stay: `read` sees them up to `end`. The checksum is up to the caller. */
  hold(bytes: Uint8Array, end: number): void {
    const cursor = this.#cursor
    cursor.bytes = bytes
    cursor.pos = 0
    cursor.mark = 0
    cursor.end = end
    this.#summing = false
  }

  /** Other bytes stand in place of the file's while `read` runs; their offsets count on from `offset`. */
  showInstead(other: Uint8Array, offset: number, read: () => void): void {
    const cursor = this.#cursor
    const { bytes, base, pos, mark, end, limit } = cursor
    cursor.bytes = other
    cursor.base = offset
    cursor.pos = 0
    cursor.mark = 0
    cursor.end = other.length
    // They may be more than the whole file has.
    cursor.limit = Number.POSITIVE_INFINITY
    read()
    cursor.skipping = 0
    cursor.bytes = bytes
    cursor.base = base
    cursor.pos = pos
    cursor.mark = mark
    cursor.end = end
    cursor.limit = limit
  }

  /** Passes over bytes that a skip found missing. Returns the position in the chunk behind them. */
  #passOver(chunk: Uint8Array, at: number): number {
    const cursor = this.#cursor
    const size = Math.min(cursor.skipping, chunk.length - at)
    if (size === 0) return at
    if (this.#summing) this.crc.update(chunk, at, at + size)
    cursor.skipping -= size
    cursor.base += size
    return at + size
  }

  #adopt(chunk: Uint8Array, from: number): void {
    const cursor = this.#cursor
    cursor.base += cursor.mark - from
    cursor.bytes = chunk
    cursor.pos = from
    cursor.mark = from
    cursor.end = chunk.length
    cursor.wanted = 0
    this.#summedTo = from
  }

  /** Puts up to `most` bytes of a chunk behind the unfinished record; returns how many. */
  #append(chunk: Uint8Array, from: number, most: number): number {
    const cursor = this.#cursor
    const size = Math.min(most, chunk.length - from)
    if (cursor.bytes !== this.#stitch || cursor.mark > 0 || cursor.end + size > this.#stitch.length) this.#move(size)
    this.#stitch.set(chunk.subarray(from, from + size), cursor.end)
    cursor.end += size
    return size
  }

  /** Moves the unfinished record to the start of the stitch, with room for `more` bytes behind it. */
  #move(more: number): void {
    const cursor = this.#cursor
    const kept = cursor.end - cursor.mark
    let target = this.#stitch
    if (target.length < kept + more) target = new Uint8Array(Math.max(kept + more, target.length * 2, FIRST_BYTES))
    if (cursor.bytes === target) target.copyWithin(0, cursor.mark, cursor.end)
    else target.set(cursor.bytes.subarray(cursor.mark, cursor.end))
    cursor.base += cursor.mark
    cursor.wanted = Math.max(0, cursor.wanted - cursor.mark)
    this.#summedTo -= cursor.mark
    cursor.pos = 0
    cursor.mark = 0
    cursor.end = kept
    cursor.bytes = target
    this.#stitch = target
  }

  /** The chunk belongs to the caller again: its unfinished end is copied. */
  #keepRest(): void {
    this.#move(0)
  }

  #sum(to: number): void {
    if (this.#summing && to > this.#summedTo) this.crc.update(this.#cursor.bytes, this.#summedTo, to)
    this.#summedTo = to
  }
}
