import { escapeFormula, shownText } from '../escape.js'
import type { NightReport } from './night-report.js'

/** Findings as rows of plain cells, header first. */
export function* findingRows({ date, findings }: NightReport): Generator<readonly (string | number)[]> {
  yield [
    ...['date', 'severity', 'state', 'rule', 'dataset', 'about', 'subject', 'owner', 'value', 'limit', 'unit'],
    ...['since', 'message', 'advice', 'reason', 'id'],
  ]
  const text = (value: string | null): string => (value === null ? '' : escapeFormula(shownText(value)))
  for (const one of findings) {
    yield [
      ...[date, one.severity, one.state, one.rule, one.dataset, one.about, text(one.subject), text(one.owner)],
      ...[one.value ?? '', one.limit ?? '', one.unit ?? '', one.since, text(one.message), text(one.advice)],
      ...[text(one.reason), one.id],
    ]
  }
}
