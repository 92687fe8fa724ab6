/**
 * Digits of a double as the servers from 7.2 on find them (Grisu2, by Florian Loitsch): nearly always the fewest that
 * read back to the same number, but not always, so that the size of a packed sorted set depends on it.
 *
 * Works on 64-bit mantissas, in BigInt: it runs only for scores that are not whole, in sorted sets that become packed.
 */
export interface Digits {
  readonly digits: string
  /** The value is `digits` times ten to this power. */
  readonly power: number
}

interface Scaled {
  /** 64 bits. */
  fraction: bigint
  exponent: number
}

const FRACTION_BITS = 52n
const HIDDEN_BIT = 1n << FRACTION_BITS
const EXPONENT_BIAS = 1023 + 52
const WORD = 0xffffffffffffffffn

/** Powers of ten from 10^-348 in steps of 10^8, as 64-bit mantissas. */
const FIRST_POWER = -348
const POWER_STEP = 8
const POWERS = 87
const MIN_EXPONENT = -60
const MAX_EXPONENT = -32

const POWERS_OF_TEN: readonly Scaled[] = Array.from({ length: POWERS }, (_, i) =>
  powerOfTen(FIRST_POWER + i * POWER_STEP),
)

const BITS = new DataView(new ArrayBuffer(8))

/** @param value finite and above zero */
export function grisu2(value: number): Digits {
  const exact = split(value)
  const [lower, upper] = boundaries(exact)
  const normal = normalize(exact)
  const [power, exponent] = scaleFor(upper.exponent)
  const w = multiply(normal, power)
  const high = multiply(upper, power)
  const low = multiply(lower, power)
  return generate(w, high.fraction - 1n, low.fraction + 1n, high.exponent, -exponent)
}

function split(value: number): Scaled {
  BITS.setFloat64(0, value)
  const bits = BITS.getBigUint64(0)
  const fraction = bits & (HIDDEN_BIT - 1n)
  const exponent = Number((bits >> FRACTION_BITS) & 0x7ffn)
  return exponent === 0
    ? { fraction, exponent: 1 - EXPONENT_BIAS }
    : { fraction: fraction + HIDDEN_BIT, exponent: exponent - EXPONENT_BIAS }
}

/** Half way to the next smaller and larger double, with the upper one's exponent. */
function boundaries(exact: Scaled): [lower: Scaled, upper: Scaled] {
  const upper = normalize({ fraction: (exact.fraction << 1n) + 1n, exponent: exact.exponent - 1 })
  // Below a power of two doubles lie twice as close.
  const shift = exact.fraction === HIDDEN_BIT ? 2 : 1
  const fraction = (exact.fraction << BigInt(shift)) - 1n
  const lower = { fraction: fraction << BigInt(exact.exponent - shift - upper.exponent), exponent: upper.exponent }
  return [lower, upper]
}

function normalize(scaled: Scaled): Scaled {
  let { fraction, exponent } = scaled
  while (fraction >> 63n === 0n) {
    fraction <<= 1n
    exponent--
  }
  return { fraction, exponent }
}

function multiply(a: Scaled, b: Scaled): Scaled {
  const low = 0xffffffffn
  const highLow = (a.fraction >> 32n) * (b.fraction & low)
  const lowHigh = (a.fraction & low) * (b.fraction >> 32n)
  const lowLow = (a.fraction & low) * (b.fraction & low)
  const middle = (highLow & low) + (lowHigh & low) + (lowLow >> 32n) + (1n << 31n)
  const high = (a.fraction >> 32n) * (b.fraction >> 32n)
  return {
    fraction: (high + (highLow >> 32n) + (lowHigh >> 32n) + (middle >> 32n)) & WORD,
    exponent: a.exponent + b.exponent + 64,
  }
}

/** The power of ten that brings `exponent` into the range that digits are generated in. */
function scaleFor(exponent: number): [power: Scaled, tens: number] {
  let index = Math.trunc((Math.trunc(-(exponent + POWERS) * Math.LOG10E * Math.LN2) - FIRST_POWER) / POWER_STEP)
  for (;;) {
    const power = POWERS_OF_TEN[index]!
    const scaled = exponent + power.exponent + 64
    if (scaled < MIN_EXPONENT) index++
    else if (scaled > MAX_EXPONENT) index--
    else return [power, FIRST_POWER + index * POWER_STEP]
  }
}

function generate(w: Scaled, upper: bigint, lower: bigint, exponent: number, tens: number): Digits {
  const shift = BigInt(-exponent)
  const one = 1n << shift
  const distance = upper - w.fraction
  let delta = upper - lower
  let whole = upper >> shift
  let rest = upper & (one - 1n)
  const digits: number[] = []
  let power = 10
  for (let unit = 10n ** 9n; power > 0; unit /= 10n) {
    const digit = Number(whole / unit)
    if (digit !== 0 || digits.length > 0) digits.push(digit)
    whole %= unit
    power--
    const left = (whole << shift) + rest
    if (left <= delta) {
      roundDown(digits, delta, left, unit << shift, distance)
      return { digits: digits.join(''), power: tens + power }
    }
  }
  for (let unit = 10n; ; unit *= 10n) {
    rest *= 10n
    delta *= 10n
    power--
    const digit = Number(rest >> shift)
    if (digit !== 0 || digits.length > 0) digits.push(digit)
    rest &= one - 1n
    if (rest < delta) {
      roundDown(digits, delta, rest, one, distance * unit)
      return { digits: digits.join(''), power: tens + power }
    }
  }
}

/** Makes the last digit smaller while that comes nearer to the number. */
function roundDown(digits: number[], delta: bigint, left: bigint, unit: bigint, distance: bigint): void {
  while (
    left < distance &&
    delta - left >= unit &&
    (left + unit < distance || distance - left > left + unit - distance)
  ) {
    digits[digits.length - 1]!--
    left += unit
  }
}

/** Ten to `power`, rounded to 64 bits. */
function powerOfTen(power: number): Scaled {
  const size = 10n ** BigInt(Math.abs(power))
  let exponent = 0
  let fraction = size
  if (power < 0) {
    exponent = -(size.toString(2).length + 128)
    fraction = (1n << BigInt(-exponent)) / size
  }
  const excess = fraction.toString(2).length - 64
  if (excess > 0) {
    fraction = ((fraction >> BigInt(excess - 1)) + 1n) >> 1n
    exponent += excess
    if (fraction >> 64n !== 0n) {
      fraction >>= 1n
      exponent++
    }
    return { fraction, exponent }
  }
  return { fraction: fraction << BigInt(-excess), exponent: exponent + excess }
}
