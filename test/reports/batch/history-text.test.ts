import { expect, it } from 'vitest'
import { historyRows, historyText } from '../../../reports/batch/history-text.js'
import type { Trends } from '../../../reports/batch/night-report.js'

it('rows of the history write names as every other table does, and numbers as numbers', () => {
  const series = { bytes: [100, null, 90], keys: [3, null, 2] }
  const pattern = { pattern: '=sum:{int}', type: 'string', ...series }
  const dataset = { dataset: 'shop', ...series, incomplete: [], patterns: [pattern] }
  const trends: Trends = { dates: ['2026-11-18', '2026-11-19', '2026-11-20'], datasets: [dataset], calendar: [] }
  expect([...historyRows(trends)]).toEqual([
    ['date', 'dataset', 'pattern', 'type', 'ram_bytes', 'keys'],
    ['2026-11-18', 'shop', '', '', 100, 3],
    ['2026-11-20', 'shop', '', '', 90, 2],
    ['2026-11-18', 'shop', '\\x3dsum:{int}', 'string', 100, 3],
    ['2026-11-20', 'shop', '\\x3dsum:{int}', 'string', 90, 2],
  ])
})

it('an empty history is something else than one that has nothing of what was asked for', () => {
  const said = (dates: readonly string[]): string =>
    [...historyText({ dates, datasets: [], calendar: [] }, { width: 80, colors: false, measure: 'bytes' })].join('')
  expect(said([])).toBe('The history is empty: rdblens nightly fills it.\n')
  expect(said(['2026-11-18', '2026-11-19'])).toMatch(/nothing of what was asked for, 2026-11-18 to 2026-11-19\.\n$/)
})
