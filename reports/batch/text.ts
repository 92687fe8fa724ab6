import { shownText } from '../escape.js'
import { formatBytes, formatCount, formatShare } from '../format.js'
import { Page } from '../text/page.js'
import type { DatasetNight, Finding, NightReport } from './night-report.js'
import { growthText, memoryOf, nightSentence } from './wording.js'

export interface NightTextOptions {
  readonly width: number
  readonly colors: boolean
  /** Findings shown; 0: all. */
  readonly top: number
}

/** The morning on a terminal. */
export function* nightText(report: NightReport, { width, colors, top }: NightTextOptions): Generator<string> {
  const page = new Page(width, colors, top === 0 ? Number.POSITIVE_INFINITY : top)
  page.line(page.style('bold', `Night of ${report.date}`))
  page.blank()
  page.paragraph(nightSentence(report))
  page.blank()
  page.table<DatasetNight>(
    [
      { title: 'DATA SETS', cell: ({ dataset }) => shownText(dataset), flexible: true },
      { title: 'memory', align: 'right', cell: ({ totals }) => formatBytes(memoryOf(totals)) },
      { title: 'last night', align: 'right', cell: growthText },
      { title: 'keys', align: 'right', cell: ({ totals }) => formatCount(totals.keys) },
      { title: 'full', cell: fullText },
      { title: '', cell: ({ complete }) => (complete ? '' : 'incomplete') },
    ],
    report.datasets,
  )
  const open = report.findings.filter(({ state }) => state === 'open')
  findings(page, 'OPEN FINDINGS', open)
  const known = report.findings.length - open.length
  if (known > 0) {
    page.blank()
    page.paragraph(`${formatCount(known)} more ${known === 1 ? 'is' : 'are'} known: suppressed or in the baseline.`)
  }
  for (const line of page.take()) yield `${line}\n`
}

function fullText({ forecast }: DatasetNight): string {
  if (forecast === null) return ''
  return forecast.date ?? formatShare(forecast.usedBytes / forecast.maxmemoryBytes)
}

function findings(page: Page, title: string, rows: readonly Finding[]): void {
  if (rows.length === 0) return
  page.title(title)
  for (const { severity, dataset, message, owner } of rows.slice(0, page.top)) {
    const sign = severity === 'error' ? '!' : severity === 'warn' ? '-' : ' '
    const team = owner === null ? '' : ` [${shownText(owner)}]`
    page.point(sign, `${shownText(dataset)}: ${shownText(message)}${team}`, severity === 'error' ? 'red' : 'yellow')
  }
  if (rows.length > page.top) page.paragraph(`and ${formatCount(rows.length - page.top)} more`)
}
