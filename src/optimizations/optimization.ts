import { type Container, IgnoreAll, type RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ShapePricer, type ShapeType } from '../memory/shape-pricer.js'
import type { Target } from '../memory/target.js'
import type { GroupTally } from './groups.js'
import type { NamePatterns } from './names.js'
import type { ParameterSpec, Parameters } from './parameters.js'
import type { ShapeSink } from './rewriter.js'
import type { CodersByFamily } from './sampling/coders.js'
import type { SharedReservoir } from './sampling/shared-reservoir.js'

export type Effort = 'setting' | 'client' | 'data-model' | 'upgrade'
export type Certainty = 'exact' | 'modelled' | 'sampled'

/** What of a key a technique writes anew. */
export type DataPart = 'key name' | 'field names' | 'values' | 'shape'

/**
 * One way to save memory. It says what the data would look like; `src/memory` says what that costs.
 *
 * Text for people is in the user's words; `<pattern>` and the like stand for what differs from case to case.
 */
export interface Technique {
  /** As its file is called. */
  readonly id: string
  /** Tells the user what to do. */
  readonly title: string
  /** What takes the memory that it saves. */
  readonly why: string
  /** What has to be changed: a setting of the server, code of clients, the data model, or the server. */
  readonly effort: Effort
  /** `modelled`: reckoned from published structures or averages. `sampled`: estimated from the values of some keys. */
  readonly certainty: Certainty
  /** What no longer works, or works differently; never empty. */
  readonly breaks: readonly string[]
  /** What it costs or saves in time. */
  readonly cpu: string
  /** What to do, how to see that it worked, and the way back: one thing a line. */
  readonly steps: readonly string[]
  readonly verify: readonly string[]
  readonly rollback: readonly string[]
  readonly parameters: readonly ParameterSpec[]
  /**
   * What it writes anew: two techniques that write the same part are not put on the same keys. Default: everything,
   * or nothing when it is a setting.
   */
  readonly rewrites?: readonly DataPart[]
  /**
   * Nobody but the owner's own code reads what it writes: a plan prefers what any library reads, unless this saves
   * far more.
   */
  readonly isHomemade?: boolean
  /** Techniques that it works behind although both write the same part. */
  readonly behind?: readonly string[]
  /** Further techniques that make no sense together with it. */
  readonly excludes?: readonly string[]
  /** What is lost that only the owner of the data can give away: no plan takes the technique unless it is asked to. */
  readonly concession?: string
  /**
   * Awaited before `start`: codecs are loaded here, when they are needed. What cannot be loaded is said in the outcome.
   */
  prepare?(parameters: Parameters): Promise<void>
  /**
   * Begins to look at a data set; a text when the target does not know the technique, saying why. Several runs look
   * at the same keys side by side, and `combine` makes one outcome of them.
   */
  start(context: TechniqueContext): TechniqueRun | readonly TechniqueRun[] | string
  combine?(runs: readonly TechniqueRun[], context: TechniqueContext): Outcome
}

/** What a technique knows before the first key. */
export interface TechniqueContext {
  readonly target: Target
  readonly parameters: Parameters
  /** Shared by all techniques; `names.current` is the pattern of the key at hand. */
  readonly names: NamePatterns
  /** When the dump was made; differs from file to file. */
  nowMs(): number
  /** Keys with their values, the same for all techniques that ask for it; without it a technique samples on its own. */
  readonly reservoir?: SharedReservoir
  /**
   * `used_memory` as the dumps tell it, and what of it are keys, tables and servers without any key; null when they do
   * not. Known when everything was read.
   */
  usedMemory?(): { readonly saidBytes: number; readonly explainedBytes: number } | null
}

/**
 * What is done to the data, with everything that was chosen: so that it can be priced behind other changes (a plan), or
 * written as commands. Whoever carries it out lets `context.names` look at the name of each key, as it is in the dump,
 * before its `begin`: that tells its group. Keys outside the groups pass as they are.
 */
export type Change =
  /** The server is told something; names as in redis.conf. */
  | {
      readonly kind: 'setting'
      readonly settings: Readonly<Record<string, string | number>>
      /** Lists on which it shows only when they are pushed anew; without it: everything is loaded so. */
      isAnew?(key: RdbKey): boolean
    }
  /** Each key on its own: the sink shows `next` the key in its new shape; a key that goes away is not shown. */
  | {
      readonly kind: 'keys'
      through(next: ShapeSink): ShapeSink
      /** Where values are changed: how, by family of keys. */
      readonly families?: CodersByFamily
      /** Steps for some of the keys only, where these differ by what keys they are. */
      stepsOn?(takes: (pattern: number, type: ShapeType) => boolean): readonly string[] | null
      /** Chooses again, for values that others have changed before; null: nothing is to be gained there any more. */
      behind?(others: readonly ChangedBefore[]): Outcome | null
    }
  /** Keys become parts of others. */
  | {
      readonly kind: 'gather'
      /** The same choice at work again, on keys that other changes have passed on. */
      again(context: TechniqueContext): TechniqueRun
      /** Shows `next` each key as a piece of the new one: a hash with one field more, and so on. */
      through(next: PieceSink): ShapeSink
    }

/** What an earlier change does to values. */
export interface ChangedBefore {
  readonly families: CodersByFamily
  /** False: the keys of that pattern and type are not given to it. */
  takes(pattern: number, type: ShapeType): boolean
}

/** Takes pieces of keys; where no type of key says what is to be done, whole commands. */
export interface PieceSink extends ShapeSink {
  /** One command, name first. Valid during the call. */
  command(...words: readonly (string | Uint8Array)[]): void
}

/** What a technique makes of a data set. */
export interface Outcome {
  /** Groups that are to be changed, with what they are afterwards. */
  readonly groups: readonly GroupTally[]
  /** Chosen by the technique itself, or given. */
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly assumptions?: readonly string[]
  /** In place of those of the technique. */
  readonly steps?: readonly string[]
  readonly rollback?: readonly string[]
  /** The whole data set on another target; the groups say only where the keys are. */
  readonly whole?: { readonly ramBytes: number; readonly overheadBytes: number }
  /** The same, to be carried out on keys of `groups`; absent when nothing can be written (another server, advice). */
  readonly change?: Change
  /** In place of that of the technique: a sample that is everything makes the result exact. */
  readonly certainty?: Certainty
  /** Keys whose values were looked at. */
  readonly sampledKeys?: number
  /**
   * Where a sample was looked at, but it is known what becomes of every value: prices each key in a reading of its own,
   * for an outcome in place of this one.
   */
  readonly exactly?: () => TechniqueRun
  /** Bytes that the keys of `groups` save, with 95 % confidence. */
  readonly interval95?: readonly [low: number, high: number]
  /** More about a group than its sums. */
  details?(group: GroupTally): Readonly<Record<string, unknown>>
}

/**
 * A technique at work on one data set: looks at each key once, keeps sums, answers at the end.
 *
 * Between `begin` and `row` it may only remember; a key counts when its `row` comes, as keys may be left out until
 * then.
 */
export abstract class TechniqueRun extends IgnoreAll {
  readonly pricer: ShapePricer
  /** Of the key at hand; false behind `begin` or `count`: nothing more of its value is told, only its row. */
  wantsValue = true

  constructor(readonly context: TechniqueContext) {
    super()
    this.pricer = new ShapePricer(context.target)
  }

  /** A key begins. False: nothing of its value is told, nor its row. */
  abstract begin(key: RdbKey): boolean

  /** The key became a row of the batch: what it costs now is known. */
  abstract row(key: RdbKey, batch: KeyBatch, row: number): void

  /** True: the entries of the container are told one by one. */
  override container(_container: Container): boolean {
    return false
  }

  abstract outcome(): Outcome
}

/** Where a technique is about the whole server, and its parameter `match` names some keys. */
export const ONLY_MATCHING =
  'These are the keys that match, without the tables of their databases; the server changes for all keys at once.'

/** Saving below which a group is not worth anybody's time: bytes, and share of what the group takes. */
export const USEFUL_BYTES = 1024
export const USEFUL_SHARE = 0.01

/** Groups whose saving is worth the work. */
export function usefulGroups<Tally extends GroupTally>(groups: readonly Tally[]): readonly Tally[] {
  return groups.filter(({ saved, ramBefore }) => saved >= USEFUL_BYTES && saved >= USEFUL_SHARE * ramBefore)
}
