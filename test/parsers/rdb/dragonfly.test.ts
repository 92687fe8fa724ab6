import { describe, expect, it } from 'vitest'
import { IgnoreAll, type RdbKey, SalvageParser } from '../../../parsers/index.js'
import { type DumpWriter, dump, fragment } from '../../helpers/dump.js'
import { contents, type RdbEvent, read } from '../../helpers/events.js'
import { readsAlike } from '../../helpers/reads-alike.js'

const dragonfly = (): DumpWriter => dump({ version: 9 }).aux('df-ver', 'df-v1.27.0')

/** Stands for LZ4 and zstd: every byte is flipped. */
function flip(_codec: string, bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte ^ 0xff)
}

function contentsOf(type: number, value: DumpWriter): RdbEvent[] {
  const bytes = dragonfly().type(type, 'k').raw(value.bytes()).end('zero')
  readsAlike(bytes)
  return contents(bytes)
}

class Names extends IgnoreAll {
  readonly names: string[] = []

  override key(key: RdbKey): boolean {
    this.names.push(Buffer.from(key.key.view()).toString())
    return true
  }
}

const value = fragment

describe('Dragonfly values', () => {
  it('JSON, in the old and the new number', () => {
    const json = value().string('{"a":1}')
    for (const type of [20, 30]) {
      expect(contentsOf(type, json)).toEqual([{ module: 'ReJSON-RL', encver: 0 }, { moduleString: '{"a":1}' }])
    }
  })

  it('hash and set with expiry in seconds', () => {
    expect(
      contentsOf(31, value().len(2).string('f').string('v').integer(100).string('g').string('w').integer(-1)),
    ).toEqual([{ count: 2 }, { field: 'f', value: 'v', expiresAtMs: 100_000 }, { field: 'g', value: 'w' }])
    expect(contentsOf(32, value().len(2).string('a').string('1700000000').string('b').string('-1'))).toEqual([
      { count: 2 },
      { element: 'a', expiresAtMs: 1_700_000_000_000 },
      { element: 'b' },
    ])
  })

  it('no expiry is later than 64 bits can say', () => {
    const set = value().len(1).string('m').string('9'.repeat(400))
    expect(contentsOf(32, set)).toEqual([{ count: 1 }, { element: 'm', expiresAtMs: 2 ** 63 }])
  })

  it('filters and sketches, number by number', () => {
    const bloomHead = () => value().len(0).f64le(2).f64le(0.01).len(0).len(5).len(100).len(2)
    expect(contentsOf(33, bloomHead().len(7).string('bits').len(8).string('more')).slice(-4)).toEqual([
      { moduleInteger: '7' },
      { moduleString: 'bits' },
      { moduleInteger: '8' },
      { moduleString: 'more' },
    ])
    const chunks = bloomHead().len(7).len(5).string('abc').string('de').len(8).len(1).string('f')
    expect(contentsOf(34, chunks).slice(-5)).toEqual([
      { moduleInteger: '7' },
      { moduleString: 'abc' },
      { moduleString: 'de' },
      { moduleInteger: '8' },
      { moduleString: 'f' },
    ])
    expect(contentsOf(35, value().len(2).len(2).len(9).ms(1).ms(-2).ms(3).ms(4)).slice(4)).toEqual([
      { moduleInteger: '1' },
      { moduleInteger: '-2' },
      { moduleInteger: '3' },
      { moduleInteger: '4' },
    ])
    const topk = value()
      .len(0)
      .len(2)
      .len(1)
      .len(1)
      .f64le(0.9)
      .len(2)
      .string('x')
      .len(5)
      .string('y')
      .len(4)
      .string('1234')
    expect(contentsOf(36, topk).at(-1)).toEqual({ moduleString: '1234' })
    const cuckoo = value().len(1).len(2).len(3).len(4).len(5).len(6).len(1).len(4).string('ab').string('cd')
    expect(contentsOf(37, cuckoo).slice(-2)).toEqual([{ moduleString: 'ab' }, { moduleString: 'cd' }])
  })

  it('refuses chunks that do not add up', () => {
    const head = value().len(1).len(2).len(3).len(4).len(5).len(6).len(1)
    for (const chunks of [value().len(4).string('ab').string('cde'), value().len(4).string('')]) {
      const bytes = dragonfly().type(37, 'k').raw(head.bytes()).raw(chunks.bytes()).end('zero')
      expect(read(bytes).error?.message).toMatch(/chunks of a filter do not add up/)
    }
  })
})

describe('Dragonfly records', () => {
  it('pass over what only its replication and its indexes need', () => {
    const bytes = dragonfly()
      .u8(200)
      .raw(new Uint8Array(8))
      .u8(203)
      .u8(210)
      .len(3)
      .string('journal')
      .u8(211)
      .raw(new Uint8Array(8))
      .u8(222)
      .string('index')
      .len(1)
      .len(2)
      .u32le(1)
      .ms(5)
      .u32le(1)
      .u32le(2)
      .u32le(8)
      .u32le(9)
      .u32le(0)
      .u32le(2)
      .ms(6)
      .u32le(0)
      .u32le(1)
      .u32le(7)
      .u8(223)
      .len(1)
      .string('index')
      .len(2)
      .string('doc1')
      .len(1)
      .string('doc2')
      .len(2)
      .u8(220)
      .u32le(1)
      .type(0, 'sticky')
      .string('')
      .u8(220)
      .u32le(3)
      .u32le(77)
      .type(0, 'memcached')
      .string('')
      .end('zero')
    const events = readsAlike(bytes)
    expect(events.filter((event) => 'key' in event).map((event) => event.key)).toEqual(['sticky', 'memcached'])
    expect(events.filter((event) => 'endKey' in event).map((event) => event.rdbBytes)).toEqual([5 + 9, 9 + 12])
  })

  it('refuse tagged chunks by name', () => {
    expect(read(dragonfly().u8(224).u32le(1).u32le(1).u8(0).end('zero')).error?.code).toBe('unsupported')
  })
})

describe('Dragonfly compressed blobs', () => {
  const records = fragment()
    .select(1)
    .expireMs(5000)
    .type(0, 'in the blob')
    .string('x'.repeat(70))
    .type(2, 'set')
    .len(2)
    .string('a')
    .string('b')
  const withBlob = (content: Uint8Array, opcode = 202): Uint8Array =>
    dragonfly().u8(opcode).string(flip('', content)).type(0, 'behind').string('').end('zero')

  it.each([201, 202])('are read like the file itself (opcode %i)', (opcode) => {
    const events = readsAlike(withBlob(records.bytes(), opcode), { decompress: flip })
    expect(events.filter((event) => 'key' in event).map((event) => [event.key, event.db, event.expiresAtMs])).toEqual([
      ['in the blob', 1, 5000],
      ['set', 1, undefined],
      ['behind', 1, undefined],
    ])
    expect(events).toContainEqual({ element: 'b' })
    expect(events.at(-1)).toMatchObject({ checksum: 'disabled' })
  })

  it('tell the codec to whoever decompresses', () => {
    const codecs: string[] = []
    const decompress = (codec: string, bytes: Uint8Array): Uint8Array => {
      codecs.push(codec)
      return flip(codec, bytes)
    }
    read(withBlob(records.bytes(), 201), { decompress })
    read(withBlob(records.bytes(), 202), { decompress })
    expect(codecs).toEqual(['zstd', 'lz4'])
  })

  it.each([
    ['ends inside a record', records.bytes().subarray(0, 30), /cut/],
    [
      'ends inside a long string',
      fragment()
        .type(0, 'k')
        .len(2 ** 21)
        .raw('begun')
        .bytes(),
      /cut/,
    ],
    ['holds another blob', fragment().u8(202).string(flip('', records.bytes())).bytes(), /inside a compressed blob/],
    ['holds the end of the dump', fragment().u8(255).raw(new Uint8Array(8)).bytes(), /ends inside a compressed blob/],
    ['holds an unknown type', fragment().type(99, 'k').bytes(), /type or opcode 99/],
  ])('are refused when one %s', (_, content, message) => {
    for (const wantKey of [true, false]) {
      const { error } = read(withBlob(content), { decompress: flip, wantKey })
      expect(error?.message).toMatch(message)
    }
  })

  it('may hold more than the whole file, also where its end is known', () => {
    const many = fragment()
    for (let i = 0; i < 100; i++) many.type(0, `key ${i}`).string('x'.repeat(100))
    const short = dragonfly().u8(202).string('stored').type(0, 'behind').string('').end('zero')
    const recorder = new Names()
    const parser = new SalvageParser(recorder, { decompress: () => many.bytes() })
    parser.limit = short.length
    parser.push(short)
    expect(parser.done).toBe(true)
    expect(parser.skippedRanges).toBe(0)
    expect(recorder.names).toHaveLength(101)
  })

  it('need somebody who decompresses, and say so', () => {
    expect(read(withBlob(records.bytes())).error?.message).toMatch(/lz4 compression; save it with/)
    const fails = (): Uint8Array => {
      throw new Error('bad frame')
    }
    expect(read(withBlob(records.bytes()), { decompress: fails }).error?.message).toMatch(/is damaged: bad frame/)
    expect(
      read(
        dragonfly()
          .u8(202)
          .len(2 ** 40)
          .bytes(),
        { decompress: flip },
      ).error?.code,
    ).toBe('limit')
  })
})
