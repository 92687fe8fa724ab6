import { SHARED_INTEGERS } from './costs.js'
import { ShapeString } from './shape-string.js'
import type { KeySizer } from './sizer.js'

/** Places of the table, and numbers per place; together they fit into the second cache. */
const PLACES_BITS = 13
const PLACE = 8
/** Numbers of a place: what it stands for (0: nothing yet), then prices as `Tally` has them. */
export const PRICE = {
  shape: 0,
  ramBytes: 1,
  requestedBytes: 2,
  headerBytes: 3,
  memoryUsageBytes: 4,
  encoding: 5,
} as const

/**
 * What the price of a string depends on beside lengths: whether it is an integer, one that keys may share, one of more
 * than 32 bits.
 */
export const STRING_KIND = { text: 0, integer: 1, smallInteger: 2, wideInteger: 3 } as const
/** One of each kind. */
const EXAMPLES = [Number.NaN, SHARED_INTEGERS, 0, 2 ** 31]

/** The kind of an integer. */
export function integerKind(value: number): number {
  if (value >= 0 && value < SHARED_INTEGERS) return STRING_KIND.smallInteger
  return value >= -(2 ** 31) && value < 2 ** 31 ? STRING_KIND.integer : STRING_KIND.wideInteger
}

/**
 * Prices of strings on a target. A dump has few shapes of strings (length of the name, of the value, kind, expiry) and
 * many keys of each: a shape is priced once, and looked up from then on.
 */
export class StringPrices {
  /** Numbers of all places, at `PRICE`. */
  readonly prices = new Int32Array(PLACE << PLACES_BITS)
  readonly #sizer: KeySizer
  readonly #value = new ShapeString()

  constructor(sizer: KeySizer) {
    this.#sizer = sizer
  }

  /**
   * Where in `prices` the prices of a shape begin.
   *
   * @param nameLength below 1,024
   * @param length of the value, below 16,384
   * @param hasExpiry 0 or 1
   */
  of(nameLength: number, length: number, kind: number, hasExpiry: number): number {
    // 10 + 14 + 2 + 1 bits; 1 is added so that none is 0.
    const shape = ((((((nameLength << 14) | length) << 2) | kind) << 1) | hasExpiry) + 1
    const at = (Math.imul(shape, 0x9e3779b1) >>> (32 - PLACES_BITS)) * PLACE
    if (this.prices[at] !== shape) this.#price(at, shape, nameLength, length, kind, hasExpiry)
    return at
  }

  #price(at: number, shape: number, nameLength: number, length: number, kind: number, hasExpiry: number): void {
    const sizer = this.#sizer
    sizer.priceString(nameLength, hasExpiry, this.#value.set(length, EXAMPLES[kind]!))
    const { prices } = this
    prices[at] = shape
    prices[at + PRICE.ramBytes] = sizer.ramBytes
    prices[at + PRICE.requestedBytes] = sizer.requestedBytes
    prices[at + PRICE.headerBytes] = sizer.headerBytes
    prices[at + PRICE.memoryUsageBytes] = sizer.memoryUsageBytes
    prices[at + PRICE.encoding] = sizer.encoding
  }
}
