import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../../src/io/manifest.js'

describe('parseManifest', () => {
  it('gives the base and the command files in the order of replay', () => {
    const text = [
      'file appendonly.aof.2.base.rdb seq 2 type b',
      'file appendonly.aof.1.incr.aof seq 1 type h',
      'file appendonly.aof.10.incr.aof seq 10 type i',
      'file appendonly.aof.9.incr.aof seq 9 type i startoffset 0',
      '',
    ].join('\n')
    expect(parseManifest(text)).toEqual({
      base: 'appendonly.aof.2.base.rdb',
      increments: ['appendonly.aof.9.incr.aof', 'appendonly.aof.10.incr.aof'],
    })
  })

  it('reads quoted names with escapes', () => {
    const text = 'file "my \\"log\\" \\xc3\\xa9.base.rdb" seq 1 type b\r\n# a remark\n'
    expect(parseManifest(text).base).toBe('my "log" é.base.rdb')
  })

  it('may have no base', () => {
    expect(parseManifest('file a.incr.aof seq 1 type i\n').base).toBeNull()
  })

  it.each([
    ['file ../../etc/passwd seq 1 type b', /line 1 names a path, not a file/],
    ['file a seq 1', /line 1 does not say file, seq and type/],
    ['file a seq x type b', /line 1 does not say file, seq and type/],
    ['file a seq 1 type z', /line 1 has type "z"/],
    ['file a seq 1 type', /line 1 has a word without a value/],
  ])('refuses %j', (text, message) => {
    expect(() => parseManifest(text)).toThrow(message)
  })
})
