import type { CompareReport } from '../compare-report.js'
import { escapeMarkdown } from '../escape.js'
import { code, markdownTable, prose } from '../markdown-parts.js'
import { compareTables } from './tables.js'
import { churnSentence, headline, notesOf, sideLine } from './wording.js'

/** What changed, for issues and wikis. */
export function* compareMarkdown(report: CompareReport): Generator<string> {
  yield `# What changed\n\n**${escapeMarkdown(headline(report))}**\n\n`
  yield `From ${escapeMarkdown(sideLine(report.old))}  \nto ${escapeMarkdown(sideLine(report.new))}\n\n`
  const churn = churnSentence(report)
  if (churn !== '') yield `${escapeMarkdown(churn)}\n\n`
  if (report.conditions.length > 0) {
    yield '## Conditions\n\n'
    for (const { broken, message } of report.conditions) {
      yield `- ${broken ? '**broken**' : 'kept'}: ${escapeMarkdown(message)}\n`
    }
    yield '\n'
  }
  for (const { title, remark, columns, rows } of compareTables(report)) {
    yield `## ${title.charAt(0)}${title.slice(1).toLowerCase()}\n\n${remark === '' ? '' : `${prose(remark)}\n\n`}`
    yield* markdownTable(
      columns.map(({ title: name, text, align, isName }) => ({
        title: name,
        cell: (row: never) => (isName === true ? code(text(row)) : escapeMarkdown(text(row))),
        ...(align === undefined ? {} : { align }),
      })),
      rows,
    )
    yield '\n'
  }
  for (const note of notesOf(report)) yield `- ${escapeMarkdown(note)}\n`
}
