import { describe, expect, it } from 'vitest'
import { EntityTable } from '../../../src/optimizations/entity-table.js'
import { type Command, measureCommands, measureDump, predict, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'

/** The same numbers each time. */
function* users(count: number, longNames: boolean): Generator<{ id: number; fields: [string, string][] }> {
  for (let i = 0; i < count; i++) {
    const id = 1000 + i * 7
    const fields: [string, string][] = [
      ['name', `User number ${(i * 7919) % 100_000}${longNames && i % 3 === 0 ? 'x'.repeat(70) : ''}`],
      ['visits', String((i * 31) % 5000)],
    ]
    if (i % 2 === 0) fields.push(['mail', `u${i}@example.org`])
    if (i % 5 === 0) fields.push(['city', 'Amsterdam'], ['zip', `10${i}AB`])
    yield { id, fields }
  }
}

function* asStrings(count: number, longNames = false): Generator<Command> {
  for (const { id, fields } of users(count, longNames)) {
    for (const [field, value] of fields) yield ['SET', `user:${id}:${field}`, value]
  }
  yield* others(count)
}

function* asHashes(count: number, suffix = '', longNames = false): Generator<Command> {
  for (const { id, fields } of users(count, longNames)) yield ['HSET', `user:${id}${suffix}`, ...fields.flat()]
  yield* others(count)
}

/** Keys that no technique is to touch. */
function* others(count: number): Generator<Command> {
  for (let i = 0; i < count / 10; i++) {
    yield ['SET', `user:${1000 + i * 7}:token`, `t${i}`, 'EX', 100_000]
    yield ['SADD', `user:${1000 + i * 7}:friends`, i, i + 1]
    yield ['SET', `page:${i}`, 'some page']
  }
}

describeWithRedis('merge-entity-keys against redis-server', () => {
  it('predicts what the hashes take, keys with expiry staying as they are', async () => {
    await withDump(asStrings(4000), async (path) => {
      const result = await predict(path, 'merge-entity-keys')
      const before = await measureDump(path)
      const after = await measureCommands(asHashes(4000))
      expect(Math.abs(result.usedMemoryBefore / before - 1)).toBeLessThan(0.001)
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.001)
      expect(result.assumptions.join('\n')).toContain('400 keys with an expiry stay strings')
      expect(result.assumptions.join('\n')).toContain('Values of user:{int}:visits are whole numbers: INCR becomes')
    })
  })

  it('predicts hashes that a long value keeps from being packed', async () => {
    await withDump(asStrings(4000, true), async (path) => {
      const result = await predict(path, 'merge-entity-keys')
      const after = await measureCommands(asHashes(4000, '', true))
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.005)
    })
  })

  it('gives the hashes another name where there are such keys', async () => {
    function* withBare(commands: Iterable<Command>): Generator<Command> {
      yield* commands
      for (let i = 0; i < 100; i++) yield ['SADD', `user:${1000 + i * 7}`, 'x']
    }
    await withDump(withBare(asStrings(1000)), async (path) => {
      const result = await predict(path, 'merge-entity-keys')
      const after = await measureCommands(withBare(asHashes(1000, ':fields')))
      expect(result.groups[0]!.name).toBe('user:{int}:fields')
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.002)
    })
  })
})

describeWithRedis('names that hold any text', () => {
  const letters = (i: number): string =>
    Array.from({ length: 8 }, (_, at) => 'bcdfghklmnprstvz'[(Math.imul(i + 1, 0x9e3779b1) >>> (4 * at)) % 16]).join('')

  function* people(asHashes: boolean): Generator<Command> {
    for (let i = 0; i < 5000; i++) {
      const name = `${letters(i)}a`
      const fields = ['age', String(i % 90), 'city', `city of ${i % 50}`, 'mail', `${name}@example.org`]
      if (asHashes) yield ['HSET', `person:${name}`, ...fields]
      else for (let f = 0; f < fields.length; f += 2) yield ['SET', `person:${name}:${fields[f]}`, fields[f + 1]!]
    }
  }

  it('are one pattern, but for the first of them', async () => {
    await withDump(people(false), async (path) => {
      const result = await predict(path, 'merge-entity-keys')
      const after = await measureCommands(people(true))
      expect(result.groups.map(({ pattern }) => pattern).sort()).toEqual([
        'person:{*}:age',
        'person:{*}:city',
        'person:{*}:mail',
      ])
      // The first 128 people are patterns of their own, and stay.
      expect(result.groups[0]!.hashes).toBe(5000 - 128)
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.05)
    })
  })
})

/** Prices of pairs are what they are; only sums are of interest. */
const PAIR = { pairs: 1, longPairs: 0, packedBytes: 10, givenBytes: 48, usageBytes: 48, expiring: 0 }

describe('the table of entities', () => {
  it('keeps whole entities of large families only, and small families whole', () => {
    const table = new EntityTable(2048)
    const large = table.addFamily()
    const small = table.addFamily()
    const mix = (n: number): number => {
      const a = Math.imul(n ^ (n >>> 16), 0x7feb352d)
      const b = Math.imul(a ^ (a >>> 15), 0x846ca68b)
      return b ^ (b >>> 16)
    }
    for (let field = 0; field < 3; field++) {
      for (let i = 0; i < 20_000; i++) table.add(large, mix(i + 1), i, 9, PAIR, 100)
      for (let i = 0; i < 50; i++) table.add(small, mix(i + 1), i, 9, PAIR, 100)
    }
    expect(table.count).toBeLessThanOrEqual(2048)
    expect(table.families[small]).toMatchObject({ shift: 0, kept: 50 })
    const { shift, kept } = table.families[large]!
    expect(kept * 2 ** shift).toBeGreaterThan(18_000)
    expect(kept * 2 ** shift).toBeLessThan(22_000)
    for (let at = 0; at < table.count; at++) expect(table.pairs[at]).toBe(3)
  })
})
