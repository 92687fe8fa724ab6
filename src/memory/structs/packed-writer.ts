import type { RdbString } from '../../../parsers/index.js'
import { integerOf } from './integers.js'
import type { LzfSize } from './lzf-size.js'
import type { PackedKind } from './packed.js'

/** Nodes beyond this are not rebuilt; the largest node setting is 64 KiB. */
const MOST_BYTES = 1 << 20

/**
 * Writes a listpack or ziplist entry by entry, byte for byte as a server would, to learn how it compresses. Reused.
 * Only lists with `list-compress-depth` need the bytes; everybody else counts with `PackedSize`.
 */
export class PackedWriter {
  bytes = new Uint8Array(16 * 1024)
  length = 0
  entries = 0
  /** False when an entry came without its bytes, or the node is too large: `bytes` are not the node's then. */
  whole = true

  #textStart = 0
  #textLength = 0
  #previousStart = 0
  #previousSize = 0
  readonly #listpack: boolean

  constructor(kind: PackedKind) {
    this.#listpack = kind === 'listpack'
    this.reset()
  }

  reset(): void {
    this.length = this.#listpack ? 6 : 10
    this.entries = 0
    this.whole = true
    this.#previousStart = this.length
    this.#previousSize = 0
  }

  add(value: RdbString): void {
    const length = value.length
    if (!this.whole || this.length + length + 16 > MOST_BYTES) {
      this.whole = false
      return
    }
    this.#room(length + 16)
    this.entries++
    value.load()
    if (value.end - value.start !== length) {
      this.whole = false
      return
    }
    const integer = integerOf(value)
    if (this.#listpack) this.#listpackEntry(value, integer)
    else this.#ziplistEntry(value, integer)
  }

  /** Compressed size of the only entry, taken by itself: nodes that are one plain element. */
  compressText(lzf: LzfSize): number {
    const start = this.#textStart
    return lzf.of(this.bytes.subarray(start, start + this.#textLength), this.#textLength)
  }

  /** Writes the end byte and the header. */
  finish(): void {
    this.#room(1)
    this.bytes[this.length++] = 0xff
    if (this.#listpack) {
      this.#littleEndian(0, this.length, 4)
      this.#littleEndian(4, Math.min(this.entries, 65535), 2)
      return
    }
    this.#littleEndian(0, this.length, 4)
    this.#littleEndian(4, this.#previousStart, 4)
    this.#littleEndian(8, Math.min(this.entries, 65535), 2)
  }

  #listpackEntry(value: RdbString, integer: number): void {
    const start = this.length
    if (Number.isNaN(integer)) this.#listpackString(value)
    else this.#listpackInteger(value, integer)
    // The size of what was written, in groups of 7 bits, last group first, read from behind.
    const size = this.length - start
    if (size <= 127) this.#put(size)
    else if (size < 16383) this.#put(size >> 7, (size & 127) | 128)
    else if (size < 2097151) this.#put(size >> 14, ((size >> 7) & 127) | 128, (size & 127) | 128)
    else this.#put(size >> 21, ((size >> 14) & 127) | 128, ((size >> 7) & 127) | 128, (size & 127) | 128)
  }

  #listpackString(value: RdbString): void {
    const { length } = value
    if (length <= 63) this.#put(0x80 | length)
    else if (length <= 4095) this.#put(0xe0 | (length >> 8), length & 255)
    else {
      this.#put(0xf0)
      this.#integer(length, 4)
    }
    this.#text(value)
  }

  #listpackInteger(value: RdbString, integer: number): void {
    if (integer >= 0 && integer <= 127) this.#put(integer)
    else if (integer >= -4096 && integer <= 4095) {
      const bits = integer & 0x1fff
      this.#put(0xc0 | (bits >> 8), bits & 255)
    } else if (integer >= -32768 && integer <= 32767) this.#put(0xf1, integer & 255, (integer >> 8) & 255)
    else if (integer >= -8388608 && integer <= 8388607) {
      this.#put(0xf2)
      this.#integer(integer, 3)
    } else if (integer >= -2147483648 && integer <= 2147483647) {
      this.#put(0xf3)
      this.#integer(integer, 4)
    } else {
      this.#put(0xf4)
      this.#integer64(value)
    }
  }

  #ziplistEntry(value: RdbString, integer: number): void {
    const start = this.length
    if (this.#previousSize < 254) this.#put(this.#previousSize)
    else {
      this.#put(254)
      this.#integer(this.#previousSize, 4)
    }
    if (Number.isNaN(integer)) {
      const { length } = value
      if (length <= 63) this.#put(length)
      else if (length <= 16383) this.#put(0x40 | (length >> 8), length & 255)
      else this.#put(0x80, (length >>> 24) & 255, (length >> 16) & 255, (length >> 8) & 255, length & 255)
      this.#text(value)
    } else this.#ziplistInteger(value, integer)
    this.#previousStart = start
    this.#previousSize = this.length - start
  }

  #ziplistInteger(value: RdbString, integer: number): void {
    if (integer >= 0 && integer <= 12) this.#put(0xf1 + integer)
    else if (integer >= -128 && integer <= 127) this.#put(0xfe, integer & 255)
    else if (integer >= -32768 && integer <= 32767) this.#put(0xc0, integer & 255, (integer >> 8) & 255)
    else if (integer >= -8388608 && integer <= 8388607) {
      this.#put(0xf0)
      this.#integer(integer, 3)
    } else if (integer >= -2147483648 && integer <= 2147483647) {
      this.#put(0xd0)
      this.#integer(integer, 4)
    } else {
      this.#put(0xe0)
      this.#integer64(value)
    }
  }

  #text(value: RdbString): void {
    this.#textStart = this.length
    this.#textLength = value.length
    this.bytes.set(value.bytes.subarray(value.start, value.end), this.length)
    this.length += value.length
  }

  #integer(value: number, bytes: number): void {
    this.#littleEndian(this.length, value, bytes)
    this.length += bytes
  }

  /** Beyond 32 bits: exact from the text, once per large integer of a node that is compressed. */
  #integer64(value: RdbString): void {
    const text = String.fromCharCode(...value.bytes.subarray(value.start, value.end))
    let rest = BigInt.asUintN(64, BigInt(text))
    for (let i = 0; i < 8; i++) {
      this.bytes[this.length++] = Number(rest & 255n)
      rest >>= 8n
    }
  }

  #littleEndian(at: number, value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) this.bytes[at + i] = (value >> (8 * i)) & 255
  }

  #put(...bytes: number[]): void {
    for (const byte of bytes) this.bytes[this.length++] = byte
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2))
    larger.set(this.bytes)
    this.bytes = larger
  }
}
