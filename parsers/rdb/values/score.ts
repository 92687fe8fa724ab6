/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** Up to 15 digits fit a double exactly, so dividing by an exact power of ten rounds once, as strtod does. */
const EXACT_DIGITS = 15

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/**
 * The double that a score's text stands for, as C's strtod reads it (without leading blanks or hexadecimal).
 * Null when it is no number. Plain decimals allocate nothing.
 */
export function parseScore(bytes: Uint8Array, start: number, end: number): number | null {
  let at = start
  const negative = bytes[at] === 45
  if (negative) at++
  let digits = 0
  let value = 0
  let decimals = -1
  for (; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= 48 && byte <= 57) {
      value = value * 10 + byte - 48
      digits++
      if (decimals >= 0) decimals++
    } else if (byte === 46 && decimals < 0) {
      decimals = 0
    } else {
      digits = EXACT_DIGITS + 1
      break
    }
  }
  if (digits > 0 && digits <= EXACT_DIGITS) {
    const result = decimals > 0 ? value / POWERS[decimals]! : value
    return negative ? -result : result
  }
  return parseSlowly(bytes, start, end)
}

function parseSlowly(bytes: Uint8Array, start: number, end: number): number | null {
  if (end === start || end - start > 400) return null
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!)
  switch (text.toLowerCase()) {
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY
    case 'nan':
    case '-nan':
    case '+nan':
      return Number.NaN
  }
  return NUMBER.test(text) ? Number(text) : null
}
