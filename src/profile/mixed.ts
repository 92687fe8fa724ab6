import { InputError } from '../io/errors.js'
import type { InputFile } from '../io/inputs.js'
import type { FileOutcome } from '../requests.js'
import type { Profile } from './profile.js'
import { isProfileFile } from './recognise.js'

/** A profile among the inputs, or dumps in a row. */
export type InputPart = { readonly input: InputFile } | { readonly dumps: readonly InputFile[] }

/** Profiles that are held at a time: reports on hundreds of shards need no more memory than on a few. */
const JOINED_AT_ONCE = 8

/** Tells profiles from dumps, by their contents. Dumps in a row stay together. */
export async function inputParts(inputs: readonly InputFile[]): Promise<readonly InputPart[]> {
  const parts: InputPart[] = []
  for (const input of inputs) {
    if (input.path !== '-' && (await isProfileFile(input.path))) {
      parts.push({ input })
      continue
    }
    const last = parts.at(-1)
    if (last !== undefined && 'dumps' in last) parts[parts.length - 1] = { dumps: [...last.dumps, input] }
    else parts.push({ dumps: [input] })
  }
  return parts
}

export interface JoinedParts {
  /** Of the dumps that were read. */
  readonly files: readonly FileOutcome[]
  readonly profile: Profile
  /** Dumps behind the profiles that were not read whole when those were made. */
  readonly partialDumps: number
}

/**
 * One profile of all parts; dumps are read for it.
 *
 * @param check throws when a profile cannot give what is asked for
 * @param read reads some of the dumps
 */
export async function joinParts(
  parts: readonly InputPart[],
  check: (profile: Profile, input: InputFile) => void,
  read: (dumps: readonly InputFile[]) => Promise<{
    readonly files: readonly FileOutcome[]
    readonly profile?: Profile | null
  }>,
): Promise<JoinedParts> {
  const [{ readProfile }, { joinProfiles }] = await Promise.all([import('./file.js'), import('./merge.js')])
  let profiles: Profile[] = []
  const files: FileOutcome[] = []
  let partialDumps = 0
  for (const part of parts) {
    if ('dumps' in part) {
      const result = await read(part.dumps)
      if (result.profile) profiles.push(result.profile)
      files.push(...result.files)
    } else {
      const profile = await readProfile(part.input.path)
      check(profile, part.input)
      partialDumps += profile.provenance.files.filter(({ complete }) => !complete).length
      profiles.push(profile)
    }
    if (profiles.length === JOINED_AT_ONCE) profiles = [joinProfiles(profiles)]
  }
  return { files, profile: joinProfiles(profiles), partialDumps }
}

/** A profile that something is asked of which only dumps have. */
export function needsDumps(input: InputFile, what: string): InputError {
  return new InputError('not-a-dump', `${input.name} is a profile: ${what}`, 'Name the dumps, or leave the option out.')
}
