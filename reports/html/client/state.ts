/** What the reader chose for the whole page. */
export type Metric = 'ramBytes' | 'payloadBytes' | 'keys'

export const METRICS: readonly (readonly [Metric, string])[] = [
  ['ramBytes', 'memory'],
  ['payloadBytes', 'payload'],
  ['keys', 'keys'],
]

let current: Metric = 'ramBytes'
const listeners: (() => void)[] = []

export function metric(): Metric {
  return current
}

export function setMetric(next: Metric): void {
  current = next
  changed()
}

/** Calls `draw` now and whenever what it shows changes: metric, light or dark, paper. */
export function live(draw: () => void): void {
  listeners.push(draw)
  draw()
}

export function changed(): void {
  for (const listener of listeners) listener()
}

export function metricTitle(): string {
  return METRICS.find(([id]) => id === current)![1]
}
