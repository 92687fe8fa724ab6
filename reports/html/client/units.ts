import { formatBytes, formatCount, formatShare, plural, shareOf } from '../../format.js'
import { type Metric, metric } from './state.js'

/** What every row of sums has. */
export interface Measured {
  readonly keys: number
  readonly ramBytes: number
  readonly payloadBytes: number
}

export function measured(row: Measured): number {
  return row[metric()]
}

/** A number of the chosen metric. */
export function formatMetric(value: number, of: Metric = metric()): string {
  return of === 'keys' ? plural(value, 'key') : formatBytes(value)
}

/** `26.0 %` */
export function percent(part: number, whole: number): string {
  return formatShare(shareOf(part, whole))
}

export { formatBytes, formatCount, plural, shareOf }
