import type { RdbLocation, RdbProblem } from '../errors.js'
import { RdbError } from '../errors.js'
import { HOLD_BYTES, NEED_MORE, type StringSource } from '../need-more.js'
import { RdbString } from '../strings.js'
import { type ContainerKind, PART, type PartRole, type RdbVisitor } from '../visitor.js'

/**
 * What is odd about a container that can be read all the same: an entry of a size that servers of two
 * generations write differently (listpack), or a wrong offset of the last entry (ziplist).
 */
export type PackedOddity = 'boundary-entry' | 'wrong-tail'

/**
 * Walks one packed container entry by entry, in place.
 *
 * The entries lie at `bytes[pos, end)`. When the container is at hand as a whole (`final` from the start),
 * the walk never waits. A container too large to be held comes in windows: a read that reaches behind the
 * window throws NEED_MORE, and the walk goes on from the last commit.
 */
export abstract class PackedReader implements StringSource {
  abstract readonly kind: ContainerKind

  bytes: Uint8Array = new Uint8Array(0)
  pos = 0
  /** Behind the last byte at hand that may belong to an entry. */
  end = 0
  /** True when `end` is where the entries end. */
  final = true
  /** True when the container is larger than what is held at once. */
  windowed = false
  /** True when the visitor is to see the pieces of long strings. */
  showParts = false
  /** Something odd that was met and does not stop the walk; null when nothing was. */
  oddity: PackedOddity | null = null
  /** File offset of the container, and what to add to `pos` to get an offset (only for containers stored plainly). */
  containerOffset = 0
  offsetOfPos: number | null = 0

  /** Sum of the text lengths of the entries read so far, and the longest of them. */
  payloadBytes = 0
  longestEntryBytes = 0
  /** Entries the header promises, -1 when it does not know. */
  declared = -1
  /** Entries read so far. */
  walked = 0
  /** Position of the last commit, and how much data is missing (both for windowed containers). */
  mark = 0
  wanted = 0
  #markWalked = 0
  #markPayload = 0
  #markLongest = 0

  /** Where `summarize` puts entries that nobody sees. */
  readonly #summaryString = new RdbString()
  protected longRemaining = -1
  protected longLength = 0

  /** Told of each commit in a windowed container. */
  onCommit: () => void = () => {}
  locate: (offset: number) => RdbLocation = (offset) => ({ offset })

  constructor(protected readonly visitor: RdbVisitor) {}

  /** Reads the header at `pos`; `total` is the size of the container. */
  abstract begin(total: number): void
  abstract string(into: RdbString): boolean
  protected abstract bad(what: string): RdbProblem

  /** Prepares for a new container; the header is read by `begin`. */
  reset(): void {
    this.declared = -1
    this.walked = 0
    this.payloadBytes = 0
    this.longestEntryBytes = 0
    this.longRemaining = -1
    this.oddity = null
    this.#markWalked = 0
    this.#markPayload = 0
    this.#markLongest = 0
  }

  /** True while entries follow. Throws NEED_MORE when that cannot be seen yet. */
  more(): boolean {
    if (this.pos < this.end) return true
    if (this.final) return false
    this.need(1)
    return true
  }

  /** Walks the rest, only adding up; used when nobody wants the entries. May be entered again after NEED_MORE. */
  summarize(): void {
    const scratch = this.#summaryString
    while (this.longRemaining >= 0 || this.more()) {
      if (!this.windowed) {
        this.summarizeCommon()
        // What is rare, or wrong, is read the careful way, one entry at a time.
        if (this.pos === this.end) return
      }
      if (this.longRemaining >= 0 || !this.string(scratch)) this.longString(scratch, PART.other)
      this.commit()
    }
  }

  /** Adds up entries of the common encodings, up to the first of another, where a container lies in memory whole. */
  protected summarizeCommon(): void {}

  commit(): void {
    if (!this.windowed) return
    this.mark = this.pos
    this.#markWalked = this.walked
    this.#markPayload = this.payloadBytes
    this.#markLongest = this.longestEntryBytes
    this.onCommit()
  }

  /** Back to the last commit, at its new position in a new window. */
  rewind(pos: number): void {
    this.pos = pos
    this.mark = pos
    this.walked = this.#markWalked
    this.payloadBytes = this.#markPayload
    this.longestEntryBytes = this.#markLongest
  }

  /** After the last entry: what was counted must be what the header said. */
  finish(): void {
    if (this.declared >= 0 && this.declared !== this.walked) {
      this.fail(`it has ${this.walked} entries, its header says ${this.declared}`)
    }
  }

  need(count: number): void {
    if (this.end - this.pos >= count) return
    if (this.final) {
      this.fail(this.pos === this.end ? 'an entry is missing at the end' : 'it reaches behind the end of the container')
    }
    this.wanted = this.pos + count
    throw NEED_MORE
  }

  fail(what: string): never {
    const offset = this.offsetOfPos === null ? this.containerOffset : this.offsetOfPos + this.pos
    throw new RdbError(this.bad(what), this.locate(offset))
  }

  /** Counts an entry whose text has `length` bytes. */
  protected counted(length: number): void {
    this.walked++
    this.payloadBytes += length
    if (length > this.longestEntryBytes) this.longestEntryBytes = length
  }

  /** A string entry too long to be held, in a container that comes in windows. */
  protected tooLong(length: number): boolean {
    return this.windowed && length > HOLD_BYTES
  }

  longString(into: RdbString, role: PartRole): void {
    if (this.longRemaining < 0) {
      this.longLength = this.longHead()
      this.longRemaining = this.longLength
      this.commit()
    }
    while (this.longRemaining > 0) {
      const available = Math.min(this.end - this.pos, this.longRemaining)
      if (available === 0) this.need(1)
      if (this.showParts) this.visitor.part(role, this.bytes, this.pos, this.pos + available)
      this.pos += available
      this.longRemaining -= available
      this.commit()
    }
    this.longTail(this.longLength)
    this.longRemaining = -1
    this.counted(this.longLength)
    into.setStreamed(this.longLength, this.longLength, 0)
    this.commit()
  }

  /** Passes over what stands before a long entry's bytes and returns their number. */
  protected abstract longHead(): number
  /** Passes over what stands behind a long entry's bytes. */
  protected abstract longTail(length: number): void
}
