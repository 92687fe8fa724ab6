import { describe, expect, it } from 'vitest'
import { sampleHash, sampleHashIn } from '../../src/sample-hash.js'

describe('the hash by which keys are sampled', () => {
  it('is the same byte by byte and word by word, wherever a name lies', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 89 + 200) & 255)
    const view = new DataView(bytes.buffer)
    for (let start = 0; start < 9; start++) {
      for (let end = start; end < 140; end++) expect(sampleHashIn(view, start, end)).toBe(sampleHash(bytes, start, end))
    }
  })

  it('takes about one key in so many, of names that differ in a few digits', () => {
    const encoder = new TextEncoder()
    for (const name of [(i: number) => `user:${i}:name`, (i: number) => `${i}`, (i: number) => `k:${i * 1000}`]) {
      for (const oneIn of [2, 16, 256]) {
        let taken = 0
        for (let i = 0; i < 100_000; i++) {
          const bytes = encoder.encode(name(i))
          if (sampleHash(bytes, 0, bytes.length) % oneIn === 0) taken++
        }
        const expected = 100_000 / oneIn
        expect(Math.abs(taken - expected)).toBeLessThan(5 * Math.sqrt(expected))
      }
    }
  })
})
