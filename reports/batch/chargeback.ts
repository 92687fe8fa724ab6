import { stringify } from 'csv-stringify/sync'
import { escapeFormula, shownText } from '../escape.js'
import type { NightReport } from './night-report.js'

/**
 * What each team has and what it costs, one row per team and data set. Rows of a data set add up to its memory.
 * Teams stand without their `@`, which begins a formula in spreadsheets.
 */
export function chargebackCsv({ date, owners, price }: NightReport): string {
  const money = (value: number | null): string => (value === null ? '' : value.toFixed(2))
  return stringify([
    ['date', 'dataset', 'owner', 'keys', 'ram_bytes', 'money_per_month', 'currency'],
    ...owners.map((row) => [
      ...[date, row.dataset, escapeFormula(shownText(row.owner.replace(/^@/, ''))), row.keys, row.ramBytes],
      ...[money(row.money), price?.currency ?? ''],
    ]),
  ])
}
