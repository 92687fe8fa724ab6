import { caseChanges, clockEnd, compactDateEnd, dateEnd, isHexText, isUlid, uuidEnd } from '../patterns/recognize.js'
import type { ValueFormat } from './formats.js'
import { JsonScanner } from './json-scan.js'
import { latin1 } from './signatures.js'

/** Longer numbers are hex or identifiers: no integer of 64 bits has more digits. */
const MAX_NUMBER_BYTES = 32
const MAX_DIGITS = 20
const MIN_HEX_BYTES = 16
const MIN_BASE64_BYTES = 16

/** September 2001 and the year 2040: whole numbers between are taken for Unix times. */
const FIRST_UNIX_SECOND = 1e9
const LAST_UNIX_SECOND = 2.2e9

const PHP =
  /^(?:a:\d+:\{|O:\d+:"[A-Za-z_\\][^"]*":\d+:\{|C:\d+:"[A-Za-z_\\][^"]*":\d+:\{|s:\d+:"|[id]:-?[\d.]+(?:E[+-]?\d+)?;|b:[01];|N;$)/
/** A session file: name, bar, serialized value. */
const PHP_SESSION = /^[A-Za-z_]\w*\|(?:[aOC]:\d+:|[sid]:[-\d]|b:[01];|N;)/

/** Longer ones are not taken for URLs. */
const MAX_SCHEME_BYTES = 16
const PHP_HEAD_BYTES = 160

const scanner = new JsonScanner()

/** PHP puts zero bytes into names of private properties, so this is asked before whether the value is text. */
export function isPhp(bytes: Uint8Array, whole: boolean): boolean {
  const first = bytes[0]!
  const letter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122) || first === 95
  if (!letter || bytes.length < 2) return false
  const last = bytes[bytes.length - 1]
  if (whole && last !== 125 && last !== 59) return false
  // A type with its colon, or N; for null.
  if (bytes[1] === 58 || (first === 78 && bytes[1] === 59)) return PHP.test(latin1(bytes, PHP_HEAD_BYTES))
  const nameEnd = wordEnd(bytes, PHP_HEAD_BYTES)
  return bytes[nameEnd] === 124 && PHP_SESSION.test(latin1(bytes, PHP_HEAD_BYTES))
}

/** Where the letters, digits and underscores end that the value begins with; at most `limit`. */
function wordEnd(bytes: Uint8Array, limit: number): number {
  const end = Math.min(bytes.length, limit)
  let at = 0
  while (at < end) {
    const byte = bytes[at]!
    const lower = byte | 32
    if (!((lower >= 97 && lower <= 122) || (byte >= 48 && byte <= 57) || byte === 95)) break
    at++
  }
  return at
}

/** The format of a value that is known to be UTF-8 text without control characters other than tab and line ends. */
export function formatOfText(bytes: Uint8Array, whole: boolean): ValueFormat {
  const { length } = bytes
  const first = bytes[0]!
  if (whole && length <= MAX_NUMBER_BYTES) {
    const number = formatOfNumber(bytes)
    if (number !== null) return number
  }
  if (whole && length === 36 && uuidEnd(bytes, 0, length) === length) return 'uuid'
  if (whole && length === 26 && isUlid(bytes, 0) && caseChanges(bytes, 0, length) > 2) return 'ulid'
  if (whole && isDate(bytes)) return 'date'
  if (first === 123 || first === 91 || first === 34 || first <= 32) {
    const verdict = scanner.scan(bytes, 0, length, whole, null)
    if (verdict !== 'none') return scanner.blankBytes > 0 ? 'json-spaced' : 'json'
  }
  if (length >= MIN_HEX_BYTES && (length % 2 === 0 || !whole) && isHexText(bytes, 0, length)) return 'hex'
  if (isJwt(bytes)) return 'jwt'
  if (isBase64(bytes, whole)) return 'base64'
  const markup = formatOfMarkup(bytes, whole)
  if (markup !== null) return markup
  if (length < 4096 && hasScheme(bytes) && /^[a-z][a-z0-9+.-]{1,15}:\/\/[^\s]+$/.test(latin1(bytes))) return 'url'
  return 'text'
}

/** Letters and what else may be in a scheme, then `://`. */
function hasScheme(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length - 2, MAX_SCHEME_BYTES + 1)
  for (let at = 0; at < end; at++) {
    const byte = bytes[at]!
    if (byte === 58) return bytes[at + 1] === 47 && bytes[at + 2] === 47
    if (byte <= 32 || byte > 122) return false
  }
  return false
}

function formatOfNumber(bytes: Uint8Array): ValueFormat | null {
  const first = bytes[0]!
  if (first !== 45 && (first < 48 || first > 57)) return null
  const { length } = bytes
  const from = first === 45 ? 1 : 0
  let behind = from
  while (behind < length && bytes[behind]! >= 48 && bytes[behind]! <= 57) behind++
  if (behind === from) return null
  if (behind === length) {
    if (length - from > MAX_DIGITS) return null
    if (length === 10 && isUnixSecond(Number(latin1(bytes)))) return 'unix-seconds'
    if (length === 13 && isUnixSecond(Number(latin1(bytes)) / 1000)) return 'unix-ms'
    if (length === 8 && compactDateEnd(bytes, 0, 8) === 8) return 'date'
    return 'integer'
  }
  // Only a point or an exponent goes on.
  if (bytes[behind] !== 46 && (bytes[behind]! | 32) !== 101) return null
  const text = latin1(bytes)
  if (!/^-?\d+\.\d+(?:[eE][+-]?\d+)?$|^-?\d+[eE][+-]?\d+$/.test(text)) return null
  // time.time() of Python and microtime(true) of PHP.
  return /^\d{10}\.\d{1,9}$/.test(text) && isUnixSecond(Number(text)) ? 'unix-seconds' : 'float'
}

function isUnixSecond(value: number): boolean {
  return value >= FIRST_UNIX_SECOND && value < LAST_UNIX_SECOND
}

function isDate(bytes: Uint8Array): boolean {
  const { length } = bytes
  if (length < 10 || length > 40) return false
  const behind = dateEnd(bytes, 0, length)
  if (behind === 0) return false
  return behind === length || clockEnd(bytes, behind, length) === length
}

/** Three parts of base64url, the first of which is a JSON object: `eyJ` is `{"`. */
function isJwt(bytes: Uint8Array): boolean {
  if (bytes[0] !== 101 || bytes[1] !== 121 || bytes[2] !== 74 || bytes.length < 20) return false
  return /^[\w-]+\.[\w-]*(?:\.[\w-]*){0,3}$/.test(latin1(bytes, 4096))
}

/** Base64 or base64url that no one would write by hand: mixed upper and lower case, digits, and many changes. */
function isBase64(bytes: Uint8Array, whole: boolean): boolean {
  const { length } = bytes
  if (length < MIN_BASE64_BYTES) return false
  let end = length
  while (end > length - 2 && bytes[end - 1] === 61) end--
  const padded = end < length
  let upper = 0
  let lower = 0
  let digits = 0
  let url = false
  let standard = false
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!
    if (byte >= 97 && byte <= 122) lower++
    else if (byte >= 65 && byte <= 90) upper++
    else if (byte >= 48 && byte <= 57) digits++
    else if (byte === 45 || byte === 95) url = true
    else if (byte === 43 || byte === 47) standard = true
    else return false
  }
  if (url && standard) return false
  if (whole && !url && length % 4 !== 0) return false
  if (padded) return length % 4 === 0 && upper > 0
  return upper > 0 && lower > 0 && digits > 0 && caseChanges(bytes, 0, end) >= end / 4
}

function formatOfMarkup(bytes: Uint8Array, whole: boolean): ValueFormat | null {
  let at = 0
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3
  while (at < bytes.length && bytes[at]! <= 32) at++
  if (bytes[at] !== 60) return null
  let last = bytes.length - 1
  while (last > at && bytes[last]! <= 32) last--
  if (whole && bytes[last] !== 62) return null
  const head = latin1(bytes.subarray(at), 512)
  if (/^<!doctype html|^<html[\s>]/i.test(head)) return 'html'
  if (head.startsWith('<?xml') || /^<\w+[^>]* xmlns[:=]/.test(head)) return 'xml'
  const name = /^<(?:!--.*?-->\s*<)?([A-Za-z][\w:.-]*)[^<>]*\/?>/s.exec(head)?.[1]
  if (name === undefined) return null
  return HTML_NAMES.has(name.toLowerCase()) ? 'html' : 'xml'
}

const HTML_NAMES: ReadonlySet<string> = new Set(
  (
    'a article aside b blockquote body br button center code dd div dl em fieldset figure font footer form h1 h2 h3 h4 ' +
    'head header hr i iframe img input label legend li link main meta nav ol option p pre script section select small ' +
    'span strong style sub sup table tbody td template textarea th thead title tr u ul video'
  ).split(' '),
)
