import { dateEnd, emailEnd, emailStart, isHexText, uuidEnd } from '../patterns/recognize.js'
import { latin1 } from './signatures.js'

const LONG_NAME = 64
const MIN_HEX = 16

/**
 * What stands for a field name that is a value rather than a name (an id, a date, an address), null for names that
 * programmers give. Keeps paths few, and data out of the report.
 */
export function pathLabel(bytes: Uint8Array, start: number, end: number): string | null {
  const length = end - start
  if (length === 0) return null
  if (length > LONG_NAME) return '{*}'
  let digits = 0
  let at = -1
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte >= 48 && byte <= 57) digits++
    else if (byte === 64) at = i
  }
  if (digits === length) return '{int}'
  if (at > start && emailStart(bytes, start, at) < at && emailEnd(bytes, at, end) > 0) return '{email}'
  if (digits < 3) return null
  if (length === 36 && uuidEnd(bytes, start, end) === end) return '{uuid}'
  if (dateEnd(bytes, start, end) > 0) return '{date}'
  if (length >= MIN_HEX && isHexText(bytes, start, end)) return '{hex}'
  // item:1234 and the like; two digits may belong to a name, as in utf16 or address2.
  const text = latin1(bytes.subarray(start, end))
  return /^[\x20-\x7e]*\d{3}[\x20-\x7e]*$/.test(text) ? text.replace(/\d{3,}/g, '{int}') : '{*}'
}
