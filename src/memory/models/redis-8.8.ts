import { deriveModel } from '../model.js'
import { redis86 } from './redis-8.6.js'

/** Redis 8.8 and later: `MEMORY USAGE` counts the object block as requested. */
export const redis88 = deriveModel(redis86, {
  id: 'redis-8.8',
  title: 'Redis 8.8',
  version: [8, 8],
  verification: 'nearest',
  basis: 'compared with a development build (RDB 14, glibc)',
})
