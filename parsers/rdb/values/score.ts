/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** Up to 15 digits fit a double exactly, so dividing by an exact power of ten rounds once, as strtod does. */
const EXACT_DIGITS = 15
/** So many more, as servers write them (17 in all), are carried along in a number of their own. */
const TAIL_DIGITS = 4

/** No two parts of it take the same digits, so that a long text is refused as fast as it is read. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

/**
 * The double that a score's text stands for, as C's strtod reads it (without leading blanks or hexadecimal).
 * Null when it is no number. Plain decimals allocate nothing.
 */
export function parseScore(bytes: Uint8Array, start: number, end: number): number | null {
  const negative = bytes[start] === 45
  const first = negative ? start + 1 : start
  let value = 0
  let decimals = -1
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      if (decimals >= 0) decimals++
    } else if (digit === -2 && decimals < 0) decimals = 0
    else return parseSlowly(bytes, start, end)
  }
  const digits = end - first - (decimals < 0 ? 0 : 1)
  if (digits > 0 && digits <= EXACT_DIGITS) {
    const result = decimals > 0 ? value / POWERS[decimals]! : value
    return negative ? -result : result
  }
  const result = parseLong(bytes, first, end, decimals)
  if (Number.isNaN(result)) return parseSlowly(bytes, start, end)
  return negative ? -result : result
}

/** Digits with a point among them, or none; NaN where that takes more care. */
function parseLong(bytes: Uint8Array, start: number, end: number, decimals: number): number {
  let head = 0
  let tail = 0
  /** Without zeros in front. */
  let digits = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || (digits === 0 && digit === 0)) continue
    if (digits++ < EXACT_DIGITS) head = head * 10 + digit
    else tail = tail * 10 + digit
  }
  if (digits === 0 || digits > EXACT_DIGITS + TAIL_DIGITS || decimals >= POWERS.length) return Number.NaN
  const power = POWERS[Math.max(0, decimals)]!
  return digits <= EXACT_DIGITS ? head / power : longQuotient(head, POWERS[digits - EXACT_DIGITS]!, tail, power)
}

/**
 * (head * scale + tail) / power, rounded once; NaN where that is too close to the middle of two doubles to be told.
 * The dividend and what a first quotient leaves over are exact sums of two doubles (Dekker, "A floating-point technique
 * for extending the available precision", 1971).
 */
function longQuotient(head: number, scale: number, tail: number, power: number): number {
  const product = head * scale
  const rest = productError(head, scale, product) + tail
  const dividend = product + rest
  const dividendError = rest - (dividend - product)
  const quotient = dividend / power
  const back = quotient * power
  const missing = (dividend - back + (dividendError - productError(quotient, power, back))) / power
  const result = quotient + missing * (1 - NEARLY)
  return result === quotient + missing * (1 + NEARLY) ? result : Number.NaN
}

/** What is missing is known far better than this. */
const NEARLY = 2 ** -40
const SPLIT = 2 ** 27 + 1

/** a * b - product, where `product` is the rounded one. */
function productError(a: number, b: number, product: number): number {
  const aHigh = SPLIT * a - (SPLIT * a - a)
  const aLow = a - aHigh
  const bHigh = SPLIT * b - (SPLIT * b - b)
  const bLow = b - bHigh
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow
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
