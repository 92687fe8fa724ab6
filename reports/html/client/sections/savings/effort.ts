import { shownText } from '../../../../escape.js'
import type { TechniqueResult } from '../../../../report.js'
import { chart, color, FONT } from '../../chart.js'
import { byteTicks, roundText } from '../../histogram.js'
import { formatBytes, percent } from '../../units.js'

/** From what an operator does alone to what takes a release. */
export const EFFORTS = ['setting', 'client', 'data-model', 'upgrade'] as const

export const EFFORT_WORDS = {
  setting: 'server setting',
  client: 'client code',
  'data-model': 'data model',
  upgrade: 'upgrade',
} as const

/** Anchor of a technique, wherever it stands: among those that pay, or among those that were looked at. */
export function savingAnchor({ id }: Pick<TechniqueResult, 'id'>): string {
  return `saving-${id}`
}

/** Pixels below which four names do not fit side by side. */
const NARROW = 560

/** Each technique by what it saves and what it takes: the best of each effort class carries its name. */
export function effortChart(techniques: readonly TechniqueResult[]): HTMLElement {
  const best = new Set(
    EFFORTS.map((effort) => techniques.find((row) => row.effort === effort)).filter((row) => row !== undefined),
  )
  return chart(
    'Saved bytes by effort',
    240,
    () => {
      const text = { color: color('--soft'), fontFamily: FONT, fontSize: 12 }
      return {
        grid: { left: 4, right: 24, top: 22, bottom: 4, containLabel: true },
        xAxis: {
          type: 'category',
          data: EFFORTS.map((effort) => EFFORT_WORDS[effort]),
          axisLine: { lineStyle: { color: color('--line') } },
          axisTick: { show: false },
          // On a telephone two words stand one above the other.
          axisLabel: { ...text, interval: 0, width: innerWidth < NARROW ? 60 : 160, overflow: 'break', lineHeight: 14 },
        },
        yAxis: {
          type: 'value',
          axisLabel: { ...text, formatter: (value: number) => roundText(formatBytes(value)) },
          splitLine: { lineStyle: { color: color('--line') } },
          ...byteTicks(Math.max(...techniques.map(({ savedBytes }) => savedBytes))),
        },
        series: [
          {
            type: 'scatter',
            symbolSize: 11,
            data: techniques.map((row) => ({
              value: [EFFORTS.indexOf(row.effort), row.savedBytes],
              label: { show: best.has(row) },
            })),
            itemStyle: { color: color('--accent'), opacity: 0.75 },
            label: {
              position: 'top',
              ...text,
              color: color('--ink'),
              formatter: ({ dataIndex }: { dataIndex: number }) => techniques[dataIndex]!.id,
            },
          },
        ],
      }
    },
    (item) => {
      const row = techniques[item.dataIndex]
      if (row === undefined) return []
      return [shownText(row.title), `${formatBytes(row.savedBytes)}, ${percent(row.savedBytes, row.usedMemoryBefore)}`]
    },
  ).element
}
