import { deriveModel } from '../model.js'
import { redis40 } from './redis-4.0.js'

/** Redis 3.2: elements of hash tables are objects of their own. No `MEMORY USAGE`. */
export const redis32 = deriveModel(redis40, {
  id: 'redis-3.2',
  title: 'Redis 3.2',
  version: [3, 2],
  verification: 'source',
  basis: 'structs from source; totals compared with 3.2.13',
  emptyServerBytes: 821896,
  hasMemoryUsage: false,
  elementObjects: true,
})
