import { join } from 'node:path'
import { chargebackCsv } from '../../reports/batch/chargeback.js'
import { indexPage } from '../../reports/batch/index-page.js'
import { junit } from '../../reports/batch/junit.js'
import { nightMarkdown } from '../../reports/batch/markdown.js'
import { NIGHT_SCHEMA_VERSION, type NightReport } from '../../reports/batch/night-report.js'
import { nightPrometheus } from '../../reports/batch/prometheus.js'
import { sarif } from '../../reports/batch/sarif.js'
import { safeJson } from '../../reports/json.js'
import { InputError } from '../io/errors.js'
import { fileFacts, namesInFolder, remove, replaceFile, textOfFile } from '../io/folders.js'
import { makeFolder } from '../io/output.js'
import { readHistory } from './history.js'
import type { Layout } from './layout.js'
import { trendsOf } from './trends.js'

const DAY = /^\d{4}-\d\d-\d\d$/
const NIGHT_FILE = 'night.json'

/** What a night is as a whole, beside the folders of its data sets. */
export async function writeNightFiles({ reports }: Layout, report: NightReport): Promise<void> {
  const folder = join(reports, report.date)
  await makeFolder(folder)
  const at = (name: string): string => join(folder, name)
  await replaceFile(at('findings.junit.xml'), junit(report))
  await replaceFile(at('findings.sarif'), sarif(report))
  await replaceFile(at('summary.md'), nightMarkdown(report))
  if (report.owners.length > 0) await replaceFile(at('chargeback.csv'), chargebackCsv(report))
  await replaceFile(at(NIGHT_FILE), `${safeJson(report, 2)}\n`)
  // A data set that the config no longer has.
  const known = new Set(report.datasets.map(({ dataset }) => dataset))
  for (const name of await namesInFolder(folder)) {
    const isDataset = (await textOfFile(join(folder, name, '.made-from')).catch(() => null)) !== null
    if (isDataset && !known.has(name)) await remove(join(folder, name))
  }
}

/**
 * What is about the newest night: the page of all nights, and the metrics. Gives that night.
 *
 * @param written the night that was just written
 */
export async function writePages(layout: Layout, written: NightReport, prometheus: string | null): Promise<string> {
  const nights: string[] = []
  for (const name of await namesInFolder(layout.reports)) {
    if (DAY.test(name) && (await fileFacts(join(layout.reports, name, NIGHT_FILE))) !== null) nights.push(name)
  }
  const newest = nights.at(-1) ?? written.date
  const report = newest === written.date ? written : await readNight(join(layout.reports, newest))
  const trends = await readHistory(layout.history, (history) =>
    trendsOf(history, newest, (date) => nights.includes(date)),
  )
  await replaceFile(layout.index, [...indexPage(report, trends)].join(''))
  const metrics = nightPrometheus(report, trends)
  await replaceFile(layout.prometheus, metrics)
  if (prometheus !== null) await replaceFile(prometheus, metrics)
  return newest
}

async function readNight(folder: string): Promise<NightReport> {
  const path = join(folder, NIGHT_FILE)
  const bad = (why: string): InputError =>
    new InputError('unreadable', `${path} is damaged: ${why}`, `Remove ${folder}, or run that night again.`)
  try {
    const report = JSON.parse((await textOfFile(path)) ?? '') as NightReport
    if (report.schemaVersion !== NIGHT_SCHEMA_VERSION) throw bad(`its schemaVersion is ${String(report.schemaVersion)}`)
    return report
  } catch (error) {
    throw error instanceof SyntaxError ? bad(error.message) : error
  }
}

/** Removes reports of nights before one. */
export async function forgetReports({ reports }: Layout, keepFrom: string): Promise<void> {
  for (const name of await namesInFolder(reports)) {
    if (DAY.test(name) && name < keepFrom) await remove(join(reports, name))
  }
}
