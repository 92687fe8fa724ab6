import { describe, expect, it } from 'vitest'
import { EXPIRING_HASH, GatheredHashes, noPairs } from '../../../src/memory/gathered-hash.js'
import { ShapeKey } from '../../../src/memory/shape-pricer.js'
import { ShapeString } from '../../../src/memory/shape-string.js'
import { KeySizer } from '../../../src/memory/sizer.js'
import { crc32 } from '../../../src/optimizations/crc32.js'
import { drawnPrice } from '../../../src/optimizations/drawn-buckets.js'
import { CellRoom, PairCells } from '../../../src/optimizations/pair-cells.js'
import { StringHashes } from '../../../src/optimizations/string-hashes.js'
import { type Command, measureCommands, predict, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'
import { targetById } from '../../helpers/targets.js'

const COUNT = 30_000

function* items(): Generator<{ id: number; value: string; long: boolean; expires: boolean }> {
  for (let i = 0; i < COUNT; i++) {
    const long = i % 97 === 0 && i % 3 !== 0
    const value = i % 3 === 0 ? String(i * 17) : `media ${(i * 31) % 1000}${long ? 'x'.repeat(80) : ''}`
    yield { id: 1_155_000 + i * 3, value, long, expires: i % 50 === 7 }
  }
}

function* asStrings(): Generator<Command> {
  for (const { id, value, expires } of items()) {
    yield ['SET', `media:${id}`, value, ...(expires ? ['EX', 100_000] : [])]
  }
}

function* asFields(takesLong: boolean, hashOf: (key: string) => string): Generator<Command> {
  for (const { id, value, long, expires } of items()) {
    if (expires) yield ['SET', `media:${id}`, value, 'EX', 100_000]
    else if (long && !takesLong) yield ['SET', `media:${id}`, value]
    else yield ['HSET', hashOf(`media:${id}`), id, value]
  }
}

function bucketOf(key: string, buckets: number): number {
  const bytes = new TextEncoder().encode(key)
  return crc32(bytes, 0, bytes.length) % buckets
}

describeWithRedis('strings in hashes against redis-server', () => {
  it('bucket-strings chooses how many, and predicts what they take', async () => {
    await withDump(asStrings(), async (path) => {
      const result = await predict(path, 'bucket-strings')
      const { buckets, largestBucket, name } = result.groups[0]!
      expect(Number(largestBucket)).toBeLessThanOrEqual(512)
      const after = await measureCommands(asFields(false, (key) => `${name}${bucketOf(key, Number(buckets))}`))
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.001)
      expect(result.assumptions.join('\n')).toContain('600 keys with an expiry stay strings (media:{int})')
    })
  })

  it('bucket-strings keeps to the largest bucket allowed', async () => {
    await withDump(asStrings(), async (path) => {
      const result = await predict(path, 'bucket-strings', { entries: '100' })
      const { buckets, largestBucket, name } = result.groups[0]!
      expect(Number(largestBucket)).toBeLessThanOrEqual(100)
      const after = await measureCommands(asFields(false, (key) => `${name}${bucketOf(key, Number(buckets))}`))
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.001)
    })
  })

  it('strings-to-hash predicts one large hash, long values included', async () => {
    await withDump(asStrings(), async (path) => {
      const result = await predict(path, 'strings-to-hash')
      const after = await measureCommands(asFields(true, () => 'media'))
      expect(Math.abs(result.usedMemoryAfter / after - 1)).toBeLessThan(0.001)
    })
  })
})

describe('pairs of a group', () => {
  const pair = { pairs: 1, longPairs: 0, packedBytes: 12, givenBytes: 64, usageBytes: 64, expiring: 0 }

  it.each([1000, 50_000])('%i of them can be laid out in any number of hashes that they divide into', (count) => {
    const cells = new PairCells(new CellRoom(null))
    for (let i = 0; i < count; i++) cells.add(Math.imul(i, 0x9e3779b1) >>> 0, pair)
    for (const hashes of [1, 7, 36, 55_440]) {
      expect(cells.dividesInto(hashes)).toBe(true)
      const sums = cells.folded(hashes)
      const wanted = new Float64Array(hashes)
      for (let i = 0; i < count; i++) wanted[(Math.imul(i, 0x9e3779b1) >>> 0) % hashes]!++
      expect([...sums.pairs]).toEqual([...wanted])
      expect([...sums.packedBytes]).toEqual([...wanted].map((pairs) => 12 * pairs))
    }
    expect(cells.dividesInto(13)).toBe(count === 1000)
  })

  it('are priced by a draw where there are too many hashes to keep apart', () => {
    const hashes = new GatheredHashes(targetById('redis-7.4'))
    const group = new StringHashes(0, 0, 1, 0, 0)
    group.cells = new PairCells(new CellRoom(null))
    for (let i = 0; i < 400_000; i++) {
      const value = i % 5 === 0 ? 30 : 5 + (i % 9)
      const name = new TextEncoder().encode(`item:${i}`)
      group.cells.add(crc32(name, 0, name.length), hashes.addPair(7, 1_000_000 + i, value, Number.NaN, false))
    }
    const sums = group.cells.folded(3960)
    let exact = 0
    let usage = 0
    for (let i = 0; i < 3960; i++) {
      const [pairs, packedBytes, givenBytes] = [sums.pairs[i]!, sums.packedBytes[i]!, sums.givenBytes[i]!]
      exact += hashes.price(10, false, { ...noPairs(), pairs, packedBytes, givenBytes, usageBytes: givenBytes })
      usage += hashes.memoryUsageBytes
    }
    const drawn = drawnPrice(hashes, group, 3960, false, () => 10)
    expect(Math.abs(drawn.ramBytes / exact - 1)).toBeLessThan(0.01)
    expect(Math.abs(drawn.usageBytes / usage - 1)).toBeLessThan(0.01)
    expect(Math.abs(drawn.keys - 3960)).toBeLessThan(10)
  })
})

describe('gathered hashes whose fields expire', () => {
  it.each(['redis-7.4', 'redis-8.6', 'valkey-9.1'])('cost on %s what hashes in a dump cost', (id) => {
    const target = targetById(id)
    const hashes = new GatheredHashes(target)
    const sizer = new KeySizer(target)
    const [field, value] = [new ShapeString(), new ShapeString()]
    for (const count of [1, 5, 100, 512, 600]) {
      const sums = noPairs()
      const key = new ShapeKey().set('hash', 12, false)
      key.layout = EXPIRING_HASH
      key.elements = count
      sizer.begin(key)
      sizer.count(count)
      let expiring = 0
      for (let i = 0; i < count; i++) {
        const expires = i % 2 === 0
        if (expires) expiring++
        const pair = hashes.addPair(8, Number.NaN, 20, Number.NaN, expires)
        sums.pairs++
        sums.packedBytes += pair.packedBytes
        sums.givenBytes += pair.givenBytes
        sums.usageBytes += pair.usageBytes
        sums.expiring += pair.expiring
        sizer.field(field.set(8, Number.NaN), value.set(20, Number.NaN), expires ? 1.9e12 + 30_000 * i : -1)
      }
      sizer.end(key)
      const last = 1.9e12 + 30_000 * 2 * (expiring - 1)
      expect(hashes.price(12, false, sums, 1.9e12, last), `${count} fields`).toBe(sizer.ramBytes)
      expect(hashes.memoryUsageBytes, `MEMORY USAGE, ${count} fields`).toBe(sizer.memoryUsageBytes)
    }
  })
})
