import { describe, expect, it } from 'vitest'
import { encodeCommand, ReplyError, ReplyParser } from '../../../src/prove/resp-client.js'
import { parseVersion } from '../../../src/prove/server-binary.js'
import { infoFields } from '../../../src/prove/server-facts.js'
import { KeyBits } from '../../../src/prove/touched.js'

describe('answers of a server', () => {
  const bytes = Buffer.from('+OK\r\n-ERR no\r\n:-12\r\n$5\r\na\r\nb!\r\n$-1\r\n*2\r\n:1\r\n*1\r\n$0\r\n\r\n')

  it.each([1, 2, 5, 1000])('are read from pieces of %i bytes', (size) => {
    const parser = new ReplyParser()
    const replies: unknown[] = []
    for (let at = 0; at < bytes.length; at += size) {
      parser.push(bytes.subarray(at, at + size))
      for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(reply)
    }
    expect(replies).toEqual([
      Buffer.from('OK'),
      new ReplyError('ERR no'),
      -12,
      Buffer.from('a\r\nb!'),
      null,
      [1, [Buffer.from('')]],
    ])
  })

  it('that are none are an error', () => {
    const parser = new ReplyParser()
    parser.push(Buffer.from('HTTP/1.1 400\r\n'))
    expect(() => parser.next()).toThrow(/not RESP/)
  })

  it('follow commands, whose words may hold any byte', () => {
    expect(encodeCommand(['SET', Uint8Array.of(13, 10), 5]).toString('latin1')).toBe(
      '*3\r\n$3\r\nSET\r\n$2\r\n\r\n\r\n$1\r\n5\r\n',
    )
  })
})

describe('what servers say of themselves', () => {
  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', { server: 'redis', version: '7.0.15' }],
    ['Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', { server: 'valkey', version: '8.0.1' }],
    ['PostgreSQL 15.3', null],
  ])('is read: %s', (text, expected) => {
    expect(parseVersion('x', text)).toEqual(expected === null ? null : { path: 'x', ...expected })
  })

  it('is read from INFO', () => {
    expect([...infoFields('# Server\r\nredis_version:7.0.15\r\nexecutable:/usr/bin/a:b\r\n\r\n')]).toEqual([
      ['redis_version', '7.0.15'],
      ['executable', '/usr/bin/a:b'],
    ])
  })
})

describe('a bit per key', () => {
  it('holds as many as come', () => {
    const bits = new KeyBits()
    for (let i = 0; i < 100_000; i++) bits.add(i % 3 === 0)
    expect(bits.set).toBe(33_334)
    expect([0, 1, 2, 3, 99_998, 99_999].map((at) => bits.has(at))).toEqual([true, false, false, true, false, true])
  })
})
