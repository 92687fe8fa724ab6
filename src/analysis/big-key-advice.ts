import { formatBytes, formatCount } from '../../reports/format.js'
import type { BigKeyLimits, KeyType } from '../../reports/report.js'
import { ENCODING, TYPES } from '../batch.js'
import type { Target } from '../memory/target.js'
import type { BigKeyPreset } from './big-key-limits.js'
import type { KeptKey } from './top-keys.js'

/** What `LLEN`, `SCARD` and so on count. */
const ELEMENT_WORDS: Record<KeyType, string> = {
  string: 'value',
  list: 'elements',
  set: 'members',
  zset: 'members',
  hash: 'fields',
  stream: 'entries',
  array: 'elements',
  module: 'parts',
}

/** LAZYFREE_THRESHOLD (lazyfree.c): from more steps than this on, UNLINK leaves the work to a background thread. */
const LAZYFREE_THRESHOLD = 64
/** stream-node-max-entries and stream-node-max-bytes: what a node of a stream holds at most. */
const STREAM_NODE_ENTRIES = 100
const STREAM_NODE_BYTES = 4096
/** Entries of a listpack carry at least a header byte and a length behind. */
const LISTPACK_ENTRY_BYTES = 2
/** How many elements one part of a split key should have at most, when small encodings are out of reach. */
const PART_ELEMENTS = 1000
const PART_BYTES = 64 * 1024
const MIB = 1024 * 1024

/** Stored bytes of the value, without the key name. */
export function valueBytes(key: KeptKey): number {
  return Math.max(0, key.payloadBytes - key.keyLength)
}

/**
 * Steps it takes to free the value, as lazyfreeGetFreeEffort (lazyfree.c) counts them. Nodes of lists and streams
 * are reckoned from bytes and elements, because a row does not keep their number.
 */
export function freeEffort(key: KeptKey, target: Target): number {
  switch (key.encoding) {
    case ENCODING.linkedlist:
    case ENCODING.hashtable:
    case ENCODING.skiplist:
      return Math.max(1, key.elements)
    case ENCODING.quicklist: {
      const size = target.settings['list-max-listpack-size']
      const nodes =
        size >= 0 ? key.elements / Math.max(1, size) : packedBytes(key) / (4096 * 2 ** (Math.min(5, -size) - 1))
      return Math.max(1, Math.min(key.elements, Math.ceil(nodes)))
    }
    case ENCODING.stream:
      return Math.max(1, Math.ceil(Math.max(key.elements / STREAM_NODE_ENTRIES, packedBytes(key) / STREAM_NODE_BYTES)))
    default:
      return 1
  }
}

function packedBytes(key: KeptKey): number {
  return valueBytes(key) + key.elements * LISTPACK_ENTRY_BYTES
}

/**
 * Milliseconds DEL takes, to the order of magnitude: measured with Redis 7.0.15 and a million small elements each
 * (hash 440 ms, set 200 ms, sorted set 130 ms filled in order and twice that when not; 200 MB string 14 ms).
 */
export function deleteMs(key: KeptKey, effort: number): number {
  const type = TYPES[key.type]
  const perStep = type === 'hash' ? 0.00045 : type === 'zset' ? 0.0003 : 0.0002
  return Math.round((effort * perStep + (key.ramBytes / MIB) * 0.08) * 1000) / 1000
}

/** Bytes of the RESP2 reply that brings the whole value, with lengths of elements taken as their mean. */
export function replyBytes(key: KeptKey): number {
  const type = TYPES[key.type]!
  const stored = valueBytes(key)
  const { elements } = key
  if (type === 'module') return stored
  if (type === 'string') return bulkBytes(stored, 1)
  const header = digits(elements) + 3
  if (type === 'hash') return header + bulkBytes(stored, elements * 2)
  // A score is a bulk string of its own, most often of few digits.
  if (type === 'zset') return header + bulkBytes(stored, elements) + elements * bulkBytes(6, 1)
  // Entry, id and list of fields: *2, $15 and the id, *n.
  if (type === 'stream') return header + bulkBytes(stored, elements * 2) + elements * (4 + 22 + 4)
  return header + bulkBytes(stored, elements)
}

/** `$5\r\nhello\r\n`, `count` times. */
function bulkBytes(totalBytes: number, count: number): number {
  return count === 0 ? 0 : totalBytes + count * (5 + digits(totalBytes / count))
}

function digits(value: number): number {
  return String(Math.round(value)).length
}

/** Why a key is over the limits, one sentence each; empty when it is not. */
export function reasonsFor(key: KeptKey, preset: BigKeyPreset): readonly string[] {
  const type = TYPES[key.type]!
  const limits: BigKeyLimits = preset.limits[type]
  const reasons: string[] = []
  const bytes = preset.measure === 'ram' ? key.ramBytes : valueBytes(key)
  const what = preset.measure === 'ram' ? 'takes' : 'holds'
  if (limits.elements !== null && key.elements >= limits.elements) {
    reasons.push(
      `has ${formatCount(key.elements)} ${ELEMENT_WORDS[type]}, the limit is ${formatCount(limits.elements)}`,
    )
  }
  if (limits.bytes !== null && bytes > limits.bytes) {
    reasons.push(`${what} ${sizeAndLimit(bytes, limits.bytes)}`)
  }
  if (limits.elementBytes !== null && key.longestElementBytes > limits.elementBytes) {
    reasons.push(`its longest element has ${sizeAndLimit(key.longestElementBytes, limits.elementBytes)}`)
  }
  return reasons
}

/** Whole bytes where the rounded figures would not tell the difference. */
function sizeAndLimit(bytes: number, limit: number): string {
  const [size, most] = [formatBytes(bytes), formatBytes(limit)]
  return size === most
    ? `${formatCount(bytes)} bytes, the limit is ${formatCount(limit)}`
    : `${size}, the limit is ${most}`
}

/** What to do about a big key: sentences with commands, `<key>` in place of the name. */
export function adviceFor(key: KeptKey, effort: number, target: Target): readonly string[] {
  const type = TYPES[key.type]!
  return [...readAdvice(type, key), ...splitAdvice(type, key, target), ...deleteAdvice(type, key, effort, target)]
}

function readAdvice(type: KeyType, key: KeptKey): readonly string[] {
  switch (type) {
    case 'string':
      return ['Read parts with GETRANGE <key> 0 65535 instead of GET, or store the value compressed.']
    case 'list':
      return [
        'Read pages with LRANGE <key> 0 99 instead of LRANGE <key> 0 -1.',
        'When only the newest elements are used: LTRIM <key> 0 999 after each LPUSH keeps it short.',
      ]
    case 'set':
      return ['Read with SSCAN <key> 0 COUNT 500 in a loop instead of SMEMBERS; ask for one member with SISMEMBER.']
    case 'zset':
      return [
        'Read pages with ZRANGE <key> 0 99, or ZSCAN <key> 0 COUNT 500 in a loop, instead of ZRANGE <key> 0 -1.',
        'When only the top counts: ZREMRANGEBYRANK <key> 0 -1001 keeps the 1,000 highest scores.',
      ]
    case 'hash':
      return ['Read with HSCAN <key> 0 COUNT 500 in a loop, or HMGET of the fields needed, instead of HGETALL.']
    case 'stream':
      return [
        'Read pages with XRANGE <key> - + COUNT 100.',
        `Trim it: XTRIM <key> MAXLEN ~ ${Math.max(1000, Math.floor(key.elements / 10))}, or MAXLEN ~ N with every XADD.`,
      ]
    case 'array':
      return ['Read ranges of indexes instead of the whole array.']
    case 'module':
      return []
  }
}

/** Into how many parts, and how an element finds its part. */
function splitAdvice(type: KeyType, key: KeptKey, target: Target): readonly string[] {
  if (type !== 'hash' && type !== 'set' && type !== 'zset') return []
  const by = type === 'hash' ? 'field' : 'member'
  const { settings } = target
  const limits = {
    hash: [settings['hash-max-listpack-entries'], settings['hash-max-listpack-value']],
    zset: [settings['zset-max-listpack-entries'], settings['zset-max-listpack-value']],
    set: [settings['set-max-listpack-entries'], settings['set-max-listpack-value']],
  }
  const [entries, value] = limits[type] as [number, number]
  const small = entries > 1 && key.longestElementBytes <= value && (type !== 'set' || target.model.listpackSets)
  const perPart = small ? entries : PART_ELEMENTS
  // Hashing does not fill parts evenly: planned for, they stay under the limit.
  const parts = Math.max(Math.ceil(key.elements / (perPart * 0.85)), Math.ceil(valueBytes(key) / PART_BYTES))
  if (parts < 2) return []
  const shape = small
    ? `each stays packed, with at most ${formatCount(perPart)}`
    : `about ${formatCount(Math.ceil(key.elements / parts))} each`
  const lost = type === 'zset' ? '; ranges over all of it then need a merge of the parts' : ''
  return [`Split it into ${formatCount(parts)} keys <key>:n with n = crc32(${by}) mod ${parts}: ${shape}${lost}.`]
}

function deleteAdvice(type: KeyType, key: KeptKey, effort: number, target: Target): readonly string[] {
  const advice: string[] = []
  if (effort <= LAZYFREE_THRESHOLD) return advice
  const loop: Partial<Record<KeyType, string>> = {
    hash: 'HSCAN <key> 0 COUNT 500 and HDEL in a loop',
    set: 'SPOP <key> 500 in a loop',
    zset: 'ZREMRANGEBYRANK <key> 0 499 in a loop',
    list: 'LTRIM <key> 500 -1 in a loop',
    stream: 'XTRIM <key> MAXLEN with falling numbers',
  }
  if (target.model.hasMemoryUsage) {
    advice.push('Delete it with UNLINK <key>: a background thread frees it.')
    if (key.expiresAtMs >= 0 && !target.settings['lazyfree-lazy-user-del']) {
      advice.push('It expires by itself: with lazyfree-lazy-expire yes that happens in the background, too.')
    }
  } else if (loop[type] !== undefined) {
    advice.push(`There is no UNLINK on this server: remove it in steps, ${loop[type]}.`)
  }
  return advice
}
