import { abbreviateValues } from './abbreviate-values.js'
import { baseEncode } from './base-encode.js'
import { bitmapFlags } from './bitmap-flags.js'
import { bloomFilter } from './bloom-filter.js'
import { bucketStrings } from './bucket-strings.js'
import { byteDictionary } from './byte-dictionary.js'
import { compressValues } from './compress-values.js'
import { dataTiering } from './data-tiering.js'
import { dedupeValues } from './dedupe-values.js'
import { defragment } from './defragment.js'
import { deltaEncode } from './delta-encode.js'
import { dictionaryCompress } from './dictionary-compress.js'
import { dropExpired } from './drop-expired.js'
import { embedStrings } from './embed-strings.js'
import { expireKeys } from './expire-keys.js'
import { fingerprintValues } from './fingerprint-values.js'
import { hashTemplates } from './hash-templates.js'
import { hashToList } from './hash-to-list.js'
import { hyperloglog } from './hyperloglog.js'
import { integerSets } from './integer-sets.js'
import { jsonTrim } from './json-trim.js'
import { listCompress } from './list-compress.js'
import { listNodeSize } from './list-node-size.js'
import { mergeEntityKeys } from './merge-entity-keys.js'
import { mostlyEncode } from './mostly-encode.js'
import type { Technique } from './optimization.js'
import { pointerWidth32 } from './pointer-width-32.js'
import { raiseHashLimits } from './raise-hash-limits.js'
import { raiseIntsetLimit } from './raise-intset-limit.js'
import { raiseSetLimits } from './raise-set-limits.js'
import { raiseZsetLimits } from './raise-zset-limits.js'
import { runLength } from './run-length.js'
import { serializeMsgpack } from './serialize-msgpack.js'
import { shareIntegers } from './share-integers.js'
import { shortenFieldNames } from './shorten-field-names.js'
import { shortenKeyNames } from './shorten-key-names.js'
import { splitBigKeys } from './split-big-keys.js'
import { stringsToHash } from './strings-to-hash.js'
import { upgradeServer } from './upgrade-server.js'
import { wordDictionary } from './word-dictionary.js'

/** Every technique, in the order of the catalogue: settings, then clients, then data models, then servers. */
export const techniques: readonly Technique[] = [
  raiseHashLimits,
  raiseZsetLimits,
  raiseSetLimits,
  raiseIntsetLimit,
  listNodeSize,
  listCompress,
  shareIntegers,
  dropExpired,
  expireKeys,
  shortenKeyNames,
  shortenFieldNames,
  embedStrings,
  integerSets,
  fingerprintValues,
  mergeEntityKeys,
  serializeMsgpack,
  compressValues,
  baseEncode,
  dictionaryCompress,
  abbreviateValues,
  byteDictionary,
  wordDictionary,
  deltaEncode,
  mostlyEncode,
  runLength,
  jsonTrim,
  stringsToHash,
  bucketStrings,
  hashToList,
  splitBigKeys,
  bitmapFlags,
  hyperloglog,
  bloomFilter,
  dedupeValues,
  hashTemplates,
  upgradeServer,
  pointerWidth32,
  dataTiering,
  defragment,
]

/** Ids of `techniques`, in the same order. */
export const techniqueIds: readonly string[] = techniques.map(({ id }) => id)

export type { Technique } from './optimization.js'
export { ParameterError, type ParameterTexts, parseParameterFile, parseParameters } from './parameters.js'
