import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis70 } from './redis-7.0.js'

/** Redis 7.2: small lists and sets of strings are listpacks; tables of sets keep single members in their buckets. */
export const redis72 = deriveModel(redis70, {
  id: 'redis-7.2',
  title: 'Redis 7.2',
  version: [7, 2],
  basis: 'compared with 7.2.6 key by key, and as a 32-bit build',
  emptyServerBytes: 913968,
  structs: { streamConsumer: struct(2, 16) },
  clusterUsagePointers: 1,
  bareEntries: 'sets',
  lists: 'listpack-or-quicklist',
  listpackSets: true,
  presizesZsetConversion: true,
  scores: 'shortest',
})
