import { deriveModel } from '../model.js'
import { redis74 } from './redis-7.4.js'

/** Redis 8.0: the key tables carry histograms of key sizes. */
export const redis80 = deriveModel(redis74, {
  id: 'redis-8.0',
  title: 'Redis 8.0',
  version: [8, 0],
  basis: 'compared with 8.0.6 key by key',
  emptyServerBytes: 700664,
  quicklistUsageByElements: true,
  database: { keysStructBytes: 2560 },
})
