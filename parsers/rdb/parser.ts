import { Cursor } from './cursor.js'
import { isKnownVersion, isOpcode, KNOWN_VERSIONS, OPCODE, unknownTypeHint } from './dialects.js'
import { Doubts } from './doubts.js'
import type { Decompress } from './dragonfly.js'
import { CHECKSUM_BYTES, readEnd } from './end.js'
import { RdbError, type RdbLocation, type RdbWarning } from './errors.js'
import { ExpiryReader, FIRST_LITTLE_ENDIAN_VERSION } from './expiry.js'
import { readHeader } from './header.js'
import { KeyState, shownKey } from './key.js'
import { PARSER_LIMITS, type ParserLimits } from './limits.js'
import { NEED_MORE } from './need-more.js'
import { RecordReader } from './records.js'
import { RUN_NAME_BYTES, RUN_RECORDS, StringRun } from './string-run.js'
import { type RdbString, STRING_FORM } from './strings.js'
import { decodersFor, type ValueDecoder } from './values/index.js'
import { ValueReader } from './values/reader.js'
import { string as stringDecoder } from './values/string.js'
import { HashTemplates } from './values/templates.js'
import { type DialectName, PART, type RdbHeader, type RdbVisitor } from './visitor.js'
import { Window } from './window.js'

export interface ParserOptions {
  /** Damage inside a compressed blob of a Dragonfly file costs the rest of the blob, not of the file. */
  readonly salvage?: boolean
  /** Compute the CRC-64 of the dump; default true. */
  readonly verify?: boolean
  /** Decompresses the blobs of Dragonfly files. */
  readonly decompress?: Decompress
  /** Begins at a record in the middle of a dump; the checksum is not computed then. */
  readonly resume?: ParserStart
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

/** First bytes kept of a key longer than what is held. */
const LONG_KEY_BYTES = 4096
const BIG_ENDIAN = 'expiry times make sense only with their bytes reversed: a big-endian machine wrote this file'

const STATE = { header: 0, record: 1, longKey: 2, value: 3, body: 4, checksum: 5, done: 6 } as const

/**
 * Push parser for RDB files: `push` takes bytes as they come, `end` says that there are no more.
 *
 * It is synchronous, opens nothing and waits for nothing; what it finds goes to the visitor, in the order of
 * the file and the same whatever the chunks. Memory stays bounded by `HOLD_BYTES`, not by the file.
 */
export class RdbParser {
  /** True when the dump was read to its end. */
  done = false
  readonly #visitor: RdbVisitor
  readonly #verify: boolean
  readonly #cursor: Cursor
  readonly #window: Window
  readonly #values: ValueReader
  readonly #records: RecordReader
  readonly #expiry: ExpiryReader
  readonly #key = new KeyState()
  readonly #doubts: Doubts
  readonly #readOn = (): void => this.#goOn()
  #state: number = STATE.header
  #decoder: ValueDecoder = stringDecoder
  #decoders: readonly (ValueDecoder | undefined)[] = []
  #dialect: DialectName = 'redis'
  #rdbVersion = 0
  /** A record that may be interrupted by the end of the data (module data, templates, long AUX values). */
  #body: (() => void) | null = null
  #endOffset = 0
  /** True while the cursor is in the records of a compressed blob. */
  #insideBlob = false
  #failed = false
  /** False once bytes were passed over: the checksum of the rest says nothing. */
  #summed = true
  readonly #salvage: boolean
  readonly #keyBytes: number
  /** LZF data met in the record at hand that cannot be decoded. */
  #lzfDamage: RdbError | null = null
  #magic: RdbHeader['magic'] = 'none'
  /** Stops behind the record at hand. */
  #single = false
  /** Records came that others depend on in ways that `start` does not tell. */
  #depends = false
  /** For a visitor that takes string records together. */
  #run: StringRun | null = null
  /** For a visitor that takes packed values by their sums. */
  #takesPacked = false

  constructor(visitor: RdbVisitor, options: ParserOptions = {}) {
    this.#visitor = visitor
    this.#verify = options.resume === undefined && (options.verify ?? true)
    this.#salvage = options.salvage ?? false
    const limits = { ...PARSER_LIMITS, ...options.limits }
    this.#keyBytes = limits.keyBytes
    this.#cursor = new Cursor(visitor)
    this.#cursor.locate = (offset) => this.#locate(offset)
    this.#doubts = new Doubts(this.#cursor, this.#key)
    this.#window = new Window(this.#cursor, this.#verify)
    const warn = (code: RdbWarning['code'], message: string): void => this.#warn(code, message)
    this.#values = new ValueReader(this.#cursor, visitor, new HashTemplates(limits.templateBytes), warn, limits)
    this.#expiry = new ExpiryReader(this.#cursor, () => this.#warn('byte-order', BIG_ENDIAN))
    this.#records = new RecordReader(this.#values, this.#key, options.decompress ?? null)
    const onDamage = (what: string): void => {
      this.#lzfDamage ??= new RdbError({ code: 'bad-lzf', what }, this.#locate(this.#cursor.offset))
    }
    for (const string of [this.#key.key, ...this.#values.strings, ...this.#records.strings]) string.onDamage = onDamage
    this.#cursor.long.onDamage = (error) => {
      this.#lzfDamage ??= error
    }
    if (options.resume !== undefined) this.#resume(options.resume)
  }

  /**
   * What the next record depends on: with it another parser can go on from here. Null while a record is being read, and
   * for dumps whose records depend on more (templates, forks, times in an unknown byte order).
   */
  get start(): ParserStart | null {
    const key = this.#key
    if (this.#state !== STATE.record || key.attributesFrom >= 0 || this.#depends) return null
    // The beginning of a record may be kept until its rest comes.
    if (!this.#window.closed && this.#cursor.mark !== this.#cursor.end) return null
    const dialect = this.#dialect
    if (dialect !== 'redis' && dialect !== 'valkey') return null
    if (this.#rdbVersion < FIRST_LITTLE_ENDIAN_VERSION) return null
    return {
      magic: this.#magic,
      rdbVersion: this.#rdbVersion,
      dialect,
      db: key.db,
      announcedSlot: key.announcedSlot,
      offset: this.offset,
    }
  }

  #resume({ magic, rdbVersion, dialect, db, announcedSlot, offset }: ParserStart): void {
    this.#magic = magic
    this.#rdbVersion = rdbVersion
    this.#expiry.rdbVersion = rdbVersion
    this.#dialect = dialect
    this.#decoders = decodersFor(dialect, rdbVersion)
    this.#key.db = db
    this.#key.announcedSlot = announcedSlot
    this.#cursor.base = offset
    this.#state = STATE.record
    this.#askVisitor()
  }

  /** What the visitor takes in other ways than key by key; damage is looked for key by key. */
  #askVisitor(): void {
    if (this.#salvage) return
    const { takesPacked = false, stringRoom = 0 } = this.#visitor
    this.#takesPacked = takesPacked
    if (stringRoom > 0 && this.#keyBytes >= RUN_NAME_BYTES) this.#run ??= new StringRun()
  }

  /**
   * Like `push`, but takes no more than one record: the header, a key with its attributes, or a field. Whether it ended is told
   * by `start`.
   */
  pushRecord(chunk: Uint8Array): number {
    this.#single = true
    this.#window.open()
    const taken = this.push(chunk)
    this.#single = false
    return taken
  }

  /** Offset behind the dump, checksum included; known when `done`. */
  get endOffset(): number {
    return this.#endOffset
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
    if (this.done || this.#failed) return 0
    return this.#window.feed(chunk, this.#readOn)
  }

  /**
   * Says that no more bytes come.
   * @throws RdbError when the dump is not complete
   */
  end(): void {
    if (this.done || this.#failed) return
    const cursor = this.#cursor
    const at = cursor.base + cursor.end
    if (at === 0) this.#fail({ code: 'not-an-rdb', what: 'the input is empty' }, 0)
    this.#fail({ code: 'truncated', what: this.#what(), missingBytes: cursor.missingBytes }, at)
  }

  /**
   * Reads the payload of `DUMP key` instead of a file: no magic, no key name; its version and checksum stand at
   * the end.
   */
  readDumpPayload(payload: Uint8Array, keyName: Uint8Array): void {
    const footer = 2 + CHECKSUM_BYTES
    if (payload.length <= footer) {
      this.#fail({ code: 'not-an-rdb', what: 'the input is too short for a DUMP payload' }, 0)
    }
    const versionAt = payload.length - footer
    const rdbVersion = payload[versionAt]! | (payload[versionAt + 1]! << 8)
    const cursor = this.#cursor
    this.#window.hold(payload, versionAt)
    this.#begin({ magic: 'none', rdbVersion })
    this.#key.key.setRaw(keyName, 0, keyName.length, 0)
    const complete = this.#attempt(() => this.#payloadLoop())
    // Behind a payload there is no other key that could be saved.
    const { damage } = this.#key
    if (damage?.code === 'bad-lzf') throw damage
    if (!complete) {
      this.#fail({ code: 'truncated', what: this.#what(), missingBytes: cursor.missingBytes }, versionAt)
    }
    if (cursor.pos !== versionAt) {
      const left = versionAt - cursor.pos
      this.#fail({ code: 'bad-value', what: `${left} bytes follow the value of the DUMP payload` }, cursor.pos)
    }
    cursor.end = payload.length
    cursor.pos = versionAt + 2
    if (this.#verify) this.#window.crc.update(payload, 0, cursor.pos)
    this.#checksum()
  }

  /** Reads on with what is at hand. */
  #goOn(): void {
    this.#cursor.wanted = 0
    this.#attempt(this.#fileLoop)
    if (this.#state === STATE.value || this.#state === STATE.longKey) this.#key.key.pin()
  }

  /** Runs `loop` until it is through (true) or the data at hand is used up (false); it is entered again with more. */
  #attempt(loop: () => void): boolean {
    const cursor = this.#cursor
    for (;;) {
      try {
        loop()
        return true
      } catch (error) {
        if (error !== NEED_MORE) {
          this.#failed = true
          throw error
        }
        cursor.pos = cursor.mark
        if (this.#state !== STATE.value || !this.#values.refill()) return false
      }
    }
  }

  // The grammar: one step is a record, or the next part of one that the data cut.

  readonly #fileLoop = (): void => {
    if (this.#single) {
      do this.#step()
      while (this.#state !== STATE.done && (this.#state !== STATE.record || this.#key.attributesFrom >= 0))
      this.#window.close()
      return
    }
    while (this.#state !== STATE.done) {
      if (this.#run !== null && this.#state === STATE.record) this.#readStrings(this.#run)
      this.#step()
    }
  }

  /** As many string records as there are at hand. */
  #readStrings(run: StringRun): void {
    const cursor = this.#cursor
    const key = this.#key
    const type = cursor.bytes[cursor.pos]
    if (type !== stringDecoder.typeId && (type! < OPCODE.idle || type! > OPCODE.expireMs)) return
    if (key.attributesFrom >= 0) return
    run.db = key.db
    const withAttributes = this.#rdbVersion >= FIRST_LITTLE_ENDIAN_VERSION
    let room = 0
    do {
      room = Math.min(this.#visitor.stringRoom!, RUN_RECORDS)
      run.read(cursor, room, withAttributes)
      if (run.length > 0) this.#visitor.stringRun!(run)
    } while (run.length === room && room > 0)
  }

  #step(): void {
    switch (this.#state) {
      case STATE.record:
        this.#record()
        break
      case STATE.value:
        this.#finishValue()
        break
      case STATE.body:
        this.#body!()
        this.#cursor.commit()
        this.#cursor.long.quiet = false
        this.#state = STATE.record
        if (this.#lzfDamage !== null) this.#damageRecord()
        break
      case STATE.header:
        this.#header()
        break
      case STATE.longKey:
        this.#longKey()
        break
      case STATE.checksum:
        this.#checksum()
        break
    }
  }

  #header(): void {
    const header = readHeader(this.#cursor)
    this.#state = STATE.record
    this.#begin(header)
  }

  /** A DUMP payload has no magic: versions from 80 on are Valkey's. */
  #begin(header: RdbHeader): void {
    const { rdbVersion } = header
    const guessed = rdbVersion >= KNOWN_VERSIONS.valkeyFirst ? 'VALKEY' : 'REDIS'
    const magic = header.magic === 'none' ? guessed : header.magic
    this.#magic = magic
    this.#rdbVersion = rdbVersion
    this.#expiry.rdbVersion = rdbVersion
    this.#visitor.header(header)
    this.#setDialect(magic === 'VALKEY' ? 'valkey' : 'redis')
    if (isKnownVersion(magic, rdbVersion)) return
    this.#warn(
      'newer-version',
      `the file says ${magic} RDB version ${rdbVersion}; this build knows 1-16 (REDIS), 80 and 81 (VALKEY) and reads on as long as all types are known`,
    )
  }

  #setDialect(dialect: DialectName): void {
    this.#dialect = dialect
    this.#decoders = decodersFor(dialect, this.#rdbVersion)
    this.#askVisitor()
    this.#visitor.dialect(dialect)
  }

  /** One record: a key, or an opcode with its data. */
  #record(): void {
    const cursor = this.#cursor
    const type = cursor.u8()
    const decoder = this.#decoders[type]
    if (decoder === undefined) {
      this.#opcode(type)
      return
    }
    const { key } = this.#key
    if (!cursor.string(key)) {
      this.#decoder = decoder
      this.#key.offset = cursor.base + cursor.mark
      this.#state = STATE.longKey
      cursor.commit()
      return
    }
    if (key.form !== 0) key.load()
    if (key.length > this.#keyBytes) {
      this.#cutKey(decoder)
      return
    }
    if (decoder === stringDecoder) {
      // The commonest record is read as a whole before anybody hears of it.
      const value = this.#values.a
      if (cursor.string(value)) {
        this.#shortString(value)
        return
      }
    }
    if (decoder.packed !== undefined && this.#takesPacked && this.#packedKey(decoder)) return
    this.#key.offset = cursor.base + cursor.mark
    cursor.commit()
    this.#beginValue(decoder)
  }

  /** Shows a key whose value is one container by the sums of that; false where it has to be read in the usual way. */
  #packedKey(decoder: ValueDecoder): boolean {
    const key = this.#key
    const cursor = this.#cursor
    const start = cursor.pos
    const values = this.#values
    const elements = values.packedSums(decoder.packed!)
    if (elements > 0 && this.#lzfDamage === null) {
      key.layout = decoder
      key.offset = key.attributesFrom >= 0 ? key.attributesFrom : cursor.base + cursor.mark
      key.elements = elements
      key.damage = null
      key.rdbBytes = cursor.offset - key.offset
      if (this.#visitor.packedKey!(key, values.container)) {
        cursor.commit()
        key.clearAttributes()
        return true
      }
    }
    cursor.pos = start
    return false
  }

  /** A string key whose record is at hand from end to end. */
  #shortString(value: RdbString): void {
    const key = this.#key
    const cursor = this.#cursor
    key.layout = stringDecoder
    key.offset = key.attributesFrom >= 0 ? key.attributesFrom : cursor.base + cursor.mark
    key.elements = 1
    key.damage = null
    if (this.#salvage) this.#doubts.name()
    cursor.commit()
    key.rdbBytes = cursor.offset - key.offset
    if (this.#visitor.key(key) && this.#visitor.wantsElements) this.#visitor.string(value)
    if (this.#lzfDamage !== null) this.#damageKey()
    this.#visitor.endKey(key)
    key.clearAttributes()
  }

  #beginValue(decoder: ValueDecoder): void {
    const key = this.#key
    if (key.attributesFrom >= 0) key.offset = key.attributesFrom
    key.layout = decoder
    key.elements = 0
    key.rdbBytes = 0
    key.damage = null
    this.#decoder = decoder
    const values = this.#values
    values.reset()
    this.#state = STATE.value
    if (this.#salvage) this.#doubts.habits.note(key.key)
    const wanted = this.#visitor.key(key)
    values.skim = !wanted || !this.#visitor.wantsElements
    this.#cursor.long.quiet = values.skim
  }

  #finishValue(): void {
    const values = this.#values
    this.#decoder.read(values)
    const cursor = this.#cursor
    cursor.commit()
    const key = this.#key
    key.elements = values.elements
    key.damage = values.damage
    if (this.#lzfDamage !== null) this.#damageKey()
    key.rdbBytes = cursor.offset - key.offset
    this.#state = STATE.record
    cursor.long.quiet = false
    if (key.elements === 0 && key.damage === null && this.#decoder.mayBeEmpty !== true) {
      this.#warn('empty-collection', 'a collection without elements; a server would skip it')
    }
    this.#visitor.endKey(key)
    key.clearAttributes()
  }

  /** Damage inside a compressed string shows only when somebody looks at it. The file can be read on behind it. */
  #damageKey(): void {
    const error = this.#lzfDamage!
    this.#lzfDamage = null
    if (this.#key.damage !== null) return
    this.#key.damage = error
    this.#warn('damaged-key', error.message)
  }

  /** The same in a record that is no key. */
  #damageRecord(): void {
    const error = this.#lzfDamage!
    this.#lzfDamage = null
    this.#warn('damaged-field', error.message)
  }

  /** A key name above `HOLD_BYTES`: its first bytes are kept, the rest is counted. */
  #longKey(): void {
    const { key } = this.#key
    this.#cursor.long.readHead(key, this.#keyBytes, PART.key, Math.min(LONG_KEY_BYTES, this.#keyBytes))
    if (key.length <= this.#keyBytes) key.form = STRING_FORM.raw
    else this.#warn('long-key', `a key name of ${key.length} bytes; only its first ${key.end - key.start} are shown`)
    this.#cursor.commit()
    this.#beginValue(this.#decoder)
  }

  /** A name that was read, and is longer than what may be kept. */
  #cutKey(decoder: ValueDecoder): void {
    const cursor = this.#cursor
    const { key } = this.#key
    const head = key.bytes.slice(key.start, key.start + Math.min(LONG_KEY_BYTES, this.#keyBytes))
    key.setStreamed(key.length, key.storedBytes, key.compressedBytes, head)
    this.#key.offset = cursor.base + cursor.mark
    cursor.commit()
    this.#warn('long-key', `a key name of ${key.length} bytes; only its first ${head.length} are shown`)
    this.#beginValue(decoder)
  }

  #decoderOf(type: number): ValueDecoder {
    const decoder = this.#decoders[type]
    if (decoder === undefined) this.#unknown(type)
    return decoder
  }

  #unknown(type: number): never {
    const hint = unknownTypeHint(this.#dialect, type, this.#rdbVersion)
    this.#fail({ code: 'unknown-type', typeId: type, hint }, this.#cursor.offset - 1)
  }

  #opcode(opcode: number): void {
    const cursor = this.#cursor
    const key = this.#key
    const start = cursor.base + cursor.mark
    switch (opcode) {
      case OPCODE.expireMs:
        key.expiresAtMs = this.#expiry.milliseconds()
        break
      case OPCODE.expireSeconds:
        key.expiresAtMs = this.#expiry.seconds()
        break
      case OPCODE.idle:
        key.idleSeconds = cursor.length()
        break
      case OPCODE.freq:
        key.freq = cursor.u8()
        break
      case OPCODE.selectDb: {
        const db = cursor.length()
        if (db > 0x7fffffff) this.#fail({ code: 'bad-opcode', what: `database number ${db} cannot be right` }, start)
        if (this.#salvage || !this.#window.keepsRest) this.#doubts.database(start, this.#salvage)
        cursor.commit()
        key.db = db
        key.announcedSlot = -1
        this.#visitor.selectDb(db)
        return
      }
      case OPCODE.eof:
        if (this.#insideBlob) this.#fail({ code: 'bad-opcode', what: 'the dump ends inside a compressed blob' }, start)
        if (this.#salvage) this.#doubts.end(start, this.#rdbVersion)
        cursor.commit()
        this.#window.endSum()
        this.#state = STATE.checksum
        return
      default:
        this.#otherOpcode(opcode)
        return
    }
    cursor.commit()
    if (key.attributesFrom < 0) key.attributesFrom = start
  }

  #otherOpcode(opcode: number): void {
    const cursor = this.#cursor
    const start = cursor.base + cursor.mark
    if (opcode === OPCODE.templateOrUpdate || opcode === OPCODE.keyMetaOrSlotImport) this.#depends = true
    const found = this.#records.read(opcode, this.#dialect, this.#rdbVersion)
    if (found === null) this.#unknown(opcode)
    if (this.#records.attribute && this.#key.attributesFrom < 0) this.#key.attributesFrom = start
    if (this.#records.dragonfly && this.#dialect !== 'dragonfly') this.#setDialect('dragonfly')
    if (this.#records.keydb && this.#dialect === 'redis') this.#setDialect('keydb')
    cursor.commit()
    if (this.#lzfDamage !== null) this.#damageRecord()
    if (found === 'done') return
    if (typeof found === 'object') {
      this.#readBlob(found.blob)
      return
    }
    this.#values.reset()
    cursor.long.quiet = this.#records.hidden
    this.#body = found
    this.#state = STATE.body
  }

  /**
   * Records inside a compressed blob of a Dragonfly file: read to the end, then back to the file. Their offsets
   * count on from where the blob stands.
   */
  #readBlob(records: Uint8Array): void {
    const cursor = this.#cursor
    if (this.#insideBlob) {
      this.#fail({ code: 'bad-opcode', what: 'a compressed blob inside a compressed blob' }, cursor.offset)
    }
    const { bytes, pos, end, base, mark, limit } = cursor
    const blobOffset = base + mark
    cursor.bytes = records
    cursor.base = blobOffset
    cursor.pos = 0
    cursor.mark = 0
    cursor.end = records.length
    // Decompressed, the records may be longer than the whole file.
    cursor.limit = Number.POSITIVE_INFINITY
    this.#insideBlob = true
    try {
      const complete = this.#attempt(() => {
        while (cursor.pos < cursor.end || this.#state !== STATE.record) this.#step()
      })
      if (!complete) this.#fail({ code: 'bad-value', what: 'the last record of a compressed blob is cut' }, blobOffset)
    } catch (error) {
      // The blob is behind us as a whole, so the file can be read on.
      if (!this.#salvage || !(error instanceof RdbError)) throw error
      const left = cursor.end - cursor.mark
      this.abandon(error)
      this.#warn('skipped', `${left} bytes of a compressed blob of ${cursor.end} were passed over: ${error.message}`)
    }
    cursor.skipping = 0
    this.#insideBlob = false
    cursor.bytes = bytes
    cursor.base = base
    cursor.pos = pos
    cursor.mark = mark
    cursor.end = end
    cursor.limit = limit
  }

  /** Attributes, type and value of a DUMP payload. */
  #payloadLoop(): void {
    if (this.#state === STATE.header) {
      this.#records.readPayloadAttributes(this.#dialect)
      this.#beginValue(this.#decoderOf(this.#cursor.u8()))
    }
    if (this.#state === STATE.value) this.#finishValue()
  }

  #checksum(): void {
    const end = readEnd(this.#cursor, this.#rdbVersion, this.#verify && this.#summed ? this.#window.crc : null)
    this.#state = STATE.done
    this.#window.close()
    this.done = true
    this.#endOffset = end.endOffset
    this.#visitor.end(end)
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
    const recordAt = this.#state === STATE.value ? this.#key.offset : base + mark
    return {
      offset: offset + skipping + long.remaining,
      recordAt,
      bigLengthAt,
      bigLength,
      endDoubted: this.#doubts.endDoubted,
    }
  }

  /** Offset behind the last byte there is, where that is known: a string that reaches behind it is an error at once. */
  set limit(offset: number) {
    this.#cursor.limit = offset
  }

  /** Tries again what failed for want of bytes; for a `limit` that became known. */
  retry(): void {
    if (!this.done && !this.#failed) this.#goOn()
  }

  /** Gives up the record at hand. A key whose value was being read ends as a damaged one. */
  abandon(error: RdbError): void {
    const key = this.#key
    if (this.#state === STATE.value) {
      const values = this.#values
      values.breakOff()
      key.elements = values.elements
      key.damage = error
      key.rdbBytes = this.#cursor.offset - key.offset
      this.#warn('damaged-key', error.message)
      this.#visitor.endKey(key)
    }
    this.#forget()
  }

  #forget(): void {
    this.#cursor.long.stop()
    this.#values.reset()
    this.#lzfDamage = null
    this.#doubts.forget()
    this.#key.clearAttributes()
    this.#state = STATE.record
    this.#failed = false
  }

  /** After `abandon`: the next chunk begins at `offset`, with a record. The checksum is not computed any more. */
  resumeAt(offset: number): void {
    this.#window.restart(offset)
    this.#summed = false
    this.#insideBlob = false
    this.done = false
    this.#forget()
  }

  /** Reads one chunk only after each `resumeAt`, and keeps nothing of it. */
  readOnce(): void {
    this.#window.keepsRest = false
  }

  /** Reads records like another parser that is at work on the same file. */
  adopt(other: RdbParser): void {
    this.#rdbVersion = other.#rdbVersion
    this.#expiry.rdbVersion = other.#rdbVersion
    this.#dialect = other.#dialect
    this.#decoders = other.#decoders
    this.#doubts.adopt(other.#doubts)
    this.#values.templates.copyFrom(other.#values.templates)
  }

  /** Bits that a key name proves, given what names of the dump were like so far (with `salvage`). */
  judgedName(name: RdbString, bits: number): number {
    return this.#doubts.habits.judged(name, bits)
  }

  /** True when a record may begin with this byte. */
  mayBegin(byte: number): boolean {
    return this.#decoders[byte] !== undefined || isOpcode(byte, this.#dialect, this.#rdbVersion)
  }

  // Errors.

  #what(): string {
    switch (this.#state) {
      case STATE.header:
        return 'the header'
      case STATE.value:
        return 'the value'
      case STATE.longKey:
        return 'the key name'
      case STATE.checksum:
        return 'the checksum behind the end'
      default:
        return 'the next record'
    }
  }

  #fail(problem: RdbError['problem'], offset: number): never {
    this.#failed = true
    throw new RdbError(problem, this.#locate(offset))
  }

  #warn(code: RdbWarning['code'], message: string): void {
    this.#visitor.warning({ code, message, at: this.#locate(this.#cursor.base + this.#cursor.mark) })
  }

  #locate(offset: number): RdbLocation {
    const key = this.#key
    if (this.#state !== STATE.value) return { offset, db: key.db }
    return { offset, db: key.db, key: shownKey(key.key), typeId: key.layout.typeId, layout: key.layout.name }
  }
}
