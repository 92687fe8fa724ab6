/**
 * Sizes of ziplists (ziplist.c): a header of 10 bytes, entries, one end byte.
 *
 *     entry = size of the entry before (1 or 5 bytes), encoding, data
 *
 * How long an entry is depends on the one before it, so a ziplist is measured from left to right.
 */
export const ZIPLIST_EMPTY_BYTES = 10 + 1

/** Entries from this size on make the next entry keep 5 bytes of it instead of 1. */
const BIG_PREVIOUS_ENTRY = 254

/** Encoding and data of an integer. */
function ziplistIntegerBytes(value: number): number {
  if (value >= 0 && value <= 12) return 1
  if (value >= -128 && value <= 127) return 2
  if (value >= -32768 && value <= 32767) return 3
  if (value >= -8388608 && value <= 8388607) return 4
  return value >= -2147483648 && value <= 2147483647 ? 5 : 9
}

/** Encoding and data of a string that is not an integer. */
function ziplistStringBytes(length: number): number {
  return length <= 63 ? 1 + length : length <= 16383 ? 2 + length : 5 + length
}

/**
 * Whole entry; `integer` is the value of a canonical integer, else NaN; `previous` the size of the entry before, 0 for
 * none.
 */
export function ziplistEntryBytes(length: number, integer: number, previous: number): number {
  const own = Number.isNaN(integer) ? ziplistStringBytes(length) : ziplistIntegerBytes(integer)
  return own + (previous < BIG_PREVIOUS_ENTRY ? 1 : 5)
}
