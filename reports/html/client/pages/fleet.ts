import { openOf } from '../../../batch/wording.js'
import { signedBytes } from '../../../compare/tables.js'
import { shownText } from '../../../escape.js'
import type { FleetPage } from '../../page-data.js'
import { el, paragraph } from '../dom.js'
import { calendarSection } from '../sections/fleet-calendar.js'
import { datasetsSection, ownersSection } from '../sections/fleet-datasets.js'
import { findingsSection } from '../sections/fleet-findings.js'
import { trendsSection } from '../sections/fleet-trends.js'
import { tile } from '../sections/overview.js'
import { formatBytes, formatCount, plural } from '../units.js'
import type { DrawnPage } from './page.js'

/** All nights of `nightly`. */
export function fleetPage({ report, trends, cutTo }: FleetPage): DrawnPage {
  const sections = [
    findingsSection(report),
    datasetsSection(report),
    trendsSection(trends),
    calendarSection(trends, report.date),
    ownersSection(report),
  ].filter((part) => part !== null)
  const { datasets } = report
  const sum = (pick: (one: (typeof datasets)[number]) => number): number =>
    datasets.reduce((total, one) => total + pick(one), 0)
  const errors = openOf(report, 'error').length
  const warnings = openOf(report, 'warn').length
  const next = datasets
    .flatMap(({ dataset, forecast }) => (forecast?.date == null ? [] : [{ dataset, forecast, date: forecast.date }]))
    .sort((a, b) => (a.date < b.date ? -1 : 1))[0]
  const grown = sum(({ totals, previous, complete }) =>
    previous === null || !complete
      ? 0
      : totals.ramBytes + totals.overheadBytes - previous.totals.ramBytes - previous.totals.overheadBytes,
  )
  const hasPrevious = datasets.some(({ previous, complete }) => previous !== null && complete)
  const tiles = el(
    'div',
    { class: 'tiles' },
    tile(
      'memory',
      formatBytes(sum(({ totals }) => totals.ramBytes + totals.overheadBytes)),
      hasPrevious ? `${signedBytes(grown)} since the night before` : plural(datasets.length, 'data set'),
      '#trends',
    ),
    tile('keys', formatCount(sum(({ totals }) => totals.keys)), plural(datasets.length, 'data set'), '#datasets'),
    tile(
      'first to be full',
      next === undefined ? '–' : next.date,
      next === undefined
        ? 'maxmemory is not in sight'
        : `${shownText(next.dataset)}, ${shownText(next.forecast.shard)}`,
      '#datasets',
    ),
    tile(
      'open findings',
      formatCount(errors + warnings),
      [errors > 0 ? plural(errors, 'error') : '', warnings > 0 ? plural(warnings, 'warning') : '']
        .filter((part) => part !== '')
        .join(', ') || 'nothing is open',
      '#findings',
      errors > 0,
    ),
  )
  const head: HTMLElement[] = [
    el('div', { class: 'provenance' }, paragraph(`Night of ${report.date}, with the nights before it.`)),
    tiles,
  ]
  if (cutTo !== null) head.push(paragraph(`Tables hold the first ${plural(cutTo, 'row')}.`, 'note'))
  return { head, sections }
}
