import { describe, expect, it } from 'vitest'
import { predictDump } from '../../../scripts/measure-dump.js'
import { slotOf } from '../../../src/analysis/hash-slot.js'
import { isWriter } from '../../../src/memory/choose-target.js'
import { modelById, targetFor, targetIds, targets } from '../../../src/memory/models/index.js'
import { databaseOverhead, OverheadShare, SlotsSeen } from '../../../src/memory/overhead.js'
import { parseRedisConf, parseSettings, SettingError } from '../../../src/memory/settings.js'
import { createTarget, describeTarget } from '../../../src/memory/target.js'

const target = (id: string, cluster = false) => createTarget(modelById(id)!, { cluster })

describe('targets', () => {
  it('have distinct ids, a basis and sizes that are whole', () => {
    expect(new Set(targetIds).size).toBe(targets.length)
    for (const model of targets) {
      expect(model.basis).not.toBe('')
      for (const bits of [32, 64] as const) {
        const sizes = Object.values(createTarget(model, { bits }).structs)
        expect(sizes.every((bytes) => Number.isInteger(bytes) && bytes % (bits / 8) === 0)).toBe(true)
      }
    }
  })

  it('have the 32-bit structs that were measured on 7.2', () => {
    const { structs } = createTarget(modelById('redis-7.2')!, { bits: 32 })
    expect(structs).toMatchObject({
      robj: 12,
      dict: 28,
      dictEntry: 16,
      dictEntryNoValue: 8,
      quicklist: 20,
      quicklistNode: 20,
      zset: 8,
      zskiplist: 16,
      zskiplistNode: 16,
      zskiplistLevel: 8,
      stream: 72,
      streamCG: 32,
      streamConsumer: 24,
      streamNACK: 20,
      rax: 20,
    })
  })

  it.each([
    ['redis', '7.2.6', 'redis-7.2', false],
    ['redis', '6.0.1', 'redis-6.0', false],
    ['redis', '7.9.0', 'redis-7.4', true],
    ['redis', '2.6.17', 'redis-2.8', true],
    ['redis', '99.1.0', 'redis-8.8', true],
    ['valkey', '8.1.3', 'valkey-8.1', false],
    ['valkey', '9.2.0', 'valkey-9.1', true],
    ['keydb', '6.3.4', 'keydb-6.3', false],
  ])('%s %s is priced as %s', (server, version, id, hasNote) => {
    const chosen = targetFor({ server, version })
    expect(chosen.model.id).toBe(id)
    expect(chosen.note !== null).toBe(hasNote)
  })

  it('are chosen by the RDB version when nobody says more', () => {
    expect(targetFor({ rdbVersion: 6 }).model.id).toBe('redis-2.8')
    expect(targetFor({ server: 'redis', version: '255.255.255', rdbVersion: 12 }).model.id).toBe('redis-7.4')
    expect(targetFor({ server: 'dragonfly', version: '1.30.0', rdbVersion: 9 }).model.id).toBe('redis-6.2')
    expect(targetFor({ server: 'valkey', version: '255.255.255', rdbVersion: 80 }).model.id).toBe('valkey-9.1')
  })

  it('describe themselves in one line', () => {
    expect(describeTarget(target('redis-7.2'))).toBe('Redis 7.2, 64-bit, jemalloc as bundled (quantum 8)')
    expect(describeTarget(target('redis-8.2', true))).toContain('cluster mode, not verified')
  })
})

describe('settings', () => {
  it('are read from the command line, by old and new names', () => {
    const texts = [
      'hash-max-ziplist-entries=64',
      'list-max-listpack-size=-1',
      'maxmemory=2gb',
      'zset-max-listpack-value=1k',
    ]
    expect(parseSettings(texts)).toEqual({
      'hash-max-listpack-entries': 64,
      'list-max-listpack-size': -1,
      maxmemory: 2 ** 31,
      'zset-max-listpack-value': 1000,
    })
  })

  it('are read from a redis.conf, and the rest of it is passed over', () => {
    const conf = `# a comment
port 6379
hash-max-ziplist-value 128
maxmemory 100mb
maxmemory-policy "allkeys-lru"
save 900 1
lazyfree-lazy-user-del yes
`
    expect(parseRedisConf(conf)).toEqual({
      'hash-max-listpack-value': 128,
      maxmemory: 100 * 2 ** 20,
      'maxmemory-policy': 'allkeys-lru',
      'lazyfree-lazy-user-del': true,
    })
  })

  it.each([
    'nonsense=1',
    'hash-max-listpack-entries',
    'hash-max-listpack-entries=many',
    'hash-max-listpack-entries=8kb',
    'set-max-intset-entries=-1',
    'list-compress-depth=1k',
    'hash-max-listpack-value=-1',
    'list-max-listpack-size=8kb',
    'list-max-listpack-size=2147483648',
    'list-max-listpack-size=-2147483649',
    'maxmemory-policy=sometimes',
    'lazyfree-lazy-user-del=maybe',
  ])('refuse %s and say what is accepted', (text) => {
    expect(() => parseSettings([text])).toThrow(SettingError)
  })
})

describe('overhead of a database', () => {
  it.each([
    ['redis-6.2', 1000, 0, 8192 + 32],
    ['redis-6.2', 1000, 100, 8192 + 1024 + 100 * 24],
    ['redis-7.4', 1000, 0, 8192 + 64],
    ['redis-8.0', 1000, 0, 8192 + 2560],
    ['valkey-8.0', 1000, 1, 8192 + 80 + 32 + 80 + 24],
    ['keydb-6.3', 1000, 100, 8192],
  ])('%s, %i keys, %i with an expiry: %i bytes', (id, keys, expires, bytes) => {
    expect(databaseOverhead(target(id), { keys, expires }).totalBytes).toBe(bytes)
  })

  it('has tables per slot in a cluster', () => {
    const slots = [
      { keys: 1, expires: 0 },
      { keys: 5, expires: 1 },
    ]
    const { keysBytes, expiresBytes } = databaseOverhead(target('redis-7.4', true), { keys: 6, expires: 1, slots })
    expect([keysBytes, expiresBytes]).toEqual([64 + 32 + 64 + 64, 64 + 32 + 24])
  })

  it.each([
    ['redis-7.4', 1000],
    ['redis-8.0', 20_000],
    ['redis-8.6', 300_000],
    ['valkey-8.1', 300_000],
  ])('takes keys to be hashed into the slots when nobody says more: %s, %i keys', (id, keys) => {
    const inSlots = new Map<number, { keys: number; expires: number }>()
    for (let i = 0; i < keys; i++) {
      const name = Buffer.from(`session:${i * 7919}`)
      const slot = slotOf(name, 0, name.length)
      const counts = inSlots.get(slot) ?? { keys: 0, expires: 0 }
      inSlots.set(slot, { keys: counts.keys + 1, expires: counts.expires + (i % 3 === 0 ? 1 : 0) })
    }
    const counts = { keys, expires: Math.ceil(keys / 3) }
    const real = databaseOverhead(target(id, true), { ...counts, slots: inSlots.values() })
    const expected = databaseOverhead(target(id, true), counts)
    expect(Math.abs(expected.keysBytes / real.keysBytes - 1)).toBeLessThan(0.01)
    expect(Math.abs(expected.expiresBytes / real.expiresBytes - 1)).toBeLessThan(0.02)
  })

  it.each([
    [300, 5461],
    [20_000, 5461],
    [400_000, 100],
    [1000, 1],
  ])('is reckoned for the slots that a node has: %i keys in %i slots', (keys, owned) => {
    const inSlots = new Map<number, { keys: number; expires: number }>()
    for (let i = 0; inSlots.size === 0 || i < keys; i++) {
      const name = Buffer.from(`user:${i * 104_729}`)
      const slot = slotOf(name, 0, name.length) % owned
      inSlots.set(slot, { keys: (inSlots.get(slot)?.keys ?? 0) + 1, expires: 0 })
    }
    const seen = new SlotsSeen()
    for (const [slot, counts] of inSlots) for (let i = 0; i < counts.keys; i++) seen.add(slot)
    expect(Math.abs(seen.owned! / owned - 1)).toBeLessThan(0.2)
    const counts = { keys, expires: 0 }
    const real = databaseOverhead(target('redis-8.0', true), { ...counts, slots: inSlots.values() })
    const expected = databaseOverhead(target('redis-8.0', true), { ...counts, ownedSlots: seen.owned })
    expect(Math.abs(expected.keysBytes / real.keysBytes - 1)).toBeLessThan(0.02)
  })

  it.each(['redis-6.2', 'redis-7.0', 'redis-7.2'])(
    'is that of one table on %s, though the dump tells slot by slot',
    (model) => {
      const config = { 'cluster-enabled': 'yes' }
      const path = new URL('../../../samples/redis-7.4.1/cluster.rdb', import.meta.url).pathname
      const { target: chosen, keys, overheadBytes } = predictDump(path, { config, quantum: '8', isLibc: false, model })
      const expires = [...keys.values()].filter((key) => key.expires).length
      expect(overheadBytes).toBe(databaseOverhead(chosen, { keys: keys.size, expires }).totalBytes)
    },
  )

  it('is handed out to the keys without losing a byte', () => {
    for (const id of targetIds) {
      const share = new OverheadShare(target(id))
      share.begin({ keys: 1000, expires: 300 })
      let sum = 0
      for (let i = 0; i < 1000; i++) {
        const bytes = share.next(i % 10 < 3, i % 100 === 0)
        expect(Number.isInteger(bytes) && bytes >= 0).toBe(true)
        sum += bytes
      }
      const total = databaseOverhead(target(id), { keys: 1000, expires: 300, fieldExpiryKeys: 10 }).totalBytes
      expect(sum + share.end(), id).toBe(total)
    }
  })

  it('leaves a remainder when the dump announced nothing', () => {
    const share = new OverheadShare(target('redis-6.2'))
    share.begin(null)
    let sum = 0
    for (let i = 0; i < 1000; i++) sum += share.next(false, false)
    expect(sum + share.end()).toBe(8192 + 32)
  })
})

describe('the target', () => {
  const wrote = (server: string, bits: number | null, id: string): boolean => isWriter(target(id), { server, bits })

  it('is the writer of a dump when version and word size are the same', () => {
    expect(wrote('Redis 7.2.6', 64, 'redis-7.2')).toBe(true)
    expect(wrote('Valkey 8.1.3', null, 'valkey-8.1')).toBe(true)
    expect(wrote('KeyDB 6.3.4', 64, 'keydb-6.3')).toBe(true)
    expect(wrote('Redis 7.2.6', 32, 'redis-7.2')).toBe(false)
    expect(wrote('Redis 7.2.6', 64, 'valkey-7.2')).toBe(false)
    // Priced as a relative.
    expect(wrote('Redis 99.1.0', 64, 'redis-8.8')).toBe(false)
    expect(wrote('Dragonfly 1.30.0', 64, 'redis-6.2')).toBe(false)
    expect(wrote('unknown', null, 'redis-7.2')).toBe(false)
  })
})
