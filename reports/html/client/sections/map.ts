import { shownText, visibleName } from '../../../escape.js'
import type { AnalysisReport } from '../../../report.js'
import { type Chart, type ChartItem, type ChartOption, chart, color, FONT } from '../chart.js'
import { mix, readableOn } from '../colors.js'
import { el, meter } from '../dom.js'
import { changed, live, metricTitle } from '../state.js'
import { formatBytes, formatMetric, measured, percent, plural } from '../units.js'
import { type MapNode, mapTree } from './map-tree.js'
import { section } from './section.js'

const CHART_PX = 380
/** Smaller parts of a level are drawn as one. */
const MOST_TILES = 60
const LISTED = 10
const LABEL_SIDE_PX = 64

/** The treemap of the prefix tree, with a way down and back. */
export function mapSection(report: AnalysisReport): HTMLElement | null {
  if (report.totals.keys === 0) return null
  return new TreeMap(mapTree(report)).element
}

class TreeMap {
  readonly element: HTMLElement
  /** From the root to the node that fills the map. */
  #path: readonly MapNode[]
  readonly #crumbs = el('nav', { class: 'crumbs', attributes: { 'aria-label': 'place in the tree' } })
  readonly #list = el('div', { class: 'map-list' })
  readonly #chart: Chart
  /** What the tiles stand for: the chart library works with copies of its data. */
  #drawn: MapNode[] = []

  constructor(root: MapNode) {
    this.#path = [root]
    this.#chart = chart(
      'treemap of key name prefixes',
      CHART_PX,
      () => this.#option(),
      (item) => tooltip(this.#nodeOf(item), root),
    )
    this.#chart.onClick((item) => {
      const node = this.#nodeOf(item)
      if (node !== undefined) this.#enter(node)
    })
    const legend = el(
      'p',
      { class: 'legend' },
      'share of keys without TTL: 0 %',
      el('span', { class: 'ramp' }),
      '100 %',
    )
    this.element = section(
      'map',
      'Map',
      'what key names begin with; click to go down',
      this.#crumbs,
      this.#chart.element,
      legend,
      this.#list,
    )
    live(() => this.#texts())
  }

  #nodeOf({ data }: ChartItem): MapNode | undefined {
    return data === undefined ? undefined : this.#drawn[(data as Tile).ref]
  }

  get #here(): MapNode {
    return this.#path.at(-1)!
  }

  /** Goes to a node below the current one. */
  #enter(node: MapNode): void {
    // A leaf has nothing below it: a click on it means the node it is drawn in.
    const below = (pathTo(this.#here, node) ?? []).filter((step) => step.children.length > 0)
    if (below.length === 0) return
    this.#go([...this.#path, ...below])
  }

  #go(path: readonly MapNode[]): void {
    this.#path = path
    changed()
    // What was pressed is drawn anew: by keyboard it goes on from the place that was reached.
    this.#crumbs.querySelector<HTMLElement>('[aria-current]')?.focus({ preventScroll: true })
  }

  #texts(): void {
    this.#crumbs.replaceChildren(
      ...this.#path.map((node, index) => {
        const last = index === this.#path.length - 1
        const title = index === 0 ? 'all keys' : visibleName(shownText(node.part))
        const button = el('button', { type: 'button', class: index === 0 ? '' : 'name' }, title)
        if (last) button.setAttribute('aria-current', 'location')
        button.addEventListener('click', () => {
          this.#go(this.#path.slice(0, index + 1))
        })
        return button
      }),
      el('span', { class: 'total' }, formatMetric(measured(this.#here))),
    )
    const children = sorted(this.#here)
    const whole = measured(this.#here)
    const rows = children.slice(0, LISTED).map((node) => {
      const share = whole === 0 ? 0 : measured(node) / whole
      const content = [
        el('span', { class: 'name' }, visibleName(shownText(node.part))),
        meter(share),
        el('span', { class: 'number' }, formatMetric(measured(node))),
        el('span', { class: 'number share' }, percent(measured(node), whole)),
      ]
      if (node.children.length === 0) return el('div', { class: 'map-row' }, ...content)
      const button = el('button', { class: 'map-row', type: 'button' }, ...content)
      button.addEventListener('click', () => this.#enter(node))
      return button
    })
    const left = children.slice(LISTED)
    if (left.length > 0) {
      const sum = left.reduce((total, node) => total + measured(node), 0)
      rows.push(
        el(
          'div',
          { class: 'map-row' },
          el('span', { class: 'soft' }, `${left.length} more`),
          meter(whole === 0 ? 0 : sum / whole),
          el('span', { class: 'number' }, formatMetric(sum)),
          el('span', { class: 'number share' }, percent(sum, whole)),
        ),
      )
    }
    this.#list.replaceChildren(...rows)
    this.#chart.element.setAttribute('aria-label', `treemap of key name prefixes by ${metricTitle()}`)
  }

  #option(): ChartOption {
    this.#drawn = []
    const [from, to] = [color('--map-from'), color('--map-to')]
    const background = color('--paper')
    const paint = (node: MapNode): string => mix(from, to, node.keys === 0 ? 0 : node.withoutTtl / node.keys)
    const pixels = this.#chart.element.clientWidth * CHART_PX
    const whole = measured(this.#here)
    /** Tiles are nearly square: a text in one of less than so many pixels a side would be cut to a stump. */
    const sidePx = (node: MapNode): number => Math.sqrt((pixels * measured(node)) / Math.max(1, whole))
    const tile = (node: MapNode, depth: number): Tile => {
      const fill = paint(node)
      const ink = readableOn(fill)
      const children = depth === 0 ? [] : sorted(node).slice(0, MOST_TILES)
      return {
        ref: this.#drawn.push(node) - 1,
        name: visibleName(shownText(node.part)),
        value: measured(node),
        itemStyle: { color: fill, borderColor: children.length > 0 ? mix(fill, background, 0.55) : fill },
        label: { color: ink, show: sidePx(node) >= LABEL_SIDE_PX },
        upperLabel: { color: color('--ink') },
        ...(children.length > 0 ? { children: children.map((child) => tile(child, depth - 1)) } : {}),
      }
    }
    const text = { fontFamily: FONT, fontSize: 12, overflow: 'truncate', ellipsis: '…' }
    const label = {
      ...text,
      lineHeight: 16,
      formatter: ({ data }: { data: Tile }) => `${data.name}\n${formatMetric(data.value)}`,
    }
    return {
      series: [
        {
          type: 'treemap',
          left: 0,
          right: 0,
          top: 0,
          bottom: 0,
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          visibleMin: 120,
          label,
          upperLabel: { show: true, height: 20, ...text, formatter: ({ data }: { data: Tile }) => data.name },
          levels: [
            { itemStyle: { borderWidth: 0, gapWidth: 3, borderColor: background }, upperLabel: { show: false } },
            { itemStyle: { gapWidth: 1, borderWidth: 2, borderRadius: 3 } },
            { itemStyle: { gapWidth: 1, borderWidth: 0 } },
          ],
          data: sorted(this.#here)
            .slice(0, MOST_TILES)
            .map((node) => tile(node, 1)),
        },
      ],
    }
  }
}

interface Tile {
  /** Index into the nodes that are drawn. */
  readonly ref: number
  readonly name: string
  readonly value: number
  readonly itemStyle: object
  readonly label: object
  readonly upperLabel: object
  readonly children?: readonly Tile[]
}

function sorted(node: MapNode): readonly MapNode[] {
  return [...node.children].sort((a, b) => measured(b) - measured(a))
}

function pathTo(from: MapNode, to: MapNode): readonly MapNode[] | null {
  for (const child of from.children) {
    if (child === to) return [child]
    const below = pathTo(child, to)
    if (below !== null) return [child, ...below]
  }
  return null
}

function tooltip(node: MapNode | undefined, root: MapNode): readonly string[] {
  if (node === undefined) return []
  return [
    shownText(node.path),
    `${formatBytes(node.ramBytes)} memory (${percent(node.ramBytes, root.ramBytes)})`,
    `${formatBytes(node.payloadBytes)} payload`,
    plural(node.keys, 'key'),
    `${percent(node.withoutTtl, node.keys)} without TTL`,
    ...(node.children.length > 0 ? ['click to go down'] : []),
  ]
}
