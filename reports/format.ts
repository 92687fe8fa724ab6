/** Numbers and times for people. All of them are the same in every locale and time zone. */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365.25 * DAY_MS

/** Three digits that matter: `1.12`, `81.3`, `612`; whole numbers below 1000 as they are. */
function threeDigits(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.95) return String(Math.round(value))
  if (size >= 9.995) return value.toFixed(1)
  return value.toFixed(2)
}

/** `612 MiB`, `1.12 GiB`, `120 B`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 rounds to 1000 and would take four digits: the next unit takes over a little early.
  while (Math.abs(value) >= (unit === 0 ? 1023.5 : 999.5) && unit < BYTE_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const text = unit === 0 ? formatAverage(value) : threeDigits(value)
  return `${text} ${BYTE_UNITS[unit]}`
}

/** `2,004,112` */
export function formatCount(value: number): string {
  const digits = Math.round(Math.abs(value)).toString()
  const grouped = digits.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return value < 0 && digits !== '0' ? `-${grouped}` : grouped
}

/** A mean: whole when it is large or whole, else with one decimal. */
export function formatAverage(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? formatCount(value) : value.toFixed(1)
}

/** `12.3 %`; `0 %` and `100 %` only when it is exactly that. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`
  const percent = share * 100
  if (percent > 0 && percent < 0.05) return '<0.1 %'
  if (percent < 100 && percent >= 99.95) return '>99.9 %'
  return `${percent.toFixed(1)} %`
}

/** Part of a whole, 0 when there is no whole. */
export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** One unit, two below ten: `250 ms`, `45 s`, `12 min`, `1 h 30 min`, `3 d 4 h`, `2.5 y`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < SECOND_MS) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 10 * SECOND_MS) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) return twoUnits(ms, HOUR_MS, 'h', MINUTE_MS, 'min')
  if (ms < YEAR_MS) return twoUnits(ms, DAY_MS, 'd', HOUR_MS, 'h')
  const years = ms / YEAR_MS
  return years < 1000 ? `${threeDigits(years)} y` : `${formatCount(years)} y`
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(ms / large)
  const rest = Math.floor((ms - whole * large) / small)
  return whole >= 10 || rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`
}

/** `2026-11-19 02:00 UTC` */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return 'a time out of range'
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** `1 key`, `2,004 keys` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A bar of at most `cells` cells; visible for every share above zero. */
export function bar(share: number, cells: number): string {
  const eighths = Math.min(cells * 8, Math.max(share > 0 ? 1 : 0, Math.round(share * cells * 8)))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}
