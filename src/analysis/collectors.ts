import type { AnalysisReport, PatternRow, ValuesReport } from '../../reports/report.js'
import { encodingOfCode, KeyBatch, typeOfCode } from '../batch.js'
import type { Target } from '../memory/target.js'
import { type BigKeyOverrides, type BigKeyPreset, type BigKeyPresetId, bigKeyPreset } from './big-key-limits.js'
import { Biggest, type BiggestState } from './biggest.js'
import type { GroupRule } from './group-file.js'
import { Groups, type GroupsState } from './groups.js'
import { Idle, type IdleState } from './idle.js'
import { keptKeys } from './kept-keys.js'
import { KeySizeCounts, type KeySizesState } from './keysizes.js'
import type { MinerState, PatternMiner } from './patterns/miner.js'
import { cutRows, Patterns } from './patterns.js'
import { eachBlock } from './row-block.js'
import type { RowSums } from './row-sums.js'
import type { SlotOwners } from './slot-owners.js'
import { Slots, type SlotsState } from './slots.js'
import { Totals, type TotalsState } from './totals.js'
import { Ttl, type TtlState } from './ttl.js'
import type { DuplicateSample } from './values/duplicates.js'
import { type SampledNames, SampledValues } from './values/sampled-values.js'
import type { ValueSamples } from './values/samples.js'

export interface CollectorOptions {
  /** Rows per table; 0: all that is kept. */
  readonly top: number
  /** Keys kept per list, when that is more than `top` needs. */
  readonly kept?: number | undefined
  /** Sizes of what is bounded, where they are not the usual ones. */
  readonly room?: CollectorRoom | undefined
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

/** How large the tables of collectors may be. */
export interface CollectorRoom {
  readonly patternNodes: number
  readonly patternCells: number
  /** Keys per list. */
  readonly listedKeys: number
}

/** The parts of a report that come from the rows. */
export type CollectedReport = Omit<
  AnalysisReport,
  'schemaVersion' | 'generator' | 'provenance' | 'reconciliation' | 'warnings' | 'values' | 'savings'
>

/** What all collectors have kept: plain data, see `state.ts`. */
export interface CollectorsState {
  readonly totals: TotalsState
  readonly keySizes: KeySizesState
  readonly biggest: BiggestState
  readonly ttl: TtlState
  readonly idle: IdleState
  /** Null when they were not counted. */
  readonly slots: SlotsState | null
  readonly groups: GroupsState | null
  readonly patterns: MinerState
}

/** How much of a state is kept, where it would be too large. */
export interface StateLimits {
  /** Entries per table of moments at which keys expire. */
  readonly intervals?: number
  readonly hashTags?: number
}

/**
 * Everything that is learned from the rows of one or more dumps, in memory that does not grow with them.
 * Collectors of several parts of the input, filled apart, add up with `merge`.
 */
export class Collectors {
  readonly #top: number
  readonly #preset: BigKeyPreset
  readonly #totals = new Totals()
  #patterns: Patterns
  readonly #biggest: Biggest
  readonly #keySizes = new KeySizeCounts()
  readonly #ttl: Ttl
  readonly #idle = new Idle()
  readonly #slots: Slots | null
  #groups: Groups | null
  /** All rows of the pattern table, also those that the report leaves out; known with the report. */
  patternRows: readonly PatternRow[] = []

  constructor(options: CollectorOptions) {
    this.#top = options.top
    this.#preset = bigKeyPreset(options.bigKeyPreset, options.bigKeyLimits)
    const kept = keptKeys(options)
    this.#patterns = new Patterns({
      ...(options.separators === undefined ? {} : { separators: options.separators }),
      ...(options.room === undefined
        ? {}
        : { maxNodes: options.room.patternNodes, maxCells: options.room.patternCells }),
    })
    this.#biggest = new Biggest(kept, this.#preset)
    this.#ttl = new Ttl(kept)
    this.#slots = options.slots === false ? null : new Slots({ shards: options.shards, owners: options.slotOwners })
    this.#groups = options.groups === undefined ? null : new Groups(options.groups)
  }

  /** Where keys are counted by pattern. */
  get miner(): PatternMiner {
    return this.#patterns.miner
  }

  readonly #takeSums = (sums: RowSums): void => {
    this.#totals.add(sums)
    this.#biggest.add(sums)
  }

  /** The moment of the dump that follows, in ms since 1970: what has expired, and how long the others live. */
  setNow(nowMs: number): void {
    this.#ttl.nowMs = nowMs
    this.#patterns.setNow(nowMs)
  }

  /** @param cellOfRow is told the cell of the miner that each row went into */
  add(batch: KeyBatch, cellOfRow?: Int32Array): void {
    eachBlock(batch, (block) => {
      this.#keySizes.add(block)
      this.#ttl.add(block)
      this.#idle.add(block)
      this.#patterns.add(block, this.#takeSums, cellOfRow)
    })
    this.#slots?.add(batch)
    this.#groups?.add(batch)
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

  state(limits: StateLimits = {}): CollectorsState {
    return {
      totals: this.#totals.state(),
      keySizes: this.#keySizes.state(),
      biggest: this.#biggest.state(),
      ttl: this.#ttl.state(limits.intervals),
      idle: this.#idle.state(),
      slots: this.#slots?.state(limits.hashTags) ?? null,
      groups: this.#groups?.state() ?? null,
      patterns: this.#patterns.state(),
    }
  }

  /**
   * Collectors that have seen what others saw. They agree in separators and in what a big key is. Groups are those of
   * all parts, when all have the same; then they only add up. Without parts there is nothing to group.
   *
   * @param parts states, and what the file numbers of each begin with
   * @throws StateError
   */
  static restored(
    options: CollectorOptions,
    parts: readonly { readonly state: CollectorsState; readonly firstFile: number }[],
  ): Collectors {
    const collectors = new Collectors({ ...options, groups: undefined })
    for (const [i, { state, firstFile }] of parts.entries()) {
      collectors.#totals.restore(state.totals, firstFile)
      collectors.#keySizes.restore(state.keySizes)
      collectors.#biggest.restore(state.biggest, firstFile)
      collectors.#ttl.restore(state.ttl, firstFile)
      collectors.#idle.restore(state.idle)
      if (state.slots !== null) collectors.#slots?.restore(state.slots)
      const patterns = Patterns.restore(state.patterns)
      // The first one stays as it is: what was gathered there stays gathered.
      if (i === 0) collectors.#patterns = patterns
      else collectors.#patterns.merge(patterns)
    }
    const groups = parts.map(({ state }) => (state.groups === null ? null : Groups.restore(state.groups)))
    const first = groups[0] ?? null
    if (first !== null && groups.every((other) => other?.signature === first.signature)) {
      for (const other of groups.slice(1)) first.merge(other!)
      collectors.#groups = first
    }
    return collectors
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

  /** The rows of `patternRows` that keys belong to, by their place in it, -1 for none; after `report`. */
  ranksOf({ bytes, ends, codes }: SampledNames): readonly number[] {
    const ranks = new Map(this.patternRows.map((row, rank) => [row, rank]))
    const batch = new KeyBatch(1)
    return Array.from(ends, (end, i) => {
      batch.clear()
      batch.setKey(0, bytes, i === 0 ? 0 : ends[i - 1]!, end)
      batch.type[0] = typeOfCode(codes[i]!)
      batch.encoding[0] = encodingOfCode(codes[i]!)
      const row = this.#patterns.rowOf(batch, 0)
      return row === null || row.type === 'mixed' ? -1 : ranks.get(row)!
    })
  }

  /** What the sampled values are, pattern by pattern; after `report`. */
  values(samples: ValueSamples, duplicates: DuplicateSample, showValues: boolean): ValuesReport {
    const values = new SampledValues(samples, duplicates)
    return values.report(this.patternRows, this.ranksOf(values.names), { top: this.#top, showValues })
  }
}
