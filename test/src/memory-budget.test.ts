import { describe, expect, it } from 'vitest'
import { DEFAULT_MEMORY_BYTES, LEAST_MEMORY_BYTES, memoryBudget, memoryForThreads } from '../../src/memory-budget.js'

const MIB = 2 ** 20

describe('memoryBudget', () => {
  it('is what everything was sized for unless told otherwise', () => {
    expect(memoryBudget()).toMatchObject({
      bytes: DEFAULT_MEMORY_BYTES,
      patternNodes: 16_384,
      patternCells: 8192,
      listedKeys: 10_000,
      sampledBytes: 16 * MIB,
      savingsKeys: 8192,
    })
  })

  it('gives more of everything for more memory', () => {
    const budgets = [128, 150, 180, 200, 250, 300, 400, 512, 1024, 16_384].map((size) => memoryBudget(size * MIB))
    for (const name of [
      'threads',
      'patternNodes',
      'patternCells',
      'listedKeys',
      'sampledBytes',
      'savingsKeys',
    ] as const) {
      const sizes = budgets.map((budget) => budget[name])
      expect(sizes, name).toEqual([...sizes].sort((a, b) => a - b))
      expect(sizes[0]!, name).toBeGreaterThan(0)
      expect(Math.log2(memoryBudget(150 * MIB).patternNodes) % 1).toBe(0)
    }
  })

  it('says how much so many threads need', () => {
    for (let threads = 2; threads < 64; threads++) {
      expect(memoryBudget(memoryForThreads(threads)).threads).toBe(threads)
      expect(memoryBudget(memoryForThreads(threads) - 1).threads).toBe(threads - 1)
    }
    expect(memoryForThreads(1)).toBe(LEAST_MEMORY_BYTES)
  })
})
