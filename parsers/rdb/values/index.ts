import type { DialectName } from '../visitor.js'
import { array } from './array.js'
import { dragonflyLayouts, dragonflyOldJson, gcra, keydbCron } from './forks.js'
import * as hashes from './hash.js'
import { list, listQuicklist, listQuicklist2, listZiplist } from './list.js'
import { module2, modulePreGa } from './module.js'
import type { ValueDecoder } from './reader.js'
import { set, setIntset, setListpack } from './set.js'
import { streamLayouts } from './stream.js'
import { string } from './string.js'
import { templateLayouts } from './templates.js'
import { zset, zset2, zsetListpack, zsetZiplist } from './zset.js'

/** Types that mean the same everywhere: 0-7 and 9-21. */
const COMMON: readonly ValueDecoder[] = [
  string,
  list,
  set,
  zset,
  hashes.hash,
  zset2,
  modulePreGa,
  module2,
  hashes.hashZipmap,
  listZiplist,
  setIntset,
  zsetZiplist,
  hashes.hashZiplist,
  listQuicklist,
  hashes.hashListpack,
  zsetListpack,
  listQuicklist2,
  setListpack,
  ...streamLayouts.filter((layout) => layout.typeId <= 21),
]

/** Files with REDIS magic: 22 and up as Redis numbers them, and the number of KeyDB that nobody else uses. */
const REDIS: readonly ValueDecoder[] = [
  hashes.hashMetadataRc,
  hashes.hashListpackExRc,
  hashes.hashMetadataGa,
  hashes.hashListpackExGa,
  ...streamLayouts.filter((layout) => layout.typeId > 21),
  array,
  keydbCron,
]

/** Redis gave 29-32 to hash templates with RDB 15; before, special builds wrote a rate limiter as 29. */
const REDIS_BEFORE_15: readonly ValueDecoder[] = [gcra(29)]
const REDIS_FROM_15: readonly ValueDecoder[] = [...templateLayouts, gcra(33)]

/** Files with VALKEY magic. */
const VALKEY: readonly ValueDecoder[] = [hashes.hash2, hashes.pathHash]

const DRAGONFLY: readonly ValueDecoder[] = [...dragonflyLayouts, hashes.hashWithExpiry, hashes.setWithExpiry]

/** The value decoders of a dialect by type id; what is missing is unknown there. */
export function decodersFor(dialect: DialectName, rdbVersion: number): readonly (ValueDecoder | undefined)[] {
  const table: (ValueDecoder | undefined)[] = new Array(256).fill(undefined)
  const add = (decoders: readonly ValueDecoder[]): void => {
    for (const decoder of decoders) table[decoder.typeId] = decoder
  }
  add(COMMON)
  if (dialect === 'valkey') add(VALKEY)
  else add(REDIS)
  if (dialect === 'redis' || dialect === 'keydb') add(rdbVersion >= 15 ? REDIS_FROM_15 : REDIS_BEFORE_15)
  if (dialect === 'dragonfly') {
    add(DRAGONFLY)
    if (rdbVersion < 10) add([dragonflyOldJson])
  }
  return table
}

export type { ValueDecoder } from './reader.js'
