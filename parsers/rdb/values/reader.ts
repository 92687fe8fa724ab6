import type { Cursor } from '../cursor.js'
import { RdbError, type RdbProblem, type RdbWarning } from '../errors.js'
import type { ParserLimits } from '../limits.js'
import type { PackedOddity, PackedReader } from '../packed/reader.js'
import { type PackedKind, type PackedOwner, PackedWalker } from '../packed/walker.js'
import { RdbString } from '../strings.js'
import { type RdbVisitor, StreamId, type ValueLayout } from '../visitor.js'
import { StreamNodeState, StreamState } from './stream-state.js'
import type { HashTemplates } from './templates.js'

/** Elements whose lengths are told together. */
const RUN_ELEMENTS = 256
const ASKED_EVERY = 8
/** Longer ones have longer heads. */
const LONGEST_IN_RUN = 0x3fff

/**
 * Where a decoder stands in a value, so that it can go on after NEED_MORE. One frame serves all values, so that
 * none is allocated; a decoder that uses a field for something else says so.
 */
export class Frame {
  /** Which part of the value is being read. */
  stage = 0
  /** Where in an element the data ended; see shapes.ts. */
  phase = 0
  /** True when the head of the value (its count, its module ID) was read. */
  begun = false
  /** Elements, fields, members or nodes still to come. */
  remaining = 0
  /** What is still to come inside one of those. */
  inner = 0
  /** Groups of a stream, paths of a path hash still to come. */
  groups = 0
  /** Expiry of the field at hand in ms, -1 when it has none. */
  ttl = 0
  /** Rounds of a repeated part still to come (-1: not begun), and the step within one. */
  rounds = -1
  step = 0

  reset(): void {
    this.stage = 0
    this.phase = 0
    this.remaining = 0
    this.inner = 0
    this.groups = 0
    this.begun = false
    this.ttl = 0
    this.rounds = -1
    this.step = 0
  }
}

/** How one value type is read. */
export interface ValueDecoder extends ValueLayout {
  /** True where servers keep keys without elements. */
  readonly mayBeEmpty?: boolean
  /** The value is one container, and nothing else; with how many of its entries make up an element. */
  readonly packed?: { readonly kind: PackedKind; readonly group: number }
  /** Reads the value; entered again after NEED_MORE until it returns. */
  read(reader: ValueReader): void
}

/** What value decoders work with: cursor, visitor, packed containers, some reused strings, a frame. */
export class ValueReader implements PackedOwner {
  readonly a = new RdbString()
  readonly b = new RdbString()
  readonly c = new RdbString()
  readonly id = new StreamId()
  readonly frame = new Frame()
  readonly stream = new StreamState()
  readonly streamNode = new StreamNodeState()
  /** Field names of the hash template being read or used. */
  templateFields: readonly Uint8Array[] = []
  /** True when nobody wants the value at hand: count, check lengths, pass over. */
  skim = false
  /** What LLEN, SCARD, HLEN, ZCARD, XLEN would say; counted while reading. */
  elements = 0
  damage: RdbError | null = null
  /** True when `elements` is what the value declares, and not yet what was read. */
  declared = false
  readonly #packed: PackedWalker
  readonly #takesLengths: boolean
  readonly #lengths = new Int32Array(RUN_ELEMENTS)
  /** Reads the entries of the container at hand. */
  #walk: (reader: this, packed: PackedReader) => void = () => {}
  readonly #walkPacked = (packed: PackedReader): void => this.#walk(this, packed)

  constructor(
    readonly cursor: Cursor,
    readonly visitor: RdbVisitor,
    readonly templates: HashTemplates,
    readonly warn: (code: RdbWarning['code'], message: string) => void,
    readonly limits: ParserLimits,
  ) {
    this.#packed = new PackedWalker(cursor, this)
    this.#takesLengths = visitor.elementLengthsUpTo !== undefined
  }

  /** Strings that may hold compressed data of the file. */
  get strings(): readonly RdbString[] {
    return [this.a, this.b, this.c, ...this.stream.strings]
  }

  /** Before each value. */
  reset(): void {
    this.frame.reset()
    this.elements = 0
    this.damage = null
    this.declared = false
    this.#packed.reset()
  }

  /** Reads one packed container and returns the number of its entries. */
  packed(kind: PackedKind, walk: (reader: this, packed: PackedReader) => void): number {
    if (this.skim) this.#packed.skim(kind)
    else {
      this.#walk = walk
      this.#packed.read(kind, this.#walkPacked)
    }
    return Math.max(0, this.#packed.info.entries)
  }

  /** Reads a container in which `size` entries make up one element; returns the number of elements. */
  packedGroups(kind: PackedKind, size: number, walk: (reader: this, packed: PackedReader) => void): number {
    const entries = this.packed(kind, walk)
    if (entries % size !== 0 && this.damage === null) {
      const what = `the ${kind} has ${entries} entries, but ${size} make up an element`
      this.damaged(this.error({ code: 'bad-value', what }))
    }
    return Math.floor(entries / size)
  }

  /** Adds up a value that is one container; returns the number of elements, 0 where somebody has to look closer. */
  packedSums({ kind, group }: NonNullable<ValueDecoder['packed']>): number {
    if (!this.#packed.addUp(kind)) return 0
    const { entries } = this.#packed.info
    return entries % group === 0 ? entries / group : 0
  }

  /** Reads a packed container that is not part of what the visitor is shown. */
  hiddenPacked(kind: PackedKind, walk: (reader: this, packed: PackedReader) => void): void {
    this.#walk = walk
    this.#packed.readHidden(kind, this.#walkPacked)
  }

  /** The container that is being read or was read last. */
  get container(): PackedWalker['info'] {
    return this.#packed.info
  }

  refill(): boolean {
    return this.#packed.refill()
  }

  /** The value is damaged inside, but the file can be read on. The first damage of a key is told. */
  damaged(error: RdbError): void {
    this.frame.phase = 0
    if (this.damage !== null) return
    this.damage = error
    this.warn('damaged-key', error.message)
  }

  odd(oddity: PackedOddity): void {
    if (oddity === 'wrong-tail') {
      this.warn(
        'ziplist-tail',
        'a ziplist names a wrong place for its last entry: commands that read from the end fail',
      )
      return
    }
    this.warn(
      'listpack-boundary',
      'a listpack entry has a size of which two forms exist: Redis up to 8.6 and Valkey up to 9.0 read only one, ' +
        'newer servers only the other, so this key may not survive an upgrade',
    )
  }

  fail(problem: RdbProblem): never {
    return this.cursor.fail(problem)
  }

  /** An error at the place at hand that does not stop the parser. */
  error(problem: RdbProblem): RdbError {
    return new RdbError(problem, this.cursor.locate(this.cursor.offset))
  }

  /** Declared count of a value stored element by element. */
  beginCount(): void {
    const frame = this.frame
    if (frame.begun) return
    const count = this.cursor.length()
    this.cursor.commit()
    frame.begun = true
    frame.remaining = count
    this.elements = count
    this.declared = true
    if (!this.skim) this.visitor.count(count)
  }

  /** The value broke off: from here on `elements` is what was read. */
  breakOff(): void {
    if (!this.declared) return
    this.declared = false
    this.elements = Math.max(0, this.elements - this.frame.remaining)
    if (!this.skim) this.visitor.count(this.elements)
  }

  /**
   * Reads as many elements as matter by their lengths only and are at hand, each with `tailBytes` of a score behind it.
   * What comes then is to be read one by one.
   */
  lengthRuns(tailBytes: 0 | 8): void {
    const { cursor, frame, visitor } = this
    // Who wants to see each element is not asked at each.
    if (!this.#takesLengths || frame.remaining % ASKED_EVERY !== 0 || frame.phase > 0) return
    while (frame.remaining > 0) {
      const upTo = Math.min(visitor.elementLengthsUpTo!(), LONGEST_IN_RUN)
      if (upTo < 0) return
      const most = Math.min(frame.remaining, this.#lengths.length)
      const count = cursor.elementLengths(this.#lengths, most, upTo, tailBytes)
      if (count === 0) return
      frame.remaining -= count
      visitor.elementLengths!(this.#lengths, count)
    }
  }

  /** Passes over `strings` strings and then `fixedBytes` bytes, `frame.remaining` times. */
  skipAll(strings: number, fixedBytes: number): void {
    const { cursor, frame } = this
    while (frame.remaining > 0) {
      while (frame.phase < strings) {
        const size = cursor.stringHead()
        frame.phase++
        if (frame.phase === strings && fixedBytes === 0) {
          frame.phase = 0
          frame.remaining--
          cursor.skip(size)
          cursor.commit()
          if (frame.remaining === 0) return
        } else {
          cursor.skip(size)
          cursor.commit()
        }
      }
      cursor.need(fixedBytes)
      cursor.pos += fixedBytes
      cursor.commit()
      frame.phase = 0
      frame.remaining--
    }
  }
}
