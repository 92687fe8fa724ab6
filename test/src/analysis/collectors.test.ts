import { describe, expect, it } from 'vitest'
import { type CollectedReport, Collectors } from '../../../src/analysis/collectors.js'
import { KeyBatch } from '../../../src/batch.js'
import { addKey, inBatches, type KeySpec } from '../../helpers/batches.js'
import { NOW_MS, randomKeys } from '../../helpers/random-keys.js'
import { targetById } from '../../helpers/targets.js'

const target = targetById('redis-7.4')
const keys = randomKeys(6000, 7)

function collectorsOf(specs: readonly KeySpec[], batchRows = 1024): Collectors {
  const collectors = new Collectors({ top: 10 })
  collectors.setNow(NOW_MS)
  inBatches(specs, (batch) => collectors.add(batch), batchRows)
  return collectors
}

function report(collectors: Collectors): CollectedReport {
  return collectors.report({ nowMs: NOW_MS, target })
}

const whole = report(collectorsOf(keys))

describe('collectors', () => {
  it.each([1, 7, 4096])('report the same from batches of %i rows', (batchRows) => {
    expect(report(collectorsOf(keys, batchRows))).toEqual(whole)
  })

  it('report the same whatever the order of the keys', () => {
    expect(report(collectorsOf([...keys].reverse()))).toEqual(whole)
  })

  it('add up to what one collector has seen', () => {
    const parts = [keys.slice(0, 10), keys.slice(10, 4000), [], keys.slice(4000)].map((part) => collectorsOf(part))
    const [first, ...others] = parts
    for (const other of others) first!.merge(other)
    expect(report(first!)).toEqual(whole)
  })

  it('go on after a report and after a merge', () => {
    const collectors = collectorsOf(keys.slice(0, 2000))
    report(collectors)
    collectors.merge(collectorsOf(keys.slice(2000, 3000)))
    report(collectors)
    inBatches(keys.slice(3000), (batch) => collectors.add(batch))
    expect(report(collectors)).toEqual(whole)
  })

  it('give columns that add up to the totals', () => {
    const { totals, types, encodings, databases, files, patterns, ttl, keySizes } = whole
    const sum = (rows: readonly { keys: number; ramBytes: number }[]): object => ({
      keys: rows.reduce((total, row) => total + row.keys, 0),
      ramBytes: rows.reduce((total, row) => total + row.ramBytes, 0),
    })
    const expected = { keys: totals.keys, ramBytes: totals.ramBytes }
    expect(expected.keys).toBe(keys.length)
    for (const rows of [types, encodings, databases, files, patterns, ttl.buckets, keySizes.histogram]) {
      expect(sum(rows)).toEqual(expected)
    }
    expect(sum(keySizes.nameHistogram)).toEqual(expected)
    expect(ttl.buckets[0]!.keys).toBe(totals.keys - totals.expiringKeys)
    expect(ttl.expired.keys).toBe(totals.expiredKeys)
    expect(patterns.reduce((total, row) => total + row.expiredKeys, 0)).toBe(totals.expiredKeys)
  })

  it('survive JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole)
  })

  it('report a dump without keys', () => {
    const empty = new Collectors({ top: 10 }).report({ nowMs: NOW_MS, target, files: 1 })
    expect(empty.totals).toMatchObject({ keys: 0, ramBytes: 0, memoryUsageBytes: 0 })
    expect(empty.files).toMatchObject([{ file: 0, keys: 0 }])
    expect(empty).toMatchObject({ types: [], databases: [], bigKeys: [], largest: [] })
    expect(empty.keySizes).toMatchObject({ ramBytes: null, nameBytes: null, histogram: [], perType: [] })
    expect(empty.ttl).toMatchObject({ spread: null, stampedes: [], leaks: [] })
    expect(empty.idle.policy).toBe('none')
    expect(empty.slots).toMatchObject({ usedSlots: 0, heaviest: [], shardPlans: [] })
  })

  it('keep a column per file', () => {
    const collectors = new Collectors({ top: 10 })
    const batch = new KeyBatch(8)
    for (const [file, names] of [['a', 'b', 'c'], ['d'], ['e', 'f']].entries()) {
      collectors.setNow(NOW_MS)
      batch.clear()
      batch.file = file
      for (const key of names) addKey(batch, { key, ramBytes: 100 + file })
      collectors.add(batch)
    }
    const { files } = collectors.report({ nowMs: NOW_MS, target, files: 4 })
    expect(files.map(({ file, keys, ramBytes }) => [file, keys, ramBytes])).toEqual([
      [0, 3, 300],
      [1, 1, 101],
      [2, 2, 204],
      [3, 0, 0],
    ])
  })

  it('leave slots out when they are not wanted, and MEMORY USAGE where the target has none', () => {
    const collectors = new Collectors({ top: 10, slots: false })
    inBatches([{ key: 'a', memoryUsageBytes: -1 }], (batch) => collectors.add(batch))
    const { slots, totals } = collectors.report({ nowMs: NOW_MS, target: targetById('redis-3.2') })
    expect(slots).toBeNull()
    expect(totals.memoryUsageBytes).toBeNull()
  })
})
