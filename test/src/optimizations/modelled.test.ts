import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TechniqueResult } from '../../../reports/report.js'
import { simulate } from '../../../src/simulate.js'
import { dump } from '../../helpers/dump.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

async function resultOf(
  path: string,
  id: string,
  parameters: Readonly<Record<string, string>> = {},
  target?: string,
): Promise<TechniqueResult> {
  const inputs = [{ path, name: path, increments: [], notes: [] }]
  const request = { inputs, filter: {}, settings: {}, verify: false, ...(target === undefined ? {} : { target }) }
  const { report } = await simulate(request, { techniques: [id], parameters: { [id]: parameters }, top: 0 })
  return report.techniques[0]!
}

async function withFile<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-modelled-'))
  try {
    const path = join(folder, 'dump.rdb')
    writeFileSync(path, bytes)
    return await use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('dedupe-values', () => {
  it('keeps each different value once, and a number in each key', async () => {
    const writer = dump({ version: 12 }).select(0)
    for (let i = 0; i < 1000; i++) writer.type(0, `page:${1000 + i}`).string(`${i % 4} `.repeat(200))
    await withFile(writer.end(), async (path) => {
      const result = await resultOf(path, 'dedupe-values', {}, 'redis-7.4')
      // Key holder and object of each; four values with names like page:v:1234567890123456.
      const key = 16 + 24 + 16
      expect(result.groups[0]).toMatchObject({ keys: 1000, keysAfter: 1004, differentValues: 4, name: 'page:v:' })
      expect(result.ramBytesAfter).toBe(1000 * key + 4 * (32 + 24 + 16 + 448))
    })
  })

  it('leaves alone what hardly repeats', async () => {
    const writer = dump({ version: 12 }).select(0)
    for (let i = 0; i < 1000; i++)
      writer.type(0, `page:${1000 + i}`).string(`value number ${i} of a thousand, all differ`)
    await withFile(writer.end(), async (path) => {
      expect((await resultOf(path, 'dedupe-values')).status).toBe('nothing-to-do')
      const forced = await resultOf(path, 'dedupe-values', { match: 'page:*' })
      expect(forced.savedBytes).toBeLessThan(0)
    })
  })
})

describe('hash-templates', () => {
  it('keeps names of fields once per set of fields', async () => {
    const writer = dump({ version: 14 }).aux('redis-ver', '8.8.0').select(0)
    for (let i = 0; i < 100; i++) {
      writer.type(4, `user:${1000 + i}`).len(3)
      // In any order.
      const fields = ['registration-date', 'favourite-colour', 'newsletter']
      for (let f = 0; f < 3; f++) writer.string(fields[(f + i) % 3]!).string('yes')
    }
    for (let i = 0; i < 3; i++)
      writer
        .type(4, `rare:${1000 + i}`)
        .len(1)
        .string('something-else')
        .string('x')
    await withFile(writer.end(), async (path) => {
      const result = await resultOf(path, 'hash-templates')
      expect(result.parameters).toMatchObject({ templates: 1, mostFields: 3 })
      expect(result.keys).toBe(100)
      // Object with its name, and a listpack: header and end, id, three values of three bytes.
      const hash = 32 + 32
      expect(result.ramBytesAfter - Number(result.parameters.templateBytes)).toBe(100 * hash)
    })
  })

  it('is none of Valkey', async () => {
    const result = await resultOf(join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb'), 'hash-templates', {}, 'valkey-9.1')
    expect(result.status).toBe('not-on-this-target')
  })
})

describe('data-tiering', () => {
  it('moves values out that were not touched, and keeps their names', async () => {
    const writer = dump({ version: 12 }).select(0)
    for (let i = 0; i < 100; i++)
      writer
        .idle(i < 40 ? 10 * 86_400 : 60)
        .type(0, `doc:${1000 + i}`)
        .string('x'.repeat(1000))
    await withFile(writer.end(), async (path) => {
      const result = await resultOf(path, 'data-tiering', {}, 'redis-7.4')
      expect(result.keys).toBe(40)
      expect(result.savedBytes).toBe(40 * 1024)
      expect(result.parameters).toMatchObject({ measuredBy: 'idle time', coldShare: 0.4 })
      expect((await resultOf(path, 'data-tiering', { days: '30' })).status).toBe('nothing-to-do')
    })
  })

  it('says what it needs where the dump knows no times', async () => {
    const result = await resultOf(join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb'), 'data-tiering')
    expect(result.status).toBe('nothing-to-do')
    expect(result.assumptions[0]).toMatch(/maxmemory-policy allkeys-lru/)
  })
})

describe('defragment', () => {
  it('saves nothing in used_memory, and says what is rounding and what no key explains', async () => {
    const result = await resultOf(join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb'), 'defragment')
    expect(result.savedBytes).toBe(0)
    expect(result.parameters.roundingShare).toBeGreaterThan(0.02)
    expect(result.parameters.roundingShare).toBeLessThan(0.3)
    expect(result.parameters.unexplainedBytes).not.toBeNull()
    const sum = result.groups.reduce((total, group) => total + Number(group.roundingBytes), 0)
    expect(sum).toBe(result.parameters.roundingBytes)
  })
})
