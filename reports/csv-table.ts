import { stringify } from 'csv-stringify/sync'
import { escapeFormula } from './escape.js'
import type { RenderOptions } from './reporter.js'

/** What a cell can hold; null is an empty cell. */
export type Cell = string | number | boolean | null

/** A table as CSV: header, then rows; text that looks like a formula is made harmless. */
export function* csvTable(
  columns: readonly string[],
  rows: Iterable<readonly Cell[]>,
  options: Pick<RenderOptions, 'delimiter' | 'bom' | 'raw'> = {},
): Iterable<string> {
  const cellOf = (cell: Cell): string => {
    if (cell === null) return ''
    // Only text can come from the dump; a negative number is a number.
    if (typeof cell !== 'string' || options.raw === true) return String(cell)
    return escapeFormula(cell)
  }
  const settings = { delimiter: options.delimiter ?? ',', quoted_match: /^\s|\s$/ }
  if (options.bom === true) yield '\ufeff'
  yield stringify([columns], settings)
  for (const row of rows) yield stringify([row.map(cellOf)], settings)
}
