import { readElements } from './list.js'
import type { ValueDecoder } from './reader.js'
import { walkElements } from './shapes.js'

/**
 * Plain set.
 *
 *     length  members
 *     strings
 */
export const set: ValueDecoder = { typeId: 2, name: 'set', redisType: 'set', read: readElements }

/** One intset. */
export const setIntset: ValueDecoder = {
  typeId: 11,
  name: 'set-intset',
  redisType: 'set',
  packed: { kind: 'intset', group: 1 },
  read(reader) {
    reader.elements = reader.packed('intset', walkElements)
  },
}

/** One listpack (Redis 7.2 and later). */
export const setListpack: ValueDecoder = {
  typeId: 20,
  name: 'set-listpack',
  redisType: 'set',
  packed: { kind: 'listpack', group: 1 },
  read(reader) {
    reader.elements = reader.packed('listpack', walkElements)
  },
}
