import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis72 } from './redis-7.2.js'

/** Redis 7.4: hash fields can expire; large list elements have nodes of their own; tables per slot in cluster mode. */
export const redis74 = deriveModel(redis72, {
  id: 'redis-7.4',
  title: 'Redis 7.4',
  version: [7, 4],
  basis: 'compared with 7.4.1 key by key',
  emptyServerBytes: 994256,
  structs: { dictExpireMetadata: struct(3, 8) },
  clusterEntryPointers: 0,
  clusterUsagePointers: 0,
  dict: { refusesSmaller: true, replacesEmpty: true },
  plainNodes: true,
  hashEntries: 'mstr-field',
  fieldExpiry: 'listpackex',
  fieldExpiryIndexBytes: [5.5, 1.6],
  database: {
    tables: 'structs',
    keysStructBytes: 64,
    expiresStructBytes: 64,
    cluster: 'slot-tables',
    fieldExpiryBytesPerHash: 20,
  },
})
