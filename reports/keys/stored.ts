/**
 * Stores of several bytes at once into a `DataView`, little-endian. Each may write up to three bytes more than it
 * needs, which whatever comes next writes over: callers reserve `SPARE_BYTES` more.
 */
export const SPARE_BYTES = 4

const DIGIT_ZERO = 0x30
/** Below this a number is one look-up. */
const FOUR_DIGITS = 10_000
const EIGHT_DIGITS = 100_000_000

/** `0000` to `9999`: four digits as one word, the first in its lowest byte. */
const DIGITS = new Int32Array(FOUR_DIGITS)
for (let value = 0; value < FOUR_DIGITS; value++) {
  let word = 0
  let rest = value
  for (let shift = 24; shift >= 0; shift -= 8) {
    word |= (DIGIT_ZERO + (rest % 10)) << shift
    rest = Math.floor(rest / 10)
  }
  DIGITS[value] = word
}

/** Stores a number of up to 31 bits in decimal; returns where it ends. */
export function storeDecimal(words: DataView, at: number, value: number): number {
  if (value < FOUR_DIGITS) {
    // One less for each bound that the number is below, without a branch: lengths change from row to row.
    const digits = 4 - ((value - 10) >>> 31) - ((value - 100) >>> 31) - ((value - 1000) >>> 31)
    words.setInt32(at, DIGITS[value]! >>> (32 - 8 * digits), true)
    return at + digits
  }
  const high = (value / FOUR_DIGITS) | 0
  const end = storeDecimal(words, at, high)
  words.setInt32(end, DIGITS[value - high * FOUR_DIGITS]!, true)
  return end + 4
}

/** Stores a whole number of up to 53 bits in decimal; returns where it ends. */
export function storeLargeDecimal(words: DataView, at: number, value: number): number {
  const high = Math.floor(value / EIGHT_DIGITS)
  if (high === 0) return storeDecimal(words, at, value)
  const end = storeDecimal(words, at, high)
  const low = (value - high * EIGHT_DIGITS) | 0
  const middle = (low / FOUR_DIGITS) | 0
  words.setInt32(end, DIGITS[middle]!, true)
  words.setInt32(end + 4, DIGITS[low - middle * FOUR_DIGITS]!, true)
  return end + 8
}

/** Four digits, with zeros in front. */
export function storeFour(words: DataView, at: number, value: number): void {
  words.setInt32(at, DIGITS[value]!, true)
}

/** Three digits and a sign behind them. */
export function storeThree(words: DataView, at: number, value: number, sign: number): void {
  words.setInt32(at, (DIGITS[value]! >>> 8) | (sign << 24), true)
}

/** Two digits and a sign behind them. */
export function storeTwo(words: DataView, at: number, value: number, sign: number): void {
  words.setInt32(at, (DIGITS[value]! >>> 16) | (sign << 16), true)
}

/** Bytes that are stored often, with room behind them for reading whole words. */
export class StoredBytes {
  readonly length: number
  readonly words: DataView

  constructor(bytes: Uint8Array) {
    this.length = bytes.length
    const padded = new Uint8Array(bytes.length + SPARE_BYTES)
    padded.set(bytes)
    this.words = new DataView(padded.buffer)
  }
}

/** Returns where they end. */
export function storeBytes(words: DataView, at: number, stored: StoredBytes): number {
  const { length, words: from } = stored
  for (let i = 0; i < length; i += 4) words.setInt32(at + i, from.getInt32(i, true), true)
  return at + length
}
