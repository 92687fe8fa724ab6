import { type Child, el } from '../dom.js'

/** A section with a title that links to itself. */
export function section(id: string, title: string, remark: string, ...children: readonly Child[]): HTMLElement {
  return el(
    'section',
    { id },
    el('h2', {}, el('a', { href: `#${id}` }, title), remark === '' ? null : el('span', { class: 'remark' }, remark)),
    ...children,
  )
}

export function subsection(title: string, ...children: readonly Child[]): HTMLElement {
  return el('div', { class: 'sub' }, el('h3', {}, title), ...children)
}
