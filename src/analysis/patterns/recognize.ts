/**
 * Recognisers for the variable parts of key names. Each looks at `bytes[at, end)` and returns the position behind
 * what it found, or 0. None allocates.
 */

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

const HEX_DIGIT = new Uint8Array(256)
for (const digit of '0123456789abcdefABCDEF') HEX_DIGIT[digit.charCodeAt(0)] = 1

function isHex(byte: number): boolean {
  return HEX_DIGIT[byte] === 1
}

function isLetterOrDigit(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90)
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! - 48
  const low = bytes[at + 1]! - 48
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : -1
}

/** `8-4-4-4-12` hex digits. */
export function uuidEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 36) return 0
  if (bytes[at + 8] !== 45 || bytes[at + 13] !== 45 || bytes[at + 18] !== 45 || bytes[at + 23] !== 45) return 0
  let digits = 0
  for (let i = at; i < at + 36; i++) digits += HEX_DIGIT[bytes[i]!]!
  return digits === 32 ? at + 36 : 0
}

function isYear(bytes: Uint8Array, at: number): boolean {
  const century = twoDigits(bytes, at)
  return (century === 19 || century === 20) && twoDigits(bytes, at + 2) >= 0
}

function isMonthDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

/** `2024-01-31`, also with `/`, `.` or `_`; the same separator twice. */
export function dateEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 10) return 0
  const separator = bytes[at + 4]!
  if (bytes[at + 7] !== separator || isLetterOrDigit(separator)) return 0
  if (!isYear(bytes, at) || !isMonthDay(twoDigits(bytes, at + 5), twoDigits(bytes, at + 8))) return 0
  return at + 10
}

/** `20240131`. */
export function compactDateEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8 || !isYear(bytes, at)) return 0
  return isMonthDay(twoDigits(bytes, at + 4), twoDigits(bytes, at + 6)) ? at + 8 : 0
}

/** Behind a date: `T10:15`, ` 10:15:30`, `T101530.123Z`, `T10:15:30+02:00`. */
export function clockEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 5 > end) return 0
  const joint = bytes[at]!
  if (joint !== 84 && joint !== 116 && joint !== 32) return 0
  let i = at + 1
  const hour = twoDigits(bytes, i)
  if (hour < 0 || hour > 23) return 0
  i += 2
  const separator = bytes[i]!
  const step = isDigit(separator) ? 0 : 1
  if (i + step + 2 > end) return 0
  const minute = twoDigits(bytes, i + step)
  if (minute < 0 || minute > 59) return 0
  i += step + 2
  if (i + step + 2 <= end && (step === 0 || bytes[i] === separator)) {
    const second = twoDigits(bytes, i + step)
    if (second >= 0 && second <= 60) {
      i += step + 2
      if (i + 1 < end && (bytes[i] === 46 || bytes[i] === 44) && isDigit(bytes[i + 1]!)) {
        i++
        while (i < end && isDigit(bytes[i]!)) i++
      }
    }
  }
  if (i < end && (bytes[i] === 90 || bytes[i] === 122)) return i + 1
  if (i + 6 <= end && (bytes[i] === 43 || bytes[i] === 45) && twoDigits(bytes, i + 1) >= 0 && bytes[i + 3] === 58) {
    if (twoDigits(bytes, i + 4) >= 0) return i + 6
  }
  return i
}

/** `20240131101530`: a date and a time of day without anything between. */
export function isCompactTime(bytes: Uint8Array, at: number): boolean {
  if (!isYear(bytes, at) || !isMonthDay(twoDigits(bytes, at + 4), twoDigits(bytes, at + 6))) return false
  return twoDigits(bytes, at + 8) <= 23 && twoDigits(bytes, at + 10) <= 59 && twoDigits(bytes, at + 12) <= 60
}

/** Four numbers of 0-255 with dots between. */
export function ipv4End(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (i >= end || bytes[i] !== 46) return 0
      i++
    }
    let value = 0
    let digits = 0
    while (i < end && digits < 4 && isDigit(bytes[i]!)) {
      value = value * 10 + bytes[i]! - 48
      digits++
      i++
    }
    if (digits === 0 || digits > 3 || value > 255) return 0
  }
  return i
}

/** Eight groups of hex digits, or fewer around one `::`, of at least three groups of which one has a digit. */
export function ipv6End(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  let groups = 0
  let gap = false
  let digitSeen = false
  while (i < end && groups < 8) {
    let digits = 0
    while (i < end && digits < 5 && isHex(bytes[i]!)) {
      if (isDigit(bytes[i]!)) digitSeen = true
      digits++
      i++
    }
    if (digits > 4) return 0
    if (digits > 0) groups++
    else if (groups > 0 && !gap) return 0
    if (i >= end || bytes[i] !== 58) break
    if (groups === 8) break
    if (i + 1 < end && bytes[i + 1] === 58) {
      if (gap) return 0
      gap = true
      i += 2
      if (i >= end || !isHex(bytes[i]!)) break
    } else {
      if (i + 1 >= end || !isHex(bytes[i + 1]!)) break
      i++
    }
  }
  if (!digitSeen) return 0
  return groups === 8 || (gap && groups >= 3) ? i : 0
}

function isLocalPart(byte: number): boolean {
  // . _ % + -
  return isLetterOrDigit(byte) || byte === 46 || byte === 95 || byte === 37 || byte === 43 || byte === 45
}

/** Where the mailbox name before the `@` at `at` begins; `at` when there is none. */
export function emailStart(bytes: Uint8Array, start: number, at: number): number {
  let i = at
  while (i > start && isLocalPart(bytes[i - 1]!)) i--
  // A separator in front is not part of the address.
  while (i < at && !isLetterOrDigit(bytes[i]!)) i++
  return i
}

/** Behind the domain that follows the `@` at `at`: labels with at least one dot. */
export function emailEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at + 1
  let lastDot = 0
  while (i < end && (isLetterOrDigit(bytes[i]!) || bytes[i] === 46 || bytes[i] === 45)) {
    if (bytes[i] === 46) {
      if (i + 1 >= end || !isLetterOrDigit(bytes[i + 1]!)) break
      lastDot = i
    }
    i++
  }
  return lastDot > at + 1 && i > lastDot + 2 ? i : 0
}

/** Crockford base32, 26 characters, first one 0-7 (ULID specification). */
export function isUlid(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at]!
  if (first < 48 || first > 55) return false
  for (let i = at; i < at + 26; i++) {
    const byte = bytes[i]!
    const upper = byte >= 97 ? byte - 32 : byte
    if (isDigit(byte)) continue
    // I, L, O and U are left out of the alphabet.
    if (upper < 65 || upper > 90 || upper === 73 || upper === 76 || upper === 79 || upper === 85) return false
  }
  return true
}

/** Letters first, digits last: where the digits begin; 0 when it is anything else. */
export function trailingDigits(bytes: Uint8Array, at: number, end: number): number {
  let digits = end
  while (digits > at && isDigit(bytes[digits - 1]!)) digits--
  if (digits === at || digits === end) return 0
  for (let i = at; i < digits; i++) if (isDigit(bytes[i]!)) return 0
  return digits
}

/** 1: digit, 2: lower case, 3: upper case, 0: anything else. */
const LETTER_CASE = new Uint8Array(256)
LETTER_CASE.fill(1, 48, 58)
LETTER_CASE.fill(2, 97, 123)
LETTER_CASE.fill(3, 65, 91)

/** Changes between lower case, upper case and digits along the text: words have few, random tokens many. */
export function caseChanges(bytes: Uint8Array, at: number, end: number): number {
  // The first one counts as a change, too; jumps that depend on random letters would cost more than all the rest.
  let changes = -1
  let before = 0
  for (let i = at; i < end; i++) {
    const kind = LETTER_CASE[bytes[i]!]!
    if (kind === 0) continue
    changes += +(kind !== before)
    before = kind
  }
  return changes < 0 ? 0 : changes
}

/**
 * End of a run of base64url characters, `=` padding included.
 *
 * @param known up to where they are known to be letters and digits
 */
export function base64RunEnd(bytes: Uint8Array, at: number, end: number, known = at): number {
  let i = known
  while (i < end && (LETTER_CASE[bytes[i]!] !== 0 || isDash(bytes[i]!))) i++
  while (i < end && i < at + 512 && bytes[i] === 61) i++
  return i
}

/** True when the bytes are well-formed UTF-8 without control characters (RFC 3629). */
export function isText(bytes: Uint8Array, at: number, end: number): boolean {
  let i = at
  while (i < end) {
    const byte = bytes[i]!
    if (byte < 0x80) {
      if (byte < 32 || byte === 127) return false
      i++
      continue
    }
    let more: number
    let low = 0x80
    let high = 0xbf
    if (byte >= 0xc2 && byte <= 0xdf) more = 1
    else if (byte >= 0xe0 && byte <= 0xef) {
      more = 2
      if (byte === 0xe0) low = 0xa0
      else if (byte === 0xed) high = 0x9f
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      more = 3
      if (byte === 0xf0) low = 0x90
      else if (byte === 0xf4) high = 0x8f
    } else return false
    if (i + more >= end) return false
    const second = bytes[i + 1]!
    if (second < low || second > high) return false
    // U+0080-U+009F are controls, too.
    if (byte === 0xc2 && second < 0xa0) return false
    for (let k = 2; k <= more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false
    i += more + 1
  }
  return true
}

/** Digits alone are an integer, unless they begin a date, an address or a UUID. */
export function digitsNeedALook(bytes: Uint8Array, i: number, end: number, length: number): boolean {
  if (length === 8 || length === 14) return true
  if (length > 4 || i >= end) return false
  const next = bytes[i]!
  if (next === 58) {
    // An IPv6 address goes on with another group and a colon, or with `::`.
    let k = i + 1
    while (k < end && k < i + 5 && isHex(bytes[k]!)) k++
    return k < end && bytes[k] === 58
  }
  return next === 46 || (length === 4 && i + 6 <= end && next === bytes[i + 3])
}

/** Hex digits of MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512. */
export function isHashLength(length: number): boolean {
  return length === 32 || length === 40 || length === 56 || length === 64 || length === 96 || length === 128
}

export function isHexText(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (!isHex(bytes[i]!)) return false
  return true
}

export function isDash(byte: number): boolean {
  return byte === 45 || byte === 95
}

export function isLowerCase(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i]! < 97 || bytes[i]! > 122) return false
  return true
}

/** True when a piece between dashes mixes digits, upper and lower case. */
export function hasMixedPiece(bytes: Uint8Array, at: number, end: number): boolean {
  let i = at
  while (i < end) {
    while (i < end && isDash(bytes[i]!)) i++
    const pieceAt = i
    while (i < end && !isDash(bytes[i]!)) i++
    if (caseChanges(bytes, pieceAt, i) > 0) return true
  }
  return false
}

/**
 * True when one of the pieces between `-` and `_` looks like a word or number: four or more characters of one class.
 */
export function hasWord(bytes: Uint8Array, at: number, end: number): boolean {
  let i = at
  while (i < end) {
    while (i < end && isDash(bytes[i]!)) i++
    const pieceAt = i
    while (i < end && !isDash(bytes[i]!)) i++
    if (i - pieceAt >= 4 && caseChanges(bytes, pieceAt, i) === 0) return true
  }
  return false
}
