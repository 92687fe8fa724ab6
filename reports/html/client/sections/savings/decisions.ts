import { type DecisionRow, decisionTable } from '../../../../decision-table.js'
import { shownText } from '../../../../escape.js'
import type { SavingsReport } from '../../../../report.js'
import { type Child, el, fold, paragraph } from '../../dom.js'
import { plainTable } from '../../plain-table.js'
import { EFFORT_WORDS, savingAnchor } from './effort.js'

/** The questions of the guides on memory, with this data's answers. */
export function decisions(savings: SavingsReport): Child {
  const rows = decisionTable(savings)
  if (rows.length === 0) return null
  return fold(
    'Decision table: what to ask, and what this data answers',
    paragraph('Savings overlap and must not be added up. Where no dump can answer, it says where to look.', 'soft'),
    plainTable(
      'decision table',
      ['question', 'technique', 'effort', 'on this data'].map((title) => [title]),
      rows.flatMap(rowsOf),
      'decisions',
    ),
  )
}

function rowsOf({ question, answers, lookAt }: DecisionRow): readonly HTMLElement[] {
  if (lookAt !== null) {
    const cell = el('td', { attributes: { colspan: '3' } }, `A dump does not know. Look at: ${lookAt}`)
    return [el('tr', {}, el('td', {}, question), cell)]
  }
  return answers.map(({ id, title, effort, answer, breaks }, index) =>
    el(
      'tr',
      {},
      index === 0 ? el('td', { attributes: { rowspan: String(answers.length) } }, question) : null,
      el('td', {}, el('a', { href: `#${savingAnchor({ id })}`, title: shownText(title) }, id)),
      el('td', {}, EFFORT_WORDS[effort]),
      el('td', { title: `breaks first: ${shownText(breaks)}` }, answer),
    ),
  )
}
