import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.js'
import { expandInputs } from '../../../src/io/inputs.js'
import type { ReadRequest } from '../../../src/requests.js'

const SAMPLES = fileURLToPath(new URL('../../../samples', import.meta.url))

async function reportOf(paths: readonly string[], threads: number, more: Partial<ReadRequest> = {}) {
  const inputs = await expandInputs(paths.map((path) => `${SAMPLES}/${path}`))
  const request: ReadRequest = { inputs, filter: {}, settings: {}, verify: true, threads, ...more }
  return (await analyze(request, { top: 10, groups: [] })).report
}

describe('collecting in a thread of its own', () => {
  it.each([
    ['one dump', ['redis-7.4.1/app.rdb'], {}],
    ['several dumps', ['redis-8.6.3/lfu.rdb', 'redis-7.4.1/expired.rdb'], {}],
    ['redacted names', ['redis-7.4.1/app.rdb'], { redact: 'hash' }],
  ] as const)('gives the same report: %s', async (_, paths, more) => {
    expect(await reportOf(paths, 2, more)).toEqual(await reportOf(paths, 1, more))
  })

  it('gives an empty report when no key is there', async () => {
    const report = await reportOf(['redis-7.4.1/expired.rdb'], 2, { filter: { match: ['no such key'] } })
    expect(report.totals.keys).toBe(0)
  })
})
