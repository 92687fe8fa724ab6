import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.js'
import { expandInputs } from '../../../src/io/inputs.js'
import { streamKeys } from '../../../src/keys.js'
import { RangePool } from '../../../src/pipeline/ranges/pool.js'
import { scanDumps } from '../../../src/pipeline/scan.js'
import type { ReadRequest } from '../../../src/requests.js'
import { dump } from '../../helpers/dump.js'
import { sample } from '../../helpers/samples.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-several-'))
afterAll(() => rmSync(folder, { recursive: true }))

const bytesOf = (name: string): Buffer => readFileSync(sample(name).rdbPath)
const app = bytesOf('redis-7.4.1/app')
const small = bytesOf('redis-7.4.1/expired')

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const first = write('first.rdb', small)
const packed = write('packed.rdb.gz', gzipSync(app))
const cluster = sample('redis-7.4.1/cluster').rdbPath
const other = sample('valkey-9.1.2/lfu').rdbPath
const old = sample('redis-2.8.24/tuned').rdbPath
const wrongSum = write('wrong-sum.rdb', Buffer.concat([small.subarray(0, -1), Uint8Array.of(small.at(-1)! ^ 1)]))
const cut = write('cut.rdb', small.subarray(0, 70_000))
const damaged = write(
  'damaged.rdb',
  Buffer.concat([small.subarray(0, 5e4), Buffer.alloc(64, 0xff), small.subarray(50_064)]),
)

/** A shard that has no keys yet. */
const empty = write('empty.rdb', dump({ version: 11 }).aux('redis-ver', '7.2.4').aux('ctime', '1700000000').end())

async function requestFor(paths: readonly string[], more: Partial<ReadRequest>): Promise<ReadRequest> {
  return {
    inputs: await expandInputs(paths),
    filter: {},
    settings: {},
    verify: true,
    rangeBytes: 16_384,
    ...more,
  }
}

async function reportOf(paths: readonly string[], threads: number, more: Partial<ReadRequest> = {}): Promise<string> {
  const { report, files } = await analyze(await requestFor(paths, { threads, ...more }), { top: 0, showValues: true })
  const ends = files.map(({ read, keys, checksum }) => [read.error?.message, keys, checksum])
  return JSON.stringify({ report, ends }).replaceAll(folder, '')
}

async function rowsOf(paths: readonly string[], threads: number): Promise<string> {
  const pieces: Uint8Array[] = []
  await streamKeys(
    await requestFor(paths, { threads }),
    { format: 'csv', csvRaw: false, csvBom: false },
    (piece) => void pieces.push(piece),
  )
  return Buffer.concat(pieces).toString('latin1')
}

describe('several dumps', () => {
  it.each([
    ['of one server', [first, cluster, wrongSum], {}],
    ['of several servers, one compressed', [other, packed, cluster, first], {}],
    ['with filters', [cluster, first, other], { filter: { type: ['hash', 'string'], minTtlSeconds: 0 } }],
    ['the second one cut', [other, cut, first], {}],
    ['the second one damaged', [first, damaged, other], {}],
    ['the second one damaged, salvaged', [first, damaged, other], { salvage: true }],
    ['the first one without keys', [empty, first, other], {}],
    ['others without keys', [first, empty, other, write('empty-too.rdb', readFileSync(empty))], {}],
    ['one of an old server', [first, old, other], {}],
  ] as const)('give the report of one thread: %s', async (_, paths, more) => {
    const alone = await reportOf(paths, 1, more)
    for (const threads of [2, 3]) expect(await reportOf(paths, threads, more), `${threads} threads`).toBe(alone)
  })

  it('give the rows of one thread', async () => {
    const paths = [first, other, wrongSum, cluster]
    const alone = await rowsOf(paths, 1)
    expect(await rowsOf(paths, 3)).toBe(alone)
    const damagedBetween = [first, damaged, other]
    expect(await rowsOf(damagedBetween, 3)).toBe(await rowsOf(damagedBetween, 1))
  })

  it.each([1, 2, 3])('fail for what is no dump, with %i threads', async (threads) => {
    const noDump = write('no-dump.rdb', Buffer.from('hello, this is only a text\n'))
    await expect(reportOf([first, noDump, other], threads)).rejects.toThrow('no-dump.rdb is text')
    await expect(rowsOf([first, noDump, other], threads)).rejects.toThrow('no-dump.rdb is text')
  })

  it('have their own digests, added up on one thread when they are large together', async () => {
    const paths = [first, ...['a', 'b', 'c', 'd', 'e'].map((name) => write(`${name}.rdb`, app)), wrongSum]
    const request = await requestFor(paths, { threads: 2 })
    const { report } = await analyze(request, { top: 1 })
    const sums = paths.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'))
    expect(report.provenance.files.map(({ sha256 }) => sha256)).toEqual(sums)
    expect(report.provenance.files.map(({ checksum }) => checksum)).toEqual([...Array(6).fill('ok'), 'wrong'])
  })
})

describe('ranges of several dumps', () => {
  it('are handed out while those of the dump before are read; rows come in the order of the files', async () => {
    const paths = [first, other, cluster]
    const ranges = new RangePool({
      threads: 3,
      filter: {},
      taps: { values: false, bigKeys: null },
      samples: null,
      duplicates: null,
      bigKeys: null,
      rowsTo: null,
    })
    const events: string[] = []
    let begun = 0
    const scan = scanDumps({
      request: await requestFor(paths, {
        threads: 3,
        onProgress: ({ file, bytesRead, totalBytes }) => {
          if (bytesRead === totalBytes) events.push(`read ${file}`)
        },
      }),
      sha256: false,
      ranges,
      onNow: () => events.push(`now ${begun++}`),
      onBatch: ({ file }) => {
        events.push(`rows ${file}`)
      },
    })
    try {
      for await (const { input } of scan) events.push(`done ${paths.indexOf(input.path)}`)
    } finally {
      await ranges.stop()
    }
    // Threads take longer to start than small dumps to be read.
    expect(events.indexOf('read 1')).toBeLessThan(events.indexOf('rows 0'))
    const inOrder = new Set(events.filter((event) => event.startsWith('now') || event.startsWith('rows')))
    expect([...inOrder]).toEqual(['now 0', 'rows 0', 'now 1', 'rows 1', 'now 2', 'rows 2'])
    expect(events.filter((event) => event.startsWith('done'))).toEqual(['done 0', 'done 1', 'done 2'])
  })
})
