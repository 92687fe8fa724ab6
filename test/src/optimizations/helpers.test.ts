import { describe, expect, it } from 'vitest'
import { GatheredHashes, noPairs } from '../../../src/memory/gathered-hash.js'
import { ShapeKey, ShapePricer } from '../../../src/memory/shape-pricer.js'
import { ShapeString } from '../../../src/memory/shape-string.js'
import { KeySizer } from '../../../src/memory/sizer.js'
import { crc32 } from '../../../src/optimizations/crc32.js'
import { ElementCounts, elbowOf } from '../../../src/optimizations/curve.js'
import { shortNames } from '../../../src/optimizations/short-names.js'
import { targetById } from '../../helpers/targets.js'

const TARGETS = ['redis-5.0', 'redis-6.2', 'redis-7.4', 'redis-8.6', 'valkey-8.0', 'valkey-9.1']

describe('hashes of which only sums are kept', () => {
  it.each(TARGETS)('cost on %s what they cost when they are filled one after the other', (id) => {
    const target = targetById(id)
    for (const pairs of [1, 10, 512, 513, 3000]) {
      const hashes = new GatheredHashes(target)
      const sums = noPairs()
      for (let i = 0; i < pairs; i++) {
        const pair = hashes.addPair(5, 10_000 + i, 8, Number.NaN, false)
        sums.pairs++
        sums.packedBytes += pair.packedBytes
        sums.givenBytes += pair.givenBytes
        sums.usageBytes += pair.usageBytes
      }
      const pricer = new ShapePricer(target)
      pricer.begin('hash', 14, false)
      for (let i = 0; i < pairs; i++) pricer.field(5, 10_000 + i, 8, Number.NaN)
      expect(hashes.price(14, false, sums), `${pairs} pairs`).toBe(pricer.end())
      expect(hashes.memoryUsageBytes, `MEMORY USAGE, ${pairs} pairs`).toBe(pricer.memoryUsageBytes)
    }
  })

  it.each(TARGETS)('are what to expect on %s where one value is too long, wherever it stands', (id) => {
    const target = targetById(id)
    const hashes = new GatheredHashes(target)
    const pairs = 20
    const sums = noPairs()
    for (let i = 0; i < pairs; i++) {
      const pair = hashes.addPair(5, Number.NaN, i === 0 ? 80 : 8, Number.NaN, false)
      sums.pairs++
      sums.longPairs += pair.longPairs
      sums.packedBytes += pair.packedBytes
      sums.givenBytes += pair.givenBytes
      sums.usageBytes += pair.usageBytes
    }
    let sum = 0
    let usage = 0
    for (let place = 0; place < pairs; place++) {
      const sizer = new KeySizer(target)
      const key = new ShapeKey().set('hash', 14, false)
      sizer.begin(key)
      sizer.count(pairs)
      for (let i = 0; i < pairs; i++) {
        const value = new ShapeString().set(i === place ? 80 : 8, Number.NaN)
        sizer.field(new ShapeString().set(5, Number.NaN), value, -1)
      }
      sizer.end(key)
      sum += sizer.ramBytes
      usage += sizer.memoryUsageBytes
    }
    expect(hashes.price(14, false, sums)).toBeCloseTo(sum / pairs, 6)
    expect(Math.abs(hashes.memoryUsageBytes - usage / pairs)).toBeLessThanOrEqual(1)
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
