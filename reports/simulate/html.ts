import { shownText } from '../escape.js'
import { formatBytes, formatShare, plural, shareOf } from '../format.js'
import { encodeData } from '../html/data.js'
import { htmlPage } from '../html/shell.js'
import type { TechniqueResult } from '../report.js'
import type { SimulateReport } from '../simulate-report.js'
import { keepUnits } from '../wording.js'

/** What each change would save, as one page. */
export function simulateHtml(report: SimulateReport): Iterable<string> {
  const cut = (rows: number): SimulateReport => {
    const short = <Row extends Pick<TechniqueResult, 'groups'>>(row: Row): Row => ({
      ...row,
      groups: row.groups.slice(0, rows),
    })
    return { ...report, techniques: report.techniques.map(short) }
  }
  return htmlPage({
    name: `savings on ${shownText(report.target)}`,
    headline: keepUnits(simulateSentence(report)),
    version: report.generator.version,
    data: encodeData({ kind: 'simulation', report, cutTo: null }, (rows) => ({
      kind: 'simulation',
      report: cut(rows),
      cutTo: rows,
    })),
  })
}

/** The answer in a sentence or two. */
export function simulateSentence({ before, plan, techniques }: SimulateReport): string {
  const whole = `${plural(before.keys, 'key')} take ${formatBytes(before.usedMemoryBytes)}.`
  const steps = plan.filter(({ savedBytes }) => savedBytes > 0)
  const saved = steps.reduce((sum, { savedBytes }) => sum + savedBytes, 0)
  if (steps.length > 0) {
    const share = formatShare(shareOf(saved, before.usedMemoryBytes))
    return `${whole} ${plural(steps.length, 'change')} would free ${formatBytes(saved)} (${share}).`
  }
  const best = techniques.find(({ savedBytes, status }) => status === 'applies' && savedBytes > 0)
  return best === undefined
    ? `${whole} No change was found that saves anything.`
    : `${whole} The best single change, ${best.id}, would free ${formatBytes(best.savedBytes)}.`
}
