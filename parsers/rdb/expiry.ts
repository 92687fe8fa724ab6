import type { Cursor } from './cursor.js'

/** From this version on times are little-endian whatever the machine. */
export const FIRST_LITTLE_ENDIAN_VERSION = 9
/** 2009, 2100 and year 9999: what a byte-swapped expiry of an old big-endian file is told by. */
const REDIS_BIRTH_MS = 1_230_768_000_000
const YEAR_2100_MS = 4_102_444_800_000
const YEAR_9999_MS = 253_402_300_800_000

/**
 * Reads the expiry of keys. Before RDB 9 times are in the byte order of the writer's machine, which nothing in
 * the file tells: the first time that makes sense only with its bytes reversed decides for the whole file.
 */
export class ExpiryReader {
  #swapped = false
  readonly #cursor: Cursor
  /** Told once, when times turn out to be big-endian. */
  readonly #onSwap: () => void

  constructor(cursor: Cursor, onSwap: () => void) {
    this.#cursor = cursor
    this.#onSwap = onSwap
  }

  /** EXPIRETIME: signed 32-bit seconds. */
  seconds(): number {
    const seconds = this.#cursor.i32le()
    return seconds < 0 ? LONG_PAST_MS : seconds * 1000
  }

  /** EXPIRETIME_MS: signed 64-bit milliseconds; -1 is how servers say "no expiry". */
  milliseconds(rdbVersion: number): number {
    const cursor = this.#cursor
    const value = cursor.ms()
    const time = rdbVersion < FIRST_LITTLE_ENDIAN_VERSION ? this.#inOrder(value) : value
    return time < -1 ? LONG_PAST_MS : time
  }

  #inOrder(value: number): number {
    const cursor = this.#cursor
    const reversed = swap32(cursor.low) * 4294967296 + (swap32(cursor.high) >>> 0)
    const onlyReversed = (value < -1 || value > YEAR_9999_MS) && reversed > REDIS_BIRTH_MS && reversed < YEAR_2100_MS
    if (onlyReversed && !this.#swapped) {
      this.#swapped = true
      this.#onSwap()
    }
    return this.#swapped ? reversed : value
  }
}

/** Times are signed 64-bit integers; as text in the file they may have more digits. */
export const LAST_MS = 2 ** 63

/** Servers take times before 1970 for expired; here they become 1970, since -1 means "none". */
export const LONG_PAST_MS = 0

function swap32(value: number): number {
  return ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
}
