import { deriveModel } from '../model.js'
import { redis82 } from './redis-8.2.js'

/** Redis 8.4: sizes of lists, sets, streams and packed values are tracked in bytes. */
export const redis84 = deriveModel(redis82, {
  id: 'redis-8.4',
  title: 'Redis 8.4',
  version: [8, 4],
  verification: 'source',
  basis: 'issue tracker only',
  packedUsage: 'bytes',
})
