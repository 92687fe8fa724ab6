import type { Finding, NightReport } from '../../../batch/night-report.js'
import { RULE_TITLES, SEVERITY_WORDS } from '../../../batch/wording.js'
import { shownText, visibleName } from '../../../escape.js'
import { anchorLink } from '../anchors.js'
import { el, fold, paragraph } from '../dom.js'
import { plural } from '../units.js'
import { section } from './section.js'

/** Cards that are shown at once. */
const SHOWN = 24

/** What somebody should do something about; known ones are folded away. */
export function findingsSection(report: NightReport): HTMLElement {
  const open = report.findings.filter(({ state, severity }) => state === 'open' && severity !== 'note')
  const notes = report.findings.filter(({ state, severity }) => state === 'open' && severity === 'note')
  const known = report.findings.filter(({ state }) => state !== 'open')
  const cards = (findings: readonly Finding[]): HTMLElement =>
    el('div', { class: 'cards' }, ...findings.map((finding) => card(finding, report)))
  return section(
    'findings',
    'Findings',
    open.length === 0 ? 'nothing is open' : plural(open.length, 'open finding'),
    open.length > 0 && cards(open.slice(0, SHOWN)),
    open.length > SHOWN && fold(plural(open.length - SHOWN, 'more finding'), cards(open.slice(SHOWN))),
    notes.length > 0 && fold(`${plural(notes.length, 'note')}`, cards(notes)),
    known.length > 0 && fold(`${plural(known.length, 'known finding')}: suppressed or in the baseline`, cards(known)),
  )
}

function card(finding: Finding, report: NightReport): HTMLElement {
  const { id, rule, severity, dataset, subject, message, advice, owner, since, reason, about } = finding
  const folder = report.datasets.find((one) => one.dataset === dataset)?.folder ?? null
  return el(
    'article',
    { class: 'card', id: `finding-${id}` },
    el(
      'p',
      { class: `kind ${severity}` },
      el('span', {}, `${SEVERITY_WORDS[severity]}: ${RULE_TITLES[rule] ?? rule}`),
      anchorLink(`finding-${id}`),
    ),
    el('h3', about === 'pattern' || about === 'key' ? { class: 'name' } : {}, visibleName(shownText(subject))),
    paragraph(`${shownText(message)}.`),
    advice === '' ? null : paragraph(shownText(advice), 'soft'),
    el(
      'p',
      { class: 'soft' },
      [
        shownText(dataset),
        ...(owner === null ? [] : [shownText(owner)]),
        since === report.date ? 'new' : `since ${since}`,
      ].join(' · '),
      ...(folder === null ? [] : [' · ', el('a', { href: `${folder}/report.html` }, 'report')]),
    ),
    reason === null ? null : paragraph(shownText(reason), 'soft'),
  )
}
