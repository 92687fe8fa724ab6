import { Bytes } from './bytes.js'

/** Builds one listpack after another: total bytes, count, entries each followed by its length, FF. */
export class Listpack {
  readonly bytes = new Bytes(8192)
  #count = 0

  begin(): void {
    this.bytes.clear()
    this.bytes.u32(0)
    this.bytes.u16(0)
    this.#count = 0
  }

  get size(): number {
    return this.bytes.length + 1
  }

  integer(value: number): void {
    const { bytes } = this
    const before = bytes.length
    if (value >= 0 && value <= 127) {
      bytes.u8(value)
    } else if (value >= -4096 && value <= 4095) {
      bytes.u8(0xc0 | ((value >> 8) & 0x1f))
      bytes.u8(value & 255)
    } else if (value >= -32768 && value <= 32767) {
      bytes.u8(0xf1)
      bytes.u16(value & 0xffff)
    } else if (value >= -8388608 && value <= 8388607) {
      bytes.u8(0xf2)
      bytes.u16(value & 0xffff)
      bytes.u8((value >> 16) & 255)
    } else if (value >= -2147483648 && value <= 2147483647) {
      bytes.u8(0xf3)
      bytes.i32(value)
    } else {
      bytes.u8(0xf4)
      bytes.i64(value)
    }
    this.#backlen(bytes.length - before)
  }

  string(from: Uint8Array, start: number, end: number): void {
    this.#stringHeader(end - start)
    this.bytes.raw(from, start, end)
    this.#backlen(this.#headerBytes(end - start) + end - start)
  }

  text(text: string): void {
    this.#stringHeader(text.length)
    this.bytes.ascii(text)
    this.#backlen(this.#headerBytes(text.length) + text.length)
  }

  end(): Bytes {
    this.bytes.u8(0xff)
    this.bytes.buffer.writeUInt32LE(this.bytes.length, 0)
    this.bytes.buffer.writeUInt16LE(Math.min(this.#count, 65535), 4)
    return this.bytes
  }

  #stringHeader(length: number): void {
    if (length < 64) {
      this.bytes.u8(0x80 | length)
    } else if (length < 4096) {
      this.bytes.u8(0xe0 | (length >> 8))
      this.bytes.u8(length & 255)
    } else {
      this.bytes.u8(0xf0)
      this.bytes.u32(length)
    }
  }

  #headerBytes(length: number): number {
    return length < 64 ? 1 : length < 4096 ? 2 : 5
  }

  #backlen(size: number): void {
    this.#count++
    // Groups of seven bits, the first byte without the continuation bit. Entries here are short.
    if (size < 128) {
      this.bytes.u8(size)
    } else if (size < 16383) {
      this.bytes.u8(size >> 7)
      this.bytes.u8(128 | (size & 127))
    } else {
      this.bytes.u8(size >> 14)
      this.bytes.u8(128 | ((size >> 7) & 127))
      this.bytes.u8(128 | (size & 127))
    }
  }
}

/** An intset of 32-bit members, which must ascend. */
export function intset32(out: Bytes, members: readonly number[]): void {
  out.clear()
  out.u32(4)
  out.u32(members.length)
  for (const member of members) out.i32(member)
}
