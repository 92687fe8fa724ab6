import type { Forecast } from '../../reports/batch/night-report.js'
import { addDays, daysBetween } from './days.js'
import type { ShardRow } from './history.js'

/** Nights that a trend needs. */
const FEWEST_NIGHTS = 3
/** A date further away than ten years says nothing. */
const LONGEST_DAYS = 3650

/** What a server used: what it said itself when it wrote the dump, else the sizes of its keys and dictionaries. */
export function usedBytes({ usedMemoryBytes, ramBytes, overheadBytes }: ShardRow): number {
  return usedMemoryBytes ?? ramBytes + overheadBytes
}

/**
 * When each shard reaches `maxmemory`, soonest first.
 * @param rows of one data set, up to and with the night
 */
export function forecasts(
  rows: readonly ShardRow[],
  date: string,
  maxmemoryBytes: number,
  nights: number,
): readonly Forecast[] {
  const byShard = new Map<string, ShardRow[]>()
  for (const row of rows) {
    if (row.status !== 'ok') continue
    byShard.set(row.shard, [...(byShard.get(row.shard) ?? []), row])
  }
  const found: Forecast[] = []
  for (const [shard, all] of byShard) {
    const points = all.sort((a, b) => (a.date < b.date ? -1 : 1)).slice(-nights)
    const last = points.at(-1)!
    if (last.date !== date) continue
    const forecast = forecastOf(shard, points, date, maxmemoryBytes)
    if (forecast !== null) found.push(forecast)
  }
  const soonest = (forecast: Forecast): number => forecast.days ?? Number.POSITIVE_INFINITY
  return found.sort((a, b) => soonest(a) - soonest(b) || b.usedBytes - a.usedBytes || (a.shard < b.shard ? -1 : 1))
}

function forecastOf(shard: string, points: readonly ShardRow[], date: string, maxmemoryBytes: number): Forecast | null {
  // A dump that says what was used and one that does not cannot be compared.
  const comparable = points.every((row) => row.usedMemoryBytes !== null)
    ? points
    : points.map((row) => ({ ...row, usedMemoryBytes: null }))
  const last = usedBytes(comparable.at(-1)!)
  const isReached = last >= maxmemoryBytes
  if (comparable.length < FEWEST_NIGHTS && !isReached) return null
  const bytesPerDay = slope(comparable.map((row) => [daysBetween(date, row.date), usedBytes(row)]))
  const days = isReached ? 0 : bytesPerDay <= 0 ? null : Math.ceil((maxmemoryBytes - last) / bytesPerDay)
  return {
    shard,
    usedBytes: last,
    maxmemoryBytes,
    bytesPerDay,
    nights: comparable.length,
    days,
    date: days === null || days > LONGEST_DAYS ? null : addDays(date, days),
  }
}

/**
 * Median of the slopes between all pairs (Theil and Sen): one night that is off, such as a dump taken in the middle of
 * an import, does not bend it.
 */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes: number[] = []
  for (const [index, [x, y]] of points.entries()) {
    for (const [otherX, otherY] of points.slice(index + 1)) if (otherX !== x) slopes.push((otherY - y) / (otherX - x))
  }
  if (slopes.length === 0) return 0
  slopes.sort((a, b) => a - b)
  const middle = slopes.length >> 1
  return slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2
}
