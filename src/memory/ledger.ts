import { ENCODING, TYPE } from '../batch.js'
import type { KeySizer } from './sizer.js'
import type { Allocation, Tally } from './tally.js'
import { keepsBareEntries } from './values/table.js'

/** The bytes of one key by what they are for; the four add up to its `ramBytes`. */
export interface KeyParts {
  /** Key name and what the user stored, as text. */
  readonly payloadBytes: number
  /** What the encoding adds to it; below zero where integers or compression take less than the text. */
  readonly encodingBytes: number
  /** Entry, object and string header of the key. */
  readonly headerBytes: number
  /** What the allocator gives beyond what was asked for. */
  readonly roundingBytes: number
}

export function keyParts(tally: Tally): KeyParts {
  return {
    payloadBytes: tally.payloadBytes,
    encodingBytes: tally.requestedBytes - tally.headerBytes - tally.payloadBytes,
    headerBytes: tally.headerBytes,
    roundingBytes: tally.ramBytes - tally.requestedBytes,
  }
}

/** Blocks of the key, totals per kind; their given bytes add up to its `ramBytes`. Needs `rows` before `begin`. */
export function keyAllocations(tally: Tally): readonly Allocation[] {
  return tally.rows === null ? [] : tally.rows.map((row) => ({ ...row }))
}

/** LAZYFREE_THRESHOLD (lazyfree.c): values that take more steps than this to free may go to a background thread. */
const LAZYFREE_THRESHOLD = 64

export interface FreeCost {
  /** Blocks that must be freed one by one, by the server's own measure. */
  readonly effort: number
  /** What is counted: `nodes`, `elements`, `tree nodes`, `blocks`. */
  readonly unit: string
  readonly del: 'main thread' | 'background'
  /** Null where there is no UNLINK (before 4.0). */
  readonly unlink: 'main thread' | 'background' | null
  readonly why: string
}

/** What DEL and UNLINK do with a key that the sizer has just priced; `elements` as `RdbKey` tells it. */
export function freeCost(sizer: KeySizer, elements: number): FreeCost {
  const { model, settings } = sizer.target
  const [effort, unit] = freeEffort(sizer, elements)
  const blocks = effort === 1 ? unit.replace(/s$/, '') : unit
  if (!model.hasMemoryUsage) {
    const why = `${model.title} has no background freeing: ${effort} ${blocks} are freed while everybody waits`
    return { effort, unit, del: 'main thread', unlink: null, why }
  }
  const inBackground = effort > LAZYFREE_THRESHOLD
  const unlink = inBackground ? 'background' : 'main thread'
  const lazyDel = settings['lazyfree-lazy-user-del']
  const del = inBackground && lazyDel ? 'background' : 'main thread'
  if (!inBackground) {
    const why = `${effort} ${blocks} to free: up to ${LAZYFREE_THRESHOLD} the main thread does it at once, UNLINK or not`
    return { effort, unit, del, unlink, why }
  }
  const why = lazyDel
    ? `${effort} ${blocks} to free: more than ${LAZYFREE_THRESHOLD}, and lazyfree-lazy-user-del makes DEL work like UNLINK`
    : `${effort} ${blocks} to free: more than ${LAZYFREE_THRESHOLD}, so UNLINK leaves it to a background thread; DEL does not`
  return { effort, unit, del, unlink, why }
}

function freeEffort(sizer: KeySizer, elements: number): [effort: number, unit: string] {
  switch (sizer.encoding) {
    case ENCODING.quicklist:
      return [sizer.list.nodeCount, 'nodes']
    case ENCODING.linkedlist:
    case ENCODING.hashtable:
    case ENCODING.skiplist:
      return [elements, 'elements']
    case ENCODING.stream:
      return [sizer.stream.freeEffort, 'tree nodes and pending entries']
    default:
      return [1, 'blocks']
  }
}

/**
 * Why `MEMORY USAGE` prints something else than what the key takes, in one sentence; null where both are equal or the
 * target has no such command.
 */
export function whyUsageDiffers(sizer: KeySizer): string | null {
  const { model } = sizer.target
  if (!model.hasMemoryUsage || sizer.memoryUsageBytes === sizer.ramBytes) return null
  const reasons: string[] = []
  if (model.keyUsage === 'nothing') reasons.push('leaves out the key name, which shares a block with the object')
  if (model.keyUsage === 'argument' || model.keyUsage === 'requested') {
    reasons.push('counts strings as they were requested, without allocator rounding')
  }
  if (model.keyUsage === 'block-requested') reasons.push('counts the object block as requested')
  if (model.packedUsage === 'bytes' && isPacked(sizer.encoding)) reasons.push('counts packed values by their bytes')
  if (sizer.encoding === ENCODING.embstr && model.embstrUsage === 'length' && model.keyHolder !== 'object') {
    reasons.push('counts object and value by their length')
  }
  if (sizer.type === TYPE.stream && model.raxUsage === 'guess') {
    reasons.push('guesses 30 pointers for each node of a radix tree, several times what it takes')
  }
  if (sizer.encoding === ENCODING.hashtable || sizer.encoding === ENCODING.skiplist) reasons.push(tableReason(sizer))
  if (sizer.encoding === ENCODING.int && sizer.memoryUsageBytes > sizer.ramBytes && model.sharesIntegers) {
    reasons.push('counts the object of a small integer, which all keys share')
  }
  if (sizer.encoding === ENCODING.raw && model.sdsUsage === 'given-above-31' && sizer.longestElementBytes < 32) {
    reasons.push('counts strings of up to 31 bytes as they were requested')
  }
  if (sizer.encoding === ENCODING.hashtable && sizer.hasFieldExpiry && model.fieldExpiry === 'listpackex') {
    reasons.push('leaves out the index of field expiries')
  }
  if (reasons.length === 0) reasons.push('counts some structs by their size in C instead of what the allocator gives')
  return `${model.title} ${[...new Set(reasons)].join('; ')}.`
}

function isPacked(encoding: number): boolean {
  return (
    encoding === ENCODING.listpack ||
    encoding === ENCODING.ziplist ||
    encoding === ENCODING.intset ||
    encoding === ENCODING.listpackex ||
    encoding === ENCODING.quicklist
  )
}

function tableReason(sizer: KeySizer): string {
  const { model } = sizer.target
  if (sizer.encoding === ENCODING.skiplist && !model.skiplistUsageWhole) {
    return 'leaves out the header node of the skiplist and the structs around it'
  }
  if (sizer.encoding === ENCODING.skiplist && model.zsetEntryUsage === 'entry-without-value') {
    return 'counts 16 bytes per table entry, which takes 24'
  }
  const kind = sizer.type === TYPE.set ? 'set' : sizer.type === TYPE.hash ? 'hash' : 'zset'
  if (keepsBareEntries(model, kind) && model.collectionUsage !== 'sampled-bare' && !model.hashtables) {
    return 'counts 24 bytes per table entry, also for those that stand in their bucket and take none'
  }
  return 'counts structs by their size in C instead of what the allocator gives'
}
