import { describe, expect, it } from 'vitest'
import { dump, hex } from '../../helpers/dump.js'
import { type EventOptions, events, read } from '../../helpers/events.js'
import { readsAlike } from '../../helpers/reads-alike.js'

describe('header', () => {
  it('reads the smallest useful file', () => {
    const bytes = hex(`
      52 45 44 49 53 30 30 31 32                  # REDIS0012
      fa 09 72 65 64 69 73 2d 76 65 72 05 37 2e 34 2e 31
      fa 0a 72 65 64 69 73 2d 62 69 74 73 c0 40   # "64" as an integer
      fa 05 63 74 69 6d 65 c2 1d de 00 6b
      fa 08 75 73 65 64 2d 6d 65 6d c2 10 46 41 00
      fa 08 61 6f 66 2d 62 61 73 65 c0 00
      fe 00
      fb 01 00
      00 01 61 01 62
      ff
      5d 3d 1b 99 a2 c9 bd 0c`)
    expect(readsAlike(bytes)).toEqual([
      { header: 'REDIS', rdbVersion: 12 },
      { dialect: 'redis' },
      { aux: 'redis-ver', value: '7.4.1' },
      { aux: 'redis-bits', value: '64' },
      { aux: 'ctime', value: '1795218973' },
      { aux: 'used-mem', value: '4277776' },
      { aux: 'aof-base', value: '0' },
      { selectDb: 0 },
      { resizeDb: 1, expires: 0 },
      { key: 'a', layout: 'string', db: 0, offset: 84 },
      { string: 'b' },
      { endKey: 'a', elements: 1, rdbBytes: 5 },
      { end: 98, checksum: 'ok' },
    ])
  })

  it.each([
    ['REDIS', 1, 'redis'],
    ['REDIS', 12, 'redis'],
    ['REDIS', 16, 'redis'],
    ['VALKEY', 80, 'valkey'],
    ['VALKEY', 81, 'valkey'],
  ] as const)('reads %s version %i without a word', (magic, version, dialect) => {
    const found = readsAlike(dump({ magic, version }).end())
    expect(found.slice(0, 2)).toEqual([{ header: magic, rdbVersion: version }, { dialect }])
    expect(found.some((event) => 'warning' in event)).toBe(false)
  })

  it.each([
    ['REDIS', 17],
    ['REDIS', 80],
    ['VALKEY', 82],
    ['VALKEY', 11],
  ] as const)('warns of %s version %i and reads on', (magic, version) => {
    const found = readsAlike(dump({ magic, version }).type(0, 'a').string('b').end())
    expect(found).toContainEqual(expect.objectContaining({ warning: 'newer-version' }))
    expect(found).toContainEqual({ string: 'b' })
  })

  it.each([
    ['REDIS  10', 'bad-header', /"REDIS {2}10" is not REDIS and four digits/],
    ['REDIS0000', 'bad-header', /"REDIS0000"/],
    ['REDIS-001', 'bad-header', /"REDIS-001"/],
    ['VALKEY000', 'bad-header', /"VALKEY000"/],
    ['VALKEYabc', 'bad-header', /"VALKEYabc"/],
    ['GIF89a...', 'not-an-rdb', /does not start with REDIS or VALKEY/],
    ['hello', 'not-an-rdb', /does not start with REDIS or VALKEY/],
    ['REDI', 'truncated', /the header needs at least 5 more bytes/],
    ['', 'not-an-rdb', /the input is empty/],
  ])('refuses %j', (text, code, message) => {
    const { error } = read(new TextEncoder().encode(text))
    expect(error?.code).toBe(code)
    expect(error?.message).toMatch(message)
  })
})

describe('the end', () => {
  const body = (version = 12) => dump({ version }).type(0, 'a').string('b')
  const endOf = (bytes: Uint8Array, options: EventOptions = {}) => events(bytes, options).at(-1)

  it('compares the checksum', () => {
    expect(endOf(body().end())).toEqual({ end: 23, checksum: 'ok' })
    expect(readsAlike(body().end('wrong')).at(-1)).toEqual({ end: 23, checksum: 'wrong' })
    expect(readsAlike(body().end('zero')).at(-1)).toEqual({ end: 23, checksum: 'disabled' })
    expect(endOf(body().end('wrong'), { verify: false })).toEqual({ end: 23, checksum: 'unchecked' })
  })

  it('expects none before version 5', () => {
    expect(readsAlike(body(4).end()).at(-1)).toEqual({ end: 15, checksum: 'absent' })
  })

  it('takes a missing checksum for a cut', () => {
    const { error, events: told } = read(body().end('missing'))
    expect(error?.problem).toEqual({ code: 'truncated', what: 'the checksum behind the end', missingBytes: 8 })
    expect(told).toContainEqual({ string: 'b' })
  })

  it.each([1, 2, 7, 16, 1000])('leaves what follows alone, in chunks of %i bytes', (chunkBytes) => {
    const good = body().end()
    const {
      consumed,
      error,
      events: told,
    } = read(Buffer.concat([good, Buffer.from('*1\r\n$4\r\nPING\r\n')]), { chunkBytes })
    expect(error).toBeNull()
    expect(consumed).toBe(good.length)
    expect(told.at(-1)).toEqual({ end: good.length, checksum: 'ok' })
  })

  it('keeps what came before an unknown type', () => {
    const { error, events: told } = read(body().type(99, 'x').string('y').end())
    expect(error?.problem).toMatchObject({ code: 'unknown-type', typeId: 99 })
    expect(error?.at.offset).toBe(14)
    expect(told).toContainEqual({ endKey: 'a', elements: 1, rdbBytes: 5 })
  })

  it('takes no more bytes after an error', () => {
    const { error } = read(Buffer.concat([body().type(99, 'x').end(), new Uint8Array(100)]), { chunkBytes: 1 })
    expect(error?.code).toBe('unknown-type')
  })
})
