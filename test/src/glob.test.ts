import { describe, expect, it } from 'vitest'
import { compileGlob } from '../../src/glob.js'

const encoder = new TextEncoder()

function fits(pattern: string, key: string | Uint8Array): boolean {
  const bytes = typeof key === 'string' ? encoder.encode(key) : key
  return compileGlob(pattern)(bytes, 0, bytes.length)
}

describe('compileGlob', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['', '', true],
    ['', 'a', false],
    ['user:*', 'user:1', true],
    ['user:*', 'user:', true],
    ['user:*', 'xuser:1', false],
    ['*:name', 'user:1:name', true],
    ['*:name', 'user:1:names', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[^e]llo', 'hello', false],
    ['[0-9]', '7', true],
    ['[9-0]', '7', true],
    ['[a-]', '-', true],
    ['[\\]]', ']', true],
    ['[abc', 'c', true],
    ['h\\*llo', 'h*llo', true],
    ['h\\*llo', 'hello', false],
    ['a\\', 'a\\', true],
    ['**a', 'bba', true],
    ['ключ:*', 'ключ:1', true],
  ])('%j on %j is %s', (pattern, key, expected) => {
    expect(fits(pattern, key)).toBe(expected)
  })

  it('reads \\xHH as a byte, so that keys can be copied from a report', () => {
    expect(fits('bin\\xff\\x00*', Uint8Array.of(0x62, 0x69, 0x6e, 0xff, 0x00, 0x01))).toBe(true)
    expect(fits('\\xzz', 'xzz')).toBe(true)
    expect(fits('[\\x00-\\x1f]', Uint8Array.of(0x07))).toBe(true)
  })

  it('looks at the given part of the bytes only', () => {
    const bytes = encoder.encode('..user:1..')
    expect(compileGlob('user:?')(bytes, 2, 8)).toBe(true)
  })

  it('stays quick on a pattern made to be slow', () => {
    const key = 'a'.repeat(20_000)
    const began = performance.now()
    expect(fits(`${'a*'.repeat(200)}b`, key)).toBe(false)
    expect(performance.now() - began).toBeLessThan(2000)
  })
})
