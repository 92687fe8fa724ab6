import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Finding, NightReport, OwnerRow } from '../../reports/batch/night-report.js'
import { NIGHT_SCHEMA_VERSION } from '../../reports/batch/night-report.js'
import { fileFacts, remove } from '../io/folders.js'
import { makeFolder } from '../io/output.js'
import { takeRunLock } from '../io/run-lock.js'
import type { ReadProgress } from '../requests.js'
import { parseDuration } from '../units.js'
import { version } from '../version.js'
import type { NightlyConfig } from './config.js'
import type { DatasetConfig } from './config-types.js'
import { type DatasetResult, finishDataset, pastOf, type ReadShard } from './dataset.js'
import { addDays, DAY_MS, dayOf, msOfDay } from './days.js'
import { readHistory, writeNight } from './history.js'
import { judge, readBaseline, writeBaseline } from './known.js'
import { type Layout, layoutOf, outputFolder } from './layout.js'
import { forgetReports, writeNightFiles, writePages } from './night-files.js'
import { analyzeShard, type ShardJob, type ShardResult, shardJob, shardOptions } from './shard.js'
import { ShardCache } from './shard-cache.js'
import { findShards, type LostSource, namesDate, newestDate, type ShardSource } from './sources.js'

export interface NightlyOptions {
  /** The night, `2026-11-19`; default: that of the dumps. */
  readonly date?: string | undefined
  /** For dumps that do not say when they were made; nights later than that are not believed. */
  readonly todayMs: number
  /** Make the open findings of this night the baseline. */
  readonly adopt?: boolean | undefined
  readonly onProgress?: ((progress: NightlyProgress) => void) | undefined
  /**
   * Has others do the work on dumps, all at once; default: this process, one by one. `id` is the same for the same
   * dump, read in the same way, in the same night.
   */
  readonly analyze?:
    | ((job: ShardJob, onProgress: (progress: ReadProgress) => void, id: string) => Promise<ShardResult>)
    | undefined
}

export interface NightlyProgress {
  readonly dataset: string
  readonly shard: string
  /** From 0. */
  readonly index: number
  readonly shards: number
  /** Null before the first bytes, and when nothing has to be read. */
  readonly reading: ReadProgress | null
}

export interface NightlyResult {
  readonly report: NightReport
  /** The output folder. */
  readonly folder: string
  /** Dumps that were the same as in the run before. */
  readonly reused: number
  /** What else somebody should know who looks at the files, as sentences without a full stop. */
  readonly notes: readonly string[]
  /** What scripts want to know; see the exit codes. */
  readonly verdict: 'done' | 'broken' | 'unreadable' | 'partial'
}

interface Found {
  readonly dataset: DatasetConfig
  readonly shards: readonly ShardSource[]
  readonly lost: readonly LostSource[]
}

/**
 * One run: analyzes the dumps that changed, compares with the night before, checks budgets, and writes reports,
 * history and pages. Every step can be done again, so a run that was killed is repeated by the next one.
 * @throws InputError when another run is on, or the output cannot be written
 */
export async function runNightly(config: NightlyConfig, options: NightlyOptions): Promise<NightlyResult> {
  const layout = layoutOf(outputFolder(config))
  await makeFolder(layout.work)
  const lock = await takeRunLock(layout.lock)
  try {
    return await run(config, layout, options)
  } finally {
    await lock.release()
  }
}

async function run(config: NightlyConfig, layout: Layout, options: NightlyOptions): Promise<NightlyResult> {
  await remove(layout.temporary)
  const { written } = config
  const asked = options.date ?? (namesDate(config) ? await newestDate(config) : null)
  const sourceDate = asked ?? (namesDate(config) ? dayOf(options.todayMs) : null)
  const found: Found[] = []
  for (const dataset of written.datasets) {
    found.push({ dataset, ...(await findShards(dataset, config.folder, sourceDate)) })
  }
  const cache = new ShardCache(layout.shards, written.unchanged ?? 'size+time')
  const { read, reused } = await readShards(config, found, cache, options, sourceDate ?? dayOf(options.todayMs))
  const newestMs = newest(read)
  const date = sourceDate ?? dayOf(newestMs ?? (await newestFile(read)) ?? options.todayMs)

  // Tomorrow is still right somewhere on earth. By a wrong clock nothing is forgotten.
  const isFuture = date > addDays(dayOf(options.todayMs), 1)

  const results: DatasetResult[] = []
  for (const { dataset, lost } of found) {
    const shards = read.filter(({ job }) => job.dataset === dataset.name)
    const names = [...shards.map(({ job }) => job.shard), ...lost.map(({ shard }) => shard)]
    const past = await readHistory(layout.history, (history) => pastOf(history, dataset.name, date, names))
    const profileOf = (folder: string) => cache.profileOf(folder)
    results.push(await finishDataset(config, dataset, date, shards, lost, past, layout, profileOf, newestMs))
  }
  const findings = await findingsOf(config, results, date, layout, options.adopt === true)
  const report = nightReport(config, results, findings, date)
  await writeNightFiles(layout, report)
  await writeNight(
    layout.history,
    {
      date,
      datasets: results.map(({ row }) => row),
      shards: results.flatMap(({ shardRows }) => shardRows),
      patterns: results.flatMap(({ patternRows }) => patternRows),
      bigKeys: results.flatMap(({ bigKeyRows }) => bigKeyRows),
      owners: results.flatMap(({ ownerRows }) => ownerRows),
      findings: findings.map((finding) => ({ ...finding, date })),
    },
    isFuture ? null : keptFrom(written.retention?.history, date),
  )
  const reportsFrom = isFuture ? null : keptFrom(written.retention?.reports, date)
  if (reportsFrom !== null) await forgetReports(layout, reportsFrom)
  const { prometheus } = written.output ?? {}
  const shown = await writePages(layout, report, prometheus === undefined ? null : resolve(config.folder, prometheus))
  await cache.prune()
  await remove(layout.temporary)
  const notes = [
    ...results.flatMap((result) => result.notes),
    ...(isFuture
      ? [`${date} is in the future: a clock is wrong, and nothing old is removed. --date names the night`]
      : []),
    ...laterNight(date, shown),
  ]
  return { report, folder: layout.root, reused, notes, verdict: verdictOf(report, written.failOn ?? 'error') }
}

/** Pages and metrics stay with the newest night: whoever runs an older one should not wonder. */
function laterNight(date: string, shown: string): readonly string[] {
  if (shown === date) return []
  return [
    `the index page and the metrics show the night of ${shown}, which is later than ${date}. ` +
      'If there is no such night, remove its folder in reports/ and run again',
  ]
}

async function readShards(
  config: NightlyConfig,
  found: readonly Found[],
  cache: ShardCache,
  options: NightlyOptions,
  night: string,
): Promise<{ readonly read: readonly ReadShard[]; readonly reused: number }> {
  const jobs = found.flatMap(({ dataset, shards }) => {
    const how = shardOptions(config, dataset)
    return shards.map((source) =>
      shardJob(source, how, cache.folderOf(dataset.name, source.shard), config.written.threads),
    )
  })
  const others = options.analyze
  let reused = 0
  const readOne = async (job: ShardJob, index: number): Promise<ReadShard> => {
    const tell = (reading: ReadProgress | null): void =>
      options.onProgress?.({ dataset: job.dataset, shard: job.shard, index, shards: jobs.length, reading })
    tell(null)
    const key = await cache.keyOf(job)
    let result: Omit<ShardResult, 'profile'> | null = await cache.get(job, key)
    if (result === null) {
      await cache.begin(job)
      const fresh =
        others === undefined
          ? await analyzeShard(job, tell)
          : await others(job, tell, hashOf([version, night, key, job]))
      await cache.put(job, key, fresh)
      result = fresh
    } else reused++
    const { status, problem, advice, keysFile, facts } = result
    return { job, digest: key ?? hashOf([facts, job.options]), status, problem, advice, keysFile, facts }
  }
  const read: ReadShard[] = []
  if (others === undefined) {
    for (const [index, job] of jobs.entries()) read.push(await readOne(job, index))
    return { read, reused }
  }
  // All are waited for, also when one throws: what was done is kept for the next run.
  for (const one of await Promise.allSettled(jobs.map(readOne))) {
    if (one.status === 'rejected') throw one.reason
    read.push(one.value)
  }
  return { read, reused }
}

function hashOf(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

function newest(read: readonly ReadShard[]): number | null {
  const times = read.flatMap(({ facts }) => (facts?.dumpTimeMs == null ? [] : [facts.dumpTimeMs]))
  return times.length === 0 ? null : Math.max(...times)
}

/** For servers before 3.2, whose dumps do not say when they were made. */
async function newestFile(read: readonly ReadShard[]): Promise<number | null> {
  const times: number[] = []
  for (const { job, status } of read) {
    if (status === 'unreadable' || job.input.kind !== 'file') continue
    times.push((await fileFacts(job.input.file.path))?.modifiedMs ?? 0)
  }
  return times.length === 0 ? null : Math.max(...times)
}

async function findingsOf(
  { written, folder }: NightlyConfig,
  results: readonly DatasetResult[],
  date: string,
  layout: Layout,
  adopt: boolean,
): Promise<readonly Finding[]> {
  const before = await readHistory(layout.history, (history) => {
    const last = history.datasets({ before: date }).at(-1)?.date
    return last === undefined ? [] : history.findings({ from: last, upTo: last })
  })
  const problems = results.flatMap((result) => result.problems)
  const file = written.baseline === undefined ? null : resolve(folder, written.baseline)
  const suppressions = written.suppressions ?? []
  if (file !== null && adopt) await writeBaseline(file, date, judge(problems, date, suppressions, new Map(), before))
  const baseline = file === null ? new Map() : await readBaseline(file, written.baseline!)
  return judge(problems, date, suppressions, baseline, before)
}

const GIB = 2 ** 30

function nightReport(
  { written }: NightlyConfig,
  results: readonly DatasetResult[],
  findings: readonly Finding[],
  date: string,
): NightReport {
  const { price } = written
  return {
    schemaVersion: NIGHT_SCHEMA_VERSION,
    generator: { name: 'rdblens', version },
    date,
    datasets: results.map(({ night }) => night),
    findings,
    budgets: results.flatMap(({ checks }) => checks),
    owners: results
      .flatMap(({ ownerRows }) => ownerRows)
      .map(({ dataset, owner, keys, ramBytes, overheadBytes }): OwnerRow => {
        const bytes = ramBytes + overheadBytes
        const money = price === undefined ? null : (bytes / GIB) * price.perGibMonth
        return { dataset, owner, keys, ramBytes: bytes, money }
      }),
    price: price === undefined ? null : { perGibMonth: price.perGibMonth, currency: price.currency ?? 'USD' },
  }
}

function keptFrom(retention: string | undefined, date: string): string | null {
  return retention === undefined ? null : dayOf(msOfDay(date) - Math.floor(parseDuration(retention) / DAY_MS) * DAY_MS)
}

/** A dump that cannot be read comes before a budget that is broken: the budgets were not held against all keys. */
function verdictOf(report: NightReport, failOn: 'error' | 'warn' | 'never'): NightlyResult['verdict'] {
  const shards = report.datasets.flatMap((dataset) => dataset.shards)
  if (shards.every(({ status }) => status === 'unreadable')) return 'unreadable'
  if (shards.some(({ status }) => status !== 'ok')) return 'partial'
  const counts = failOn === 'never' ? [] : failOn === 'error' ? ['error'] : ['error', 'warn']
  return report.findings.some(({ state, severity }) => state === 'open' && counts.includes(severity))
    ? 'broken'
    : 'done'
}
