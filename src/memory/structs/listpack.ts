/**
 * Sizes of listpacks (listpack.c): a header of 6 bytes, entries, one end byte.
 *
 *     entry = encoding and data (d bytes), then d itself in 1 to 5 bytes, read backwards
 */
export const LISTPACK_EMPTY_BYTES = 6 + 1

/** Whole entry of an integer. */
export function listpackIntegerBytes(value: number): number {
  if (value >= 0 && value <= 127) return 2
  if (value >= -4096 && value <= 4095) return 3
  if (value >= -32768 && value <= 32767) return 4
  if (value >= -8388608 && value <= 8388607) return 5
  return value >= -2147483648 && value <= 2147483647 ? 6 : 10
}

/** Whole entry of a string that is not an integer. */
function listpackStringBytes(length: number): number {
  const data = length <= 63 ? 1 + length : length <= 4095 ? 2 + length : 5 + length
  return data + backLengthBytes(data)
}

/** Entry of a string; `integer` is its value when it is a canonical integer, else NaN. */
export function listpackEntryBytes(length: number, integer: number): number {
  return Number.isNaN(integer) ? listpackStringBytes(length) : listpackIntegerBytes(integer)
}

function backLengthBytes(data: number): number {
  if (data <= 127) return 1
  if (data < 16383) return 2
  if (data < 2097151) return 3
  return data < 268435455 ? 4 : 5
}
