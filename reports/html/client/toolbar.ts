import { el } from './dom.js'
import { changed, METRICS, metric, setMetric } from './state.js'

/** Titles short enough for the bar; others stand there as they are. */
const SHORT: Readonly<Record<string, string>> = {
  types: 'Types',
  slots: 'Slots',
  accounting: 'Ledger',
  method: 'Method',
  databases: 'Databases',
}

/**
 * The bar that stays on top: where to go, what to measure, light or dark.
 * @param measured the page has charts that follow the metric
 */
export function toolbar(sections: readonly (readonly [id: string, title: string])[], measured: boolean): HTMLElement {
  const links = el(
    'nav',
    { class: 'links', attributes: { 'aria-label': 'sections' } },
    ...sections.map(([id, title]) => el('a', { href: `#${id}` }, SHORT[id] ?? title)),
  )
  return el(
    'div',
    { class: 'toolbar' },
    el('div', { class: 'toolbar-inner' }, links, measured && metricSwitch(), themeButton()),
  )
}

function metricSwitch(): HTMLElement {
  const box = el('div', {
    class: 'switch',
    attributes: { role: 'group', 'aria-label': 'what charts and bars measure' },
  })
  const buttons = METRICS.map(([id, title]) => {
    const button = el('button', { type: 'button', attributes: { 'data-metric': id } }, title)
    button.addEventListener('click', () => {
      setMetric(id)
      mark()
    })
    return [id, button] as const
  })
  const mark = (): void => {
    for (const [id, button] of buttons) button.setAttribute('aria-pressed', String(id === metric()))
  }
  mark()
  box.append(...buttons.map(([, button]) => button))
  return box
}

const dark = matchMedia('(prefers-color-scheme: dark)')

/** Follows the system until it is pressed. */
function themeButton(): HTMLElement {
  const root = document.documentElement
  const isDark = (): boolean => (root.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark'
  const button = el('button', { class: 'theme', type: 'button', title: 'light or dark' })
  const mark = (): void => {
    button.textContent = isDark() ? 'light' : 'dark'
  }
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark'
    mark()
    changed()
  })
  dark.addEventListener('change', () => {
    mark()
    changed()
  })
  mark()
  return button
}
