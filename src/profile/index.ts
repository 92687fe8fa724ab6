export {
  decodeProfile,
  encodeProfile,
  MAX_PROFILE_BYTES,
  readProfile,
  saveProfile,
} from './file.js'
export { joinProfiles, type MergeOptions, mergeProfiles, reportOf } from './merge.js'
export { PROFILE_VERSION, type Profile } from './profile.js'
export { isProfileFile } from './recognise.js'
