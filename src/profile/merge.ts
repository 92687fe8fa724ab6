import { basename } from 'node:path'
import { plural } from '../../reports/format.js'
import { type AnalysisReport, type Provenance, type ReportWarning, SCHEMA_VERSION } from '../../reports/report.js'
import { type CollectorOptions, Collectors } from '../analysis/collectors.js'
import { keptKeys } from '../analysis/kept-keys.js'
import type { SlotOwners } from '../analysis/slot-owners.js'
import { isWriter } from '../memory/choose-target.js'
import { describedTarget } from '../memory/target-description.js'
import { withElements } from '../pipeline/big-key-elements.js'
import { type LedgerSums, reconcile } from '../reconcile.js'
import { version } from '../version.js'
import { damaged, madeOf } from './file.js'
import { PROFILE_FORMAT, PROFILE_VERSION, type Profile } from './profile.js'
import { joinValues, listedValues } from './values.js'

export interface MergeOptions {
  /** Rows per table; 0: all that is kept. Default 10. */
  readonly top?: number | undefined
  /** Cluster sizes to try out; default: 3, 6, 12 and 24. */
  readonly shards?: readonly number[] | undefined
  /** Who owns the slots of the cluster today. */
  readonly slotOwners?: SlotOwners | undefined
}

/** Rows per table where nobody asks for another number. */
const DEFAULT_TOP = 10

/**
 * One profile of all parts together, in their order.
 *
 * @throws InputError when one of them is damaged
 */
export function joinProfiles(profiles: readonly Profile[]): Profile {
  if (profiles.length === 0) throw new RangeError('there is no profile to join')
  return profiles.length === 1 ? profiles[0]! : madeOf(`the profile ${namesOf(profiles)}`, () => joined(profiles))
}

function joined(profiles: readonly Profile[]): Profile {
  const first = profiles[0]!
  const kept = profiles.reduce((most, { options }) => Math.max(most, options.kept), 0)
  const values = profiles.flatMap((profile) => (profile.values === null ? [] : [profile.values]))
  return {
    format: PROFILE_FORMAT,
    schemaVersion: PROFILE_VERSION,
    generator: { name: 'rdblens', version },
    options: { ...first.options, kept },
    target: first.target,
    provenance: joinProvenance(profiles),
    ledger: joinLedgers(profiles.map(({ ledger }) => ledger)),
    usedMemoryBytes: sumOrNull(profiles.map(({ usedMemoryBytes }) => usedMemoryBytes)),
    collectors: restored(profiles, { top: kept }).state(),
    largestElements: inFiles(profiles, (profile, firstFile) =>
      profile.largestElements.map((row) => ({ ...row, file: row.file + firstFile })),
    ),
    values: values.length === 0 ? null : joinValues(values),
    targets: joinTargets(profiles),
    warnings: [
      ...inFiles(profiles, (profile, firstFile) =>
        profile.warnings.map((warning) => ({
          ...warning,
          file: warning.file === null ? null : warning.file + firstFile,
        })),
      ).filter(isFirst),
      ...differences(profiles),
    ],
    bounded: profiles.flatMap((profile) => profile.bounded.map((what) => `${nameOf(profile)}: ${what}`)),
  }
}

/**
 * The report that `analyze` would give for the dumps behind the profiles together.
 *
 * @throws InputError when one of them is damaged
 */
export function mergeProfiles(profiles: readonly Profile[], options: MergeOptions = {}): AnalysisReport {
  return reportOf(joinProfiles(profiles), options)
}

/** The report on what a profile holds. */
export function reportOf(profile: Profile, options: MergeOptions = {}): AnalysisReport {
  return madeOf(`the profile ${nameOf(profile)}`, () => madeReport(profile, options))
}

function madeReport(profile: Profile, options: MergeOptions): AnalysisReport {
  const { top = DEFAULT_TOP, shards, slotOwners } = options
  const { provenance, values, targets } = profile
  const target = describedTarget(profile.target)
  if (target === null) throw damaged(nameOf(profile), new Error(`this build does not know ${profile.target.model}`))
  const collectors = restored([profile], { top, shards, slotOwners })
  const files = provenance.files.length
  const collected = collectors.report({ nowMs: provenance.nowMs, target, files })
  const report: AnalysisReport = {
    schemaVersion: SCHEMA_VERSION,
    generator: { name: 'rdblens', version },
    provenance,
    ...collected,
    bigKeys: withElements(collected.bigKeys, profile.largestElements),
    ...(values === null ? {} : { values: listedValues(values, collectors.patternRows, top) }),
    ...(targets === null ? {} : { targets }),
    reconciliation: reconcile(
      profile.ledger,
      profile.usedMemoryBytes,
      target.model.emptyServerBytes * files,
      provenance.files.every((file) => isWriter(target, file)),
    ),
    warnings: [...profile.warnings, ...boundedWarnings(profile, collected, top)],
  }
  return profile.options.redact === 'hash' ? withoutGlobs(report) : report
}

/** Collectors that have seen what is behind the profiles. */
function restored(profiles: readonly Profile[], options: CollectorOptions): Collectors {
  const { separators, bigKeyPreset, bigKeyLimits } = profiles[0]!.options
  const parts = inFiles(profiles, (profile, firstFile) => [{ state: profile.collectors, firstFile }])
  return Collectors.restored({ ...options, separators, bigKeyPreset, bigKeyLimits }, parts)
}

/** Collects from all profiles; files are numbered in a row. */
function inFiles<Row>(
  profiles: readonly Profile[],
  rowsOf: (profile: Profile, firstFile: number) => readonly Row[],
): Row[] {
  let firstFile = 0
  return profiles.flatMap((profile) => {
    const rows = rowsOf(profile, firstFile)
    firstFile += profile.provenance.files.length
    return rows
  })
}

function joinProvenance(profiles: readonly Profile[]): Provenance {
  const all = profiles.map(({ provenance }) => provenance)
  const [first] = all
  const { notUnderstood: _, ...rest } = first!
  const notUnderstood = profiles.flatMap((profile) => {
    const { files, notUnderstood: what = [] } = profile.provenance
    // With several files each sentence names its own.
    return files.length === 1 ? what.map((sentence) => `${nameIn(profile, profiles)}: ${sentence}`) : what
  })
  return {
    ...rest,
    files: all.flatMap(({ files }) => files),
    estimated: all.some(({ estimated }) => estimated),
    notUnderstood,
    options: commonOptions(all.map(({ options }) => options)),
    filteredKeys: all.reduce((sum, { filteredKeys }) => sum + filteredKeys, 0),
  }
}

/** Options that all parts were made with. */
function commonOptions(all: readonly Provenance['options'][]): Provenance['options'] {
  const [first, ...others] = all
  const same = (name: string, value: unknown): boolean =>
    others.every((other) => JSON.stringify(other[name]) === JSON.stringify(value))
  return Object.fromEntries(Object.entries(first!).filter(([name, value]) => same(name, value)))
}

function joinLedgers(ledgers: readonly LedgerSums[]): LedgerSums {
  const total = { payloadBytes: 0, headerBytes: 0, requestedBytes: 0, ramBytes: 0, overheadBytes: 0, expiresBytes: 0 }
  for (const ledger of ledgers) {
    for (const name of Object.keys(total) as (keyof LedgerSums)[]) total[name] += ledger[name]
  }
  return total
}

function sumOrNull(numbers: readonly (number | null)[]): number | null {
  let sum = 0
  for (const value of numbers) {
    if (value === null) return null
    sum += value
  }
  return sum
}

/** Sums per target, for the targets that all parts have. */
function joinTargets(profiles: readonly Profile[]): Profile['targets'] {
  const [first, ...others] = profiles.map(({ targets }) => targets ?? [])
  const rows = first!.flatMap((row) => {
    const same = others.map((targets) => targets.find(({ id }) => id === row.id))
    if (same.includes(undefined)) return []
    const all = [row, ...same.filter((other) => other !== undefined)]
    const sum = (pick: (of: typeof row) => number): number => all.reduce((total, of) => total + pick(of), 0)
    return [
      {
        ...row,
        keys: sum((of) => of.keys),
        ramBytes: sum((of) => of.ramBytes),
        overheadBytes: sum((of) => of.overheadBytes),
        memoryUsageBytes: sumOrNull(all.map((of) => of.memoryUsageBytes)),
      },
    ]
  })
  return rows.length === 0 ? null : rows
}

/** What makes the parts differ in more than their keys. */
function differences(profiles: readonly Profile[]): readonly ReportWarning[] {
  const found: ReportWarning[] = []
  const check = (what: string, why: string, pick: (profile: Profile) => unknown): void => {
    const first = JSON.stringify(pick(profiles[0]!))
    const odd = profiles.filter((profile) => JSON.stringify(pick(profile)) !== first)
    if (odd.length === 0) return
    found.push({
      code: 'unlike-profiles',
      message: `${what} of ${namesOf(odd)} differ from those of ${nameOf(profiles[0]!)}: ${why}`,
      file: null,
      offset: null,
    })
  }
  check('the target or its settings', 'sizes are added up as they are', ({ target }) => target)
  check('the separators', 'the same keys may have got other patterns', ({ options }) => options.separators)
  check('the limits of big keys', 'those of the first hold for what is listed', ({ options }) => [
    options.bigKeyPreset,
    options.bigKeyLimits,
  ])
  check('the filters', 'not all of the keys are there', ({ provenance }) => filtersOf(provenance))
  check('the redaction', 'the same keys may have got other names', ({ options }) => options.redact)
  const groups = profiles.map(({ collectors }) => JSON.stringify(collectors.groups?.names ?? null))
  if (groups.some((names) => names !== groups[0])) {
    check('the groups', 'they are left out', ({ collectors }) => collectors.groups?.names ?? null)
  }
  return found
}

function filtersOf({ options }: Provenance): unknown {
  const { target: _target, set: _set, nowMs: _now, ...rest } = options
  return rest
}

function boundedWarnings(
  profile: Profile,
  report: Pick<AnalysisReport, 'bigKeySummary' | 'bigKeys'>,
  top: number,
): readonly ReportWarning[] {
  const warning = (message: string): ReportWarning => ({ code: 'profile-bounded', message, file: null, offset: null })
  const found = profile.bounded.map(warning)
  const wanted = keptKeys({ top })
  const { flaggedKeys } = report.bigKeySummary
  const { kept } = profile.options
  if (wanted > kept && flaggedKeys > kept) {
    found.push(warning(`profiles keep ${plural(kept, 'key')} per list: not all that are wanted can be shown`))
  }
  return found
}

/** Globs of hashed words find nothing. */
function withoutGlobs(report: AnalysisReport): AnalysisReport {
  return { ...report, patterns: report.patterns.map((row) => ({ ...row, match: null })) }
}

function isFirst(warning: ReportWarning, index: number, all: readonly ReportWarning[]): boolean {
  if (warning.file !== null) return true
  return (
    all.findIndex(
      ({ code, message, file }) => file === null && code === warning.code && message === warning.message,
    ) === index
  )
}

/** How messages call a part: its file, or the first of its files. */
function nameOf({ provenance: { files } }: Profile): string {
  const name = basename(files[0]?.path ?? 'empty profile')
  return files.length > 1 ? `${name} and ${files.length - 1} more` : name
}

/** The same, by its path when another part has the same name. */
function nameIn(profile: Profile, profiles: readonly Profile[]): string {
  const name = nameOf(profile)
  const alike = profiles.filter((other) => nameOf(other) === name)
  const path = profile.provenance.files[0]?.path ?? name
  return path === '-' ? 'standard input' : alike.length > 1 ? path : name
}

function namesOf(profiles: readonly Profile[]): string {
  const names = profiles.map(nameOf)
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}
