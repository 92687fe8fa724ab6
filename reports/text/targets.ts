import { formatBytes, formatShare, shareOf } from '../format.js'
import type { AnalysisReport, TargetRow } from '../report.js'
import type { Page } from './page.js'

/** The same keys on other servers: what an upgrade alone saves or costs. */
export function writeTargets(page: Page, report: AnalysisReport): void {
  const { targets, totals, provenance } = report
  if (targets === undefined || targets.length === 0) return
  const here = totals.ramBytes + totals.overheadBytes
  const memory = (row: TargetRow): number => row.ramBytes + row.overheadBytes
  const best = [...targets].sort((a, b) => memory(a) - memory(b))[0]!
  page.title('THE SAME KEYS ON OTHER SERVERS')
  page.table(
    [
      {
        title: 'server',
        cell: (row) => `${row.title}${row.id === provenance.target.id ? ' (now)' : ''}`,
        flexible: true,
      },
      { title: 'memory', cell: (row) => formatBytes(memory(row)), align: 'right' },
      { title: 'change', cell: (row) => change(memory(row), here), align: 'right' },
      {
        title: 'MEMORY USAGE',
        cell: (row) => (row.memoryUsageBytes === null ? '-' : formatBytes(row.memoryUsageBytes)),
        align: 'right',
      },
      { title: 'sizes', cell: (row) => row.verification, align: 'left' },
    ],
    targets,
  )
  if (memory(best) < here) {
    page.paragraph(`${best.title} alone would save ${formatShare(1 - shareOf(memory(best), here))}.`, 2)
  }
}

function change(bytes: number, here: number): string {
  if (bytes === here || here === 0) return '0 %'
  const share = shareOf(bytes - here, here)
  return `${share > 0 ? '+' : '-'}${formatShare(Math.abs(share))}`
}
