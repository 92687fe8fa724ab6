import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { memoryBudget } from '../../../src/memory-budget.js'
import { type RangesAllowed, rangesAllowed, threadsFor } from '../../../src/pipeline/ranges/when.js'
import type { ReadRequest } from '../../../src/requests.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-when-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, header: string, bytes: number): string {
  const path = join(folder, name)
  writeFileSync(path, header)
  truncateSync(path, bytes)
  return path
}

function ranges(paths: readonly string[], more: Partial<ReadRequest> = {}): Promise<RangesAllowed | null> {
  const inputs = paths.map((path) => ({ path, name: path, increments: [], notes: [] }))
  return rangesAllowed({ inputs, filter: {}, settings: {}, verify: true, ...more })
}

async function pays(paths: readonly string[], more: Partial<ReadRequest> = {}): Promise<boolean> {
  return (await ranges(paths, more)) !== null
}

describe('ranges', () => {
  const large = file('large.rdb', 'REDIS0011', 8 * 2 ** 20)
  const packed = file('packed.rdb.gz', '\x1f\x8b', 2 ** 21)
  const small = file('small.rdb', 'REDIS0011', 2 ** 18)
  const old = file('old.rdb', 'REDIS0008', 8 * 2 ** 20)

  it('pay for dumps that have some on average', async () => {
    expect(await pays([large])).toBe(true)
    expect(await pays([packed])).toBe(true)
    expect(await pays([small])).toBe(false)
    expect(await pays([large, small, small])).toBe(true)
    expect(await pays([large, ...Array<string>(10).fill(small)])).toBe(false)
    expect(await pays([small], { rangeBytes: 4096 })).toBe(true)
  })

  it('are those of one reading where there cannot be another', async () => {
    expect(await ranges(['-'])).toEqual({ once: true })
    expect(await ranges([large])).toEqual({ once: false })
  })

  it('are not for what one parser has to read', async () => {
    expect(await pays([large, old])).toBe(false)
    expect(await pays([large, '-'])).toBe(false)
    expect(await pays([large, join(folder, 'gone.rdb')])).toBe(false)
    expect(await pays([large], { salvage: true })).toBe(false)
    expect(await pays([large], { dumpPayload: 'key' })).toBe(false)
  })
})

describe('threads', () => {
  const small = file('few.rdb', 'REDIS0011', 2 ** 20)
  const large = file('many.rdb', 'REDIS0011', 64 * 2 ** 20)
  const threads = (path: string, more: Partial<ReadRequest> = {}): Promise<number> =>
    threadsFor({
      inputs: [{ path, name: path, increments: [], notes: [] }],
      filter: {},
      settings: {},
      verify: true,
      ...more,
    })

  it('are as many as there are processors for what is large, or may be', async () => {
    const all = Math.min(availableParallelism(), memoryBudget().threads)
    expect(await threads(small)).toBe(1)
    expect(await threads(large)).toBe(all)
    expect(await threads('-')).toBe(all)
  })

  it('are as many as asked for, and as there is memory for', async () => {
    expect(await threads(small, { threads: 3 })).toBe(3)
    expect(await threads(large, { maxMemoryBytes: 128e6 })).toBe(1)
  })
})
