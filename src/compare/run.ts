import type { ComparedSide, CompareReport } from '../../reports/compare-report.js'
import { analyze } from '../analyze.js'
import { InputError } from '../io/errors.js'
import { isProfileFile } from '../profile/recognise.js'
import type { FileOutcome, ReadRequest } from '../requests.js'
import { type CompareInput, type CompareOptions, compare } from './index.js'
import { compareKeys } from './keyed.js'
import { findSide, readReport, type Side } from './sides.js'

export interface CompareRunOptions extends CompareOptions {
  /** Moments that TTL is judged at in exports of keys, which do not say: old and new side. */
  readonly nowMs?: readonly [old: number | undefined, new: number | undefined] | undefined
}

export interface CompareResult {
  readonly report: CompareReport
  readonly files: readonly FileOutcome[]
  /** Dumps behind profiles that were not read whole. */
  readonly partialDumps: number
}

/**
 * Compares two paths: dumps, profiles, directories of them, reports of analyze, or exports of keys.
 *
 * @param request how dumps are read; its `inputs` are not used
 * @throws InputError, UnitError
 */
export async function compareFiles(
  before: string,
  after: string,
  request: ReadRequest,
  options: CompareRunOptions = {},
): Promise<CompareResult> {
  const sides = [await findSide(before), await findSide(after)] as const
  const [old, fresh] = sides
  const exports = sides.filter(({ kind }) => kind === 'keys').length
  const redacts = (request.redact ?? 'none') !== 'none'
  if (exports > 0) {
    if (redacts)
      throw new InputError('unreadable', 'exports of keys cannot be redacted', 'Use --redact when exporting.')
    if (exports === 1 && !(await isDumps(old)) && !(await isDumps(fresh))) {
      throw new InputError(
        'unreadable',
        `${before} and ${after} cannot be compared: one of them is an export of keys`,
        'Compare an export with another one, or with a dump.',
      )
    }
    return compareKeys(old, fresh, request, options)
  }
  // Names that are not to be shown are redacted in profiles.
  if (!redacts && (await isDumps(old)) && (await isDumps(fresh))) return compareKeys(old, fresh, request, options)
  const files: FileOutcome[] = []
  let partialDumps = 0
  const inputs: CompareInput[] = []
  for (const side of sides) {
    const result = await readSide(side, request)
    inputs.push(result.input)
    files.push(...result.files)
    partialDumps += result.partialDumps
  }
  return { report: compare(inputs[0]!, inputs[1]!, options), files, partialDumps }
}

/** Whether a side can be read key by key, more than once. */
async function isDumps({ kind, inputs }: Side): Promise<boolean> {
  if (kind !== 'data') return false
  for (const { path } of inputs) if (path === '-' || (await isProfileFile(path))) return false
  return true
}

async function readSide(
  side: Side,
  request: ReadRequest,
): Promise<{ readonly input: CompareInput; readonly files: readonly FileOutcome[]; readonly partialDumps: number }> {
  const paths = side.inputs.map(({ path }) => path)
  if (side.kind === 'report') {
    return { input: { paths, report: await readReport(side.inputs[0]!) }, files: [], partialDumps: 0 }
  }
  const {
    profile,
    files,
    partialDumps = 0,
  } = await analyze({ ...request, inputs: side.inputs }, { top: 0, profile: true, values: false })
  const kind: ComparedSide['kind'] = files.length === 0 ? 'profiles' : files.length === paths.length ? 'dumps' : 'mixed'
  return { input: { paths, kind, profile: profile! }, files, partialDumps }
}
