import { basename } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { plural } from '../../reports/format.js'
import { StateError } from '../analysis/state.js'
import { InputError } from '../io/errors.js'
import { fileOutput, writeAll } from '../io/output.js'
import { readWholeFile } from '../io/whole-file.js'
import { fromJson, toJson } from './codec.js'
import { PROFILE_VERSION, type Profile } from './profile.js'
import { isGzip, startsLikeProfile } from './recognise.js'
import { LEVELS, shrunk } from './shrink.js'

/** No profile is larger, whatever the dump. */
export const MAX_PROFILE_BYTES = 1_000_000
/** Keys per list: `--top` may ask for more than are kept otherwise. */
const MOST_KEPT = 1_000_000
/** A file that grows to more is none that this program wrote. */
const MAX_JSON_BYTES = 64 * 2 ** 20

/** A profile as the bytes of its file; what would be too large is cut down, and the profile says so. */
export function encodeProfile(profile: Profile): Uint8Array {
  for (let level = 0; ; level++) {
    const bytes = gzipSync(toJson(level === 0 ? profile : shrunk(profile, level)), { level: 7 })
    if (bytes.length <= MAX_PROFILE_BYTES) return bytes
    if (level === LEVELS) throw new Error(`a profile of ${plural(bytes.length, 'byte')}, cut as far as it goes`)
  }
}

/** @param name how messages call the file. @throws InputError */
export function decodeProfile(bytes: Uint8Array, name: string): Profile {
  if (!startsLikeProfile(bytes, gunzipSync)) {
    throw new InputError('not-a-dump', `${name} is not a profile`, 'Profiles come from rdblens analyze --save.')
  }
  try {
    const json = isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_JSON_BYTES }) : bytes
    const profile = fromJson(new TextDecoder().decode(json)) as Profile
    const version = profile.schemaVersion
    if (!Number.isInteger(version) || version < 1) throw new StateError('it has no version')
    if (version > PROFILE_VERSION) throw newer(name, profile)
    checkParts(profile)
    return profile
  } catch (error) {
    if (error instanceof InputError) throw error
    throw damaged(name, error)
  }
}

/**
 * Makes something of profiles whose parts are there. What is in them was perhaps edited: what cannot be understood then
 * is a damaged profile, and not an error of this program.
 *
 * @param what how messages call them. @throws InputError
 */
export function madeOf<Result>(what: string, make: () => Result): Result {
  try {
    return make()
  } catch (error) {
    if (error instanceof StateError || error instanceof TypeError || error instanceof RangeError) {
      throw broken(what, error)
    }
    throw error
  }
}

/** A profile that cannot be used: what is wrong with it. */
export function damaged(name: string, error: unknown): InputError {
  return broken(`the profile ${name}`, error)
}

function broken(what: string, error: unknown): InputError {
  const reason = error instanceof Error ? error.message : String(error)
  return new InputError('unreadable', `${what} is damaged: ${reason}`, 'Make it again, or copy it again.')
}

function newer(name: string, { schemaVersion, generator }: Profile): InputError {
  const by = typeof generator?.version === 'string' ? ` by rdblens ${generator.version}` : ''
  return new InputError(
    'unreadable',
    `${name} was written${by} as profile version ${schemaVersion}; this one reads up to ${PROFILE_VERSION}`,
    'Use that version of rdblens, or a newer one.',
  )
}

/** That everything is there; what is inside is checked where it is restored. */
function checkParts(profile: Profile): void {
  for (const part of ['options', 'target', 'provenance', 'ledger', 'collectors'] as const) {
    if (typeof profile[part] !== 'object' || profile[part] === null) throw new StateError(`${part} is missing`)
  }
  for (const part of ['largestElements', 'warnings', 'bounded'] as const) {
    if (!Array.isArray(profile[part])) throw new StateError(`${part} is missing`)
  }
  const { kept, separators } = profile.options
  if (!Number.isInteger(kept) || kept < 0 || kept > MOST_KEPT) throw new StateError('options.kept is no number of keys')
  if (typeof separators !== 'string') throw new StateError('options.separators is no text')
  const { values } = profile
  const lists = ['summary', 'formats', 'duplicates', 'trees'] as const
  if (values !== null && !lists.every((name) => Array.isArray(values?.[name]))) {
    throw new StateError('values lack a list')
  }
  const { files } = profile.provenance
  const isFile = (file: (typeof files)[number]): boolean =>
    typeof file?.path === 'string' && typeof file.complete === 'boolean' && Array.isArray(file.modules)
  if (!Array.isArray(files) || !files.every(isFile)) {
    throw new StateError('provenance.files is no list of files')
  }
}

/** Writes a profile; the file appears whole or not at all. Gives its size in bytes, which is below 1 MB. */
export async function saveProfile(profile: Profile, path: string): Promise<number> {
  const bytes = encodeProfile(profile)
  await writeAll(await fileOutput(path), [bytes])
  return bytes.length
}

/** Reads a profile. @throws InputError when it is none, is damaged, or is of a newer version */
export async function readProfile(path: string): Promise<Profile> {
  return decodeProfile(await readWholeFile(path, MAX_JSON_BYTES), basename(path))
}
