import { formatCount } from '../../format.js'
import { onAnchor } from './anchors.js'
import { copyButton } from './copy.js'
import { csvText } from './csv.js'
import { type Child, el, meter } from './dom.js'
import { live } from './state.js'

/** What a cell sorts by and what the CSV gets. */
export type CellValue = string | number | null

export interface TableColumn<Row> {
  readonly title: string
  /** Names sort by letters, numbers by size; null goes last. */
  readonly value: (row: Row) => CellValue
  /** What is shown; default: the value. */
  readonly text?: (row: Row) => string
  readonly align?: 'left' | 'right'
  /** Names are set in the face of code and may be cut; the rest of a name is in the details. */
  readonly kind?: 'name'
  /** A bar beside the number, 0..1. */
  readonly bar?: (row: Row) => number
  /** Left out on narrow screens; the details have it. */
  readonly wide?: boolean
}

export interface TableOptions<Row> {
  /** Name of the table, for assistive software and the CSV button. */
  readonly label: string
  readonly columns: readonly TableColumn<Row>[]
  readonly rows: readonly Row[]
  /** Text that the search looks into; without it there is no search box. */
  readonly search?: (row: Row) => string
  /** What a row unfolds to. */
  readonly details?: (row: Row) => Child
  /** Stable anchor of a row. */
  readonly anchor?: (row: Row) => string
  /** The sum under the rows that pass the search. */
  readonly summary?: (rows: readonly Row[]) => string
  /** Rows shown before "show all". */
  readonly first?: number
}

const FIRST_ROWS = 20
/** From so many rows on a search box pays. */
const SEARCH_FROM_ROWS = 8

/** A table to sort, search, unfold and copy. */
export function table<Row>(options: TableOptions<Row>): HTMLElement {
  return new Table(options).element
}

class Table<Row> {
  readonly element: HTMLElement
  readonly #options: TableOptions<Row>
  readonly #body = el('tbody')
  readonly #heads: HTMLElement[]
  readonly #summary = el('p', { class: 'summary', attributes: { 'aria-live': 'polite' } })
  readonly #more = el('button', { class: 'quiet', type: 'button' })
  readonly #open = new Set<Row>()
  readonly #rowElements = new Map<Row, HTMLElement>()
  /** Column and direction; null: the order of the report. */
  #sort: { readonly column: TableColumn<Row>; readonly down: boolean } | null = null
  #query = ''
  #all = false

  constructor(options: TableOptions<Row>) {
    this.#options = options
    this.#heads = options.columns.map((column) => this.#head(column))
    this.#more.addEventListener('click', () => {
      const before = this.#body.rows.length
      this.#all = true
      this.draw()
      // The button is gone: who pressed it by keyboard goes on at the first row that was hidden.
      this.#body.rows[before]?.querySelector('button')?.focus({ preventScroll: true })
    })
    const copy = copyButton('copy as CSV', () => this.#csv())
    this.element = el(
      'div',
      { class: 'table-block' },
      el('div', { class: 'table-tools' }, this.#searchBox(), this.#summary, copy),
      el(
        'div',
        { class: 'table-scroll' },
        el(
          'table',
          { attributes: { 'aria-label': options.label } },
          el('thead', {}, el('tr', {}, ...this.#heads)),
          this.#body,
        ),
      ),
      this.#more,
    )
    const { anchor } = options
    if (anchor !== undefined) {
      for (const row of options.rows) onAnchor(anchor(row), () => this.#reveal(row))
    }
    // Bars and sums of the rows may follow the metric.
    live(() => this.draw())
  }

  draw(): void {
    const rows = this.#visible()
    const limit = this.#all ? rows.length : (this.#options.first ?? FIRST_ROWS)
    // One row more is no reason to hide it.
    const shown = rows.length <= limit + 1 ? rows : rows.slice(0, limit)
    this.#rowElements.clear()
    this.#body.replaceChildren(...shown.flatMap((row) => this.#row(row)))
    if (rows.length === 0) {
      const cell = el('td', { class: 'empty', attributes: { colspan: String(this.#heads.length) } }, 'no row matches')
      this.#body.append(el('tr', {}, cell))
    }
    this.#more.textContent = `show all ${formatCount(rows.length)} rows`
    this.#more.hidden = shown.length === rows.length
    this.#summary.textContent = this.#options.summary?.(rows) ?? ''
    this.#options.columns.forEach((column, index) => {
      const sorted = this.#sort?.column === column
      this.#heads[index]!.setAttribute('aria-sort', sorted ? (this.#sort!.down ? 'descending' : 'ascending') : 'none')
    })
  }

  #head(column: TableColumn<Row>): HTMLElement {
    const button = el('button', { type: 'button' }, column.title)
    button.addEventListener('click', () => {
      const again = this.#sort?.column === column
      // Numbers start with the largest, names with the first letter; the third click gives the first order back.
      const numbers = this.#options.rows.some((row) => typeof column.value(row) === 'number')
      if (!again) this.#sort = { column, down: numbers }
      else if (this.#sort!.down === numbers) this.#sort = { column, down: !numbers }
      else this.#sort = null
      this.draw()
    })
    return el('th', { class: classOf({ ...column, kind: undefined }), attributes: { scope: 'col' } }, button)
  }

  #searchBox(): Child {
    const { search, rows, label } = this.#options
    if (search === undefined || rows.length < SEARCH_FROM_ROWS) return null
    const input = el('input', {
      type: 'search',
      placeholder: `search ${label}`,
      attributes: { 'aria-label': `search ${label}`, spellcheck: 'false', autocomplete: 'off' },
    })
    input.addEventListener('input', () => {
      this.#query = input.value.trim().toLowerCase()
      this.draw()
    })
    return input
  }

  #visible(): readonly Row[] {
    const { rows, search } = this.#options
    const query = this.#query
    const found =
      query === '' || search === undefined ? [...rows] : rows.filter((row) => search(row).toLowerCase().includes(query))
    if (this.#sort === null) return found
    const { column, down } = this.#sort
    return found.sort((a, b) => compare(column.value(a), column.value(b), down))
  }

  #row(row: Row): HTMLElement[] {
    const { columns, details, anchor } = this.#options
    const open = this.#open.has(row)
    const line = el('tr', { ...(anchor === undefined ? {} : { id: anchor(row) }) })
    columns.forEach((column, index) => {
      const text = textOf(column, row)
      const shown = el('span', { class: column.kind === 'name' ? 'name' : 'text', title: text }, text)
      if (column.kind !== 'name') shown.removeAttribute('title')
      const cell = el('td', { class: classOf(column) })
      if (index === 0 && details !== undefined) {
        const toggle = el('button', { class: 'toggle', type: 'button', attributes: { 'aria-expanded': String(open) } })
        toggle.append(shown)
        cell.append(toggle)
      } else cell.append(shown)
      if (column.bar !== undefined) {
        cell.classList.add('with-bar')
        cell.prepend(meter(column.bar(row)))
      }
      line.append(cell)
    })
    this.#rowElements.set(row, line)
    if (details === undefined) return [line]
    line.classList.add('unfolds')
    line.addEventListener('click', () => {
      // Marking text is no click.
      if (getSelection()?.isCollapsed === false) return
      if (open) this.#open.delete(row)
      else this.#open.add(row)
      this.draw()
      this.#rowElements.get(row)?.querySelector('button')?.focus({ preventScroll: true })
    })
    if (!open) return [line]
    const cell = el('td', { attributes: { colspan: String(columns.length) } }, details(row))
    return [line, el('tr', { class: 'details' }, cell)]
  }

  #reveal(row: Row): HTMLElement | null {
    this.#query = ''
    const input = this.element.querySelector('input')
    if (input !== null) input.value = ''
    this.#all = true
    this.#open.add(row)
    this.draw()
    return this.#rowElements.get(row) ?? null
  }

  #csv(): string {
    const { columns } = this.#options
    return csvText([
      columns.map((column) => column.title),
      ...this.#visible().map((row) => columns.map((column) => column.value(row))),
    ])
  }
}

function classOf(column: { align?: string; kind?: string | undefined; wide?: boolean }): string {
  return [column.align === 'right' ? 'right' : '', column.kind ?? '', column.wide === true ? 'wide' : '']
    .filter((part) => part !== '')
    .join(' ')
}

function textOf<Row>(column: TableColumn<Row>, row: Row): string {
  if (column.text !== undefined) return column.text(row)
  const value = column.value(row)
  return value === null ? '' : String(value)
}

function compare(a: CellValue, b: CellValue, down: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : a === b ? 0 : 1
  return down ? -order : order
}
