import type { AnalysisReport } from '../../reports/report.js'
import { InputError } from '../io/errors.js'
import { expandInputs, type InputFile } from '../io/inputs.js'
import { readHead, readWholeFile } from '../io/whole-file.js'
import { isProfileFile } from '../profile/recognise.js'

/** What stands behind one side of a comparison. */
export interface Side {
  readonly kind: 'data' | 'report' | 'keys'
  readonly inputs: readonly InputFile[]
}

/** Reports are a few MB at most. */
const MAX_REPORT_BYTES = 512 * 2 ** 20
const HEAD_BYTES = 4096

/**
 * Finds what a side is, by its contents: dumps and profiles, the JSON report of an earlier night, or an export of keys.
 * Profiles of a directory are preferred to its dumps.
 *
 * @throws InputError
 */
export async function findSide(path: string): Promise<Side> {
  const inputs = await expandInputs([path], 'profiles')
  const kinds = new Set<Side['kind']>()
  for (const input of inputs) kinds.add(input.path === '-' ? 'data' : await kindOf(input.path))
  const [kind, ...others] = kinds
  if (others.length > 0 || (kind === 'report' && inputs.length > 1)) {
    throw new InputError(
      'unreadable',
      `${path} holds different kinds of files, or several reports`,
      'Name dumps and profiles, one report of analyze, or exports of keys.',
    )
  }
  return { kind: kind!, inputs }
}

async function kindOf(path: string): Promise<Side['kind']> {
  if (await isProfileFile(path)) return 'data'
  if (/\.(?:csv|jsonl|ndjson)(?:\.(?:gz|zst))?$/i.test(path)) return 'keys'
  const head = new TextDecoder()
    .decode(await readHead(path, HEAD_BYTES))
    .replace(/^\ufeff/, '')
    .trimStart()
  if (head.startsWith('[')) return 'keys'
  if (head.startsWith('{')) return /^\{\s*"schemaVersion"/.test(head) ? 'report' : 'keys'
  if (/^"?database"?[,;\t|]/.test(head)) return 'keys'
  return /\.json\.(?:gz|zst)$/i.test(path) ? 'keys' : 'data'
}

/** Reads the JSON that `analyze --format json` wrote. */
export async function readReport({ path, name }: InputFile): Promise<AnalysisReport> {
  const bytes = await readWholeFile(path, MAX_REPORT_BYTES)
  const bad = (why: string): InputError =>
    new InputError('unreadable', `${name} is no report of analyze: ${why}`, 'Reports come from analyze --format json.')
  let report: AnalysisReport
  try {
    report = JSON.parse(new TextDecoder().decode(bytes)) as AnalysisReport
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error))
  }
  for (const part of [
    'provenance',
    'totals',
    'types',
    'encodings',
    'patterns',
    'largest',
    'bigKeys',
    'ttl',
    'databases',
  ] as const) {
    if (typeof report[part] !== 'object' || report[part] === null) throw bad(`it has no ${part}`)
  }
  if (report.schemaVersion !== 1) {
    throw bad(`its schemaVersion is ${String(report.schemaVersion)}, this rdblens knows 1`)
  }
  return report
}
