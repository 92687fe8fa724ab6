import { describe, expect, it } from 'vitest'
import {
  bar,
  formatAverage,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  formatTime,
  plural,
} from '../../reports/format.js'
import { cutMiddle, displayWidth, padStart, tailOf, wrap } from '../../reports/width.js'

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [120, '120 B'],
    [1023, '1,023 B'],
    [1024, '1.00 KiB'],
    [1468006, '1.40 MiB'],
    [1023.9 * 1024, '1.00 MiB'],
    [612 * 2 ** 20, '612 MiB'],
    [1.12 * 2 ** 30, '1.12 GiB'],
    [81.34 * 2 ** 20, '81.3 MiB'],
    [2 ** 60, '1024 PiB'],
    [-2048, '-2.00 KiB'],
    [17.5, '17.5 B'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.1234, '12.3 %'],
    [0.0001, '<0.1 %'],
    [0.99999, '>99.9 %'],
    [-0.021, '-2.1 %'],
  ])('the share %d is %s', (share, text) => expect(formatShare(share)).toBe(text))

  it.each([
    [250, '250 ms'],
    [0.4, '0.4 ms'],
    [2500, '2.5 s'],
    [45_000, '45 s'],
    [720_000, '12 min'],
    [5_400_000, '1 h 30 min'],
    [43_200_000, '12 h'],
    [273_600_000, '3 d 4 h'],
    [78_894_000_000, '2.50 y'],
    [-5000, '-5.0 s'],
  ])('%d ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it('counts', () => {
    expect(formatCount(2004112)).toBe('2,004,112')
    expect(formatCount(-1234.4)).toBe('-1,234')
    expect(formatCount(-0.2)).toBe('0')
    expect(plural(1, 'key')).toBe('1 key')
    expect(plural(2004, 'key')).toBe('2,004 keys')
    expect([formatAverage(4), formatAverage(4.25), formatAverage(1234.5)]).toEqual(['4', '4.3', '1,235'])
  })

  it('tells the time', () => {
    expect(formatTime(Date.UTC(2026, 10, 19, 2, 0, 59))).toBe('2026-11-19 02:00 UTC')
    expect(formatTime(1e300)).toBe('a time out of range')
  })

  it('draws bars that are never longer than allowed and never vanish', () => {
    expect(bar(0, 20)).toBe('')
    expect(bar(1e-9, 20)).toBe('▏')
    expect(bar(0.5, 4)).toBe('██')
    expect(bar(7, 4)).toBe('████')
  })
})

describe('text in terminal cells', () => {
  it.each([
    ['plain', 5],
    ['日本', 4],
    ['e\u0301', 1],
    ['😀', 2],
    ['❤️', 2],
    ['한국', 4],
    ['naïve', 5],
    ['', 0],
  ])('%s takes %i', (text, cells) => expect(displayWidth(text)).toBe(cells))

  it('cuts in the middle and keeps both ends', () => {
    expect(cutMiddle('session:0123456789abcdef:profile', 17)).toBe('session:…:profile')
    expect(cutMiddle('short', 17)).toBe('short')
    for (const text of ['日本語のキー名', 'e\u0301'.repeat(9), '😀a😀b😀c😀d', 'plain text']) {
      for (let cells = 0; cells < 12; cells++) expect(displayWidth(cutMiddle(text, cells))).toBeLessThanOrEqual(cells)
    }
    expect(tailOf('ae\u0301', 0)).toBe('')
  })

  it('pads and wraps by cells', () => {
    expect(padStart('日本', 6)).toBe('  日本')
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('aaaaaaaaaaaa b', 6)).toEqual(['aaa…aa', 'b'])
  })
})
