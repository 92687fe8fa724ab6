import { describe, expect, it } from 'vitest'
import type { KeySizes } from '../../../reports/report.js'
import { KeySizeCounts } from '../../../src/analysis/keysizes.js'
import { eachBlock } from '../../../src/analysis/row-block.js'
import { batchOf, type KeySpec } from '../../helpers/batches.js'

function sizesOf(keys: readonly KeySpec[]): KeySizes {
  const counts = new KeySizeCounts()
  eachBlock(batchOf(keys), (block) => counts.add(block))
  return counts.result(new Map())
}

describe('sizes of keys', () => {
  it('have percentiles within 7 %, with exact ends and mean', () => {
    const sizes = Array.from({ length: 1000 }, (_, i) => (i + 1) * 100)
    const { ramBytes } = sizesOf(sizes.map((ramBytes) => ({ key: 'k', ramBytes })))
    expect(ramBytes).toMatchObject({ p0: 100, p100: 100_000, mean: 50_050 })
    for (const [name, share] of [
      ['p50', 0.5],
      ['p75', 0.75],
      ['p90', 0.9],
      ['p95', 0.95],
      ['p99', 0.99],
      ['p999', 0.999],
    ] as const) {
      expect(Math.abs(ramBytes![name] / (share * 100_000) - 1)).toBeLessThan(0.07)
    }
  })

  it('are counted by powers of two, without the empty ends', () => {
    const { histogram } = sizesOf([40, 63, 64, 300].map((ramBytes) => ({ key: 'k', ramBytes })))
    expect(histogram).toEqual([
      { from: 32, to: 64, keys: 2, ramBytes: 103 },
      { from: 64, to: 128, keys: 1, ramBytes: 64 },
      { from: 128, to: 256, keys: 0, ramBytes: 0 },
      { from: 256, to: 512, keys: 1, ramBytes: 300 },
    ])
  })

  it('tell the lengths of names, also of empty and very long ones', () => {
    const lengths = [0, 1, 3, 3, 700, 5000]
    const { nameBytes, nameHistogram, totalNameBytes } = sizesOf(lengths.map((length) => ({ key: 'x'.repeat(length) })))
    expect(nameBytes).toMatchObject({ p0: 0, p50: 3, p100: 5000, mean: 5707 / 6 })
    expect(nameBytes!.p75).toBeGreaterThan(650)
    expect(nameBytes!.p75).toBeLessThan(750)
    expect(totalNameBytes).toBe(5707)
    expect(nameHistogram.filter(({ keys }) => keys > 0).map(({ from, to, keys }) => [from, to, keys])).toEqual([
      [0, 1, 1],
      [1, 2, 1],
      [2, 4, 2],
      [512, 1024, 1],
      [4096, 8192, 1],
    ])
  })

  it('are told per type, with elements', () => {
    const { perType } = sizesOf([
      { key: 'a', ramBytes: 10 },
      { key: 'b', ramBytes: 20 },
      { key: 'c', ramBytes: 30 },
      { key: 'h', type: 'hash', elements: 4 },
      { key: 'm', type: 'module', elements: 1 },
    ])
    expect(perType.map(({ type, keys, keyShare, elements }) => [type, keys, keyShare, elements])).toEqual([
      ['string', 3, 0.6, 3],
      ['hash', 1, 0.2, 4],
      ['module', 1, 0.2, 1],
    ])
    expect(perType[0]!.elementsPercentiles).toMatchObject({ p0: 1, p50: 1, p100: 1, mean: 1 })
    expect(perType[1]!.elementsPercentiles).toMatchObject({ p0: 4, p50: 4, p100: 4, mean: 4 })
    expect(perType[2]!.elementsPercentiles).toBeNull()
  })
})
