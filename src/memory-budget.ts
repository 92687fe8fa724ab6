import type { AnalysisReport, MemoryBound, MemoryReport } from '../reports/report.js'
import { LIMITS } from './limits.js'

const MIB = 2 ** 20

/** What the command stays under unless told otherwise. */
export const DEFAULT_MEMORY_BYTES = 250 * MIB
/** Node itself with this program takes half of it, before the first byte of a dump is read. */
export const LEAST_MEMORY_BYTES = 128 * MIB

/** Looking for savings takes the keys of a sample with their values; less than this is no room for them. */
export const SAVINGS_MEMORY_BYTES = 200 * MIB
/** `simulate` looks at all keys. */
export const SIMULATE_MEMORY_BYTES = 250 * MIB

/** Memory that the first thread, the second one, and each further one take at most. Measured: docs/hostile-input.md. */
const ONE_THREAD_BYTES = 128 * MIB
const SECOND_THREAD_BYTES = 64 * MIB
const FURTHER_THREAD_BYTES = 24 * MIB
const MOST_THREADS = 1024

/** What `compare` takes beside its table of keys: patterns of two sides. Measured, as above. */
const COMPARE_BYTES = 118 * MIB

/** From here on V8 may grow its heap as it likes. */
const AMPLE_BYTES = 512 * MIB
/** Below it V8 collects garbage earlier still: that costs some per cent of time. */
const SCARCE_BYTES = 200 * MIB

/** Sizes of everything that is bounded, at `DEFAULT_MEMORY_BYTES`. */
const AT_DEFAULT = {
  patternNodes: 16_384,
  patternCells: 8192,
  listedKeys: 10_000,
  sampledBytes: 16 * MIB,
  savingsKeys: 8192,
}

/** How large everything may be that is bounded. One number decides: what the command may take in all. */
export interface MemoryBudget {
  readonly bytes: number
  /** Threads that there is room for. */
  readonly threads: number
  /** Parts of names in the tree of patterns, and sums per pattern, type and encoding. */
  readonly patternNodes: number
  readonly patternCells: number
  /** Keys per list of the largest. */
  readonly listedKeys: number
  /** Bytes of values that are kept to see what values are. */
  readonly sampledBytes: number
  /** Keys that are looked at for what could be saved; up to four times as many. */
  readonly savingsKeys: number
  /** Table of keys that `compare` finds on both sides. */
  readonly comparedKeysBytes: number
  /** Window of Zstandard data. */
  readonly zstdWindowBytes: number
  /**
   * How much the heap of V8 may grow until garbage is collected again, in per cent of what was left the last time;
   * null: as V8 likes.
   */
  readonly heapGrowthPercent: number | null
}

/** @param bytes at least `LEAST_MEMORY_BYTES` */
export function memoryBudget(bytes = DEFAULT_MEMORY_BYTES): MemoryBudget {
  // Tables are found by bits of hashes, so that powers of two are what counts.
  const scale = 2 ** Math.min(3, Math.max(-3, Math.floor(Math.log2(bytes / DEFAULT_MEMORY_BYTES) * 2)))
  const spare = bytes - ONE_THREAD_BYTES
  return {
    bytes,
    threads: threadsWithin(bytes),
    patternNodes: AT_DEFAULT.patternNodes * scale,
    patternCells: AT_DEFAULT.patternCells * scale,
    listedKeys: Math.round(AT_DEFAULT.listedKeys * Math.min(1, scale)),
    sampledBytes: AT_DEFAULT.sampledBytes * scale,
    savingsKeys: AT_DEFAULT.savingsKeys * Math.min(1, scale),
    comparedKeysBytes: Math.max(0, bytes - COMPARE_BYTES),
    zstdWindowBytes: Math.max(8 * MIB, Math.min(LIMITS.zstdWindowBytes, spare)),
    heapGrowthPercent: bytes >= AMPLE_BYTES ? null : bytes < SCARCE_BYTES ? 20 : 100,
  }
}

function threadsWithin(bytes: number): number {
  if (bytes < ONE_THREAD_BYTES + SECOND_THREAD_BYTES) return 1
  const further = Math.floor((bytes - ONE_THREAD_BYTES - SECOND_THREAD_BYTES) / FURTHER_THREAD_BYTES)
  return Math.min(MOST_THREADS, 2 + further)
}

/** The least budget that has room for so many threads, in bytes. */
export function memoryForThreads(threads: number): number {
  if (threads <= 1) return LEAST_MEMORY_BYTES
  return ONE_THREAD_BYTES + SECOND_THREAD_BYTES + (threads - 2) * FURTHER_THREAD_BYTES
}

type Bounded = Pick<AnalysisReport, 'totals' | 'patternSummary' | 'bigKeySummary' | 'ttl' | 'slots' | 'values'>

/** What was bounded, for the report: the size of each table, and whether it was too small for everything. */
export function memoryReport(budget: MemoryBudget, report: Bounded, listedKeys: number): MemoryReport {
  const { totals, patternSummary, bigKeySummary, ttl, slots, values } = report
  const bounds: MemoryBound[] = [
    {
      id: 'patterns',
      title: 'parts of names in the tree of patterns',
      limit: budget.patternNodes,
      reached: patternSummary.bounded,
    },
    { id: 'listed-keys', title: 'keys per list', limit: listedKeys, reached: bigKeySummary.flaggedKeys > listedKeys },
    { id: 'expiry-moments', title: 'moments of expiry', limit: null, reached: ttl.stampedeUndercount > 0 },
  ]
  if (slots !== null) {
    bounds.push({ id: 'hash-tags', title: 'hash tags', limit: null, reached: slots.hashTagsBounded === true })
  }
  if (values !== undefined) {
    bounds.push({
      id: 'sampled-values',
      title: 'bytes of sampled values',
      limit: budget.sampledBytes,
      reached: values.sampledKeys < totals.keys,
    })
  }
  return { limitBytes: budget.bytes, bounds }
}

/** The same with what was bounded while savings were looked for. */
export function withSavingsBound(report: AnalysisReport, budget: MemoryBudget): MemoryReport {
  const { limitBytes, bounds } = report.memory ?? { limitBytes: budget.bytes, bounds: [] }
  const limit = budget.savingsKeys * 4
  const bound = { id: 'savings-keys', title: 'keys looked at for savings', limit, reached: report.totals.keys >= limit }
  return { limitBytes, bounds: [...bounds, bound] }
}
