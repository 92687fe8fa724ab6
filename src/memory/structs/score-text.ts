import { grisu2 } from './grisu2.js'

/**
 * How a score is written into a packed sorted set.
 * `52-bit`: integers below 2^52 in size, else `%.17g` (up to 6.2). `17-digits`: integers up to 2^62, else `%.17g`
 * (7.0). `shortest`: integers up to 2^62, else the fewest digits that Grisu2 finds (7.2 and later).
 */
export type ScoreKind = '52-bit' | '17-digits' | 'shortest'

const TWO_52 = 2 ** 52
const TWO_62 = 2 ** 62

/** True when the score is stored as an integer entry whatever its text is. */
export function isIntegerScore(kind: ScoreKind, score: number): boolean {
  if (!Number.isInteger(score)) return false
  if (kind === '52-bit') return Math.abs(score) < TWO_52 && !Object.is(score, -0)
  return Math.abs(score) <= TWO_62
}

/** Text of a score that is not stored as an integer at once. */
export function scoreText(kind: ScoreKind, score: number): string {
  if (Number.isNaN(score)) return 'nan'
  if (score === Infinity) return 'inf'
  if (score === -Infinity) return '-inf'
  if (Object.is(score, -0)) return '-0'
  return kind === 'shortest' ? shortestText(score) : seventeenDigits(score)
}

/** `%.17g` of C: 17 significant digits without trailing zeros, exponent of two digits or more. */
function seventeenDigits(score: number): string {
  const [mantissa, exponentText] = score.toExponential(16).split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 17) {
    const sign = exponent < 0 ? '-' : '+'
    return `${trimZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  return trimZeros(score.toFixed(Math.max(0, 16 - exponent)))
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** The layout rules of fpconv_dtoa: digits d1..dn and value = digits * 10^power. */
function shortestText(score: number): string {
  const { digits, power } = grisu2(Math.abs(score))
  const sign = score < 0 ? '-' : ''
  const exponent = power + digits.length - 1
  const size = Math.abs(exponent)
  if (power >= 0 && size < digits.length + 7) return sign + digits + '0'.repeat(power)
  if (power < 0 && (power > -7 || size < 4)) {
    const whole = digits.length + power
    if (whole > 0) return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`
    return `${sign}0.${'0'.repeat(-whole)}${digits}`
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
}
