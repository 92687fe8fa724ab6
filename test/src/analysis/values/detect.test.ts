import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatOf, isPlainText } from '../../../../src/analysis/values/detect.js'
import { hex } from '../../../helpers/dump.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
/** xorshift, so that the bytes are the same in every run. */
function noise(length: number): Uint8Array {
  let state = 2463534242
  return Uint8Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 8) & 255
  })
}

describe('formatOf text', () => {
  it.each([
    ['', 'empty'],
    ['0', 'integer'],
    ['-12', 'integer'],
    ['12345678901234567890', 'integer'],
    ['3.25', 'float'],
    ['1e-9', 'float'],
    ['1700000000', 'unix-seconds'],
    ['1700000000.123', 'unix-seconds'],
    ['1700000000123', 'unix-ms'],
    ['9700000000', 'integer'],
    ['2026-11-19', 'date'],
    ['2026-11-19T02:00:00.123Z', 'date'],
    ['20261119', 'date'],
    ['123e4567-e89b-12d3-a456-426614174000', 'uuid'],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'ulid'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'hex'],
    ['VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcw==', 'base64'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N', 'jwt'],
    ['https://example.com/a?b=c', 'url'],
    ['{"a":1,"b":[true,null]}', 'json'],
    ['{"a": 1}', 'json-spaced'],
    ['[]', 'json'],
    ['"text"', 'json'],
    ['{"a":1', 'text'],
    ['[INFO] started', 'text'],
    ['{curly}', 'text'],
    ['<?xml version="1.0"?><a/>', 'xml'],
    ['<order id="1"><line/></order>', 'xml'],
    ['<!DOCTYPE html><html></html>', 'html'],
    ['<div class="x">hello</div>', 'html'],
    ['a < b', 'text'],
    ['plain words', 'text'],
    ['größe \u{1f600}\n', 'text'],
    ['a:2:{s:1:"a";i:1;s:1:"b";b:1;}', 'php'],
    ['O:8:"stdClass":0:{}', 'php'],
    ['i:5;', 'php'],
    ['user|a:1:{s:2:"id";i:7;}', 'php'],
    ['a:2 is not it', 'text'],
  ])('%s is %s', (text, format) => {
    expect(formatOf(bytes(text), true)).toBe(format)
  })
})

describe('formatOf binary', () => {
  it.each([
    ['php with private names', latin1('O:1:"A":1:{s:4:"\0A\0x";i:1;}'), 'php'],
    ['msgpack map', hex('82 a1 61 01 a1 62 c3'), 'msgpack'],
    ['msgpack array 16', hex('dc 00 02 cd 01 00 cb 3f f0 00 00 00 00 00 00'), 'msgpack'],
    ['msgpack with one byte more', hex('81 a1 61 01 ff'), 'binary'],
    ['cbor map', hex('a2 61 61 01 61 62 fb 3f f8 00 00 00 00 00 00'), 'cbor'],
    ['java', hex('ac ed 00 05 73 72 00 0e'), 'java'],
    ['pickle 4', hex('80 04 95 0b 00 00 00 00 00 00 00 8c 07 61 62 63 94 2e'), 'pickle'],
    ['pickle 0', bytes("(dp0\nS'a'\np1\nI1\ns."), 'pickle'],
    ['.net', hex('00 01 00 00 00 ff ff ff ff 01 00 00 00 00 00 00 00 04'), 'dotnet'],
    ['igbinary', hex('00 00 00 02 14 01 11 01 61 06 01'), 'igbinary'],
    ['ruby', hex('04 08 7b 06 3a 06 61 69 06'), 'marshal'],
    ['bson', hex('0c 00 00 00 10 61 00 01 00 00 00 00'), 'bson'],
    ['protobuf', hex('08 96 01 12 07 74 65 73 74 69 6e 67 1a 02 08 05'), 'protobuf'],
    ['gzip', gzipSync('hello hello hello'), 'gzip'],
    ['zlib', deflateSync('hello hello hello'), 'zlib'],
    ['zstd', hex('28 b5 2f fd 04 00 01 00 00 99 e9 d8 51'), 'zstd'],
    ['lz4 frame', hex('04 22 4d 18 64 40 a7 00 00 00 00 05 5d cc 02'), 'lz4'],
    ['snappy framed', hex('ff 06 00 00 73 4e 61 50 70 59'), 'snappy'],
    // 8 bytes: literal "ab" and a copy of 6 from 2 back.
    ['snappy block', hex('08 04 61 62 09 02'), 'snappy'],
    ['hyperloglog', hex('48 59 4c 4c 01 00 00 00 00 00 00 00 00 00 00 80 7f ff'), 'hyperloglog'],
    ['sparse bits', Uint8Array.from({ length: 64 }, (_, i) => (i === 9 ? 16 : 0)), 'bitmap'],
    ['noise', noise(512), 'random'],
    ['few bytes', hex('80 ff 01'), 'binary'],
    ['png', hex('89 50 4e 47 0d 0a 1a 0a 00 00'), 'image'],
  ])('%s', (_, value, format) => {
    expect(formatOf(value, true)).toBe(format)
  })

  it('never fails, whatever the bytes', () => {
    const random = noise(40_000)
    for (let at = 0; at < 20_000; at++) {
      const value = random.subarray(at, at + (random[at]! % 48))
      expect(formatOf(value, at % 2 === 0)).toBeTypeOf('string')
    }
  })
})

describe('heads of values', () => {
  it('are followed as far as they go', () => {
    const json = JSON.stringify({ users: Array.from({ length: 50 }, (_, id) => ({ id, name: `n${id}` })) })
    expect(formatOf(bytes(json.slice(0, 200)), false)).toBe('json')
    expect(formatOf(bytes('12345'), false)).toBe('text')
    expect(formatOf(bytes('größe').subarray(0, 3), false)).toBe('text')
    expect(isPlainText(bytes('größe').subarray(0, 3), true)).toBe(false)
    expect(formatOf(bytes('<html><body>'), false)).toBe('html')
  })
})
