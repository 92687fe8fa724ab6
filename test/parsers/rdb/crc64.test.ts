import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Crc64 } from '../../../parsers/index.js'
import { wasmCrc64 } from '../../../parsers/rdb/crc64-wasm.js'
import { crc64Module, MODULE } from '../../../scripts/build-crc64.js'

/** Bytes without a pattern, always the same. */
function noise(length: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state >>> 24
  })
}

function byTables(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const crc = new Crc64()
  crc.updateByTables(bytes, from, to)
  return crc.toString()
}

describe('CRC-64', () => {
  it('gives the check value of its parameters', () => {
    const crc = new Crc64()
    crc.update(new TextEncoder().encode('123456789'), 0, 9)
    expect(crc.toString()).toBe('e9c6d914c4b8d9ca')
  })

  it('is the same whatever the pieces and wherever they lie in memory', () => {
    const bytes = noise(30_000)
    const whole = byTables(bytes)
    for (const size of [1, 3, 8, 64, 65, 999, 4095, 4096, 8191, 8192, 8193, 10_001]) {
      const crc = new Crc64()
      for (let at = 0; at < bytes.length; at += size) crc.update(bytes, at, Math.min(bytes.length, at + size))
      expect(crc.toString()).toBe(whole)
      const shifted = new Uint8Array(bytes.length + size)
      shifted.set(bytes, size)
      const moved = new Crc64()
      moved.update(shifted.subarray(size), 0, bytes.length)
      expect(moved.toString()).toBe(whole)
    }
  })
})

describe('CRC-64 in WebAssembly', () => {
  const wasm = wasmCrc64()!

  it('is what the script compiles from crc64.wat', async () => {
    expect(readFileSync(MODULE, 'utf8'), 'run npx tsx scripts/build-crc64.ts').toBe(await crc64Module())
  })

  it('folds by a multiple of the polynomial', () => {
    // The powers in crc64.wat, as bits: 0xad93d23594c935a9 is the polynomial, not reflected, without x^64.
    const polynomial = (1n << 64n) | 0xad93d23594c935a9n
    let rest = [5045, 4368, 4340, 3618, 2621, 609, 0].reduce((sum, power) => sum | (1n << BigInt(power)), 0n)
    for (let bit = 5045n; bit >= 64n; bit--) if ((rest >> bit) & 1n) rest ^= polynomial << (bit - 64n)
    expect(rest).toBe(0n)
  })

  it('agrees with the tables at every length, after other checksums used the same memory', () => {
    const bytes = noise(12_000)
    const slow = new Crc64()
    for (let length = 0; length <= bytes.length; length++) {
      const fast = new Crc64()
      wasm.update(fast, bytes, 0, length)
      if (fast.high !== slow.high || fast.low !== slow.low) expect(fast.toString(), `${length} bytes`).toBe(`${slow}`)
      if (length < bytes.length) slow.updateByTables(bytes, length, length + 1)
    }
  })

  it('agrees with the tables at lengths about its window, from any byte, after any split', () => {
    const bytes = noise(720_000)
    for (const length of [16_384, 235_567, 235_568, 235_569, 243_759, 243_760, 262_144, 471_136, 471_137, 719_000]) {
      for (const from of [0, 1, 7, 16, 933]) {
        const expected = byTables(bytes, from, from + length)
        for (const split of [0, 1, 5000, 8192, length - 1]) {
          const crc = new Crc64()
          wasm.update(crc, bytes, from, from + split)
          wasm.update(crc, bytes, from + split, from + length)
          if (crc.toString() !== expected) expect(crc.toString(), `${length} from ${from}, ${split}`).toBe(expected)
        }
      }
    }
  })

  it('serves several checksums in turns', () => {
    const bytes = noise(100_000)
    const crcs = [new Crc64(), new Crc64(), new Crc64()]
    for (let at = 0; at < bytes.length; at += 10_000) {
      crcs.forEach((crc, i) => {
        crc.update(bytes, at + i, Math.min(bytes.length, at + 10_000 + i))
      })
    }
    expect(crcs.map(String)).toEqual([0, 1, 2].map((i) => byTables(bytes, i, bytes.length)))
  })

  describe('where it is switched off', () => {
    afterEach(() => {
      vi.unstubAllGlobals()
      vi.resetModules()
    })

    it.each([
      ['no WebAssembly at all', undefined],
      [
        'WebAssembly that refuses',
        {
          Module: class {},
          Instance: class {
            constructor() {
              throw new RangeError('no memory')
            }
          },
        },
      ],
    ])('the tables do it: %s', async (_, global) => {
      vi.stubGlobal('WebAssembly', global)
      vi.resetModules()
      const { Crc64: Anew } = await import('../../../parsers/rdb/crc64.js')
      const { wasmCrc64: anew } = await import('../../../parsers/rdb/crc64-wasm.js')
      const bytes = noise(50_000)
      const crc = new Anew()
      crc.update(bytes, 3, bytes.length)
      expect(anew()).toBeNull()
      expect(crc.toString()).toBe(byTables(bytes, 3))
    })
  })
})
