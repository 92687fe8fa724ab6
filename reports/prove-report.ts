/** What `prove` answers, as plain JSON. Sizes in bytes. */
export interface ProveReport {
  readonly schemaVersion: 1
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  readonly server: {
    /** `redis`, `valkey` */
    readonly name: string
    readonly version: string
    /** As INFO memory says it: `jemalloc-5.3.0`. */
    readonly allocator: string
    /** The settings that were measured with, where they have a say in sizes. */
    readonly settings: Readonly<Record<string, string | number | boolean>>
  }
  /** What the predictions are for. */
  readonly target: string
  /** Why the target is not exactly that server; null when it is. */
  readonly note: string | null
  readonly dump: {
    readonly file: string
    readonly keys: number
    /** `commands`: the server could not load the file, or not all of its keys were wanted. */
    readonly loadedAs: 'file' | 'commands'
    /** Why it was not loaded as it is; null when it was. */
    readonly reason: string | null
    /** Keys whose time was over when this ran; they were kept. */
    readonly expiredKeys: number
  }
  readonly before: ProvedSide & { readonly keys: number }
  readonly techniques: readonly ProvedTechnique[]
  /** Remarks on techniques of a sequence. */
  readonly notes: readonly string[]
  readonly notProvable: readonly { readonly id: string; readonly reason: string }[]
}

/** One data set, predicted and measured. */
export interface ProvedSide {
  /** `used_memory` minus that of the same server empty. */
  readonly predictedBytes: number
  readonly measuredBytes: number
  /** MEMORY USAGE key SAMPLES 0, added up. */
  readonly memoryUsage: ProvedUsage
}

export interface ProvedUsage {
  /**
   * Keys that were asked for: none where the server has no MEMORY USAGE (before 4.0), all, or every n-th by the
   * checksum of the name.
   */
  readonly keys: number
  /** What the model says of the dump that the server wrote. */
  readonly predictedBytes: number
  readonly measuredBytes: number
}

export interface ProvedTechnique {
  /** Of a technique; of a sequence: all ids with ` + ` between them. */
  readonly id: string
  readonly certainty: 'exact' | 'modelled' | 'sampled'
  readonly parameters: Readonly<Record<string, unknown>>
  /** Keys that were changed; 0 for settings. */
  readonly changedKeys: number
  readonly predicted: { readonly beforeBytes: number; readonly afterBytes: number; readonly savedBytes: number }
  /** Null when it could not be measured. */
  readonly measured: {
    readonly beforeBytes: number
    readonly afterBytes: number
    readonly savedBytes: number
    readonly keysAfter: number
  } | null
  /** (predicted - measured) / measured, of the memory after. */
  readonly errorRatio: number | null
  /** The error that is allowed. */
  readonly toleranceRatio: number
  /** What the model says of the dump that the server wrote afterwards: tells a wrong prediction from a wrong model. */
  readonly modelledAfterBytes: number | null
  readonly memoryUsageAfter: ProvedUsage | null
  readonly verdict: 'agrees' | 'differs' | 'failed'
  /** Why it does not agree; null when it does. */
  readonly reason: string | null
}
