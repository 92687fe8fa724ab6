import type { ShardPlan, SlotRow, SlotsReport } from '../../reports/report.js'
import type { KeyBatch } from '../batch.js'
import { crc16, HASH_SLOTS, hashTagStart } from './hash-slot.js'
import { HashTags } from './hash-tags.js'

const CLOSE_BRACE = 125
const STRIP = 256
/** Cluster sizes that are tried out. */
const PLANS = [3, 6, 12, 24]

/** Keys and bytes per cluster slot, also for data that is not in a cluster yet. */
export class Slots {
  readonly #keys = new Float64Array(HASH_SLOTS)
  readonly #ramBytes = new Float64Array(HASH_SLOTS)
  readonly #tags = new HashTags()
  #keysWithTag = 0

  add(batch: KeyBatch): void {
    const { keyBytes, keyStart, keyEnd, ramBytes } = batch
    const keys = this.#keys
    const bytes = this.#ramBytes
    const length = batch.length
    for (let row = 0; row < length; row++) {
      const start = keyStart[row]!
      const end = keyEnd[row]!
      const tag = hashTagStart(keyBytes, start, end)
      const ram = ramBytes[row]!
      let slot: number
      if (tag < 0) slot = crc16(keyBytes, start, end) & (HASH_SLOTS - 1)
      else {
        let close = tag
        while (keyBytes[close] !== CLOSE_BRACE) close++
        slot = crc16(keyBytes, tag, close) & (HASH_SLOTS - 1)
        this.#keysWithTag++
        this.#tags.add(keyBytes, tag, close, slot, ram)
      }
      keys[slot] = keys[slot]! + 1
      bytes[slot] = bytes[slot]! + ram
    }
  }

  merge(other: Slots): void {
    for (let slot = 0; slot < HASH_SLOTS; slot++) {
      this.#keys[slot]! += other.#keys[slot]!
      this.#ramBytes[slot]! += other.#ramBytes[slot]!
    }
    this.#tags.merge(other.#tags)
    this.#keysWithTag += other.#keysWithTag
  }

  /** @param top rows per table; 0: all that is kept */
  result(top: number): SlotsReport {
    const used: number[] = []
    let ramBytes = 0
    for (let slot = 0; slot < HASH_SLOTS; slot++) {
      if (this.#keys[slot]! > 0) used.push(slot)
      ramBytes += this.#ramBytes[slot]!
    }
    const mean = used.length === 0 ? 0 : ramBytes / used.length
    const heaviest = [...used].sort(
      (a, b) => this.#ramBytes[b]! - this.#ramBytes[a]! || this.#keys[b]! - this.#keys[a]! || a - b,
    )
    return {
      usedSlots: used.length,
      heaviest: heaviest.slice(0, top === 0 ? 500 : top).map(
        (slot): SlotRow => ({
          slot,
          keys: this.#keys[slot]!,
          ramBytes: this.#ramBytes[slot]!,
          timesMean: mean === 0 ? 0 : this.#ramBytes[slot]! / mean,
        }),
      ),
      hashTags: this.#tags.rows(top),
      keysWithHashTag: this.#keysWithTag,
      shardPlans: used.length === 0 ? [] : PLANS.map((shards) => this.#plan(shards)),
      strip: Array.from({ length: STRIP }, (_, part) => {
        const width = HASH_SLOTS / STRIP
        return sumOf(this.#ramBytes, part * width, (part + 1) * width)
      }),
    }
  }

  /** Equal ranges, cut where `redis-cli --cluster create` cuts them: at rounded multiples of 16384 / shards. */
  #plan(shards: number): ShardPlan {
    const perShard: { keys: number; ramBytes: number }[] = []
    let from = 0
    for (let shard = 1; shard <= shards; shard++) {
      const to = shard === shards ? HASH_SLOTS : Math.round((HASH_SLOTS / shards) * shard - 1) + 1
      perShard.push({ keys: sumOf(this.#keys, from, to), ramBytes: sumOf(this.#ramBytes, from, to) })
      from = to
    }
    const largest = perShard.reduce((most, { ramBytes }) => Math.max(most, ramBytes), 0)
    const total = perShard.reduce((sum, { ramBytes }) => sum + ramBytes, 0)
    return { shards, perShard, skew: total === 0 ? 1 : (largest * shards) / total }
  }
}

function sumOf(numbers: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += numbers[i]!
  return sum
}
