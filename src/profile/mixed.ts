import { InputError } from '../io/errors.js'
import type { InputFile } from '../io/inputs.js'
import type { FileOutcome } from '../requests.js'
import { isProfileFile, readProfile } from './file.js'
import { joinProfiles } from './merge.js'
import type { Profile } from './profile.js'

/** Inputs in a row that are profiles, or dumps. */
export type InputPart =
  | { readonly profile: Profile; readonly input: InputFile }
  | { readonly dumps: readonly InputFile[] }

/** Tells profiles from dumps, by their contents. Dumps in a row stay together. */
export async function inputParts(inputs: readonly InputFile[]): Promise<readonly InputPart[]> {
  const parts: InputPart[] = []
  for (const input of inputs) {
    if (input.path !== '-' && (await isProfileFile(input.path))) {
      parts.push({ profile: await readProfile(input.path), input })
      continue
    }
    const last = parts.at(-1)
    if (last !== undefined && 'dumps' in last) parts[parts.length - 1] = { dumps: [...last.dumps, input] }
    else parts.push({ dumps: [input] })
  }
  return parts
}

/**
 * One profile of all parts; dumps are read for it.
 *
 * @param read reads some of the dumps
 */
export async function joinParts(
  parts: readonly InputPart[],
  read: (
    dumps: readonly InputFile[],
  ) => Promise<{ readonly files: readonly FileOutcome[]; readonly profile?: Profile | null }>,
): Promise<{ readonly files: readonly FileOutcome[]; readonly profile: Profile }> {
  const profiles: Profile[] = []
  const files: FileOutcome[] = []
  for (const part of parts) {
    if ('profile' in part) {
      profiles.push(part.profile)
      continue
    }
    const result = await read(part.dumps)
    if (result.profile) profiles.push(result.profile)
    files.push(...result.files)
  }
  return { files, profile: joinProfiles(profiles) }
}

/** A profile that something is asked of which only dumps have. */
export function needsDumps(input: InputFile, what: string): InputError {
  return new InputError('not-a-dump', `${input.name} is a profile: ${what}`, 'Name the dumps, or leave the option out.')
}
