import { describe, expect, it } from 'vitest'
import { Crc64 } from '../../../parsers/index.js'

describe('CRC-64', () => {
  it('gives the check value of its parameters', () => {
    const crc = new Crc64()
    crc.update(new TextEncoder().encode('123456789'), 0, 9)
    expect(crc.toString()).toBe('e9c6d914c4b8d9ca')
  })

  it('is the same whatever the pieces and wherever they lie in memory', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 3)
    const whole = new Crc64()
    whole.update(bytes, 0, bytes.length)
    for (const size of [1, 3, 8, 64, 65, 999]) {
      const crc = new Crc64()
      for (let at = 0; at < bytes.length; at += size) crc.update(bytes, at, Math.min(bytes.length, at + size))
      expect(crc.toString()).toBe(whole.toString())
      const shifted = new Uint8Array(bytes.length + size)
      shifted.set(bytes, size)
      const moved = new Crc64()
      moved.update(shifted.subarray(size), 0, bytes.length)
      expect(moved.toString()).toBe(whole.toString())
    }
  })
})
