import { cutMiddle, displayWidth, headOf, padEnd, padStart } from '../width.js'

/** One column of a table in the terminal. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers stand to the right. Default left. */
  readonly align?: 'left' | 'right'
  /** The column that gives way when the terminal is narrow: its cells are cut in the middle. One per table. */
  readonly flexible?: boolean
  /** Shown only when the terminal has at least so many columns. */
  readonly fromWidth?: number
  /** Bars and the like: the first to go when a name would have to be cut. */
  readonly optional?: boolean
}

const GAP = 2
const MIN_FLEXIBLE = 12

/**
 * Lines of a table, header first, none wider than `width`.
 *
 * Columns that ask for more room than there is are left out, from the right, before the flexible one gets
 * narrower than a short name.
 */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  indent = 2,
): string[] {
  const room = width - indent
  let shown = columns.filter((column) => (column.fromWidth ?? 0) <= width)
  const cells = new Map(shown.map((column) => [column, rows.map((row) => column.cell(row))]))
  const natural = new Map(
    shown.map((column) => [
      column,
      cells.get(column)!.reduce((widest, cell) => Math.max(widest, displayWidth(cell)), displayWidth(column.title)),
    ]),
  )
  const needed = (flexibleWidth: number): number =>
    shown.reduce((sum, column) => {
      const wanted = natural.get(column)!
      return sum + GAP + (column.flexible === true ? Math.min(wanted, flexibleWidth) : wanted)
    }, -GAP)
  if (needed(Number.POSITIVE_INFINITY) > room) shown = shown.filter((column) => column.optional !== true)
  while (shown.length > 2 && needed(MIN_FLEXIBLE) > room) {
    const last = shown.findLastIndex((column) => column.flexible !== true)
    shown = shown.filter((_, index) => index !== last)
  }
  const fixed = shown.reduce((sum, column) => sum + GAP + (column.flexible === true ? 0 : natural.get(column)!), -GAP)
  const widths = shown.map((column) =>
    column.flexible === true ? Math.max(1, Math.min(natural.get(column)!, room - fixed)) : natural.get(column)!,
  )
  const line = (texts: readonly string[]): string => {
    const parts = shown.map((column, index) => {
      const cellWidth = widths[index]!
      const text = cutMiddle(texts[index]!, cellWidth)
      return column.align === 'right' ? padStart(text, cellWidth) : padEnd(text, cellWidth)
    })
    return headOf(' '.repeat(indent) + parts.join(' '.repeat(GAP)), width).trimEnd()
  }
  return [
    line(shown.map((column) => column.title)),
    ...rows.map((_, index) => line(shown.map((column) => cells.get(column)![index]!))),
  ]
}
