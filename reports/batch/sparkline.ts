import type { Series } from './night-report.js'

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/**
 * A line of blocks from the smallest to the largest value, at most `cells` wide; a blank where nothing is known. When
 * there are more nights than cells, each cell is the last known night of its share.
 */
export function sparkline(series: Series, cells: number): string {
  const points = series.length <= cells ? series : gathered(series, cells)
  const known = points.filter((value) => value !== null)
  if (known.length === 0) return ''
  const low = Math.min(...known)
  const span = Math.max(...known) - low
  return points
    .map((value) => {
      if (value === null) return ' '
      // What does not change stands in the middle, not at the bottom.
      const level = span === 0 ? 3 : Math.round(((value - low) / span) * (LEVELS.length - 1))
      return LEVELS[level]!
    })
    .join('')
}

function gathered(series: Series, cells: number): Series {
  return Array.from({ length: cells }, (_, cell) => {
    const part = series.slice(
      Math.floor((cell * series.length) / cells),
      Math.floor(((cell + 1) * series.length) / cells),
    )
    return part.findLast((value) => value !== null) ?? null
  })
}
