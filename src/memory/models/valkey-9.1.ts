import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { valkey90 } from './valkey-9.0.js'

/** Valkey 9.1: embedded values up to a block of 128 bytes; skiplist nodes carry their member. */
export const valkey91 = deriveModel(valkey90, {
  id: 'valkey-9.1',
  title: 'Valkey 9.1',
  version: [9, 1],
  verification: 'verified',
  basis: 'compared with 9.1.2 key by key',
  emptyServerBytes: 954080,
  structs: { hashtable: struct(9, 8), zskiplistNode: struct(1, 8) },
  embstrLimit: 116,
  embed: {
    keepsPointer: false,
    maxValueBytes: 116,
    limitBytes: 128,
    exactKeyHeader: true,
    countsExpiry: true,
  },
  skiplistMember: 'embedded',
  skiplistMemberBytes: 1,
})
