import { describe, expect, it } from 'vitest'
import type { IdleReport } from '../../../reports/report.js'
import { Idle } from '../../../src/analysis/idle.js'
import { eachBlock } from '../../../src/analysis/row-block.js'
import { batchOf, type KeySpec } from '../../helpers/batches.js'

const DAY = 86_400

function idleOf(keys: readonly KeySpec[]): IdleReport {
  const idle = new Idle()
  eachBlock(batchOf(keys), (block) => idle.add(block))
  return idle.result()
}

describe('idle time', () => {
  it('is told in buckets, with what has been cold for long', () => {
    const seconds = [0, 59, 60, 3600, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 400 * DAY]
    const { policy, idle, freq, cold } = idleOf(seconds.map((idleSeconds) => ({ key: 'k', idleSeconds, ramBytes: 10 })))
    expect(policy).toBe('lru')
    expect(idle.map(({ from, to, keys }) => [from, to, keys])).toEqual([
      [0, 60, 2],
      [60, 3600, 1],
      [3600, DAY, 1],
      [DAY, 7 * DAY, 1],
      [7 * DAY, 30 * DAY, 1],
      [30 * DAY, 90 * DAY, 1],
      [90 * DAY, null, 2],
    ])
    expect(freq).toEqual([])
    expect(cold).toEqual([
      { seconds: DAY, keys: 5, ramBytes: 50 },
      { seconds: 7 * DAY, keys: 4, ramBytes: 40 },
      { seconds: 30 * DAY, keys: 3, ramBytes: 30 },
      { seconds: 90 * DAY, keys: 2, ramBytes: 20 },
    ])
  })

  it('is replaced by access counters where the policy is LFU', () => {
    const { policy, freq, idle, cold } = idleOf([0, 1, 4, 5, 255].map((freq) => ({ key: 'k', freq, ramBytes: 10 })))
    expect(policy).toBe('lfu')
    expect(freq.filter(({ keys }) => keys > 0).map(({ title, keys }) => [title, keys])).toEqual([
      ['0', 1],
      ['1 to 4', 2],
      ['5 to 9', 1],
      ['200 and more', 1],
    ])
    expect([idle, cold]).toEqual([[], []])
  })

  it('is unknown when the dump does not say', () => {
    const { policy, note, idle, freq, cold } = idleOf([{ key: 'k' }])
    expect([policy, idle, freq, cold]).toEqual(['none', [], [], []])
    expect(note).toMatch(/does not say/)
  })

  it('can differ between dumps', () => {
    expect(
      idleOf([
        { key: 'a', idleSeconds: 5 },
        { key: 'b', freq: 5 },
      ]).policy,
    ).toBe('mixed')
  })
})
