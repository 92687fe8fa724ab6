import { formatAverage } from '../../format.js'
import type { TableColumn } from './table.js'
import { formatBytes, formatCount, type Measured, measured, percent, plural, shareOf } from './units.js'

/** Columns that every table of sums has; the share and its bar are those of the chosen metric. */
export function sumColumns<Row extends Measured>(totals: Measured, rows: readonly Row[]): TableColumn<Row>[] {
  return [
    { title: 'keys', align: 'right', value: (row) => row.keys, text: (row) => formatCount(row.keys) },
    bytesColumn('memory', (row) => row.ramBytes),
    bytesColumn('payload', (row) => row.payloadBytes, true),
    {
      title: '%',
      align: 'right',
      value: (row) => Math.round(shareOf(measured(row), measured(totals)) * 1e6) / 1e4,
      text: (row) => percent(measured(row), measured(totals)).replace(' %', ''),
      // Against the largest row, so that rows can be compared.
      bar: (row) => shareOf(measured(row), Math.max(...rows.map(measured))),
    },
  ]
}

export function bytesColumn<Row>(title: string, value: (row: Row) => number | null, wide = false): TableColumn<Row> {
  return {
    title,
    align: 'right',
    wide,
    value,
    text: (row) => {
      const bytes = value(row)
      return bytes === null ? '' : formatBytes(bytes)
    },
  }
}

export function countColumn<Row>(title: string, value: (row: Row) => number, wide = false): TableColumn<Row> {
  return { title, align: 'right', wide, value, text: (row) => formatAverage(value(row)) }
}

export function shareColumn<Row>(title: string, value: (row: Row) => number, wide = false): TableColumn<Row> {
  return {
    title,
    align: 'right',
    wide,
    value: (row) => Math.round(value(row) * 1e6) / 1e4,
    text: (row) => percent(value(row), 1).replace(' %', ''),
  }
}

/** "12 patterns, 4,112 keys, 1.2 MiB (14 %)" under a search. */
export function sumsText<Row extends Measured>(what: string, totals: Measured) {
  return (rows: readonly Row[]): string => {
    const keys = rows.reduce((sum, row) => sum + row.keys, 0)
    const ram = rows.reduce((sum, row) => sum + row.ramBytes, 0)
    return `${plural(rows.length, what)}: ${plural(keys, 'key')}, ${formatBytes(ram)} (${percent(ram, totals.ramBytes)})`
  }
}
