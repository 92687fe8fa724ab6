import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { expandInputs, simulate } from '../../../src/index.js'
import { bitsPerMember, bloomFilterBytes } from '../../../src/optimizations/bloom-filter.js'
import { type Command, measureCommands, measureDump, predict, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'
import { targetById } from '../../helpers/targets.js'

const OTHERS = ['none', '007', '+5']

/** Sets of numbers, in most of which something else got; and some that are none of our business. */
function* numberSets(apart: boolean): Generator<Command> {
  for (let i = 0; i < 600; i++) {
    const members = Array.from({ length: 20 + (i % 300) }, (_, m) =>
      String((m * 7919 + i) % (i % 2 ? 30_000 : 3_000_000)),
    )
    const others = OTHERS.slice(0, i % 4)
    const expiry = i % 5 === 0
    if (!apart || others.length === 0) yield ['SADD', `ids:${i}`, ...members, ...others]
    else {
      yield ['SADD', `ids:${i}`, ...members]
      yield ['SADD', `ids:${i}:text`, ...others]
      if (expiry) yield ['EXPIRE', `ids:${i}:text`, 100_000]
    }
    if (expiry) yield ['EXPIRE', `ids:${i}`, 100_000]
    yield ['SADD', `words:${i}`, ...members.map((member) => `w${member}`), ...members.slice(0, 3)]
  }
  yield ['SADD', 'large', ...Array.from({ length: 600 }, (_, m) => String(m)), 'x']
}

function* lists(): Generator<Command> {
  for (let i = 0; i < 300; i++) {
    const elements = Array.from({ length: 5 + ((i * 37) % 700) }, (_, e) =>
      e % 3 ? `element ${e} of list ${i}` : String(e * i),
    )
    yield ['RPUSH', `list:${i}`, ...elements]
    yield ['LPUSH', `stack:${i % 20}`, 'y'.repeat(40 + ((i * 61) % 300))]
  }
  yield ['RPUSH', 'long', ...Array.from({ length: 40 }, (_, e) => 'z'.repeat(100 + e * 400))]
}

describeWithRedis('sets and lists against redis-server', () => {
  it('integer-sets predicts what two sets take', async () => {
    await withDump(numberSets(false), async (path) => {
      const result = await predict(path, 'integer-sets')
      const after = await measureCommands(numberSets(true))
      expect(result.usedMemoryBefore).toBeGreaterThan(1.02 * result.usedMemoryAfter)
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.002)
      expect(result.groups.map(({ pattern }) => pattern)).toEqual(['ids:{int}'])
    })
  })

  it.each([-1, -3, -5, 16, 500])('list-node-size %i predicts lists that are pushed anew', async (size) => {
    await withDump(lists(), async (path) => {
      const result = await predict(path, 'list-node-size', { size: String(size) })
      const after = await measureCommands(lists(), { 'list-max-listpack-size': size })
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.001)
    })
  })

  it('list-node-size chooses what is smallest, and shows the curve', async () => {
    await withDump(lists(), async (path) => {
      const before = await measureDump(path)
      const result = await predict(path, 'list-node-size')
      const curve = result.parameters.curve as { limit: number; savedBytes: number }[]
      expect(curve.map(({ limit }) => limit)).toEqual([-1, -2, -3, -4, -5])
      const chosen = curve.find(({ limit }) => limit === result.parameters.size)!
      const most = Math.max(...curve.slice(0, 4).map(({ savedBytes }) => savedBytes))
      expect(chosen.savedBytes).toBeGreaterThanOrEqual(0.95 * most)
      expect(Math.abs(result.usedMemoryBefore / before - 1)).toBeLessThan(0.001)
    })
  })
})

describe('bloom filters', () => {
  it('take the bits of the formula', () => {
    expect(bitsPerMember(0.01)).toBeCloseTo(9.585, 3)
    expect(bitsPerMember(0.001)).toBeCloseTo(14.378, 3)
    // 1,000,000 members at 1 %: 1.14 MiB of bits, as the calculators say, and the allocator's rounding to 1.25 MiB.
    expect(bloomFilterBytes(targetById('redis-7.4'), 1_000_000, 0.01)).toBe(16 + 40 + 80 + 1_310_720)
  })

  it('name their error rate as a number', async () => {
    const inputs = await expandInputs([fileURLToPath(new URL('../../../samples/redis-7.4.1/app.rdb', import.meta.url))])
    const request = { inputs, filter: { type: ['set'] as const }, settings: {}, verify: false }
    const { report } = await simulate(request, { techniques: ['bloom-filter'], plan: false })
    expect(report.techniques[0]?.parameters).toMatchObject({ errorRate: 0.01 })
  })
})
