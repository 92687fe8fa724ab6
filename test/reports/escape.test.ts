import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../reports/byte-writer.js'
import {
  escapeBytes,
  escapeFormula,
  escapeHtml,
  escapeLabel,
  escapeMarkdown,
  escapeText,
  unescapeBytes,
  writeBase64,
  writeEscaped,
  writeJsonText,
} from '../../reports/escape.js'
import { isUtf8, openUtf8Tail } from '../../reports/utf8.js'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function written(write: (out: ByteWriter) => void, chunkBytes = 64): string {
  const out = new ByteWriter(chunkBytes)
  write(out)
  return Buffer.concat(out.finish()).toString()
}

/** Deterministic bytes, with UTF-8 sequences and pieces of them among them. */
function someBytes(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 24
    if (i + 4 < length && (state & 0xf000) === 0) {
      bytes.set(utf8('😀'), i)
      i += 3
    }
  }
  return bytes
}

describe('the \\xNN form', () => {
  it.each([
    ['plain', 'plain'],
    ['tab\there', 'tab\\x09here'],
    ['new\nline\r', 'new\\x0aline\\x0d'],
    ['C:\\dir', 'C:\\\\dir'],
    ['\\x41', '\\\\x41'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['naïve 日本 😀', 'naïve 日本 😀'],
    ['\u0085', '\\xc2\\x85'],
    ['a\u202etxt', 'a\\xe2\\x80\\xaetxt'],
    ['zero\u200bwidth', 'zero\\xe2\\x80\\x8bwidth'],
    ['\u007f', '\\x7f'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['', ''],
  ])('writes %j as %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected)
    expect(written((out) => writeEscaped(out, utf8(text), 0, utf8(text).length))).toBe(expected)
    expect(unescapeBytes(expected)).toEqual(utf8(text))
  })

  it('reads back from any bytes, in both ways of writing it', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const bytes = someBytes(seed, seed * 3)
      const text = escapeBytes(bytes)
      expect(Buffer.from(unescapeBytes(text)).equals(bytes)).toBe(true)
      expect(written((out) => writeEscaped(out, bytes, 0, bytes.length))).toBe(text)
    }
  })

  it('does not split characters where it takes long strings in slices', () => {
    const bytes = utf8(`${'x'.repeat(4094)}😀${'é'.repeat(5000)}`)
    expect(written((out) => writeEscaped(out, bytes, 0, bytes.length))).toBe(Buffer.from(bytes).toString())
  })
})

describe('UTF-8', () => {
  it.each([
    ['overlong', [0xc0, 0xaf]],
    ['overlong in three bytes', [0xe0, 0x80, 0xaf]],
    ['surrogate', [0xed, 0xa0, 0x80]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['cut', [0xe2, 0x82]],
    ['lone continuation', [0x80]],
  ])('refuses %s', (_what, bytes) => {
    expect(isUtf8(Uint8Array.from(bytes))).toBe(false)
    expect(Buffer.from(unescapeBytes(escapeBytes(Uint8Array.from(bytes))))).toEqual(Buffer.from(bytes))
  })

  it('agrees with the decoder of the platform', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const bytes = someBytes(seed, 1 + (seed % 5))
      let valid = true
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      } catch {
        valid = false
      }
      expect(isUtf8(bytes)).toBe(valid)
    }
  })

  it('knows what a next piece may complete', () => {
    const text = utf8('a😀')
    for (const [length, open] of [
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 0],
    ] as const) {
      expect(openUtf8Tail(text, 0, length)).toBe(open)
    }
  })
})

describe('the other formats', () => {
  it('writes JSON that reads back', () => {
    const text = 'a"b\\c\n\r\t\u0000\u001f\u007f\u2028 é 😀'
    const bytes = utf8(text)
    expect(
      JSON.parse(
        written((out) => {
          out.byte(34)
          writeJsonText(out, bytes, 0, bytes.length)
          out.byte(34)
        }),
      ),
    ).toBe(text)
  })

  it('writes base64', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = someBytes(length + 1, length * 97)
      expect(written((out) => writeBase64(out, bytes, 0, bytes.length))).toBe(Buffer.from(bytes).toString('base64'))
    }
  })

  it('takes the power out of HTML, Markdown, labels and formulas', () => {
    expect(escapeHtml('<img src=x onerror="alert(1)">&')).not.toMatch(/[<>"]/)
    expect(escapeMarkdown('a|b`c`[x](y)<b>')).not.toMatch(/[|`[\]()<>]/)
    expect(escapeLabel('a"b\\c\nd')).toBe('a\\"b\\\\c\\nd')
    expect(escapeFormula('=1+1')).toBe('\\x3d1+1')
    expect(escapeFormula('-5')).toBe('\\x2d5')
    expect(escapeFormula('plain')).toBe('plain')
    expect(escapeFormula('\uff1d1+1')).toBe('\\xef\\xbc\\x9d1+1')
    expect(escapeFormula('\uff21')).toBe('\uff21')
    expect(Buffer.from(unescapeBytes(escapeFormula('@SUM(A1)'))).toString()).toBe('@SUM(A1)')
  })
})

describe('ByteWriter', () => {
  it('writes numbers as their decimal text', () => {
    const numbers = [
      0,
      7,
      10,
      99,
      100,
      999999999,
      1e9,
      2147483647,
      2147483648,
      4294967296,
      2 ** 53,
      -1,
      -10,
      -2147483648,
    ]
    for (const number of numbers) expect(written((out) => out.integer(number))).toBe(String(number))
    for (const number of [0.5, -1.25, 1e300, 12]) expect(written((out) => out.number(number))).toBe(String(number))
    expect(written((out) => out.padded(7, 3))).toBe('007')
  })

  it('keeps the order over chunks of any size', () => {
    for (const size of [64, 100, 1000]) {
      const out = new ByteWriter(size)
      let expected = ''
      const chunks: Uint8Array[] = []
      for (let i = 0; i < 500; i++) {
        out.integer(i)
        out.copy(utf8('x'.repeat(i)))
        out.ascii(',')
        expected += `${i}${'x'.repeat(i)},`
        if (i % 50 === 0) chunks.push(...out.take())
      }
      chunks.push(...out.finish())
      expect(Buffer.concat(chunks).toString()).toBe(expected)
    }
  })
})
