import { deriveModel } from '../model.js'
import { redis72 } from './redis-7.2.js'

/** Valkey 7.2 is Redis 7.2 under another name. */
export const valkey72 = deriveModel(redis72, {
  id: 'valkey-7.2',
  title: 'Valkey 7.2',
  server: 'valkey',
  version: [7, 2],
  basis: 'compared with 7.2.7 key by key',
  emptyServerBytes: 928464,
})
