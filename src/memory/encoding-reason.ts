import { ENCODING, ENCODINGS, TYPE } from '../batch.js'
import type { SettingName } from './settings.js'
import type { KeySizer } from './sizer.js'
import { TYPE_LIST_ZIPLIST } from './values/list.js'

/** How far a key is from a limit. */
export interface LimitDistance {
  /** Name in redis.conf, or what else the limit is. */
  readonly limit: SettingName | 'embstr limit' | 'embedding limit'
  readonly unit: 'entries' | 'bytes'
  readonly allowed: number
  readonly actual: number
  /** `allowed - actual`: what is left, below zero when the limit is exceeded. */
  readonly left: number
}

export interface EncodingReason {
  readonly encoding: string
  readonly reason: string
  readonly limits: readonly LimitDistance[]
}

/** Packed values that were loaded as a whole: their number of entries is checked, lengths are not. */
const WHOLE_BLOB_TYPES = new Set([9, 10, 11, 12, 13, 16, 17, 20, 23, 25])

/** Why the target gives the key that the sizer has just priced its encoding; `elements` as `RdbKey` tells it. */
export function encodingReason(sizer: KeySizer, elements: number): EncodingReason {
  const encoding = ENCODINGS[sizer.encoding] ?? 'unknown'
  switch (sizer.type) {
    case TYPE.string:
      return { encoding, ...stringReason(sizer) }
    case TYPE.list:
      return { encoding, ...listReason(sizer, elements) }
    case TYPE.set:
      return { encoding, ...setReason(sizer, elements) }
    case TYPE.zset:
      return { encoding, ...pairsReason(sizer, elements, 'zset') }
    case TYPE.hash:
      return { encoding, ...pairsReason(sizer, elements, 'hash') }
    case TYPE.stream:
      return { encoding, reason: 'streams have one encoding: a radix tree of listpacks', limits: [] }
    default:
      return { encoding, reason: 'the module or type decides; a dump does not tell', limits: [] }
  }
}

type Reason = Omit<EncodingReason, 'encoding'>

function stringReason(sizer: KeySizer): Reason {
  const { model } = sizer.target
  const length = sizer.longestElementBytes
  if (sizer.encoding === ENCODING.int) {
    return { reason: 'the value is a whole number that the object holds instead of a pointer', limits: [] }
  }
  if (model.embed === null) {
    const limits = model.embstrLimit < 0 ? [] : [distance('embstr limit', 'bytes', model.embstrLimit, length)]
    if (sizer.encoding === ENCODING.embstr) {
      return { reason: `up to ${model.embstrLimit} bytes the value shares a block with its object`, limits }
    }
    const reason =
      model.embstrLimit < 0
        ? `${model.title} gives every string a block of its own`
        : `values above ${model.embstrLimit} bytes have a block of their own`
    return { reason, limits }
  }
  const rule = model.embed
  const base = sizer.costs.embedBaseBytes(rule)
  const keyBytes = rule.exactKeyHeader
    ? sizer.costs.objectBlockBytes(base, sizer.keyLength, 0)
    : base + sizer.keyLength + 3
  const expiryBytes = rule.countsExpiry && sizer.hasExpiry ? 8 : 0
  const room = Math.min(rule.maxValueBytes, rule.limitBytes - keyBytes - expiryBytes - 4)
  const limits = [distance('embedding limit', 'bytes', Math.max(0, room), length)]
  const reason =
    sizer.encoding === ENCODING.embstr
      ? `object, key name and value fit into one block of ${rule.limitBytes} bytes`
      : `object, key name and value do not fit into one block of ${rule.limitBytes} bytes together`
  return { reason, limits }
}

function listReason(sizer: KeySizer, elements: number): Reason {
  const { model, settings } = sizer.target
  const fill = settings['list-max-listpack-size']
  if (model.lists === 'linked') {
    const limits = [
      distance('list-max-ziplist-entries', 'entries', settings['list-max-ziplist-entries'], elements),
      distance('list-max-ziplist-value', 'bytes', settings['list-max-ziplist-value'], sizer.longestElementBytes),
    ]
    return { reason: packedReason(sizer, limits, 'a linked list'), limits }
  }
  const nodes = sizer.list.nodeCount
  const limit: LimitDistance =
    fill < 0
      ? distance('list-max-listpack-size', 'bytes', sizer.list.nodeLimitBytes, sizer.list.onlyNodeBytes)
      : distance('list-max-listpack-size', 'entries', Math.max(1, fill), elements)
  if (sizer.encoding === ENCODING.listpack) {
    return { reason: 'one node within list-max-listpack-size needs no quicklist around it', limits: [limit] }
  }
  if (model.lists === 'quicklist') return { reason: `${model.title} keeps every list as a quicklist`, limits: [] }
  if (nodes !== 1) return { reason: `the elements stand in ${nodes} nodes`, limits: fill < 0 ? [] : [limit] }
  if (sizer.typeId === TYPE_LIST_ZIPLIST)
    return { reason: 'lists that Redis 3.0 and older wrote packed stay quicklists', limits: [] }
  return { reason: 'its node is larger than list-max-listpack-size allows, or a single large element', limits: [limit] }
}

function setReason(sizer: KeySizer, elements: number): Reason {
  const { model, settings } = sizer.target
  const integers = distance('set-max-intset-entries', 'entries', settings['set-max-intset-entries'], elements)
  if (sizer.encoding === ENCODING.intset) {
    return { reason: 'all members are whole numbers, and they are few enough', limits: [integers] }
  }
  if (!model.listpackSets) {
    const reason = integers.left < 0 ? 'too many members for an intset' : 'some member is not a whole number'
    return { reason, limits: [integers] }
  }
  const limits = [
    distance('set-max-listpack-entries', 'entries', settings['set-max-listpack-entries'], elements),
    distance('set-max-listpack-value', 'bytes', settings['set-max-listpack-value'], sizer.longestElementBytes),
  ]
  if (sizer.encoding === ENCODING.listpack) return { reason: packedReason(sizer, limits, ''), limits }
  if (sizer.typeId === 11) return { reason: 'too many whole numbers for an intset', limits: [integers] }
  if (integers.left < 0 && limits.every((limit) => limit.left >= 0)) {
    // The loader makes it a hash table before it has seen a member.
    return { reason: 'above set-max-intset-entries, so it is loaded as a hash table', limits: [integers, ...limits] }
  }
  return { reason: packedReason(sizer, limits, 'a hash table'), limits: [...limits, integers] }
}

function pairsReason(sizer: KeySizer, elements: number, type: 'hash' | 'zset'): Reason {
  const { model, settings } = sizer.target
  const limits = [
    distance(`${type}-max-listpack-entries`, 'entries', settings[`${type}-max-listpack-entries`], elements),
    distance(`${type}-max-listpack-value`, 'bytes', settings[`${type}-max-listpack-value`], sizer.longestElementBytes),
  ]
  if (sizer.encoding === ENCODING.hashtable && sizer.hasFieldExpiry && model.fieldExpiry === 'hashtable') {
    return { reason: `${model.title} keeps every hash with expiring fields as a hash table`, limits }
  }
  return { reason: packedReason(sizer, limits, type === 'hash' ? 'a hash table' : 'a skiplist'), limits }
}

function packedReason(sizer: KeySizer, limits: readonly LimitDistance[], otherwise: string): string {
  const exceeded = limits.filter((limit) => limit.left < 0)
  if (exceeded.length === 0)
    return otherwise === '' || isPackedNow(sizer) ? 'within all limits' : `the loader chose ${otherwise}`
  const isWhole = WHOLE_BLOB_TYPES.has(sizer.typeId)
  if (isPackedNow(sizer) && isWhole) {
    return 'it was packed in the dump, and loading a packed value checks the number of entries only'
  }
  return `${exceeded.map((limit) => `above ${limit.limit}`).join(' and ')}, so it is ${otherwise}`
}

function isPackedNow(sizer: KeySizer): boolean {
  const { encoding } = sizer
  return encoding === ENCODING.listpack || encoding === ENCODING.ziplist || encoding === ENCODING.listpackex
}

function distance(
  limit: LimitDistance['limit'],
  unit: LimitDistance['unit'],
  allowed: number,
  actual: number,
): LimitDistance {
  return { limit, unit, allowed, actual, left: allowed - actual }
}
