import type { gunzipSync } from 'node:zlib'
import { readHead } from '../io/whole-file.js'
import { PROFILE_FORMAT } from './profile.js'

/** How the JSON of each profile begins. */
const MARK = `{"format":"${PROFILE_FORMAT}"`
const HEAD_BYTES = 512
/** Z_SYNC_FLUSH of zlib.h: what there is of a stream that was cut. */
const SYNC_FLUSH = 2

/** Whether a file is a profile, by its first bytes. */
export async function isProfileFile(path: string): Promise<boolean> {
  const head = await readHead(path, HEAD_BYTES)
  // Most files are dumps, which need no zlib.
  return isGzip(head) ? startsLikeProfile(head, (await import('node:zlib')).gunzipSync) : hasMark(head)
}

/** The same of the bytes of a file, all of them or the first. */
export function startsLikeProfile(bytes: Uint8Array, gunzip: typeof gunzipSync): boolean {
  const head = bytes.subarray(0, HEAD_BYTES)
  if (!isGzip(head)) return hasMark(head)
  try {
    return hasMark(gunzip(head, { finishFlush: SYNC_FLUSH, maxOutputLength: 1 << 20 }))
  } catch {
    return false
  }
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function hasMark(start: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(start.subarray(0, MARK.length)) === MARK
}
