import type { ByteWriter } from '../byte-writer.js'
import { SPARE_BYTES, storeFour, storeThree, storeTwo } from './stored.js'

const DAY_MS = 86_400_000
/** First moment of the year 10000. */
const YEAR_10000_MS = 253_402_300_800_000

const DASH = 45
const COLON = 58
const DOT = 46
const LETTER_T = 84
const LETTER_Z = 90

/** `2026-11-20T00:00:00.000Z`, and what storing it may write too much. */
export const ISO_DATE_BYTES = 24 + SPARE_BYTES
/** Of these, from the dash before the month on. */
const BEHIND_YEAR_BYTES = 20

/** Whether `storeIsoDate` can write a moment: those of the years 1970 to 9999. */
export function isUsualDate(timeMs: number): boolean {
  return timeMs >= 0 && timeMs < YEAR_10000_MS
}

/** Stores a usual date; returns where it ends. */
export function storeIsoDate(words: DataView, at: number, timeMs: number): number {
  const days = (timeMs / DAY_MS) | 0
  const date = calendarDate(days)
  storeFour(words, at, date >>> YEAR_SHIFT)
  return storeBehindYear(words, at + 4, date & MONTH_AND_DAY, (timeMs - days * DAY_MS) | 0)
}

/**
 * Writes a time as ISO 8601 in UTC, `2026-11-20T00:00:00.000Z`. Years above 9999, which expiry times of
 * broken clients do have, get as many digits as they need.
 */
export function writeIsoDate(out: ByteWriter, timeMs: number): void {
  if (isUsualDate(timeMs)) {
    out.reserve(ISO_DATE_BYTES)
    out.at = storeIsoDate(out.words, out.at, timeMs)
    return
  }
  const days = Math.floor(timeMs / DAY_MS)
  // Years repeat after 400 of them.
  const eras = Math.floor(days / ERA_DAYS)
  const date = calendarDate(days - eras * ERA_DAYS)
  const year = (date >>> YEAR_SHIFT) + eras * 400
  if (year >= 0 && year <= 9999) out.padded(year, 4)
  else out.integer(year)
  out.reserve(BEHIND_YEAR_BYTES + SPARE_BYTES)
  out.at = storeBehindYear(out.words, out.at, date & MONTH_AND_DAY, Math.floor(timeMs - days * DAY_MS))
}

/** `-11-20T00:00:00.000Z` */
function storeBehindYear(words: DataView, at: number, monthAndDay: number, msOfDay: number): number {
  const seconds = (msOfDay / 1000) | 0
  const minutes = (seconds / 60) | 0
  const hours = (minutes / 60) | 0
  words.setUint8(at, DASH)
  storeTwo(words, at + 1, monthAndDay >>> MONTH_SHIFT, DASH)
  storeTwo(words, at + 4, monthAndDay & DAY, LETTER_T)
  storeTwo(words, at + 7, hours, COLON)
  storeTwo(words, at + 10, minutes - hours * 60, COLON)
  storeTwo(words, at + 13, seconds - minutes * 60, DOT)
  storeThree(words, at + 16, msOfDay - seconds * 1000, LETTER_Z)
  return at + BEHIND_YEAR_BYTES
}

const ERA_DAYS = 146_097
const YEAR_SHIFT = 9
const MONTH_SHIFT = 5
const MONTH_AND_DAY = (1 << YEAR_SHIFT) - 1
const DAY = (1 << MONTH_SHIFT) - 1

/**
 * Date of a day since 1970, as year, month and day in the bits of one number. For days from 0 on, up to the year 32767.
 *
 * In the proleptic Gregorian calendar, counted from 1 March 0000, so that the leap day is the last day of its year. 400
 * years have 146,097 days.
 */
function calendarDate(days: number): number {
  const fromMarch = days + 719_468
  const era = (fromMarch / ERA_DAYS) | 0
  const dayOfEra = fromMarch - era * ERA_DAYS
  const leapDays = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0)
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0))
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0
  const day = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return (year << YEAR_SHIFT) | (month << MONTH_SHIFT) | day
}
