import type { MemoryModel } from '../model.js'
import { struct } from '../structs/layouts.js'

/**
 * Redis 4.0, the first with `MEMORY USAGE`; every other model derives from it. Structs: server.h, dict.h, quicklist.h,
 * stream.h, rax.h.
 */
export const redis40: MemoryModel = {
  id: 'redis-4.0',
  title: 'Redis 4.0',
  server: 'redis',
  version: [4, 0],
  verification: 'verified',
  basis: 'compared with 4.0.14 key by key',
  hasMemoryUsage: true,
  allocator: 'jemalloc',
  emptyServerBytes: 848664,
  defaults: {},
  structs: {
    robj: struct(1, 8),
    dict: struct(12),
    dictMetadata: struct(0),
    dictExpireMetadata: struct(0),
    dictEntry: struct(2, 8),
    dictEntryNoValue: struct(2),
    hashtable: struct(8, 8),
    hashtableMetadata: struct(0),
    list: struct(6),
    listNode: struct(3),
    quicklist: struct(4, 4),
    quicklistNode: struct(3, 8),
    quicklistLZF: struct(0, 4),
    zset: struct(2),
    zskiplist: struct(3, 4),
    zskiplistNode: struct(2, 8),
    zskiplistLevel: struct(2),
    listpackEx: struct(3, 8),
    // Streams came with 5.0; a target without them is priced as if it had those of 5.0.
    stream: struct(2, 24),
    streamCG: struct(2, 16),
    streamConsumer: struct(2, 8),
    streamNACK: struct(1, 16),
    rax: struct(1, 16),
    moduleValue: struct(2),
  },

  sds: 'sized',
  sdsUsage: 'requested',

  keyHolder: 'entry',
  keyUsage: 'argument',
  keySds: 'sds',
  clusterEntryPointers: 0,
  clusterUsagePointers: 0,

  embstrLimit: 44, // OBJ_ENCODING_EMBSTR_SIZE_LIMIT
  embstrUsage: 'length',
  embstrReplacesPointer: false,
  embed: null,
  sharesIntegers: true,

  packed: 'ziplist',
  packedUsage: 'bytes',

  dict: { grows: 'double-used', refusesSmaller: false, replacesEmpty: false },
  bareEntries: 'none',
  hashtables: false,
  collectionUsage: 'sampled',
  zsetEntryUsage: 'entry',
  elementObjects: false,
  presizesCollections: false,
  presizesHashConversion: false,
  presizesZsetConversion: false,
  hashRestExpands: 'never',

  lists: 'quicklist',
  plainNodes: false,
  quicklistUsageByElements: false,

  listpackSets: false,

  hashEntries: 'strings',
  entryExpiryBytes: 0,
  fieldExpiry: 'none',
  fieldExpiryIndexBytes: [0, 0],

  scores: '52-bit',
  skiplistMaxLevel: 32,
  skiplistUsageWhole: false,
  skiplistMember: 'pointer',
  skiplistMemberBytes: 0,

  raxLeaves: true,
  raxUsage: 'guess',
  streamUsage: 'bytes',
  pendingIndex: false,
  pendingByTime: false,

  database: {
    tables: 'plain',
    keysStructBytes: 0,
    expiresStructBytes: 0,
    expiresInObject: false,
    cluster: 'tree',
    fieldExpiryBytesPerHash: 0,
  },
}
