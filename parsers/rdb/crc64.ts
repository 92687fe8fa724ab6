/**
 * CRC-64 of RDB files ("Jones" polynomial, reflected, no inversion): check("123456789") = e9c6d914c4b8d9ca.
 *
 * Long runs of bytes go through WebAssembly (crc64.wat). What is here does the short ones, and all of them where there
 * is no WebAssembly: eight bytes a step with eight tables; 64-bit values are kept as two 32-bit halves, since BigInt is
 * two orders slower.
 */
import { wasmCrc64 } from './crc64-wasm.js'

// 0x95ac9329ac4bc9b5, the reflected polynomial.
const POLYNOMIAL_HIGH = 0x95ac9329 | 0
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0

/** From this many bytes on WebAssembly gains more than the copy into its memory costs. */
const WASM_BYTES = 8192
/** Below this many bytes a view costs more than it gains. */
const SMALL = 64
const LITTLE_ENDIAN = new Uint8Array(new Int32Array([1]).buffer)[0] === 1

const HIGH = new Int32Array(8 * 256)
const LOW = new Int32Array(8 * 256)

for (let byte = 0; byte < 256; byte++) {
  let high = 0
  let low = byte
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1
    low = (low >>> 1) | (high << 31)
    high = high >>> 1
    if (carry === 1) {
      low ^= POLYNOMIAL_LOW
      high ^= POLYNOMIAL_HIGH
    }
  }
  HIGH[byte] = high
  LOW[byte] = low
}
for (let byte = 0; byte < 256; byte++) {
  for (let table = 1; table < 8; table++) {
    const before = (table - 1) * 256 + byte
    const high = HIGH[before]!
    const low = LOW[before]!
    const index = low & 255
    LOW[table * 256 + byte] = ((low >>> 8) | (high << 24)) ^ LOW[index]!
    HIGH[table * 256 + byte] = (high >>> 8) ^ HIGH[index]!
  }
}

export class Crc64 {
  high = 0
  low = 0

  update(bytes: Uint8Array, from: number, to: number): void {
    const wasm = to - from >= WASM_BYTES ? wasmCrc64() : null
    if (wasm === null) this.updateByTables(bytes, from, to)
    else wasm.update(this, bytes, from, to)
  }

  /** @internal The same without WebAssembly. */
  updateByTables(bytes: Uint8Array, from: number, to: number): void {
    // Words are read four bytes at a time where they lie aligned in memory (little-endian machines).
    const aligned = from + (-(bytes.byteOffset + from) & 3)
    const words = LITTLE_ENDIAN ? (to - aligned) & ~7 : 0
    if (words < SMALL) {
      this.#bytewise(bytes, from, to)
      return
    }
    this.#bytewise(bytes, from, aligned)
    this.#wordwise(new Int32Array(bytes.buffer, bytes.byteOffset + aligned, words >> 2))
    this.#bytewise(bytes, aligned + words, to)
  }

  #wordwise(words: Int32Array): void {
    let high = this.high
    let low = this.low
    const end = words.length
    for (let at = 0; at < end; at += 2) {
      const a = low ^ words[at]!
      const b = high ^ words[at + 1]!
      const i7 = 1792 + (a & 255)
      const i6 = 1536 + ((a >>> 8) & 255)
      const i5 = 1280 + ((a >>> 16) & 255)
      const i4 = 1024 + (a >>> 24)
      const i3 = 768 + (b & 255)
      const i2 = 512 + ((b >>> 8) & 255)
      const i1 = 256 + ((b >>> 16) & 255)
      const i0 = b >>> 24
      low = LOW[i7]! ^ LOW[i6]! ^ LOW[i5]! ^ LOW[i4]! ^ LOW[i3]! ^ LOW[i2]! ^ LOW[i1]! ^ LOW[i0]!
      high = HIGH[i7]! ^ HIGH[i6]! ^ HIGH[i5]! ^ HIGH[i4]! ^ HIGH[i3]! ^ HIGH[i2]! ^ HIGH[i1]! ^ HIGH[i0]!
    }
    this.high = high
    this.low = low
  }

  #bytewise(bytes: Uint8Array, from: number, to: number): void {
    let high = this.high
    let low = this.low
    for (let at = from; at < to; at++) {
      const index = (low ^ bytes[at]!) & 255
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!
      high = (high >>> 8) ^ HIGH[index]!
    }
    this.high = high
    this.low = low
  }

  /** 16 hex digits, most significant first. */
  toString(): string {
    return crcText(this.high, this.low)
  }
}

export function crcText(high: number, low: number): string {
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0')
}
