import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis62 } from './redis-6.2.js'

/** Redis 7.0: listpacks instead of ziplists, smaller dicts, longer stream structs. */
export const redis70 = deriveModel(redis62, {
  id: 'redis-7.0',
  title: 'Redis 7.0',
  version: [7, 0],
  basis: 'compared with 7.0.15 (own build and Debian, quantum 16) key by key',
  emptyServerBytes: 906672,
  structs: {
    dict: struct(6, 4),
    quicklistNode: struct(4, 4),
    quicklistLZF: struct(1),
    stream: struct(2, 64),
    streamCG: struct(2, 24),
  },
  clusterEntryPointers: 2,
  clusterUsagePointers: 2,
  embstrUsage: 'given',
  packed: 'listpack',
  packedUsage: 'given',
  presizesHashConversion: true,
  scores: '17-digits',
  database: { cluster: 'entries' },
})
