import { deriveModel } from '../model.js'
import { redis60 } from './redis-6.0.js'

/** Redis 6.2: stream structs and the given size of stream nodes count in `MEMORY USAGE`. */
export const redis62 = deriveModel(redis60, {
  id: 'redis-6.2',
  title: 'Redis 6.2',
  version: [6, 2],
  basis: 'compared with 6.2.16 key by key',
  emptyServerBytes: 874088,
  streamUsage: 'struct-and-given',
  dict: { grows: 'used-plus-one' },
})
