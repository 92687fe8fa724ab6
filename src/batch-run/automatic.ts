import type { Forecast } from '../../reports/batch/night-report.js'
import { shownKey } from '../../reports/escape.js'
import { formatBytes, formatCount, formatDuration, formatShare, formatTime, plural } from '../../reports/format.js'
import type { BigKey } from '../../reports/report.js'
import { parseDuration } from '../units.js'
import type { DatasetFacts } from './budgets.js'
import { shareOf, sizeOf } from './config-meaning.js'
import type { ConfigFile } from './config-types.js'
import { DAY_MS } from './days.js'
import type { FoundProblem } from './finding.js'
import type { BigKeyRow, PatternRow } from './history.js'

type Looked = NonNullable<ConfigFile['findings']>

/** What else is known of the nights before. */
export interface Past {
  /** Patterns of complete nights before this one, oldest first. */
  readonly patternNights: readonly (readonly PatternRow[])[]
  /** Big keys of the newest complete night before; null when there is none. */
  readonly bigKeys: readonly BigKeyRow[] | null
  /** Big keys of that night, also those not listed. */
  readonly bigKeyCount: number
}

/** Findings of one kind that are told one by one. */
const MOST_PER_RULE = 20

const LEAK_NIGHTS = 3
const LEAK_BYTES = 1 << 20
const STAMPEDE_KEYS = 1000
const STAMPEDE_SHARE = 0.01
const WARN_WITHIN_MS = 30 * DAY_MS
const ERROR_WITHIN_MS = 7 * DAY_MS

/** What is worth knowing without anybody having set a limit. */
export function automaticFindings(facts: DatasetFacts, past: Past, looked: Looked = {}): readonly FoundProblem[] {
  return [
    ...leaks(facts, past, looked.leak),
    ...stampedes(facts, looked.stampede),
    ...newBigKeys(facts, past, looked.newBigKey),
    ...missingTtl(facts, looked.missingTtl),
  ]
}

/** Patterns whose keys without expiry became more in each of the last nights. */
function leaks(facts: DatasetFacts, past: Past, looked: Looked['leak']): readonly FoundProblem[] {
  const severity = looked?.severity ?? 'warn'
  if (severity === 'off' || facts.previous === null) return []
  const nights = looked?.nights ?? LEAK_NIGHTS
  const least = looked?.minBytes === undefined ? LEAK_BYTES : sizeOf(looked.minBytes)
  const before = past.patternNights.slice(-nights)
  if (before.length < nights) return []
  const nameOf = (row: { pattern: string; type: string }): string => `${row.type} ${row.pattern}`
  const counts = before.map((rows) => new Map(rows.map((row) => [nameOf(row), row])))
  const found: FoundProblem[] = []
  for (const row of facts.report.patterns) {
    if (row.type === 'mixed') continue
    const series = counts.map((night) => night.get(nameOf(row)))
    const keys = [...series.map((night) => night?.withoutTtlKeys ?? 0), row.withoutTtl]
    if (keys.some((count, index) => index > 0 && count <= keys[index - 1]!)) continue
    const grown = row.withoutTtlRamBytes - (series[0]?.withoutTtlRamBytes ?? 0)
    if (grown < least) continue
    const expiring = row.keys - row.withoutTtl
    const others =
      expiring === 0 ? 'None of its keys expires.' : `${formatShare(expiring / row.keys)} of its keys do expire.`
    found.push({
      ...{ rule: 'leak', severity, dataset: facts.dataset, about: 'pattern', subject: row.pattern },
      owner: facts.ownerOf(row.pattern),
      message: `${row.pattern} leaks: its keys without expiry grew in each of the last ${nights} nights, from ${formatCount(keys[0]!)} to ${formatCount(row.withoutTtl)} (+${formatBytes(grown)})`,
      advice: `${others} Give them an expiry where they are written, or delete them in a job.`,
      ...{ value: grown, limit: least, unit: 'bytes' },
      detail: row.type,
    })
  }
  return largest(found)
}

/** Many keys that expire within one minute. */
function stampedes(facts: DatasetFacts, looked: Looked['stampede']): readonly FoundProblem[] {
  const severity = looked?.severity ?? 'warn'
  if (severity === 'off') return []
  const least = looked?.minKeys ?? STAMPEDE_KEYS
  const share = looked?.minShare === undefined ? STAMPEDE_SHARE : shareOf(looked.minShare)
  return facts.report.ttl.stampedes
    .filter((row) => row.unit === 'minute' && row.keys >= least && row.share >= share)
    .slice(0, 3)
    .map((row) => ({
      ...{ rule: 'stampede' as const, severity, dataset: facts.dataset, about: 'dataset' as const },
      // The same time of day is the same job that sets it.
      ...{ subject: `${new Date(row.startMs).toISOString().slice(11, 16)} UTC`, owner: null },
      message: `${plural(row.keys, 'key')} (${formatBytes(row.ramBytes)}, ${formatShare(row.share)} of all that expire) expire within the minute ${formatTime(row.startMs)}`,
      advice: 'Add a random part to the expiry, so that caches are not filled again all at once.',
      ...{ value: row.keys, limit: least, unit: 'keys' as const },
    }))
}

/** Big keys that were none on the night before. */
function newBigKeys(facts: DatasetFacts, past: Past, looked: Looked['newBigKey']): readonly FoundProblem[] {
  const severity = looked?.severity ?? 'warn'
  if (severity === 'off' || past.bigKeys === null) return []
  const known = new Set(past.bigKeys.map((row) => `${row.db} ${row.key}`))
  // When not all of them were listed, a smaller one may have been among the others.
  const isCut = past.bigKeyCount > past.bigKeys.length
  const smallest = isCut ? Math.min(...past.bigKeys.map((row) => row.ramBytes)) : 0
  const fresh = flagged(facts.report.bigKeys).filter(
    (key) => key.ramBytes > smallest && !known.has(`${key.db} ${shownKey(key)}`),
  )
  return largest(
    fresh.map((key) => ({
      ...{ rule: 'new-big-key', severity, dataset: facts.dataset, about: 'key', subject: shownKey(key) },
      owner: facts.ownerOf(shownKey(key)),
      message: `${shownKey(key)} is a new big key: ${key.type}, ${formatBytes(key.ramBytes)}${key.type === 'string' ? '' : `, ${plural(key.elements, 'element')}`}; ${key.reasons.join('; ')}`,
      advice: key.advice[0] ?? '',
      ...{ value: key.ramBytes, limit: null, unit: 'bytes' },
      detail: `db ${key.db}`,
    })),
  )
}

/** Keys over the limits; the others of the list are merely the largest. */
export function flagged(keys: readonly BigKey[]): readonly BigKey[] {
  return keys.filter((key) => key.reasons.length > 0)
}

/** Patterns in which nearly all keys expire, and some were forgotten. */
function missingTtl(facts: DatasetFacts, looked: Looked['missingTtl']): readonly FoundProblem[] {
  const severity = looked?.severity ?? 'note'
  if (severity === 'off') return []
  return largest(
    facts.report.ttl.leaks.map((leak) => ({
      ...{ rule: 'missing-ttl', severity, dataset: facts.dataset, about: 'pattern', subject: leak.pattern },
      owner: facts.ownerOf(leak.pattern),
      message: `${formatShare(leak.expiringShare)} of ${leak.pattern} expire, ${plural(leak.withoutTtl, 'key')} (${formatBytes(leak.withoutTtlRamBytes)}) never ${leak.withoutTtl === 1 ? 'does' : 'do'}`,
      advice: 'Somewhere a write forgets the expiry, or a SET without KEEPTTL removes it.',
      ...{ value: leak.withoutTtlRamBytes, limit: null, unit: 'bytes' },
      detail: leak.type,
    })),
  )
}

/** `maxmemory` that is reached soon. */
export function forecastFindings(
  dataset: string,
  found: readonly Forecast[],
  looked: Looked['forecast'] = {},
): readonly FoundProblem[] {
  const warnMs = looked.warnWithin === undefined ? WARN_WITHIN_MS : parseDuration(looked.warnWithin)
  const errorMs = looked.errorWithin === undefined ? ERROR_WITHIN_MS : parseDuration(looked.errorWithin)
  return found.flatMap((forecast): FoundProblem[] => {
    const { days, shard, usedBytes, maxmemoryBytes, bytesPerDay, date, nights } = forecast
    if (days === null || days * DAY_MS > Math.max(warnMs, errorMs)) return []
    const share = formatShare(usedBytes / maxmemoryBytes)
    const full = `${shard} holds ${formatBytes(usedBytes)} of ${formatBytes(maxmemoryBytes)} maxmemory (${share})`
    return [
      {
        ...{ rule: 'forecast', severity: days * DAY_MS <= errorMs ? 'error' : 'warn', dataset, about: 'shard' },
        ...{ subject: shard, owner: null },
        message:
          days === 0
            ? `${full}: it is full`
            : `${full} and reaches it on ${date}, in ${plural(days, 'day')}, at ${formatBytes(bytesPerDay)} a day (${nights} nights)`,
        advice: 'rdblens simulate says what can be freed; else move slots or raise maxmemory before that day.',
        ...{ value: days, limit: Math.round(warnMs / DAY_MS), unit: 'days' },
      },
    ]
  })
}

/** A dump that is much older than the others: its backup has stopped. */
export function staleFinding(
  dataset: string,
  shard: string,
  ageMs: number,
  looked: Looked['stale'] = {},
): FoundProblem | null {
  const severity = looked.severity ?? 'warn'
  const limitMs = looked.olderThan === undefined ? 1.5 * DAY_MS : parseDuration(looked.olderThan)
  if (severity === 'off' || ageMs <= limitMs) return null
  return {
    ...{ rule: 'stale', severity, dataset, about: 'shard', subject: shard, owner: null },
    message: `the dump of ${shard} is ${formatDuration(ageMs)} older than the newest one of this run`,
    advice: 'Look whether the job that makes and copies it still runs.',
    ...{ value: null, limit: null, unit: null },
  }
}

function largest(found: readonly FoundProblem[]): readonly FoundProblem[] {
  return [...found].sort((a, b) => (b.value ?? 0) - (a.value ?? 0)).slice(0, MOST_PER_RULE)
}
