import { keepUnits } from '../../wording.js'

/**
 * The only way this page makes elements: text from a dump goes in as text nodes, never as markup. The page's
 * Content-Security-Policy refuses markup from strings, too.
 */
export type Child = Node | string | null | undefined | false

interface Properties {
  readonly class?: string
  readonly id?: string
  readonly title?: string
  readonly href?: string
  readonly type?: string
  readonly placeholder?: string
  readonly on?: Readonly<Record<string, (event: Event) => void>>
  /** Other attributes: aria-*, role, data-*. */
  readonly attributes?: Readonly<Record<string, string>>
}

export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  const { class: className, on = {}, attributes = {}, ...plain } = properties
  if (className !== undefined) element.className = className
  for (const [name, value] of Object.entries(plain)) element.setAttribute(name, value)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener)
  element.append(...children.filter((child): child is Node | string => isChild(child)))
  return element
}

function isChild(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false
}

/** A name from the dump, in the face of code. */
export function name(text: string): HTMLElement {
  return el('span', { class: 'name' }, text === '' ? '""' : text)
}

/** A bar of a share; its length is set through the DOM because the policy allows no style attributes. */
export function meter(share: number, className = 'meter'): HTMLElement {
  const fill = el('span')
  fill.style.setProperty('width', share > 0 ? `max(1px, ${Math.min(1, share) * 100}%)` : '0')
  return el('span', { class: className, attributes: { 'aria-hidden': 'true' } }, fill)
}

/** Title and content that unfolds. */
export function fold(title: Child, ...children: readonly Child[]): HTMLDetailsElement {
  return el('details', {}, el('summary', {}, title), ...children)
}

/** Facts as a list of term and value. */
export function facts(rows: readonly (readonly [term: string, value: Child])[]): HTMLElement {
  const list = el('dl', { class: 'facts' })
  for (const [term, value] of rows)
    list.append(el('div', {}, el('dt', {}, term), el('dd', {}, typeof value === 'string' ? keepUnits(value) : value)))
  return list
}

export function paragraph(text: string, className = ''): HTMLElement {
  return el('p', className === '' ? {} : { class: className }, keepUnits(text))
}
