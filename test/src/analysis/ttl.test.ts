import { describe, expect, it } from 'vitest'
import type { TtlReport } from '../../../reports/report.js'
import { bigKeyPreset } from '../../../src/analysis/big-key-limits.js'
import { IntervalCounts } from '../../../src/analysis/interval-counts.js'
import { Patterns } from '../../../src/analysis/patterns.js'
import { eachBlock } from '../../../src/analysis/row-block.js'
import { Ttl } from '../../../src/analysis/ttl.js'
import { FLAG_FIELD_EXPIRY } from '../../../src/batch.js'
import { inBatches, type KeySpec, seeded } from '../../helpers/batches.js'
import { NOW_MS } from '../../helpers/random-keys.js'
import { targetById } from '../../helpers/targets.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

function ttlOf(keys: Iterable<KeySpec>, top = 10): TtlReport {
  const ttl = new Ttl(5)
  const patterns = new Patterns()
  ttl.nowMs = NOW_MS
  patterns.setNow(NOW_MS)
  inBatches(keys, (batch) => {
    eachBlock(batch, (block) => {
      ttl.add(block)
      patterns.add(block)
    })
  })
  return ttl.result(NOW_MS, targetById('redis-7.4'), bigKeyPreset(), patterns.result().rows, top)
}

function expiring(afterMs: number, spec: Partial<KeySpec> = {}): KeySpec {
  return { key: `k:${afterMs}`, ramBytes: 100, expiresAtMs: NOW_MS + afterMs, ...spec }
}

describe('time to live', () => {
  it('puts each key in its bucket', () => {
    const limits = [MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY]
    const { buckets } = ttlOf([
      { key: 'never' },
      expiring(-1),
      expiring(0),
      ...limits.flatMap((limit) => [expiring(limit - 1), expiring(limit)]),
    ])
    expect(buckets.map(({ id, keys }) => [id, keys])).toEqual([
      ['none', 1],
      ['expired', 1],
      ['<1m', 2],
      ['1m-1h', 2],
      ['1h-4h', 2],
      ['4h-12h', 2],
      ['12h-24h', 2],
      ['1d-7d', 2],
      ['7d-30d', 2],
      ['30d-1y', 2],
      ['>1y', 1],
    ])
  })

  it('tells the spread of what has not expired', () => {
    const { spread } = ttlOf([expiring(-DAY), ...Array.from({ length: 101 }, (_, i) => expiring((i + 1) * MINUTE))])
    expect(spread!.minMs).toBe(MINUTE)
    expect(spread!.maxMs).toBe(101 * MINUTE)
    expect(Math.abs(spread!.medianMs / (51 * MINUTE) - 1)).toBeLessThan(0.07)
    expect(ttlOf([expiring(-DAY), { key: 'never' }]).spread).toBeNull()
  })

  it('names patterns that leak keys without expiry', () => {
    const sessions = Array.from({ length: 200 }, (_, i): KeySpec => {
      const key = `session:${i * 7919}`
      return i % 50 === 0 ? { key, ramBytes: 1000 } : expiring(i * MINUTE, { key })
    })
    const users = Array.from({ length: 100 }, (_, i): KeySpec => ({ key: `user:${i}`, ramBytes: 10 }))
    const { leaks, withoutTtlPatterns } = ttlOf([...sessions, ...users])
    expect(leaks).toMatchObject([{ pattern: 'session:{int}', keys: 200, withoutTtl: 4, expiringShare: 0.98 }])
    expect(leaks[0]!.example!.key).toMatch(/^session:\d+$/)
    expect(withoutTtlPatterns.map((row) => [row.pattern, row.withoutTtl, row.withoutTtlRamBytes])).toEqual([
      ['session:{int}', 4, 4000],
      ['user:{int}', 100, 1000],
    ])
  })

  it('lists big collections that expire within a day', () => {
    const { bigExpiring, keysWithFieldTtl } = ttlOf([
      expiring(HOUR, { key: 'soon', type: 'set', elements: 5000 }),
      expiring(2 * DAY, { key: 'later', type: 'set', elements: 9000 }),
      expiring(HOUR, { key: 'small', type: 'hash', elements: 4999, flags: FLAG_FIELD_EXPIRY }),
      expiring(-HOUR, { key: 'gone', type: 'set', elements: 9000 }),
    ])
    expect(bigExpiring.map(({ key }) => key)).toEqual(['soon'])
    expect(bigExpiring[0]!.reasons).toEqual(['expires in 1 h with 5,000 elements'])
    expect(keysWithFieldTtl).toBe(1)
  })
})

describe('stampedes', () => {
  it('are intervals with many more keys than others', () => {
    const burstAt = 5 * HOUR + 30 * MINUTE + 17 * SECOND
    const keys = Array.from({ length: 2000 }, (_, i) => expiring(i < 500 ? burstAt + i : i * 40_000))
    const { stampedes, stampedeUndercount } = ttlOf(keys)
    const startMs = NOW_MS + burstAt
    expect(stampedes).toMatchObject([
      { unit: 'second', startMs, keys: 500, ramBytes: 50_000, share: 0.25 },
      { unit: 'minute', startMs: NOW_MS + 5 * HOUR + 30 * MINUTE },
      { unit: 'hour', startMs: NOW_MS + 5 * HOUR },
    ])
    expect(stampedeUndercount).toBe(0)
  })

  it('do not show in an even spread', () => {
    expect(ttlOf(Array.from({ length: 20_000 }, (_, i) => expiring(i * 10_000))).stampedes).toEqual([])
  })

  it('show also when all keys expire together', () => {
    const { stampedes } = ttlOf(Array.from({ length: 30 }, () => expiring(DAY)))
    expect(stampedes.map(({ unit, keys, share }) => [unit, keys, share])).toEqual([
      ['second', 30, 1],
      ['minute', 30, 1],
      ['hour', 30, 1],
    ])
  })

  it('are found among more intervals than are kept, with the shortfall told', () => {
    const random = seeded(11)
    const burstAt = 20 * DAY
    function* keys(): Iterable<KeySpec> {
      for (let i = 0; i < 300_000; i++) {
        // Every tenth key expires in one second, the others all over two months.
        yield expiring(i % 10 === 0 ? burstAt : Math.floor(random() * 60 * DAY), { key: 'k' })
      }
    }
    const { stampedes, stampedeUndercount } = ttlOf(keys())
    const second = stampedes[0]!
    expect(second).toMatchObject({ unit: 'second', startMs: NOW_MS + burstAt })
    expect(stampedeUndercount).toBeGreaterThan(0)
    expect(stampedeUndercount).toBeLessThan(1000)
    expect(second.keys).toBeLessThan(30_000 + 100)
    expect(second.keys).toBeGreaterThanOrEqual(30_000 - stampedeUndercount)
  })
})

describe('interval counts', () => {
  it('lack no more than they say', () => {
    const counts = new IntervalCounts(6)
    const random = seeded(5)
    const truth = new Map<number, number>()
    for (let i = 0; i < 20_000; i++) {
      const interval = Math.floor(random() ** 4 * 4000)
      truth.set(interval, (truth.get(interval) ?? 0) + 1)
      counts.add(interval, 1, 10)
    }
    for (const [interval, keys, ramBytes] of counts.entries()) {
      expect(keys).toBeLessThanOrEqual(truth.get(interval)!)
      expect(keys).toBeGreaterThanOrEqual(truth.get(interval)! - counts.undercount)
      expect(ramBytes).toBe(keys * 10)
    }
    const [heaviest] = [...truth].sort((a, b) => b[1] - a[1])[0]!
    expect([...counts.entries()].map(([interval]) => interval)).toContain(heaviest)
  })

  it('hold the first and the last interval', () => {
    const counts = new IntervalCounts(4)
    counts.add(0, 1, 1)
    counts.add(2 ** 32 - 2, 2, 2)
    expect([...counts.entries()].sort((a, b) => a[0] - b[0])).toEqual([
      [0, 1, 1],
      [2 ** 32 - 2, 2, 2],
    ])
  })
})
