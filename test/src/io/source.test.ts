import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decompressor } from '../../../src/io/decompress.js'
import { memorySource, openSource, type Source } from '../../../src/io/source.js'

let root = ''
/** Longer than two reads, so that both buffers are used and reused. */
const CONTENT = Uint8Array.from({ length: 2_600_000 }, (_, index) => (Math.imul(index, 2654435761) >>> 13) & 0xff)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-source-'))
  await writeFile(join(root, 'dump.rdb'), CONTENT)
})

afterAll(() => rm(root, { recursive: true, force: true }))

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk))
  return Buffer.concat(pieces)
}

describe('openSource', () => {
  it('reads a file in order, with its size and time', async () => {
    const source = await openSource(join(root, 'dump.rdb'))
    expect(source).toMatchObject({ name: 'dump.rdb', totalBytes: CONTENT.length })
    expect(Math.abs(Date.now() - source.modifiedMs!)).toBeLessThan(60_000)
    expect((await collect(source.chunks())).equals(CONTENT)).toBe(true)
    expect(source.bytesRead).toBe(CONTENT.length)
  })

  it('can be left early', async () => {
    const source = await openSource(join(root, 'dump.rdb'))
    for await (const chunk of source.chunks()) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await expect(source.close()).resolves.toBeUndefined()
  })

  it('reads a stream given as standard input', async () => {
    const source = await openSource('-', { stdin: Readable.from([Buffer.from('RED'), Buffer.from('IS')]) })
    expect(source).toMatchObject({ name: 'standard input', totalBytes: null })
    expect((await collect(source.chunks())).toString()).toBe('REDIS')
  })

  it('does not wait for somebody to type a dump', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true })
    await expect(openSource('-', { stdin: terminal })).rejects.toMatchObject({ code: 'terminal' })
  })

  it.each([
    ['nothing-here.rdb', 'missing'],
    ['', 'unreadable'],
  ])('refuses %j', async (path, code) => {
    await expect(openSource(join(root, path))).rejects.toMatchObject({ name: 'InputError', code })
  })
})

describe('decompressor', () => {
  const gunzip = (source: Source) =>
    decompressor('gzip')!({
      chunks: source.chunks(),
      name: 'x.gz',
      maxRatio: 0,
      bytesRead: () => source.bytesRead,
      remark: () => {},
    })

  it('takes gzip off in bounded pieces', async () => {
    const zeros = Buffer.alloc(5_000_000)
    let largest = 0
    let total = 0
    for await (const piece of gunzip(memorySource(gzipSync(zeros)))) {
      largest = Math.max(largest, piece.length)
      total += piece.length
    }
    expect(total).toBe(zeros.length)
    expect(largest).toBeLessThanOrEqual(1 << 18)
  })

  it('reads what a file source gives, whose buffers are reused', async () => {
    await writeFile(join(root, 'dump.rdb.gz'), gzipSync(CONTENT, { level: 1 }))
    const source = await openSource(join(root, 'dump.rdb.gz'))
    expect((await collect(gunzip(source))).equals(CONTENT)).toBe(true)
  })

  it('says when the data is cut or damaged', async () => {
    const whole = gzipSync(CONTENT.subarray(0, 100_000))
    const cut = collect(gunzip(memorySource(whole.subarray(0, whole.length >> 1))))
    await expect(cut).rejects.toMatchObject({
      code: 'damaged-compression',
      message: expect.stringMatching(/^x\.gz is cut short/),
    })
    const broken = Buffer.from(whole)
    broken.fill(0xff, whole.length >> 1, (whole.length >> 1) + 100)
    const damaged = collect(gunzip(memorySource(broken)))
    await expect(damaged).rejects.toMatchObject({
      code: 'damaged-compression',
      message: expect.stringMatching(/data of x\.gz is damaged/),
    })
  })

  it('stops when the reader does', async () => {
    for await (const piece of gunzip(memorySource(gzipSync(CONTENT)))) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
  })

  it('has nothing for 7-Zip', () => {
    expect(decompressor('7z')).toBeNull()
  })
})
