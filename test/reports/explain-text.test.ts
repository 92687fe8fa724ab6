import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { explainText } from '../../reports/explain-text.js'
import { displayWidth } from '../../reports/width.js'
import { expandInputs, explainKey } from '../../src/index.js'

describe('one key on the terminal', () => {
  it.each([60, 80, 120])('fits %d columns', async (columns) => {
    const inputs = await expandInputs([fileURLToPath(new URL('../../samples/redis-7.4.1/app.rdb', import.meta.url))])
    const request = { inputs, filter: {}, settings: {}, verify: false }
    const report = await explainKey(inputs[0]!, request, { key: 'leaderboard:81' })
    const lines = [...explainText(report!, columns)].join('').split('\n')
    expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([])
    expect(lines.some((line) => line.includes('skiplist header node'))).toBe(true)
  })
})
