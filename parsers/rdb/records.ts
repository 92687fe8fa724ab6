import { OPCODE } from './dialects.js'
import type { KeyState } from './key.js'
import { RdbString } from './strings.js'
import { moduleName, moduleVersion, readModuleStream } from './values/module.js'
import type { ValueReader } from './values/reader.js'
import { shortString } from './values/shapes.js'
import { readTemplateRecord } from './values/templates.js'
import { type DialectName, PART } from './visitor.js'

/** What `read` found: nothing known, a record that is through, a compressed blob, or a record to be read by the function. */
export type RecordResult = null | 'done' | 'blob' | (() => void)

const HASH_SLOTS = 16384
/** Classes of key metadata that servers allow; more are read with a warning. */
const USUAL_META_CLASSES = 7
const MOST_META_CLASSES = 255
const MODULE_AUX_WHEN = 2
/** Dragonfly writes blobs of some megabytes at most. */
const MAX_BLOB_BYTES = 256 * 1024 * 1024
const LONG_AUX_HEAD_BYTES = 1024 * 1024

/** The records that are neither keys nor the everyday opcodes: fields, hints, functions, module data, forks. */
export class RecordReader {
  /** The record belongs to the next key. */
  attribute = false
  /** Nothing of the record is shown, so that nobody wants the pieces of its long strings. */
  hidden = false
  /** Fields were seen that only these forks write. */
  dragonfly = false
  keydb = false
  /** Decompressed records of a Dragonfly blob, after 'blob'. */
  blob: Uint8Array = new Uint8Array(0)
  insideBlob = false
  readonly #values: ValueReader
  readonly #key: KeyState
  readonly #decompress: ((codec: 'zstd' | 'lz4', bytes: Uint8Array) => Uint8Array) | null
  readonly #name = new RdbString()
  readonly #value = new RdbString()
  /** KeyDB: member named by the field before. */
  readonly #member = new RdbString()
  #memberKnown = false

  constructor(
    values: ValueReader,
    key: KeyState,
    decompress: ((codec: 'zstd' | 'lz4', bytes: Uint8Array) => Uint8Array) | null,
  ) {
    this.#values = values
    this.#key = key
    this.#decompress = decompress
  }

  read(opcode: number, dialect: DialectName, rdbVersion: number): RecordResult {
    const { cursor, visitor } = this.#values
    this.attribute = false
    this.hidden = opcode !== OPCODE.aux && opcode !== OPCODE.function2
    switch (opcode) {
      case OPCODE.aux:
        return this.#aux()
      case OPCODE.resizeDb: {
        const keys = cursor.length()
        visitor.resizeDb(keys, cursor.length())
        return 'done'
      }
      case OPCODE.slotInfo: {
        const slot = cursor.length()
        const keys = cursor.length()
        this.#slot(slot, keys, cursor.length())
        return 'done'
      }
      case OPCODE.function2:
        return () => this.#function()
      case OPCODE.functionPreGa:
        return () => this.#functionPreGa()
      case OPCODE.moduleAux:
        return () => this.#moduleAux()
      case OPCODE.keyMetaOrSlotImport:
        if (dialect === 'valkey') return () => this.#slotImport()
        this.attribute = true
        return () => this.#keyMeta()
      case OPCODE.templateOrUpdate:
        if (dialect !== 'redis') return null
        return rdbVersion >= 15 ? () => readTemplateRecord(this.#values) : null
      case OPCODE.enterpriseRamLru:
        this.attribute = true
        cursor.length()
        return 'done'
      case OPCODE.enterpriseSlot:
        cursor.length()
        return 'done'
      default:
        return dialect === 'dragonfly' ? this.#dragonflyRecord(opcode) : null
    }
  }

  /** Key metadata in front of a DUMP payload. */
  readPayloadAttributes(dialect: DialectName): void {
    const { cursor } = this.#values
    while (dialect !== 'valkey' && cursor.pos < cursor.end && cursor.bytes[cursor.pos] === OPCODE.keyMetaOrSlotImport) {
      cursor.pos++
      cursor.long.quiet = true
      this.#values.reset()
      this.#keyMeta()
    }
  }

  #aux(): RecordResult {
    const { cursor } = this.#values
    if (!cursor.string(this.#name)) {
      this.#values.fail({ code: 'limit', what: 'the name of an AUX field is longer than 1 MiB' })
    }
    if (cursor.string(this.#value)) {
      this.#auxField()
      return 'done'
    }
    this.#name.pin()
    return () => {
      cursor.long.readHead(this.#value, LONG_AUX_HEAD_BYTES, PART.other)
      this.#auxField()
    }
  }

  #auxField(): void {
    const { visitor } = this.#values
    const name = ascii(this.#name.load()).toLowerCase()
    const value = this.#value
    switch (name) {
      case 'df-ver':
        this.dragonfly = true
        break
      case 'mvcc-tstamp':
        this.keydb = true
        break
      case 'keydb-subexpire-key':
        this.keydb = true
        value.load()
        this.#member.setRaw(value.bytes, value.start, value.end, 0)
        this.#member.pin()
        this.#memberKnown = true
        break
      case 'keydb-subexpire-when':
        this.#memberExpiry(ascii(value.load()))
        break
      case 'slot-info': {
        // slot, keys, keys with expiry, and what newer versions add
        const match = /^(\d+),(\d+),(\d+)/.exec(ascii(value.load()))
        this.#slot(Number(match?.[1] ?? Number.NaN), Number(match?.[2]), Number(match?.[3]))
        break
      }
      case 'rordb':
        this.#values.fail({
          code: 'unsupported',
          what: 'a file of Redis-on-Rocks (AUX field rordb): most of its keys lie in embedded RocksDB files that only that server reads',
        })
    }
    visitor.aux(this.#name, value)
  }

  #memberExpiry(text: string): void {
    if (this.#memberKnown && /^\d+$/.test(text)) this.#values.visitor.memberExpiry(this.#member, Number(text))
    else this.#values.warn('hint', 'an expiry of a set member names no time, or no member came before it')
    this.#memberKnown = false
  }

  #slot(slot: number, keys: number, expires: number): void {
    if (!(slot >= 0 && slot < HASH_SLOTS)) {
      const what = Number.isNaN(slot) ? 'no hash slot' : `hash slot ${slot}; there are ${HASH_SLOTS}`
      this.#values.warn('slot-range', `a hint names ${what}`)
      this.#key.announcedSlot = -1
      return
    }
    this.#key.announcedSlot = slot
    this.#values.visitor.slotInfo(slot, keys, expires)
  }

  #function(): void {
    const { cursor, frame, a, visitor } = this.#values
    if (frame.phase === 1 || !cursor.string(a)) {
      frame.phase = 1
      cursor.longString(a, PART.other)
    }
    cursor.commit()
    visitor.functionLibrary(a)
  }

  /** Form of the 7.0 release candidates: name, engine, has description, description, code. */
  #functionPreGa(): void {
    const { cursor, a } = this.#values
    shortString(this.#values, a, 'the name of a function library')
    shortString(this.#values, a, 'the engine of a function library')
    if (cursor.length() !== 0) shortString(this.#values, a, 'the description of a function library')
    shortString(this.#values, a, 'the code of a function library')
    cursor.commit()
    this.#values.visitor.functionLibrary(a)
  }

  /** `length module ID, length 2, length when, module stream` */
  #moduleAux(): void {
    const { cursor, frame, visitor } = this.#values
    if (!frame.begun) {
      cursor.length64()
      const { high, low } = cursor
      const opcode = cursor.length()
      if (opcode !== MODULE_AUX_WHEN) {
        this.#values.fail({
          code: 'bad-opcode',
          what: `module data starts with ${opcode} instead of ${MODULE_AUX_WHEN}`,
        })
      }
      cursor.length()
      frame.begun = true
      cursor.commit()
      visitor.moduleAux(moduleName(high, low), moduleVersion(low))
    }
    readModuleStream(this.#values, false)
  }

  /** `length n, n times: u32 class, module stream` */
  #keyMeta(): void {
    const { cursor, frame } = this.#values
    if (!frame.begun) {
      frame.remaining = cursor.length()
      frame.begun = true
      if (frame.remaining > MOST_META_CLASSES) {
        this.#values.fail({ code: 'bad-opcode', what: `${frame.remaining} classes of key metadata cannot be right` })
      }
      if (frame.remaining > USUAL_META_CLASSES) {
        this.#values.warn(
          'key-meta',
          `${frame.remaining} classes of key metadata; servers known here write at most ${USUAL_META_CLASSES}`,
        )
      }
      cursor.commit()
    }
    while (frame.remaining > 0) {
      if (frame.stage === 0) {
        cursor.u32le()
        frame.stage = 1
        cursor.commit()
      }
      readModuleStream(this.#values, false)
      frame.stage = 0
      frame.remaining--
    }
  }

  /** `string job, length n, n times: length first slot, length last slot` */
  #slotImport(): void {
    const { cursor, frame, a } = this.#values
    if (!frame.begun) {
      shortString(this.#values, a, 'the name of a slot import')
      frame.remaining = cursor.length()
      frame.begun = true
      cursor.commit()
    }
    while (frame.remaining > 0) {
      cursor.length()
      cursor.length()
      frame.remaining--
      cursor.commit()
    }
  }

  #dragonflyRecord(opcode: number): RecordResult {
    const { cursor } = this.#values
    switch (opcode) {
      case OPCODE.dfFullSyncEnd:
      case OPCODE.dfJournalOffset:
        cursor.need(8)
        cursor.pos += 8
        return 'done'
      case OPCODE.dfZstdBlob:
        return this.#compressedBlob('zstd')
      case OPCODE.dfLz4Blob:
        return this.#compressedBlob('lz4')
      case OPCODE.dfBlobEnd:
        return 'done'
      case OPCODE.dfJournalBlob:
        cursor.length()
        return () => this.#skipString()
      case OPCODE.dfMask: {
        this.attribute = true
        const mask = cursor.u32le()
        if ((mask & 2) !== 0) cursor.u32le()
        return 'done'
      }
      case OPCODE.dfVectorIndex:
        return () => this.#vectorIndex()
      case OPCODE.dfDocIndex:
        return () => this.#docIndex()
      case OPCODE.dfTaggedChunk:
        return this.#values.fail({
          code: 'unsupported',
          what: 'a tagged chunk of Dragonfly, which only its replication writes; save a plain RDB instead',
        })
      default:
        return null
    }
  }

  #compressedBlob(codec: 'zstd' | 'lz4'): RecordResult {
    const values = this.#values
    if (this.insideBlob) values.fail({ code: 'bad-opcode', what: 'a compressed blob inside a compressed blob' })
    const size = values.cursor.length()
    if (size > MAX_BLOB_BYTES) values.fail({ code: 'limit', what: `a compressed blob of ${size} bytes` })
    values.cursor.need(size)
    const decompress = this.#decompress
    if (decompress === null) {
      return values.fail({
        code: 'unsupported',
        what: `a Dragonfly file with ${codec} compression; save it with compression_mode 0 or 1, or as RDB from a Redis replica`,
      })
    }
    const { bytes, pos } = values.cursor
    try {
      this.blob = decompress(codec, bytes.subarray(pos, pos + size))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      values.fail({ code: 'bad-value', what: `a blob compressed with ${codec} is damaged: ${why}` })
    }
    values.cursor.pos += size
    return 'blob'
  }

  #skipString(): void {
    const { cursor, frame, a } = this.#values
    if (frame.phase === 1 || !cursor.string(a)) {
      frame.phase = 1
      cursor.longString(a, PART.other)
    }
  }

  /** `string name, length entry point, length n, n times: u32, u64, u32 level, level + 1 times: u32 k, k times u32` */
  #vectorIndex(): void {
    const { cursor, frame, a } = this.#values
    if (!frame.begun) {
      shortString(this.#values, a, 'the name of a vector index')
      cursor.length()
      frame.remaining = cursor.length()
      frame.begun = true
      cursor.commit()
    }
    while (frame.remaining > 0 || frame.groups > 0 || frame.inner > 0) {
      if (frame.inner > 0) {
        cursor.u32le()
        frame.inner--
      } else if (frame.groups > 0) {
        frame.inner = cursor.u32le()
        frame.groups--
      } else {
        cursor.need(16)
        cursor.pos += 12
        frame.groups = cursor.u32le() + 1
        frame.remaining--
      }
      cursor.commit()
    }
  }

  /** `length shard, string index, length n, n times: string key, length document` */
  #docIndex(): void {
    const { cursor, frame, a } = this.#values
    if (!frame.begun) {
      cursor.length()
      shortString(this.#values, a, 'the name of a document index')
      frame.remaining = cursor.length()
      frame.begun = true
      cursor.commit()
    }
    while (frame.remaining > 0) {
      shortString(this.#values, a, 'a key name of a document index')
      cursor.length()
      frame.remaining--
      cursor.commit()
    }
  }
}

/** Text of a short field; bytes above 127 stay as they are in Latin-1. */
function ascii(string: RdbString): string {
  let text = ''
  const end = Math.min(string.end, string.start + 1024)
  for (let at = string.start; at < end; at++) text += String.fromCharCode(string.bytes[at]!)
  return text
}
