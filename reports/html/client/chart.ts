import { BarChart, LineChart, ScatterChart, TreemapChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { el } from './dom.js'
import { live } from './state.js'
import { hideTooltip, showTooltip } from './tooltip.js'

use([BarChart, LineChart, ScatterChart, TreemapChart, GridComponent, CanvasRenderer])

export type ChartOption = Parameters<EChartsType['setOption']>[0]

/** What a chart says about the item under the pointer. */
export interface ChartItem {
  readonly dataIndex: number
  /** Which of the series, where there are several. */
  readonly seriesIndex?: number
  readonly data: unknown
}

export interface Chart {
  readonly element: HTMLElement
  /** Called when an item is clicked. */
  onClick(listener: (item: ChartItem) => void): void
}

/**
 * A chart that follows the metric, the colours and the width of the page. Texts inside are plain text: no
 * format strings and no rich text, because names from the dump would be read as such.
 */
export function chart(
  label: string,
  heightPx: number,
  option: () => ChartOption,
  tooltip: (item: ChartItem) => readonly string[],
): Chart {
  const element = el('div', { class: 'chart', attributes: { role: 'img', 'aria-label': label } })
  element.style.setProperty('height', `${heightPx}px`)
  const clicks: ((item: ChartItem) => void)[] = []
  let drawn: EChartsType | null = null
  const draw = (): void => {
    if (element.clientWidth === 0) return
    if (drawn === null) {
      drawn = init(element, null, { renderer: 'canvas' })
      drawn.on('mousemove', (event) => {
        const { offsetX = 0, offsetY = 0 } =
          (event as unknown as { event?: { offsetX?: number; offsetY?: number } }).event ?? {}
        const box = element.getBoundingClientRect()
        showTooltip(tooltip(event as ChartItem), box.left + offsetX, box.top + offsetY)
      })
      drawn.on('mouseout', hideTooltip)
      drawn.on('globalout', hideTooltip)
      drawn.on('click', (event) => {
        for (const listener of clicks) listener(event as ChartItem)
      })
    }
    drawn.setOption({ animation: false, ...(option() as object) }, true)
  }
  live(draw)
  // The first width comes with the element's way into the page.
  new ResizeObserver(() => {
    if (drawn === null) draw()
    else drawn.resize()
  }).observe(element)
  return { element, onClick: (listener) => clicks.push(listener) }
}

/** A colour of the style sheet as `rgb(r, g, b)`, in the light or dark form that holds now. */
export function color(variable: string): string {
  probe.style.setProperty('color', `var(${variable})`)
  if (!probe.isConnected) document.body.append(probe)
  return getComputedStyle(probe).color
}

const probe = el('span', { class: 'offscreen', attributes: { 'aria-hidden': 'true' } })

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
