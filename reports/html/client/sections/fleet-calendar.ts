import type { Trends } from '../../../batch/night-report.js'
import { shownText } from '../../../escape.js'
import { type Child, el, paragraph } from '../dom.js'
import { plural } from '../units.js'
import { section } from './section.js'

type Day = Trends['calendar'][number]

const DAY_MS = 86_400_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const WEEKS = 53

/** A field per day, weeks as columns; a click says what the night was and leads to its reports. */
export function calendarSection(trends: Trends, date: string): HTMLElement {
  const days = new Map(trends.calendar.map((day) => [day.date, day]))
  const details = el('div', { class: 'day-details', attributes: { 'aria-live': 'polite' } })
  const buttons = new Map<string, HTMLElement>()
  const show = (day: Day): void => {
    for (const [name, button] of buttons) button.setAttribute('aria-pressed', String(name === day.date))
    details.replaceChildren(...dayDetails(day))
  }
  const first = mondayOf(Date.parse(`${trends.dates[0] ?? date}T00:00:00Z`))
  const last = Date.parse(`${date}T00:00:00Z`)
  const start = Math.max(first, mondayOf(last) - (WEEKS - 1) * 7 * DAY_MS)
  const weeks: HTMLElement[] = []
  for (let monday = start; monday <= last; monday += 7 * DAY_MS) {
    const cells = Array.from({ length: 7 }, (_, index) => new Date(monday + index * DAY_MS).toISOString().slice(0, 10))
    const begins = cells.find((name) => name.endsWith('-01')) ?? (monday === start ? cells[0] : undefined)
    const month = begins === undefined ? '' : MONTHS[Number(begins.slice(5, 7)) - 1]!
    weeks.push(
      el(
        'div',
        { class: 'week' },
        el('span', { class: 'month' }, month),
        ...cells.map((name) => {
          const day = days.get(name)
          if (day === undefined) return el('span', { class: 'day empty' }, name > date ? '' : '·')
          const button = el(
            'button',
            { class: `day ${stateOf(day)}`, type: 'button', title: titleOf(day) },
            String(Number(name.slice(8))),
          )
          button.addEventListener('click', () => show(day))
          buttons.set(name, button)
          return button
        }),
      ),
    )
  }
  const newest = days.get(date)
  if (newest !== undefined) show(newest)
  return section(
    'calendar',
    'Nights',
    plural(trends.calendar.length, 'night'),
    el('div', { class: 'calendar' }, ...weeks),
    details,
  )
}

function mondayOf(ms: number): number {
  return ms - ((new Date(ms).getUTCDay() + 6) % 7) * DAY_MS
}

function stateOf({ errors, warnings, broken }: Day): 'error' | 'warn' | 'ok' {
  return errors > 0 || broken > 0 ? 'error' : warnings > 0 ? 'warn' : 'ok'
}

function titleOf({ date, errors, warnings }: Day): string {
  return errors + warnings === 0
    ? `${date}: nothing open`
    : `${date}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`
}

function dayDetails(day: Day): readonly HTMLElement[] {
  const broken = day.broken === 0 ? '' : `; ${plural(day.broken, 'data set')} incomplete`
  const links: Child[] = day.datasets.flatMap((dataset, index): Child[] => [
    index === 0 ? '' : ', ',
    el('a', { href: `reports/${day.date}/${dataset}/report.html` }, shownText(dataset)),
  ])
  return [
    paragraph(`${titleOf(day)}${broken}.`),
    day.hasReports ? el('p', {}, 'Reports: ', ...links) : paragraph('Its reports are no longer kept.', 'soft'),
  ]
}
