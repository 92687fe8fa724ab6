import { CRC64_MODULE } from './crc64-module.js'

/** What crc64.wat exports. `update` sums up `length` bytes that were put at `data`, up to `capacity`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly state: { readonly value: number }
  readonly data: { readonly value: number }
  readonly capacity: { readonly value: number }
  update(length: number): void
}

/** The part of WebAssembly that is used here: neither ECMAScript's types nor Node's have it. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Exports }
}

/** A checksum so far, as two 32-bit halves. */
interface Halves {
  high: number
  low: number
}

/**
 * CRC-64 in WebAssembly, through a memory of 256 KiB that all checksums of a thread share: each brings its state along.
 */
class WasmCrc64 {
  readonly #update: (length: number) => void
  /** Low and high half, little-endian as all of WebAssembly. */
  readonly #state: DataView
  readonly #data: Uint8Array

  constructor(wasm: WebAssemblyLike) {
    const module = Uint8Array.from(CRC64_MODULE.match(/../g)!, (pair) => Number.parseInt(pair, 16))
    const { memory, state, data, capacity, update } = new wasm.Instance(new wasm.Module(module)).exports
    this.#update = update
    this.#state = new DataView(memory.buffer, state.value, 8)
    this.#data = new Uint8Array(memory.buffer, data.value, capacity.value)
  }

  update(crc: Halves, bytes: Uint8Array, from: number, to: number): void {
    this.#state.setInt32(0, crc.low, true)
    this.#state.setInt32(4, crc.high, true)
    for (let at = from; at < to; at += this.#data.length) {
      const end = Math.min(to, at + this.#data.length)
      this.#data.set(bytes.subarray(at, end))
      this.#update(end - at)
    }
    crc.low = this.#state.getInt32(0, true)
    crc.high = this.#state.getInt32(4, true)
  }
}

let shared: WasmCrc64 | null | undefined

/** The one of this thread. Null where WebAssembly is switched off (`node --jitless`), lacks SIMD or gets no memory. */
export function wasmCrc64(): WasmCrc64 | null {
  if (shared === undefined) {
    const wasm = (globalThis as { readonly WebAssembly?: WebAssemblyLike }).WebAssembly
    try {
      shared = wasm === undefined ? null : new WasmCrc64(wasm)
    } catch {
      shared = null
    }
  }
  return shared
}
