import { type RdbString, STRING_FORM } from '../../../parsers/index.js'

const MINUS = 45
const ZERO = 48
const MAX_INT64_TEXT = '9223372036854775807'
const MIN_INT64_TEXT = '9223372036854775808'

/**
 * The integer that `bytes[start, end)` is the canonical decimal text of (no plus, no leading zeros, no `-0`, fits
 * signed 64 bit), else NaN. Exact up to 2^53; beyond that rounded, which is enough to know its width.
 * Same as string2ll (util.c).
 */
export function canonicalInteger(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length === 0 || length > 20) return Number.NaN
  let at = start
  const negative = bytes[at] === MINUS
  if (negative) at++
  const digits = end - at
  if (digits === 0 || digits > 19) return Number.NaN
  const first = bytes[at]! - ZERO
  if (first < 0 || first > 9) return Number.NaN
  if (first === 0) return digits === 1 && !negative ? 0 : Number.NaN
  let value = first
  for (let i = at + 1; i < end; i++) {
    const digit = bytes[i]! - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  if (digits === 19 && exceeds(bytes, at, negative ? MIN_INT64_TEXT : MAX_INT64_TEXT)) return Number.NaN
  return negative ? -value : value
}

function exceeds(bytes: Uint8Array, at: number, limit: string): boolean {
  for (let i = 0; i < 19; i++) {
    const difference = bytes[at + i]! - limit.charCodeAt(i)
    if (difference !== 0) return difference > 0
  }
  return false
}

/** The integer a string stands for, as a server would see it, else NaN. Decodes short LZF strings only. */
export function integerOf(value: RdbString): number {
  if (value.form === STRING_FORM.integer) return value.intHigh * 4294967296 + (value.intLow >>> 0)
  if (value.length > 20 || value.length === 0) return Number.NaN
  if (value.form === STRING_FORM.lzf) value.load()
  return canonicalInteger(value.bytes, value.start, value.end)
}

/** Bytes of the smallest signed integer type that holds `value`, of the intset widths 2, 4 and 8. */
export function intsetWidth(value: number): number {
  if (value >= -32768 && value <= 32767) return 2
  return value >= -2147483648 && value <= 2147483647 ? 4 : 8
}
