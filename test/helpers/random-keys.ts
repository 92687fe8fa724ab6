import type { RedisType } from '../../parsers/index.js'
import { FLAG_FIELD_EXPIRY } from '../../src/batch.js'
import { type KeySpec, seeded } from './batches.js'

/** Moment the random keys are judged at. */
export const NOW_MS = Date.UTC(2026, 10, 19, 2)

const HOUR_MS = 3_600_000

/** Keys of an application with all types, expiries, idle times and a few large values: the same for the same seed. */
export function randomKeys(count: number, seed: number): readonly KeySpec[] {
  const random = seeded(seed)
  const whole = (below: number): number => Math.floor(random() * below)
  const types: readonly RedisType[] = ['string', 'string', 'string', 'hash', 'set', 'zset', 'list', 'stream', 'module']
  const names = ['user', 'cart', '{shop}:item', '{team:7}:board', 'log', 'cache']
  return Array.from({ length: count }, (_, offset): KeySpec => {
    const type = types[whole(types.length)]!
    const elements = type === 'string' ? 1 : random() < 0.01 ? 5000 + whole(20_000) : 1 + whole(50)
    const key = `${names[whole(names.length)]}:${whole(1e6)}`
    const valueBytes = elements * (1 + whole(40)) + (random() < 0.01 ? 20_000 : 0)
    const expiry = random()
    return {
      key,
      type,
      offset,
      elements,
      db: whole(3),
      flags: type === 'hash' && random() < 0.1 ? FLAG_FIELD_EXPIRY : 0,
      payloadBytes: key.length + valueBytes,
      // Steps of 16 as an allocator has them, so that many keys are equally large.
      ramBytes: 64 + Math.ceil((key.length + valueBytes) / 16) * 16,
      overheadBytes: whole(40),
      longestElementBytes: 1 + whole(40),
      expiresAtMs: expiry < 0.5 ? -1 : NOW_MS + Math.floor((expiry - 0.6) * 100 * HOUR_MS),
      idleSeconds: whole(100) * 86_400,
      freq: whole(256),
    }
  })
}
