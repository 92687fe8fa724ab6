import type { DatasetTrend, Series, Trends } from '../../../batch/night-report.js'
import { shownText, visibleName } from '../../../escape.js'
import { type ChartOption, chart, color, FONT } from '../chart.js'
import { el, fold, paragraph } from '../dom.js'
import { changed, live } from '../state.js'
import { formatBytes, formatCount } from '../units.js'
import { section } from './section.js'

type Measure = 'bytes' | 'keys'

interface Line {
  readonly name: string
  readonly bytes: Series
  readonly keys: Series
  readonly incomplete: readonly string[]
}

const COLORS = 8
const LINES_PER_CHART = 8
const HEIGHT_PX = 240

let measure: Measure = 'bytes'

/** Lines of bytes or keys per night: the data sets together, then the largest patterns of each. */
export function trendsSection(trends: Trends): HTMLElement | null {
  if (trends.dates.length < 2) return null
  const all = trends.datasets.map(({ dataset, bytes, keys, incomplete }) => ({
    ...{ name: shownText(dataset), bytes, keys, incomplete },
  }))
  const incomplete = trends.datasets.some((one) => one.incomplete.length > 0)
  return section(
    'trends',
    'Trends',
    `${trends.dates[0]} to ${trends.dates.at(-1)}`,
    el('div', { class: 'trend-tools' }, measureSwitch()),
    lines('data sets per night', all, trends.dates),
    incomplete && paragraph('Hollow points: a dump was damaged or missing that night.', 'soft'),
    ...trends.datasets.map((one, index) => patterns(one, trends.dates, index === 0 || trends.datasets.length <= 3)),
  )
}

function patterns(one: DatasetTrend, dates: readonly string[], open: boolean): HTMLElement {
  const shown = one.patterns.slice(0, LINES_PER_CHART).map(({ pattern, bytes, keys }) => ({
    ...{ name: visibleName(shownText(pattern)), bytes, keys, incomplete: one.incomplete },
  }))
  const folded = fold(
    `Patterns of ${shownText(one.dataset)}`,
    shown.length === 0 ? 'no pattern yet' : lines(`patterns of ${shownText(one.dataset)} per night`, shown, dates),
  )
  folded.open = open
  return folded
}

function measureSwitch(): HTMLElement {
  const buttons = (['bytes', 'keys'] as const).map((id) => {
    const button = el('button', { type: 'button' }, id === 'bytes' ? 'memory' : 'keys')
    button.addEventListener('click', () => {
      measure = id
      changed()
    })
    return [id, button] as const
  })
  live(() => {
    for (const [id, button] of buttons) button.setAttribute('aria-pressed', String(id === measure))
  })
  return el(
    'div',
    { class: 'switch', attributes: { role: 'group', 'aria-label': 'what the lines show' } },
    ...buttons.map(([, button]) => button),
  )
}

/** A chart of lines with a legend of its own: the chart library would read names as formats. */
function lines(label: string, all: readonly Line[], dates: readonly string[]): HTMLElement {
  const formatted = (value: number): string => (measure === 'bytes' ? formatBytes(value) : formatCount(value))
  const option = (): ChartOption => ({
    textStyle: { fontFamily: FONT },
    grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
    xAxis: {
      type: 'category',
      data: [...dates],
      boundaryGap: false,
      axisLine: { lineStyle: { color: color('--line') } },
      axisLabel: { color: color('--soft'), formatter: (date: string) => date.slice(5) },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitLine: { lineStyle: { color: color('--line') } },
      axisLabel: { color: color('--soft'), formatter: (value: number) => formatted(value) },
      ...roundSteps(all.flatMap((line) => line[measure])),
    },
    series: all.map((line, index) => ({
      type: 'line' as const,
      data: line[measure].map((value, night) => ({
        value,
        symbol: line.incomplete.includes(dates[night]!) ? 'emptyCircle' : 'circle',
      })),
      symbolSize: dates.length > 60 ? 4 : 6,
      showSymbol: true,
      connectNulls: true,
      lineStyle: { width: 2, color: color(variable(index)) },
      itemStyle: { color: color(variable(index)) },
    })),
  })
  const drawn = chart(label, HEIGHT_PX, option, ({ dataIndex, seriesIndex = 0, data }) => [
    all[seriesIndex]?.name ?? '',
    `${dates[dataIndex]}: ${formatted(Number((data as { value: unknown }).value))}`,
  ])
  const swatches = all.map((_, index) => {
    const swatch = el('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
    swatch.style.setProperty('background', `var(${variable(index)})`)
    return swatch
  })
  const legend = el(
    'ul',
    { class: 'series-legend' },
    ...all.map((line, index) => el('li', {}, swatches[index]!, el('span', { class: 'name' }, line.name))),
  )
  return el('div', {}, legend, drawn.element)
}

/** Steps of the axis at numbers that are round in their unit: powers of two for bytes, of ten for keys. */
function roundSteps(values: Series): { readonly interval: number; readonly max: number } {
  const most = values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0)
  const wanted = Math.max(1, most / 4)
  const base = measure === 'bytes' ? 1024 : 1000
  const unit = base ** Math.floor(Math.log(wanted) / Math.log(base))
  const factors =
    measure === 'bytes' ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
  const interval = unit * (factors.find((factor) => factor * unit >= wanted) ?? base)
  return { interval, max: Math.max(1, Math.ceil(most / interval)) * interval }
}

function variable(index: number): string {
  return `--series-${(index % COLORS) + 1}`
}
