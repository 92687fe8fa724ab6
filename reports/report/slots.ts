export interface SlotRow {
  readonly slot: number
  readonly keys: number
  readonly ramBytes: number
  /** How many times the mean of the slots in use. */
  readonly timesMean: number
}

export interface HashTagRow {
  /** The text between the braces. */
  readonly tag: string
  readonly slot: number
  readonly keys: number
  readonly ramBytes: number
}

export interface ShardPlan {
  readonly shards: number
  /**
   * Bytes and keys per shard when the 16,384 slots are dealt out in equal ranges, as redis-cli --cluster create does.
   */
  readonly perShard: readonly { readonly keys: number; readonly ramBytes: number }[]
  /** Largest shard divided by the mean, by ramBytes. */
  readonly skew: number
}

/** What one node of a cluster holds, by the slots it owns. */
export interface SlotOwnerRow {
  /** `10.0.0.1:6379`, or the node ID where there is no address; `[unassigned]` for slots that no node owns. */
  readonly node: string
  /** Node ID; empty where it is not known. */
  readonly id: string
  /** Slots it owns. */
  readonly slots: number
  readonly keys: number
  readonly ramBytes: number
  /** How many times the mean of the nodes. */
  readonly timesMean: number
}

export interface SlotsReport {
  /** Slots with at least one key, of 16,384. */
  readonly usedSlots: number
  /** Most bytes first. */
  readonly heaviest: readonly SlotRow[]
  /** Most bytes first; tracked in bounded memory, so light tags may be missing. */
  readonly hashTags: readonly HashTagRow[]
  /** True when there were more hash tags than are counted at a time. */
  readonly hashTagsBounded?: boolean
  readonly keysWithHashTag: number
  readonly shardPlans: readonly ShardPlan[]
  /** 256 numbers: ramBytes of 64 slots each, for the strip. */
  readonly strip: readonly number[]
  /** Most bytes first; only when the owners of the slots were given (`--nodes`). */
  readonly owners?: readonly SlotOwnerRow[]
  /** Largest owner divided by the mean of the owners, by ramBytes. */
  readonly ownersSkew?: number
}
