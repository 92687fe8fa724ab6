import type { Cursor } from './cursor.js'
import { isKnownVersion, KNOWN_VERSIONS, OPCODE, unknownTypeHint } from './dialects.js'
import { Doubts } from './doubts.js'
import type { Decompress } from './dragonfly.js'
import { readEnd } from './end.js'
import { RdbError, type RdbLocation, type RdbWarning } from './errors.js'
import { ExpiryReader, FIRST_LITTLE_ENDIAN_VERSION } from './expiry.js'
import { readHeader } from './header.js'
import { KeyState, shownKey } from './key.js'
import type { ParserLimits } from './limits.js'
import { NEED_MORE } from './need-more.js'
import { RecordReader } from './records.js'
import { RUN_NAME_BYTES, RUN_RECORDS, StringRun } from './string-run.js'
import { type RdbString, STRING_FORM } from './strings.js'
import { decodersFor, type ValueDecoder } from './values/index.js'
import { ValueReader } from './values/reader.js'
import { string as stringDecoder } from './values/string.js'
import { HashTemplates } from './values/templates.js'
import { type DialectName, PART, type RdbHeader, type RdbVisitor } from './visitor.js'
import type { Window } from './window.js'

/** First bytes kept of a key longer than what is held. */
const LONG_KEY_BYTES = 4096
const BIG_ENDIAN = 'expiry times make sense only with their bytes reversed: a big-endian machine wrote this file'

/** What comes next in the file. */
export const STATE = { header: 0, record: 1, longKey: 2, value: 3, body: 4, checksum: 5, done: 6 } as const

export interface GrammarOptions {
  /** Damage is looked for in what reads like sound data, and in a compressed blob costs no more than its rest. */
  readonly salvage: boolean
  readonly verify: boolean
  readonly decompress: Decompress | null
  readonly limits: ParserLimits
}

/**
 * The grammar of an RDB file: a header, records, a checksum. One step reads a record at the cursor, or the next part of
 * one that the data cut, and tells the visitor. Where the bytes come from is up to `RdbParser`.
 */
export class Grammar {
  state: number = STATE.header
  /** An error ended the reading. */
  failed = false
  magic: RdbHeader['magic'] = 'none'
  rdbVersion = 0
  dialect: DialectName = 'redis'
  decoders: readonly (ValueDecoder | undefined)[] = []
  /** `loop` stops behind the record at hand. */
  single = false
  /** Offset behind the dump, checksum included. */
  endOffset = 0
  readonly key = new KeyState()
  readonly doubts: Doubts
  #depends = false
  readonly #visitor: RdbVisitor
  readonly #cursor: Cursor
  readonly #window: Window
  readonly #values: ValueReader
  readonly #records: RecordReader
  readonly #expiry: ExpiryReader
  readonly #salvage: boolean
  readonly #verify: boolean
  readonly #keyBytes: number
  #decoder: ValueDecoder = stringDecoder
  /** A record that may be interrupted by the end of the data (module data, templates, long AUX values). */
  #body: (() => void) | null = null
  /** LZF data met in the record at hand that cannot be decoded. */
  #lzfDamage: RdbError | null = null
  /** False once bytes were passed over: the checksum of the rest says nothing. */
  #summed = true
  /** True while the cursor is in the records of a compressed blob. */
  #insideBlob = false
  /** For a visitor that takes string records together. */
  #run: StringRun | null = null
  /** For a visitor that takes packed values by their sums. */
  #takesPacked = false

  constructor(visitor: RdbVisitor, cursor: Cursor, window: Window, options: GrammarOptions) {
    this.#visitor = visitor
    this.#cursor = cursor
    this.#window = window
    this.#salvage = options.salvage
    this.#verify = options.verify
    const { limits } = options
    this.#keyBytes = limits.keyBytes
    cursor.locate = (offset) => this.#locate(offset)
    this.doubts = new Doubts(cursor, this.key)
    const warn = (code: RdbWarning['code'], message: string): void => this.#warn(code, message)
    this.#values = new ValueReader(cursor, visitor, new HashTemplates(limits.templateBytes), warn, limits)
    this.#expiry = new ExpiryReader(cursor, () => this.#warn('byte-order', BIG_ENDIAN))
    this.#records = new RecordReader(this.#values, this.key, options.decompress)
    const onDamage = (what: string): void => {
      this.#lzfDamage ??= new RdbError({ code: 'bad-lzf', what }, this.#locate(cursor.offset))
    }
    for (const string of [this.key.key, ...this.#values.strings, ...this.#records.strings]) string.onDamage = onDamage
    cursor.long.onDamage = (error) => {
      this.#lzfDamage ??= error
    }
  }

  /** Runs `loop` until it is through (true) or the data at hand is used up (false); it is entered again with more. */
  attempt(loop: () => void): boolean {
    const cursor = this.#cursor
    for (;;) {
      try {
        loop()
        return true
      } catch (error) {
        if (error !== NEED_MORE) {
          this.failed = true
          throw error
        }
        cursor.pos = cursor.mark
        if (this.state !== STATE.value || !this.#values.refill()) return false
      }
    }
  }

  /** For `attempt`: the file, up to its end or, with `single`, a record of it. */
  readonly readFile = (): void => {
    if (this.single) {
      do this.#step()
      while (this.state !== STATE.done && (this.state !== STATE.record || this.key.attributesFrom >= 0))
      this.#window.close()
      return
    }
    while (this.state !== STATE.done) {
      if (this.#run !== null && this.state === STATE.record) this.#readStrings(this.#run)
      this.#step()
    }
  }

  /** As many string records as there are at hand. */
  #readStrings(run: StringRun): void {
    const cursor = this.#cursor
    const key = this.key
    const type = cursor.bytes[cursor.pos]
    if (type !== stringDecoder.typeId && (type! < OPCODE.idle || type! > OPCODE.expireMs)) return
    if (key.attributesFrom >= 0) return
    run.db = key.db
    const withAttributes = this.rdbVersion >= FIRST_LITTLE_ENDIAN_VERSION
    let room = 0
    do {
      room = Math.min(this.#visitor.stringRoom!, RUN_RECORDS)
      run.read(cursor, room, withAttributes)
      if (run.length > 0) this.#visitor.stringRun!(run)
    } while (run.length === room && room > 0)
  }

  #step(): void {
    switch (this.state) {
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
        this.state = STATE.record
        if (this.#lzfDamage !== null) this.#damageRecord()
        break
      case STATE.header:
        this.#header()
        break
      case STATE.longKey:
        this.#longKey()
        break
      case STATE.checksum:
        this.checksum()
        break
    }
  }

  #header(): void {
    const header = readHeader(this.#cursor)
    this.state = STATE.record
    this.begin(header)
  }

  /** A DUMP payload has no magic: versions from 80 on are Valkey's. */
  begin(header: RdbHeader): void {
    const { rdbVersion } = header
    const guessed = rdbVersion >= KNOWN_VERSIONS.valkeyFirst ? 'VALKEY' : 'REDIS'
    const magic = header.magic === 'none' ? guessed : header.magic
    this.magic = magic
    this.rdbVersion = rdbVersion
    this.#visitor.header(header)
    this.#setDialect(magic === 'VALKEY' ? 'valkey' : 'redis')
    if (isKnownVersion(magic, rdbVersion)) return
    this.#warn(
      'newer-version',
      `the file says ${magic} RDB version ${rdbVersion}; this build knows 1-16 (REDIS), 80 and 81 (VALKEY) and reads on as long as all types are known`,
    )
  }

  /** What the visitor takes in other ways than key by key; damage is looked for key by key. */
  askVisitor(): void {
    if (this.#salvage) return
    const { takesPacked = false, stringRoom = 0 } = this.#visitor
    this.#takesPacked = takesPacked
    if (stringRoom > 0 && this.#keyBytes >= RUN_NAME_BYTES) this.#run ??= new StringRun()
  }

  #setDialect(dialect: DialectName): void {
    this.dialect = dialect
    this.decoders = decodersFor(dialect, this.rdbVersion)
    this.askVisitor()
    this.#visitor.dialect(dialect)
  }

  /** One record: a key, or an opcode with its data. */
  #record(): void {
    const cursor = this.#cursor
    const type = cursor.u8()
    const decoder = this.decoders[type]
    if (decoder === undefined) {
      this.#opcode(type)
      return
    }
    const { key } = this.key
    if (!cursor.string(key)) {
      this.#decoder = decoder
      this.key.offset = cursor.base + cursor.mark
      this.state = STATE.longKey
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
    this.key.offset = cursor.base + cursor.mark
    cursor.commit()
    this.#beginValue(decoder)
  }

  /** Shows a key whose value is one container by the sums of that; false where it has to be read in the usual way. */
  #packedKey(decoder: ValueDecoder): boolean {
    const key = this.key
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
    const key = this.key
    const cursor = this.#cursor
    key.layout = stringDecoder
    key.offset = key.attributesFrom >= 0 ? key.attributesFrom : cursor.base + cursor.mark
    key.elements = 1
    key.damage = null
    if (this.#salvage) this.doubts.name()
    cursor.commit()
    key.rdbBytes = cursor.offset - key.offset
    if (this.#visitor.key(key) && this.#visitor.wantsElements) this.#visitor.string(value)
    if (this.#lzfDamage !== null) this.#damageKey()
    this.#visitor.endKey(key)
    key.clearAttributes()
  }

  #beginValue(decoder: ValueDecoder): void {
    const key = this.key
    if (key.attributesFrom >= 0) key.offset = key.attributesFrom
    key.layout = decoder
    key.elements = 0
    key.rdbBytes = 0
    key.damage = null
    this.#decoder = decoder
    const values = this.#values
    values.reset()
    this.state = STATE.value
    if (this.#salvage) this.doubts.habits.note(key.key)
    const wanted = this.#visitor.key(key)
    values.skim = !wanted || !this.#visitor.wantsElements
    this.#cursor.long.quiet = values.skim
  }

  #finishValue(): void {
    const values = this.#values
    this.#decoder.read(values)
    const cursor = this.#cursor
    cursor.commit()
    const key = this.key
    key.elements = values.elements
    key.damage = values.damage
    if (this.#lzfDamage !== null) this.#damageKey()
    key.rdbBytes = cursor.offset - key.offset
    this.state = STATE.record
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
    if (this.key.damage !== null) return
    this.key.damage = error
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
    const { key } = this.key
    this.#cursor.long.readHead(key, this.#keyBytes, PART.key, Math.min(LONG_KEY_BYTES, this.#keyBytes))
    if (key.length <= this.#keyBytes) key.form = STRING_FORM.raw
    else this.#warn('long-key', `a key name of ${key.length} bytes; only its first ${key.end - key.start} are shown`)
    this.#cursor.commit()
    this.#beginValue(this.#decoder)
  }

  /** A name that was read, and is longer than what may be kept. */
  #cutKey(decoder: ValueDecoder): void {
    const cursor = this.#cursor
    const { key } = this.key
    const head = key.bytes.slice(key.start, key.start + Math.min(LONG_KEY_BYTES, this.#keyBytes))
    key.setStreamed(key.length, key.storedBytes, key.compressedBytes, head)
    this.key.offset = cursor.base + cursor.mark
    cursor.commit()
    this.#warn('long-key', `a key name of ${key.length} bytes; only its first ${head.length} are shown`)
    this.#beginValue(decoder)
  }

  #decoderOf(type: number): ValueDecoder {
    const decoder = this.decoders[type]
    if (decoder === undefined) this.#unknown(type)
    return decoder
  }

  #unknown(type: number): never {
    const hint = unknownTypeHint(this.dialect, type, this.rdbVersion)
    this.fail({ code: 'unknown-type', typeId: type, hint }, this.#cursor.offset - 1)
  }

  #opcode(opcode: number): void {
    const cursor = this.#cursor
    const key = this.key
    const start = cursor.base + cursor.mark
    switch (opcode) {
      case OPCODE.expireMs:
        key.expiresAtMs = this.#expiry.milliseconds(this.rdbVersion)
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
        if (db > 0x7fffffff) this.fail({ code: 'bad-opcode', what: `database number ${db} cannot be right` }, start)
        if (this.#salvage || !this.#window.keepsRest) this.doubts.database(start, this.#salvage)
        cursor.commit()
        key.db = db
        key.announcedSlot = -1
        this.#visitor.selectDb(db)
        return
      }
      case OPCODE.eof:
        if (this.#insideBlob) this.fail({ code: 'bad-opcode', what: 'the dump ends inside a compressed blob' }, start)
        if (this.#salvage) this.doubts.end(start, this.rdbVersion)
        cursor.commit()
        this.#window.endSum()
        this.state = STATE.checksum
        return
      default:
        this.#otherOpcode(opcode)
        return
    }
    cursor.commit()
    if (key.attributesFrom < 0) key.attributesFrom = start
  }

  /** Records came on which others depend, other than by what the key state tells; fields of a fork in any dialect. */
  get depends(): boolean {
    return this.#depends || this.#records.keydb || this.#records.dragonfly
  }

  #otherOpcode(opcode: number): void {
    const cursor = this.#cursor
    const start = cursor.base + cursor.mark
    if (opcode === OPCODE.templateOrUpdate || opcode === OPCODE.keyMetaOrSlotImport) this.#depends = true
    const found = this.#records.read(opcode, this.dialect, this.rdbVersion)
    if (found === null) this.#unknown(opcode)
    if (this.#records.attribute && this.key.attributesFrom < 0) this.key.attributesFrom = start
    if (this.#records.dragonfly && this.dialect !== 'dragonfly') this.#setDialect('dragonfly')
    if (this.#records.keydb && this.dialect === 'redis') this.#setDialect('keydb')
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
    this.state = STATE.body
  }

  /**
   * Records inside a compressed blob of a Dragonfly file: read to the end, then back to the file. Their offsets
   * count on from where the blob stands.
   */
  #readBlob(records: Uint8Array): void {
    const cursor = this.#cursor
    if (this.#insideBlob) {
      this.fail({ code: 'bad-opcode', what: 'a compressed blob inside a compressed blob' }, cursor.offset)
    }
    const offset = cursor.base + cursor.mark
    this.#insideBlob = true
    this.#window.showInstead(records, offset, () => {
      try {
        const complete = this.attempt(() => {
          while (cursor.pos < cursor.end || this.state !== STATE.record) this.#step()
        })
        if (!complete) this.fail({ code: 'bad-value', what: 'the last record of a compressed blob is cut' }, offset)
      } catch (error) {
        // The blob is behind us as a whole, so the file can be read on.
        if (!this.#salvage || !(error instanceof RdbError)) throw error
        const left = cursor.end - cursor.mark
        this.abandon(error)
        this.#warn('skipped', `${left} bytes of a compressed blob of ${cursor.end} were passed over: ${error.message}`)
      }
    })
    this.#insideBlob = false
  }

  /** For `attempt`: attributes, type and value of a DUMP payload. */
  readonly readPayload = (): void => {
    if (this.state === STATE.header) {
      this.#records.readPayloadAttributes(this.dialect)
      this.#beginValue(this.#decoderOf(this.#cursor.u8()))
    }
    if (this.state === STATE.value) this.#finishValue()
  }

  /** What stands behind the last record. */
  checksum(): void {
    const end = readEnd(this.#cursor, this.rdbVersion, this.#verify && this.#summed ? this.#window.crc : null)
    this.state = STATE.done
    this.#window.close()
    this.endOffset = end.endOffset
    this.#visitor.end(end)
  }

  /** Gives up the record at hand. A key whose value was being read ends as a damaged one. */
  abandon(error: RdbError): void {
    const key = this.key
    if (this.state === STATE.value) {
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

  /** Records are read from elsewhere on. */
  restart(): void {
    this.#summed = false
    this.#insideBlob = false
    this.#forget()
  }

  /** Reads records as another one does that is at work on the same file. */
  adopt(other: Grammar): void {
    this.rdbVersion = other.rdbVersion
    this.dialect = other.dialect
    this.decoders = other.decoders
    this.doubts.adopt(other.doubts)
    this.#values.templates.copyFrom(other.#values.templates)
  }

  #forget(): void {
    this.#cursor.long.stop()
    this.#values.reset()
    this.#lzfDamage = null
    this.doubts.forget()
    this.key.clearAttributes()
    this.state = STATE.record
    this.failed = false
  }

  // Errors.

  /** What is being read. */
  #what(): string {
    switch (this.state) {
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

  /** The data ends at `offset`, and something is missing. */
  failCut(offset: number): never {
    this.fail({ code: 'truncated', what: this.#what(), missingBytes: this.#cursor.missingBytes }, offset)
  }

  fail(problem: RdbError['problem'], offset: number): never {
    this.failed = true
    throw new RdbError(problem, this.#locate(offset))
  }

  #warn(code: RdbWarning['code'], message: string): void {
    this.#visitor.warning({ code, message, at: this.#locate(this.#cursor.base + this.#cursor.mark) })
  }

  #locate(offset: number): RdbLocation {
    const key = this.key
    if (this.state !== STATE.value) return { offset, db: key.db }
    return { offset, db: key.db, key: shownKey(key.key), typeId: key.layout.typeId, layout: key.layout.name }
  }
}
