import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { casesIn, compareCase, NOISE_BYTES, TOLERANCE, USAGE_TOLERANCE } from '../../../scripts/savings-accuracy.js'
import { hyperloglogBytes } from '../../../src/optimizations/hyperloglog.js'

const FIXTURES = join(fileURLToPath(new URL('.', import.meta.url)), '../../fixtures/savings')

/** Of the difference: chance has a say in hash tables and skiplists, which are what goes away. */
const SAVED_TOLERANCE = 0.01

/** Data sets that were rewritten on real servers: used_memory and MEMORY USAGE afterwards, after a restart. */
describe('predicted savings against rewritten data', () => {
  for (const name of casesIn(FIXTURES)) {
    it(name, async () => {
      const row = (await compareCase(join(FIXTURES, name), name))!
      const allowed = Math.max(NOISE_BYTES, TOLERANCE[row.certainty] * row.measuredAfter)
      expect(Math.abs(row.predictedAfter - row.measuredAfter)).toBeLessThanOrEqual(allowed)
      const predicted = row.predictedBefore - row.predictedAfter
      const measured = row.measuredBefore - row.measuredAfter
      expect(Math.abs(predicted - measured) / Math.abs(measured)).toBeLessThanOrEqual(SAVED_TOLERANCE)
      if (row.usage !== null) expect(Math.abs(row.usage.error)).toBeLessThanOrEqual(USAGE_TOLERANCE)
    })
  }
})

describe('hyperloglogBytes', () => {
  it('is the size of an empty one for nothing', () => {
    // HYLL header, then XZERO for all 16384 registers.
    expect(hyperloglogBytes(0)).toBe(16 + 2)
  })

  it('is dense, 12 KiB, for many members', () => {
    expect(hyperloglogBytes(100_000)).toBe(16 + 12_288)
  })

  it('never gets smaller with more members', () => {
    let last = 0
    for (let members = 1; members < 5000; members += 7) {
      const bytes = hyperloglogBytes(members)
      expect(bytes).toBeGreaterThanOrEqual(last)
      last = bytes
    }
  })
})
