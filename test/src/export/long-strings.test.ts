import { expect, it } from 'vitest'
import { HOLD_BYTES, RdbParser } from '../../../parsers/index.js'
import { readEntries } from '../../../src/entries.js'
import type { Exporter } from '../../../src/export/exporter.js'
import { JsonlExporter } from '../../../src/export/jsonl.js'
import { RespExporter } from '../../../src/export/resp.js'
import { dump } from '../../helpers/dump.js'

/** Longer than the parser holds, so that it comes in pieces; each one different. */
const long = (mark: string): string => mark + 'né 😀 "\\'.repeat(Math.ceil(HOLD_BYTES / 10)) + mark

/** One key per kind of string that can be long. `left out` is one to skip. */
function longDump(): Uint8Array {
  const moduleId = new Uint8Array([0x81, 0xb5, 0xeb, 0x2d, 0xff, 0xff, 0xdd, 0xb4, 0x01])
  const writer = dump().aux('redis-ver', '7.4.1').aux('lua', long('script')).select(0)
  writer.type(0, 'string').string(long('s'))
  writer.type(0, 'left out').string(long('x'))
  writer.type(0, 'lzf').lzf(long('z'))
  writer.type(1, 'list').len(3).string('before').string(long('l')).string('after')
  writer.type(2, 'set').len(2).string(long('m')).string('short')
  writer.type(4, 'hash').len(4).string('f').string(long('v')).string(long('f')).string('v')
  writer.string(long('g')).string(long('w')).string('h').string('x')
  writer.type(5, 'zset').len(2).string(long('b')).f64le(1.5).string('c').f64le(2)
  writer.type(7, 'module').raw(moduleId).len(5).string(long('json')).len(0)
  writer.type(28, 'array').len(1).len(0).len(7).len(0).string(long('a'))
  writer.type(0, long('k')).string('v')
  return writer.end()
}

function run<E extends Exporter>(exporter: E, bytes: Uint8Array, chunkBytes: number): Buffer {
  const parser = new RdbParser(exporter)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    parser.push(bytes.slice(at, at + chunkBytes))
    pieces.push(...exporter.take())
  }
  parser.end()
  return Buffer.concat([...pieces, ...exporter.finish()])
}

const accept = (key: { readonly key: { readonly length: number } }): boolean => key.key.length !== 'left out'.length

it.each([4097, 100_000, 1 << 24])('long strings of all kinds are exported, from chunks of %i bytes', (chunkBytes) => {
  const lines = run(new JsonlExporter({ accept }), longDump(), chunkBytes).toString().trimEnd().split('\n')
  const values = Object.fromEntries(
    lines.map((text) => {
      const line = JSON.parse(text)
      return [line.key, line.value]
    }),
  )
  const { module, ...others } = values
  const expected = {
    string: long('s'),
    lzf: long('z'),
    list: ['before', long('l'), 'after'],
    set: [long('m'), 'short'],
    hash: [
      ['f', long('v')],
      [long('f'), 'v'],
      [long('g'), long('w')],
      ['h', 'x'],
    ],
    zset: [
      [long('b'), 1.5],
      ['c', 2],
    ],
    array: [[7, long('a')]],
    [long('k')]: 'v',
  }
  // Compared as text first: a failing toEqual would print megabytes.
  expect(Object.keys(others).sort()).toEqual(Object.keys(expected).sort())
  for (const [key, value] of Object.entries(expected)) {
    if (JSON.stringify(others[key]) !== JSON.stringify(value)) throw new Error(`${key.slice(0, 20)} differs`)
  }
  expect(module).toMatchObject({ module: 'test___dt', encver: 1 })
})

it('long strings are exported as commands whose lengths are right', () => {
  const bytes = run(new RespExporter({ accept }), longDump(), 100_000)
  const names = new Map<string, number>()
  for (let at = 0; at < bytes.length; ) {
    const number = (): number => {
      const end = bytes.indexOf('\r\n', at)
      const value = Number(bytes.toString('latin1', at + 1, end))
      at = end + 2
      return value
    }
    const args: string[] = []
    for (let left = number(); left > 0; left--) {
      const length = number()
      if (bytes.toString('latin1', at + length, at + length + 2) !== '\r\n') throw new Error('no line end')
      args.push(bytes.toString('latin1', at, at + Math.min(length, 20)))
      at += length + 2
    }
    names.set(args[0]!, (names.get(args[0]!) ?? 0) + 1)
  }
  expect([...names.keys()].sort()).toEqual([
    'APPEND',
    'ARMSET',
    'HSET',
    'RPUSH',
    'SADD',
    'SCRIPT',
    'SELECT',
    'SET',
    'ZADD',
  ])
  expect(bytes.includes(long('k'))).toBe(true)
  expect(bytes.includes(long('script'))).toBe(true)
  expect(bytes.includes(long('w'))).toBe(true)
})

it('long strings are whole in entries', async () => {
  const values = new Map<string, unknown>()
  for await (const entry of readEntries(longDump(), { filter: { exclude: ['left out'] } })) {
    values.set(entry.key, entry.value)
  }
  expect(values.size).toBe(9)
  expect(values.get('set')).toEqual([long('m'), 'short'])
  expect(new Map(values.get('hash') as [string, string][]).get(long('g')) === long('w')).toBe(true)
  expect(values.get(long('k'))).toBe('v')
  expect(values.get('lzf') === long('z')).toBe(true)
})
