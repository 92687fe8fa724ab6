import { OPCODE } from './dialects.js'

/** What stands behind the key of a record, by its type. */
const SHAPE = { unknown: 0, string: 1, strings: 2, pairs: 3, scored: 4, nodes: 5 } as const
const SHAPES = new Uint8Array(256)
// Strings, and collections that are one packed string each, of every dialect.
for (const type of [0, 9, 10, 11, 12, 13, 16, 17, 20]) SHAPES[type] = SHAPE.string
// A count, then so many strings; pairs of them; strings with a binary score; nodes with a form and a string.
for (const type of [1, 2, 14]) SHAPES[type] = SHAPE.strings
SHAPES[4] = SHAPE.pairs
SHAPES[5] = SHAPE.scored
SHAPES[18] = SHAPE.nodes

/** Longest head of a string: type byte and two lengths of nine bytes. */
const HEAD_BYTES = 20
/** So many bytes must follow a position for the skim to look at it: attributes, type, and the head of the key. */
export const SKIM_ROOM_BYTES = HEAD_BYTES * 3

/**
 * Passes over whole records without looking into them: attributes, keys with strings and packed collections, choice of
 * database and its hints, which is nearly all of most dumps. Ends where a record is cut, or is of another kind: then
 * `RdbParser.pushRecord` knows more.
 */
export class RecordSkim {
  /** Database chosen last. */
  db = 0
  /** Slot announced last; choosing a database ends that. */
  announcedSlot = -1
  /** The last run ended at a record of a kind that it does not know, and not because the record was cut. */
  unknown = false

  /** @returns position behind the last record that is complete in `bytes[pos, end)` */
  run(bytes: Uint8Array, pos: number, end: number): number {
    let record = pos
    let at = pos
    const safe = end - SKIM_ROOM_BYTES
    this.unknown = false
    while (at < safe) {
      let type = bytes[at]!
      if (type >= OPCODE.freq) {
        if (type === OPCODE.expireMs) at += 9
        else if (type === OPCODE.expireSeconds) at += 5
        else if (type === OPCODE.freq) at += 2
        else if ((type === OPCODE.selectDb || type === OPCODE.resizeDb) && at === record) {
          at = this.#hint(bytes, at, type)
          if (at < 0) return this.#stop(record)
          record = at
          continue
        } else return this.#stop(record)
        type = bytes[at]!
      }
      if (type === OPCODE.idle) {
        const size = lengthBytes(bytes, at + 1)
        if (size === 0) return this.#stop(record)
        at += 1 + size
        type = bytes[at]!
      }
      const shape = SHAPES[type]!
      if (shape === SHAPE.unknown) {
        // One attribute of each kind: a second round finds what comes in another order.
        if (type === OPCODE.expireMs || type === OPCODE.expireSeconds || type === OPCODE.freq) continue
        return this.#stop(record)
      }
      at++
      const key = bytes[at]!
      if (key < 0x40) at += 1 + key
      else {
        at = afterString(bytes, at)
        if (at < 0) return this.#stop(record)
      }
      if (at >= end - HEAD_BYTES) return record
      if (shape === SHAPE.string) {
        const head = bytes[at]!
        if (head < 0x40) at += 1 + head
        else {
          at = afterString(bytes, at)
          if (at < 0) return this.#stop(record)
        }
      } else {
        at = collectionEnd(bytes, at, end, shape)
        if (at < 0) return at === CUT ? record : this.#stop(record)
      }
      if (at > end) return record
      record = at
    }
    return record
  }

  #stop(record: number): number {
    this.unknown = true
    return record
  }

  /** Choice of database, or counts of keys. */
  #hint(bytes: Uint8Array, at: number, type: number): number {
    const first = lengthBytes(bytes, at + 1)
    if (first === 0) return -1
    if (type === OPCODE.selectDb) {
      // Larger numbers are unusual, and may be wrong.
      if (first !== 1) return -1
      this.db = bytes[at + 1]!
      this.announcedSlot = -1
      return at + 2
    }
    const second = lengthBytes(bytes, at + 1 + first)
    return second === 0 ? -1 : at + 1 + first + second
  }
}

/** Bytes of a length; 0 for what is none. */
function lengthBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x40) return 1
  if (first < 0x80) return 2
  if (first === 0x80) return 5
  return first === 0x81 ? 9 : 0
}

const CUT = -2

/** Behind a value of several strings; `CUT` where it reaches behind the end, -1 where it makes no sense. */
function collectionEnd(bytes: Uint8Array, from: number, end: number, shape: number): number {
  const size = lengthBytes(bytes, from)
  if (size === 0 || size === 9) return -1
  const first = bytes[from]!
  let count = size === 1 ? first : size === 2 ? ((first & 0x3f) << 8) | bytes[from + 1]! : u32be(bytes, from + 1)
  if (shape === SHAPE.pairs) count *= 2
  const fixed = shape === SHAPE.scored ? 8 : 0
  const last = end - HEAD_BYTES
  let at = from + size
  for (; count > 0; count--) {
    if (at >= last) return CUT
    if (shape === SHAPE.nodes) {
      const form = lengthBytes(bytes, at)
      if (form === 0) return -1
      at += form
    }
    const head = bytes[at]!
    if (head < 0x40) at += 1 + head + fixed
    else {
      at = afterString(bytes, at)
      if (at < 0) return -1
      at += fixed
    }
  }
  return at
}

/** Behind a string with a long head; -1 where it makes no sense. */
function afterString(bytes: Uint8Array, at: number): number {
  const head = bytes[at]!
  if (head < 0x80) return at + 2 + (((head & 0x3f) << 8) | bytes[at + 1]!)
  switch (head) {
    case 0x80:
      return at + 5 + u32be(bytes, at + 1)
    case 0xc0:
      return at + 2
    case 0xc1:
      return at + 3
    case 0xc2:
      return at + 5
    case 0xc3: {
      const size = lengthBytes(bytes, at + 1)
      const whole = lengthBytes(bytes, at + 1 + size)
      if (size === 0 || size === 9 || whole === 0) return -1
      const first = bytes[at + 1]!
      const compressed = size === 1 ? first : size === 2 ? ((first & 0x3f) << 8) | bytes[at + 2]! : u32be(bytes, at + 2)
      return at + 1 + size + whole + compressed
    }
    default:
      return -1
  }
}

function u32be(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 16777216 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}
