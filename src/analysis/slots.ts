import type { ShardPlan, SlotOwnerRow, SlotRow, SlotsReport } from '../../reports/report.js'
import type { KeyBatch } from '../batch.js'
import { crc16, HASH_SLOTS, hashTagEnd, hashTagStart } from './hash-slot.js'
import { HashTags, type HashTagsState } from './hash-tags.js'
import { compareText } from './names.js'
import type { SlotOwners } from './slot-owners.js'
import { floatsOf, numberOf } from './state.js'

const STRIP = 256
/** Cluster sizes that are tried out when none are asked for. */
const PLANS = [3, 6, 12, 24]

/** Slots that are listed when all are wanted. */
const ALL_LISTED = 500

export interface SlotsOptions {
  /** Cluster sizes to try out. */
  readonly shards?: readonly number[] | undefined
  /** Who owns the slots today. */
  readonly owners?: SlotOwners | undefined
}

export interface SlotsState {
  /** Keys per slot, and bytes per slot. */
  readonly keys: Float64Array
  readonly ramBytes: Float64Array
  readonly tags: HashTagsState
  readonly keysWithTag: number
}

/** Keys and bytes per cluster slot, also for data that is not in a cluster yet. */
export class Slots {
  /** Keys and bytes of each slot side by side: one line of the cache. */
  readonly #sums = new Float64Array(HASH_SLOTS * 2)
  readonly #tags = new HashTags()
  #keysWithTag = 0
  readonly #options: SlotsOptions

  constructor(options: SlotsOptions = {}) {
    this.#options = options
  }

  add(batch: KeyBatch): void {
    const { slot, ramBytes } = batch
    const sums = this.#sums
    const length = batch.length
    for (let row = 0; row < length; row++) {
      let at = slot[row]! * 2
      if (at < 0) at = this.#lookUp(batch, row) * 2
      sums[at] = sums[at]! + 1
      sums[at + 1] = sums[at + 1]! + ramBytes[row]!
    }
  }

  /** Names with braces, and long ones. */
  #lookUp({ keyBytes, keyStart, keyEnd, ramBytes }: KeyBatch, row: number): number {
    const start = keyStart[row]!
    const end = keyEnd[row]!
    const tag = hashTagStart(keyBytes, start, end)
    const tagEnd = tag < 0 ? end : hashTagEnd(keyBytes, tag)
    const slot = crc16(keyBytes, tag < 0 ? start : tag, tagEnd) & (HASH_SLOTS - 1)
    if (tag >= 0) {
      this.#keysWithTag++
      this.#tags.add(keyBytes, tag, tagEnd, slot, ramBytes[row]!)
    }
    return slot
  }

  merge(other: Slots): void {
    for (let at = 0; at < this.#sums.length; at++) this.#sums[at]! += other.#sums[at]!
    this.#tags.merge(other.#tags)
    this.#keysWithTag += other.#keysWithTag
  }

  /** @param tags hash tags at most */
  state(tags?: number): SlotsState {
    return {
      keys: Float64Array.from({ length: HASH_SLOTS }, (_, slot) => this.#sums[slot * 2]!),
      ramBytes: Float64Array.from({ length: HASH_SLOTS }, (_, slot) => this.#sums[slot * 2 + 1]!),
      tags: this.#tags.state(tags),
      keysWithTag: this.#keysWithTag,
    }
  }

  /** Adds what another has counted. @throws StateError */
  restore(state: SlotsState): void {
    const keys = floatsOf(state.keys, HASH_SLOTS, 'slots.keys')
    const ramBytes = floatsOf(state.ramBytes, HASH_SLOTS, 'slots.ramBytes')
    for (let slot = 0; slot < HASH_SLOTS; slot++) {
      this.#sums[slot * 2]! += keys[slot]!
      this.#sums[slot * 2 + 1]! += ramBytes[slot]!
    }
    this.#tags.merge(HashTags.restore(state.tags))
    this.#keysWithTag += numberOf(state.keysWithTag, 'slots.keysWithTag')
  }

  /** @param top rows per table; 0: all that is kept */
  result(top: number): SlotsReport {
    const keys = new Float64Array(HASH_SLOTS)
    const bytes = new Float64Array(HASH_SLOTS)
    const used: number[] = []
    let ramBytes = 0
    for (let slot = 0; slot < HASH_SLOTS; slot++) {
      keys[slot] = this.#sums[slot * 2]!
      bytes[slot] = this.#sums[slot * 2 + 1]!
      if (keys[slot]! > 0) used.push(slot)
      ramBytes += bytes[slot]!
    }
    const mean = used.length === 0 ? 0 : ramBytes / used.length
    const listed = top === 0 ? ALL_LISTED : top
    // Nearly all slots have keys: only those that come into question are compared one by one.
    const least = listed < HASH_SLOTS ? bytes.slice().sort()[HASH_SLOTS - listed]! : 0
    const heaviest = used
      .filter((slot) => bytes[slot]! >= least)
      .sort((a, b) => bytes[b]! - bytes[a]! || keys[b]! - keys[a]! || a - b)
    return {
      usedSlots: used.length,
      heaviest: heaviest.slice(0, listed).map(
        (slot): SlotRow => ({
          slot,
          keys: keys[slot]!,
          ramBytes: bytes[slot]!,
          timesMean: mean === 0 ? 0 : bytes[slot]! / mean,
        }),
      ),
      hashTags: this.#tags.rows(top),
      ...(this.#tags.bounded ? { hashTagsBounded: true } : {}),
      keysWithHashTag: this.#keysWithTag,
      shardPlans: used.length === 0 ? [] : (this.#options.shards ?? PLANS).map((shards) => plan(shards, keys, bytes)),
      strip: Array.from({ length: STRIP }, (_, part) => {
        const width = HASH_SLOTS / STRIP
        return sumOf(bytes, part * width, (part + 1) * width)
      }),
      ...(this.#options.owners === undefined ? {} : ownersOf(this.#options.owners, keys, bytes)),
    }
  }
}

/** Equal ranges, cut where `redis-cli --cluster create` cuts them: at rounded multiples of 16384 / shards. */
function plan(shards: number, keys: Float64Array, bytes: Float64Array): ShardPlan {
  const perShard: { keys: number; ramBytes: number }[] = []
  let from = 0
  for (let shard = 1; shard <= shards; shard++) {
    const to = shard === shards ? HASH_SLOTS : Math.round((HASH_SLOTS / shards) * shard - 1) + 1
    perShard.push({ keys: sumOf(keys, from, to), ramBytes: sumOf(bytes, from, to) })
    from = to
  }
  const largest = perShard.reduce((most, { ramBytes }) => Math.max(most, ramBytes), 0)
  const total = perShard.reduce((sum, { ramBytes }) => sum + ramBytes, 0)
  return { shards, perShard, skew: total === 0 ? 1 : (largest * shards) / total }
}

/** What the nodes hold today. Slots without an owner have a row of their own when there are keys in them. */
function ownersOf(
  { nodes, ownerOf }: SlotOwners,
  keys: Float64Array,
  bytes: Float64Array,
): Required<Pick<SlotsReport, 'owners' | 'ownersSkew'>> {
  const sums = [...nodes, { node: '[unassigned]', id: '' }].map((node) => ({ ...node, slots: 0, keys: 0, ramBytes: 0 }))
  for (let slot = 0; slot < HASH_SLOTS; slot++) {
    const owner = ownerOf[slot]!
    const sum = sums[owner === -1 ? nodes.length : owner]!
    sum.slots++
    sum.keys += keys[slot]!
    sum.ramBytes += bytes[slot]!
  }
  const unassigned = sums.pop()!
  const mean = sums.reduce((sum, { ramBytes }) => sum + ramBytes, 0) / sums.length
  const rows = sums
    .map((row): SlotOwnerRow => ({ ...row, timesMean: mean === 0 ? 0 : row.ramBytes / mean }))
    .sort(
      (a, b) => b.ramBytes - a.ramBytes || b.keys - a.keys || compareText(a.node, b.node) || compareText(a.id, b.id),
    )
  const ownersSkew = mean === 0 ? 1 : rows[0]!.timesMean
  return { owners: unassigned.keys === 0 ? rows : [...rows, { ...unassigned, timesMean: 0 }], ownersSkew }
}

function sumOf(numbers: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += numbers[i]!
  return sum
}
