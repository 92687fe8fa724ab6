import { describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.js'
import { expandInputs } from '../../../src/io/inputs.js'

describe('the application dump among the samples', () => {
  it('shows each family of keys as one pattern, and columns that add up', async () => {
    const inputs = await expandInputs([new URL('../../../samples/redis-7.4.1/app.rdb', import.meta.url).pathname])
    const { report } = await analyze({ inputs, filter: {}, settings: {}, verify: false }, { top: 0 })
    expect(report.patterns.map((row) => `${row.pattern} ${row.type} ${row.keys}`).sort()).toEqual([
      'basket:{int} hash 1128',
      'feature:{beta|checkout-v2|dark-mode}:{int} string 1121',
      'item:{int}:tags set 378',
      'jobs:{int} stream 3',
      'leaderboard:{int} zset 306',
      'lock:purchase:{int} string 425',
      'member:{int} hash 5516',
      'online:{int} string 5',
      'page:/api/v1/item/{int}?page={int} string 1646',
      'ratelimit:{ip} string 790',
      'sess:{hash} string 3265',
      'stats:{buy|click|pv}:{date}:{int} string 3160',
      'str:huge:blob string 1',
      'str:huge:prose string 1',
      'str:huge:zeros string 1',
      'tag:{int}:items set 412',
      'timeline:{int} list 1846',
      'uniques:{int} string 5',
    ])
    for (const column of ['keys', 'ramBytes', 'overheadBytes', 'payloadBytes', 'rdbBytes', 'elements'] as const) {
      const sum = report.patterns.reduce((total, row) => total + row[column], 0)
      expect(sum, column).toBeCloseTo(report.totals[column], 3)
    }
    const expiring = report.patterns.reduce((total, row) => total + row.keys - row.withoutTtl, 0)
    expect(expiring).toBe(report.totals.expiringKeys)
    expect(report.prefixTree!.keys).toBe(report.totals.keys)
  })
})
