import { el } from './dom.js'

/** Anchor of a finding: the same for the same name in every report. 32-bit FNV-1a over UTF-16, in hex. */
export function anchorOf(kind: string, ...names: readonly string[]): string {
  let hash = 0x811c9dc5
  const text = names.join('\u0000')
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return `${kind}-${(hash >>> 0).toString(16).padStart(8, '0')}`
}

/**
 * Anchors for the rows of one table. Names repeat where names are redacted, and where several dumps hold a key of the
 * same name: the second row gets `-2`, so that each link leads to its own row.
 */
export function anchorsOf<Row>(rows: readonly Row[], anchor: (row: Row) => string): (row: Row) => string {
  const seen = new Map<string, number>()
  const anchors = new Map<Row, string>()
  for (const row of rows) {
    const id = anchor(row)
    const times = (seen.get(id) ?? 0) + 1
    seen.set(id, times)
    anchors.set(row, times === 1 ? id : `${id}-${times}`)
  }
  return (row) => anchors.get(row)!
}

/** A sign beside a title that links to it. */
export function anchorLink(id: string): HTMLElement {
  return el('a', { class: 'anchor', href: `#${id}`, title: 'Link to this' }, '#')
}

const openers = new Map<string, () => HTMLElement | null>()

/** Says how to show what an anchor names, when it is not on the page until asked for (a folded row). */
export function onAnchor(id: string, open: () => HTMLElement | null): void {
  openers.set(id, open)
}

/** Goes to the finding the address names, unfolding what hides it. */
export function followAnchor(): void {
  const id = location.hash.slice(1)
  if (id === '') return
  const target = openers.get(id)?.() ?? document.getElementById(id)
  if (target === null) return
  for (let at: HTMLElement | null = target; at !== null; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true
  }
  target.scrollIntoView({ block: 'start' })
}
