import { closeSync, openSync, writeSync } from 'node:fs'
import { Crc64 } from '../parsers/rdb/crc64.js'
import { Bytes } from './bytes.js'
import { writeCompressed } from './lzf.js'

/** RDB version 10 = Redis 7.0, which Debian's redis-check-rdb reads. */
const HEADER = 'REDIS0010'
const FLUSH_BYTES = 4 << 20

export const VALUE_TYPE = {
  string: 0,
  set: 2,
  hash: 4,
  zset: 5,
  intset: 11,
  hashListpack: 16,
  zsetListpack: 17,
  quicklist2: 18,
} as const

/** Writes a dump as it comes: memory does not grow with the file. */
export class RdbWriter {
  readonly out = new Bytes(FLUSH_BYTES * 2)
  readonly #packed = new Bytes(1 << 16)
  readonly #file: number
  readonly #crc = new Crc64()
  bytesWritten = 0

  constructor(path: string, keys: number, expires: number) {
    this.#file = openSync(path, 'w')
    const { out } = this
    out.ascii(HEADER)
    this.#aux('redis-ver').text('7.0.15')
    this.#aux('redis-bits').integer(64)
    this.#aux('ctime').integer(1_760_000_000)
    out.u8(0xfe) // SELECTDB
    out.len(0)
    out.u8(0xfb) // RESIZEDB
    out.len(keys)
    out.len(expires)
  }

  /** Begins a record; what follows on `out` is the value. `expiresAtMs` -1: never. */
  key(type: number, key: string, expiresAtMs: number): void {
    this.flushWhenLarge()
    if (expiresAtMs !== -1) {
      this.out.u8(0xfc)
      this.out.i64(expiresAtMs)
    }
    this.out.u8(type)
    this.out.text(key)
  }

  /** A string as servers with `rdbcompression yes` write it. */
  compressed(bytes: Uint8Array, start: number, end: number): void {
    writeCompressed(this.out, this.#packed, bytes, start, end)
  }

  flushWhenLarge(): void {
    if (this.out.length >= FLUSH_BYTES) this.#flush()
  }

  end(): void {
    this.out.u8(0xff)
    this.#flush()
    this.out.i32(this.#crc.low)
    this.out.i32(this.#crc.high)
    this.#flush()
    closeSync(this.#file)
  }

  #aux(name: string): Bytes {
    this.out.u8(0xfa)
    this.out.text(name)
    return this.out
  }

  #flush(): void {
    const { out } = this
    this.#crc.update(out.buffer, 0, out.length)
    for (let at = 0; at < out.length; ) at += writeSync(this.#file, out.buffer, at, out.length - at)
    this.bytesWritten += out.length
    out.clear()
  }
}
