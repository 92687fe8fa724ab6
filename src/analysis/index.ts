import type { AnalysisReport, PatternRow, ValuesReport } from '../../reports/report.js'
import { KeyBatch } from '../batch.js'
import type { Target } from '../memory/target.js'
import { type BigKeyOverrides, type BigKeyPreset, type BigKeyPresetId, bigKeyPreset } from './big-key-limits.js'
import { Biggest } from './biggest.js'
import type { GroupRule } from './group-file.js'
import { Groups } from './groups.js'
import { Idle } from './idle.js'
import { KeySizeCounts } from './keysizes.js'
import { cutRows, Patterns } from './patterns.js'
import type { SlotOwners } from './slot-owners.js'
import { Slots } from './slots.js'
import { Totals } from './totals.js'
import { Ttl } from './ttl.js'
import { type SampledName, sampledNames, valuesByRank } from './values/by-rank.js'
import type { DuplicateSample, ValueSamples } from './values/index.js'

export { type BigKeyOverrides, type BigKeyPresetId, bigKeyPresets, parseBigKeyLimits } from './big-key-limits.js'

export interface CollectorOptions {
  /** Rows per table; 0: all that is kept. */
  readonly top: number
  /** Characters that split key names into the parts of a pattern. */
  readonly separators?: string
  readonly bigKeyPreset?: BigKeyPresetId
  readonly bigKeyLimits?: BigKeyOverrides
  /** Lines of a group file; the first that fits a key counts. */
  readonly groups?: readonly GroupRule[] | undefined
  /** False: the cluster slot of each key is not computed. */
  readonly slots?: boolean
  /** Cluster sizes to try out. */
  readonly shards?: readonly number[] | undefined
  /** Who owns the slots today. */
  readonly slotOwners?: SlotOwners | undefined
}

/** The parts of a report that come from the rows. */
export type CollectedReport = Omit<
  AnalysisReport,
  'schemaVersion' | 'generator' | 'provenance' | 'reconciliation' | 'warnings' | 'values' | 'savings'
>

/** Keys kept per list: at least so many, because a merge needs more than it shows; and at most. */
const KEPT_AT_LEAST = 20
const KEPT_AT_MOST = 10_000
/** Keys kept per list when all are wanted. */
const KEPT_OF_ALL = 500

/**
 * Everything that is learned from the rows of one or more dumps, in memory that does not grow with them.
 * Collectors of several parts of the input, filled apart, add up with `merge`.
 */
export class Collectors {
  readonly #top: number
  readonly #preset: BigKeyPreset
  readonly #totals = new Totals()
  readonly #patterns: Patterns
  readonly #biggest: Biggest
  readonly #keySizes = new KeySizeCounts()
  readonly #ttl: Ttl
  readonly #idle = new Idle()
  readonly #slots: Slots | null
  readonly #groups: Groups | null
  /** All rows of the pattern table, also those that the report leaves out; known with the report. */
  patternRows: readonly PatternRow[] = []

  constructor(options: CollectorOptions) {
    this.#top = options.top
    this.#preset = bigKeyPreset(options.bigKeyPreset, options.bigKeyLimits)
    const kept = options.top === 0 ? KEPT_OF_ALL : Math.min(KEPT_AT_MOST, Math.max(KEPT_AT_LEAST, options.top))
    this.#patterns = new Patterns(options.separators === undefined ? {} : { separators: options.separators })
    this.#biggest = new Biggest(kept, this.#preset)
    this.#ttl = new Ttl(kept)
    this.#slots = options.slots === false ? null : new Slots({ shards: options.shards, owners: options.slotOwners })
    this.#groups = options.groups === undefined ? null : new Groups(options.groups)
  }

  /** The moment of the dump that follows, in ms since 1970: what has expired, and how long the others live. */
  setNow(nowMs: number): void {
    this.#totals.nowMs = nowMs
    this.#ttl.nowMs = nowMs
    this.#patterns.setNow(nowMs)
  }

  add(batch: KeyBatch): void {
    this.#totals.add(batch)
    this.#keySizes.add(batch)
    this.#biggest.add(batch)
    this.#ttl.add(batch)
    this.#idle.add(batch)
    this.#slots?.add(batch)
    this.#groups?.add(batch)
    this.#patterns.add(batch)
  }

  /** Adds what collectors with the same options have seen. */
  merge(other: Collectors): void {
    this.#totals.merge(other.#totals)
    this.#keySizes.merge(other.#keySizes)
    this.#biggest.merge(other.#biggest)
    this.#ttl.merge(other.#ttl)
    this.#idle.merge(other.#idle)
    if (other.#slots !== null) this.#slots?.merge(other.#slots)
    if (other.#groups !== null) this.#groups?.merge(other.#groups)
    this.#patterns.merge(other.#patterns)
  }

  /** @param files how many input files there were, so that those without keys have a row, too */
  report({ nowMs, target, files }: { nowMs: number; target: Target; files?: number }): CollectedReport {
    const top = this.#top
    const cut = <Row>(rows: readonly Row[]): readonly Row[] => (top === 0 ? rows : rows.slice(0, top))
    const {
      totals,
      types,
      encodings,
      databases,
      files: fileRows,
    } = this.#totals.result(target.model.hasMemoryUsage, files)
    const patterns = this.#patterns.result()
    this.patternRows = patterns.rows
    const biggest = this.#biggest.result(target)
    return {
      totals,
      files: fileRows,
      databases,
      types,
      encodings,
      patterns: cutRows(patterns.rows, top),
      patternSummary: patterns.summary,
      prefixTree: patterns.tree,
      ...(this.#groups === null ? {} : { groups: this.#groups.result() }),
      bigKeys: cut(biggest.bigKeys),
      bigKeySummary: biggest.summary,
      largest: biggest.largest.map(({ type, byBytes, byElements }) => ({
        type,
        byBytes: cut(byBytes),
        byElements: cut(byElements),
      })),
      keySizes: this.#keySizes.result(biggest.biggestOf),
      ttl: this.#ttl.result(nowMs, target, this.#preset, patterns.rows, top),
      idle: this.#idle.result(),
      slots: this.#slots?.result(top) ?? null,
    }
  }

  /**
   * The rows of `patternRows` that keys belong to, by their place in it, -1 for none; after `report`.
   * Keys as a sample keeps them: name, type and encoding.
   */
  ranksOf(keys: readonly SampledName[]): readonly number[] {
    const ranks = new Map(this.patternRows.map((row, rank) => [row, rank]))
    const batch = new KeyBatch(1)
    return keys.map(({ key, code }) => {
      batch.clear()
      batch.setKey(0, key, 0, key.length)
      batch.type[0] = code >> 5
      batch.encoding[0] = code & 31
      const row = this.#patterns.rowOf(batch, 0)
      return row === null || row.type === 'mixed' ? -1 : ranks.get(row)!
    })
  }

  /** What the sampled values are, pattern by pattern; after `report`. */
  values(samples: ValueSamples, duplicates: DuplicateSample, showValues: boolean): ValuesReport {
    const ranks = this.ranksOf(sampledNames(samples, duplicates))
    return valuesByRank(samples, duplicates, { top: this.#top, showValues, rows: this.patternRows, ranks })
  }
}
