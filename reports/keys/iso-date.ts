import type { ByteWriter } from '../byte-writer.js'

const DAY_MS = 86_400_000

/**
 * Writes a time as ISO 8601 in UTC, `2026-11-20T00:00:00.000Z`. Years above 9999, which expiry times of
 * broken clients do have, get as many digits as they need.
 *
 * Days to calendar date in the proleptic Gregorian calendar, counted from 1 March 0000, so that the leap
 * day is the last day of its year. 400 years have 146,097 days.
 */
export function writeIsoDate(out: ByteWriter, timeMs: number): void {
  const days = Math.floor(timeMs / DAY_MS)
  const msOfDay = Math.floor(timeMs - days * DAY_MS)
  const fromMarch = days + 719_468
  const era = Math.floor(fromMarch / 146_097)
  const dayOfEra = fromMarch - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

  if (year >= 0 && year <= 9999) out.padded(year, 4)
  else out.integer(year)
  out.byte(45)
  out.padded(month, 2)
  out.byte(45)
  out.padded(day, 2)
  out.byte(84) // T
  const seconds = Math.floor(msOfDay / 1000)
  out.padded(Math.floor(seconds / 3600), 2)
  out.byte(58)
  out.padded(Math.floor(seconds / 60) % 60, 2)
  out.byte(58)
  out.padded(seconds % 60, 2)
  out.byte(46)
  out.padded(msOfDay - seconds * 1000, 3)
  out.byte(90) // Z
}
