import { type Cursor, readI32be, readI32le } from './cursor.js'
import { OPCODE } from './dialects.js'
import { LONG_PAST_MS } from './expiry.js'
import { KeyState } from './key.js'
import { lzfMaxLength } from './lzf.js'
import { decimalLength32, RdbString, STRING_FORM, type StringForm } from './strings.js'
import { string as stringDecoder } from './values/string.js'
import type { RdbKey } from './visitor.js'

/** Records of a run at most: few enough for its columns to stay in the first cache. */
export const RUN_RECORDS = 256
/** Longer names are rare; they are read one by one. */
export const RUN_NAME_BYTES = 1023
/** So many bytes hold everything in front of a name, and of a value: then no other check of the end is needed. */
const HEAD_BYTES = 32
/** An LZF text below this may be an integer, which shows only when it is decompressed. */
const SHORT_TEXT = 20

/**
 * The columns of the run at hand. They are always the same ones, so that compiled loops know where they are and how
 * much they hold; there is one run at a time in a thread.
 */
export const runColumns = {
  /** Position of the record, attributes included, and behind it. */
  from: new Int32Array(RUN_RECORDS),
  to: new Int32Array(RUN_RECORDS),
  nameStart: new Int32Array(RUN_RECORDS),
  nameEnd: new Int32Array(RUN_RECORDS),
  /** A code of `STRING_FORM`. */
  form: new Uint8Array(RUN_RECORDS),
  /** Length of the decoded text, in bytes. */
  valueLength: new Int32Array(RUN_RECORDS),
  /** Where the bytes of the value begin as they are stored, up to `to`; integers have their number instead. */
  value: new Int32Array(RUN_RECORDS),
  /** As `RdbKey` has them, -1 when there is none. */
  expiresAtMs: new Float64Array(RUN_RECORDS),
  idleSeconds: new Float64Array(RUN_RECORDS),
  freq: new Int16Array(RUN_RECORDS),
} as const

/**
 * String records that follow each other, with plain names and values that are at hand as a whole: the commonest records
 * of most dumps, read in one loop into `runColumns`. Whatever else comes ends the run. Reused: valid during the call
 * that shows it.
 */
export class StringRun {
  length = 0
  db = 0
  /** Where names and values lie. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Offset in the file of `bytes[0]`. */
  base = 0
  /** The value that `show` showed. */
  readonly shownValue = new RdbString()
  readonly #shown = new KeyState()

  constructor() {
    this.#shown.layout = stringDecoder
    this.#shown.elements = 1
  }

  /**
   * Reads up to `room` records from the cursor on and commits them:
   *
   *     [FC milliseconds] [F8 idle | F9 counter] 00 name value
   *
   * @param attributes whether expiry, idle time and LFU counter may stand in front of a key
   */
  read(cursor: Cursor, room: number, attributes: boolean): void {
    const length = readRecords(cursor.bytes, cursor.pos, cursor.end, Math.min(room, RUN_RECORDS), attributes)
    this.length = length
    this.bytes = cursor.bytes
    this.base = cursor.base
    if (length > 0) cursor.pos = runColumns.to[length - 1]!
    cursor.commit()
  }

  /** One of the records as it would be shown alone; its value is `shownValue`. */
  show(record: number): RdbKey {
    const key = this.#shown
    const { from, to, nameStart, nameEnd, form, valueLength, value, expiresAtMs, idleSeconds, freq } = runColumns
    const { bytes } = this
    const start = nameStart[record]!
    const end = nameEnd[record]!
    key.db = this.db
    key.key.setRaw(bytes, start, end, end - start)
    key.expiresAtMs = expiresAtMs[record]!
    key.idleSeconds = idleSeconds[record]!
    key.freq = freq[record]!
    key.offset = this.base + from[record]!
    const behind = to[record]!
    key.rdbBytes = behind - from[record]!
    const stored = behind - end
    const at = value[record]!
    const shown = this.shownValue
    if (form[record] === STRING_FORM.raw) shown.setRaw(bytes, at, behind, stored)
    else if (form[record] === STRING_FORM.integer) shown.setInt32(at, stored)
    else shown.setLzf(bytes, at, behind - at, valueLength[record]!, stored)
    return key
  }
}

const readRecords = makeReadRecords()

/** Columns are constants of the function: so its compiled loop knows where they are, also in a bundle. */
function makeReadRecords(): (
  bytes: Uint8Array,
  start: number,
  end: number,
  most: number,
  attributes: boolean,
) => number {
  const { from, to, nameStart, nameEnd, form, valueLength, value, expiresAtMs, idleSeconds, freq } = runColumns
  return (bytes, start, end, most, attributes) => {
    let pos = start
    let length = 0
    while (length < most) {
      let at = pos
      if (at + HEAD_BYTES > end) break
      let type = bytes[at++]!
      let expires = -1
      let idle = -1
      let counter = -1
      if (type !== stringDecoder.typeId) {
        if (!attributes) break
        if (type === OPCODE.expireMs) {
          expires = readI32le(bytes, at + 4) * 4294967296 + (readI32le(bytes, at) >>> 0)
          if (expires < -1) expires = LONG_PAST_MS
          type = bytes[at + 8]!
          at += 9
        }
        if (type === OPCODE.idle) {
          idle = bytes[at++]!
          if (idle >= 0x80) {
            if (idle !== 0x80) break
            idle = readI32be(bytes, at) >>> 0
            at += 4
          } else if (idle >= 0x40) idle = ((idle & 0x3f) << 8) | bytes[at++]!
          type = bytes[at++]!
        } else if (type === OPCODE.freq) {
          counter = bytes[at]!
          type = bytes[at + 1]!
          at += 2
        }
        if (type !== stringDecoder.typeId) break
      }
      let size = bytes[at++]!
      if (size >= 0x40) {
        if (size >= 0x80) break
        size = ((size & 0x3f) << 8) | bytes[at++]!
        if (size > RUN_NAME_BYTES) break
      }
      const nameFrom = at
      at += size
      const nameTo = at
      if (at + HEAD_BYTES > end) break
      const first = bytes[at++]!
      let kind: StringForm = STRING_FORM.raw
      let text = first
      let stored = first
      if (first >= 0x40) {
        if (first < 0x80) stored = text = ((first & 0x3f) << 8) | bytes[at++]!
        else if (first === 0xc3) {
          // Compressed: how long, then how long the text is.
          kind = STRING_FORM.lzf
          stored = bytes[at++]!
          if (stored >= 0x40) {
            if (stored >= 0x80) break
            stored = ((stored & 0x3f) << 8) | bytes[at++]!
          }
          text = bytes[at++]!
          if (text >= 0x40) {
            if (text >= 0x80) break
            text = ((text & 0x3f) << 8) | bytes[at++]!
          }
          if (text <= SHORT_TEXT || text > lzfMaxLength(stored)) break
        } else {
          kind = STRING_FORM.integer
          let number = 0
          if (first === 0xc0) number = (bytes[at]! << 24) >> 24
          else if (first === 0xc1) number = ((bytes[at]! << 16) | (bytes[at + 1]! << 24)) >> 16
          else if (first === 0xc2) number = readI32le(bytes, at)
          else break
          stored = 1 << (first - 0xc0)
          text = decimalLength32(number)
          value[length] = number
        }
      }
      const behind = at + stored
      if (behind > end) break
      if (kind !== STRING_FORM.integer) value[length] = at
      form[length] = kind
      valueLength[length] = text
      from[length] = pos
      to[length] = behind
      nameStart[length] = nameFrom
      nameEnd[length] = nameTo
      expiresAtMs[length] = expires
      idleSeconds[length] = idle
      freq[length] = counter
      length++
      pos = behind
    }
    return length
  }
}
