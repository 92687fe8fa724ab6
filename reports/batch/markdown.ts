import { escapeMarkdown, shownText } from '../escape.js'
import { formatBytes, formatCount } from '../format.js'
import type { DatasetNight, Finding, NightReport } from './night-report.js'
import { growthText, memoryOf, nightSentence, SEVERITY_WORDS } from './wording.js'

const cell = (text: string): string => escapeMarkdown(shownText(text))

/** The morning in one page, for a chat, a mail or a wiki. */
export function nightMarkdown(report: NightReport): string {
  const open = report.findings.filter(({ state }) => state === 'open')
  const known = report.findings.filter(({ state }) => state !== 'open')
  return [
    `# Night of ${report.date}\n`,
    `${cell(nightSentence(report))}\n`,
    '## Data sets\n',
    '| data set | memory | since the night before | keys | maxmemory reached |',
    '|---|--:|--:|--:|---|',
    ...report.datasets.map(datasetRow),
    '',
    ...findings('Open findings', open),
    ...findings('Known findings', known),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

function datasetRow(one: DatasetNight): string {
  const { dataset, totals, forecast, complete } = one
  const full = forecast === null ? '' : (forecast.date ?? 'not in sight')
  const cells = [
    `${cell(dataset)}${complete ? '' : ' (incomplete)'}`,
    formatBytes(memoryOf(totals)),
    growthText(one),
    formatCount(totals.keys),
    full,
  ]
  return `| ${cells.join(' | ')} |`
}

function findings(title: string, rows: readonly Finding[]): readonly string[] {
  if (rows.length === 0) return []
  return [
    `## ${title}\n`,
    '| | data set | what | team | since |',
    '|---|---|---|---|---|',
    ...rows.map(({ severity, dataset, message, owner, since, reason }) => {
      const what = reason === null ? message : `${message} (${reason})`
      return `| ${SEVERITY_WORDS[severity]} | ${cell(dataset)} | ${cell(what)} | ${cell(owner ?? '')} | ${since} |`
    }),
    '',
  ]
}
