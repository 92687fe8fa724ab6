import { formatCount, formatDuration } from '../../reports/format.js'
import type { BigKey, PatternRow, Stampede, TtlBucket, TtlLeak, TtlReport } from '../../reports/report.js'
import { FLAG_FIELD_EXPIRY, type KeyBatch } from '../batch.js'
import type { Target } from '../memory/target.js'
import type { BigKeyPreset } from './big-key-limits.js'
import { bigKey } from './biggest.js'
import { LogHistogram } from './histogram.js'
import { IntervalCounts } from './interval-counts.js'
import { compareText } from './names.js'
import { TopKeys } from './top-keys.js'

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
/** Seconds, minutes and hours that are counted at a time. */
const SECONDS = 1 << 15
const MINUTES = 1 << 14
const HOURS = 1 << 14
/** Later seconds (year 2106) are not counted one by one. */
const LAST_SECOND = 2 ** 32
/** Rows per unit, and the keys that make an interval worth a row. */
const STAMPEDES = 10
const STAMPEDE_KEYS = 10
/** From this share of expiring keys on, those without expiry look forgotten; patterns of fewer keys prove nothing. */
const LEAK_SHARE = 0.9
const LEAK_KEYS = 20

/** When keys expire, judged at `nowMs`. */
export class Ttl {
  /** Moment of the dump that is read, in ms since 1970. */
  nowMs = 0
  readonly #keys = new Float64Array(BUCKETS.length)
  readonly #ramBytes = new Float64Array(BUCKETS.length)
  readonly #remaining = new LogHistogram()
  // Intervals that do not fit go to the next unit, so that a row of minutes or hours is the sum of all three tables.
  readonly #hours = new IntervalCounts(HOURS, () => {})
  readonly #minutes = new IntervalCounts(MINUTES, (minute, keys, ram) =>
    this.#hours.add(Math.floor(minute / 60), keys, ram),
  )
  readonly #seconds = new IntervalCounts(SECONDS, (second, keys, ram) =>
    this.#minutes.add(Math.floor(second / 60), keys, ram),
  )
  readonly #bigExpiring: TopKeys
  #fieldTtlKeys = 0

  /** @param kept big keys that are kept */
  constructor(kept: number) {
    this.#bigExpiring = new TopKeys(kept)
  }

  add(batch: KeyBatch): void {
    const { expiresAtMs, ramBytes, elements, flags } = batch
    const nowMs = this.nowMs
    const keys = this.#keys
    const bytes = this.#ramBytes
    const remainingTimes = this.#remaining
    const seconds = this.#seconds
    const length = batch.length
    let permanentKeys = 0
    let permanentRam = 0
    let flagged = 0
    for (let row = 0; row < length; row++) {
      const expires = expiresAtMs[row]!
      const ram = ramBytes[row]!
      flagged += flags[row]! & FLAG_FIELD_EXPIRY
      if (expires < 0) {
        permanentKeys++
        permanentRam += ram
        continue
      }
      const remaining = expires - nowMs
      if (remaining < 0) {
        keys[EXPIRED] = keys[EXPIRED]! + 1
        bytes[EXPIRED] = bytes[EXPIRED]! + ram
        continue
      }
      let bucket = EXPIRED + 1
      while (remaining >= BELOW_MS[bucket]!) bucket++
      keys[bucket] = keys[bucket]! + 1
      bytes[bucket] = bytes[bucket]! + ram
      remainingTimes.add(remaining)
      const second = Math.floor(expires / SECOND_MS)
      if (second < LAST_SECOND) seconds.add(second, 1, ram)
      if (elements[row]! >= BIG_ELEMENTS && remaining < DAY_MS && elements[row]! >= this.#bigExpiring.floor) {
        this.#bigExpiring.offer(elements[row]!, batch, row)
      }
    }
    keys[NONE] = keys[NONE]! + permanentKeys
    bytes[NONE] = bytes[NONE]! + permanentRam
    this.#fieldTtlKeys += flagged / FLAG_FIELD_EXPIRY
  }

  merge(other: Ttl): void {
    for (let bucket = 0; bucket < BUCKETS.length; bucket++) {
      this.#keys[bucket]! += other.#keys[bucket]!
      this.#ramBytes[bucket]! += other.#ramBytes[bucket]!
    }
    this.#remaining.merge(other.#remaining)
    for (const [ours, theirs] of [
      [this.#seconds, other.#seconds],
      [this.#minutes, other.#minutes],
      [this.#hours, other.#hours],
    ] as const) {
      theirs.forEach((interval, keys, ram) => {
        ours.add(interval, keys, ram)
      })
      ours.undercount += theirs.undercount
    }
    this.#bigExpiring.merge(other.#bigExpiring)
    this.#fieldTtlKeys += other.#fieldTtlKeys
  }

  /**
   * @param patterns all rows of the pattern table
   * @param top rows per table; 0: all
   */
  result(nowMs: number, target: Target, preset: BigKeyPreset, patterns: readonly PatternRow[], top: number): TtlReport {
    const remaining = this.#remaining
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
        remaining.total === 0
          ? null
          : { minMs: remaining.min, medianMs: Math.round(remaining.quantile(0.5)), maxMs: remaining.max },
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
      stampedes: this.#stampedes(remaining.total),
      stampedeUndercount: Math.max(this.#seconds.undercount, this.#minutes.undercount, this.#hours.undercount),
      bigExpiring: this.#bigExpiring.sorted().map((key): BigKey => {
        const when = formatDuration(key.expiresAtMs - nowMs)
        const reason = `expires in ${when} with ${formatCount(key.elements)} elements`
        return bigKey(key, this.#bigExpiring, target, preset, [reason])
      }),
      keysWithFieldTtl: this.#fieldTtlKeys,
    }
  }

  #stampedes(futureKeys: number): readonly Stampede[] {
    type Sum = { keys: number; ramBytes: number }
    const seconds = new Map<number, Sum>()
    const minutes = new Map<number, Sum>()
    const hours = new Map<number, Sum>()
    const into = (sums: Map<number, Sum>, interval: number, keys: number, ramBytes: number): void => {
      const known = sums.get(interval)
      if (known === undefined) sums.set(interval, { keys, ramBytes })
      else {
        known.keys += keys
        known.ramBytes += ramBytes
      }
    }
    this.#seconds.forEach((second, keys, ram) => {
      into(seconds, second, keys, ram)
      into(minutes, Math.floor(second / 60), keys, ram)
      into(hours, Math.floor(second / 3600), keys, ram)
    })
    this.#minutes.forEach((minute, keys, ram) => {
      into(minutes, minute, keys, ram)
      into(hours, Math.floor(minute / 60), keys, ram)
    })
    this.#hours.forEach((hour, keys, ram) => {
      into(hours, hour, keys, ram)
    })
    const rows = (unit: Stampede['unit'], lengthMs: number, sums: Map<number, Sum>): Stampede[] =>
      [...sums]
        .filter(([, { keys }]) => keys >= STAMPEDE_KEYS)
        .map(([interval, { keys, ramBytes }]) => ({
          unit,
          startMs: interval * lengthMs,
          keys,
          ramBytes,
          share: keys / futureKeys,
        }))
        .sort((a, b) => b.keys - a.keys || b.ramBytes - a.ramBytes || a.startMs - b.startMs)
        .slice(0, STAMPEDES)
    return [
      ...rows('second', SECOND_MS, seconds),
      ...rows('minute', MINUTE_MS, minutes),
      ...rows('hour', HOUR_MS, hours),
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
