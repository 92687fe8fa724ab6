import { BYTE, KIND, LETTERS } from './classes.js'
import {
  base64RunEnd,
  caseChanges,
  clockEnd,
  compactDateEnd,
  dateEnd,
  emailEnd,
  emailStart,
  hasMixedPiece,
  hasWord,
  ipv4End,
  ipv6End,
  isCompactTime,
  isHashLength,
  isHexText,
  isLowerCase,
  isText,
  isUlid,
  trailingDigits,
  uuidEnd,
} from './recognize.js'

/** Text parts longer than this are variable at once: nobody names a thing like that. */
export const MAX_LITERAL_BYTES = 96
/** Letters and digits are a token from this many bytes on, if they change often. */
export const MIN_TOKEN_BYTES = 10
/** Digits behind letters are a number from this many on. */
export const MIN_NUMBER_BYTES = 4

/**
 * Says of what kind a part of a name is that is more than letters or an integer. Such a part may reach over separators:
 * dates, addresses, tokens with dashes. Nothing here decides by more than one name.
 */
export class PartKinds {
  /** Set with each answer: where the part really begins and ends. */
  partStart = 0
  partEnd = 0
  /** Where the digits of a `wordInt` begin, or of a literal that may become one; else 0. */
  digitsAt = 0
  readonly #classes: Uint8Array

  /** @param classes the class of each byte */
  constructor(classes: Uint8Array) {
    this.#classes = classes
  }

  /**
   * Whether `bytes[runStart, runEnd)` is one base64url token; its part up to the first dash or underscore is
   * `bytes[at, tokenEnd)`.
   */
  isRandomRun(bytes: Uint8Array, runStart: number, runEnd: number, at: number, tokenEnd: number, end: number): boolean {
    if (caseChanges(bytes, runStart, runEnd) * 4 < runEnd - runStart || hasWord(bytes, runStart, runEnd)) return false
    // `pi_3MtwBwLkdIwHu7ix`: a lower-case word in front is a name.
    if (tokenEnd - at >= 2 && isLowerCase(bytes, at, tokenEnd)) return false
    if (!hasMixedPiece(bytes, runStart, runEnd) || uuidEnd(bytes, at, end) !== 0) return false
    if (!this.#endsPart(bytes, runEnd, end)) return false
    this.partStart = runStart
    this.digitsAt = 0
    return true
  }

  /** The kind of `bytes[at, tokenEnd)`; sets `partStart`, `partEnd` and `digitsAt`. */
  kindOf(bytes: Uint8Array, start: number, at: number, tokenEnd: number, end: number, mask: number): number {
    const length = tokenEnd - at
    this.partStart = at
    this.partEnd = tokenEnd
    this.digitsAt = 0

    if ((mask & BYTE.suspicious) !== 0 && !isText(bytes, at, tokenEnd)) {
      // Binary: separators behind it are chance.
      this.partEnd = end
      return KIND.binary
    }
    if (length <= 8 || (mask & BYTE.other) !== 0) {
      const found = this.#acrossSeparators(bytes, start, at, tokenEnd, end, mask)
      if (found !== 0) return found
    }
    if (mask === BYTE.digit) {
      if (length === 8 && compactDateEnd(bytes, at, end) !== 0) {
        const clock = clockEnd(bytes, tokenEnd, end)
        return clock !== 0 && this.#endsPart(bytes, clock, end) ? KIND.time : KIND.date
      }
      return length === 14 && isCompactTime(bytes, at) ? KIND.time : KIND.int
    }
    if ((mask & BYTE.digit) !== 0 && (mask & (BYTE.other | BYTE.suspicious)) === 0) {
      return this.#mixedKind(bytes, at, tokenEnd, end, mask)
    }
    if (length > MAX_LITERAL_BYTES) return KIND.star
    if ((mask & ~LETTERS) === 0 && length >= 12 && caseChanges(bytes, at, tokenEnd) * 3 >= length) return KIND.base64
    if ((mask & BYTE.digit) !== 0) {
      // Text with punctuation or in another script, and a number behind it.
      const digits = trailingDigits(bytes, at, tokenEnd)
      if (digits !== 0) {
        this.digitsAt = digits
        if (tokenEnd - digits >= MIN_NUMBER_BYTES) return KIND.wordInt
      }
    }
    return KIND.literal
  }

  /** Letters and digits together. */
  #mixedKind(bytes: Uint8Array, at: number, tokenEnd: number, end: number, mask: number): number {
    const length = tokenEnd - at
    const digits = trailingDigits(bytes, at, tokenEnd)
    const hexOnly = (mask & (BYTE.lower | BYTE.upper)) === 0
    if (hexOnly && ((mask & BYTE.hexLower) === 0 || (mask & BYTE.hexUpper) === 0 || length >= 16)) {
      if (isHashLength(length)) return KIND.hash
      if (length >= 8 || (length >= 6 && digits === 0)) return KIND.hex
    }
    if (length >= 8 && bytes[at] === 48 && bytes[at + 1] === 120 && isHexText(bytes, at + 2, tokenEnd)) return KIND.hex
    if (mask & BYTE.digit && (length === 15 || length === 16)) {
      // 20240131T101530Z: the date part was not cut off because T is a letter.
      if (compactDateEnd(bytes, at, tokenEnd) !== 0 && clockEnd(bytes, at + 8, tokenEnd) === tokenEnd) return KIND.time
    }
    if (length === 26 && isUlid(bytes, at)) return KIND.ulid
    if (length >= MIN_TOKEN_BYTES && caseChanges(bytes, at, tokenEnd) * 4 >= length) {
      const run = base64RunEnd(bytes, at, end, tokenEnd)
      if (run > tokenEnd && this.#endsPart(bytes, run, end)) {
        if (hasWord(bytes, tokenEnd, run)) this.partEnd = tokenEnd
      }
      return KIND.base64
    }
    if (length > MAX_LITERAL_BYTES) return KIND.star
    if (digits !== 0) {
      this.digitsAt = digits
      if (tokenEnd - digits >= MIN_NUMBER_BYTES) return KIND.wordInt
    }
    return KIND.literal
  }

  /** UUIDs, dates, addresses: parts that hold separators. 0 when it is none. */
  #acrossSeparators(bytes: Uint8Array, start: number, at: number, tokenEnd: number, end: number, mask: number): number {
    const length = tokenEnd - at
    if (at + 36 <= end && bytes[at + 8] === 45 && this.#endsPart(bytes, uuidEnd(bytes, at, end), end)) return KIND.uuid
    if ((mask & BYTE.digit) !== 0) {
      const date = dateEnd(bytes, at, end)
      if (date !== 0) {
        const clock = clockEnd(bytes, date, end)
        if (clock !== 0 && this.#endsPart(bytes, clock, end)) return KIND.time
        if (this.#endsPart(bytes, date, end)) return KIND.date
      }
      if (this.#endsPart(bytes, ipv4End(bytes, at, end), end)) return KIND.ip
    }
    if (length <= 4 && tokenEnd < end && bytes[tokenEnd] === 58) {
      if (this.#endsPart(bytes, ipv6End(bytes, at, end), end)) return KIND.ip
    }
    if ((mask & BYTE.other) !== 0) {
      const sign = indexOfAt(bytes, at, tokenEnd)
      if (sign > at) {
        const mailStart = emailStart(bytes, start, sign)
        const mailEnd = emailEnd(bytes, sign, end)
        if (mailStart < sign && this.#startsPart(bytes, mailStart, start)) {
          if (this.#endsPart(bytes, mailEnd, end)) {
            this.partStart = mailStart
            return KIND.email
          }
        }
      }
    }
    return 0
  }

  /** Takes `partEnd` as the end of the part when a separator or the end of the name follows. */
  #endsPart(bytes: Uint8Array, partEnd: number, end: number): boolean {
    if (partEnd === 0 || (partEnd < end && this.#classes[bytes[partEnd]!] !== BYTE.separator)) return false
    this.partEnd = partEnd
    return true
  }

  #startsPart(bytes: Uint8Array, at: number, start: number): boolean {
    return at === start || this.#classes[bytes[at - 1]!] === BYTE.separator
  }
}

/** Where the `@` stands; -1 for none. `indexOf` would search on to the end of all names. */
function indexOfAt(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === 64) return at
  return -1
}
