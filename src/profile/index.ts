export {
  decodeProfile,
  encodeProfile,
  readProfile,
  saveProfile,
} from './file.js'
export { joinProfiles, type MergeOptions, mergeProfiles, reportOf } from './merge.js'
export type { Profile } from './profile.js'
export { isProfileFile } from './recognise.js'
