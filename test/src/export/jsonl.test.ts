import { describe, expect, it } from 'vitest'
import { unescapeBytes } from '../../../reports/escape.js'
import type { JsonlExporter } from '../../../src/export/jsonl.js'
import { key, str } from './events.js'
import { b64, type Line, lines, textOf, values } from './jsonl-lines.js'

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
