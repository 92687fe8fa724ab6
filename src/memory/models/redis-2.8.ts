import { deriveModel } from '../model.js'
import { redis32 } from './redis-3.2.js'

/** Redis 2.8: one kind of sds header, no embstr, lists are ziplists or linked lists, jemalloc 3.6. */
export const redis28 = deriveModel(redis32, {
  id: 'redis-2.8',
  title: 'Redis 2.8',
  version: [2, 8],
  verification: 'source',
  basis: 'structs from source; totals compared with 2.8.24',
  emptyServerBytes: 809920,
  allocator: 'jemalloc-3.6',
  sds: 'old',
  embstrLimit: -1,
  lists: 'linked',
})
