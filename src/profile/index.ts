import type { AnalysisReport } from '../../reports/report.js'
import type { SlotOwners } from '../analysis/slot-owners.js'
import type { Profile } from './profile.js'

export type { Profile } from './profile.js'

export interface MergeOptions {
  /** Rows per table; 0: all that is kept. Default 10. */
  readonly top?: number | undefined
  /** Cluster sizes to try out; default: 3, 6, 12 and 24. */
  readonly shards?: readonly number[] | undefined
  /** Who owns the slots of the cluster today. */
  readonly slotOwners?: SlotOwners | undefined
}

// The next functions get their bodies in the commits that follow.

/** Writes a profile; the file appears whole or not at all. Gives its size in bytes, which is below 1 MB. */
export async function saveProfile(_profile: Profile, _path: string): Promise<number> {
  throw new Error('not there yet')
}

/** Reads a profile. @throws InputError when it is none, is damaged, or is of a newer version */
export async function readProfile(_path: string): Promise<Profile> {
  throw new Error('not there yet')
}

/** Whether a file is a profile, by its first bytes. */
export async function isProfileFile(_path: string): Promise<boolean> {
  throw new Error('not there yet')
}

/** One profile of all parts together, in their order. */
export function joinProfiles(_profiles: readonly Profile[]): Profile {
  throw new Error('not there yet')
}

/** The report that `analyze` would give for the dumps behind the profiles together. */
export function mergeProfiles(_profiles: readonly Profile[], _options: MergeOptions = {}): AnalysisReport {
  throw new Error('not there yet')
}
