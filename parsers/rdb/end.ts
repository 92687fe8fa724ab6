import { type Crc64, crcText } from './crc64.js'
import type { Cursor } from './cursor.js'
import type { RdbEnd } from './visitor.js'

export const CHECKSUM_BYTES = 8
/** First RDB version with a checksum. */
const FIRST_CHECKSUM_VERSION = 5

/** Bytes of the checksum behind the end. */
export function checksumBytes(rdbVersion: number): number {
  return rdbVersion < FIRST_CHECKSUM_VERSION ? 0 : CHECKSUM_BYTES
}

/** Bytes behind a dump that tell what they are. */
export const TAIL_BYTES = 40

/** True for what is known to follow dumps: commands, padding, another dump, the mark of a diskless replication. */
export function mayFollowDump(bytes: Uint8Array, from: number, to: number): boolean {
  let text = ''
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!)
  return /^(?:[\r\n]*(?:\*[1-9]|#[ -~]|\$\d|$)|\0*$|REDIS\d|VALKEY\d|[0-9a-f]{40})/.test(text)
}

/**
 * What stands behind the last record: the checksum, where the version has one. `crc` is null when nobody computed it.
 */
export function readEnd(cursor: Cursor, rdbVersion: number, crc: Crc64 | null): RdbEnd {
  const computedChecksum = crc === null ? '' : crc.toString()
  if (rdbVersion < FIRST_CHECKSUM_VERSION) {
    return { endOffset: cursor.offset, checksum: 'absent', storedChecksum: '', computedChecksum }
  }
  cursor.u64le()
  cursor.commit()
  const storedChecksum = crcText(cursor.high, cursor.low)
  const checksum = verdict(cursor.high, cursor.low, crc)
  return { endOffset: cursor.offset, checksum, storedChecksum, computedChecksum }
}

/** Zero is what servers write when told not to compute it. */
function verdict(high: number, low: number, crc: Crc64 | null): RdbEnd['checksum'] {
  if (high === 0 && low === 0) return 'disabled'
  if (crc === null) return 'unchecked'
  return high === crc.high && low === crc.low ? 'ok' : 'wrong'
}
