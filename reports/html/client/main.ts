import lzString from 'lz-string'
import type { PageData } from '../page-data.js'
import { followAnchor } from './anchors.js'
import { el } from './dom.js'
import { analysisPage } from './pages/analysis.js'
import { comparePage } from './pages/compare.js'
import { fleetPage } from './pages/fleet.js'
import type { DrawnPage } from './pages/page.js'
import { simulationPage } from './pages/simulation.js'
import { footer } from './sections/method.js'
import { changed } from './state.js'
import { toolbar } from './toolbar.js'

/** The chart library empties its elements by assigning an empty text; any other markup from a string is refused. */
function allowNoMarkup(): void {
  const { trustedTypes } = globalThis as unknown as {
    trustedTypes?: { createPolicy(name: string, rules: { createHTML(text: string): string | null }): unknown }
  }
  trustedTypes?.createPolicy('default', { createHTML: (text) => (text === '' ? '' : null) })
}

function readData(): PageData {
  const text = document.getElementById('data')?.textContent ?? ''
  return JSON.parse(lzString.decompressFromBase64(text)) as PageData
}

/** `/` goes to the next search box, Escape empties it. */
function keyboard(): void {
  addEventListener('keydown', (event) => {
    const at = event.target
    if (event.key === 'Escape' && at instanceof HTMLInputElement) {
      at.value = ''
      at.dispatchEvent(new Event('input'))
      at.blur()
      return
    }
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
    if (at instanceof HTMLInputElement || at instanceof HTMLSelectElement) return
    const boxes = [...document.querySelectorAll<HTMLInputElement>('input[type=search]')].filter(
      (box) => box.offsetParent !== null,
    )
    const next = boxes.find((box) => box.getBoundingClientRect().top > 0) ?? boxes[0]
    if (next === undefined) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: 'center' })
  })
}

function draw(data: PageData): DrawnPage {
  switch (data.kind) {
    case 'analysis':
      return analysisPage(data)
    case 'simulation':
      return simulationPage(data)
    case 'compare':
      return comparePage(data)
    case 'fleet':
      return fleetPage(data)
  }
}

function show(): void {
  allowNoMarkup()
  const data = readData()
  const { head, sections, measured = false } = draw(data)
  document.getElementById('top')!.append(...head)
  const titles = sections.map((part) => [part.id, part.querySelector('h2 a')?.textContent ?? part.id] as const)
  document.body.prepend(toolbar(titles, measured))
  document.getElementById('page')!.append(...sections, footer(data.report.generator.version))
  if (document.querySelector('input[type=search]') !== null) {
    document.querySelector('footer')!.append(el('p', { class: 'hint' }, 'press / to search'))
  }
  keyboard()
  addEventListener('hashchange', followAnchor)
  // Paper is white whatever the screen is: charts are drawn again for it, and back.
  addEventListener('beforeprint', changed)
  addEventListener('afterprint', changed)
  matchMedia('print').addEventListener('change', changed)
  followAnchor()
}

show()
