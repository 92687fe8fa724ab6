import { Crc64 } from '../../parsers/index.js'

/** Bytes as numbers, or text that becomes UTF-8. */
export type Content = string | Uint8Array

export interface DumpHeader {
  readonly magic?: 'REDIS' | 'VALKEY'
  readonly version?: number
}

/**
 * Begins a dump written byte by byte: `dump().select(0).type(0, 'a').string('b').end()`.
 * Every method adds exactly what it names; nothing checks that the result makes sense.
 */
export function dump(header: DumpHeader = {}): DumpWriter {
  const magic = header.magic ?? 'REDIS'
  const version = header.version ?? (magic === 'REDIS' ? 12 : 80)
  return new DumpWriter(version).raw(magic + String(version).padStart(magic === 'REDIS' ? 4 : 3, '0'))
}

/** Bytes without a header: parts of a dump, records of a compressed blob. */
export function fragment(): DumpWriter {
  return new DumpWriter(0)
}

/** Bytes from a commented hex listing: blanks are ignored, and everything from `#` to the end of a line. */
export function hex(listing: string): Uint8Array {
  const digits = listing.replace(/#.*$/gm, '').replace(/\s+/g, '')
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not hex: ${digits}`)
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export function bytesOf(content: Content): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}

export class DumpWriter {
  #bytes = new Uint8Array(256)
  #length = 0
  readonly #version: number

  constructor(version: number) {
    this.#version = version
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    return this.raw(Uint8Array.of(value))
  }

  u16le(value: number): this {
    return this.#number(2, (view) => view.setUint16(0, value, true))
  }

  u32le(value: number): this {
    return this.#number(4, (view) => view.setUint32(0, value, true))
  }

  u32be(value: number): this {
    return this.#number(4, (view) => view.setUint32(0, value, false))
  }

  /** Signed 64-bit, little-endian. */
  ms(value: number | bigint): this {
    return this.#number(8, (view) => view.setBigInt64(0, BigInt(value), true))
  }

  u64be(value: number | bigint): this {
    return this.#number(8, (view) => view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), false))
  }

  f32le(value: number): this {
    return this.#number(4, (view) => view.setFloat32(0, value, true))
  }

  f64le(value: number): this {
    return this.#number(8, (view) => view.setFloat64(0, value, true))
  }

  raw(content: Content): this {
    const bytes = bytesOf(content)
    const needed = this.#length + bytes.length
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = needed
    return this
  }

  hex(listing: string): this {
    return this.raw(hex(listing))
  }

  /** A length in its shortest form. */
  len(value: number | bigint): this {
    const n = BigInt.asUintN(64, BigInt(value))
    if (n < 64n) return this.u8(Number(n))
    if (n < 16384n) return this.u8(0x40 | Number(n >> 8n)).u8(Number(n & 255n))
    if (n <= 0xffffffffn) return this.u8(0x80).u32be(Number(n))
    return this.u8(0x81).u64be(n)
  }

  /** A string stored plainly. */
  string(content: Content): this {
    const bytes = bytesOf(content)
    return this.len(bytes.length).raw(bytes)
  }

  /** A string in one of the integer forms: C0 (8 bits), C1 (16) or C2 (32). */
  integer(value: number): this {
    if (value >= -128 && value < 128) return this.u8(0xc0).u8(value & 255)
    if (value >= -32768 && value < 32768) return this.u8(0xc1).u16le(value & 0xffff)
    return this.u8(0xc2).u32le(value >>> 0)
  }

  /** A string in LZF form, whether or not that is shorter. */
  lzf(content: Content): this {
    const bytes = bytesOf(content)
    return this.lzfRaw(lzfCompress(bytes), bytes.length)
  }

  /** A string in LZF form from compressed bytes and the length they claim to have. */
  lzfRaw(compressed: Uint8Array, length: number | bigint): this {
    return this.u8(0xc3).len(compressed.length).len(length).raw(compressed)
  }

  aux(name: Content, value: Content): this {
    return this.u8(250).string(name).string(value)
  }

  select(db: number): this {
    return this.u8(254).len(db)
  }

  resize(keys: number, expires: number): this {
    return this.u8(251).len(keys).len(expires)
  }

  expireMs(ms: number | bigint): this {
    return this.u8(252).ms(ms)
  }

  expireSeconds(seconds: number): this {
    return this.u8(253).u32le(seconds >>> 0)
  }

  idle(seconds: number): this {
    return this.u8(248).len(seconds)
  }

  freq(counter: number): this {
    return this.u8(249).u8(counter)
  }

  /** Type byte and key name; the value follows. */
  type(id: number, key: Content): this {
    return this.u8(id).string(key)
  }

  /** The end, with checksum where the version has one: right, wrong, zero ("disabled") or left out. */
  end(checksum: 'right' | 'wrong' | 'zero' | 'missing' = 'right'): Uint8Array {
    this.u8(255)
    if (this.#version >= 5 && checksum !== 'missing') {
      const crc = crcOf(this.bytes())
      this.raw(checksum === 'zero' ? new Uint8Array(8) : crc)
      if (checksum === 'wrong') this.#bytes[this.#length - 1]! ^= 1
    }
    return this.bytes()
  }

  /** The bytes so far, as a copy. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #number(size: number, write: (view: DataView) => void): this {
    const view = new DataView(new ArrayBuffer(size))
    write(view)
    return this.raw(new Uint8Array(view.buffer))
  }
}

/** What `DUMP key` answers: type, value, version, checksum. */
export function dumpPayload(type: number, value: Uint8Array, rdbVersion: number): Uint8Array {
  const body = new DumpWriter(rdbVersion).u8(type).raw(value).u16le(rdbVersion)
  return body.raw(crcOf(body.bytes())).bytes()
}

/** CRC-64 as it stands behind a dump: 8 bytes, little-endian. */
export function crcOf(bytes: Uint8Array): Uint8Array {
  const crc = new Crc64()
  crc.update(bytes, 0, bytes.length)
  const view = new DataView(new ArrayBuffer(8))
  view.setInt32(0, crc.low, true)
  view.setInt32(4, crc.high, true)
  return new Uint8Array(view.buffer)
}

/** LZF by the book: looks for the last place where the next three bytes stood. Slow and simple. */
export function lzfCompress(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  const seen = new Map<number, number>()
  let literals: number[] = []
  const flush = (): void => {
    if (literals.length > 0) out.push(literals.length - 1, ...literals)
    literals = []
  }
  let at = 0
  while (at < bytes.length) {
    const three = at + 2 < bytes.length ? (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]! : -1
    const from = seen.get(three)
    if (three >= 0) seen.set(three, at)
    if (from === undefined || at - from > 8192) {
      literals.push(bytes[at++]!)
      if (literals.length === 32) flush()
      continue
    }
    let run = 3
    while (run < 264 && at + run < bytes.length && bytes[from + run] === bytes[at + run]) run++
    flush()
    const distance = at - from - 1
    const coded = run - 2
    if (coded < 7) out.push((coded << 5) | (distance >> 8), distance & 255)
    else out.push((7 << 5) | (distance >> 8), coded - 7, distance & 255)
    at += run
  }
  flush()
  return Uint8Array.from(out)
}
