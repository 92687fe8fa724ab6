import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis86 } from './redis-8.6.js'

/**
 * Redis 8.8 and later, from a development build that writes RDB 14: hash tables with buckets of 64 bytes, radix trees
 * without leaf nodes, the object block counts as requested. Structs of stream groups are fitted, not read.
 */
export const redis88 = deriveModel(redis86, {
  id: 'redis-8.8',
  title: 'Redis 8.8',
  version: [8, 8],
  verification: 'nearest',
  basis: 'compared with a development build of RDB 14 on glibc',
  emptyServerBytes: 762176,
  structs: {
    hashtable: struct(9, 8),
    hashtableMetadata: struct(1),
    quicklist: struct(6, 4),
    stream: struct(9, 104),
    streamCG: struct(4, 88),
    streamConsumer: struct(2, 56),
    streamNACK: struct(5, 32),
  },
  keyUsage: 'block-requested',
  hashtables: true,
  raxLeaves: false,
  database: { keysStructBytes: 320, expiresStructBytes: 272 },
})
