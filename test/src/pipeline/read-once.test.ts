import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.js'
import { streamKeys } from '../../../src/keys.js'
import type { ReadRequest } from '../../../src/requests.js'
import { dump } from '../../helpers/dump.js'
import { differenceByRanges, readByRanges } from '../../helpers/read-once.js'
import { allSamples, sample } from '../../helpers/samples.js'

const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(sample(name).rdbPath))
const app = bytesOf('redis-7.4.1/app')
const small = bytesOf('redis-7.4.1/expired')
const commands = Buffer.from('*1\r\n$4\r\nPING\r\n'.repeat(20))

/** Values that are larger than ranges, between small ones. */
const large = dump({ version: 12 })
  .aux('redis-ver', '7.4.1')
  .select(0)
  .type(0, 'first')
  .string('1')
  .type(0, 'long')
  .string('abc'.repeat(20_000))
  .type(0, 'short')
  .string('2')
  .type(0, 'packed')
  .lzf('x'.repeat(90_000))
  .type(0, 'last')
  .string('3')
  .end()

describe('what can be read only once gives the same by ranges as by one parser', () => {
  it.each(allSamples().map(({ name, rdbPath }) => [name, rdbPath]))('%s', async (_, path) => {
    const bytes = new Uint8Array(readFileSync(path))
    expect(await differenceByRanges(bytes, 65_536, 16_384, 4)).toBeNull()
    // The first records are of all kinds.
    expect(await differenceByRanges(bytes.slice(0, 60_000), 3000, 1500, 2)).toBeNull()
  })

  it('in ranges where the dump lets itself be cut, and else by one parser from there on', async () => {
    expect((await readByRanges(small, 4096, 8192, 3)).ranges).toBeGreaterThan(5)
    expect((await readByRanges(bytesOf('redis-2.8.24/tuned'), 4096, 8192, 3)).ranges).toBe(0)
    expect((await readByRanges(large, 4096, 8192, 3)).ranges).toBeGreaterThan(0)
  })

  it('cut at many places', async () => {
    for (const [bytes, most, step] of [
      [small, 9000, 97],
      [large, large.length, 997],
    ] as const) {
      for (let size = 0; size < most; size += 1 + (size % step)) {
        const cut = bytes.slice(0, size)
        expect(await differenceByRanges(cut, 500, 700, size % 5), `cut after ${size} bytes`).toBeNull()
      }
      for (const missing of [1, 7, 8, 9, 10, 30]) {
        const cut = bytes.slice(0, bytes.length - missing)
        expect(await differenceByRanges(cut, 1000, 2000, 3), `the last ${missing} bytes are missing`).toBeNull()
      }
    }
  })

  it('with changed bytes', async () => {
    for (const [whole, step] of [
      [small.slice(0, 12_000), 97],
      [large, 997],
    ] as const) {
      for (let at = 0; at < whole.length; at += 1 + (at % step)) {
        const changed = whole.slice()
        changed[at]! ^= 1 << (at % 8)
        expect(await differenceByRanges(changed, 1000, 900, at % 6), `byte ${at} changed`).toBeNull()
      }
    }
  })

  it('with something behind the dump', async () => {
    for (const behind of [commands, Buffer.alloc(3), Buffer.alloc(70), commands.subarray(0, 19)]) {
      for (const bytes of [small, large, bytesOf('redis-2.8.24/tuned'), bytesOf('keydb-6.3.4/expired')]) {
        const whole = new Uint8Array(Buffer.concat([bytes, behind]))
        for (const chunkBytes of [whole.length, 4096, whole.length - behind.length - 5]) {
          expect(await differenceByRanges(whole, chunkBytes, 5000, 3)).toBeNull()
        }
      }
    }
  })
})

describe('standard input', () => {
  async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, void> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield Uint8Array.from(bytes.subarray(at, at + chunkBytes))
  }

  function requestFor(bytes: Uint8Array, threads: number, more: Partial<ReadRequest>): ReadRequest {
    return {
      inputs: [{ path: '-', name: 'standard input', increments: [], notes: [] }],
      stdin: chunksOf(bytes, 65_536),
      filter: {},
      settings: {},
      verify: true,
      threads,
      rangeBytes: 16_384,
      ...more,
    }
  }

  async function reportOf(bytes: Uint8Array, threads: number, more: Partial<ReadRequest>): Promise<string> {
    const { report, files } = await analyze(requestFor(bytes, threads, more), { top: 0, showValues: true })
    return JSON.stringify([report, files])
  }

  async function rowsOf(bytes: Uint8Array, threads: number, more: Partial<ReadRequest>): Promise<string> {
    const rows: Uint8Array[] = []
    const outcomes = await streamKeys(
      requestFor(bytes, threads, more),
      { format: 'jsonl', csvRaw: false, csvBom: false },
      async (piece) => {
        rows.push(piece.slice())
      },
    )
    return JSON.stringify([outcomes, Buffer.concat(rows).toString()])
  }

  const zstd = new Uint8Array(readFileSync(new URL('../../fixtures/compressed/zstd.zst', import.meta.url)))
  const changed = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice()
    copy.fill(0xff, at, at + 64)
    return copy
  }

  it.each<[string, Uint8Array, Partial<ReadRequest>]>([
    ['an application', app, {}],
    ['keys left out', app, { filter: { match: ['user:*', '*:1*'], type: ['hash', 'string'] } }],
    ['gzip', gzipSync(app), {}],
    ['Zstandard', zstd, { rangeBytes: 1000 }],
    ['large values', large, {}],
    ['damage in a later range', changed(small, 100_000), {}],
    ['damage in a large value of which parts were handed out', changed(large, 40_000), {}],
    ['cut', app.slice(0, 300_000), {}],
    ['cut within its compression', gzipSync(small).subarray(0, 50_000), {}],
    ['a wrong checksum', small.with(-1, small.at(-1)! ^ 1), {}],
    ['commands behind it', new Uint8Array(Buffer.concat([small, commands])), {}],
    ['an old dump', bytesOf('redis-2.8.24/tuned'), {}],
    ['records of a fork', bytesOf('keydb-6.3.4/expired'), {}],
    ['slots', bytesOf('redis-7.4.1/cluster'), {}],
  ])('gives the same report with three threads: %s', async (_, bytes, more) => {
    expect(await reportOf(bytes, 3, more)).toBe(await reportOf(bytes, 1, more))
  })

  it.each<[string, Uint8Array, Partial<ReadRequest>]>([
    ['a whole dump', small, {}],
    ['other names', small, { redact: 'hash' }],
    ['damage', changed(small, 100_000), {}],
    ['records of a fork', bytesOf('keydb-6.3.4/expired'), {}],
  ])('gives the same rows with three threads: %s', async (_, bytes, more) => {
    expect(await rowsOf(bytes, 3, more)).toBe(await rowsOf(bytes, 1, more))
  })
})
