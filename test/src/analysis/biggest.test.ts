import { describe, expect, it } from 'vitest'
import type { BigKey } from '../../../reports/report.js'
import { bigKeyPreset, bigKeyPresets, parseBigKeyLimits } from '../../../src/analysis/big-key-limits.js'
import { Biggest, type BiggestResult } from '../../../src/analysis/biggest.js'
import { Patterns } from '../../../src/analysis/patterns.js'
import { eachBlock } from '../../../src/analysis/row-block.js'
import { TYPES } from '../../../src/batch.js'
import { UnitError } from '../../../src/units.js'
import { batchOf, type KeySpec, seeded } from '../../helpers/batches.js'
import { targetById } from '../../helpers/targets.js'

const redis = targetById('redis-7.4')

function biggestOf(keys: readonly KeySpec[], preset = bigKeyPreset(), kept = 5, target = redis): BiggestResult {
  const biggest = new Biggest(kept, preset)
  const patterns = new Patterns()
  eachBlock(batchOf(keys), (block) => patterns.add(block, (sums) => biggest.add(sums)))
  return biggest.result(target)
}

/** A key with a value of so many bytes. */
function withValue(bytes: number, spec: Partial<KeySpec> & { readonly key: string }): KeySpec {
  return { payloadBytes: spec.key.length + bytes, ramBytes: bytes + 64, ...spec }
}

function only(key: KeySpec, target = redis): BigKey {
  const result = biggestOf([key], bigKeyPreset(), 5, target)
  return result.bigKeys[0] ?? result.largest[0]!.byBytes[0]!
}

describe('largest keys', () => {
  it('are the largest of each type, by bytes and by elements', () => {
    const { largest } = biggestOf(
      [
        { key: 's1', ramBytes: 300 },
        { key: 's2', ramBytes: 200 },
        { key: 's3', ramBytes: 400 },
        { key: 'h1', type: 'hash', ramBytes: 900, elements: 2 },
        { key: 'h2', type: 'hash', ramBytes: 100, elements: 9 },
      ],
      bigKeyPreset(),
      2,
    )
    expect(
      largest.map((row) => [row.type, row.byBytes.map(({ key }) => key), row.byElements.map(({ key }) => key)]),
    ).toEqual([
      ['hash', ['h1', 'h2'], ['h2', 'h1']],
      ['string', ['s3', 's1'], []],
    ])
  })

  it('are those that a sort of all keys gives', () => {
    const random = seeded(3)
    const keys = Array.from({ length: 2000 }, (_, i) => ({
      key: `k${Math.floor(random() * 500)}`,
      db: Math.floor(random() * 3),
      offset: i,
      ramBytes: 64 + 16 * Math.floor(random() * 40),
    }))
    const sorted = [...keys].sort(
      (a, b) =>
        b.ramBytes - a.ramBytes || a.db - b.db || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) || a.offset - b.offset,
    )
    const { largest } = biggestOf(keys, bigKeyPreset(), 50)
    expect(largest[0]!.byBytes.map(({ key, db, offset, ramBytes }) => ({ key, db, offset, ramBytes }))).toEqual(
      sorted.slice(0, 50).map(({ key, db, offset, ramBytes }) => ({ key, db, offset, ramBytes })),
    )
  })

  it('have no reasons and no advice while they are small', () => {
    expect(only({ key: 'k', ramBytes: 100 })).toMatchObject({ reasons: [], advice: [], freeEffort: 1 })
  })
})

describe('big keys', () => {
  it('are strings over 10 KiB, collections of 10,000 elements or over 100 KiB', () => {
    const { bigKeys, summary } = biggestOf(
      [
        withValue(10_240, { key: 'string at the limit' }),
        withValue(10_241, { key: 'string over it' }),
        withValue(20_000, { key: 'hash below', type: 'hash', elements: 9_999 }),
        withValue(30_000, { key: 'hash of many fields', type: 'hash', elements: 10_000 }),
        withValue(102_401, { key: 'list of many bytes', type: 'list', elements: 3 }),
      ],
      bigKeyPreset(),
      10,
    )
    expect(bigKeys.map(({ key }) => key)).toEqual(['list of many bytes', 'hash of many fields', 'string over it'])
    expect(bigKeys.map(({ reasons }) => reasons)).toEqual([
      ['holds 102,401 bytes, the limit is 102,400'],
      ['has 10,000 fields, the limit is 10,000'],
      ['holds 10,241 bytes, the limit is 10,240'],
    ])
    expect(summary).toMatchObject({ preset: 'default', flaggedKeys: 3 })
    expect(summary.byType.map(({ type, keys }) => [type, keys])).toEqual([
      ['list', 1],
      ['hash', 1],
      ['string', 1],
    ])
  })

  it('count all that are flagged, and list as many as are kept', () => {
    const keys = Array.from({ length: 100 }, (_, i) => withValue(20_000 + i, { key: `k${i}` }))
    const { bigKeys, summary } = biggestOf(keys)
    expect(bigKeys.map(({ key }) => key)).toEqual(['k99', 'k98', 'k97', 'k96', 'k95'])
    expect(summary.flaggedKeys).toBe(100)
    expect(summary.flaggedRamBytes).toBe(keys.reduce((sum, key) => sum + key.ramBytes!, 0))
  })

  it('follow the preset and what is set beside it', () => {
    const key = withValue(6_000_000, { key: 'h', type: 'hash', elements: 10, longestElementBytes: 3000 })
    expect(biggestOf([key], bigKeyPreset('redisinsight')).bigKeys[0]!.reasons).toEqual([
      'takes 5.72 MiB, the limit is 4.77 MiB',
    ])
    expect(biggestOf([key], bigKeyPreset('alibaba')).bigKeys).toEqual([])
    const custom = bigKeyPreset('alibaba', { hash: { elementBytes: 1024 } })
    expect(biggestOf([key], custom).bigKeys[0]!.reasons).toEqual([
      'its longest element has 2.93 KiB, the limit is 1.00 KiB',
    ])
    expect(custom.limits.hash).toEqual({ bytes: null, elements: 5000, elementBytes: 1024 })
  })

  it('have limits that are read from text', () => {
    expect(parseBigKeyLimits('hash.elements=5000, string.bytes=1MB,hash.element_bytes=10KB,set.bytes=none')).toEqual({
      hash: { elements: 5000, elementBytes: 10_240 },
      string: { bytes: 1_048_576 },
      set: { bytes: null },
    })
    for (const text of ['hash', 'hash.size=3', 'table.bytes=3', 'hash.bytes=many', '']) {
      expect(() => parseBigKeyLimits(text)).toThrow(UnitError)
    }
  })

  it('have limits for every type in every preset', () => {
    for (const [id, preset] of Object.entries(bigKeyPresets)) {
      expect(preset.id).toBe(id)
      expect(Object.keys(preset.limits)).toEqual([...TYPES])
    }
  })
})

describe('what to do about a big key', () => {
  const bigHash = withValue(155_000_000, {
    key: 'cart',
    type: 'hash',
    encoding: 'hashtable',
    elements: 1_204_551,
    longestElementBytes: 61,
  })

  it('tells what deleting and reading it costs', () => {
    const { freeEffort, deleteMs, replyBytes } = only(bigHash)
    expect(freeEffort).toBe(1_204_551)
    expect(deleteMs).toBeGreaterThan(300)
    expect(deleteMs).toBeLessThan(2000)
    expect(replyBytes).toBeGreaterThan(155_000_000 + 2 * 1_204_551 * 6)
    expect(replyBytes).toBeLessThan(155_000_000 + 2 * 1_204_551 * 8)
  })

  it('gives commands that do not block', () => {
    const { advice } = only(bigHash)
    expect(advice.join('\n')).toContain('HSCAN <key> 0 COUNT 500')
    expect(advice.join('\n')).toContain('UNLINK <key>')
    expect(advice.join('\n')).toMatch(
      /Split it into 2,76\d keys .*crc32\(field\) mod 276\d: each stays packed, with at most 512/,
    )
  })

  it('does not name commands the server does not have', () => {
    const { advice } = only({ ...bigHash, memoryUsageBytes: -1 }, targetById('redis-3.2'))
    expect(advice.join('\n')).not.toContain('Delete it with UNLINK')
    expect(advice.join('\n')).toContain('HSCAN <key> 0 COUNT 500 and HDEL in a loop')
  })

  it('counts nodes of lists, not elements', () => {
    const list = withValue(1_000_000, { key: 'l', type: 'list', elements: 20_000 })
    expect(only(list).freeEffort).toBe(Math.ceil((1_000_000 + 40_000) / 8192))
    const settings = { 'list-max-listpack-size': 128 }
    expect(only(list, targetById('redis-7.4', { settings })).freeEffort).toBe(Math.ceil(20_000 / 128))
  })

  it('frees a string of any size in one step', () => {
    expect(only(withValue(200_000_000, { key: 's', encoding: 'raw' }))).toMatchObject({
      freeEffort: 1,
      replyBytes: 200_000_000 + '$200000000\r\n\r\n'.length,
    })
  })
})
