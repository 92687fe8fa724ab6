import { type Chart, chart, color, FONT } from './chart.js'
import { roundText } from './histogram.js'

/** One line of a chart. */
export interface Line {
  readonly title: string
  /** One value per place on the x axis; null where there is none. */
  readonly values: readonly (number | null)[]
  /** What is expected rather than measured. */
  readonly dashed?: boolean
  /** Style sheet colour; default the accent. */
  readonly color?: string
}

/** A place on the x axis that deserves a word. */
export interface Mark {
  readonly at: number
  readonly title: string
}

export interface LinesOptions {
  readonly heightPx?: number
  readonly marks?: readonly Mark[]
  /** A level that is not to be passed, drawn across. */
  readonly limit?: { readonly value: number; readonly title: string }
  /** Lines across at round places; default: what the chart library finds. */
  readonly ticks?: { readonly max: number; readonly interval: number }
}

/** Lines over named places: limits of a setting, nights. */
export function linesChart(
  label: string,
  places: readonly string[],
  lines: readonly Line[],
  format: (value: number) => string,
  options: LinesOptions = {},
): Chart {
  const { heightPx = 200, marks = [], limit, ticks = {} } = options
  const single = places.length === 1
  return chart(
    label,
    heightPx,
    () => {
      const text = { color: color('--soft'), fontFamily: FONT, fontSize: 12 }
      const level =
        limit === undefined
          ? []
          : [
              {
                type: 'line',
                data: places.map(() => limit.value),
                symbol: 'none',
                silent: true,
                lineStyle: { color: color('--alert'), width: 1, type: 'dashed' },
                endLabel: { show: true, ...text, color: color('--alert'), formatter: () => limit.title },
              },
            ]
      return {
        grid: { left: 4, right: limit === undefined ? 24 : 110, top: 18, bottom: 4, containLabel: true },
        xAxis: {
          type: 'category',
          boundaryGap: false,
          data: [...places],
          axisLine: { lineStyle: { color: color('--line') } },
          axisTick: { show: false },
          axisLabel: { ...text, hideOverlap: true },
        },
        yAxis: {
          type: 'value',
          ...ticks,
          axisLabel: { ...text, formatter: (value: number) => roundText(format(value)) },
          splitLine: { lineStyle: { color: color('--line') } },
          splitNumber: 4,
        },
        series: [
          ...lines.map((line) => ({
            name: line.title,
            type: 'line',
            data: line.values.map((value, at) => {
              const mark = marks.find((some) => some.at === at)
              return {
                value,
                symbolSize: mark === undefined ? 5 : 10,
                label: {
                  show: mark !== undefined,
                  position: at > places.length * 0.7 ? 'left' : at === 0 ? 'right' : 'top',
                  ...text,
                  color: color('--ink'),
                  formatter: () => mark?.title ?? '',
                },
              }
            }),
            showSymbol: single || marks.length > 0,
            symbol: 'circle',
            lineStyle: { width: 2, type: line.dashed === true ? 'dashed' : 'solid' },
            itemStyle: { color: color(line.color ?? '--accent') },
          })),
          ...level,
        ],
      }
    },
    (item) => {
      const line = lines[(item as { seriesIndex?: number }).seriesIndex ?? 0]
      const value = line?.values[item.dataIndex]
      if (line === undefined || value === null || value === undefined) return []
      return [line.title, places[item.dataIndex] ?? '', format(value)].filter((part) => part !== '')
    },
  )
}
