/** Nights are days in UTC, written `2026-11-19`. */

export const DAY_MS = 86_400_000

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** Midnight at which the day begins. */
export function msOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

/** Whole days from one to the other. */
export function daysBetween(from: string, to: string): number {
  return Math.round((msOfDay(to) - msOfDay(from)) / DAY_MS)
}

export function addDays(day: string, days: number): string {
  return dayOf(msOfDay(day) + days * DAY_MS)
}

/** Every day from one to the other, both included; the last `most` of them. */
export function dayRange(from: string, to: string, most: number): readonly string[] {
  const count = Math.min(most, daysBetween(from, to) + 1)
  return Array.from({ length: Math.max(0, count) }, (_, index) => addDays(to, index - count + 1))
}
