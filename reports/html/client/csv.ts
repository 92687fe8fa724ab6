import { escapeFormula } from '../../escape.js'

/** Rows for a spreadsheet, as `--format csv` writes them: names in `\xNN` form, nothing a formula, plain numbers. */
export function csvText(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('')
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = escapeFormula(value)
  return /^\s|\s$|[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
