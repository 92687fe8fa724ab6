import type { Crc64 } from './crc64.js'
import { Cursor } from './cursor.js'
import { isOpcode } from './dialects.js'
import type { Decompress } from './dragonfly.js'
import { CHECKSUM_BYTES } from './end.js'
import type { RdbError } from './errors.js'
import { FIRST_LITTLE_ENDIAN_VERSION } from './expiry.js'
import { Grammar, STATE } from './grammar.js'
import { PARSER_LIMITS, type ParserLimits } from './limits.js'
import type { RdbString } from './strings.js'
import { decodersFor } from './values/index.js'
import type { DialectName, RdbHeader, RdbVisitor } from './visitor.js'
import { Window } from './window.js'

/** How a dump is read. */
export interface ParserOptions {
  /** Damage inside a compressed blob of a Dragonfly file costs the rest of the blob, not of the file. */
  readonly salvage?: boolean
  /** Compute the CRC-64 of the dump; default true. */
  readonly verify?: boolean
  /** Decompresses the blobs of Dragonfly files. */
  readonly decompress?: Decompress
  /** Begins at a record in the middle of a dump; the checksum is not computed then, without `crc`. */
  readonly resume?: ParserStart
  /** Goes on with the checksum of what came before. */
  readonly crc?: Crc64 | undefined
  /** Those that differ from `PARSER_LIMITS`. */
  readonly limits?: Partial<ParserLimits> | undefined
}

/** All that a record depends on of what came before it, where `RdbParser.start` is not null. */
export interface ParserStart {
  readonly magic: RdbHeader['magic']
  readonly rdbVersion: number
  readonly dialect: DialectName
  readonly db: number
  readonly announcedSlot: number
  /** Offset of the record in the file. */
  readonly offset: number
}

/**
 * Push parser for RDB files: `push` takes bytes as they come, `end` says that there are no more.
 *
 * It is synchronous, opens nothing and waits for nothing; what it finds goes to the visitor, in the order of
 * the file and the same whatever the chunks. Memory stays bounded by `HOLD_BYTES`, not by the file.
 */
export class RdbParser {
  readonly #cursor: Cursor
  readonly #window: Window
  readonly #grammar: Grammar
  readonly #verify: boolean
  readonly #readOn = (): void => this.#goOn()

  constructor(visitor: RdbVisitor, options: ParserOptions = {}) {
    const { resume, crc, salvage = false, decompress = null } = options
    const verify = (resume === undefined || crc !== undefined) && (options.verify ?? true)
    this.#verify = verify
    const limits = { ...PARSER_LIMITS, ...options.limits }
    this.#cursor = new Cursor(visitor)
    this.#window = new Window(this.#cursor, verify, crc)
    this.#grammar = new Grammar(visitor, this.#cursor, this.#window, { salvage, verify, decompress, limits })
    if (resume !== undefined) this.#resume(resume)
  }

  /** True when the dump was read to its end. */
  get done(): boolean {
    return this.#grammar.state === STATE.done
  }

  /**
   * What the next record depends on: with it another parser can go on from here. Null while a record is being read, and
   * for dumps whose records depend on more (templates, forks, times in an unknown byte order).
   */
  get start(): ParserStart | null {
    const { state, key, magic, rdbVersion, dialect } = this.#grammar
    if (state !== STATE.record || key.attributesFrom >= 0 || this.#dependsOnMore) return null
    // The beginning of a record may be kept until its rest comes.
    if (!this.#window.closed && this.#cursor.mark !== this.#cursor.end) return null
    return { magic, rdbVersion, dialect, db: key.db, announcedSlot: key.announcedSlot, offset: this.offset }
  }

  /** A key is being read, all its attributes were, and `start` will not be null behind it. */
  get startFollows(): boolean {
    const { state, decoders } = this.#grammar
    if (this.#dependsOnMore) return false
    if (state === STATE.value || state === STATE.longKey) return true
    const { bytes, mark, end } = this.#cursor
    return state === STATE.record && mark < end && decoders[bytes[mark]!] !== undefined
  }

  get #dependsOnMore(): boolean {
    const { depends, dialect, rdbVersion } = this.#grammar
    if (depends || (dialect !== 'redis' && dialect !== 'valkey')) return true
    return rdbVersion < FIRST_LITTLE_ENDIAN_VERSION
  }

  #resume({ magic, rdbVersion, dialect, db, announcedSlot, offset }: ParserStart): void {
    const grammar = this.#grammar
    grammar.magic = magic
    grammar.rdbVersion = rdbVersion
    grammar.dialect = dialect
    grammar.decoders = decodersFor(dialect, rdbVersion)
    grammar.key.db = db
    grammar.key.announcedSlot = announcedSlot
    grammar.state = STATE.record
    grammar.askVisitor()
    this.#cursor.base = offset
  }

  /**
   * Like `push`, but takes no more than one record: the header, a key with its attributes, or a field. Whether it ended
   * is told by `start`. `push` may go on from there.
   */
  pushRecord(chunk: Uint8Array): number {
    this.#grammar.single = true
    const taken = this.push(chunk)
    this.#grammar.single = false
    return taken
  }

  /** Offset behind the dump, checksum included; known when `done`. */
  get endOffset(): number {
    return this.#grammar.endOffset
  }

  /** Offset of the next byte that has not been read for good. */
  get offset(): number {
    return this.#cursor.base + this.#cursor.mark
  }

  /**
   * Takes the next bytes; they are not needed after the call.
   * @returns how many of them belong to the dump: all, until it is `done`
   * @throws RdbError when the data is not what the format allows
   */
  push(chunk: Uint8Array): number {
    if (this.done || this.#grammar.failed) return 0
    this.#window.open()
    return this.#window.feed(chunk, this.#readOn)
  }

  /**
   * Says that no more bytes come.
   * @throws RdbError when the dump is not complete
   */
  end(): void {
    const grammar = this.#grammar
    if (this.done || grammar.failed) return
    const cursor = this.#cursor
    const at = cursor.base + cursor.end
    if (at === 0) grammar.fail({ code: 'not-an-rdb', what: 'the input is empty' }, 0)
    grammar.failCut(at)
  }

  /**
   * Reads the payload of `DUMP key` instead of a file: no magic, no key name; its version and checksum stand at
   * the end.
   */
  readDumpPayload(payload: Uint8Array, keyName: Uint8Array): void {
    const grammar = this.#grammar
    const footer = 2 + CHECKSUM_BYTES
    if (payload.length <= footer) {
      grammar.fail({ code: 'not-an-rdb', what: 'the input is too short for a DUMP payload' }, 0)
    }
    const versionAt = payload.length - footer
    const rdbVersion = payload[versionAt]! | (payload[versionAt + 1]! << 8)
    const cursor = this.#cursor
    this.#window.hold(payload, versionAt)
    grammar.begin({ magic: 'none', rdbVersion })
    grammar.key.key.setRaw(keyName, 0, keyName.length, 0)
    const complete = grammar.attempt(grammar.readPayload)
    // Behind a payload there is no other key that could be saved.
    const { damage } = grammar.key
    if (damage?.code === 'bad-lzf') throw damage
    if (!complete) grammar.failCut(versionAt)
    if (cursor.pos !== versionAt) {
      const left = versionAt - cursor.pos
      grammar.fail({ code: 'bad-value', what: `${left} bytes follow the value of the DUMP payload` }, cursor.pos)
    }
    cursor.end = payload.length
    cursor.pos = versionAt + 2
    if (this.#verify) this.#window.crc.update(payload, 0, cursor.pos)
    grammar.checksum()
  }

  /** Reads on with what is at hand. */
  #goOn(): void {
    const grammar = this.#grammar
    this.#cursor.wanted = 0
    grammar.attempt(grammar.readFile)
    if (grammar.state === STATE.value || grammar.state === STATE.longKey) grammar.key.key.pin()
  }

  // Going on behind damage.

  /** Where reading stopped, and the last length before that which may have led there. */
  get lost(): {
    readonly offset: number
    readonly recordAt: number
    readonly bigLengthAt: number
    readonly bigLength: number
    /** Nothing is wrong but that the dump ends here. */
    readonly endDoubted: boolean
  } {
    const { offset, base, mark, bigLengthAt, bigLength, long, skipping } = this.#cursor
    const { state, key, doubts } = this.#grammar
    const recordAt = state === STATE.value ? key.offset : base + mark
    return {
      offset: offset + skipping + long.remaining,
      recordAt,
      bigLengthAt,
      bigLength,
      endDoubted: doubts.endDoubted,
    }
  }

  /** Offset behind the last byte there is, where that is known: a string that reaches behind it is an error at once. */
  set limit(offset: number) {
    this.#cursor.limit = offset
  }

  /** Tries again what failed for want of bytes; for a `limit` that became known. */
  retry(): void {
    if (!this.done && !this.#grammar.failed) this.#goOn()
  }

  /** Gives up the record at hand. A key whose value was being read ends as a damaged one. */
  abandon(error: RdbError): void {
    this.#grammar.abandon(error)
  }

  /** After `abandon`: the next chunk begins at `offset`, with a record. The checksum is not computed any more. */
  resumeAt(offset: number): void {
    this.#window.restart(offset)
    this.#grammar.restart()
  }

  /** Reads one chunk only after each `resumeAt`, and keeps nothing of it. */
  readOnce(): void {
    this.#window.keepsRest = false
  }

  /** Reads records like another parser that is at work on the same file. */
  adopt(other: RdbParser): void {
    this.#grammar.adopt(other.#grammar)
  }

  /** Bits that a key name proves, given what names of the dump were like so far (with `salvage`). */
  judgedName(name: RdbString, bits: number): number {
    return this.#grammar.doubts.habits.judged(name, bits)
  }

  /** True when a record may begin with this byte. */
  mayBegin(byte: number): boolean {
    const { decoders, dialect, rdbVersion } = this.#grammar
    return decoders[byte] !== undefined || isOpcode(byte, dialect, rdbVersion)
  }
}
