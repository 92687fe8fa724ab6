import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { COMPARE_FORMATS } from '../../reports/compare/index.js'
import type { CompareReport } from '../../reports/compare-report.js'
import { reporterById } from '../../reports/index.js'
import { KEY_COLUMNS } from '../../reports/keys/csv.js'
import type { AnalysisReport } from '../../reports/report.js'
import { compare } from '../compare/index.js'
import { InputError } from '../io/errors.js'
import { fileFacts, isFolder, joinFiles, publishFolder, remove, replaceFile, textOfFile } from '../io/folders.js'
import { fileOutput, makeFolder, writeAll } from '../io/output.js'
import { joinProfiles, type Profile, readProfile, saveProfile } from '../profile/index.js'
import { version } from '../version.js'
import type { OutputFormat } from './config-types.js'

/** What the reports of a data set are made from. */
export interface Publication {
  readonly target: string
  readonly temporary: string
  readonly report: AnalysisReport
  readonly profiles: readonly Profile[]
  /** Files of keys of the shards, in their order. */
  readonly keyFiles: readonly string[]
  readonly formats: readonly OutputFormat[]
  /** Rows per table; 0: all. */
  readonly top: number
  /** Reports of the night to compare with; null: nothing to compare with. */
  readonly previous: string | null
  /** The same for the same dumps, read in the same way. */
  readonly inputs: string
}

const PROFILE_FILE = 'profile.json.gz'
/** Says what a folder was made from. */
const DIGEST_FILE = '.made-from'

/**
 * Writes the reports of a data set into a folder of their own, which then takes its place as a whole. Does nothing
 * when they are there already. Gives what had to be left out, as a sentence; null: nothing.
 */
export async function publish(publication: Publication): Promise<string | null> {
  const { target, temporary, report, profiles, formats, top, previous } = publication
  const digest = await digestOf(publication)
  if ((await textOfFile(join(target, DIGEST_FILE))) === digest) return null
  await remove(temporary)
  await makeFolder(temporary)
  const at = (name: string): string => join(temporary, name)
  const single = [
    ['html', 'report.html'],
    ['json', 'report.json'],
    ['md', 'report.md'],
  ] as const
  for (const [format, name] of single) {
    if (!formats.includes(format)) continue
    await writeAll(await fileOutput(at(name)), reporterById(format)!.render(report, { top }))
  }
  if (formats.includes('csv')) {
    await makeFolder(at('csv'))
    for (const file of reporterById('csv')!.files!(report, { top })) {
      await writeAll(await fileOutput(at(join('csv', file.name))), file.render())
    }
  }
  if (formats.includes('keys') && publication.keyFiles.length > 0) {
    await replaceFile(at('keys-header.gz'), gzipSync(`${KEY_COLUMNS.join(',')}\n`))
    await joinFiles([at('keys-header.gz'), ...publication.keyFiles], at('keys.csv.gz'))
    await remove(at('keys-header.gz'))
  }
  const whole = profiles.length === 1 ? profiles[0]! : joinProfiles(profiles)
  // Kept in any case: the next night is compared with it.
  await saveProfile(whole, at(PROFILE_FILE))
  const leftOut = previous === null ? null : await writeComparison(previous, whole, publication, at)
  await replaceFile(at(DIGEST_FILE), digest)
  await makeFolder(join(target, '..'))
  await publishFolder(temporary, target)
  return leftOut
}

/**
 * What changed since the night before, in the same formats. A profile of that night that is damaged, or of a newer
 * version, stops no other report: gives why there is no comparison.
 */
async function writeComparison(
  previous: string,
  profile: Profile,
  { formats, top, target }: Publication,
  at: (name: string) => string,
): Promise<string | null> {
  const path = join(previous, PROFILE_FILE)
  if ((await fileFacts(path)) === null) return null
  let report: CompareReport
  try {
    const before = { paths: [nightOf(previous)], kind: 'profiles' as const, profile: await readProfile(path) }
    report = compare(before, { paths: [nightOf(target)], kind: 'profiles', profile }, { top })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return `${nightOf(target)} is not compared with ${nightOf(previous)}: ${error.message}`
  }
  for (const format of ['html', 'json', 'md'] as const) {
    if (!formats.includes(format)) continue
    await writeAll(await fileOutput(at(`compare.${format}`)), COMPARE_FORMATS[format]!.render(report, { top }))
  }
  return null
}

/** `2026-11-19/shop`, as the comparison calls a side. */
function nightOf(folder: string): string {
  return folder.split('/').slice(-2).join('/')
}

async function digestOf({ formats, top, previous, inputs }: Publication): Promise<string> {
  const before = previous === null || !(await isFolder(previous)) ? null : await textOfFile(join(previous, DIGEST_FILE))
  return createHash('sha256')
    .update(JSON.stringify([version, formats, top, before, inputs]))
    .digest('hex')
}
