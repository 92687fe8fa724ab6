import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { expandInputs } from '../../src/io/inputs.js'
import { streamKeys } from '../../src/keys.js'
import type { KeysOptions, ReadRequest } from '../../src/requests.js'
import { dump } from '../helpers/dump.js'
import { sample } from '../helpers/samples.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CSV: KeysOptions = { format: 'csv', csvRaw: false, csvBom: false }

async function rowsOf(paths: readonly string[], more: Partial<ReadRequest>, options: Partial<KeysOptions> = {}) {
  const request: ReadRequest = { inputs: await expandInputs(paths), filter: {}, settings: {}, verify: true, ...more }
  const pieces: Buffer[] = []
  const outcomes = await streamKeys(request, { ...CSV, ...options }, async (piece) => {
    // What belongs to the taker must not change while it waits.
    const before = Buffer.from(piece)
    await new Promise((resolve) => setImmediate(resolve))
    expect(before.equals(piece)).toBe(true)
    pieces.push(before)
  })
  return { text: Buffer.concat(pieces).toString('latin1'), keys: outcomes.map(({ keys }) => keys) }
}

const APP = sample('redis-7.4.1/app').rdbPath
const LFU = sample('redis-8.6.3/lfu').rdbPath

/** More keys than batches hold at a time, with names that have no pattern in common. */
function manyNames(): string {
  const out = dump().select(0)
  let seed = 1
  const letters = (length: number): string => {
    let text = ''
    for (let i = 0; i < length; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      text += String.fromCharCode(97 + ((seed >>> 16) % 26))
    }
    return text
  }
  for (let i = 0; i < 60_000; i++) out.type(0, `${letters(3 + (i % 5))}:${letters(4)}:${i % 700}`).string('value')
  const path = join(folder, 'many.rdb')
  writeFileSync(path, out.end())
  return path
}
const MANY = manyNames()

describe('rows of keys', () => {
  it.each([
    ['CSV', [APP], {}, {}],
    ['CSV with other delimiters', [APP, LFU], { csvRaw: true, csvBom: true, delimiter: ';' }, {}],
    ['words of redis-rdb-tools', [APP], { compat: 'rdbtools' }, {}],
    ['JSON lines of several dumps', [LFU, APP], { format: 'jsonl' }, {}],
    ['many names', [MANY], {}, {}],
    ['many names as JSON lines', [MANY], { format: 'jsonl' }, {}],
    ['Parquet', [APP], { format: 'parquet' }, {}],
    ['filtered keys', [APP], {}, { filter: { type: ['hash', 'string'], match: ['*e*'] } }],
    ['filtered sizes', [APP], {}, { filter: { minBytes: 100 } }],
    ['redacted names', [APP], {}, { redact: 'hash' }],
    ['no keys', [APP], {}, { filter: { match: ['no such key'] } }],
  ] as const)('are the same with any number of threads: %s', async (_, paths, options, more) => {
    const one = await rowsOf(paths, { threads: 1, ...more }, options)
    // Ranges, from three threads on, have tests of their own.
    for (const threads of paths[0] === MANY ? [2, 3] : [2]) {
      const several = await rowsOf(paths, { threads, rangeBytes: 65_536, ...more }, options)
      expect(several.keys).toEqual(one.keys)
      expect(several.text === one.text, `${threads} threads`).toBe(true)
    }
  })

  it('are the same for what is read only once, or is damaged', async () => {
    const bytes = readFileSync(APP)
    const packed = join(folder, 'app.rdb.gz')
    writeFileSync(packed, gzipSync(bytes))
    const cut = join(folder, 'cut.rdb')
    writeFileSync(cut, bytes.subarray(0, bytes.length >> 1))
    for (const path of [packed, cut]) {
      const one = await rowsOf([path], { threads: 1 })
      expect(one.text.length).toBeGreaterThan(10_000)
      expect(await rowsOf([path], { threads: 2 })).toEqual(one)
    }
  })

  it('end with the error of whoever takes them', async () => {
    for (const threads of [1, 2, 3]) {
      const request: ReadRequest = {
        ...{ inputs: await expandInputs([MANY]), filter: {}, settings: {}, verify: true, threads },
      }
      const full = streamKeys(request, CSV, () => Promise.reject(new Error('no room')))
      await expect(full).rejects.toThrow('no room')
    }
  })
})
