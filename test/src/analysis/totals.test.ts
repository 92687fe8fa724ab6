import { describe, expect, it } from 'vitest'
import { Patterns } from '../../../src/analysis/patterns.js'
import { eachBlock } from '../../../src/analysis/row-block.js'
import { Totals } from '../../../src/analysis/totals.js'
import { batchOf, type KeySpec } from '../../helpers/batches.js'

function totalsOf(keys: readonly KeySpec[], nowMs = 0): Totals {
  const totals = new Totals()
  const patterns = new Patterns({ nowMs })
  eachBlock(batchOf(keys), (block) => patterns.add(block, (sums) => totals.add(sums)))
  return totals
}

describe('totals', () => {
  it('add every column', () => {
    const row = { ramBytes: 100, overheadBytes: 10, memoryUsageBytes: 90, payloadBytes: 40, rdbBytes: 50, elements: 3 }
    const { totals } = totalsOf([
      { key: 'a', type: 'hash', ...row },
      { key: 'b', type: 'hash', ...row },
    ]).result(true)
    expect(totals).toEqual({
      keys: 2,
      ramBytes: 200,
      overheadBytes: 20,
      memoryUsageBytes: 180,
      payloadBytes: 80,
      rdbBytes: 100,
      elements: 6,
      expiringKeys: 0,
      expiredKeys: 0,
    })
  })

  it('count a key as expired from the millisecond after its expiry on', () => {
    const { totals } = totalsOf(
      [
        { key: 'past', expiresAtMs: 999 },
        { key: 'now', expiresAtMs: 1000 },
        { key: 'later', expiresAtMs: 1001 },
        { key: 'never' },
      ],
      1000,
    ).result(true)
    expect(totals).toMatchObject({ expiringKeys: 3, expiredKeys: 1 })
  })

  it('sort tables by bytes and name the largest key of each row', () => {
    const { types, encodings, databases } = totalsOf([
      { key: 'small', db: 1, ramBytes: 50, encoding: 'int' },
      { key: 'large', db: 2, ramBytes: 500, type: 'list', elements: 8 },
      { key: 'middle', db: 1, ramBytes: 60, encoding: 'raw' },
    ]).result(true)
    expect(types.map(({ type, averageRamBytes, largest }) => [type, averageRamBytes, largest])).toEqual([
      ['list', 500, { key: 'large', db: 2, ramBytes: 500 }],
      ['string', 55, { key: 'middle', db: 1, ramBytes: 60 }],
    ])
    expect(encodings.map(({ encoding }) => encoding)).toEqual(['quicklist', 'raw', 'int'])
    expect(databases.map(({ db, keys, largest }) => [db, keys, largest?.key])).toEqual([
      [2, 1, 'large'],
      [1, 2, 'middle'],
    ])
  })

  it('choose the first name of equally large keys, whatever the order', () => {
    const keys = ['b', 'aa', 'ab', 'a', 'c'].map((key) => ({ key, ramBytes: 80 }))
    for (const order of [keys, [...keys].reverse()]) {
      expect(totalsOf(order).result(true).types[0]!.largest!.key).toBe('a')
    }
  })

  it('gather the databases beyond 1,024 in one row', () => {
    const keys = Array.from({ length: 3000 }, (_, db) => ({ key: 'k', db, ramBytes: 100 }))
    const { databases, totals } = totalsOf(keys).result(true)
    expect(totals.keys).toBe(3000)
    expect(databases).toHaveLength(1025)
    expect(databases[0]).toMatchObject({ db: -1, keys: 3000 - 1024, ramBytes: 100 * (3000 - 1024) })
  })
})
