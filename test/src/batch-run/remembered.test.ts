import { describe, expect, it } from 'vitest'
import type { AnalysisReport, PatternRow } from '../../../reports/report.js'
import { checkBudgets, type DatasetFacts } from '../../../src/batch-run/budgets.js'
import { rememberedPatterns } from '../../../src/batch-run/remembered.js'

/** What budgets and the history look at. */
const patterns = Array.from({ length: 1200 }, (_, i) => ({
  ...{ pattern: `tenant:${i}:{int}`, type: 'string', keys: 2, ramBytes: 5000 - i, overheadBytes: 100 },
  ...{ withoutTtl: 1, withoutTtlRamBytes: 500, patterns: 1, largest: null, encodings: [] },
})) as unknown as readonly PatternRow[]

const sum = (rows: readonly PatternRow[], name: 'keys' | 'ramBytes' | 'overheadBytes' | 'withoutTtl'): number =>
  rows.reduce((total, row) => total + row[name], 0)

describe('patterns that the history remembers', () => {
  const rows = rememberedPatterns({ patterns })

  it('add up to all, the smaller ones in a row that is no pattern', () => {
    expect(rows.length).toBe(1001)
    expect(rows.at(-1)).toMatchObject({ pattern: '[other]', type: 'mixed', keys: 400 })
    for (const name of ['keys', 'ramBytes', 'overheadBytes', 'withoutTtl'] as const) {
      expect(sum(rows, name)).toBe(sum(patterns, name))
    }
  })

  it('are what growth is measured of: those that nobody remembers have not grown', () => {
    const past = rows.map((row) => ({
      ...{ date: '2026-11-18', dataset: 'shop', pattern: row.pattern, type: row.type, keys: row.keys },
      ...{ ramBytes: row.ramBytes, overheadBytes: row.overheadBytes, withoutTtlKeys: row.withoutTtl },
      ...{ withoutTtlRamBytes: row.withoutTtlRamBytes, largestRamBytes: null },
    }))
    const facts = {
      ...{ dataset: 'shop', date: '2026-11-19', report: { patterns } as AnalysisReport, owners: [] },
      ...{ previous: { row: { date: '2026-11-18' }, patterns: past, owners: [] }, ownerOf: () => null },
    } as unknown as DatasetFacts
    const held = checkBudgets([{ pattern: 'tenant:*', maxGrowthPerDay: '1%', maxKeys: 2400 }], facts)
    expect(held.checks).toMatchObject([
      { limitName: 'maxKeys', value: 2400, finding: null },
      { limitName: 'maxGrowthPerDay', value: 0, finding: null },
    ])
  })
})
