import { describe, expect, it } from 'vitest'
import { dump, hex } from '../../helpers/dump.js'
import { contents, read } from '../../helpers/events.js'
import { readsAlike } from '../../helpers/reads-alike.js'

/** Where a plain length can be seen: the size hints of RESIZEDB. */
function lengthOf(listing: string): unknown {
  const events = readsAlike(dump().u8(251).hex(listing).len(0).end())
  return events.find((event) => 'resizeDb' in event)?.resizeDb
}

describe('lengths', () => {
  it.each([
    ['05', 5],
    ['3f', 63],
    ['40 64', 100],
    ['7f ff', 16383],
    ['80 00 00 40 00', 16384],
    ['80 ff ff ff ff', 4294967295],
    ['81 00 00 00 01 00 00 00 00', 4294967296],
    ['81 00 1f ff ff ff ff ff ff', Number.MAX_SAFE_INTEGER],
    // Longer than needed, as some tools write them.
    ['40 05', 5],
    ['80 00 00 00 01', 1],
    ['81 00 00 00 00 00 00 00 01', 1],
  ])('reads %s as %i', (listing, value) => {
    expect(lengthOf(listing)).toBe(value)
  })

  it.each([
    ['82', /0x82 starts no length/],
    ['bf', /0xbf starts no length/],
    ['c0 05', /a string encoding stands where a length must be/],
    ['ff', /a string encoding stands where a length must be/],
    ['81 00 20 00 00 00 00 00 00', /above 2\^53/],
    ['81 ff ff ff ff ff ff ff ff', /above 2\^53/],
  ])('refuses %s', (listing, message) => {
    const { error } = read(dump().u8(251).hex(listing).len(0).end())
    expect(error?.code).toBe('bad-length')
    expect(error?.message).toMatch(message)
  })
})

describe('strings', () => {
  const stringOf = (listing: string): unknown => {
    const bytes = dump().type(0, 'k').hex(listing).end()
    readsAlike(bytes)
    return contents(bytes)[0]?.string
  }

  it.each([
    ['05 68 65 6c 6c 6f', 'hello'],
    ['00', ''],
    ['c0 fb', '-5'],
    ['c0 80', '-128'],
    ['c1 39 30', '12345'],
    ['c1 00 80', '-32768'],
    ['c2 eb 32 a4 f8', '-123456789'],
    ['c2 00 00 00 80', '-2147483648'],
    ['c2 ff ff ff 7f', '2147483647'],
    ['c3 09 28 01 61 61 e0 1b 00 01 61 61', 'a'.repeat(40)],
    ['c3 0b 1e 03 61 62 63 61 e0 0f 02 01 62 63', 'abc'.repeat(10)],
    ['c3 00 00', ''],
    ['04 00 ff 0a 22', '\x00\xff\n"'],
    ['40 02 68 69', 'hi'],
  ])('reads %s', (listing, text) => {
    expect(stringOf(listing)).toBe(text)
  })

  it.each(['c4 00', 'fc 61', 'ff'])('refuses the encoding %s and names its byte', (listing) => {
    const { error } = read(dump().type(0, 'k').hex(listing).end())
    expect(error?.problem).toEqual({ code: 'bad-string', encodingByte: Number.parseInt(listing.slice(0, 2), 16) })
    expect(error?.at.offset).toBe(9 + 3)
  })

  it('reads keys in all forms', () => {
    const bytes = dump().u8(0).integer(-70000).string('a').u8(0).lzf('k'.repeat(50)).string('b').end()
    const keys = readsAlike(bytes).filter((event) => 'key' in event)
    expect(keys.map((event) => event.key)).toEqual(['-70000', 'k'.repeat(50)])
  })

  it.each([
    ['more than 88 times its compressed size', hex('c3 03 41 09 00 61 61'), /3 bytes cannot stand for 265/],
    ['2^40 bytes', hex('c3 03 81 00 00 01 00 00 00 00 00 00 61 61'), /cannot stand for/],
    ['bytes that nothing gives', hex('c3 00 01'), /0 bytes cannot stand for 1/],
  ])('refuses a compressed string that claims %s', (_, value, message) => {
    const { error } = read(dump().type(0, 'k').raw(value).end())
    expect(error?.code).toBe('bad-lzf')
    expect(error?.message).toMatch(message)
    const skimmed = read(dump().type(1, 'k').len(1).raw(value).end(), { wantKey: false })
    expect(skimmed.error?.code).toBe('bad-lzf')
  })
})
