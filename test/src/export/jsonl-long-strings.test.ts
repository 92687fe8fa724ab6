import { describe, expect, it } from 'vitest'
import { PART } from '../../../parsers/index.js'
import type { JsonlExporter } from '../../../src/export/jsonl.js'
import { id, key, parts, str, streamed } from './events.js'
import { b64, lines, values } from './jsonl-lines.js'

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
