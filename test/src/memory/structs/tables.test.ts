import { describe, expect, it } from 'vitest'
import { allocators } from '../../../../src/memory/allocators/index.js'
import { chainedEntries, DictLoad, type DictRules, dictBuckets } from '../../../../src/memory/structs/dict.js'
import {
  bucketRoom,
  childBuckets,
  expectedChildBuckets,
  HashtableLoad,
  hashtableBuckets,
} from '../../../../src/memory/structs/hashtable.js'
import { expectedNodeBytes } from '../../../../src/memory/structs/skiplist.js'
import { VsetSize } from '../../../../src/memory/structs/vset.js'

const OLD: DictRules = { grows: 'double-used', refusesSmaller: false, replacesEmpty: false }
const NEW: DictRules = { grows: 'used-plus-one', refusesSmaller: true, replacesEmpty: true }

describe('dict', () => {
  it('has a power of two of buckets, four at least', () => {
    expect([0, 1, 4, 5, 1024, 1025].map(dictBuckets)).toEqual([4, 4, 4, 8, 1024, 2048])
  })

  it('needs no second table when it is told the size', () => {
    const load = new DictLoad(NEW)
    load.expand(1000)
    load.add(1000)
    expect([load.buckets, load.nextBuckets, load.uncertain]).toEqual([1024, 0, false])
  })

  it('has two tables until the old one is moved, bucket by bucket', () => {
    const load = new DictLoad(OLD)
    load.add(513)
    expect([load.buckets, load.nextBuckets]).toEqual([512, 1024])
    // 63 % of 512 buckets were in use when the move began.
    load.add(250)
    expect(load.nextBuckets).toBe(1024)
    load.add(150)
    expect([load.buckets, load.nextBuckets, load.used]).toEqual([1024, 0, 913])
  })

  it('is the same whether entries come one by one or all at once', () => {
    for (const entries of [3, 5, 6, 9, 17, 100, 333, 800, 1300, 5000]) {
      const together = new DictLoad(NEW)
      together.add(entries)
      const single = new DictLoad(NEW)
      for (let i = 0; i < entries; i++) single.add(1)
      expect([single.buckets, single.nextBuckets]).toEqual([together.buckets, together.nextBuckets])
    }
  })

  it('is as likely finished as a table filled at random is', () => {
    for (const entries of [700, 900]) {
      let finished = 0
      for (let seed = 0; seed < 20; seed++) if (movesAreDone(512, entries, seed)) finished++
      const load = new DictLoad(NEW)
      load.add(entries)
      expect(load.nextBuckets === 0, `${entries} entries`).toBe(finished > 10)
    }
  })

  it('chains fewer entries the larger its table is', () => {
    expect(chainedEntries(2, 1)).toBe(1)
    expect(chainedEntries(1000, 1024)).toBeCloseTo(361.5, 0)
    expect(chainedEntries(1000, 1_000_000)).toBeLessThan(1)
  })
})

/** Fills a table of `buckets` at random, then adds up to `entries`: each add moves one bucket that is in use. */
function movesAreDone(buckets: number, entries: number, seed: number): boolean {
  let state = seed * 2654435761 + 1
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * below)
  }
  const used = new Set<number>()
  for (let i = 0; i < buckets; i++) used.add(random(buckets))
  return entries - buckets - 1 >= used.size
}

describe('hashtable of Valkey', () => {
  const wide = bucketRoom(8)
  const narrow = bucketRoom(4)

  it('doubles at 6, 12, 25, 51, 102 ... entries', () => {
    const largest = [6, 12, 25, 51, 102, 204, 409, 819, 1638]
    largest.forEach((entries, power) => {
      expect(hashtableBuckets(entries, wide)).toBe(2 ** power)
      expect(hashtableBuckets(entries + 1, wide)).toBe(2 ** (power + 1))
    })
  })

  it('has more entries in a bucket where pointers are short', () => {
    expect([10, 11, 21, 22].map((entries) => hashtableBuckets(entries, narrow))).toEqual([1, 2, 2, 4])
  })

  it('holds 6c + 7 entries in a chain of c children', () => {
    expect([7, 8, 13, 14, 19].map((entries) => childBuckets(entries, wide))).toEqual([0, 1, 1, 2, 2])
    expect([12, 13, 23, 24].map((entries) => childBuckets(entries, narrow))).toEqual([0, 1, 1, 2])
  })

  it('has the children that random placing gives', () => {
    const [entries, buckets] = [819, 128]
    let sum = 0
    let state = 7
    for (let round = 0; round < 200; round++) {
      const loads = new Array<number>(buckets).fill(0)
      for (let i = 0; i < entries; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0
        loads[Math.floor((state / 4294967296) * buckets)]!++
      }
      sum += loads.reduce((total, load) => total + childBuckets(load, wide), 0)
    }
    expect(expectedChildBuckets(entries, buckets, wide)).toBeCloseTo(sum / 200, -1)
    expect(expectedChildBuckets(7, 2, wide)).toBe(0)
    expect(expectedChildBuckets(8, 1, wide)).toBe(1)
  })

  it('moves one bucket with each insert', () => {
    const load = new HashtableLoad(wide)
    load.add(449)
    expect([load.buckets, load.nextBuckets]).toEqual([64, 128])
    load.add(62)
    expect(load.nextBuckets).toBe(128)
    load.add(2)
    expect([load.buckets, load.nextBuckets, load.used]).toEqual([128, 0, 513])
  })
})

describe('skiplist nodes', () => {
  it('take 45.83646 bytes on average, 53.33646 with quantum 16, 26.66823 on 32 bit', () => {
    expect(expectedNodeBytes(allocators.jemalloc, 24, 16)).toBeCloseTo(45.83646, 4)
    expect(expectedNodeBytes(allocators['jemalloc-16'], 24, 16)).toBeCloseTo(53.33646, 4)
    expect(expectedNodeBytes(allocators.jemalloc, 16, 8)).toBeCloseTo(26.66823, 4)
  })
})

describe('index of field expiries in Valkey 9', () => {
  const size = (expiries: readonly number[]): VsetSize => {
    const vset = new VsetSize(allocators.jemalloc, 8)
    for (const ms of expiries) vset.add(ms)
    vset.finish()
    return vset
  }
  const same = (count: number): number[] => new Array<number>(count).fill(1_800_000_000_000)

  it('is nothing for one field, a vector for up to 127', () => {
    expect(size(same(1)).givenBytes).toBe(0)
    expect(size(same(2)).givenBytes).toBe(24)
    expect(size(same(127)).givenBytes).toBe(1024)
  })

  it('is a hash table for many fields with one time, and buckets by time for many times', () => {
    expect(size(same(513)).blocks).toBeGreaterThan(3)
    const spread = size(Array.from({ length: 1000 }, (_, i) => 1_800_000_000_000 + i * 60_000))
    // One bucket of its own per expiry: only tree nodes.
    expect(spread.blocks).toBeGreaterThan(1000)
    expect(spread.estimated).toBe(false)
  })

  it('stays bounded for millions of fields', () => {
    const vset = size(Array.from({ length: 100_000 }, (_, i) => 1_800_000_000_000 + i))
    expect(vset.estimated).toBe(true)
    expect(vset.givenBytes).toBeGreaterThan(500_000)
  })
})
