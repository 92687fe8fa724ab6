import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { IgnoreAll, type ParserStart, type RdbKey, RdbParser } from '../../../parsers/index.js'
import { analyze } from '../../../src/analyze.js'
import { expandInputs } from '../../../src/io/inputs.js'
import { NotInRanges, RangeSplitter } from '../../../src/pipeline/ranges/splitter.js'
import type { ReadRequest } from '../../../src/requests.js'
import { dump } from '../../helpers/dump.js'
import { allSamples, sample } from '../../helpers/samples.js'

/** Lists the keys with their places. */
class Keys extends IgnoreAll {
  readonly found: string[] = []

  override endKey(key: RdbKey): void {
    const name = new TextDecoder('latin1').decode(key.key.view())
    this.found.push(`${key.db} ${name} ${key.offset} ${key.rdbBytes} ${key.elements} ${key.expiresAtMs} ${key.freq}`)
  }
}

/** The keys of a dump, read range by range; null when it has to be read as a whole. */
function inRanges(bytes: Uint8Array, rangeBytes: number, chunkBytes: number): string[] | null {
  const keys = new Keys()
  let parser: RdbParser | null = null
  const splitter = new RangeSplitter({
    visitor: new IgnoreAll(),
    verify: true,
    onReady: () => {},
    allocate: (size) => new Uint8Array(size),
    rangeBytes,
    onPiece: ({ bytes: piece, start, more, last }) => {
      if (start !== null) parser = new RdbParser(keys, { resume: start as ParserStart })
      expect(parser!.push(piece)).toBe(piece.length)
      if (last) expect(parser!.done).toBe(true)
      else if (!more) expect(parser!.start).not.toBeNull()
    },
  })
  try {
    for (let at = 0; at < bytes.length && !splitter.done; at += chunkBytes) {
      splitter.push(bytes.subarray(at, at + chunkBytes))
    }
    splitter.end()
  } catch (error) {
    if (error instanceof NotInRanges) return null
    throw error
  }
  const whole = new RdbParser(new IgnoreAll())
  whole.push(bytes)
  expect(splitter.endOffset).toBe(whole.endOffset)
  return keys.found
}

describe('cutting a dump into ranges', () => {
  it.each(allSamples().map(({ name, rdbPath }) => [name, rdbPath]))('finds all keys: %s', (_, path) => {
    const bytes = readFileSync(path)
    const whole = new Keys()
    new RdbParser(whole).push(bytes)
    for (const [rangeBytes, chunkBytes] of [
      [4096, 1 << 20],
      [4096, 1000],
      [50_000, 4096],
    ] as const) {
      const found = inRanges(bytes, rangeBytes, chunkBytes)
      if (found !== null) expect(found).toEqual(whole.found)
    }
  })

  it('is possible for dumps of Redis from 5.0 on', () => {
    const { rdbPath } = sample('redis-7.4.1/app')
    expect(inRanges(readFileSync(rdbPath), 8192, 1 << 16)).not.toBeNull()
  })

  it('ends at once where there are no keys', () => {
    const bytes = dump({ version: 11 }).aux('redis-ver', '7.2.4').end()
    let ready = 0
    const splitter = new RangeSplitter({
      visitor: new IgnoreAll(),
      verify: true,
      onReady: () => ready++,
      allocate: (size) => new Uint8Array(size),
      onPiece: () => expect.unreachable(),
    })
    expect(splitter.push(Buffer.concat([bytes, Buffer.from('more')]))).toBe(bytes.length)
    splitter.end()
    const checksum = Buffer.from(bytes.subarray(-8)).readBigUInt64LE().toString(16).padStart(16, '0')
    expect([splitter.done, splitter.endOffset, splitter.checksum, ready]).toEqual([true, bytes.length, checksum, 1])
  })

  it('tells nothing about a dump that is cut', () => {
    const { rdbPath } = sample('redis-7.4.1/expired')
    const bytes = readFileSync(rdbPath)
    for (const missing of [1, 8, 9, 100, 5000]) {
      expect(inRanges(bytes.subarray(0, bytes.length - missing), 4096, 4096)).toBeNull()
    }
  })
})

describe('threads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-ranges-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const sampleOf = (name: string): string => sample(name).rdbPath
  const app = readFileSync(sampleOf('redis-7.4.1/app'))
  const small = readFileSync(sampleOf('redis-7.4.1/expired'))

  async function reportOf(path: string, threads: number, more: Partial<ReadRequest> = {}): Promise<string> {
    const request: ReadRequest = {
      inputs: await expandInputs([path]),
      filter: {},
      settings: {},
      verify: true,
      threads,
      rangeBytes: 16_384,
      ...more,
    }
    const { report } = await analyze(request, { top: 0, showValues: true })
    return JSON.stringify(report)
  }

  it.each([
    ['an application', () => app, {}],
    [
      'compressed, keys left out',
      () => gzipSync(app),
      { filter: { match: ['user:*', '*:1*'], type: ['hash', 'string'] } },
    ],
    ['cut within its compression', () => gzipSync(app).subarray(0, 150_000), {}],
    ['a wrong checksum', () => Buffer.concat([small.subarray(0, -1), Uint8Array.of(small.at(-1)! ^ 1)]), {}],
    [
      'damaged inside',
      () => Buffer.concat([small.subarray(0, 5e4), Buffer.alloc(64, 0xff), small.subarray(50_064)]),
      {},
    ],
  ] as const)('give the same report, byte by byte: %s', async (name, bytes, more) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.rdb`)
    writeFileSync(path, bytes())
    const alone = await reportOf(path, 1, more)
    expect(await reportOf(path, 2, more)).toBe(alone)
    if (name === 'an application' || name.startsWith('cut')) expect(await reportOf(path, 3, more)).toBe(alone)
  })
})
