import { describe, expect, it } from 'vitest'
import { modelById } from '../../../src/memory/models/index.js'
import { HashSums, ShapePricer } from '../../../src/memory/shape-pricer.js'
import { createTarget } from '../../../src/memory/target.js'
import { crc32 } from '../../../src/optimizations/crc32.js'
import { ElementCounts, elbowOf } from '../../../src/optimizations/curve.js'
import { shortNames } from '../../../src/optimizations/short-names.js'

const TARGETS = ['redis-6.2', 'redis-7.4', 'redis-8.6', 'valkey-8.0', 'valkey-9.1']

function pricer(id: string): ShapePricer {
  return new ShapePricer(createTarget(modelById(id)!))
}

describe('hashes of which only sums are kept', () => {
  it.each(TARGETS)('cost on %s what they cost when they are filled one after the other', (id) => {
    for (const pairs of [1, 10, 512, 513, 3000]) {
      const at = pricer(id)
      const sums = new HashSums(4)
      for (let i = 0; i < pairs; i++) {
        at.addTo(sums, 2, 5, 10_000 + i, 8, Number.NaN)
        // Another hash grows at the same time.
        at.addTo(sums, 3, 12, Number.NaN, 3, 100 + i)
      }
      const fromSums = at.hashOf(sums, 2, 14)
      at.begin('hash', 14, false)
      for (let i = 0; i < pairs; i++) at.field(5, 10_000 + i, 8, Number.NaN)
      expect(fromSums, `${pairs} pairs`).toBe(at.end())
    }
  })

  it('can be joined, as if there had been fewer from the start', () => {
    const at = pricer('redis-7.4')
    const fine = new HashSums(8)
    const coarse = new HashSums(2)
    for (let i = 0; i < 300; i++) {
      at.addTo(fine, (i * 7) % 8, 6, 100_000 + i, 20, Number.NaN)
      at.addTo(coarse, ((i * 7) % 8) % 2, 6, 100_000 + i, 20, Number.NaN)
    }
    expect([...fine.folded(2).figures]).toEqual([...coarse.figures])
  })
})

describe('crc32', () => {
  it('gives the check value of the polynomial', () => {
    const bytes = new TextEncoder().encode('123456789')
    expect(crc32(bytes, 0, bytes.length)).toBe(0xcbf43926)
  })
})

describe('shortNames', () => {
  it('gives each text a name of its own that is no integer', () => {
    const texts = Array.from({ length: 52 }, (_, index) => `field${index}`)
    const names = [...shortNames(texts, 1).values()]
    expect(new Set(names).size).toBe(52)
    for (const name of names) expect(name).toMatch(/^[A-Za-z]$/)
  })

  it('begins with the letters of the text', () => {
    expect([...shortNames(['followers', 'friends', 'users'], 2).values()]).toEqual(['fs', 'fr', 'us'])
  })
})

describe('curves', () => {
  it('have their elbow where nine tenths are saved', () => {
    const curve = [0, 50, 91, 100].map((savedBytes, index) => ({ limit: 128 << index, keys: index, savedBytes }))
    expect(elbowOf(curve)?.limit).toBe(512)
    expect(elbowOf([{ limit: 128, keys: 0, savedBytes: 0 }])).toBeNull()
  })

  it('know quantiles of counts within an eighth of a doubling', () => {
    const counts = new ElementCounts()
    for (let i = 1; i <= 1000; i++) counts.add(i)
    expect(counts.quantile(0.5)).toBeGreaterThanOrEqual(500)
    expect(counts.quantile(0.5)).toBeLessThanOrEqual(500 * 2 ** (1 / 8) + 1)
    expect(new ElementCounts().quantile(0.99)).toBe(0)
  })
})
