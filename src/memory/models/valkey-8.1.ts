import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { valkey80 } from './valkey-8.0.js'

/** Valkey 8.1: new hash tables; object, key and expiry in one block. */
export const valkey81 = deriveModel(valkey80, {
  id: 'valkey-8.1',
  title: 'Valkey 8.1',
  version: [8, 1],
  basis: 'compared with 8.1.1 key by key',
  emptyServerBytes: 906672,
  structs: { rax: struct(2, 16) },
  keyHolder: 'object',
  keyUsage: 'nothing',
  embed: {
    keepsPointer: true,
    maxValueBytes: 44,
    limitBytes: 64,
    exactKeyHeader: false,
    countsExpiry: true,
  },
  sharesIntegers: false,
  hashtables: true,
  collectionUsage: 'sampled-whole',
  hashEntries: 'entry',
  raxUsage: 'given',
  database: { keysStructBytes: 96, expiresStructBytes: 96 },
})
