import { describe, expect, it } from 'vitest'
import type { SlotsReport } from '../../../reports/report.js'
import { crc16, slotOf, untaggedSlot } from '../../../src/analysis/hash-slot.js'
import { Slots } from '../../../src/analysis/slots.js'
import { batchOf, inBatches, type KeySpec, seeded } from '../../helpers/batches.js'

const encoder = new TextEncoder()

function slotOfKey(key: string): number {
  const bytes = encoder.encode(`<${key}>`)
  return slotOf(bytes, 1, bytes.length - 1)
}

/** CRC-16 XMODEM bit by bit, as the specification writes it. */
function plainCrc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}

function slotsOf(keys: readonly KeySpec[], top = 10): SlotsReport {
  const slots = new Slots()
  slots.add(batchOf(keys))
  return slots.result(top)
}

describe('hash slots', () => {
  it.each([
    // CLUSTER KEYSLOT of a real server.
    ['foo', 12182],
    ['123456789', 12739],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['', 0],
  ])('are those of the server: %s', (key, slot) => {
    expect(slotOfKey(key)).toBe(slot)
  })

  it('take only the first tag, and only when it is not empty and closed', () => {
    expect(slotOfKey('{a}{b}')).toBe(slotOfKey('a'))
    expect(slotOfKey('x{{a}}y')).toBe(slotOfKey('{a'))
    for (const key of ['x{}y{a}', 'x{a', 'x}a{']) {
      expect(slotOfKey(key)).toBe(plainCrc16(encoder.encode(key)) & 16383)
    }
  })

  it('agree with the plain CRC for names of every length', () => {
    const random = seeded(9)
    const bytes = Uint8Array.from({ length: 300 }, () => Math.floor(random() * 256))
    for (let end = 0; end <= 300; end++) expect(crc16(bytes, 0, end)).toBe(plainCrc16(bytes.subarray(0, end)))
    expect(untaggedSlot(bytes, 0, 33)).toBe(-1)
  })
})

describe('keys by slot', () => {
  it('tell the heaviest slots and hash tags', () => {
    const report = slotsOf([
      { key: 'foo', ramBytes: 100 },
      { key: '{foo}1', ramBytes: 200 },
      { key: '{foo}2', ramBytes: 300 },
      { key: 'bar', ramBytes: 200 },
    ])
    expect(report.usedSlots).toBe(2)
    expect(report.heaviest).toEqual([
      { slot: 12182, keys: 3, ramBytes: 600, timesMean: 1.5 },
      { slot: 5061, keys: 1, ramBytes: 200, timesMean: 0.5 },
    ])
    expect(report.hashTags).toEqual([{ tag: 'foo', slot: 12182, keys: 2, ramBytes: 500 }])
    expect(report.keysWithHashTag).toBe(2)
  })

  it('are dealt out to shards as redis-cli does', () => {
    const { shardPlans, strip } = slotsOf([
      { key: 'foo', ramBytes: 100 }, // 12182
      { key: 'bar', ramBytes: 200 }, // 5061
      { key: 'hello', ramBytes: 300 }, // 866
    ])
    expect(shardPlans.map(({ shards }) => shards)).toEqual([3, 6, 12, 24])
    // redis-cli --cluster create: 0-5460, 5461-10922, 10923-16383
    expect(shardPlans[0]).toEqual({
      shards: 3,
      perShard: [
        { keys: 2, ramBytes: 500 },
        { keys: 0, ramBytes: 0 },
        { keys: 1, ramBytes: 100 },
      ],
      skew: 2.5,
    })
    for (const { shards, perShard } of shardPlans) {
      expect(perShard).toHaveLength(shards)
      expect(perShard.reduce((sum, shard) => sum + shard.ramBytes, 0)).toBe(600)
    }
    expect(strip).toHaveLength(256)
    expect(strip[Math.floor(12182 / 64)]).toBe(100)
  })

  it('find heavy tags among more tags than are kept', () => {
    const slots = new Slots()
    function* keys(): Iterable<KeySpec> {
      for (let i = 0; i < 30_000; i++) {
        yield { key: `{tenant:${i}}:x`, ramBytes: 50 }
        if (i % 10 === 0) yield { key: `{heavy}:${i}`, ramBytes: 100 }
      }
    }
    inBatches(keys(), (batch) => slots.add(batch))
    const { hashTags, keysWithHashTag } = slots.result(3)
    expect(hashTags[0]).toMatchObject({ tag: 'heavy', keys: 3000, ramBytes: 300_000 })
    expect(keysWithHashTag).toBe(33_000)
  })
})
