import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { redis62 } from './redis-6.2.js'

/**
 * KeyDB 6.3, a fork of Redis 6.2: objects hold their expiry, key names have a reference count, embstr up to 52 bytes.
 */
export const keydb63 = deriveModel(redis62, {
  id: 'keydb-6.3',
  title: 'KeyDB 6.3',
  server: 'keydb',
  version: [6, 3],
  verification: 'nearest',
  basis: 'priced like Redis 6.2 with its own objects and embstr limit; compared with 6.3.4',
  emptyServerBytes: 1505808,
  structs: { robj: struct(1, 16), dict: struct(14) },
  keySds: 'refcounted',
  embstrLimit: 52,
  embstrReplacesPointer: true,
  streamUsage: 'struct-and-bytes',
  database: { expiresInObject: true },
})
