import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { BudgetCheck, DatasetNight, NightSums, ShardFacts, ShardNight } from '../../reports/batch/night-report.js'
import { shownKey } from '../../reports/escape.js'
import type { AnalysisReport } from '../../reports/report.js'
import { mergeProfiles, type Profile } from '../profile/index.js'
import { automaticFindings, flagged, forecastFindings, type Past, staleFinding } from './automatic.js'
import { checkBudgets, type DatasetFacts } from './budgets.js'
import type { NightlyConfig } from './config.js'
import { sizeOf } from './config-meaning.js'
import { type DatasetConfig, OUTPUT_FORMATS } from './config-types.js'
import type { FoundProblem } from './finding.js'
import { forecasts } from './forecast.js'
import type { BigKeyRow, DatasetRow, HistoryReader, OwnerHistoryRow, PatternRow, ShardRow } from './history.js'
import type { Layout } from './layout.js'
import { NOBODY, ownerOf } from './owners.js'
import { publish } from './publish.js'
import { rememberedPatterns } from './remembered.js'
import type { ShardJob, ShardResult } from './shard.js'
import type { LostSource } from './sources.js'

/** A shard after it was read; its profile waits on the disk. */
export interface ReadShard {
  readonly job: ShardJob
  /** Of the result: the same for the same dump, read in the same way. */
  readonly digest: string
  readonly status: ShardResult['status']
  readonly problem: string | null
  readonly advice: string
  readonly keysFile: string | null
  readonly facts: ShardFacts | null
}

/** What the nights before have to do with a data set. */
export interface DatasetPast extends Past {
  /** The night to compare with. */
  readonly previous: {
    readonly row: DatasetRow
    readonly patterns: readonly PatternRow[]
    readonly owners: readonly OwnerHistoryRow[]
  } | null
  /** All nights before, for the forecast. */
  readonly shards: readonly ShardRow[]
}

/** A data set of one night: what is told about it, and what is remembered. */
export interface DatasetResult {
  readonly night: DatasetNight
  readonly row: DatasetRow
  readonly shardRows: readonly ShardRow[]
  readonly patternRows: readonly PatternRow[]
  readonly bigKeyRows: readonly BigKeyRow[]
  readonly ownerRows: readonly OwnerHistoryRow[]
  readonly problems: readonly FoundProblem[]
  readonly checks: readonly BudgetCheck[]
  /** What had to be left out of its reports, as sentences. */
  readonly notes: readonly string[]
}

/** Big keys that the history gets of each night. */
const HISTORY_BIG_KEYS = 1000
/** Nights among which one with the same shards is looked for. */
const ALIKE_NIGHTS = 7
/** Nights that a leak may ask for. */
const LONGEST_LEAK = 30
const DEFAULT_TOP = 200
const FORECAST_NIGHTS = 30

/**
 * Asks the history once per data set.
 *
 * @param shards names of the shards that there are this time
 */
export function pastOf(history: HistoryReader, dataset: string, date: string, shards: readonly string[]): DatasetPast {
  const before = { before: date, dataset }
  const complete = history.datasets(before).filter((row) => row.complete)
  const allShards = history.shards(before)
  const last = nightBefore(complete, allShards, shards)
  const nights = complete.slice(-LONGEST_LEAK)
  const patterns = new Map<string, PatternRow[]>(nights.map((row) => [row.date, []]))
  if (nights.length > 0) {
    for (const row of history.patterns({ ...before, from: nights[0]!.date })) patterns.get(row.date)?.push(row)
  }
  const ofLast = last === null ? null : { dataset, from: last.date, upTo: last.date }
  return {
    previous:
      ofLast === null ? null : { row: last!, patterns: patterns.get(last!.date)!, owners: history.owners(ofLast) },
    patternNights: [...patterns.values()],
    bigKeys: ofLast === null ? null : history.bigKeys(ofLast),
    bigKeyCount: last?.bigKeys ?? 0,
    shards: allShards,
  }
}

/**
 * The night that this one is compared with: the newest of the last nights with the same shards, so that a shard that
 * was missing for a night does not come back as growth; else simply the newest.
 */
function nightBefore(
  complete: readonly DatasetRow[],
  rows: readonly ShardRow[],
  shards: readonly string[],
): DatasetRow | null {
  const nameOf = (names: readonly string[]): string => JSON.stringify([...names].sort())
  const now = nameOf(shards)
  const isAlike = ({ date }: DatasetRow): boolean =>
    nameOf(rows.filter((row) => row.date === date).map(({ shard }) => shard)) === now
  return complete.slice(-ALIKE_NIGHTS).findLast(isAlike) ?? complete.at(-1) ?? null
}

/** Puts the shards of a data set together, writes its reports, and says what is wrong with it. */
export async function finishDataset(
  config: NightlyConfig,
  dataset: DatasetConfig,
  date: string,
  shards: readonly ReadShard[],
  lost: readonly LostSource[],
  past: DatasetPast,
  layout: Layout,
  profileOf: (folder: string) => Promise<Profile>,
  newestMs: number | null,
): Promise<DatasetResult> {
  const { name } = dataset
  const { written } = config
  const readable = shards.filter(({ status }) => status !== 'unreadable')
  const profiles: Profile[] = []
  for (const { job } of readable) profiles.push(await profileOf(job.folder))
  const shardNights = nightsOf(shards, lost)
  const complete = shardNights.every(({ status }) => status === 'ok')
  const previous = complete ? past.previous : null
  const report = profiles.length === 0 ? null : mergeProfiles(profiles, { top: 0 })
  const totals = report === null ? NO_SUMS : sumsOf(report)
  const ownerRows = report === null ? [] : ownersOf(report, name, date)
  const shardRows = shardNights.map((night): ShardRow => ({ ...night, date, dataset: name }))
  const maxmemory = dataset.maxmemory ?? shards[0]?.job.options.settings.maxmemory ?? 0
  const forecast = forecasts(
    [...past.shards, ...shardRows],
    date,
    sizeOf(maxmemory),
    written.findings?.forecast?.nights ?? FORECAST_NIGHTS,
  )
  const facts: DatasetFacts | null =
    report === null
      ? null
      : { dataset: name, date, report, totals, owners: ownerRows, previous, ownerOf: ownerOf(config.owners) }
  const budgets = facts === null ? { checks: [], problems: [] } : checkBudgets(written.budgets ?? [], facts)
  const problems = [
    ...shards.flatMap((shard) => readingProblem(shard, name)),
    ...lost.map((source) => lostProblem(source)),
    ...missing(name, shardNights, past),
    ...shards.flatMap(({ job, facts: found }) => {
      if (found?.dumpTimeMs == null || newestMs === null) return []
      return staleFinding(name, job.shard, newestMs - found.dumpTimeMs, written.findings?.stale) ?? []
    }),
    ...budgets.problems,
    ...(facts === null ? [] : automaticFindings(facts, past, written.findings)),
    ...(sizeOf(maxmemory) === 0 ? [] : forecastFindings(name, forecast, written.findings?.forecast)),
  ]
  let leftOut: string | null = null
  if (report !== null) {
    leftOut = await publish({
      target: join(layout.reports, date, name),
      temporary: join(layout.temporary, name),
      report: mergeProfiles(profiles, { top: written.output?.top ?? DEFAULT_TOP }),
      profiles,
      keyFiles: readable.flatMap(({ job, keysFile }) => (keysFile === null ? [] : [join(job.folder, keysFile)])),
      formats: written.output?.formats ?? OUTPUT_FORMATS,
      top: written.output?.top ?? DEFAULT_TOP,
      previous: previous === null ? null : join(layout.reports, previous.row.date, name),
      inputs: createHash('sha256')
        .update(JSON.stringify(shards.map(({ digest }) => digest)))
        .digest('hex'),
    })
  }
  const night: DatasetNight = {
    dataset: name,
    complete,
    folder: report === null ? null : `reports/${date}/${name}`,
    totals,
    previous: past.previous === null ? null : { date: past.previous.row.date, totals: nightSums(past.previous.row) },
    forecast: sizeOf(maxmemory) === 0 ? null : (forecast[0] ?? null),
    shards: shardNights,
  }
  return {
    night,
    row: { ...totals, date, dataset: name, complete, bigKeys: report?.bigKeySummary.flaggedKeys ?? 0 },
    shardRows,
    patternRows: report === null ? [] : patternsOf(report, name, date),
    bigKeyRows: report === null ? [] : bigKeysOf(report, name, date),
    ownerRows,
    problems,
    checks: budgets.checks,
    notes: leftOut === null ? [] : [leftOut],
  }
}

const NO_SUMS: NightSums = {
  ...{ keys: 0, ramBytes: 0, overheadBytes: 0, payloadBytes: 0, rdbBytes: 0, expiringKeys: 0, withoutTtlKeys: 0 },
}

const NO_FACTS: ShardFacts = {
  ...{ keys: 0, ramBytes: 0, overheadBytes: 0 },
  ...{ usedMemoryBytes: null, dumpTimeMs: null, bytes: null, sha256: null },
}

function nightSums(row: NightSums): NightSums {
  const { keys, ramBytes, overheadBytes, payloadBytes, rdbBytes, expiringKeys, withoutTtlKeys } = row
  return { keys, ramBytes, overheadBytes, payloadBytes, rdbBytes, expiringKeys, withoutTtlKeys }
}

function sumsOf({ totals, ttl }: AnalysisReport): NightSums {
  return nightSums({ ...totals, withoutTtlKeys: ttl.withoutTtl.keys })
}

function nightsOf(shards: readonly ReadShard[], lost: readonly LostSource[]): readonly ShardNight[] {
  const read = shards.map(
    ({ job, status, problem, facts }): ShardNight => ({
      ...{ shard: job.shard, source: job.source, status, problem },
      ...(facts ?? NO_FACTS),
    }),
  )
  const missed = lost.map(
    ({ shard, source, message }): ShardNight => ({
      shard,
      source,
      status: 'unreadable',
      problem: message,
      ...NO_FACTS,
    }),
  )
  return [...read, ...missed]
}

function readingProblem({ job, status, problem, advice }: ReadShard, dataset: string): readonly FoundProblem[] {
  if (status === 'ok' || problem === null) return []
  return [
    {
      ...{ rule: status === 'damaged' ? 'corrupt' : 'unreadable', severity: 'error', dataset, about: 'shard' },
      ...{ subject: job.shard, owner: null, message: problem, advice, value: null, limit: null, unit: null },
    },
  ]
}

function lostProblem({ dataset, shard, message, advice }: LostSource): FoundProblem {
  return {
    ...{ rule: 'unreadable', severity: 'error', dataset, about: 'shard', subject: shard, owner: null },
    ...{ message, advice, value: null, limit: null, unit: null },
  }
}

/** Shards of the night before that are not among the sources any more. */
function missing(dataset: string, shards: readonly ShardNight[], past: DatasetPast): readonly FoundProblem[] {
  const { previous } = past
  if (previous === null) return []
  const now = new Set(shards.map(({ shard }) => shard))
  return past.shards
    .filter((row) => row.date === previous.row.date && !now.has(row.shard))
    .map((row) => ({
      ...{ rule: 'missing' as const, severity: 'warn' as const, dataset, about: 'shard' as const, subject: row.shard },
      message: `${row.shard} was part of ${dataset} on ${row.date} and has no dump this time`,
      advice: 'Look whether the job that makes and copies it still runs; the growth of this night lacks its keys.',
      ...{ owner: null, value: null, limit: null, unit: null },
    }))
}

function patternsOf(report: AnalysisReport, dataset: string, date: string): readonly PatternRow[] {
  return rememberedPatterns(report).map((row) => ({
    ...{ date, dataset, pattern: row.pattern, type: row.type, keys: row.keys, ramBytes: row.ramBytes },
    ...{ overheadBytes: row.overheadBytes, withoutTtlKeys: row.withoutTtl, withoutTtlRamBytes: row.withoutTtlRamBytes },
    largestRamBytes: row.largest?.ramBytes ?? null,
  }))
}

function bigKeysOf(report: AnalysisReport, dataset: string, date: string): readonly BigKeyRow[] {
  return flagged(report.bigKeys)
    .slice(0, HISTORY_BIG_KEYS)
    .map((key) => ({
      ...{ date, dataset, db: key.db, key: shownKey(key), type: key.type },
      ...{ ramBytes: key.ramBytes, elements: key.elements },
    }))
}

/** What each team has; the keys of nobody last. They add up to the totals. */
function ownersOf(report: AnalysisReport, dataset: string, date: string): readonly OwnerHistoryRow[] {
  const rows = new Map<string, OwnerHistoryRow>()
  for (const group of report.groups ?? []) {
    const owner = group.owner ?? NOBODY
    const known = rows.get(owner)
    rows.set(owner, {
      ...{ date, dataset, owner },
      keys: (known?.keys ?? 0) + group.keys,
      ramBytes: (known?.ramBytes ?? 0) + group.ramBytes,
      overheadBytes: (known?.overheadBytes ?? 0) + group.overheadBytes,
      withoutTtlKeys: (known?.withoutTtlKeys ?? 0) + group.withoutTtl,
    })
  }
  return [...rows.values()].sort((a, b) =>
    a.owner === NOBODY ? 1 : b.owner === NOBODY ? -1 : b.ramBytes - a.ramBytes || (a.owner < b.owner ? -1 : 1),
  )
}
