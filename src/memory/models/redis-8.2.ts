import { deriveModel } from '../model.js'
import { redis80 } from './redis-8.0.js'

/** Redis 8.2: object, key and expiry in one block. */
export const redis82 = deriveModel(redis80, {
  id: 'redis-8.2',
  title: 'Redis 8.2',
  version: [8, 2],
  verification: 'source',
  basis: 'source only',
  sds: 'sized-whole',
  keyHolder: 'object',
  keyUsage: 'block',
  embed: {
    baseBytes: 16,
    maxValueBytes: 44,
    limitBytes: 64,
    exactKeyHeader: false,
    countsExpiry: true,
    minValueBytes: 0,
  },
  sharesIntegers: false,
  bareEntries: 'all',
})
