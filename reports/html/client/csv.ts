import { escapeFormula, escapeText } from '../../escape.js'

/** Rows as RFC 4180, for a spreadsheet: names in `\xNN` form, nothing a formula. Numbers stay plain. */
export function csvText(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = escapeFormula(value)
  return /^\s|\s$|[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Text that is not in `\xNN` form yet. */
export function csvPlain(text: string): string {
  return escapeText(text)
}
