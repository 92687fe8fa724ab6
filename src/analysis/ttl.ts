import { formatCount, formatDuration } from '../../reports/format.js'
import type { BigKey, PatternRow, Stampede, TtlBucket, TtlLeak, TtlReport } from '../../reports/report.js'
import type { Target } from '../memory/target.js'
import type { BigKeyPreset } from './big-key-limits.js'
import { bigKey } from './biggest.js'
import { blockTtl, UNIT_MS } from './block-ttl.js'
import { bucketFloor, LOG_BUCKETS, quantileOf } from './histogram.js'
import { IntervalCounts, type IntervalCountsState } from './interval-counts.js'
import { compareText } from './names.js'
import type { RowBlock } from './row-block.js'
import { floatsOf, numberOf } from './state.js'
import { TopKeys, type TopKeysState } from './top-keys.js'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Buckets in order, and the remaining time below which a key belongs to them. */
const BUCKETS: readonly (readonly [id: string, title: string, belowMs: number])[] = [
  ['none', 'no expiry', 0],
  ['expired', 'expired', 0],
  ['<1m', 'under 1 minute', MINUTE_MS],
  ['1m-1h', '1 minute to 1 hour', HOUR_MS],
  ['1h-4h', '1 to 4 hours', 4 * HOUR_MS],
  ['4h-12h', '4 to 12 hours', 12 * HOUR_MS],
  ['12h-24h', '12 to 24 hours', DAY_MS],
  ['1d-7d', '1 to 7 days', 7 * DAY_MS],
  ['7d-30d', '7 to 30 days', 30 * DAY_MS],
  ['30d-1y', '30 days to 1 year', 365 * DAY_MS],
  ['>1y', 'over 1 year', Number.POSITIVE_INFINITY],
]
const NONE = 0
const EXPIRED = 1
const BELOW_MS = Float64Array.from(BUCKETS, ([, , belowMs]) => belowMs)

/** Collections from this many elements on are felt when they expire. */
const BIG_ELEMENTS = 5000
/** Logarithms of the tables: 24,576 seconds, 49,152 minutes (34 days) and hours (5.6 years) are counted at a time. */
const SECONDS_BITS = 15
const MINUTES_BITS = 16
const HOURS_BITS = 16
/** Stampedes are looked for up to the year 2106. */
const LAST_MS = 2 ** 32 * SECOND_MS

/** TTL bucket by bucket of the histogram: the one of its smallest time, and where the next one begins within it. */
const FIRST_BUCKET = new Uint8Array(LOG_BUCKETS)
const NEXT_FROM_MS = new Float64Array(LOG_BUCKETS).fill(Number.POSITIVE_INFINITY)
for (let log = 0; log < LOG_BUCKETS; log++) {
  let bucket = EXPIRED + 1
  while (bucketFloor(log) * UNIT_MS >= BELOW_MS[bucket]!) bucket++
  FIRST_BUCKET[log] = bucket
  NEXT_FROM_MS[log] = BELOW_MS[bucket]!
}

const STAMPEDES = 10
/**
 * What makes an interval stand out: so many keys, and either so many times the keys of the median interval in use or so
 * large a part of all keys that expire. An even spread has no stampede.
 */
const STAMPEDE_KEYS = 10
const STAMPEDE_TIMES_MEDIAN = 3
const STAMPEDE_SHARE = 0.2
/** From this share of expiring keys on, those without expiry look forgotten; patterns of fewer keys prove nothing. */
const LEAK_SHARE = 0.9
const LEAK_KEYS = 20

/** Keys and bytes per bucket of remaining time, from a state. */
export function ttlBuckets(state: Pick<TtlState, 'keys' | 'ramBytes'>): readonly TtlBucket[] {
  return BUCKETS.map(([id, title], bucket) => ({
    id,
    title,
    keys: state.keys[bucket]!,
    ramBytes: state.ramBytes[bucket]!,
  }))
}

export interface TtlState {
  readonly keys: Float64Array
  readonly ramBytes: Float64Array
  readonly remaining: Float64Array
  readonly minMs: number
  readonly maxMs: number
  readonly seconds: IntervalCountsState
  readonly minutes: IntervalCountsState
  readonly hours: IntervalCountsState
  readonly bigExpiring: TopKeysState
  readonly fieldTtlKeys: number
}

/** When keys expire, judged at `nowMs`. */
export class Ttl {
  /** Moment of the dump that is read, in ms since 1970. */
  nowMs = 0
  readonly #keys = new Float64Array(BUCKETS.length)
  readonly #ramBytes = new Float64Array(BUCKETS.length)
  /** Remaining times in units of 16 ms, and their ends in ms. */
  readonly #remaining = new Float64Array(LOG_BUCKETS)
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = Number.NEGATIVE_INFINITY
  readonly #seconds = new IntervalCounts(SECONDS_BITS)
  readonly #minutes = new IntervalCounts(MINUTES_BITS)
  readonly #hours = new IntervalCounts(HOURS_BITS)
  readonly #bigExpiring: TopKeys
  #fieldTtlKeys = 0

  /** @param kept big keys that are kept */
  constructor(kept: number) {
    this.#bigExpiring = new TopKeys(kept)
  }

  add(block: RowBlock): void {
    const { nowMs } = this
    const keys = this.#keys
    const bytes = this.#ramBytes
    blockTtl.look(block.rows, nowMs)
    keys[NONE]! += blockTtl.permanentKeys
    bytes[NONE]! += blockTtl.permanentRamBytes
    keys[EXPIRED]! += blockTtl.expiredKeys
    bytes[EXPIRED]! += blockTtl.expiredRamBytes
    this.#fieldTtlKeys += blockTtl.fieldTtlKeys
    const { expiresAtMs, ramBytes, elements } = block
    const { living, livingKeys, logs } = blockTtl
    const remainingTimes = this.#remaining
    let minMs = this.#minMs
    let maxMs = this.#maxMs
    this.#hours.fetch(expiresAtMs, living, livingKeys, HOUR_MS)
    for (let i = 0; i < livingKeys; i++) {
      const row = living[i]!
      const log = logs[i]!
      const expires = expiresAtMs[row]!
      const ram = ramBytes[row]!
      const remaining = expires - nowMs
      const bucket = FIRST_BUCKET[log]! + (remaining >= NEXT_FROM_MS[log]! ? 1 : 0)
      keys[bucket] = keys[bucket]! + 1
      bytes[bucket] = bytes[bucket]! + ram
      remainingTimes[log] = remainingTimes[log]! + 1
      if (remaining < minMs) minMs = remaining
      if (remaining > maxMs) maxMs = remaining
      if (expires < LAST_MS) this.#countInterval(expires, ram)
      if (elements[row]! >= BIG_ELEMENTS && remaining < DAY_MS && elements[row]! >= this.#bigExpiring.floor) {
        this.#bigExpiring.offer(elements[row]!, block.batch!, block.start + row)
      }
    }
    this.#minMs = minMs
    this.#maxMs = maxMs
  }

  merge(other: Ttl): void {
    for (let bucket = 0; bucket < BUCKETS.length; bucket++) {
      this.#keys[bucket]! += other.#keys[bucket]!
      this.#ramBytes[bucket]! += other.#ramBytes[bucket]!
    }
    for (let log = 0; log < LOG_BUCKETS; log++) this.#remaining[log]! += other.#remaining[log]!
    this.#minMs = Math.min(this.#minMs, other.#minMs)
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs)
    this.#seconds.merge(other.#seconds)
    this.#minutes.merge(other.#minutes)
    this.#hours.merge(other.#hours)
    this.#bigExpiring.merge(other.#bigExpiring)
    this.#fieldTtlKeys += other.#fieldTtlKeys
  }

  /** @param intervals entries at most per table of intervals */
  state(intervals?: number): TtlState {
    return {
      keys: this.#keys.slice(),
      ramBytes: this.#ramBytes.slice(),
      remaining: this.#remaining.slice(),
      minMs: this.#minMs,
      maxMs: this.#maxMs,
      seconds: this.#seconds.state(intervals),
      minutes: this.#minutes.state(intervals),
      hours: this.#hours.state(intervals),
      bigExpiring: this.#bigExpiring.state(),
      fieldTtlKeys: this.#fieldTtlKeys,
    }
  }

  /**
   * Adds what another has counted.
   *
   * @param firstFile what the file numbers of the state begin with here
   * @throws StateError
   */
  restore(state: TtlState, firstFile: number): void {
    const other = new Ttl(0)
    other.#keys.set(floatsOf(state.keys, BUCKETS.length, 'ttl.keys'))
    other.#ramBytes.set(floatsOf(state.ramBytes, BUCKETS.length, 'ttl.ramBytes'))
    other.#remaining.set(floatsOf(state.remaining, LOG_BUCKETS, 'ttl.remaining'))
    other.#minMs = numberOf(state.minMs, 'ttl.minMs')
    other.#maxMs = numberOf(state.maxMs, 'ttl.maxMs')
    other.#fieldTtlKeys = numberOf(state.fieldTtlKeys, 'ttl.fieldTtlKeys')
    this.merge(other)
    this.#seconds.restore(state.seconds)
    this.#minutes.restore(state.minutes)
    this.#hours.restore(state.hours)
    this.#bigExpiring.merge(TopKeys.restore(state.bigExpiring, firstFile))
  }

  /**
   * @param patterns all rows of the pattern table
   * @param top rows per table; 0: all
   */
  result(nowMs: number, target: Target, preset: BigKeyPreset, patterns: readonly PatternRow[], top: number): TtlReport {
    const futureKeys = this.#remaining.reduce((sum, keys) => sum + keys, 0)
    const sum = (bucket: number): { keys: number; ramBytes: number } => ({
      keys: this.#keys[bucket]!,
      ramBytes: this.#ramBytes[bucket]!,
    })
    const leaking = patterns.filter(({ withoutTtl, match }) => withoutTtl > 0 && match !== null).sort(byLostBytes)
    return {
      nowMs,
      buckets: BUCKETS.map(([id, title], bucket): TtlBucket => ({ id, title, ...sum(bucket) })),
      withoutTtl: sum(NONE),
      expired: sum(EXPIRED),
      spread:
        futureKeys === 0 ? null : { minMs: this.#minMs, medianMs: this.#medianMs(futureKeys), maxMs: this.#maxMs },
      withoutTtlPatterns: cut(leaking, top).map((row) => ({
        pattern: row.pattern,
        type: row.type as Exclude<PatternRow['type'], 'mixed'>,
        keys: row.keys,
        withoutTtl: row.withoutTtl,
        withoutTtlRamBytes: row.withoutTtlRamBytes,
      })),
      leaks: cut(leaking.filter(isLeak), top).map(
        (row): TtlLeak => ({
          pattern: row.pattern,
          type: row.type as TtlLeak['type'],
          keys: row.keys,
          withoutTtl: row.withoutTtl,
          withoutTtlRamBytes: row.withoutTtlRamBytes,
          expiringShare: 1 - row.withoutTtl / row.keys,
          example: row.exampleWithoutTtl,
        }),
      ),
      stampedes: this.#stampedes(futureKeys),
      // What an interval lacks keeps the shorter ones in it from being counted, so that shortfalls add up.
      stampedeUndercount: this.#seconds.undercount + this.#minutes.undercount + this.#hours.undercount,
      bigExpiring: this.#bigExpiring.sorted().map((key): BigKey => {
        const when = formatDuration(key.expiresAtMs - nowMs)
        const reason = `expires in ${when} with ${formatCount(key.elements)} elements`
        return bigKey(key, this.#bigExpiring, target, preset, [reason])
      }),
      keysWithFieldTtl: this.#fieldTtlKeys,
    }
  }

  #countInterval(expiresAtMs: number, ramBytes: number): void {
    const inHour = this.#hours.add(Math.floor(expiresAtMs / HOUR_MS), 1, ramBytes)
    if (inHour <= this.#minutes.threshold) return
    const inMinute = this.#minutes.add(Math.floor(expiresAtMs / MINUTE_MS), 1, ramBytes)
    if (inMinute > this.#seconds.threshold) this.#seconds.add(Math.floor(expiresAtMs / SECOND_MS), 1, ramBytes)
  }

  #medianMs(futureKeys: number): number {
    const medianMs = Math.round(quantileOf(this.#remaining, futureKeys, 0.5) * UNIT_MS)
    return Math.min(this.#maxMs, Math.max(this.#minMs, medianMs))
  }

  #stampedes(futureKeys: number): readonly Stampede[] {
    const rows = (unit: Stampede['unit'], lengthMs: number, counts: IntervalCounts): readonly Stampede[] => {
      const enough = Math.max(
        STAMPEDE_KEYS,
        Math.min(STAMPEDE_TIMES_MEDIAN * counts.medianKeys(), STAMPEDE_SHARE * futureKeys),
      )
      return [...counts.entries(enough)]
        .map(([interval, keys, ramBytes]) => ({
          unit,
          startMs: interval * lengthMs,
          keys,
          ramBytes,
          share: keys / futureKeys,
        }))
        .sort((a, b) => b.keys - a.keys || b.ramBytes - a.ramBytes || a.startMs - b.startMs)
        .slice(0, STAMPEDES)
    }
    return [
      ...rows('second', SECOND_MS, this.#seconds),
      ...rows('minute', MINUTE_MS, this.#minutes),
      ...rows('hour', HOUR_MS, this.#hours),
    ]
  }
}

function byLostBytes(a: PatternRow, b: PatternRow): number {
  return (
    b.withoutTtlRamBytes - a.withoutTtlRamBytes ||
    b.withoutTtl - a.withoutTtl ||
    compareText(a.pattern, b.pattern) ||
    compareText(a.type, b.type)
  )
}

function isLeak({ keys, withoutTtl }: PatternRow): boolean {
  return keys >= LEAK_KEYS && keys - withoutTtl >= keys * LEAK_SHARE
}

function cut<Row>(rows: readonly Row[], top: number): readonly Row[] {
  return top === 0 ? rows : rows.slice(0, top)
}
