import { type CompareTable, compareTables, growth, signedBytes, signedCount } from '../../../compare/tables.js'
import { churnSentence, notesOf } from '../../../compare/wording.js'
import type { ComparePage } from '../../page-data.js'
import { el, paragraph } from '../dom.js'
import { tile } from '../sections/overview.js'
import { section } from '../sections/section.js'
import { table } from '../table.js'
import { formatBytes, formatCount, plural } from '../units.js'
import type { DrawnPage } from './page.js'

/** What changed between two data sets. */
export function comparePage({ report, cutTo }: ComparePage): DrawnPage {
  const { totals, patternSummary, conditions } = report
  const broken = conditions.filter((condition) => condition.broken)
  const tiles = el(
    'div',
    { class: 'tiles' },
    tile(
      'memory',
      formatBytes(totals.ramBytes.new),
      `${signedBytes(totals.ramBytes.change)} (${growth(totals.ramBytes)})`,
      '#patterns',
    ),
    tile('keys', formatCount(totals.keys.new), signedCount(totals.keys.change), '#types'),
    tile('new patterns', formatCount(patternSummary.new), `${formatCount(patternSummary.gone)} gone`, '#patterns'),
    conditions.length === 0
      ? tile(
          'without expiry',
          formatCount(totals.withoutTtl.new),
          signedCount(totals.withoutTtl.change),
          '#ttl-buckets',
        )
      : tile(
          'conditions',
          formatCount(broken.length),
          `of ${plural(conditions.length, 'condition')} broken`,
          '#conditions',
          broken.length > 0,
        ),
  )
  const churn = churnSentence(report)
  const head: HTMLElement[] = [tiles]
  if (churn !== '') head.push(paragraph(churn))
  if (cutTo !== null) head.push(paragraph(`Tables hold the first ${plural(cutTo, 'row')}.`, 'note'))
  const sections = compareTables(report).map(tableSection)
  if (conditions.length > 0) {
    const rows = conditions.map(({ broken: isBroken, message }) =>
      el('li', {}, `${isBroken ? 'broken' : 'kept'}: ${message}`),
    )
    sections.unshift(section('conditions', 'Conditions', '', el('ul', {}, ...rows)))
  }
  const notes = notesOf(report)
  if (notes.length > 0) sections.push(section('notes', 'Notes', '', ...notes.map((note) => paragraph(note))))
  return { head, sections }
}

function tableSection({ id, title, remark, columns, rows }: CompareTable<never>): HTMLElement {
  const name = `${title.charAt(0)}${title.slice(1).toLowerCase()}`
  const named = columns.find(({ isName }) => isName === true)
  return section(
    id,
    name,
    remark,
    table({
      label: name.toLowerCase(),
      rows,
      columns: columns.map(({ title: head, text, value, align, isName }) => ({
        // The text report needs no title above words like `gone`; a column to sort by does.
        title: head === '' ? 'state' : head,
        value: (row: never) => (value === undefined ? text(row) : value(row)),
        text,
        ...(align === undefined ? {} : { align }),
        ...(isName === true ? { kind: 'name' as const } : {}),
      })),
      ...(named === undefined ? {} : { search: named.text }),
    }),
  )
}
