import { describe, expect, it } from 'vitest'
import { PART, RdbError } from '../../../parsers/index.js'
import { unescapeBytes } from '../../../reports/escape.js'
import { type JsonExportOptions, JsonlExporter } from '../../../src/export/jsonl.js'
import { id, key, parts, str, streamed } from './events.js'

type Line = { [name: string]: unknown }

function textOf(fill: (exporter: JsonlExporter) => void, options: JsonExportOptions = {}): string {
  const exporter = new JsonlExporter(options)
  fill(exporter)
  return Buffer.concat([...exporter.take(), ...exporter.finish()]).toString()
}

function lines(fill: (exporter: JsonlExporter) => void, options: JsonExportOptions = {}): Line[] {
  const text = textOf(fill, options)
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

const values = (fill: (exporter: JsonlExporter) => void, options?: JsonExportOptions): unknown[] =>
  lines(fill, options).map((line) => line.value)

const b64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

describe('export as JSON lines', () => {
  it('writes one object per key with its database, type, expiry and value', () => {
    expect(
      textOf((e) => {
        key(e, 'user:42', 'string', () => e.string(str('hello "you"')), { db: 3, expiresAtMs: 1795221689253 })
        key(e, 'n', 'string', () => e.string(str(-12)))
      }),
    ).toBe(
      '{"db":3,"key":"user:42","type":"string","expiresAtMs":1795221689253,"value":"hello \\"you\\""}\n' +
        '{"db":0,"key":"n","type":"string","expiresAtMs":null,"value":"-12"}\n',
    )
  })

  it('writes every collection in its shape', () => {
    expect(
      values((e) => {
        key(e, 'list', 'list', () => {
          e.element(str('a'), -1)
          e.element(str(7), -1)
        })
        key(e, 'set', 'set', () => {
          e.element(str('plain'), -1)
          e.element(str('expires'), 5000)
        })
        key(e, 'hash', 'hash', () => {
          e.field(str('f'), str('v'), -1)
          e.field(str('g'), str('w'), 4102444800000)
        })
        key(e, 'zset', 'zset', () => {
          for (const score of [1.5, Infinity, -Infinity, 0.1, 1e21, 5e-324, 3, Number.NaN])
            e.member(str('m'), score, null)
        })
        key(e, 'array', 'array', () => {
          e.arrayElement(0, 5, str('five'))
          e.arrayElement(-1, -2, str('last'))
        })
        key(e, 'empty', 'list', () => {})
      }),
    ).toEqual([
      ['a', '7'],
      ['plain', ['expires', 5000]],
      [
        ['f', 'v'],
        ['g', 'w', 4102444800000],
      ],
      [1.5, 'inf', '-inf', 0.1, 1e21, 5e-324, 3, 'nan'].map((score) => ['m', score]),
      [
        [5, 'five'],
        [2 ** 64, 'last'],
      ],
      [],
    ])
  })

  it('keeps the digits of array indexes and of negative zero', () => {
    const text = textOf((e) => {
      key(e, 'array', 'array', () => e.arrayElement(-1, -2, str('last')))
      key(e, 'zset', 'zset', () => e.member(str('m'), -0, null))
    })
    expect(text).toContain('[18446744073709551614,"last"]')
    expect(text).toContain('["m",-0]')
  })

  it('writes bytes that are not text as base64, and keys in both forms', () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0x5c])
    const [line] = lines((e) => key(e, bytes, 'hash', () => e.field(str(bytes), str('ok'), -1)))
    expect(unescapeBytes(line!.key as string)).toEqual(bytes)
    expect(line!.keyBase64).toBe(b64(bytes))
    expect(line!.value).toEqual([[{ base64: b64(bytes) }, 'ok']])
  })

  it('writes every key, field and value as base64 when asked', () => {
    const [line] = lines((e) => key(e, 'k', 'hash', () => e.field(str('f'), str(12), -1)), { binary: 'base64' })
    expect(line).toMatchObject({ key: b64('k'), value: [[b64('f'), b64('12')]] })
    expect(line).not.toHaveProperty('keyBase64')
  })

  it('writes one array when asked, and an empty one for no keys', () => {
    const fill = (e: JsonlExporter): void => {
      key(e, 'a', 'string', () => e.string(str('1')))
      key(e, 'b', 'string', () => e.string(str('2')))
    }
    expect(JSON.parse(textOf(fill, { array: true })).map((line: Line) => line.value)).toEqual(['1', '2'])
    expect(JSON.parse(textOf(() => {}, { array: true }))).toEqual([])
  })

  it('leaves out what is not accepted, late expiries of its members too', () => {
    const result = lines(
      (e) => {
        const accepted = key(e, 'skip', 'set', () => e.element(str('x'), -1))
        e.memberExpiry(str('x'), 7)
        expect(accepted).toBe(false)
        key(e, 'keep', 'set', () => e.element(str('y'), -1))
        e.memberExpiry(str('y'), 8)
        e.memberExpiry(str('z'), 9)
      },
      { accept: (shown) => shown.key.length === 4 && shown.key.view()[0] === 107 },
    )
    expect(result).toEqual([
      {
        db: 0,
        key: 'keep',
        type: 'set',
        expiresAtMs: null,
        value: ['y'],
        memberExpiries: [
          ['y', 8],
          ['z', 9],
        ],
      },
    ])
  })
})

describe('streams', () => {
  const fill = (e: JsonlExporter): void => {
    key(e, 's', 'stream', () => {
      e.streamNode(id(1))
      e.streamEntry(id(1795221689253, 1), 2)
      e.field(str('a'), str('1'), -1)
      e.field(str('b'), str('2'), -1)
      e.streamEntry(id(1795221689254), 0)
      const [lastId, firstId, maxDeletedId] = [id(9), id(1), id(0)]
      e.streamInfo({ length: 2, lastId, firstId, maxDeletedId, entriesAdded: 5, groups: 2 })
      e.streamGroup({ name: str('g'), lastId: id(8), entriesRead: -1, pending: 3 })
      e.streamPending(id(5), 1000, 1)
      e.streamPending(id(6), 1001, 2)
      e.streamPending(id(7), 0, 0)
      e.streamConsumer({ name: str('c1'), seenTimeMs: 11, activeTimeMs: -1, pending: 1 })
      e.streamConsumerPending(id(6))
      e.streamConsumer({ name: str('c2'), seenTimeMs: 12, activeTimeMs: 13, pending: 1 })
      e.streamConsumerPending(id(5))
      e.streamNacked(id(7))
      e.streamGroup({ name: str(Uint8Array.of(0xff)), lastId: id(0), entriesRead: 4, pending: 0 })
    })
  }

  it('come with entries, facts, groups, pending entries and consumers', () => {
    expect(values(fill)).toEqual([
      {
        entries: [
          ['1795221689253-1', ['a', '1', 'b', '2']],
          ['1795221689254-0', []],
        ],
        length: 2,
        lastId: '9-0',
        firstId: '1-0',
        maxDeletedId: '0-0',
        entriesAdded: 5,
        groups: [
          {
            name: 'g',
            lastId: '8-0',
            entriesRead: null,
            pending: [
              ['5-0', 'c2', 1000, 1],
              ['6-0', 'c1', 1001, 2],
              ['7-0', null, 0, 0],
            ],
            consumers: [
              { name: 'c1', seenTimeMs: 11, activeTimeMs: -1 },
              { name: 'c2', seenTimeMs: 12, activeTimeMs: 13 },
            ],
          },
          { name: { base64: '/w==' }, lastId: '0-0', entriesRead: 4, pending: [], consumers: [] },
        ],
      },
    ])
  })

  it('of old layouts say null for what they do not have, and new ones name their producers', () => {
    const [old, producing] = values((e) => {
      key(e, 'old', 'stream', () => {
        e.streamInfo({ length: 0, lastId: id(0), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 0 })
        e.streamGroup({ name: str('g'), lastId: id(0), entriesRead: null, pending: 0 })
        e.streamConsumer({ name: str('c'), seenTimeMs: 1, activeTimeMs: null, pending: 0 })
      })
      key(e, 'new', 'stream', () => {
        e.streamInfo({ length: 0, lastId: id(0), firstId: id(0), maxDeletedId: id(0), entriesAdded: 0, groups: 0 })
        e.streamProducer(str('p1'), 1)
        e.streamProducerEntry(str('i1'), id(3))
        e.streamProducer(str('p2'), 0)
      })
    }) as Line[]
    expect(old).toMatchObject({
      firstId: null,
      maxDeletedId: null,
      entriesAdded: null,
      groups: [{ entriesRead: null, consumers: [{ name: 'c', seenTimeMs: 1, activeTimeMs: null }] }],
    })
    expect(producing).toMatchObject({
      groups: [],
      producers: [
        { name: 'p1', entries: [['i1', '3-0']] },
        { name: 'p2', entries: [] },
      ],
    })
  })

  it('find the consumer of pending entries that are out of order', () => {
    const [stream] = values((e) => {
      key(e, 's', 'stream', () => {
        e.streamInfo({ length: 0, lastId: id(0), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 1 })
        e.streamGroup({ name: str('g'), lastId: id(0), entriesRead: null, pending: 200 })
        for (let i = 0; i < 200; i++) e.streamPending(id((i * 77) % 200, i), i, 1)
        e.streamConsumer({ name: str('c'), seenTimeMs: 1, activeTimeMs: null, pending: 200 })
        for (let i = 0; i < 200; i++) e.streamConsumerPending(id((i * 77) % 200, i))
        e.streamConsumerPending(id(999))
      })
    }) as { groups: { pending: [string, string][] }[] }[]
    expect(stream!.groups[0]!.pending.every(([, consumer]) => consumer === 'c')).toBe(true)
    expect(stream!.groups[0]!.pending).toHaveLength(200)
  })
})

describe('strings in pieces', () => {
  const long = `${'naïve 日本 😀 "quoted" \\ \n'.repeat(40)}end`
  const bytes = new TextEncoder().encode(long)
  const binary = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255)

  it.each([1, 2, 3, 5, 64, 1000, 5000])('of %i bytes are the same as whole ones', (size) => {
    const fill = (e: JsonlExporter): void => {
      key(e, 's', 'string', () => {
        parts(e, PART.value, bytes, size)
        e.string(streamed(bytes.length))
      })
      key(e, 'l', 'list', () => {
        e.element(str('before'), -1)
        parts(e, PART.element, bytes, size)
        e.element(streamed(bytes.length), -1)
        e.element(str('after'), -1)
      })
      key(e, 'z', 'zset', () => {
        parts(e, PART.member, bytes, size)
        e.member(streamed(bytes.length), 2, null)
        e.member(str('short'), 3, null)
      })
      key(e, 'h', 'hash', () => {
        parts(e, PART.value, bytes, size)
        e.field(str('short'), streamed(bytes.length), -1)
        parts(e, PART.field, bytes, size)
        e.field(streamed(bytes.length), str('short'), 7)
        parts(e, PART.field, bytes, size)
        parts(e, PART.value, bytes, size)
        e.field(streamed(bytes.length), streamed(bytes.length), 8)
      })
      key(e, 'x', 'stream', () => {
        e.streamEntry(id(1), 2)
        parts(e, PART.field, bytes, size)
        parts(e, PART.value, bytes, size)
        e.field(streamed(bytes.length), streamed(bytes.length), -1)
        parts(e, PART.value, bytes, size)
        e.field(str('a'), streamed(bytes.length), -1)
      })
    }
    const expected = (text: string, short = (word: string): string => word): unknown[] => [
      text,
      [short('before'), text, short('after')],
      [
        [text, 2],
        [short('short'), 3],
      ],
      [
        [short('short'), text],
        [text, short('short'), 7],
        [text, text, 8],
      ],
      { entries: [['1-0', [text, text, short('a'), text]]] },
    ]
    expect(values(fill)).toEqual(expected(long))
    expect(values(fill, { binary: 'base64' })).toEqual(expected(b64(bytes), b64))
  })

  it('are base64 when the first piece is no text', () => {
    const fill = (e: JsonlExporter): void => {
      key(e, 's', 'string', () => {
        parts(e, PART.value, binary, 400)
        e.string(streamed(binary.length))
      })
    }
    expect(values(fill)).toEqual([{ base64: b64(binary) }])
  })

  it.each([1, 2, 3, 7, 100])('keep later bytes that are no text as lone surrogates (pieces of %i)', (size) => {
    const mixed = Buffer.concat([
      Buffer.from('plain text'.repeat(20)),
      Buffer.from([0x80, 0xe2, 0x82, 0x41, 0xf0]),
      bytes,
      Buffer.from([0xc3]),
    ])
    const [value] = values((e) => {
      key(e, 's', 'string', () => {
        e.part(PART.value, Buffer.from('first piece '), 0, 12)
        parts(e, PART.value, mixed, size)
        e.string(streamed(mixed.length + 12))
      })
    }) as string[]
    const back: number[] = []
    for (const sign of value!) {
      const code = sign.codePointAt(0)!
      if (code >= 0xdc80 && code <= 0xdcff) back.push(code - 0xdc00)
      else back.push(...Buffer.from(sign))
    }
    expect(Buffer.from(back).equals(Buffer.concat([Buffer.from('first piece '), mixed]))).toBe(true)
  })

  it('may be names of keys', () => {
    const [line] = lines((e) => {
      parts(e, PART.key, bytes, 100)
      key(e, streamed(bytes.length), 'string', () => e.string(str('v')))
    })
    expect(line).toMatchObject({ key: long, value: 'v' })
  })
})

describe('modules', () => {
  it('say their name, version and size in the file', () => {
    const fill = (e: JsonlExporter): void => {
      key(e, 'm', 'module', () => {
        e.module('test___dt', 1)
        e.moduleInteger(0, 0)
        e.moduleInteger(-1, -1)
        e.moduleString(str('abc'))
        e.moduleDouble(1)
      })
    }
    expect(values(fill)).toEqual([{ module: 'test___dt', encver: 1, bytes: 10 + 2 + 10 + 5 + 9 }])
  })

  it('show RedisJSON documents, from text or from the old tree', () => {
    const [text, tree, broken] = values((e) => {
      key(e, 'text', 'module', () => {
        e.module('ReJSON-RL', 3)
        e.moduleString(str('{"a":1}'))
      })
      key(e, 'tree', 'module', () => {
        e.module('ReJSON-RL', 0)
        const [object, array, pair] = [32, 64, 128]
        const integers = (...numbers: number[]): void => {
          for (const n of numbers) e.moduleInteger(n < 0 ? -1 : 0, n)
        }
        integers(object!, 3, pair!)
        e.moduleString(str('list'))
        integers(array!, 4, 8, -5, 1, 4)
        e.moduleDouble(2.5)
        integers(array!, 0, pair!)
        e.moduleString(str('yes'))
        integers(16)
        e.moduleString(str('1'))
        integers(pair!)
        e.moduleString(str('s"'))
        integers(2)
        e.moduleString(str('t:'))
      })
      key(e, 'broken', 'module', () => {
        e.module('ReJSON-RL', 0)
        e.moduleInteger(0, 32)
        e.moduleInteger(0, 5)
      })
    }) as Line[]
    expect(text).toMatchObject({ content: '{"a":1}' })
    expect(JSON.parse(tree!.content as string)).toEqual({ list: [-5, null, 2.5, []], yes: true, 's"': 't:' })
    expect(broken).not.toHaveProperty('content')
  })

  it('show the elements of vector sets', () => {
    const [value] = values((e) => {
      key(e, 'v', 'module', () => {
        e.module('vectorset', 0)
        for (const n of [3, 2, 1 | (16 << 8), 2]) e.moduleInteger(0, n)
        for (const [name, attributes, links] of [
          ['a', '', 2],
          ['b', '{"x":1}', 0],
        ] as const) {
          e.moduleString(str(name))
          e.moduleString(str(attributes))
          e.moduleString(str(Uint8Array.of(1, 2, 3)))
          e.moduleInteger(0, links)
          for (let i = 0; i < links; i++) e.moduleInteger(0, i)
        }
      })
    }) as Line[]
    expect(value).toMatchObject({
      content: {
        dimensions: 3,
        quantization: 'q8',
        elements: [
          { element: 'a', vectorBase64: 'AQID' },
          { element: 'b', attributes: '{"x":1}', vectorBase64: 'AQID' },
        ],
      },
    })
  })
})

describe('a dump that ends early or is damaged', () => {
  const damage = new RdbError({ code: 'bad-value', what: 'it is "broken"' }, { offset: 5 })

  it.each(['string', 'list', 'hash', 'zset', 'stream', 'module', 'array'] as const)('keeps a %s valid JSON', (type) => {
    const steps: ((e: JsonlExporter) => void)[] = {
      string: [(e: JsonlExporter) => parts(e, PART.value, Buffer.from('abcd'), 1)],
      list: [
        (e: JsonlExporter) => e.element(str('a'), -1),
        (e: JsonlExporter) => parts(e, PART.element, Buffer.from('ab'), 1),
      ],
      hash: [
        (e: JsonlExporter) => e.field(str('a'), str('b'), -1),
        (e: JsonlExporter) => parts(e, PART.field, Buffer.from('ab'), 1),
      ],
      zset: [
        (e: JsonlExporter) => e.member(str('a'), 1, null),
        (e: JsonlExporter) => parts(e, PART.member, Buffer.from('ab'), 1),
      ],
      stream: [
        (e: JsonlExporter) => e.streamEntry(id(1), 1),
        (e: JsonlExporter) => e.field(str('a'), str('b'), -1),
        (e: JsonlExporter) =>
          e.streamInfo({ length: 0, lastId: id(0), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 1 }),
        (e: JsonlExporter) => e.streamGroup({ name: str('g'), lastId: id(0), entriesRead: 1, pending: 0 }),
      ],
      module: [
        (e: JsonlExporter) => e.module('vectorset', 0),
        (e: JsonlExporter) => {
          for (const n of [1, 2, 0, 0]) e.moduleInteger(0, n)
        },
        (e: JsonlExporter) => e.moduleString(str('a')),
      ],
      array: [(e: JsonlExporter) => e.arrayElement(0, 1, str('a'))],
    }[type]
    for (let count = 0; count <= steps.length; count++) {
      for (const array of [false, true]) {
        const text = textOf(
          (e) => {
            key(e, 'first', 'string', () => e.string(str('1')))
            const value = (): void => {
              for (const step of steps.slice(0, count)) step(e)
            }
            key(e, 'k', type, value, { damage })
            key(e, 'next', 'string', () => e.string(str('1')))
          },
          { array },
        )
        const keys: Line[] = array
          ? JSON.parse(text)
          : text
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line))
        expect(keys.map((line) => line.key)).toEqual(['first', 'k', 'next'])
        expect(keys[1]!.damage).toContain('"broken"')
      }
    }
  })

  it('keeps what came before the end', () => {
    const exporter = new JsonlExporter()
    exporter.key({
      ...{ db: 0, key: str('k'), expiresAtMs: -1, idleSeconds: -1, freq: -1, offset: 0, announcedSlot: -1 },
      ...{ rdbBytes: 0, elements: 2, damage: null, layout: { typeId: 1, name: 'list', redisType: 'list' } },
    })
    exporter.element(str('whole'), -1)
    parts(exporter, PART.element, Buffer.from('half of'), 3)
    const [line] = Buffer.concat(exporter.finish(new Error('the data ends too early')))
      .toString()
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(line).toMatchObject({ value: ['whole', 'half of'], damage: 'the data ends too early' })
  })

  it('goes on with the next dump', () => {
    const exporter = new JsonlExporter()
    key(exporter, 'first', 'string', () => exporter.string(str('1')))
    exporter.key({
      ...{ db: 0, key: str('cut'), expiresAtMs: -1, idleSeconds: -1, freq: -1, offset: 0, announcedSlot: -1 },
      ...{ rdbBytes: 0, elements: 2, damage: null, layout: { typeId: 1, name: 'hash', redisType: 'hash' } },
    })
    parts(exporter, PART.field, Buffer.from('half of'), 3)
    exporter.beginDump()
    key(exporter, 'next', 'hash', () => exporter.field(str('f'), str('v'), -1))
    const keys = Buffer.concat(exporter.finish())
      .toString()
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(keys.map((line) => line.value)).toEqual(['1', [['half of']], [['f', 'v']]])
  })
})
