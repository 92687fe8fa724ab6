import { describe, expect, it } from 'vitest'
import { type RdbKey, RdbString, type RedisType } from '../../parsers/index.js'
import { KeyBatch } from '../../src/batch.js'
import { type FilterOptions, KeyFilter } from '../../src/filters.js'

const NOW = Date.UTC(2026, 10, 19)
const HOUR = 3_600_000

function key(name: string | Uint8Array, facts: { db?: number; type?: RedisType; expiresAtMs?: number } = {}): RdbKey {
  const text = new RdbString()
  const bytes = typeof name === 'string' ? new TextEncoder().encode(name) : name
  text.setRaw(bytes, 0, bytes.length, bytes.length + 1)
  return {
    db: facts.db ?? 0,
    key: text,
    layout: { typeId: 0, name: 'string', redisType: facts.type ?? 'string' },
    expiresAtMs: facts.expiresAtMs ?? -1,
    idleSeconds: -1,
    freq: -1,
    offset: 0,
    announcedSlot: -1,
    rdbBytes: 0,
    elements: 0,
    damage: null,
  }
}

function accepts(options: FilterOptions, tested: RdbKey): boolean {
  return new KeyFilter(options, NOW).acceptsKey(tested)
}

describe('KeyFilter, before the value', () => {
  it('accepts all without options', () => {
    expect(new KeyFilter({}, NOW).acceptsAll).toBe(true)
    expect(new KeyFilter({ db: [], match: [] }, NOW).acceptsAll).toBe(true)
    expect(accepts({}, key('a'))).toBe(true)
  })

  it('asks for database and type', () => {
    expect(accepts({ db: [1, 15] }, key('a', { db: 15 }))).toBe(true)
    expect(accepts({ db: [1, 15] }, key('a'))).toBe(false)
    expect(accepts({ type: ['hash', 'zset'] }, key('a', { type: 'zset' }))).toBe(true)
    expect(accepts({ type: ['hash', 'zset'] }, key('a'))).toBe(false)
  })

  it('keeps names that fit any pattern and none of the excluded ones', () => {
    const options = { match: ['user:*'], matchRe: ['^cart:\\d+$'], exclude: ['*:tmp'], excludeRe: ['secret'] }
    expect(accepts(options, key('user:1'))).toBe(true)
    expect(accepts(options, key('cart:17'))).toBe(true)
    expect(accepts(options, key('cart:x'))).toBe(false)
    expect(accepts(options, key('user:1:tmp'))).toBe(false)
    expect(accepts(options, key('user:secret'))).toBe(false)
    expect(accepts({ exclude: ['a*'] }, key('b'))).toBe(true)
  })

  it('gives expressions the text of UTF-8 names and one character per byte of others', () => {
    expect(accepts({ matchRe: ['^ключ.$'] }, key('ключ1'))).toBe(true)
    expect(accepts({ matchRe: ['^\\x80\\xff$'] }, key(Uint8Array.of(0x80, 0xff)))).toBe(true)
  })

  it('does not carry the state of a sticky or global expression from key to key', () => {
    const filter = new KeyFilter({ matchRe: [/a/g] }, NOW)
    expect(filter.acceptsKey(key('a'))).toBe(true)
    expect(filter.acceptsKey(key('a'))).toBe(true)
  })

  it('knows names that are stored as integers', () => {
    const number = key('')
    number.key.setInt32(12345, 5)
    expect(accepts({ match: ['123*'] }, number)).toBe(true)
  })

  it.each([
    ['none', -1, true],
    ['none', NOW, false],
    ['any', -1, false],
    ['any', NOW - HOUR, true],
    ['expired', NOW - 1, true],
    ['expired', NOW, false],
    ['expired', -1, false],
    ['now~1h', NOW + HOUR, true],
    ['now~1h', NOW + HOUR + 1, false],
    ['now~inf', NOW - 1, false],
    ['~2026-01-01', Date.UTC(2025, 1, 1), true],
    ['30d~', NOW + 29 * 24 * HOUR, false],
  ])('--ttl %s on %d is %s', (ttl, expiresAtMs, expected) => {
    expect(accepts({ ttl }, key('a', { expiresAtMs }))).toBe(expected)
  })

  it('judges "expired" by the time of the dump once that is known', () => {
    const filter = new KeyFilter({ ttl: 'expired' }, NOW)
    filter.setNow(NOW - HOUR)
    expect(filter.acceptsKey(key('a', { expiresAtMs: NOW - 1 }))).toBe(false)
  })

  it.each([
    [{ ttl: 'soon' }, /"soon" is not a range/],
    [{ ttl: '7d~1d' }, /empty range of time/],
    [{ matchRe: ['('] }, /"\(" is not a regular expression/],
    [{ minBytes: 2, maxBytes: 1 }, /--min-bytes is larger/],
  ])('refuses %j', (options, message) => {
    expect(() => new KeyFilter(options, NOW)).toThrow(message)
  })
})

describe('KeyFilter, after the value', () => {
  it('asks for the size in memory', () => {
    const batch = new KeyBatch(3)
    batch.ramBytes.set([10, 100, 1000])
    const filter = new KeyFilter({ minBytes: 100, maxBytes: 999 }, NOW)
    expect(filter.needsRow).toBe(true)
    expect([0, 1, 2].map((row) => filter.acceptsRow(batch, row))).toEqual([false, true, false])
  })
})
