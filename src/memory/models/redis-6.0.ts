import { deriveModel } from '../model.js'
import { redis50 } from './redis-5.0.js'

/** Redis 6.0: `MEMORY USAGE` asks the allocator about strings; skiplist headers of 32 levels again. */
export const redis60 = deriveModel(redis50, {
  id: 'redis-6.0',
  title: 'Redis 6.0',
  version: [6, 0],
  basis: 'compared with 6.0.20 key by key',
  emptyServerBytes: 865392,
  keyUsage: 'given',
  sdsUsage: 'given',
  skiplistMaxLevel: 32,
})
