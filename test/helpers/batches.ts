import type { RedisType } from '../../parsers/index.js'
import { ENCODING, type Encoding, KeyBatch, TYPE } from '../../src/batch.js'

/** One key for a synthetic batch; what is left out gets a plain value. */
export interface KeySpec {
  readonly key: string | Uint8Array
  readonly db?: number
  readonly type?: RedisType
  readonly encoding?: Encoding
  readonly flags?: number
  readonly elements?: number
  readonly longestElementBytes?: number
  readonly payloadBytes?: number
  readonly rdbBytes?: number
  readonly ramBytes?: number
  readonly overheadBytes?: number
  readonly memoryUsageBytes?: number
  readonly expiresAtMs?: number
  readonly idleSeconds?: number
  readonly freq?: number
  readonly offset?: number
}

const encoder = new TextEncoder()

/** The encoding a type has when a test does not care. */
const USUAL: Record<RedisType, Encoding> = {
  string: 'embstr',
  list: 'quicklist',
  set: 'hashtable',
  zset: 'skiplist',
  hash: 'listpack',
  stream: 'stream',
  array: 'sliced-array',
  module: 'module',
}

/** Appends a key to a batch. */
export function addKey(batch: KeyBatch, spec: KeySpec): void {
  const row = batch.length
  const key = typeof spec.key === 'string' ? encoder.encode(spec.key) : spec.key
  const type = spec.type ?? 'string'
  batch.setKey(row, key, 0, key.length)
  batch.keyLength[row] = key.length
  batch.db[row] = spec.db ?? 0
  batch.type[row] = TYPE[type]
  batch.encoding[row] = ENCODING[spec.encoding ?? USUAL[type]]
  batch.flags[row] = spec.flags ?? 0
  batch.elements[row] = spec.elements ?? 1
  batch.longestElementBytes[row] = spec.longestElementBytes ?? 5
  batch.payloadBytes[row] = spec.payloadBytes ?? key.length + 5
  batch.rdbBytes[row] = spec.rdbBytes ?? key.length + 8
  batch.ramBytes[row] = spec.ramBytes ?? key.length + 64
  batch.overheadBytes[row] = spec.overheadBytes ?? 8
  batch.memoryUsageBytes[row] = spec.memoryUsageBytes ?? key.length + 56
  batch.expiresAtMs[row] = spec.expiresAtMs ?? -1
  batch.idleSeconds[row] = spec.idleSeconds ?? -1
  batch.freq[row] = spec.freq ?? -1
  batch.offset[row] = spec.offset ?? 0
  batch.length++
}

/** Hands keys to `take` in batches of `capacity` rows; the batch is reused, as in the pipeline. */
export function inBatches(keys: Iterable<KeySpec>, take: (batch: KeyBatch) => void, capacity = 1024): void {
  const batch = new KeyBatch(capacity)
  for (const key of keys) {
    addKey(batch, key)
    if (batch.full) {
      take(batch)
      batch.clear()
    }
  }
  if (batch.length > 0) take(batch)
}

/** All keys in one batch. */
export function batchOf(keys: readonly KeySpec[]): KeyBatch {
  const batch = new KeyBatch(Math.max(1, keys.length))
  for (const key of keys) addKey(batch, key)
  return batch
}

/** Small seeded generator (xorshift32): numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4294967296
  }
}
