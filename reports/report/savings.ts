/** One technique of `simulate`. */
export interface TechniqueResult {
  readonly id: string
  readonly title: string
  readonly status: 'applies' | 'nothing-to-do' | 'not-on-this-target' | 'error'
  readonly keys: number
  readonly ramBytesBefore: number
  readonly ramBytesAfter: number
  readonly savedBytes: number
  readonly savedRatio: number
  readonly usedMemoryBefore: number
  readonly usedMemoryAfter: number
  readonly certainty: 'exact' | 'modelled' | 'sampled'
  /** Keys that were looked at; 0 where these are all. */
  readonly sampledKeys: number
  /** Of `savedBytes`, with 95 % confidence; null where every key and value was looked at. */
  readonly interval95: readonly [low: number, high: number] | null
  readonly parameters: Readonly<Record<string, unknown>>
  readonly groups: readonly Readonly<Record<string, unknown>>[]
  readonly assumptions: readonly string[]
  readonly breaks: readonly string[]
  readonly effort: 'setting' | 'client' | 'data-model' | 'upgrade'
  readonly steps: readonly string[]
  readonly verify: readonly string[]
  readonly rollback: readonly string[]
}

export interface SavingsReport {
  readonly target: string
  readonly before: { readonly keys: number; readonly ramBytes: number; readonly usedMemoryBytes: number }
  readonly techniques: readonly TechniqueResult[]
  /**
   * Techniques in order, each priced after the ones before it: `savedBytes` and `usedMemory...` are those of the step.
   */
  readonly plan: readonly PlanStep[]
  /** Absent when no plan was asked for. */
  readonly planSummary?: PlanSummary
}

/** One step of a plan; everything else as for the technique alone. */
export interface PlanStep extends TechniqueResult {
  /** What the technique saves on the data as it is, on all keys that it could take. Not to be added up. */
  readonly savedAloneBytes: number
  /** The same as `savedBytes`: what it saves behind the steps before it, on the keys that the plan gives to it. */
  readonly savedAfterOthersBytes: number
  /** Null without a price. */
  readonly savedPerMonth: number | null
}

export interface PlanState {
  readonly keys: number
  readonly ramBytes: number
  readonly usedMemoryBytes: number
  /** Sum of `MEMORY USAGE` of all keys; null where it is not known: of hashes that do not exist yet, of old servers. */
  readonly memoryUsageBytes: number | null
  /** Smallest usual `maxmemory` of which `usedMemoryBytes` takes three quarters at most. */
  readonly maxmemoryBytes: number
  /** Null without a price. */
  readonly pricePerMonth: number | null
}

export interface PlanSummary {
  /** `sequence`: somebody named the techniques and their order. */
  readonly kind: 'plan' | 'sequence'
  /** `first-reading`: the dumps could be read once only, so that no keys are given to more than one technique. */
  readonly basis: 'second-reading' | 'first-reading'
  readonly before: PlanState
  readonly after: PlanState
  readonly savedBytes: number
  /** Of `savedBytes`, with 95 % confidence at least; null where nothing comes from a sample. */
  readonly interval95: readonly [low: number, high: number] | null
  /** Of the memory before, 0..1. */
  readonly savedRatio: number
  /** Null without a price. */
  readonly savedPerMonth: number | null
  /** Techniques that would save more, for those who can do without something. */
  readonly concessions: readonly {
    readonly id: string
    readonly title: string
    readonly savedAloneBytes: number
    /** What is lost. */
    readonly concession: string
  }[]
  /** What else should be known about how the plan was made. */
  readonly notes: readonly string[]
}
