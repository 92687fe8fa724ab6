import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { FamilyValues, MOST_VALUES, TrackedValues } from '../../../src/optimizations/different-values.js'
import { rewriteDump } from '../../../src/rewrite.js'
import { simulate } from '../../../src/simulate.js'
import { dump } from '../../helpers/dump.js'
import { type Command, measureCommands, predict, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'

const COUNTRIES = Array.from({ length: 200 }, (_, i) => `Country of the name ${'x'.repeat(i % 50)}${i}`)
const TITLES = Array.from(
  { length: 16 },
  (_, i) => `${['Junior', 'Senior', 'Chief', 'Vice'][i % 4]} Officer of Field ${i}`,
)
const NUMBERS = [1_000_000, 2_500_000, 70_000_000, -5]

/** Every value, and the lists of them, with codes by how often a value comes. */
function* people(codes: boolean): Generator<Command> {
  const short = (values: readonly (string | number)[], i: number): string => String(codes ? i : values[i])
  for (let i = 0; i < 12_000; i++) {
    // The smaller its place, the more often a value comes.
    const country = Math.floor((i % 200) * ((i % 7) / 7))
    yield ['SET', `country:${i}`, short(COUNTRIES, country)]
    const fields = ['title', short(TITLES, i % 16), 'pay', short(NUMBERS, i % 4), 'name', `Employee number ${i * 7919}`]
    yield ['HSET', `employee:${i}`, ...fields]
    if (i % 3 === 0) yield ['EXPIRE', `employee:${i}`, 1_000_000]
    yield ['SET', `unlike:${i}`, `value ${i % 300}`]
  }
  // Fields that are data.
  for (let i = 0; i < 20_000; i++) yield ['HSET', 'state:all', `user:${i}`, short(TITLES, i % 5)]
  for (let i = 0; i < 300; i++) {
    yield ['RPUSH', `visits:${i}`, ...Array.from({ length: 30 + i }, (_, v) => short(COUNTRIES, (v * v + i) % 90))]
    yield ['SADD', `tags:${i}`, ...Array.from({ length: 5 + (i % 20) }, (_, v) => short(TITLES, (v + i) % 16))]
  }
  if (!codes) return
  const list = (name: string, values: readonly (string | number)[]): Command => [
    'HSET',
    name.padEnd(24, '.'),
    ...values.flatMap((value, code) => [String(code), String(value)]),
  ]
  yield list('countries', COUNTRIES.slice(0, 170))
  yield list('titles', TITLES)
  yield list('pay', NUMBERS)
  yield list('states', TITLES.slice(0, 5))
  yield list('visits', COUNTRIES.slice(0, 90))
  yield list('tags', TITLES)
}

describeWithRedis('byte-dictionary against redis-server', () => {
  it('is exact however many keys there are', async () => {
    await withDump(people(false), async (path) => {
      const result = await predict(path, 'byte-dictionary')
      expect(result).toMatchObject({ status: 'applies', certainty: 'exact', sampledKeys: 0, interval95: null })
      const patterns = result.groups.map(({ pattern }) => pattern)
      expect(new Set(patterns)).toEqual(
        new Set(['country:{int}', 'employee:{int}', 'state:all', 'visits:{int}', 'tags:{int}']),
      )
      const after = await measureCommands(people(true))
      expect(result.usedMemoryBefore).toBeGreaterThan(1.2 * after)
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.0005)
    })
  })
})

/** A dump of strings, as a file. */
async function withStrings(
  keys: number,
  valueAt: (i: number) => string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-byte-dictionary-'))
  const path = join(folder, 'strings.rdb')
  const writer = dump({ version: 10 })
  for (let i = 0; i < keys; i++) writer.type(0, `state:${i}`).string(valueAt(i))
  writeFileSync(path, writer.end())
  await use(path).finally(() => rmSync(folder, { recursive: true }))
}

const state = (i: number): string => `state with the number ${(i * i) % 90}`

function requestFor(path: string, more: object = {}): Parameters<typeof simulate>[0] {
  return { inputs: [{ path, name: path, increments: [], notes: [] }], filter: {}, settings: {}, verify: false, ...more }
}

describe('byte-dictionary', () => {
  it('is what its sequence is, and says the same of a part of the keys', async () => {
    await withStrings(10_000, state, async (path) => {
      const { report } = await simulate(requestFor(path), { sequence: { ids: ['byte-dictionary'] } })
      expect(report.techniques[0]).toMatchObject({ certainty: 'exact', keys: 10_000 })
      expect(report.planSummary!.after.usedMemoryBytes).toBe(report.techniques[0]!.usedMemoryAfter)
      const parameters = { 'byte-dictionary': { match: 'state:1*' } }
      const some = await simulate(requestFor(path), { techniques: ['byte-dictionary'], parameters })
      expect(some.report.techniques[0]).toMatchObject({ certainty: 'exact', keys: 1111 })
    })
  })

  it('concludes from a sample what can be read once only, and says so', async () => {
    await withStrings(10_000, state, async (path) => {
      const stdin = Readable.from([readFileSync(path)]) as AsyncIterable<Uint8Array>
      const options = { techniques: ['byte-dictionary'] }
      const { report: once } = await simulate(requestFor('-', { stdin }), options)
      const { report } = await simulate(requestFor(path), options)
      const [[sampled], [exact]] = [once.techniques, report.techniques] as const
      expect(sampled!.certainty).toBe('sampled')
      expect(sampled!.assumptions.join()).toContain('from a file they are exact')
      expect(exact!.assumptions.join()).not.toContain('from a file')
      expect(sampled!.interval95![0]).toBeLessThanOrEqual(exact!.savedBytes)
      expect(sampled!.interval95![1]).toBeGreaterThanOrEqual(exact!.savedBytes)
    })
  })

  it('has no code for the value after the last one', async () => {
    for (const [values, status] of [
      [MOST_VALUES, 'applies'],
      [MOST_VALUES + 1, 'nothing-to-do'],
    ] as const) {
      await withStrings(
        3000,
        (i) => `a long enough value ${i % values}`,
        async (path) => {
          const { report } = await simulate(requestFor(path), { techniques: ['byte-dictionary'], plan: false })
          expect(report.techniques[0]!.status).toBe(status)
        },
      )
    }
  })

  it('leaves values as they are that another technique has changed before', async () => {
    const value = (i: number): string => `{ "state" : "number ${i % 3}",  "empty": null }`
    await withStrings(500, value, async (path) => {
      const written: Uint8Array[] = []
      const sequence = ['json-trim', 'byte-dictionary']
      await rewriteDump(requestFor(path), { sequence }, async (chunk) => {
        written.push(chunk)
      })
      const commands = Buffer.concat(written).toString()
      for (let i = 0; i < 3; i++) expect(commands).toContain(`"number ${i}"`)
    })
  })
})

describe('different values', () => {
  it('of columns that do not repeat make room for others', () => {
    const room = new TrackedValues(64)
    const names = new FamilyValues(room, false)
    const states = new FamilyValues(room, false)
    const late = new FamilyValues(room, false)
    for (let i = 0; i < 1000; i++) {
      if (i < 60) names.count(0, 1000 + i, 5, Number.NaN)
      states.count(0, i % 4, 5, Number.NaN)
      if (i >= 500) late.count(0, 2000 + (i % 20), 5, Number.NaN)
    }
    expect(names.all).toBeNull()
    expect(room.givenUp).toBe(1)
    expect(states.all!.counts).toEqual([250, 250, 250, 250])
    expect(late.all!.size).toBe(20)
    expect(late.all!.total).toBe(500)
  })

  it('are given up where there is no room at all', () => {
    const room = new TrackedValues(16)
    const families = Array.from({ length: 5 }, () => new FamilyValues(room, false))
    for (const family of families) for (let i = 0; i < 100; i++) if (family.wants(0)) family.count(0, i % 4, 1, 0)
    expect(families.map(({ all }) => all !== null)).toEqual([true, true, true, true, false])
    expect(room.givenUp).toBe(1)
  })
})
