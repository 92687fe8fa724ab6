import type { AnalysisReport, SavingsReport } from '../reports/report.js'
import type { BigKeyOverrides, BigKeyPresetId } from './analysis/big-key-limits.js'
import type { GroupRule } from './analysis/group-file.js'
import type { SlotOwners } from './analysis/slot-owners.js'
import { analyzeDumps } from './analyze-dumps.js'
import { KeyFilter } from './filters.js'
import { InputError } from './io/errors.js'
import type { InputFile } from './io/inputs.js'
import { memoryBudget, SAVINGS_MEMORY_BYTES, withSavingsBound } from './memory-budget.js'
import type { PlanOptions } from './plan/plan.js'
import { inputParts, joinParts, needsDumps } from './profile/mixed.js'
import type { Profile } from './profile/profile.js'
import type { FileOutcome, ReadRequest } from './requests.js'
import { SavingsFinder, wholeOf } from './savings-finder.js'

/** What a report shows, beside what every report has. */
export interface AnalyzeOptions {
  /** Rows per table; 0: all that is kept. */
  readonly top: number
  /** Ids of targets to price the same keys for, too; `all` for every one. */
  readonly targets?: readonly string[] | undefined
  /** What counts as a big key; default: `default`. */
  readonly bigKeyPreset?: BigKeyPresetId | undefined
  /** Limits that differ from the preset. */
  readonly bigKeyLimits?: BigKeyOverrides | undefined
  /** Lines of a group file. */
  readonly groups?: readonly GroupRule[] | undefined
  /** Cluster sizes to try out; default: 3, 6, 12 and 24. */
  readonly shards?: readonly number[] | undefined
  /** Who owns the slots of the cluster today. */
  readonly slotOwners?: SlotOwners | undefined
  /** False: what the values are is not looked at. */
  readonly values?: boolean | undefined
  /** Values may stand in the report. */
  readonly showValues?: boolean | undefined
  /**
   * What each technique would save, and a plan: the dumps are read again for it, large ones by a sample. Default false.
   * Left out where the dumps cannot be read again, and of profiles.
   */
  readonly savings?: boolean | PlanOptions | undefined
  /** Of dumps with four times as many keys, savings come from a sample of at least so many; default 8192. */
  readonly sampleKeys?: number | undefined
  /** The profile is wanted, too. */
  readonly profile?: boolean | undefined
  /** What the report says about the options above, in the words of the command line. */
  readonly asGiven?: Readonly<Record<string, string | readonly string[]>> | undefined
}

/** The report, and what became of the dumps. */
export interface AnalyzeResult {
  readonly report: AnalysisReport
  readonly files: readonly FileOutcome[]
  /** There when it was asked for, or when inputs were profiles. */
  readonly profile?: Profile | null
  /** Dumps behind profiles that were not read whole when those were made. */
  readonly partialDumps?: number
}

/**
 * Reads dumps and says what is in them. Several dumps are shards of one data set and give one report; profiles may
 * stand for dumps. Dumps that are cut or damaged are reported as far as they could be read: `files[].read.error` says
 * where.
 *
 * @throws InputError when there is no dump, UnitError when the filter cannot be understood, TargetError
 */
export async function analyze(request: ReadRequest, options: AnalyzeOptions): Promise<AnalyzeResult> {
  const parts = await inputParts(request.inputs)
  if (parts.every((part) => 'dumps' in part)) {
    const wantsSavings = options.savings !== undefined && options.savings !== false
    const { bytes, savingsKeys } = memoryBudget(request.maxMemoryBytes)
    const hasRoom = wantsSavings && bytes >= SAVINGS_MEMORY_BYTES
    const sampling = { ...options, sampleKeys: options.sampleKeys ?? savingsKeys }
    const finder = hasRoom ? await SavingsFinder.ifReadableAgain(request, sampling) : null
    return withSavings(await analyzeDumps(request, options, finder), request, options, finder)
  }
  const { files, profile, partialDumps } = await joinParts(
    parts,
    (found, input) => checkAskedOf(found, input, request, options),
    (inputs) => analyzeDumps({ ...request, inputs }, { ...options, profile: true }),
  )
  const { reportOf } = await import('./profile/merge.js')
  return { report: reportOf(profile, options), files, profile, partialDumps }
}

async function withSavings(
  result: AnalyzeResult,
  request: ReadRequest,
  { savings = false }: AnalyzeOptions,
  finder: SavingsFinder | null,
): Promise<AnalyzeResult> {
  if (savings === false) return result
  const { report } = result
  const budget = memoryBudget(request.maxMemoryBytes)
  if (finder === null) {
    const message =
      budget.bytes < SAVINGS_MEMORY_BYTES
        ? `savings are left out: they need --max-memory ${SAVINGS_MEMORY_BYTES / 2 ** 20}MB`
        : 'savings are left out: they need a file, which can be read again'
    return withWarning(result, message)
  }
  let found: SavingsReport
  try {
    const whole = wholeOf(report, finder.records)
    found = await finder.savings.savingsFor(request, whole, finder.options, finder.alongside)
  } catch (error) {
    if (!(error instanceof InputError && error.code === 'many-databases')) throw error
    return withWarning(result, `savings are left out: ${error.message}`)
  }
  return { ...result, report: { ...report, savings: found, memory: withSavingsBound(report, budget) } }
}

/** The result without savings, and why. */
function withWarning(result: AnalyzeResult, message: string): AnalyzeResult {
  const { report } = result
  const warnings = [...report.warnings, { ...NOWHERE, code: 'savings', message }]
  return { ...result, report: { ...report, warnings } }
}

const NOWHERE = { file: null, offset: null } as const

/** A profile has no keys to choose from, and the sizes it was made with. @throws InputError */
function checkAskedOf(
  profile: Profile,
  input: InputFile,
  { filter, target }: ReadRequest,
  { targets, groups, bigKeyPreset = 'default' }: AnalyzeOptions,
): void {
  if (!new KeyFilter(filter).acceptsAll) throw needsDumps(input, 'it has no keys to filter')
  if (groups !== undefined) throw needsDumps(input, 'its keys cannot be grouped')
  if (targets !== undefined) throw needsDumps(input, 'its keys cannot be priced for other targets')
  if (target !== undefined && target !== profile.target.model) {
    throw needsDumps(input, `its sizes are those of ${profile.target.model}, not of ${target}`)
  }
  if (bigKeyPreset !== 'default' && bigKeyPreset !== profile.options.bigKeyPreset) {
    throw needsDumps(input, `its big keys are those of the preset ${profile.options.bigKeyPreset}`)
  }
}
