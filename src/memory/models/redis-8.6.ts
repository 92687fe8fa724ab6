import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis84 } from './redis-8.4.js'

/**
 * Redis 8.6: hash entries and skiplist nodes carry their strings, and stand in the buckets; pending entries are linked
 * by delivery time.
 */
export const redis86 = deriveModel(redis84, {
  id: 'redis-8.6',
  title: 'Redis 8.6',
  version: [8, 6],
  verification: 'verified',
  basis: 'compared with 8.6.3 key by key',
  emptyServerBytes: 753944,
  structs: {
    zskiplistNode: struct(1, 8),
    listpackEx: struct(2, 8),
    stream: struct(7, 104),
    streamCG: struct(4, 24),
    streamNACK: struct(4, 32),
  },
  embed: {
    keepsPointer: true,
    maxValueBytes: 44,
    limitBytes: 64,
    exactKeyHeader: false,
    countsExpiry: false,
  },
  bareEntries: 'all',
  hashRestExpands: 'all',
  hashEntries: 'entry',
  entryExpiryBytes: 16,
  fieldExpiryIndexBytes: [8.4, 4.3],
  skiplistMember: 'embedded',
  pendingByTime: false,
})
