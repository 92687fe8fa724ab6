import type { PatternRow } from '../../reports/report.js'
import {
  type CollectedReport,
  type CollectorOptions,
  Collectors,
  type CollectorsState,
} from '../analysis/collectors.js'
import type { SampledNames } from '../analysis/values/sampled-values.js'
import { figureBatch, KeyBatch } from '../batch.js'
import type { Target } from '../memory/target.js'

/** What the collectors have to say at the end. */
export interface Collected {
  readonly report: CollectedReport
  /** All rows of the pattern table, also those the report leaves out. */
  readonly patternRows: readonly PatternRow[]
  /** Places in `patternRows` of the sampled keys, -1 for none. */
  readonly ranks: readonly number[]
  /** Null unless it was asked for. */
  readonly state: CollectorsState | null
}

export interface CollectContext {
  readonly nowMs: number
  readonly target: Target
  /** Input files there were. */
  readonly files: number
  /** Keys whose pattern somebody wants to know. */
  readonly sampled: SampledNames
  /** Whether the state of the collectors is wanted, too. */
  readonly wantsState: boolean
}

/** Takes rows, batch by batch; in this thread or in another, with the same result. */
export interface RowCollector {
  /** The batch to fill first. */
  readonly first: KeyBatch
  /** The moment of the dump that follows. */
  setNow(nowMs: number): void
  /** Takes a batch and gives the one to fill next. */
  add(batch: KeyBatch): KeyBatch
  finish(context: CollectContext): Promise<Collected>
  /** Lets go of what was started; also after an error. */
  stop(): Promise<void>
}

/** Collects in this thread. */
export class LocalCollector implements RowCollector {
  readonly first = new KeyBatch(undefined, { figuresLater: true })
  readonly #collectors: Collectors

  constructor(options: CollectorOptions) {
    this.#collectors = new Collectors(options)
  }

  setNow(nowMs: number): void {
    this.#collectors.setNow(nowMs)
  }

  add(batch: KeyBatch): KeyBatch {
    figureBatch(batch)
    this.#collectors.add(batch)
    return batch
  }

  async finish(context: CollectContext): Promise<Collected> {
    return collected(this.#collectors, context)
  }

  async stop(): Promise<void> {}
}

/** What `finish` gives, from the collectors at hand. */
export function collected(collectors: Collectors, context: CollectContext): Collected {
  const { nowMs, target, files, sampled, wantsState } = context
  const report = collectors.report({ nowMs, target, files })
  const { patternRows } = collectors
  return { report, patternRows, ranks: collectors.ranksOf(sampled), state: wantsState ? collectors.state() : null }
}
