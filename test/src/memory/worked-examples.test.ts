import { describe, expect, it } from 'vitest'
import { encodingOf, price, sizerFor, type Value } from './feed.js'
import { type WorkedExample, workedExamples } from './worked-examples.js'

/** Columns of the table and the targets they stand for. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  '4.0': ['redis-4.0'],
  '5.0': ['redis-5.0'],
  '6.0': ['redis-6.0'],
  '6.2': ['redis-6.2'],
  '7.0': ['redis-7.0'],
  '7.2+': ['redis-7.2', 'redis-7.4', 'redis-8.0', 'valkey-7.2'],
  '8.6': ['redis-8.6'],
  'vk8.0': ['valkey-8.0'],
  'vk8.1': ['valkey-8.1'],
  'vk9.1': ['valkey-9.1'],
}

const ENCODING_WORDS: Readonly<Record<string, string>> = {
  i: 'int',
  e: 'embstr',
  r: 'raw',
  zl: 'ziplist',
  lp: 'listpack',
  ql: 'quicklist',
  ht: 'hashtable',
}

const IN_YEARS = 4102444800000
/** How far one key may be from its expected size where the server draws lots. */
const RANDOM_TOLERANCE = 0.1

describe.each(Object.entries(COLUMNS))('MEMORY USAGE of the worked examples, column %s', (column, ids) => {
  for (const id of ids) {
    it(`is met by ${id}`, () => {
      const sizer = sizerFor(id)
      let compared = 0
      for (const example of workedExamples) {
        const expected = example.expected.get(column)
        if (expected === undefined) continue
        compared++
        const [key, value, expiry] = keyAndValue(example)
        price(sizer, key, value, expiry)
        const what = `${example.key} on ${id}`
        if (expected.random) {
          expect(sizer.estimated, what).toBe(true)
          const tolerance = expected.bytes * RANDOM_TOLERANCE
          expect(Math.abs(sizer.memoryUsageBytes - expected.bytes), what).toBeLessThan(tolerance)
        } else expect(sizer.memoryUsageBytes, what).toBe(expected.bytes)
        if (expected.encoding !== '') expect(encodingOf(sizer), what).toBe(ENCODING_WORDS[expected.encoding])
      }
      expect(compared).toBeGreaterThan(68)
    })
  }
})

describe('MEMORY USAGE of hashes whose fields expire', () => {
  const t3: Value = {
    expiringHash: [
      ['a', 1, IN_YEARS],
      ['b', 2, -1],
      ['c', 3, -1],
    ],
  }
  const t600: Value = { expiringHash: numbers(600).map((i) => [`f${i}`, `v${i}`, i === 0 ? IN_YEARS : -1] as const) }

  it.each([
    ['redis-7.4', 120, 36408],
    ['redis-8.0', 120, 36408],
    ['redis-8.6', 84, 34966],
    ['valkey-9.1', 216, 18808],
  ])('%s: %i and %i bytes', (id, small, large) => {
    const sizer = sizerFor(id)
    expect(price(sizer, 't3', t3).memoryUsageBytes).toBe(small)
    expect(sizer.hasFieldExpiry).toBe(true)
    price(sizer, 't600', t600)
    if (id.startsWith('valkey')) expect(Math.abs(sizer.memoryUsageBytes - large)).toBeLessThan(large * RANDOM_TOLERANCE)
    else expect(sizer.memoryUsageBytes).toBe(large)
  })
})

function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => index + from)
}

function keyAndValue(example: WorkedExample): [key: string, value: Value, expiresAtMs: number] {
  const repeated = /^(\w)×(\d+)$/.exec(example.key)
  const key = repeated === null ? example.key : repeated[1]!.repeat(Number(repeated[2]))
  return [key, exampleValue(example), example.value.includes('TTL') ? IN_YEARS : -1]
}

function exampleValue(example: WorkedExample): Value {
  const { key, value } = example
  const length = /^string of (\d+) × "x"$/.exec(value)
  if (length !== null) return { string: 'x'.repeat(Number(length[1])) }
  const number = /^string (\d+)/.exec(value)
  if (number !== null) return { string: number[1]! }
  const times = /value "x"×(\d+)/.exec(value)
  if (times !== null) return { string: 'x'.repeat(Number(times[1])) }
  const quoted = /value "(\w+)"/.exec(value)
  if (quoted !== null) return { string: quoted[1]! }
  const fields = (count: number): Value => ({ hash: numbers(count).map((i) => [`f${i}`, `v${i}`] as const) })
  const members = (count: number): Value => ({ zset: numbers(count).map((i) => [`m${i}`, i] as const) })
  const values: Readonly<Record<string, () => Value>> = {
    l3: () => ({ list: ['a', 'b', 'c'] }),
    l1000: () => ({ list: numbers(1000) }),
    l5000: () => ({ list: numbers(5000) }),
    lbig: () => ({ list: ['x'.repeat(10000)] }),
    lmix: () => ({ list: numbers(5).map(() => 'y'.repeat(5000)) }),
    h2: () => ({
      hash: [
        ['f1', 'v1'],
        ['f2', 'v2'],
      ],
    }),
    h100: () => fields(100),
    h512: () => fields(512),
    h513: () => fields(513),
    h1000: () => fields(1000),
    hlong: () => ({ hash: [['f', 'x'.repeat(65)]] }),
    hlong4: () => ({
      hash: [
        ['a', 'x'.repeat(65)],
        ['b', 1],
        ['c', 2],
        ['d', 3],
      ],
    }),
    hval: () => ({ hash: numbers(600).map((i) => [`f${i}`, 'z'.repeat(100)] as const) }),
    i5: () => ({ set: numbers(5, 1) }),
    i512: () => ({ set: numbers(512) }),
    i513: () => ({ set: numbers(513) }),
    i32: () => ({ set: [100000, 200000] }),
    i64: () => ({ set: [1, 9000000000] }),
    S3: () => ({ set: ['a', 'b', 'c'] }),
    S128: () => ({ set: numbers(128).map((i) => `m${i}`) }),
    S129: () => ({ set: numbers(129).map((i) => `m${i}`) }),
    S1000: () => ({ set: numbers(1000).map((i) => `member:${i}`) }),
    z3: () => ({
      zset: [
        ['a', 1],
        ['b', 2],
        ['c', 3.5],
      ],
    }),
    z128: () => members(128),
    z01: () => ({ zset: [['a', 0.1]] }),
    z129: () => members(129),
    z1000: () => members(1000),
    x3: () => ({ stream: { field: 'f', entries: numbers(3, 1).map((i) => [i, 1, 'v'] as const) } }),
    x250: () => ({ stream: { field: 'temp', entries: numbers(250, 1).map((i) => [i, 0, i] as const) } }),
    xg: () => ({
      stream: {
        field: 'f',
        entries: numbers(10, 1).map((i) => [i, 0, i] as const),
        groups: [{ name: 'g', consumers: { c: 5 } }],
      },
    }),
  }
  const make = values[key]
  if (make === undefined) throw new Error(`no value for the worked example ${key}: ${value}`)
  return make()
}
