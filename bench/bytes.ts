/** Growing bytes with the primitives of the RDB format (lengths big endian, numbers little endian). */
export class Bytes {
  buffer: Buffer
  length = 0

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity)
  }

  clear(): void {
    this.length = 0
  }

  u8(value: number): void {
    this.#reserve(1)
    this.buffer[this.length++] = value
  }

  u16(value: number): void {
    this.#reserve(2)
    this.length = this.buffer.writeUInt16LE(value, this.length)
  }

  u32(value: number): void {
    this.#reserve(4)
    this.length = this.buffer.writeUInt32LE(value, this.length)
  }

  i32(value: number): void {
    this.u32(value >>> 0)
  }

  /** A signed 64-bit integer that fits a double. */
  i64(value: number): void {
    this.u32(value >>> 0)
    this.i32(Math.floor(value / 4294967296))
  }

  f64(value: number): void {
    this.#reserve(8)
    this.length = this.buffer.writeDoubleLE(value, this.length)
  }

  raw(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    this.#reserve(size)
    if (size < 48) {
      const { buffer, length } = this
      for (let i = 0; i < size; i++) buffer[length + i] = bytes[start + i]!
    } else {
      this.buffer.set(bytes.subarray(start, end), this.length)
    }
    this.length += size
  }

  ascii(text: string): void {
    this.#reserve(text.length)
    this.length += this.buffer.write(text, this.length, 'latin1')
  }

  append(other: Bytes): void {
    this.raw(other.buffer, 0, other.length)
  }

  /** An RDB length. */
  len(value: number): void {
    if (value < 64) {
      this.u8(value)
    } else if (value < 16384) {
      this.u8(0x40 | (value >> 8))
      this.u8(value & 255)
    } else {
      this.#reserve(5)
      this.buffer[this.length] = 0x80
      this.length = this.buffer.writeUInt32BE(value, this.length + 1)
    }
  }

  /** A plain RDB string. */
  string(bytes: Uint8Array, start: number, end: number): void {
    this.len(end - start)
    this.raw(bytes, start, end)
  }

  text(text: string): void {
    this.len(text.length)
    this.ascii(text)
  }

  /** An RDB string that is an integer: in the short forms when it fits 32 bits, as servers write it. */
  integer(value: number): void {
    if (value >= -128 && value <= 127) {
      this.u8(0xc0)
      this.u8(value & 255)
    } else if (value >= -32768 && value <= 32767) {
      this.u8(0xc1)
      this.u16(value & 0xffff)
    } else if (value >= -2147483648 && value <= 2147483647) {
      this.u8(0xc2)
      this.i32(value)
    } else {
      this.text(String(value))
    }
  }

  #reserve(size: number): void {
    if (this.length + size <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.length + size, this.buffer.length * 2))
    larger.set(this.buffer.subarray(0, this.length))
    this.buffer = larger
  }
}
