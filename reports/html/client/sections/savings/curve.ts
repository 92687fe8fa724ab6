import { plural } from '../../../../format.js'
import { type Child, el } from '../../dom.js'
import { byteTicks } from '../../histogram.js'
import { linesChart } from '../../lines.js'
import { formatBytes, formatCount } from '../../units.js'

interface Point {
  readonly limit: number
  readonly keys: number
  readonly savedBytes: number
}

/** Saved bytes against the limit, of a technique that raises one; null when it has none. */
export function curves(parameters: Readonly<Record<string, unknown>>): Child {
  const charts = [
    curve('Saved bytes by number of elements', parameters.curve, parameters.entries, parameters.current),
    curve('Saved bytes by length of the longest element', parameters.valueCurve, parameters.value, undefined),
  ].filter((part) => part !== null)
  return charts.length === 0 ? null : el('div', { class: 'sub' }, ...charts)
}

function curve(title: string, points: unknown, chosen: unknown, current: unknown): HTMLElement | null {
  if (!isCurve(points) || points.length < 2) return null
  const most = Math.max(...points.map(({ savedBytes }) => savedBytes))
  // A flat line says no more than the figure above.
  if (points.every(({ savedBytes }) => savedBytes === most)) return null
  const marks = points.flatMap(({ limit }, at) => [
    ...(limit === chosen ? [{ at, title: `chosen: ${formatCount(limit)}` }] : []),
    ...(limit === current && current !== chosen ? [{ at, title: 'today' }] : []),
  ])
  const { element } = linesChart(
    title,
    points.map(({ limit }) => formatCount(limit)),
    [{ title: 'saved', values: points.map(({ savedBytes }) => savedBytes) }],
    formatBytes,
    { marks, heightPx: 180, ...(most > 0 ? { ticks: byteTicks(most) } : {}) },
  )
  const last = points.at(-1)!
  const remark = `up to ${plural(last.keys, 'key')} at ${formatCount(last.limit)}`
  return el('div', {}, el('h4', {}, `${title} `, el('span', { class: 'remark' }, remark)), element)
}

function isCurve(value: unknown): value is readonly Point[] {
  return (
    Array.isArray(value) &&
    value.every(
      (point: unknown) => typeof point === 'object' && point !== null && 'limit' in point && 'savedBytes' in point,
    )
  )
}
