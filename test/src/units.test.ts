import { describe, expect, it } from 'vitest'
import { parseDuration, parseMoment, parseSize, parseTimestamp, splitRange } from '../../src/units.js'

const NOW = Date.UTC(2026, 10, 19, 2)

describe('parseSize', () => {
  it.each([
    ['4096', 4096],
    ['0', 0],
    ['10KB', 10240],
    ['10kb', 10240],
    ['10 KiB', 10240],
    ['10k', 10000],
    ['1.5GiB', 1610612736],
    ['.5MB', 524288],
    ['2t', 2e12],
    ['7B', 7],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(['', '-1', 'x', '10 XB', '1e3', '99999999TB', 'NaN', '1,5GB'])('%j is refused with an example', (text) => {
    expect(() => parseSize(text)).toThrow(/is not a size: write 4096, 10KB or 1.5GiB/)
  })
})

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['30d', 2_592_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it('wants a unit', () => {
    expect(() => parseDuration('90')).toThrow(/is not a duration/)
  })
})

describe('parseMoment', () => {
  it.each([
    ['now', NOW],
    ['inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['1h', NOW + 3_600_000],
    ['+1h', NOW + 3_600_000],
    ['-2d', NOW - 172_800_000],
    ['0', NOW],
    ['3600', NOW + 3_600_000],
    ['1751731200', 1_751_731_200_000],
    ['1751731200123', 1_751_731_200_123],
    ['2026-11-19', Date.UTC(2026, 10, 19)],
    ['2026-11-19T02:00:00Z', NOW],
    ['2026-11-19 02:00', NOW],
    ['2026-11-19T04:00:00+02:00', NOW],
  ])('%s', (text, ms) => {
    expect(parseMoment(text, NOW)).toBe(ms)
  })

  it.each(['yesterday', '2026-13-01', '1h30', ''])('%j is refused', (text) => {
    expect(() => parseMoment(text, NOW)).toThrow(/is not a time/)
  })
})

describe('parseTimestamp', () => {
  it('takes ISO, seconds and milliseconds', () => {
    expect(parseTimestamp('2026-11-19T02:00:00Z')).toBe(NOW)
    expect(parseTimestamp(String(NOW))).toBe(NOW)
    expect(parseTimestamp(String(NOW / 1000))).toBe(NOW)
    expect(() => parseTimestamp('1h')).toThrow(/is not a time/)
  })
})

describe('ranges', () => {
  it('may be open at either end', () => {
    expect(splitRange('now~inf')).toEqual({ from: 'now', to: 'inf' })
    expect(splitRange('~7d')).toEqual({ from: null, to: '7d' })
  })

  it('must be one range', () => {
    expect(() => splitRange('1-2')).toThrow(/is not a range: write A~B/)
    expect(() => splitRange('1~2~3')).toThrow(/is not a range/)
  })
})
