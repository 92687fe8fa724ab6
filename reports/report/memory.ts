/** Something whose size does not grow with the dump. */
export interface MemoryBound {
  /** `patterns`, `listed-keys`, `expiry-moments`, `hash-tags`, `sampled-values`, `savings-keys`. */
  readonly id: string
  readonly title: string
  /** How many there are at most; null where the size does not depend on `limitBytes`. */
  readonly limit: number | null
  /** There was more than fits: what is left out stands in the sums, but not by itself. */
  readonly reached: boolean
}

/** What kept the memory of the command within `--max-memory`. */
export interface MemoryReport {
  readonly limitBytes: number
  readonly bounds: readonly MemoryBound[]
}
