import { deriveModel } from '../model.js'
import { redis40 } from './redis-4.0.js'

/** Redis 5.0: streams; hash tables presized from the element count; skiplist headers of 64 levels. */
export const redis50 = deriveModel(redis40, {
  id: 'redis-5.0',
  title: 'Redis 5.0',
  version: [5, 0],
  basis: 'compared with 5.0.14 key by key',
  emptyServerBytes: 853488,
  keyUsage: 'requested',
  presizesCollections: true,
  hashRestExpands: 'rest',
  skiplistMaxLevel: 64, // ZSKIPLIST_MAXLEVEL
  skiplistUsageWhole: true,
})
