import { describe, expect, it } from 'vitest'
import { dump, fragment } from '../../../helpers/dump.js'
import { contents, type RdbEvent, read } from '../../../helpers/events.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

/** Contents of one key of a type, from the bytes of its value; read in all ways. */
function contentsOf(type: number, value: Uint8Array): RdbEvent[] {
  const bytes = dump().type(type, 'k').raw(value).end()
  readsAlike(bytes)
  return contents(bytes)
}

const value = fragment

describe('plain values', () => {
  it('list', () => {
    expect(contentsOf(1, value().hex('01 07 65 6c 65 6d 65 6e 74').bytes())).toEqual([
      { count: 1 },
      { element: 'element' },
    ])
  })

  it('set, with a member stored as integer', () => {
    expect(contentsOf(2, value().hex('02 01 61 c0 07').bytes())).toEqual([
      { count: 2 },
      { element: 'a' },
      { element: '7' },
    ])
  })

  it('hash, with a compressed value', () => {
    const bytes = value().hex('01 01 66 c3 09 40 64 01 76 76 e0 57 00 01 76 76').bytes()
    expect(contentsOf(4, bytes)).toEqual([{ count: 1 }, { field: 'f', value: 'v'.repeat(100) }])
  })

  it('string of every length form', () => {
    for (const length of [0, 1, 63, 64, 16383, 16384]) {
      const events = readsAlike(dump().type(0, 'k').string('x'.repeat(length)).end())
      expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 1 }))
    }
  })

  it.each([1, 2, 3, 4, 5, 24])('warns of an empty collection (type %i)', (type) => {
    const empty = type === 24 ? value().ms(0).len(0) : value().len(0)
    const events = readsAlike(dump().type(type, 'k').raw(empty.bytes()).end())
    expect(events).toContainEqual(expect.objectContaining({ warning: 'empty-collection' }))
    expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 0 }))
  })

  it('a count above everything that follows ends where the data ends', () => {
    for (const type of [1, 2, 3, 4, 5, 14, 18]) {
      const bytes = dump()
        .type(type, 'k')
        .len(2 ** 52)
        .bytes()
      expect(read(bytes).error?.problem).toMatchObject({ code: 'truncated', what: 'the value' })
      expect(read(bytes, { wantKey: false }).error?.code).toBe('truncated')
    }
    expect(
      read(
        dump()
          .type(1, 'k')
          .len(2n ** 62n)
          .bytes(),
      ).error?.code,
    ).toBe('bad-length')
  })

  it('names key, type and place in an error', () => {
    const { error } = read(dump().select(2).type(4, 'user:"1"\n').len(1).string('f').hex('c9').end())
    expect(error?.message).toMatch(
      /0xc9, which encodes nothing \(byte \d+ = 0x[0-9a-f]+, db 2, key "user:\\"1\\"\\x0a", type 4 hash\)/,
    )
  })
})

describe('sorted set with scores as text', () => {
  it('reads decimals and the three special length bytes', () => {
    const bytes = value().hex(`
      02
      03 67 68 69 12 31 2e 37 36 34 39 39 39 39 39 39 39 39 39 39 39 39 39   # "1.7649999999999999"
      03 64 65 66 03 31 2e 32`)
    expect(contentsOf(3, bytes.bytes())).toEqual([
      { count: 2 },
      { member: 'ghi', score: 1.765, scoreText: '1.7649999999999999' },
      { member: 'def', score: 1.2, scoreText: '1.2' },
    ])
    expect(contentsOf(3, value().len(2).string('a').u8(254).string('b').u8(255).bytes())).toEqual([
      { count: 2 },
      { member: 'a', score: Number.POSITIVE_INFINITY },
      { member: 'b', score: Number.NEGATIVE_INFINITY },
    ])
  })

  it.each([
    ['0', 0],
    ['-0', -0],
    ['3', 3],
    ['-17', -17],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e5', 100000],
    ['1E-3', 0.001],
    ['0.10000000000000001', 0.1],
    ['5e-324', 5e-324],
    ['1.7976931348623157e+308', Number.MAX_VALUE],
    ['9007199254740993', 9007199254740992],
    ['-123456789012345.67', -123456789012345.67],
    ['1e400', Number.POSITIVE_INFINITY],
  ])('reads %s as strtod does', (text, score) => {
    const [, event] = contents(dump().type(3, 'k').len(1).string('m').string(text).end())
    expect(event?.score).toBe(score)
  })

  it.each(['', ' 1', '1 ', '0x10', '1,5', '--1', '.', '1e', 'inf', '-inf', 'nan', 'Infinity', '1\x00'])(
    'refuses %j',
    (text) => {
      const { error } = read(dump().type(3, 'k').len(1).string('m').string(text).end())
      expect(error?.code).toBe('bad-double')
    },
  )

  it('warns of a score that is no number', () => {
    const { events, error } = read(dump().type(3, 'k').len(1).string('m').u8(253).end())
    expect(error).toBeNull()
    expect(events).toContainEqual(expect.objectContaining({ warning: 'nan-score' }))
    expect(events).toContainEqual({ member: 'm', score: Number.NaN })
  })
})

describe('sorted set with binary scores', () => {
  it('reports every member with its score', () => {
    const bytes = dump().select(0).type(5, 'board').len(2).string('ann').f64le(1.5).string('bob').f64le(-Infinity).end()
    readsAlike(bytes)
    expect(contents(bytes)).toEqual([
      { count: 2 },
      { member: 'ann', score: 1.5 },
      { member: 'bob', score: Number.NEGATIVE_INFINITY },
    ])
  })

  it('names the key when the file is cut', () => {
    const bytes = dump().type(5, 'board').len(2).string('ann').f64le(1.5).string('bob').bytes()
    const { error } = read(bytes)
    expect(error?.message).toMatch(/^the data ends too early: the value needs at least 8 more bytes \(.*key "board"/)
  })

  it('warns of a score that is no number', () => {
    const events = read(dump().type(5, 'k').len(1).string('m').f64le(Number.NaN).end()).events
    expect(events).toContainEqual(expect.objectContaining({ warning: 'nan-score' }))
  })
})
