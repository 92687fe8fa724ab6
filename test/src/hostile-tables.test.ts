import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { analyze } from '../../src/analyze.js'
import { hashKey, keyHash } from '../../src/compare/key-hash.js'
import { noPairs } from '../../src/memory/gathered-hash.js'
import { EntityTable } from '../../src/optimizations/entity-table.js'
import type { ReadRequest } from '../../src/requests.js'
import { simulate } from '../../src/simulate.js'
import { SEED_A, seededNumber } from '../../src/table-seed.js'
import { dump } from '../helpers/dump.js'

const pair = { ...noPairs(), pairs: 1 }

/** The number with which `Math.imul` undoes that of an odd one. */
function inverse(odd: number): number {
  let found = odd
  for (let i = 0; i < 5; i++) found = Math.imul(found, 2 - Math.imul(odd, found))
  return found
}

/** Names of twelve bytes whose first hash would be the same if it began with a number that is known. */
function namesOfOneHash(count: number): readonly Uint8Array[] {
  const before = (end: number): number => {
    let mixed = end
    for (let i = 0; i < 3; i++) mixed = end ^ (mixed >>> 15)
    return Math.imul(mixed, inverse(0x1b873593))
  }
  return Array.from({ length: count }, (_, i) => {
    const words = new Int32Array([i * 2654435761, i * 40503, 0])
    let a = 0x9e3779b1 ^ 12
    for (let w = 0; w < 2; w++) {
      a = Math.imul(a ^ Math.imul(words[w]!, 0xcc9e2d51), 0x1b873593)
      a ^= a >>> 15
    }
    words[2] = Math.imul(before(0x1234567) ^ a, inverse(0xcc9e2d51))
    return new Uint8Array(words.buffer)
  })
}

describe('names chosen for their hashes', () => {
  it('have different ones in compare', () => {
    const names = namesOfOneHash(500)
    const hashes = new Set<number>()
    for (const name of names) {
      hashKey(0, name, 0, name.length)
      hashes.add(keyHash.a)
    }
    expect(SEED_A).not.toBe(0)
    expect(hashes.size).toBeGreaterThan(490)
  })

  it('do not keep the table of entities busy when none of them can be left out', () => {
    const table = new EntityTable(1024)
    const few = table.addFamily()
    const many = table.addFamily()
    for (let i = 0; i < 2000; i++) table.add(many, 0, i, 10, pair, 50)
    expect(table.count).toBe(1024)
    expect(table.families[many]).toMatchObject({ kept: 1024, shift: 20 })
    table.add(few, 12345, 1, 10, pair, 50)
    table.add(many, 0, 3, 10, pair, 50)
    expect(table.count).toBe(1024)
    expect(table.pairs[3]).toBe(2)
  })

  it('are found in a map by other numbers, which lead back', () => {
    for (const number of [0, 1, 65_535, 2 ** 31, 2 ** 32 + 7, 2 ** 53 - 1]) {
      const other = seededNumber(number)
      expect(Number.isSafeInteger(other)).toBe(true)
      expect(seededNumber(other)).toBe(number)
    }
    expect(new Set(Array.from({ length: 1000 }, (_, i) => seededNumber(i))).size).toBe(1000)
  })
})

describe('very many databases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-databases-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function requestOf(databases: number, db?: readonly number[]): ReadRequest {
    const path = join(folder, `${databases}.rdb`)
    const bytes = dump()
    for (let db = 0; db < databases; db++) bytes.select(db).type(0, `user:${db}`).string('v')
    writeFileSync(path, bytes.end())
    const input = { path, name: path, increments: [], notes: [] }
    return { inputs: [input], filter: { db }, settings: {}, verify: false }
  }

  it('are refused by simulate, which says what to do', async () => {
    await expect(simulate(requestOf(5000))).rejects.toMatchObject({
      code: 'many-databases',
      message: expect.stringContaining('4096 databases'),
      advice: expect.stringContaining('--db'),
    })
    const { report } = await simulate(requestOf(5000, [7, 4999]), { techniques: [] })
    expect(report.before.keys).toBe(2)
  })

  it('are counted by analyze, which leaves savings out and says so', async () => {
    const { report } = await analyze(requestOf(5000), { top: 1, savings: true })
    expect(report.totals.keys).toBe(5000)
    expect(report.savings).toBeUndefined()
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'savings' }))
  })
})
