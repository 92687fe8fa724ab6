import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis80 } from './redis-8.0.js'

/**
 * Redis 8.2: object, key and expiry in one block; streams know which groups have an entry pending (XACKDEL).
 * Structs: object.c, stream.h; hashes and sorted sets keep whole dict entries until 8.6 (pull requests 14595 and
 * 14701).
 */
export const redis82 = deriveModel(redis80, {
  id: 'redis-8.2',
  title: 'Redis 8.2',
  version: [8, 2],
  verification: 'source',
  basis: 'source only',
  structs: { stream: struct(3, 84), streamNACK: struct(2, 16) },
  sds: 'sized-whole',
  keyHolder: 'object',
  keyUsage: 'block',
  embed: {
    keepsPointer: true,
    maxValueBytes: 44,
    limitBytes: 64,
    exactKeyHeader: false,
    countsExpiry: true,
  },
  sharesIntegers: false,
  bareEntries: 'sets-and-keys',
  collectionUsage: 'sampled-whole',
  zsetEntryUsage: 'entry-without-value',
  pendingIndex: true,
})
