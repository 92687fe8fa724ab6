import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Crc64 } from '../../../parsers/index.js'
import { DigestThread } from '../../../src/pipeline/digests.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-digests-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, mebibytes: number): string {
  const path = join(folder, name)
  const bytes = Buffer.alloc(mebibytes * 2 ** 20)
  for (let i = 0; i < bytes.length; i += 4096) bytes.writeUInt32LE(i * name.length, i)
  writeFileSync(path, bytes)
  return path
}

const paths = [file('a', 3), file('bb', 9), file('ccc', 5)]

function sumsOf(path: string, crcEnd: number): { sha256: string; crc64: string; crcEnd: number } {
  const bytes = readFileSync(path)
  const crc = new Crc64()
  crc.update(bytes, 0, crcEnd)
  return { sha256: createHash('sha256').update(bytes).digest('hex'), crc64: crc.toString(), crcEnd }
}

describe('a thread for digests', () => {
  it('is there when files are large enough together', async () => {
    expect(await DigestThread.for(paths.slice(0, 2).map((path) => ({ path })))).toBeNull()
    expect(await DigestThread.for([{ path: '-' }, { path: 'does-not-exist' }])).toBeNull()
    const thread = await DigestThread.for(paths.map((path) => ({ path })))
    expect(thread).not.toBeNull()
    expect(thread!.takes({ path: paths[0]!, totalBytes: 3 * 2 ** 20 })).toBe(true)
    expect(thread!.takes({ path: paths[0]!, totalBytes: 1000 })).toBe(false)
    expect(thread!.takes({ path: null, totalBytes: 3 * 2 ** 20 })).toBe(false)
    thread!.stop()
  })

  it('adds up files in order, each to where its checksum stands', async () => {
    const thread = (await DigestThread.for(paths.map((path) => ({ path }))))!
    const asked = paths.map((path) => thread.add(path))
    thread.end()
    expect(await asked[2]!(null)).toEqual(sumsOf(paths[2]!, 5 * 2 ** 20 - 8))
    expect(await asked[0]!(1000)).toEqual(sumsOf(paths[0]!, 1000))
    expect(await asked[1]!(9 * 2 ** 20 - 8)).toEqual(sumsOf(paths[1]!, 9 * 2 ** 20 - 8))
  })

  it('goes on with what was started ahead', async () => {
    const large = file('large', 17)
    expect(await DigestThread.startAhead(large)).toBe(true)
    const thread = (await DigestThread.for([{ path: paths[0]! }, { path: large }]))!
    const [one, other] = [thread.add(paths[0]!), thread.add(large)]
    thread.end()
    expect(await one(null)).toEqual(sumsOf(paths[0]!, 3 * 2 ** 20 - 8))
    expect(await other(null)).toEqual(sumsOf(large, 17 * 2 ** 20 - 8))
  })

  it('says what is wrong with a file', async () => {
    const thread = (await DigestThread.for(paths.map((path) => ({ path }))))!
    const gone = thread.add(join(folder, 'gone'))
    await expect(gone(null)).rejects.toThrow('gone')
    await expect(thread.add(paths[0]!)(null)).rejects.toThrow('gone')
    thread.stop()
  })
})
