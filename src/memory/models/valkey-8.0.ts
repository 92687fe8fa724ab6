import { deriveModel } from '../model.js'
import { valkey72 } from './valkey-7.2.js'

/** Valkey 8.0: key names inside the dict entries; DEL frees in the background. */
export const valkey80 = deriveModel(valkey72, {
  id: 'valkey-8.0',
  title: 'Valkey 8.0',
  version: [8, 0],
  basis: 'compared with 8.0.1 key by key',
  emptyServerBytes: 939552,
  defaults: { 'lazyfree-lazy-user-del': true },
  sds: 'sized-whole',
  keyHolder: 'entry-with-key',
  keyUsage: 'block',
  clusterEntryPointers: 0,
  clusterUsagePointers: 0,
  dict: { refusesSmaller: true },
  collectionUsage: 'sampled-bare',
  plainNodes: true,
  database: { tables: 'structs', keysStructBytes: 80, expiresStructBytes: 80, cluster: 'slot-tables' },
})
