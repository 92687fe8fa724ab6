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

/** The message of what `act` throws; null when it does not. */
function problem(act: () => void): string | null {
  try {
    act()
  } catch (error) {
    return error instanceof RangeError ? error.message : String(error)
  }
  return null
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

  it('agrees with the plain decoder about any tokens, and about what is wrong with damaged ones', () => {
    let state = 7
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return (state >>> 8) % below
    }
    let refused = 0
    for (let round = 0; round < 3000; round++) {
      const tokens: number[] = []
      let length = 0
      for (let count = 1 + random(30); count > 0; count--) {
        if (length === 0 || random(2) === 0) {
          const run = 1 + random(32)
          tokens.push(run - 1, ...Array.from({ length: run }, () => random(256)))
          length += run
        } else {
          const distance = Math.min(length, random(3) === 0 ? 1 + random(8) : 1 + random(8192)) - 1
          const long = random(3) === 0 ? random(256) : -1
          const bits = long < 0 ? 1 + random(6) : 7
          tokens.push((bits << 5) | (distance >> 8), ...(long < 0 ? [] : [long]), distance & 255)
          length += bits + 2 + Math.max(0, long)
        }
      }
      // One of three is damaged, or its length is wrong.
      if (round % 3 === 1) tokens[random(tokens.length)] = random(256)
      if (round % 9 === 2) length = Math.max(0, length + random(40) - 20)
      const before = random(5)
      const input = Uint8Array.from([
        ...Array<number>(before).fill(255),
        ...tokens,
        ...Array<number>(random(60)).fill(1),
      ])
      const to = before + tokens.length - (round % 9 === 5 ? random(tokens.length) : 0)
      const plain = new Uint8Array(length)
      const out = new Uint8Array(length + random(600))
      const wrong = problem(() => {
        const written = lzfDecompressUpTo(input, before, to, plain, length)
        if (written !== length) throw new RangeError(`LZF data gives ${written} bytes instead of ${length}`)
      })
      expect(problem(() => lzfDecompress(input, before, to, out, length))).toBe(wrong)
      if (wrong === null) {
        expect(Buffer.compare(out.subarray(0, length), plain)).toBe(0)
        const piece = 1 + random(80)
        expect(Buffer.compare(streamed(input.subarray(before, to), length, piece), plain)).toBe(0)
      } else {
        refused++
      }
    }
    expect(refused).toBeGreaterThan(300)
    expect(refused).toBeLessThan(2000)
  })

  it('stops at a limit to look at the head of a string', () => {
    const out = new Uint8Array(16)
    const input = hex('01 61 61 e0 1b 00 01 61 61')
    expect(lzfDecompressUpTo(input, 0, input.length, out, 16, false)).toBe(16)
    expect(Buffer.from(out).toString()).toBe('a'.repeat(16))
  })

  it('gives the head of a long string, of all its data and of what is kept of it', () => {
    const words = ['user', 'session', 'cart', 'x', ' ', '-1234567890-', 'a'.repeat(300)]
    const plain = Buffer.from(Array.from({ length: 4000 }, (_, i) => words[(i * i) % 7]! + (i % 89)).join(''))
    const input = lzfCompress(plain)
    for (const limit of [1, 100, 4096, 20_001, plain.length]) {
      for (const room of [limit, limit + 600]) {
        const out = new Uint8Array(room)
        expect(lzfDecompressUpTo(input, 0, input.length, out, limit, false)).toBe(limit)
        expect(Buffer.compare(out.subarray(0, limit), plain.subarray(0, limit))).toBe(0)
      }
    }
    const out = new Uint8Array(2000)
    expect(problem(() => lzfDecompressUpTo(input, 0, 1500, out, 1200, false))).toBeNull()
    expect(Buffer.compare(out.subarray(0, 1200), plain.subarray(0, 1200))).toBe(0)
  })

  it('knows the longest output of an input', () => {
    // The best tokens: one literal, then references of three bytes for 264.
    const input = hex(`00 61 ${'e0 ff 00 '.repeat(10)}`)
    expect(whole(input, 1 + 2640)).toBe('a'.repeat(2641))
    expect(2641).toBeLessThanOrEqual(lzfMaxLength(input.length))
  })
})
