import { type GatheredHashes, noPairs } from '../memory/gathered-hash.js'
import type { PairCells } from './pair-cells.js'
import type { HashesPrice, StringHashes } from './string-hashes.js'

/** Buckets that are drawn: their mean is off by about a thousandth. */
const DRAWN = 4096
/** Larger numbers of entries are drawn from the bell curve, which is what they come to. */
const MOST_SINGLE = 64

/**
 * What a group takes in so many buckets that they cannot be kept apart: keys fall into buckets at random (CRC32), so
 * that some thousand buckets are drawn, with pairs of the lengths that there are. Deterministic.
 */
export function drawnPrice(
  hashes: GatheredHashes,
  group: StringHashes,
  buckets: number,
  expiring: boolean,
  nameLength: (bucket: number) => number,
): HashesPrice {
  const draw = new Draw(buckets)
  const plain = group.cells === null ? null : new PairDraw(group.cells)
  const more = expiring && group.expiring !== null ? new PairDraw(group.expiring) : null
  const plainShare = group.cells?.usageShare ?? 1
  const moreShare = group.expiring?.usageShare ?? 1
  const sums = noPairs()
  let used = 0
  let withExpiry = 0
  let ramBytes = 0
  let usageBytes = 0
  for (let i = 0; i < DRAWN; i++) {
    const plainPairs = plain === null ? 0 : draw.poisson(plain.pairs / buckets)
    sums.expiring = more === null ? 0 : draw.poisson(more.pairs / buckets)
    sums.pairs = plainPairs + sums.expiring
    if (sums.pairs === 0) continue
    sums.packedBytes = (plain?.bytes(plainPairs, draw) ?? 0) + (more?.bytes(sums.expiring, draw) ?? 0)
    const plainGiven = plainPairs * (plain?.given ?? 0)
    const moreGiven = sums.expiring * (more?.given ?? 0)
    sums.givenBytes = plainGiven + moreGiven
    sums.usageBytes = plainGiven * plainShare + moreGiven * moreShare
    used++
    if (sums.expiring > 0) withExpiry++
    const bucket = Math.floor((buckets * i) / DRAWN)
    ramBytes += hashes.price(nameLength(bucket), false, sums, group.firstExpiryMs, group.lastExpiryMs)
    usageBytes += hashes.memoryUsageBytes
  }
  const scale = buckets / DRAWN
  const mean = ((plain?.pairs ?? 0) + (more?.pairs ?? 0)) / buckets
  return {
    keys: Math.round(used * scale),
    ramBytes: Math.round(ramBytes * scale),
    usageBytes: Math.round(usageBytes * scale),
    // The largest of so many, as chance has it.
    largest: Math.ceil(mean + Math.sqrt(2 * mean * Math.log(buckets)) + Math.log(buckets) / 3),
    fieldExpiryKeys: Math.round(withExpiry * scale),
  }
}

/** Draws pairs by the lengths that a group has. */
class PairDraw {
  readonly pairs: number
  readonly given: number
  readonly #mean: number
  readonly #deviation: number
  /** Lengths up to which a share of the pairs reaches, in 1,024 steps. */
  readonly #quantiles = new Float64Array(1024)

  constructor(cells: PairCells) {
    this.pairs = cells.pairs
    this.given = cells.givenBytes / Math.max(1, cells.pairs)
    this.#mean = cells.packedBytes / Math.max(1, cells.pairs)
    const { lengths } = cells
    let squares = 0
    let seen = 0
    let step = 0
    for (let length = 0; length < lengths.length; length++) {
      const count = lengths[length]!
      squares += count * (length - this.#mean) ** 2
      seen += count
      while (step < 1024 && (step + 0.5) * cells.pairs <= 1024 * seen) this.#quantiles[step++] = length
    }
    this.#deviation = Math.sqrt(squares / Math.max(1, cells.pairs))
  }

  /** Packed bytes of so many pairs. */
  bytes(pairs: number, draw: Draw): number {
    if (pairs > MOST_SINGLE) return Math.round(pairs * this.#mean + draw.normal() * this.#deviation * Math.sqrt(pairs))
    let sum = 0
    for (let i = 0; i < pairs; i++) sum += this.#quantiles[Math.floor(draw.uniform() * 1024)]!
    return sum
  }
}

/** Numbers that look random and are the same each time. */
class Draw {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b1) >>> 0
  }

  /** From 0 to below 1. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  poisson(mean: number): number {
    if (mean > MOST_SINGLE) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()))
    const limit = Math.exp(-mean)
    let product = this.uniform()
    let count = 0
    while (product > limit) {
      product *= this.uniform()
      count++
    }
    return count
  }
}
