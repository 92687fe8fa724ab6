import type { BigKey } from './big-keys.js'
import type { KeyType } from './rows.js'

/** Percentiles of a number per key; from a logarithmic histogram, right within 7 %. */
export interface Percentiles {
  readonly p0: number
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly p100: number
  readonly mean: number
}

/** One bar of a histogram: values in [from, to). */
export interface SizeBucket {
  readonly from: number
  /** Null: no upper end. */
  readonly to: number | null
  readonly keys: number
  readonly ramBytes: number
}

/** What `redis-cli --bigkeys`, `--memkeys` and `--keystats` show. */
export interface KeySizes {
  /** Null when there is no key. */
  readonly ramBytes: Percentiles | null
  readonly nameBytes: Percentiles | null
  /** Keys by `ramBytes` in powers of two, without the empty ends. */
  readonly histogram: readonly SizeBucket[]
  /** Keys by length of the name in powers of two. */
  readonly nameHistogram: readonly SizeBucket[]
  readonly totalNameBytes: number
  /** Per type: keys, elements and the biggest by elements (strings: by bytes of the value). */
  readonly perType: readonly {
    readonly type: KeyType
    readonly keys: number
    /** Share of all keys, 0..1. */
    readonly keyShare: number
    readonly elements: number
    readonly averageElements: number
    readonly ramBytes: Percentiles
    /** Null for modules. */
    readonly elementsPercentiles: Percentiles | null
    readonly biggest: BigKey | null
  }[]
}
