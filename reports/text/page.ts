import { wrap } from '../width.js'
import { type Column, tableLines } from './table.js'

const SGR = { bold: '\u001b[1m', dim: '\u001b[2m', red: '\u001b[31m', yellow: '\u001b[33m', off: '\u001b[0m' } as const
export type Style = Exclude<keyof typeof SGR, 'off'>

/** Lines of a terminal report: knows the width, the colours and how many rows a table may have. */
export class Page {
  #lines: string[] = []
  #lastBlank = true

  constructor(
    readonly width: number,
    readonly colors: boolean,
    /** Rows per table; Infinity for all. */
    readonly top: number,
  ) {}

  style(style: Style, text: string): string {
    return this.colors ? `${SGR[style]}${text}${SGR.off}` : text
  }

  /** The lines since the last call. */
  take(): readonly string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  /** An empty line, but not at the top and not twice. */
  blank(): void {
    if (!this.#lastBlank) this.line('')
  }

  /** A line that is known to fit. */
  line(text: string): void {
    this.#lines.push(text)
    this.#lastBlank = text === ''
  }

  /** A title of a section, with a remark behind it where there is room. */
  title(text: string, remark = ''): void {
    this.blank()
    const fits = remark !== '' && text.length + 2 + remark.length <= this.width
    this.line(this.style('bold', text) + (fits ? `  ${this.style('dim', remark)}` : ''))
  }

  /** Text broken into lines; those behind the first may stand further in. */
  paragraph(text: string, indent = 2, hanging = indent, style?: Style): void {
    const first = wrap(text, this.width - Math.max(indent, hanging))
    first.forEach((line, index) => {
      const room = ' '.repeat(index === 0 ? indent : hanging)
      this.line(room + (style === undefined ? line : this.style(style, line)))
    })
  }

  /** A point of a list: sign, then text. */
  point(sign: string, text: string, style: Style): void {
    const lines = wrap(text, this.width - 4)
    lines.forEach((line, index) => {
      this.line(index === 0 ? `  ${this.style(style, sign)} ${line}` : `    ${line}`)
    })
  }

  /** A table whose title is its first column's heading. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    const [header, ...body] = tableLines(columns, rows, this.width)
    this.line(this.style('dim', header!))
    for (const line of body) this.line(line)
  }
}

/**
 * The first `top` rows and, when there are more, one row for the rest, so that columns add up.
 * @param rest makes that row; rows that are such a row already are counted into it
 */
export function cutRows<Row>(
  rows: readonly Row[],
  top: number,
  isRest: (row: Row) => boolean,
  rest: (rows: readonly Row[]) => Row,
): readonly Row[] {
  const listed = rows.filter((row) => !isRest(row))
  if (listed.length <= top) return rows
  return [...listed.slice(0, top), rest([...listed.slice(top), ...rows.filter(isRest)])]
}
