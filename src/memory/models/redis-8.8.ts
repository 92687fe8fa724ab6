import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis86 } from './redis-8.6.js'

/** Redis 8.8 and later: `MEMORY USAGE` counts the object block as requested. */
export const redis88 = deriveModel(redis86, {
  id: 'redis-8.8',
  title: 'Redis 8.8',
  version: [8, 8],
  verification: 'nearest',
  structs: { hashtable: struct(9, 8), hashtableMetadata: struct(1), quicklist: struct(6, 4), stream: struct(9, 104) },
  keyUsage: 'block-requested',
  hashtables: true,
  raxLeaves: false,
  basis: 'compared with a development build (RDB 14, glibc)',
})
