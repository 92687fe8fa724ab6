import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis82 } from './redis-8.2.js'

/**
 * Redis 8.4: every value knows its size (pull request 14363), which makes its structs a word longer; pending entries
 * are ordered by delivery time (XREADGROUP CLAIM).
 */
export const redis84 = deriveModel(redis82, {
  id: 'redis-8.4',
  title: 'Redis 8.4',
  version: [8, 4],
  verification: 'source',
  basis: 'some headers and the issue tracker only',
  structs: {
    dictMetadata: struct(1),
    quicklist: struct(5, 4),
    zskiplist: struct(4, 4),
    stream: struct(4, 84),
    streamCG: struct(3, 24),
    rax: struct(2, 16),
  },
  sdsUsage: 'given-above-31',
  packedUsage: 'bytes',
  collectionUsage: 'tracked',
  zsetEntryUsage: 'entry',
  raxUsage: 'given',
  streamUsage: 'tracked',
  pendingByTime: true,
})
