import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { valkey81 } from './valkey-8.1.js'

/** Valkey 9.0: hash fields can expire; `MEMORY USAGE` counts the whole object block. */
export const valkey90 = deriveModel(valkey81, {
  id: 'valkey-9.0',
  title: 'Valkey 9.0',
  version: [9, 0],
  verification: 'source',
  basis: 'source only',
  structs: { hashtableMetadata: struct(1) },
  keyUsage: 'block',
  embed: {
    keepsPointer: true,
    maxValueBytes: 44,
    limitBytes: 64,
    exactKeyHeader: true,
    countsExpiry: true,
  },
  entryExpiryBytes: 8,
  fieldExpiry: 'hashtable',
})
