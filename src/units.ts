/** Reads what people type: sizes, durations, moments and ranges. Every function throws a `UnitError`. */

export class UnitError extends Error {
  override readonly name = 'UnitError'
}

/**
 * Factors as in redis.conf: `k` is 1000 and `kb` is 1024. `KiB` is 1024 everywhere.
 * Upper and lower case mean the same.
 */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 2 ** 10,
  kib: 2 ** 10,
  m: 1e6,
  mb: 2 ** 20,
  mib: 2 ** 20,
  g: 1e9,
  gb: 2 ** 30,
  gib: 2 ** 30,
  t: 1e12,
  tb: 2 ** 40,
  tib: 2 ** 40,
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
}

const NUMBER_AND_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+)) *([a-z]*)$/i

/** `4096`, `10KB`, `1.5GiB` as bytes; 0 or more, whole. */
export function parseSize(text: string): number {
  const match = NUMBER_AND_UNIT.exec(text.trim())
  const factor = match === null ? undefined : SIZE_UNITS[match[2]!.toLowerCase()]
  const bytes = match === null || factor === undefined ? Number.NaN : Math.round(Number(match[1]) * factor)
  if (!(bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw new UnitError(
      `${quote(text)} is not a size: write 4096, 10KB or 1.5GiB (KB and KiB are 1024 bytes, k is 1000)`,
    )
  }
  return bytes
}

/** `500ms`, `90s`, `5m`, `1.5h`, `30d`, `2w` in milliseconds. The unit must be there. */
export function parseDuration(text: string): number {
  const ms = durationMs(text)
  if (ms === null) throw new UnitError(`${quote(text)} is not a duration: write 90s, 5m, 12h, 30d or 2w`)
  return ms
}

/** Numbers below this are seconds from now (30 years), above it seconds or milliseconds since 1970. */
const FIRST_UNIX_SECONDS = 946_684_800 // 2000-01-01, before there was Redis
const FIRST_UNIX_MS = 100_000_000_000 // 1973 in milliseconds, 5138 in seconds

/**
 * A moment in milliseconds since 1970: `now`, `inf`, `-inf`, a duration from now (`1h`, `-2d`, or a small
 * number of seconds), Unix seconds or milliseconds, or ISO 8601 (`2026-11-19`, `2026-11-19T02:00:00Z`; UTC
 * when it names no zone).
 */
export function parseMoment(text: string, nowMs: number): number {
  const word = text.trim().toLowerCase()
  if (word === 'now') return nowMs
  if (word === 'inf' || word === '+inf') return Number.POSITIVE_INFINITY
  if (word === '-inf') return Number.NEGATIVE_INFINITY
  if (/^[+-]?\d+$/.test(word)) {
    const value = Number(word)
    if (Math.abs(value) < FIRST_UNIX_SECONDS) return nowMs + value * 1000
    return Math.abs(value) < FIRST_UNIX_MS ? value * 1000 : value
  }
  const durationFromNow = durationMs(word)
  if (durationFromNow !== null) return nowMs + durationFromNow
  const iso = isoMs(text.trim())
  if (iso !== null) return iso
  throw new UnitError(
    `${quote(text)} is not a time: write now, inf, 1h, 2026-11-19T02:00:00Z, or Unix seconds or milliseconds`,
  )
}

/** A moment that does not hang on another: ISO 8601, Unix seconds or milliseconds. */
export function parseTimestamp(text: string): number {
  const trimmed = text.trim()
  if (/^\d{9,15}$/.test(trimmed)) {
    const value = Number(trimmed)
    return value < FIRST_UNIX_MS ? value * 1000 : value
  }
  const iso = isoMs(trimmed)
  if (iso === null) {
    throw new UnitError(`${quote(text)} is not a time: write 2026-11-19T02:00:00Z, or Unix seconds or milliseconds`)
  }
  return iso
}

/** The two sides of `A~B`; an empty side is null. */
export function splitRange(text: string): { readonly from: string | null; readonly to: string | null } {
  const parts = text.split('~')
  if (parts.length !== 2) throw new UnitError(`${quote(text)} is not a range: write A~B, for example now~7d`)
  const [from, to] = [parts[0]!.trim(), parts[1]!.trim()]
  return { from: from === '' ? null : from, to: to === '' ? null : to }
}

function durationMs(text: string): number | null {
  const match = NUMBER_AND_UNIT.exec(text.trim())
  const factor = match === null ? undefined : DURATION_UNITS_MS[match[2]!.toLowerCase()]
  return match === null || factor === undefined ? null : Math.round(Number(match[1]) * factor)
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?( ?Z|[+-]\d\d:?\d\d)?)?$/i

function isoMs(text: string): number | null {
  const match = ISO.exec(text)
  if (match === null) return null
  const hasTime = text.length > 10
  const ms = Date.parse(hasTime && match[1] === undefined ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T'))
  return Number.isNaN(ms) ? null : ms
}

function quote(text: string): string {
  return JSON.stringify(text)
}
