import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { PlanStep, PlanSummary } from '../../../reports/report.js'
import { simulateText } from '../../../reports/simulate/text.js'
import { load as loadMsgpack } from '../../../src/optimizations/codecs/msgpack.js'
import { techniques } from '../../../src/optimizations/index.js'
import type { Technique } from '../../../src/optimizations/optimization.js'
import { Rewriter } from '../../../src/optimizations/rewriter.js'
import { maxmemoryFor, pricePerMonth } from '../../../src/plan/maxmemory.js'
import { type SimulateOptions, simulate } from '../../../src/simulate.js'
import { type Command, measureCommands, measureDump, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'

const ROOT = join(fileURLToPath(new URL('.', import.meta.url)), '../../..')
const APP = join(ROOT, 'samples/redis-7.4.1/app.rdb')

type Request = Parameters<typeof simulate>[0]

function requestOf(path: string, more: Partial<Request> = {}): Request {
  return { inputs: [{ path, name: path, increments: [], notes: [] }], filter: {}, verify: false, settings: {}, ...more }
}

async function planOn(path: string, options: SimulateOptions = {}, more: Partial<Request> = {}) {
  const { report } = await simulate(requestOf(path, more), options)
  return { report, plan: report.plan, summary: report.planSummary! }
}

function expectToAddUp(plan: readonly PlanStep[], summary: PlanSummary): void {
  let used = summary.before.usedMemoryBytes
  for (const step of plan) {
    expect(step.usedMemoryBefore).toBe(used)
    used -= step.savedAfterOthersBytes
    expect(step.usedMemoryAfter).toBe(used)
    expect(step.savedBytes).toBe(step.savedAfterOthersBytes)
  }
  expect(summary.after.usedMemoryBytes).toBe(used)
  expect(summary.savedBytes).toBe(summary.before.usedMemoryBytes - used)
}

/** A technique that chooses like another one and then fails on the second reading. */
function failingBehind(original: Technique): Technique {
  return {
    ...original,
    start: (context) => {
      const run = original.start(context)
      if (typeof run === 'string' || !('row' in run)) return run
      const outcome = run.outcome.bind(run)
      run.outcome = () => ({ ...outcome(), change: { kind: 'keys', through: (next) => new Broken(next) } })
      return run
    },
  }
}

class Broken extends Rewriter {
  override begin(): void {
    throw new Error('injected')
  }
}

describe('the plan', () => {
  it('prices each step behind the ones before it, cheapest effort first, and loses nothing', async () => {
    const { report, plan, summary } = await planOn(APP)
    expect(plan.length).toBeGreaterThan(3)
    expectToAddUp(plan, summary)
    expect(summary.basis).toBe('second-reading')
    const efforts = plan.map(({ effort }) => ['setting', 'client', 'data-model'].indexOf(effort))
    expect(efforts).toEqual([...efforts].sort((a, b) => a - b))
    for (const { id } of plan) expect(techniques.find((one) => one.id === id)!.concession, id).toBeUndefined()
    const lines = [...simulateText(report)].join('').split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.join('\n')).toContain('raise-zset-limits')
  })

  it('gives the same answer twice', async () => {
    const options = { techniques: ['raise-hash-limits', 'shorten-field-names', 'bucket-strings'] }
    expect((await planOn(APP, options)).report).toEqual((await planOn(APP, options)).report)
  })

  it('is what the technique alone is where there is only one', async () => {
    for (const id of ['raise-zset-limits', 'shorten-field-names', 'shorten-key-names', 'strings-to-hash']) {
      const { report, summary } = await planOn(APP, { sequence: { ids: [id] } })
      // A plan takes the keys of a pattern whatever their encoding, a technique alone the useful encodings only.
      const alone = report.techniques[0]!.usedMemoryAfter
      expect(Math.abs(summary.after.usedMemoryBytes / alone - 1), id).toBeLessThan(0.0005)
    }
  })

  it('asks for no more than the effort that is allowed', async () => {
    const { plan } = await planOn(APP, { plan: { effort: 'setting' } })
    expect(plan.length).toBeGreaterThan(0)
    expect(plan.every(({ effort }) => effort === 'setting')).toBe(true)
  })

  it('takes what loses something only when it is asked to', async () => {
    const some = { techniques: ['expire-keys', 'raise-zset-limits'] }
    const without = await planOn(APP, { ...some, plan: {} })
    expect(without.plan.map(({ id }) => id)).toEqual(['raise-zset-limits'])
    expect(without.summary.concessions.map(({ id }) => id)).toEqual(['expire-keys'])
    const allowed = await planOn(APP, { ...some, plan: { allowLossy: ['all'] } })
    expect(allowed.plan.map(({ id }) => id)).toContain('expire-keys')
    expectToAddUp(allowed.plan, allowed.summary)
  })

  it('never puts two techniques on the same keys that write the same part of them', async () => {
    const ids = ['bucket-strings', 'strings-to-hash', 'shorten-key-names', 'shorten-field-names', 'hash-to-list']
    const { plan } = await planOn(APP, { techniques: ids })
    const owners = new Map<string, string[]>()
    for (const { id, groups } of plan) {
      for (const { db, pattern, type } of groups) {
        const group = `${db} ${pattern} ${type}`
        owners.set(group, [...(owners.get(group) ?? []), id])
      }
    }
    for (const [group, own] of owners) {
      const gathers = own.filter((id) => id === 'bucket-strings' || id === 'strings-to-hash')
      expect(gathers.length, group).toBeLessThanOrEqual(1)
      expect(own.includes('hash-to-list') && own.includes('shorten-field-names'), group).toBe(false)
    }
  })

  it('goes on without a technique that fails on the second reading', async () => {
    const broken = techniques.map((one) => (one.id === 'shorten-field-names' ? failingBehind(one) : one))
    const ids = ['raise-zset-limits', 'shorten-field-names']
    const { plan, summary } = await planOn(APP, { registry: broken, techniques: ids })
    expect(plan.map(({ id }) => id)).toEqual(['raise-zset-limits'])
    expect(summary.notes.join()).toContain(
      'shorten-field-names is left out, as it failed behind other techniques: injected',
    )
    expectToAddUp(plan, summary)
  })

  it('plans from one reading what can be read once only, and says so', async () => {
    const stdin = Readable.from([readFileSync(APP)]) as AsyncIterable<Uint8Array>
    const { plan, summary } = await planOn('-', {}, { stdin })
    expect(plan.length).toBeGreaterThan(2)
    expect(summary.basis).toBe('first-reading')
    expect(summary.notes.join()).toContain('read once only')
    expectToAddUp(plan, summary)
  })

  it('can be left out', async () => {
    const { report } = await planOn(APP, { techniques: ['raise-zset-limits'], plan: false })
    expect(report.plan).toEqual([])
    expect(report.planSummary).toBeUndefined()
  })

  it('does not name keys where names are hidden', async () => {
    const { report } = await planOn(APP, {}, { redact: 'hash' })
    const text = JSON.stringify(report.plan)
    for (const name of ['leaderboard', 'timeline', 'checkout']) expect(text.includes(name), name).toBe(false)
  })
})

describe('sequences', () => {
  it('cannot go on with keys that are parts of others', async () => {
    const ids = ['bucket-strings', 'shorten-key-names']
    await expect(planOn(APP, { sequence: { ids } })).rejects.toThrow('write shorten-key-names before bucket-strings')
  })

  it('names what it cannot carry out', async () => {
    const { plan, summary } = await planOn(APP, { sequence: { ids: ['pointer-width-32', 'raise-zset-limits'] } })
    expect(plan.map(({ id }) => id)).toEqual(['raise-zset-limits'])
    expect(summary.notes.join()).toContain('pointer-width-32 is left out')
  })
})

describe('money', () => {
  it('rents the smallest usual size that leaves a quarter free', () => {
    const gib = 2 ** 30
    expect(maxmemoryFor(0)).toBe(0.25 * gib)
    expect(maxmemoryFor(12 * gib)).toBe(16 * gib)
    expect(maxmemoryFor(12 * gib + 1)).toBe(24 * gib)
    expect(maxmemoryFor(900 * gib)).toBe(1200 * gib)
    expect(pricePerMonth(1.5 * gib, 10)).toBe(15)
    expect(pricePerMonth(1, undefined)).toBeNull()
  })
})

const DEBIAN = { allocator: 'jemalloc-16' } as const

function* sessions(encode: (value: unknown) => Uint8Array | string): Generator<Command> {
  for (let i = 0; i < 3000; i++) {
    const cart = Array.from({ length: i % 7 }, (_, item) => ({
      sku: 1000 + item * 37,
      quantity: (i + item) % 5,
      gift: item % 2 === 0,
    }))
    yield ['SET', `session:${i}`, encode({ user: i, name: `Somebody Number ${i}`, language: 'en', admin: false, cart })]
  }
}

function* profiles(asHashes: boolean): Generator<Command> {
  for (let i = 0; i < 1500; i++) {
    const fields = { name: `User ${i}`, city: 'x'.repeat(20 + (i % 60)), visits: String(i % 900) }
    if (asHashes) yield ['HSET', `user:${i}`, ...Object.entries(fields).flat()]
    else for (const [field, value] of Object.entries(fields)) yield ['SET', `user:${i}:${field}`, value]
  }
}

describeWithRedis('sequences against redis-server', () => {
  it('serialize-msgpack, then compress-values: within 3 %', async () => {
    const pack = loadMsgpack()
    const { deflateSync } = await import('node:zlib')
    const both = (value: unknown): Uint8Array => {
      const packed = pack(value)
      const compressed = deflateSync(packed, { level: 6 })
      return compressed.length < packed.length ? compressed : packed
    }
    await withDump(sessions(JSON.stringify), async (path) => {
      const { report, plan, summary } = await planOn(
        path,
        {
          sequence: { ids: ['serialize-msgpack', 'compress-values'] },
          parameters: { 'compress-values': { codec: 'zlib', level: '6' } },
        },
        DEBIAN,
      )
      expectToAddUp(plan, summary)
      const after = await measureCommands(sessions(both))
      expect(Math.abs(summary.after.usedMemoryBytes / after - 1)).toBeLessThan(0.03)
      // It pays from another length on behind MessagePack: chosen on what comes out of it.
      const alone = report.techniques.find(({ id }) => id === 'compress-values')!
      const { minBytes } = plan[1]!.parameters
      expect(minBytes).toBeLessThan(Number(alone.parameters.minBytes))
      expect(plan[1]!.groups[0]!.minBytes).toBe(minBytes)
      expect(plan[1]!.steps.join(' ')).toContain(`at least ${minBytes} bytes`)
    })
  })

  it('merge-entity-keys, then raise-hash-limits: within 1 %', async () => {
    const config = { 'hash-max-listpack-value': 128 }
    await withDump(profiles(false), async (path) => {
      const { plan, summary } = await planOn(
        path,
        {
          sequence: { ids: ['merge-entity-keys', 'raise-hash-limits'] },
          parameters: { 'raise-hash-limits': { value: '128' } },
        },
        DEBIAN,
      )
      expectToAddUp(plan, summary)
      const measured = { before: await measureDump(path), after: await measureCommands(profiles(true), config) }
      expect(Math.abs(summary.before.usedMemoryBytes / measured.before - 1)).toBeLessThan(0.01)
      expect(Math.abs(summary.after.usedMemoryBytes / measured.after - 1)).toBeLessThan(0.01)
      expect(plan[1]!.savedAfterOthersBytes).toBeGreaterThan(0)
    })
  })
})
