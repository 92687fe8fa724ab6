/**
 * Formats without a signature of their own, recognised by walking them: a value is one when the walk ends exactly at
 * its last byte, or, when only its head is at hand, after a good number of items.
 */

/** Items that must be read of a value that is cut off. */
const ITEMS_OF_A_HEAD = 24
/** Nested deeper than this it is taken for something else. */
const MAX_DEPTH = 64

const BAD = -1
const CUT = -2

/** A walk over self-describing items: position behind the item, or BAD, or CUT. */
abstract class ItemWalk {
  protected bytes: Uint8Array = new Uint8Array(0)
  protected end = 0
  items = 0

  /** True when the bytes are one map or array of items. */
  fits(bytes: Uint8Array, whole: boolean): boolean {
    if (bytes.length < 2 || !this.isContainer(bytes[0]!)) return false
    this.bytes = bytes
    this.end = bytes.length
    this.items = 0
    const behind = this.item(0, 0)
    if (behind === CUT) return !whole && this.items >= ITEMS_OF_A_HEAD
    return behind === bytes.length
  }

  protected abstract isContainer(byte: number): boolean
  protected abstract item(at: number, depth: number): number

  /** Behind `length` bytes of payload. */
  protected skip(at: number, length: number): number {
    return at + length <= this.end ? at + length : CUT
  }

  /** Behind `count` items. */
  protected itemsFrom(at: number, count: number, depth: number): number {
    if (depth >= MAX_DEPTH) return BAD
    let pos = at
    for (let i = 0; i < count && pos >= 0; i++) pos = pos < this.end ? this.item(pos, depth + 1) : CUT
    return pos
  }

  /** Big-endian number of 1, 2 or 4 bytes; CUT when they are not there. */
  protected number(at: number, size: number): number {
    if (at + size > this.end) return CUT
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + this.bytes[at + i]!
    return value
  }
}

/** MessagePack, by its specification (msgpack/spec.md). */
class Msgpack extends ItemWalk {
  protected isContainer(byte: number): boolean {
    return (byte >= 0x81 && byte <= 0x8f) || (byte >= 0x91 && byte <= 0x9f) || (byte >= 0xdc && byte <= 0xdf)
  }

  protected item(at: number, depth: number): number {
    const byte = this.bytes[at]!
    this.items++
    if (byte < 0x80 || byte >= 0xe0) return at + 1
    if (byte < 0x90) return this.itemsFrom(at + 1, (byte & 15) * 2, depth)
    if (byte < 0xa0) return this.itemsFrom(at + 1, byte & 15, depth)
    if (byte < 0xc0) return this.skip(at + 1, byte & 31)
    switch (byte) {
      case 0xc0: // nil
      case 0xc2:
      case 0xc3:
        return at + 1
      case 0xc4: // bin 8, 16, 32
      case 0xc5:
      case 0xc6:
        return this.#sized(at, 1 << (byte - 0xc4), 0)
      case 0xc7: // ext 8, 16, 32: a type byte more
      case 0xc8:
      case 0xc9:
        return this.#sized(at, 1 << (byte - 0xc7), 1)
      case 0xca:
        return this.skip(at + 1, 4)
      case 0xcb:
        return this.skip(at + 1, 8)
      case 0xcc: // uint 8 to 64, int 8 to 64
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.skip(at + 1, 1 << (byte - 0xcc))
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.skip(at + 1, 1 << (byte - 0xd0))
      case 0xd4: // fixext 1 to 16
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.skip(at + 2, 1 << (byte - 0xd4))
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb:
        return this.#sized(at, 1 << (byte - 0xd9), 0)
      case 0xdc: // array 16, 32
      case 0xdd:
        return this.#counted(at, byte === 0xdc ? 2 : 4, 1, depth)
      case 0xde: // map 16, 32
      case 0xdf:
        return this.#counted(at, byte === 0xde ? 2 : 4, 2, depth)
      default:
        return BAD
    }
  }

  #sized(at: number, lengthBytes: number, more: number): number {
    const length = this.number(at + 1, lengthBytes)
    return length < 0 ? length : this.skip(at + 1 + lengthBytes + more, length)
  }

  #counted(at: number, countBytes: number, times: number, depth: number): number {
    const count = this.number(at + 1, countBytes)
    return count < 0 ? count : this.itemsFrom(at + 1 + countBytes, count * times, depth)
  }
}

/** CBOR (RFC 8949), definite lengths. */
class Cbor extends ItemWalk {
  protected isContainer(byte: number): boolean {
    // An array or map that is not empty.
    return (byte >= 0x81 && byte <= 0x9b) || (byte >= 0xa1 && byte <= 0xbb)
  }

  protected item(at: number, depth: number): number {
    const major = this.bytes[at]! >> 5
    const low = this.bytes[at]! & 31
    this.items++
    if (low > 27) return BAD
    const size = low < 24 ? 0 : 1 << (low - 24)
    const value = size === 0 ? low : size === 8 ? 0 : this.number(at + 1, size)
    const behind = at + 1 + size
    if (value < 0 || behind > this.end) return CUT
    switch (major) {
      case 0:
      case 1:
        return behind
      case 2:
      case 3:
        return size === 8 ? BAD : this.skip(behind, value)
      case 4:
      case 5:
        return size === 8 ? BAD : this.itemsFrom(behind, major === 4 ? value : value * 2, depth)
      case 6:
        return behind < this.end && depth < MAX_DEPTH ? this.item(behind, depth + 1) : CUT
      default:
        // false, true, null, undefined; floats of 2, 4 and 8 bytes.
        return (low >= 20 && low <= 23) || low >= 25 ? behind : BAD
    }
  }
}

const msgpack = new Msgpack()
const cbor = new Cbor()

export function isMsgpack(bytes: Uint8Array, whole: boolean): boolean {
  return msgpack.fits(bytes, whole)
}

export function isCbor(bytes: Uint8Array, whole: boolean): boolean {
  return cbor.fits(bytes, whole)
}

/** Field numbers above this are rare in real messages and common in random bytes. */
const MAX_PROTOBUF_FIELD = 2047
const MIN_PROTOBUF_BYTES = 4

/** Protocol Buffers wire format: tags and values up to the last byte. Likely only: the format has no mark. */
export function isProtobuf(bytes: Uint8Array, whole: boolean): boolean {
  const end = bytes.length
  if (end < MIN_PROTOBUF_BYTES) return false
  let at = 0
  let fields = 0
  while (at < end) {
    const tag = varint(bytes, at)
    if (tag.next < 0) return tag.next === CUT && !whole && fields >= ITEMS_OF_A_HEAD
    const field = Math.floor(tag.value / 8)
    if (field < 1 || field > MAX_PROTOBUF_FIELD) return false
    at = tag.next
    const wire = tag.value % 8
    if (wire === 0) {
      at = varint(bytes, at).next
      if (at < 0) return at === CUT && !whole && fields >= ITEMS_OF_A_HEAD
    } else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else if (wire === 2) {
      const length = varint(bytes, at)
      if (length.next < 0) return length.next === CUT && !whole && fields >= ITEMS_OF_A_HEAD
      at = length.next + length.value
    } else return false
    fields++
  }
  return at === end || (!whole && fields >= ITEMS_OF_A_HEAD)
}

const read = { value: 0, next: 0 }

/** Little-endian base-128 number of up to ten bytes; `next` is the position behind it, BAD or CUT. */
function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  read.value = 0
  let factor = 1
  for (let i = 0; i < 10; i++) {
    if (at + i >= bytes.length) {
      read.next = CUT
      return read
    }
    const byte = bytes[at + i]!
    read.value += (byte & 127) * factor
    factor *= 128
    if (byte < 128) {
      read.next = at + i + 1
      return read
    }
  }
  read.next = BAD
  return read
}

/** Snappy's block format: literals and copies that give exactly the length in front. */
export function isSnappyBlock(bytes: Uint8Array, whole: boolean): boolean {
  const { value: length, next } = varint(bytes, 0)
  const end = bytes.length
  if (next < 0 || next > 5 || length < end / 2 || length > 0x7fffffff) return false
  let at = next
  let written = 0
  let elements = 0
  while (at < end) {
    const tag = bytes[at++]!
    const kind = tag & 3
    let size = (tag >> 2) + 1
    if (kind === 0) {
      if (size > 60) {
        const extra = size - 60
        size = 1
        for (let i = 0; i < extra; i++) size += (bytes[at + i] ?? 0) * 256 ** i
        at += extra
      }
      at += size
    } else {
      const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4
      let offset = kind === 1 ? (tag >> 5) * 256 : 0
      for (let i = 0; i < offsetBytes; i++) offset += (bytes[at + i] ?? 0) * 256 ** i
      at += offsetBytes
      if (kind === 1) size = ((tag >> 2) & 7) + 4
      if (offset === 0 || offset > written) return false
    }
    written += size
    if (written > length) return false
    elements++
  }
  if (whole) return at === end && written === length && elements > 0
  return elements >= ITEMS_OF_A_HEAD
}
