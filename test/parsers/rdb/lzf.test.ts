import { describe, expect, it } from 'vitest'
import { lzfDecompress, lzfDecompressUpTo, lzfMaxLength } from '../../../parsers/rdb/lzf.js'
import { LzfStream } from '../../../parsers/rdb/lzf-stream.js'
import { hex, lzfCompress } from '../../helpers/dump.js'

function whole(input: Uint8Array, length: number): string {
  const out = new Uint8Array(length)
  lzfDecompress(input, 0, input.length, out, length)
  return Buffer.from(out).toString('latin1')
}

/** Through the stream, `pieceBytes` at a time; what it does not take comes again with the next piece. */
function streamed(input: Uint8Array, length: number, pieceBytes: number): Uint8Array {
  const stream = new LzfStream(length)
  const pieces: Uint8Array[] = []
  const emit = (bytes: Uint8Array, start: number, end: number): void => {
    pieces.push(bytes.slice(start, end))
  }
  let taken = 0
  for (let end = 0; taken < input.length; ) {
    end = Math.min(input.length, end + pieceBytes)
    taken += stream.push(input, taken, end, emit)
  }
  stream.flush(emit)
  expect(stream.written).toBe(length)
  return Buffer.concat(pieces)
}

describe('LZF', () => {
  it.each([
    ['01 61 61 e0 1b 00 01 61 61', 'a'.repeat(40)],
    ['03 61 62 63 61 e0 0f 02 01 62 63', 'abc'.repeat(10)],
    ['00 78', 'x'],
    ['', ''],
  ])('turns %s into its text', (listing, text) => {
    const input = hex(listing)
    expect(whole(input, text.length)).toBe(text)
    for (const pieceBytes of [1, 2, 7]) {
      expect(Buffer.from(streamed(input, text.length, pieceBytes)).toString('latin1')).toBe(text)
    }
  })

  it('gives back what was compressed, across the window of the stream', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `user:${i * 7919} visits ${i % 13}\n`)
    const text = new TextEncoder().encode(lines.join(''))
    const input = lzfCompress(text)
    expect(input.length).toBeLessThan(text.length / 2)
    expect(Buffer.from(whole(input, text.length), 'latin1').equals(text)).toBe(true)
    for (const pieceBytes of [7, 4096, 1 << 20]) {
      expect(Buffer.from(streamed(input, text.length, pieceBytes)).equals(text)).toBe(true)
    }
  })

  it.each([
    ['a literal run behind the input', '05 61 61', 6],
    ['a reference without its distance', '00 61 20', 4],
    ['a reference without its length', '00 61 e0', 10],
    ['a reference before the start', '00 61 20 05', 4],
    ['more bytes than declared', '01 61 61', 1],
    ['more bytes than declared, by reference', '00 61 e0 10 00', 5],
    ['fewer bytes than declared', '01 61 61', 3],
  ])('refuses %s', (_, listing, length) => {
    const input = hex(listing)
    expect(() => whole(input, length)).toThrow(RangeError)
  })

  it('stops at a limit to look at the head of a string', () => {
    const out = new Uint8Array(16)
    const input = hex('01 61 61 e0 1b 00 01 61 61')
    expect(lzfDecompressUpTo(input, 0, input.length, out, 16, false)).toBe(16)
    expect(Buffer.from(out).toString()).toBe('a'.repeat(16))
  })

  it('knows the longest output of an input', () => {
    // The best tokens: one literal, then references of three bytes for 264.
    const input = hex(`00 61 ${'e0 ff 00 '.repeat(10)}`)
    expect(whole(input, 1 + 2640)).toBe('a'.repeat(2641))
    expect(2641).toBeLessThanOrEqual(lzfMaxLength(input.length))
  })
})
