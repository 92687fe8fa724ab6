import { describe, expect, it } from 'vitest'
import { parseScore } from '../../../../parsers/rdb/values/score.js'

function scoreOf(text: string): number | null {
  const bytes = new TextEncoder().encode(`<${text}>`)
  return parseScore(bytes, 1, bytes.length - 1)
}

describe('the text of a score', () => {
  it.each([
    '0',
    '-0',
    '0.0',
    '-0.00000000000000000',
    '1.',
    '.5',
    '-.5',
    '173.18709999999999',
    '0.00012345678901234567',
    // Between two doubles, in the middle or right beside it.
    '9007199254740992.9',
    '9007199254740993',
    '9007199254740993.0',
    '4503599627370496.5',
    '4503599627370497.5',
    '4503599627370497.501',
    '9223372036854775807',
    '-9223372036854775808',
    '12345678901234567890123',
    '0.1234567890123456789012345',
    '+5',
    '1e5',
    '1e400',
  ])('%s is the number that JavaScript makes of it', (text) => {
    expect(scoreOf(text)).toBe(Number(text))
  })

  it.each(['', '-', '.', '-.', '1.2.3', '1 ', 'abc', '0x10'])('%o is no number', (text) => {
    expect(scoreOf(text)).toBeNull()
  })

  it('is rounded as JavaScript does, whatever the number of digits', () => {
    let state = 7
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const wrong: string[] = []
    for (let round = 0; round < 50_000; round++) {
      const digits = Array.from({ length: 1 + random(22) }, () => random(10)).join('')
      const point = random(digits.length + 1)
      const texts = [
        `${random(2) === 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`,
        // As "%.17g" has it: just beside a short decimal.
        (random(1_000_000) / 10 ** random(7)).toPrecision(17),
      ]
      for (const text of texts) if (!Object.is(scoreOf(text), Number(text))) wrong.push(text)
    }
    expect(wrong).toEqual([])
  })
})
