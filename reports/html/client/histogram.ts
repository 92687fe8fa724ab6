import { formatBytes, formatCount, plural } from '../../format.js'
import { type Chart, chart, color, FONT } from './chart.js'
import { metric } from './state.js'

/** One bar. */
export interface Bar {
  readonly title: string
  readonly keys: number
  readonly ramBytes: number
}

const ROW_PX = 26

/** Number of a bar: buckets know keys and memory; payload is not counted per bucket. */
function amount(bar: Bar): number {
  return metric() === 'keys' ? bar.keys : bar.ramBytes
}

function amountText(value: number): string {
  return metric() === 'keys' ? formatCount(value) : formatBytes(value)
}

/** `4.00 KiB` as `4 KiB`, where all numbers are round. */
export function roundText(text: string): string {
  return text.replace(/\.0+(?= )/, '')
}

function tooltipOf(bar: Bar | undefined): readonly string[] {
  return bar === undefined ? [] : [bar.title, plural(bar.keys, 'key'), `${formatBytes(bar.ramBytes)} memory`]
}

/** A chart in words, for those who do not see it. */
function inWords(label: string, bars: readonly Bar[]): string {
  const rows = bars
    .filter(({ keys }) => keys > 0)
    .map(({ title, keys, ramBytes }) => `${title}: ${plural(keys, 'key')}, ${formatBytes(ramBytes)}`)
  return `${label}. ${rows.join('; ')}`
}

/** Bars one below the other, with room for long titles. */
export function rowsChart(label: string, bars: readonly Bar[]): Chart {
  return chart(
    inWords(label, bars),
    bars.length * ROW_PX + 8,
    () => {
      const ink = { color: color('--ink'), fontFamily: FONT, fontSize: 13 }
      return {
        grid: { left: 4, right: 76, top: 2, bottom: 2, containLabel: true },
        xAxis: { type: 'value', show: false },
        yAxis: {
          type: 'category',
          inverse: true,
          data: bars.map((bar) => bar.title),
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: ink,
        },
        series: [
          {
            type: 'bar',
            data: bars.map((bar) => amount(bar) || null),
            barMaxWidth: 14,
            barMinHeight: 2,
            itemStyle: { color: color('--accent'), borderRadius: 2 },
            label: {
              show: true,
              position: 'right',
              ...ink,
              color: color('--soft'),
              formatter: ({ dataIndex }: { dataIndex: number }) => amountText(amount(bars[dataIndex]!)),
            },
          },
        ],
      }
    },
    (item) => tooltipOf(bars[item.dataIndex]),
  )
}

/** About four lines at round numbers: for bytes these are powers of two. */
function ticks(most: number): { max: number; interval: number } {
  if (metric() !== 'keys') return byteTicks(most)
  const rough = Math.max(1, most / 4)
  const decade = 10 ** Math.floor(Math.log10(rough))
  const interval = decade * [1, 2, 5, 10].find((step) => step * decade >= rough)!
  return { interval, max: Math.max(1, Math.ceil(most / interval)) * interval }
}

/** Lines at powers of two, of which `most` has about four. */
export function byteTicks(most: number): { max: number; interval: number } {
  const interval = 2 ** Math.ceil(Math.log2(Math.max(1, most / 4)))
  return { interval, max: Math.max(1, Math.ceil(most / interval)) * interval }
}

/** Bars side by side, for many buckets of rising size. */
export function columnsChart(label: string, bars: readonly Bar[]): Chart {
  return chart(
    inWords(label, bars),
    220,
    () => {
      const text = { color: color('--soft'), fontFamily: FONT, fontSize: 12 }
      return {
        grid: { left: 4, right: 12, top: 12, bottom: 4, containLabel: true },
        xAxis: {
          type: 'category',
          data: bars.map((bar) => bar.title),
          axisLine: { lineStyle: { color: color('--line') } },
          axisTick: { show: false },
          axisLabel: { ...text, hideOverlap: true },
        },
        yAxis: {
          type: 'value',
          ...ticks(Math.max(...bars.map(amount))),
          axisLabel: { ...text, formatter: (value: number) => roundText(amountText(value)) },
          splitLine: { lineStyle: { color: color('--line') } },
        },
        series: [
          {
            type: 'bar',
            data: bars.map((bar) => amount(bar) || null),
            barMinHeight: 2,
            barCategoryGap: '18%',
            itemStyle: { color: color('--accent'), borderRadius: [2, 2, 0, 0] },
          },
        ],
      }
    },
    (item) => tooltipOf(bars[item.dataIndex]),
  )
}
