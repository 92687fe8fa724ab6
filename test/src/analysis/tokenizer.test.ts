import { describe, expect, it } from 'vitest'
import { PatternMiner } from '../../../src/analysis/patterns/miner.js'
import { Tokenizer } from '../../../src/analysis/patterns/tokenizer.js'
import { batchOf, seeded } from '../../helpers/batches.js'
import { timed } from '../../helpers/cpu-time.js'

const encoder = new TextEncoder()

/** The pattern of one name on its own. */
function pattern(name: string | Uint8Array, separators?: string): string {
  const miner = new PatternMiner(separators === undefined ? {} : { separators })
  return miner.patternOf(batchOf([{ key: name }]), 0)
}

describe('parts of key names', () => {
  it.each([
    ['user:123:profile', 'user:{int}:profile'],
    ['a:-5', 'a:{int}'],
    ['-1', '{int}'],
    ['a--5', 'a--{int}'],
    ['1.5', '{int}.{int}'],
    ['session:0188d6f2-9a4c-7cc0-8a5e-1b2c3d4e5f60', 'session:{uuid}'],
    ['deadbeef-e29b-41d4-a716-446655440000:x', '{uuid}:x'],
    ['ulid:01ARZ3NDEKTSV4RRFFQ69G5FAV', 'ulid:{ulid}'],
    ['stats:2024-01-31:7', 'stats:{date}:{int}'],
    ['stats:2024/01/31', 'stats:{date}'],
    ['stats:20240131', 'stats:{date}'],
    ['stats:20241331', 'stats:{int}'],
    ['log:2024-01-31T10:15:30.123Z:x', 'log:{time}:x'],
    ['log:2024-01-31T10:15:30+02:00', 'log:{time}'],
    ['log:20240131T101530Z', 'log:{time}'],
    ['log:20240131101530', 'log:{time}'],
    ['rl:10.0.163.117', 'rl:{ip}'],
    ['rl:10.0.163.300', 'rl:{int}.{int}.{int}.{int}'],
    ['rl:2001:db8::1', 'rl:{ip}'],
    ['rl:2001:db8:0:0:0:0:0:1', 'rl:{ip}'],
    ['rl:1:2:3', 'rl:{int}:{int}:{int}'],
    ['user:12:add:1', 'user:{int}:add:{int}'],
    ['mail:john.doe@example.com:inbox', 'mail:{email}:inbox'],
    ['john@example.org', '{email}'],
    ['x@y', 'x@y'],
    ['h:d41d8cd98f00b204e9800998ecf8427e', 'h:{hash}'],
    ['h:deadbeef12', 'h:{hex}'],
    ['h:0x12ab34cd', 'h:{hex}'],
    ['tok:3Rh8GpOQVPkQEk5l', 'tok:{base64}'],
    ['tok:3Rh8GpOQVPkQEk5l-profile', 'tok:{base64}-profile'],
    ['tok:Ak6n_AmGVlheqUqNp02q5R', 'tok:{base64}'],
    ['tok:-TuXxKL56kJGkL2vxJPZVa', 'tok:{base64}'],
    ['tok:aGVsbG8gd29ybGQxMjM0NQ==', 'tok:{base64}'],
    ['pi_3MtwBwLkdIwHu7ix28a3tqPa', 'pi_{base64}'],
    ['user1234', 'user{int}'],
    ['user7', 'user7'],
    ['sha256', 'sha256'],
    ['dark-mode', 'dark-mode'],
    ['userProfileData', 'userProfileData'],
    ['iphone-12-pro-max', 'iphone-{int}-pro-max'],
    ['page:/api/item/10048?page=19', 'page:/api/item/{int}?page={int}'],
    ['größe:7', 'größe:{int}'],
    ['ключ:9', 'ключ:{int}'],
    ['user:{42}:cart', 'user:{{int}}:cart'],
    ['{user:42}:cart', '{user:{int}}:cart'],
    ['foo:', 'foo:'],
    ['::a', '::a'],
    ['', '[empty]'],
  ])('%s is %s', (name, expected) => {
    expect(pattern(name)).toBe(expected)
  })

  it('takes what is not text as binary, to the end of the name', () => {
    expect(pattern(new Uint8Array([0xff, 0xfe, 58, 49]))).toBe('{binary}')
    expect(pattern(new Uint8Array([97, 58, 0xc3, 0x28, 58, 49]))).toBe('a:{binary}')
    expect(pattern(new Uint8Array([97, 58, 0xe2, 0x82]))).toBe('a:{binary}')
    expect(pattern('a:\u0001:b')).toBe('a:{binary}')
    expect(pattern('a:\u0085:b')).toBe('a:{binary}')
  })

  it('looks at a bounded part of very long names', () => {
    expect(pattern(`k:${'a'.repeat(100)}`)).toBe('k:{*}')
    expect(pattern(`k:${'x:'.repeat(5000)}`)).toBe(`k:${'x:'.repeat(22)}{*}`)
    expect(pattern('a'.repeat(1 << 20))).toBe('{*}')
    expect(pattern(':'.repeat(100_000))).toMatch(/^:{512}\{\*\}$/)
  })

  it('splits at the separators given, and at no others', () => {
    expect(pattern('a#1:2', '#')).toBe('a#1:2')
    expect(pattern('a#1#b', '#')).toBe('a#{int}#b')
    expect(pattern('s#0188d6f2-9a4c-7cc0-8a5e-1b2c3d4e5f60', '#')).toBe('s#{uuid}')
    expect(pattern('d#2024-01-31', '#')).toBe('d#{date}')
  })

  it('gives equal shapes equal paths, whatever the ids', () => {
    const random = seeded(1)
    const alphabets = [
      '0123456789',
      '012-',
      '012.',
      '2024-01/T ',
      'abcdef0123456789',
      'abcXYZ019-_',
      'ab:-_./{}@=12T\u00e4\u0001',
      'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
      'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_',
    ]
    const uuids = ['bd1ad84f-714e-52e4-28ec-ce04d1f61d8f', '11111111-2222-3333-4444-555555555555']
    const tokens = new Tokenizer(':./|-_?&=,;#~()[] ')
    const paths = new Map<string, string>()
    for (let round = 0; round < 100_000; round++) {
      const alphabet = alphabets[round % alphabets.length]!
      let name = ''
      const length = Math.floor(random() * 40)
      if (round % 3 === 0) name = 'd:2024-01-31'
      if (round % 7 === 0) name = '10.0.0.1'
      if (round % 11 === 0) name = `page:${round % 1000}:v${round % 13}:`
      if (round % 13 === 0) name = `${round % 1000}-${uuids[(round / 13) % 2]}`
      for (let i = 0; i < length; i++) name += alphabet[Math.floor(random() * alphabet.length)]
      const bytes = encoder.encode(name)
      if (!tokens.shape(bytes, 0, bytes.length)) continue
      const shape = `${tokens.shapeA} ${tokens.shapeB}`
      const quickHash = tokens.nameHash
      tokens.tokenize(bytes, 0, bytes.length)
      expect(tokens.nameHash).toBe(quickHash)
      const path = `${tokens.pathA} ${tokens.pathB}`
      expect(paths.get(shape) ?? path, name).toBe(path)
      paths.set(shape, path)
    }
    expect(paths.size).toBeGreaterThan(100)
  })

  it('looks at no byte behind the name', () => {
    // Names lie in chunks of the file, with much behind them.
    const bytes = new Uint8Array(2 ** 22)
    const end = encoder.encodeInto('price!usd:12', bytes).written
    const tokens = new Tokenizer(':')
    const { cpuMs } = timed(() => {
      for (let round = 0; round < 20_000; round++) tokens.tokenize(bytes, 0, end)
    })
    expect(cpuMs).toBeLessThan(1000)
  })
})
