import type { Word } from '../../src/prove/resp-client.js'
import { seeded } from './batches.js'
import type { Command } from './measure.js'

/** Lengths around which headers of strings, encodings and allocator classes change. */
const LENGTHS = [0, 1, 5, 12, 20, 28, 31, 32, 44, 45, 63, 64, 65, 80, 127, 128, 252, 255, 256, 512, 1024, 4095, 4096]
/** Powers of two at which integers take another encoding. */
const BITS = [0, 3, 4, 6, 7, 8, 12, 13, 15, 16, 23, 24, 31, 32, 52, 62, 63]
/** Almost integers: servers keep them as text. */
const TEXTS = [
  '-0',
  '00',
  '007',
  '+5',
  ' 5',
  '5 ',
  '1e5',
  '9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999',
]
const SCORES = [
  'inf',
  '-inf',
  '-0',
  '0.1',
  '1e308',
  '5e-324',
  '1e23',
  '4503599627370496',
  '9007199254740993',
  '9223372036854775807',
]
const EXPIRIES_MS = ['4102444800000', '9007199254740991', '9223372036854775807']
/** So many elements that a collection may or may not be packed. */
const COUNTS = [1, 2, 3, 10, 49, 51, 127, 128, 129, 300, 511, 512, 513, 800]

/** Commands that fill a server with keys at the borders of all encodings: the same for the same seed, never an error. */
export function randomCommands(keys: number, seed: number): Command[] {
  const random = seeded(seed)
  const whole = (below: number): number => Math.floor(random() * below)
  const pick = <T>(list: readonly T[]): T => list[whole(list.length)]!
  const chance = (share: number): boolean => random() < share
  const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
  const near = (list: readonly number[]): number => Math.max(0, pick(list) + whole(5) - 2)
  const text = (length: number): Word => {
    const alphabet = pick([1, 4, 26])
    return chance(0.2)
      ? Uint8Array.from(times(length, () => whole(256)))
      : times(length, () => String.fromCharCode(97 + whole(alphabet))).join('')
  }
  const integer = (): string => String((chance(0.5) ? 1n : -1n) * ((1n << BigInt(pick(BITS))) + BigInt(whole(3) - 1)))
  const element = (longest: number): Word => {
    if (chance(0.4)) return chance(0.1) ? pick(TEXTS) : integer()
    return text(Math.min(longest, near(LENGTHS)))
  }
  const count = (): number => Math.max(1, near(COUNTS))
  const score = (): string =>
    chance(0.1) ? pick(SCORES) : chance(0.3) ? String((random() - 0.5) * 10 ** (whole(40) - 20)) : integer()

  const makers: ((key: string) => Command[])[] = [
    (key) => [['SET', key, element(100_000)]],
    (key) => [['SET', key, text(near([...LENGTHS, 16_384, 65_530, 65_536, 100_000]))]],
    (key) => [['PFADD', key, ...times(pick([1, 100, 3000]), (i) => `visitor ${i}`)]],
    (key) => {
      const longest = pick([30, 300, 300, 10_000])
      return [
        ['RPUSH', key, ...times(count(), () => element(longest))],
        ...(chance(0.3)
          ? [
              ['LPUSH', key, text(9000), 'first'],
              ['LTRIM', key, 1, -1],
            ]
          : []),
      ]
    },
    (key) => {
      const span = pick([100, 40_000, 2 ** 33])
      const members = times(count(), () => (chance(0.5) ? element(pick([64, 65, 300])) : String(whole(span))))
      return [['SADD', key, ...(chance(0.5) ? members.filter((member) => /^\d+$/.test(String(member))) : members), '1']]
    },
    (key) => {
      const longest = pick([12, 64, 65, 300])
      const pairs = times(count(), () => [element(longest), element(longest)])
      const removed = chance(0.3) ? pairs.slice(3).map(([field]) => field!) : []
      return [
        ['HSET', key, ...pairs.flat(), 'field', 'value'],
        ...(removed.length > 0
          ? [
              ['HDEL', key, ...removed],
              ['HSET', key, 'left', 'over'],
            ]
          : []),
      ]
    },
    (key) => [['ZADD', key, ...times(count(), () => [score(), element(pick([12, 64, 65, 300]))]).flat()]],
    (key) => {
      const entries = Math.min(300, count())
      const names = times(1 + whole(4), (i) => `name${i}`)
      const commands: Command[] = times(entries, (i) => [
        ...['XADD', key, `${i + 1}-${whole(9)}`],
        ...names.flatMap((name) => [chance(0.8) ? name : text(8), element(300)]),
      ])
      for (let group = whole(3); group > 0; group--) {
        commands.push(['XGROUP', 'CREATE', key, `group${group}`, 0])
        const read = ['XREADGROUP', 'GROUP', `group${group}`]
        for (let consumer = whole(4); consumer > 0; consumer--) {
          commands.push([...read, `consumer${consumer}`, 'COUNT', 1 + whole(entries), 'STREAMS', key, '>'])
        }
      }
      if (chance(0.3)) commands.push(['XTRIM', key, 'MAXLEN', Math.ceil(entries / 2)])
      return commands
    },
  ]
  return times(keys, (i): Command[] => {
    const key = `${i}:${'k'.repeat(near(LENGTHS.slice(0, 19)))}`
    const expiry: Command[] = chance(0.2) ? [['PEXPIREAT', key, pick(EXPIRIES_MS)]] : []
    const database: Command[] = i % 50 === 0 ? [['SELECT', i / 50]] : []
    return [...database, ...pick(makers)(key), ...expiry]
  }).flat()
}
