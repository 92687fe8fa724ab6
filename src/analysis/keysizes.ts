import type { BigKey, KeySizes, KeyType, Percentiles, SizeBucket } from '../../reports/report.js'
import { TYPES } from '../batch.js'
import { blockSizes, EXACT_NAMES } from './block-sizes.js'
import { bucketFloor, LOG_BUCKETS, logBucket, quantileOf } from './histogram.js'
import type { RowBlock } from './row-block.js'
import { floatsOf, numberOf } from './state.js'

const NUMBERS = TYPES.length * LOG_BUCKETS

/** The lists of `KeySizeCounts`, by the same names. */
export interface KeySizesState {
  readonly ramKeys: Float64Array
  readonly ramBytes: Float64Array
  readonly ramMin: Float64Array
  readonly ramMax: Float64Array
  readonly elementKeys: Float64Array
  readonly elements: Float64Array
  readonly elementsMin: Float64Array
  readonly elementsMax: Float64Array
  readonly nameKeys: Float64Array
  readonly nameRam: Float64Array
  readonly longestName: number
  readonly nameBytes: number
}

/** Histograms of sizes: bytes and elements per type, lengths of names. */
export class KeySizeCounts {
  readonly #ramKeys = new Float64Array(NUMBERS)
  readonly #ramBytes = new Float64Array(NUMBERS)
  readonly #ramMin = new Float64Array(TYPES.length).fill(Number.POSITIVE_INFINITY)
  readonly #ramMax = new Float64Array(TYPES.length).fill(Number.NEGATIVE_INFINITY)
  readonly #elementKeys = new Float64Array(NUMBERS)
  readonly #elements = new Float64Array(TYPES.length)
  readonly #elementsMin = new Float64Array(TYPES.length).fill(Number.POSITIVE_INFINITY)
  readonly #elementsMax = new Float64Array(TYPES.length).fill(Number.NEGATIVE_INFINITY)
  /** By length, then by logarithmic bucket for the long ones. */
  readonly #nameKeys = new Float64Array(EXACT_NAMES + LOG_BUCKETS)
  readonly #nameRam = new Float64Array(EXACT_NAMES + LOG_BUCKETS)
  #longestName = 0
  #nameBytes = 0

  add({ rows }: RowBlock): void {
    blockSizes.count(rows)
    const { ramMin, ramMax, elementsMin, elementsMax } = blockSizes
    for (let t = 0; t < TYPES.length; t++) {
      if (ramMax[t]! < 0) continue
      const leastRam = t * LOG_BUCKETS + logBucket(ramMin[t]!)
      const mostRam = t * LOG_BUCKETS + logBucket(ramMax[t]!)
      addPart(this.#ramKeys, blockSizes.ramKeys, leastRam, mostRam)
      addPart(this.#ramBytes, blockSizes.ramSums, leastRam, mostRam)
      this.#ramMin[t] = Math.min(this.#ramMin[t]!, ramMin[t]!)
      this.#ramMax[t] = Math.max(this.#ramMax[t]!, ramMax[t]!)
      if (t === 0) continue
      const fewest = t * LOG_BUCKETS + logBucket(elementsMin[t]!)
      addPart(this.#elementKeys, blockSizes.elementKeys, fewest, t * LOG_BUCKETS + logBucket(elementsMax[t]!))
      this.#elements[t]! += blockSizes.elementSums[t]!
      this.#elementsMin[t] = Math.min(this.#elementsMin[t]!, elementsMin[t]!)
      this.#elementsMax[t] = Math.max(this.#elementsMax[t]!, elementsMax[t]!)
    }
    const longest = namePlace(blockSizes.longestName)
    addPart(this.#nameKeys, blockSizes.nameKeys, 0, longest)
    addPart(this.#nameRam, blockSizes.nameRam, 0, longest)
    this.#longestName = Math.max(this.#longestName, blockSizes.longestName)
    this.#nameBytes += blockSizes.nameBytes
  }

  merge(other: KeySizeCounts): void {
    addAll(this.#ramKeys, other.#ramKeys)
    addAll(this.#ramBytes, other.#ramBytes)
    addAll(this.#elementKeys, other.#elementKeys)
    addAll(this.#elements, other.#elements)
    addAll(this.#nameKeys, other.#nameKeys)
    addAll(this.#nameRam, other.#nameRam)
    for (let t = 0; t < TYPES.length; t++) {
      this.#ramMin[t] = Math.min(this.#ramMin[t]!, other.#ramMin[t]!)
      this.#ramMax[t] = Math.max(this.#ramMax[t]!, other.#ramMax[t]!)
      this.#elementsMin[t] = Math.min(this.#elementsMin[t]!, other.#elementsMin[t]!)
      this.#elementsMax[t] = Math.max(this.#elementsMax[t]!, other.#elementsMax[t]!)
    }
    this.#longestName = Math.max(this.#longestName, other.#longestName)
    this.#nameBytes += other.#nameBytes
  }

  state(): KeySizesState {
    return {
      ramKeys: this.#ramKeys.slice(),
      ramBytes: this.#ramBytes.slice(),
      ramMin: this.#ramMin.slice(),
      ramMax: this.#ramMax.slice(),
      elementKeys: this.#elementKeys.slice(),
      elements: this.#elements.slice(),
      elementsMin: this.#elementsMin.slice(),
      elementsMax: this.#elementsMax.slice(),
      nameKeys: this.#nameKeys.slice(),
      nameRam: this.#nameRam.slice(),
      longestName: this.#longestName,
      nameBytes: this.#nameBytes,
    }
  }

  /** Adds what another has counted. @throws StateError */
  restore(state: KeySizesState): void {
    const other = new KeySizeCounts()
    const copy = (into: Float64Array, name: keyof KeySizesState): void => {
      into.set(floatsOf(state[name], into.length, `sizes.${name}`))
    }
    copy(other.#ramKeys, 'ramKeys')
    copy(other.#ramBytes, 'ramBytes')
    copy(other.#ramMin, 'ramMin')
    copy(other.#ramMax, 'ramMax')
    copy(other.#elementKeys, 'elementKeys')
    copy(other.#elements, 'elements')
    copy(other.#elementsMin, 'elementsMin')
    copy(other.#elementsMax, 'elementsMax')
    copy(other.#nameKeys, 'nameKeys')
    copy(other.#nameRam, 'nameRam')
    other.#longestName = numberOf(state.longestName, 'sizes.longestName')
    other.#nameBytes = numberOf(state.nameBytes, 'sizes.nameBytes')
    this.merge(other)
  }

  /** @param biggestOf the biggest key of each type that occurs */
  result(biggestOf: ReadonlyMap<KeyType, BigKey>): KeySizes {
    const allKeys = new Float64Array(LOG_BUCKETS)
    const allRam = new Float64Array(LOG_BUCKETS)
    const perType: KeySizes['perType'][number][] = []
    for (let t = 0; t < TYPES.length; t++) {
      addAll(allKeys, this.#ramKeys.subarray(t * LOG_BUCKETS, (t + 1) * LOG_BUCKETS))
      addAll(allRam, this.#ramBytes.subarray(t * LOG_BUCKETS, (t + 1) * LOG_BUCKETS))
    }
    const total = sumOf(allKeys)
    for (let t = 0; t < TYPES.length; t++) {
      const type = TYPES[t]!
      const ramKeys = this.#ramKeys.subarray(t * LOG_BUCKETS, (t + 1) * LOG_BUCKETS)
      const keys = sumOf(ramKeys)
      if (keys === 0) continue
      const ramSum = sumOf(this.#ramBytes.subarray(t * LOG_BUCKETS, (t + 1) * LOG_BUCKETS))
      // A string has one element by definition: nothing to count.
      const elements = type === 'string' ? keys : this.#elements[t]!
      const elementKeys = this.#elementKeys.slice(t * LOG_BUCKETS, (t + 1) * LOG_BUCKETS)
      if (type === 'string') elementKeys[1] = keys
      const [min, max] = type === 'string' ? [1, 1] : [this.#elementsMin[t]!, this.#elementsMax[t]!]
      perType.push({
        type,
        keys,
        keyShare: keys / total,
        elements,
        averageElements: elements / keys,
        ramBytes: percentiles(ramKeys, keys, ramSum, this.#ramMin[t]!, this.#ramMax[t]!),
        elementsPercentiles: type === 'module' ? null : percentiles(elementKeys, keys, elements, min, max),
        biggest: biggestOf.get(type) ?? null,
      })
    }
    perType.sort((a, b) => b.keys - a.keys || TYPES.indexOf(a.type) - TYPES.indexOf(b.type))
    const min = this.#ramMin.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const max = this.#ramMax.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    return {
      ramBytes: total === 0 ? null : percentiles(allKeys, total, sumOf(allRam), min, max),
      nameBytes: total === 0 ? null : this.#namePercentiles(total),
      histogram: byPowersOfTwo(LOG_BUCKETS, bucketFloor, allKeys, allRam),
      nameHistogram: byPowersOfTwo(EXACT_NAMES + LOG_BUCKETS, nameFloor, this.#nameKeys, this.#nameRam),
      totalNameBytes: this.#nameBytes,
      perType,
    }
  }

  #namePercentiles(keys: number): Percentiles {
    const valueAt = (quantile: number): number => {
      const rank = Math.max(1, Math.ceil(keys * quantile))
      let seen = 0
      for (let length = 0; length < EXACT_NAMES; length++) {
        seen += this.#nameKeys[length]!
        if (seen >= rank) return length
      }
      const long = this.#nameKeys.subarray(EXACT_NAMES)
      return Math.min(this.#longestName, quantileOf(long, keys - seen, (rank - seen) / (keys - seen)))
    }
    return { ...quantiles(valueAt), p0: valueAt(0), p100: this.#longestName, mean: this.#nameBytes / keys }
  }
}

function percentiles(counts: Float64Array, keys: number, sum: number, min: number, max: number): Percentiles {
  const valueAt = (quantile: number): number => Math.min(max, Math.max(min, quantileOf(counts, keys, quantile)))
  return { ...quantiles(valueAt), p0: min, p100: max, mean: sum / keys }
}

function quantiles(valueAt: (quantile: number) => number): Omit<Percentiles, 'p0' | 'p100' | 'mean'> {
  return {
    p50: valueAt(0.5),
    p75: valueAt(0.75),
    p90: valueAt(0.9),
    p95: valueAt(0.95),
    p99: valueAt(0.99),
    p999: valueAt(0.999),
  }
}

function namePlace(length: number): number {
  return length < EXACT_NAMES ? length : EXACT_NAMES + logBucket(length)
}

function nameFloor(place: number): number {
  return place < EXACT_NAMES ? place : bucketFloor(place - EXACT_NAMES)
}

/** Bars from one power of two to the next, beginning with 0, without the empty ends. */
function byPowersOfTwo(
  places: number,
  floorOf: (place: number) => number,
  keys: Float64Array,
  ramBytes: Float64Array,
): readonly SizeBucket[] {
  const bars = new Map<number, { keys: number; ramBytes: number }>()
  let first = Number.POSITIVE_INFINITY
  let last = 0
  for (let place = 0; place < places; place++) {
    if (keys[place] === 0) continue
    const floor = floorOf(place)
    const from = powerOfTwoBelow(floor)
    const bar = bars.get(from) ?? { keys: 0, ramBytes: 0 }
    bars.set(from, { keys: bar.keys + keys[place]!, ramBytes: bar.ramBytes + ramBytes[place]! })
    first = Math.min(first, from)
    last = Math.max(last, from)
  }
  const rows: SizeBucket[] = []
  if (bars.size === 0) return rows
  for (let from = first; from <= last; from = from === 0 ? 1 : from * 2) {
    const to = from === 0 ? 1 : from * 2
    rows.push({ from, to, ...(bars.get(from) ?? { keys: 0, ramBytes: 0 }) })
  }
  return rows
}

/** The largest power of two that is not above a number; 0 for 0. */
function powerOfTwoBelow(value: number): number {
  if (value < 1) return 0
  let power = 1
  while (power * 2 <= value) power *= 2
  return power
}

/** Adds the numbers from the first place to the last. */
function addPart(into: Float64Array, from: Float64Array, first: number, last: number): void {
  for (let place = first; place <= last; place++) into[place] = into[place]! + from[place]!
}

function addAll(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < from.length; i++) into[i]! += from[i]!
}

function sumOf(numbers: Float64Array): number {
  let sum = 0
  for (const value of numbers) sum += value
  return sum
}
