import type { Cursor } from './cursor.js'
import { RdbError } from './errors.js'
import { LzfStream } from './lzf-stream.js'
import { NEED_MORE } from './need-more.js'
import type { RdbString } from './strings.js'
import type { PartRole, RdbVisitor } from './visitor.js'

const ZEROS = new Uint8Array(64 * 1024)

/**
 * Strings too long to be held: handed to `visitor.part()` as they arrive, or only counted.
 * Entered again after NEED_MORE until the string is through; each piece is committed at once.
 */
export class LongString {
  active = false
  /** True while nobody wants the value at hand. */
  quiet = false
  /** Told when the LZF data of a string is damaged; what follows of it is passed over. */
  onDamage: (error: RdbError) => void = (error) => {
    throw error
  }
  /** Where the string begins in the file. */
  #offset = 0
  #stored = 0
  #remaining = 0
  #compressed = 0
  #length = 0
  #lzf: LzfStream | null = null
  /** Bytes shown so far. */
  #emitted = 0
  /** The rest of the string means nothing. */
  #broken = false
  #head: HeadKeeper | null = null
  /** First bytes as they are stored. */
  #storedHead: HeadKeeper | null = null
  readonly #cursor: Cursor
  readonly #visitor: RdbVisitor

  constructor(cursor: Cursor, visitor: RdbVisitor) {
    this.#cursor = cursor
    this.#visitor = visitor
  }

  /** Bytes of the string that have not arrived yet. */
  get remaining(): number {
    return this.active ? this.#remaining : 0
  }

  /** Forgets the string in progress. */
  stop(): void {
    this.active = false
    this.quiet = false
    this.#lzf = null
    this.#head = null
    this.#storedHead = null
  }

  /**
   * Like `read`, and keeps the bytes, up to `most`; of longer strings the first `ofLonger` ones. `into` is a streamed
   * string with a head.
   */
  readHead(into: RdbString, most: number, role: PartRole, ofLonger = most): void {
    if (!this.active) {
      this.#head = new HeadKeeper(0)
      this.#begin()
      this.#head = new HeadKeeper(this.#length <= most ? this.#length : ofLonger)
    }
    this.read(into, role)
    const kept = this.#head!.kept()
    this.#head = null
    into.setStreamed(into.length, into.storedBytes, into.compressedBytes, kept)
  }

  #emit(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.#emitted += end - start
    this.#head?.add(bytes, start, end)
    if (this.#visitor.wantsParts && !this.quiet) this.#visitor.part(role, bytes, start, end)
  }

  /** True when somebody looks at the bytes. */
  get #wanted(): boolean {
    return this.#head !== null || (this.#visitor.wantsParts && !this.quiet)
  }

  read(into: RdbString, role: PartRole): void {
    const cursor = this.#cursor
    if (!this.active) this.#begin()
    while (this.#remaining > 0) {
      const available = Math.min(cursor.end - cursor.pos, this.#remaining)
      if (available === 0) {
        cursor.wanted = cursor.pos + 1
        throw NEED_MORE
      }
      const from = cursor.pos
      const to = from + available
      let taken = available
      if (this.#lzf !== null) {
        try {
          taken = this.#lzf.push(cursor.bytes, from, to, (bytes, start, end) => this.#emit(role, bytes, start, end))
        } catch (error) {
          if (!(error instanceof RangeError) || error === NEED_MORE) throw error
          this.#damaged(error.message, role)
          continue
        }
        if (taken === 0) {
          if (available === this.#remaining) {
            this.#damaged('the last token is cut', role)
            continue
          }
          cursor.wanted = to + 1
          throw NEED_MORE
        }
      } else if (this.#wanted && !this.#broken) {
        this.#emit(role, cursor.bytes, from, to)
      }
      this.#storedHead?.add(cursor.bytes, from, from + taken)
      this.#remaining -= taken
      cursor.pos = from + taken
      cursor.commit()
    }
    this.active = false
    if (this.#lzf !== null) {
      const lzf = this.#lzf
      this.#lzf = null
      lzf.flush((bytes, start, end) => this.#emit(role, bytes, start, end))
      if (lzf.written !== this.#length) {
        this.#damaged(`LZF data gives ${lzf.written} bytes instead of ${this.#length}`, role)
      }
    }
    if (this.#broken) this.#fillUp(role)
    this.#broken = false
    into.setStreamed(this.#length, this.#stored, this.#compressed, this.#storedHead?.kept())
    this.#storedHead = null
  }

  /** The place of an error is where the string begins, whatever the chunks. */
  #damaged(what: string, role: PartRole): void {
    const lzf = this.#lzf
    this.#lzf = null
    this.#broken = true
    lzf?.flush((bytes, start, end) => this.#emit(role, bytes, start, end))
    this.onDamage(new RdbError({ code: 'bad-lzf', what }, this.#cursor.locate(this.#offset)))
  }

  /**
   * Who puts the pieces together counts on the length: what is missing are zeros. Only when all stored bytes have come,
   * so that a few bytes that announce a large string do not make one.
   */
  #fillUp(role: PartRole): void {
    while (this.#emitted < this.#length) {
      this.#emit(role, ZEROS, 0, Math.min(ZEROS.length, this.#length - this.#emitted))
    }
  }

  #begin(): void {
    const cursor = this.#cursor
    const start = cursor.pos
    this.#offset = cursor.offset
    this.#broken = false
    this.#emitted = 0
    this.#compressed = 0
    if (cursor.u8() === 0xc3) {
      this.#compressed = cursor.length()
      this.#length = cursor.length()
      this.#lzf = this.#wanted ? new LzfStream(this.#length) : null
    } else {
      cursor.pos = start
      this.#length = cursor.length()
      this.#lzf = null
    }
    const headBytes = this.quiet ? 0 : (this.#visitor.headBytes ?? 0)
    this.#storedHead = headBytes === 0 ? null : new HeadKeeper(headBytes)
    this.#remaining = this.#compressed === 0 ? this.#length : this.#compressed
    this.#stored = cursor.pos - start + this.#remaining
    this.active = true
    cursor.commit()
  }
}

const FIRST_HEAD_BYTES = 64 * 1024

/** Keeps the first bytes of what it is given. Takes memory as they come, whatever was announced. */
class HeadKeeper {
  readonly #most: number
  #bytes: Uint8Array
  #used = 0

  constructor(most: number) {
    this.#most = most
    this.#bytes = new Uint8Array(Math.min(most, FIRST_HEAD_BYTES))
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const size = Math.min(end - start, this.#most - this.#used)
    const needed = this.#used + size
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#most, Math.max(needed, this.#bytes.length * 2)))
      larger.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = larger
    }
    this.#bytes.set(bytes.subarray(start, start + size), this.#used)
    this.#used = needed
  }

  kept(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }
}
