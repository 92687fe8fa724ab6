import { describe, expect, it } from 'vitest'
import { keyAllocations } from '../../../src/memory/ledger.js'
import { databaseOverhead } from '../../../src/memory/overhead.js'
import { parseSettings } from '../../../src/memory/settings.js'
import { encodingOf, price, sizerFor, type Value } from './feed.js'

const many = (count: number, text: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => text(i))

describe('strings', () => {
  it.each([
    ['redis-2.8', 10, 'raw'],
    ['redis-3.2', 44, 'embstr'],
    ['redis-7.2', 45, 'raw'],
    ['keydb-6.3', 52, 'embstr'],
    ['keydb-6.3', 53, 'raw'],
    ['valkey-9.1', 80, 'embstr'],
    ['valkey-9.1', 117, 'raw'],
  ])('on %s, %i bytes: %s', (id, length, encoding) => {
    expect(encodingOf(price(sizerFor(id), 'key', { string: 'x'.repeat(length) }))).toBe(encoding)
  })

  it('share small integers, unless the policy needs to know when each was used', () => {
    const ram = (settings: object, value: string): number =>
      price(sizerFor('redis-7.2', { settings }), 'key', { string: value }).ramBytes
    const lru = { maxmemory: 1e9, 'maxmemory-policy': 'allkeys-lru' }
    expect(ram({}, '10000') - ram({}, '9999')).toBe(16)
    expect(ram(lru, '9999')).toBe(ram({}, '10000'))
    expect(ram({ maxmemory: 0, 'maxmemory-policy': 'allkeys-lru' }, '9999')).toBe(ram({}, '9999'))
    expect(ram({ maxmemory: 1e9, 'maxmemory-policy': 'volatile-ttl' }, '9999')).toBe(ram({}, '9999'))
  })

  it('hold only 32-bit integers on 32 bit', () => {
    const encoding = (value: string): string =>
      encodingOf(price(sizerFor('redis-7.2', { bits: 32 }), 'key', { string: value }))
    expect(['2147483647', '-2147483648', '2147483648'].map(encoding)).toEqual(['int', 'int', 'embstr'])
  })

  it('embed behind the shorter object of 32 bit', () => {
    const narrow = (id: string, value: string): number =>
      price(sizerFor(id, { bits: 32 }), 'key', { string: value }).ramBytes
    // robj 12, header size 1, key 5, value 3 + n + 1; Valkey 9.1 has the value where the pointer would be.
    expect(narrow('redis-8.6', 'x'.repeat(18))).toBe(12 + 1 + 5 + 22)
    expect(narrow('valkey-8.1', 'x'.repeat(18))).toBe(12 + 1 + 5 + 22)
    expect(narrow('valkey-9.1', 'x'.repeat(22))).toBe(8 + 1 + 5 + 26)
    expect(narrow('valkey-9.1', '')).toBe(24)
  })

  it('cost more with an allocator of coarser classes', () => {
    const usage = (allocator: 'jemalloc' | 'jemalloc-16'): number =>
      price(sizerFor('redis-7.2', { allocator }), 'k'.repeat(20), { string: 'x'.repeat(10) }).ramBytes
    expect(usage('jemalloc')).toBe(24 + 24 + 32)
    expect(usage('jemalloc-16')).toBe(32 + 32 + 32)
  })

  it('have longer entries in a cluster of Redis 7.0', () => {
    const value: Value = { string: 'x' }
    const sizer = sizerFor('redis-7.0', { cluster: true })
    const plain = sizerFor('redis-7.0')
    expect(price(sizer, 'key', value).ramBytes - price(plain, 'key', value).ramBytes).toBe(16)
    expect(price(sizer, 'key', value).memoryUsageBytes - price(plain, 'key', value).memoryUsageBytes).toBe(16)
  })
})

describe('lists', () => {
  const large: Value = { list: many(400, (i) => `element number ${i}, and the same words again and again and again`) }

  it('are rebuilt node by node as the server fills them', () => {
    const sizer = sizerFor('redis-7.2', { settings: { 'list-max-listpack-size': 10 } })
    price(sizer, 'list', { list: many(95, (i) => `e${i}`) })
    expect(sizer.list.nodeCount).toBe(10)
    price(sizer, 'list', { list: many(10, (i) => `e${i}`) })
    expect(encodingOf(sizer)).toBe('listpack')
  })

  it('take any node size that a server takes', () => {
    const nodes = (size: number): number => {
      const sizer = sizerFor('redis-7.2', { settings: parseSettings([`list-max-listpack-size=${size}`]) })
      return price(sizer, 'list', { list: many(20, () => 'x'.repeat(8000)) }).list.nodeCount
    }
    expect(nodes(-100)).toBe(nodes(-5))
    expect(nodes(-5)).toBeLessThan(nodes(-1))
    expect(nodes(0)).toBe(20)
    const single = sizerFor('redis-7.2', { settings: { 'list-max-listpack-size': 0 } })
    expect(encodingOf(price(single, 'list', { list: ['a'] }))).toBe('listpack')
  })

  it('give large elements a node of their own', () => {
    const nodes = (id: string): number => {
      const sizer = price(sizerFor(id), 'list', { list: ['a', 'x'.repeat(9000), 'b'] })
      return sizer.list.nodeCount
    }
    expect(nodes('redis-7.4')).toBe(3)
    expect(nodes('redis-7.2')).toBe(3)
    expect(encodingOf(price(sizerFor('redis-7.2'), 'list', { list: ['x'.repeat(9000)] }))).toBe('quicklist')
  })

  it('compress their inner nodes with the compressor of the server', () => {
    const ram = (depth: number): number => {
      const sizer = sizerFor('redis-7.2', { settings: { 'list-compress-depth': depth } })
      return price(sizer, 'list', large).ramBytes
    }
    const sizer = sizerFor('redis-7.2', { settings: { 'list-compress-depth': 1 } })
    sizer.rows = []
    price(sizer, 'list', large)
    expect(sizer.list.nodeCount).toBe(4)
    const saved = keyAllocations(sizer).find((row) => row.what.startsWith('saved'))
    expect(saved?.count).toBe(2)
    expect(ram(1)).toBe(ram(0) + saved!.givenBytes)
    expect(ram(1)).toBeLessThan(ram(0) * 0.75)
    // First and last two of four nodes stay as they are.
    expect(ram(2)).toBe(ram(0))
  })

  it('are estimated where an inner node is too large to be compressed here', () => {
    const sizer = sizerFor('redis-7.0', { settings: { 'list-compress-depth': 1 } })
    const huge = 'y'.repeat(1 << 20)
    expect(price(sizer, 'list', { list: [huge, 'small', huge] }).estimated).toBe(false)
    expect(price(sizer, 'list', { list: ['small', huge, 'small'] }).estimated).toBe(true)
    expect(price(sizer, 'list', { list: ['small', 'y'.repeat(1 << 19), 'small'] }).estimated).toBe(false)
  })
})

describe('sets', () => {
  it('become listpacks only on servers that know them', () => {
    const value: Value = { set: ['1', '2', 'three'] }
    const encodings = ['redis-7.0', 'redis-7.2', 'valkey-8.0'].map((id) => encodingOf(price(sizerFor(id), 's', value)))
    expect(encodings).toEqual(['hashtable', 'listpack', 'listpack'])
  })

  it('keep the room of the integers they began with', () => {
    const sizer = price(sizerFor('redis-8.6'), 's', { set: ['9000000000', '1', '2', '3', 'a'] })
    const packed = sizer.memoryUsageBytes - sizer.costs.keyUsage(1, 0)
    // Four integers at ten bytes each and the header, though they fit into less.
    expect(packed).toBe(7 + 4 * 10)
  })
})

describe('thresholds', () => {
  const hash: Value = { hash: many(20, (i) => `f${i}`).map((field) => [field, 'v'] as const) }

  it('decide element by element', () => {
    const encoding = (settings: object): string => encodingOf(price(sizerFor('redis-7.2', { settings }), 'h', hash))
    expect(encoding({})).toBe('listpack')
    expect(encoding({ 'hash-max-listpack-entries': 19 })).toBe('hashtable')
    expect(encoding({ 'hash-max-listpack-value': 2 })).toBe('hashtable')
    expect(encoding({ 'hash-max-listpack-value': 3 })).toBe('listpack')
  })

  it('hold for sorted sets, by member length', () => {
    const zset: Value = {
      zset: [
        ['a', 1],
        ['x'.repeat(65), 2],
      ],
    }
    expect(encodingOf(price(sizerFor('redis-7.2'), 'z', zset))).toBe('skiplist')
    const settings = { 'zset-max-listpack-value': 65 }
    expect(encodingOf(price(sizerFor('redis-7.2', { settings }), 'z', zset))).toBe('listpack')
  })
})

describe('results of one key', () => {
  it('do not leak into the next', () => {
    const sizer = sizerFor('redis-7.4')
    const first = { ...snapshot(price(sizer, 'a', { string: 'x'.repeat(100) })) }
    const others: Value[] = [
      { zset: many(200, (i) => `m${i}`).map((member, i) => [member, i] as const) },
      { expiringHash: many(600, (i) => `f${i}`).map((field, i) => [field, 'v', 2e12 + i * 1e6] as const) },
      { list: many(3000, (i) => `e${i}`) },
      { stream: { field: 'f', entries: [[1, 1, 'v']], groups: [{ name: 'g', consumers: { c: 1 } }] } },
    ]
    for (const value of others) price(sizer, 'b', value, 2e12)
    expect(snapshot(price(sizer, 'a', { string: 'x'.repeat(100) }))).toEqual(first)
  })

  function snapshot(sizer: ReturnType<typeof sizerFor>): object {
    const { ramBytes, requestedBytes, memoryUsageBytes, payloadBytes, longestElementBytes, estimated, encoding } = sizer
    return { ramBytes, requestedBytes, memoryUsageBytes, payloadBytes, longestElementBytes, estimated, encoding }
  }
})

describe('streams', () => {
  it('take no less for pending entries beyond those that are looked at one by one', () => {
    const pending = (count: number) => {
      const entries = Array.from({ length: count }, (_, i) => [1_700_000_000_000 + i, 0, 1] as const)
      const sizer = price(sizerFor('redis-8.6'), 's', {
        stream: { entries, field: 'f', groups: [{ name: 'g', consumers: { c: count } }] },
      })
      return { perEntry: sizer.ramBytes / count, estimated: sizer.estimated }
    }
    const [all, more] = [pending(100_000), pending(300_000)]
    expect([all.estimated, more.estimated]).toEqual([false, true])
    expect(Math.abs(more.perEntry / all.perEntry - 1)).toBeLessThan(0.02)
  })
})

describe('Redis 8.2 and 8.4', () => {
  const hash: Value = { hash: many(600, (i) => `f${i}`).map((field) => [field, 'z'.repeat(100)]) }
  const set: Value = { set: many(1000, (i) => `member:${i}`) }
  const zset: Value = { zset: many(1000, (i) => `m${i}`).map((member, i) => [member, i]) }
  const pending: Value = {
    stream: {
      entries: Array.from({ length: 10 }, (_, i) => [i + 1, 0, i + 1]),
      field: 'f',
      groups: [{ name: 'g', consumers: { c: 5 } }],
    },
  }
  const usage = (id: string, value: Value): number => price(sizerFor(id), 'key', value).memoryUsageBytes
  const ram = (id: string, value: Value): number => price(sizerFor(id), 'key', value).ramBytes

  // On 8.0 a key takes entry, sds and robj (24 + 8 + 16), on 8.2 one block of 24.
  it('have dict entries for hashes and sorted sets, which 8.6 keeps in the buckets', () => {
    for (const value of [hash, zset]) {
      expect(ram('redis-8.2', value)).toBe(ram('redis-8.0', value) - 24)
      expect(ram('redis-8.6', value)).toBeLessThan(ram('redis-8.4', value) - 20 * 600)
    }
    expect(ram('redis-8.2', set)).toBe(ram('redis-8.0', set) - 24)
  })

  it('count 16 bytes for those of a sorted set on 8.2, and the whole entry on 8.4', () => {
    expect(usage('redis-8.2', hash)).toBe(usage('redis-8.0', hash) - 24)
    expect(usage('redis-8.2', set)).toBe(usage('redis-8.0', set) - 24)
    expect(usage('redis-8.2', zset)).toBe(usage('redis-8.0', zset) - 24 - 8 * 1000)
    // Members of 2, 3 and 4 bytes count as requested: 4, 5 and 6 bytes of the 8 that they get.
    expect(usage('redis-8.4', zset)).toBe(usage('redis-8.0', zset) - 24 + 8 - (10 * 4 + 90 * 3 + 900 * 2))
  })

  it('keep keys and expiries in the buckets of their tables', () => {
    const counts = { keys: 1000, expires: 1000 }
    const overhead = (id: string) => databaseOverhead(sizerFor(id).target, counts).totalBytes
    expect(overhead('redis-8.2')).toBe(overhead('redis-8.6'))
    expect(overhead('redis-8.2')).toBeLessThan(overhead('redis-8.0') - 10 * 1000)
  })

  it('know which groups have an entry pending, and from 8.4 on how large a stream is', () => {
    // Longer stream and 5 longer NACKs; trees are guessed as before.
    expect(usage('redis-8.2', pending)).toBe(usage('redis-8.0', pending) - 24 + 32 + 5 * 8)
    // A list with one node for each pending entry (48 + 24), and the tree in front of them.
    expect(ram('redis-8.2', pending)).toBeGreaterThan(ram('redis-8.0', pending) - 24 + 32 + 5 * (8 + 72))
    expect(usage('redis-8.4', pending)).toBeLessThan(usage('redis-8.2', pending) / 3)
    const sizer = price(sizerFor('redis-8.4'), 'key', pending)
    expect(sizer.estimated).toBe(true)
  })
})
