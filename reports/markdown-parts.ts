import { escapeMarkdown } from './escape.js'
import { formatShare, shareOf } from './format.js'
import { cutMiddle } from './width.js'

/** Names longer than this are cut: a table in an issue must stay readable. */
const MAX_NAME_CELLS = 120

export interface MarkdownColumn<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  readonly align?: 'right'
}

/** A table; cells are Markdown already. */
export function* markdownTable<Row>(columns: readonly MarkdownColumn<Row>[], rows: readonly Row[]): Iterable<string> {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  yield line(columns.map(({ title }) => title))
  yield line(columns.map(({ align }) => (align === 'right' ? '---:' : '---')))
  for (const row of rows) yield line(columns.map(({ cell }) => cell(row)))
}

/**
 * A name from the dump: as code where that is safe in every dialect, else with every sign that could act
 * written as a character reference.
 */
export function code(text: string): string {
  const short = cutMiddle(text, MAX_NAME_CELLS)
  return /^[^`|\\\s][^`|\\\r\n]*$/.test(short) && !short.endsWith(' ') ? `\`${short}\`` : escapeMarkdown(short)
}

/** `<0.1 %` must not begin a tag. */
export function share(part: number, whole: number): string {
  return escapeMarkdown(formatShare(shareOf(part, whole)))
}

/** A sentence of our own, which holds no name from a dump: only the signs that Markdown would take for markup. */
export function prose(text: string): string {
  return text.replace(/[&<>|*_`[\]\\~#$@]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
