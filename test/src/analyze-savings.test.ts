import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { analyze } from '../../src/analyze.js'
import type { ReadRequest } from '../../src/requests.js'
import { simulate } from '../../src/simulate.js'
import { dump } from '../helpers/dump.js'
import { SAMPLES_FOLDER } from '../helpers/samples.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-savings-'))
afterAll(() => rmSync(folder, { recursive: true }))

function request(path: string, more: Partial<ReadRequest> = {}): ReadRequest {
  return { inputs: [{ path, name: path, increments: [], notes: [] }], filter: {}, settings: {}, verify: false, ...more }
}

describe('savings in the report of analyze', () => {
  const app = join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb')

  it('are those of simulate, of dumps that are small enough to look at every key', async () => {
    const { report } = await analyze(request(app), { top: 10, values: false, savings: true })
    const { report: alone } = await simulate(request(app))
    expect(report.savings).toEqual({
      target: alone.target,
      before: alone.before,
      techniques: alone.techniques,
      plan: alone.plan,
      planSummary: alone.planSummary,
    })
  })

  it('are left out unless they are asked for, and of what cannot be read again', async () => {
    expect((await analyze(request(app), { top: 1, values: false })).report.savings).toBeUndefined()
  })

  it('come from a sample of large dumps, are marked so, and are close to what all keys say', async () => {
    const path = join(folder, 'many.rdb')
    const writer = dump().select(0).u8(0xfb).len(60_000).len(0)
    for (let i = 0; i < 60_000; i++) {
      writer.type(0, `customer:profile:${i}`).string(`note ${'x'.repeat(20 + (i % 50))}`)
    }
    writeFileSync(path, writer.end())
    const { report } = await analyze(request(path), { top: 10, values: false, savings: true })
    const { report: exact } = await simulate(request(path), { techniques: ['shorten-key-names', 'upgrade-server'] })
    const savings = report.savings!
    expect(savings.before).toEqual(exact.before)
    expect(savings.planSummary!.notes[0]).toMatch(/^Estimated from 1\d,\d{3} keys, one in 4\b/)
    for (const whole of exact.techniques) {
      const sampled = savings.techniques.find(({ id }) => id === whole.id)!
      expect(sampled.certainty).toBe('sampled')
      expect(sampled.sampledKeys).toBeGreaterThan(14_000)
      expect(Math.abs(sampled.savedBytes - whole.savedBytes)).toBeLessThan(0.03 * whole.savedBytes)
    }
    // Steps follow one another down from the whole.
    let left = savings.before.usedMemoryBytes
    for (const step of savings.plan) {
      expect(step.usedMemoryBefore).toBe(left)
      left -= step.savedBytes
      expect(step.usedMemoryAfter).toBe(left)
    }
    expect(savings.planSummary!.after.usedMemoryBytes).toBe(left)
  })

  // Codecs and dictionaries are learned from the sample: other ones than from all keys.
  const LEARNED = ['dictionary-compress', 'word-dictionary', 'compress-values', 'byte-dictionary', 'abbreviate-values']

  it.each([
    ['redis-7.4.1/app.rdb', 4096],
    ['redis-8.6.3/lfu.rdb', 120],
    ['redis-6.2.16/tuned.rdb', 120],
    ['valkey-9.1.2/expired.rdb', 60],
  ])('%s, samples of %i keys: hold what all keys save within their intervals', async (name, keys) => {
    const path = join(SAMPLES_FOLDER, name)
    const { report: all } = await simulate(request(path), { top: 0, plan: false })
    const options = { top: 0, values: false, savings: true, sampleKeys: keys }
    const savings = (await analyze(request(path), options)).report.savings!
    expect(savings.before.ramBytes).toBe(all.before.ramBytes)
    let inside = 0
    let groups = 0
    for (const { id, interval95, certainty, status, ...row } of savings.techniques) {
      if (status !== 'applies' || LEARNED.includes(id)) continue
      expect(certainty, id).not.toBe('exact')
      expect(interval95![0]).toBeLessThanOrEqual(row.savedBytes)
      expect(interval95![1]).toBeGreaterThanOrEqual(row.savedBytes)
      const whole = all.techniques.find((technique) => technique.id === id)!
      for (const group of row.groups) {
        const [low, high] = group.interval95 as readonly [number, number]
        const same = whole.groups.find((other) =>
          ['db', 'pattern', 'type', 'encoding'].every((what) => other[what] === group[what]),
        )
        const saved = Number(same?.savedBytes ?? 0)
        groups++
        if (low <= saved && saved <= high) inside++
      }
    }
    expect(groups).toBeGreaterThan(50)
    expect(inside / groups).toBeGreaterThanOrEqual(0.9)
  })

  it('price the steps of a plan on the keys of the sample', async () => {
    const path = join(folder, 'texts.rdb')
    const writer = dump().select(0).u8(0xfb).len(40_000).len(0)
    const words = ['delivery', 'address', 'customer', 'refund', 'invoice', 'warehouse', 'payment', 'reminder']
    for (let i = 0; i < 40_000; i++) {
      const text = Array.from({ length: 30 }, (_, word) => words[(i * 31 + word * word * 7) % 8]).join(' ')
      writer.type(0, `ticket:${i}`).string(`${text} ${i}`)
    }
    writeFileSync(path, writer.end())
    const { report } = await analyze(request(path), { top: 10, values: false, savings: true, sampleKeys: 300 })
    const { plan, techniques, planSummary } = report.savings!
    const step = plan.find(({ steps }) => steps.some((line) => line.includes('WATCH')))!
    const alone = techniques.find(({ id }) => id === step.id)!
    expect(Math.abs(step.savedBytes / alone.savedBytes - 1)).toBeLessThan(0.2)
    expect(planSummary!.interval95![0]).toBeLessThan(planSummary!.savedBytes)
    expect(planSummary!.savedBytes).toBeLessThan(planSummary!.interval95![1])
  })

  it('never multiply a key that is larger than all others', async () => {
    const path = join(folder, 'one-large.rdb')
    const writer = dump().select(0).u8(0xfb).len(8001).len(0)
    for (let i = 0; i < 8000; i++) writer.type(0, `visit:${i}`).string(`page ${i % 97}`)
    writer.type(2, 'visitors').len(20_000)
    for (let i = 0; i < 20_000; i++) writer.string(`visitor ${i}`)
    writeFileSync(path, writer.end())
    const { report } = await analyze(request(path), { top: 10, values: false, savings: true, sampleKeys: 500 })
    const { report: all } = await simulate(request(path), { techniques: ['hyperloglog'], plan: false })
    const found = report.savings!.techniques.find(({ id }) => id === 'hyperloglog')!
    expect(found.savedBytes).toBe(all.techniques[0]!.savedBytes)
    expect(found.interval95).toEqual([found.savedBytes, found.savedBytes])
  })

  it('are the same where the records of the sample are read alone and where all have to be passed', async () => {
    const writer = dump()
    for (const db of [0, 3, 700]) {
      writer.select(db).resize(14_000, 7_000)
      for (let i = 0; i < 14_000; i++) {
        if (i % 2 === 0) writer.expireMs(4_102_444_800_000)
        // Some records are longer than the pieces that are read at a time, some than what is passed over.
        const value = 'note '.repeat(i === 70 || i === 71 ? 300_000 : i % 500 === 0 ? 15_000 : 3 + (i % 7))
        writer.type(0, `customer:${i % 3 === 0 ? 'a'.repeat(100) : 'profile'}:${db}:${i}`).string(value)
      }
    }
    const bytes = writer.end()
    const path = join(folder, 'databases.rdb')
    writeFileSync(path, bytes)
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 1 }))
    const options = { top: 10, values: false, savings: true }
    const { report } = await analyze(request(path), options)
    const { report: packed } = await analyze(request(`${path}.gz`), options)
    expect(report.savings!.planSummary!.notes[0]).toMatch(/one in 4 and the \d+ largest\./)
    expect(report.savings).toEqual(packed.savings)
  })
})
