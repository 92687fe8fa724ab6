import { el } from './dom.js'

/** A title, and whether numbers stand below it. */
export type PlainHead = readonly [title: string, isNumber?: boolean]

/**
 * A table to read, without buttons: it can have the focus itself, so that the arrow keys reach what a narrow page
 * hides.
 * @param label says what it is to assistive software
 */
export function plainTable(
  label: string,
  heads: readonly PlainHead[],
  rows: readonly HTMLElement[],
  className = '',
): HTMLElement {
  const cells = heads.map(([title, isNumber = false]) =>
    el('th', { class: isNumber ? 'right' : '', attributes: { scope: 'col' } }, title),
  )
  return el(
    'div',
    { class: 'table-scroll', attributes: { role: 'group', 'aria-label': label, tabindex: '0' } },
    el(
      'table',
      { class: className, attributes: { 'aria-label': label } },
      el('thead', {}, el('tr', {}, ...cells)),
      el('tbody', {}, ...rows),
    ),
  )
}
