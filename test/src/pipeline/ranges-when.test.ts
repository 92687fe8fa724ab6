import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readsInRanges } from '../../../src/pipeline/ranges/when.js'
import type { ReadRequest } from '../../../src/requests.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-when-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, header: string, bytes: number): string {
  const path = join(folder, name)
  writeFileSync(path, header)
  truncateSync(path, bytes)
  return path
}

function pays(paths: readonly string[], more: Partial<ReadRequest> = {}): Promise<boolean> {
  const inputs = paths.map((path) => ({ path, name: path, increments: [], notes: [] }))
  return readsInRanges({ inputs, filter: {}, settings: {}, verify: true, ...more })
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

  it('are not for what one parser has to read', async () => {
    expect(await pays([large, old])).toBe(false)
    expect(await pays([large, '-'])).toBe(false)
    expect(await pays([large, join(folder, 'gone.rdb')])).toBe(false)
    expect(await pays([large], { salvage: true })).toBe(false)
    expect(await pays([large], { dumpPayload: 'key' })).toBe(false)
  })
})
