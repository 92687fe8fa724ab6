import type { CompareReport } from '../compare-report.js'
import { Page } from '../text/page.js'
import type { Column } from '../text/table.js'
import { type CompareColumn, compareTables } from './tables.js'
import { churnSentence, headline, notesOf, sideLine } from './wording.js'

/** What changed, on the terminal. */
export function* compareText(
  report: CompareReport,
  options: { readonly width?: number; readonly colors?: boolean } = {},
): Generator<string> {
  const page = new Page(Math.max(40, options.width ?? 80), options.colors ?? false, Number.POSITIVE_INFINITY)
  page.paragraph(`from ${sideLine(report.old)}`, 0, 5)
  page.paragraph(`to   ${sideLine(report.new)}`, 0, 5)
  page.blank()
  page.paragraph(headline(report), 2, 2, 'bold')
  const churn = churnSentence(report)
  if (churn !== '') page.paragraph(churn)
  if (report.conditions.length > 0) {
    page.title('CONDITIONS')
    for (const { broken, message } of report.conditions) {
      page.point(broken ? '!' : '-', message, broken ? 'red' : 'dim')
    }
  }
  for (const { title, remark, columns, rows } of compareTables(report)) {
    page.title(title, remark)
    page.table(columns.map(columnOf), rows)
  }
  const notes = notesOf(report)
  if (notes.length > 0) {
    page.title('NOTES')
    for (const note of notes) page.point('-', note, 'dim')
  }
  for (const line of page.take()) yield `${line}\n`
}

function columnOf<Row>({ title, text, align, isName, fromWidth }: CompareColumn<Row>): Column<Row> {
  return {
    title,
    cell: text,
    align: align ?? 'left',
    flexible: isName === true,
    ...(fromWidth === undefined ? {} : { fromWidth }),
  }
}
