import type { RdbString } from './strings.js'

/** Names above it are looked at as long, in bytes. */
const LONG_BYTES = 128
const LOOKED_AT_BYTES = 64
/** Names that must have been seen before anything is concluded, and how rare the exceptions must have been. */
const ENOUGH_NAMES = 50
const RARE = 1 / 20
const MOST_AGAINST = 32
const PLAIN_BITS = 1

/** What the names of a dump were like so far: names that are otherwise are less likely to be names. */
export class NameHabits {
  #names = 0
  #long = 0
  /** Without a sign between letters and digits. */
  #plain = 0

  note(name: RdbString): void {
    this.#names++
    if (name.length > LONG_BYTES) this.#long++
    if (isPlain(name)) this.#plain++
  }

  adopt(other: NameHabits): void {
    this.#names = other.#names
    this.#long = other.#long
    this.#plain = other.#plain
  }

  /** Bits that a name proves, less what speaks against it. */
  judged(name: RdbString, bits: number): number {
    if (this.#names < ENOUGH_NAMES) return bits
    const rare = this.#names * RARE
    const isOddlyLong = name.length > LONG_BYTES && this.#long < rare
    const left = isOddlyLong ? bits - Math.min(MOST_AGAINST, (name.length - LONG_BYTES) / 8) : bits
    // Fields of a hash read as keys. Not against them: another database may have such names.
    return this.#plain < rare && isPlain(name) ? Math.min(left, PLAIN_BITS) : left
  }
}

/** Letters and digits only, or bytes that are no text. */
function isPlain(name: RdbString): boolean {
  const { bytes, start } = name
  const end = Math.min(name.end, start + LOOKED_AT_BYTES)
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    const isSign = (byte >= 0x2d && byte <= 0x2f) || byte === 0x3a || byte === 0x5f || byte === 0x7c || byte === 0x7b
    if (isSign) return false
  }
  return true
}
