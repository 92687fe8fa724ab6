import { el } from './dom.js'

/**
 * The box that says what is under the pointer. Drawn by the page and not by the chart library, whose boxes
 * give a meaning to `{a|b}` and to markup: names of patterns contain both.
 */
const box = el('div', { class: 'tooltip', attributes: { role: 'status', hidden: '' } })

const GAP_PX = 14

export function showTooltip(lines: readonly string[], x: number, y: number): void {
  if (!box.isConnected) document.body.append(box)
  const [title = '', ...rest] = lines
  box.replaceChildren(el('strong', {}, title), ...rest.map((line) => el('span', {}, line)))
  box.hidden = false
  const { width, height } = box.getBoundingClientRect()
  const left = x + GAP_PX + width > innerWidth ? x - GAP_PX - width : x + GAP_PX
  const top = y + GAP_PX + height > innerHeight ? y - GAP_PX - height : y + GAP_PX
  box.style.setProperty('left', `${Math.max(4, left)}px`)
  box.style.setProperty('top', `${Math.max(4, top)}px`)
}

export function hideTooltip(): void {
  box.hidden = true
}

/** Shows the lines while the pointer is over an element or it has the focus. */
export function explain(element: HTMLElement, lines: () => readonly string[]): void {
  element.addEventListener('pointermove', (event) => showTooltip(lines(), event.clientX, event.clientY))
  element.addEventListener('pointerleave', hideTooltip)
}
