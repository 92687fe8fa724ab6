import { OPCODE } from './dialects.js'
import { type Decompress, DragonflyRecords, type RecordResult } from './dragonfly.js'
import { LAST_MS } from './expiry.js'
import type { KeyState } from './key.js'
import { RdbString } from './strings.js'
import { moduleName, moduleVersion, readModuleStream } from './values/module.js'
import type { ValueReader } from './values/reader.js'
import { shortString } from './values/shapes.js'
import { readTemplateRecord } from './values/templates.js'
import { type DialectName, PART } from './visitor.js'

const HASH_SLOTS = 16384
/** Classes of key metadata that servers allow; more are read with a warning. */
const USUAL_META_CLASSES = 7
const MODULE_AUX_WHEN = 2
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
  readonly #dragonflyRecords: DragonflyRecords
  readonly #values: ValueReader
  readonly #key: KeyState
  readonly #name = new RdbString()
  readonly #value = new RdbString()
  /** KeyDB: member named by the field before. */
  readonly #member = new RdbString()
  #memberKnown = false

  constructor(values: ValueReader, key: KeyState, decompress: Decompress | null) {
    this.#values = values
    this.#key = key
    this.#dragonflyRecords = new DragonflyRecords(values, decompress)
  }

  get strings(): readonly RdbString[] {
    return [this.#name, this.#value]
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
        return dialect === 'dragonfly' ? this.#readDragonfly(opcode) : null
    }
  }

  #readDragonfly(opcode: number): RecordResult {
    const result = this.#dragonflyRecords.read(opcode)
    this.attribute = opcode === OPCODE.dfMask
    return result
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
        const match = /^(\d{1,15}),(\d{1,15}),(\d{1,15})(?!\d)/.exec(ascii(value.load()))
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
    if (this.#memberKnown && /^\d+$/.test(text)) {
      this.#values.visitor.memberExpiry(this.#member, Math.min(Number(text), LAST_MS))
    } else this.#values.warn('hint', 'an expiry of a set member names no time, or no member came before it')
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
      if (frame.remaining > this.#values.limits.metaClasses) {
        this.#values.fail({ code: 'limit', what: `${frame.remaining} classes of key metadata (limit meta-classes)` })
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
}

/** Text of a short field; bytes above 127 stay as they are in Latin-1. */
function ascii(string: RdbString): string {
  let text = ''
  const end = Math.min(string.end, string.start + 1024)
  for (let at = string.start; at < end; at++) text += String.fromCharCode(string.bytes[at]!)
  return text
}
