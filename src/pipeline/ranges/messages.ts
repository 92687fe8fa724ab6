import type { ParserStart, RdbLocation, RdbProblem } from '../../../parsers/index.js'
import type { BigKeyOverrides, BigKeyPresetId } from '../../analysis/big-key-limits.js'
import type { SampleGates } from '../../analysis/values/samples.js'
import type { FilterOptions } from '../../filters.js'
import type { Limits } from '../../limits.js'
import type { TargetDescription } from '../../memory/target-description.js'
import type { KeptElementsState } from '../big-key-elements.js'
import type { BuiltPart } from '../row-builder.js'
import type { Mark } from './marks.js'
import type { Packed } from './packed.js'
import type { RangePiece } from './splitter.js'

/** What is looked at beside the rows; null for nothing. */
export interface RangeTaps {
  readonly values: boolean
  readonly bigKeys: {
    readonly preset: BigKeyPresetId | undefined
    readonly limits: BigKeyOverrides | undefined
    readonly listed: number
    readonly showValues: boolean
  } | null
}

/** What a thread is started with. */
export interface RangeSetup {
  readonly limits: Partial<Limits> | undefined
  readonly filter: FilterOptions
  readonly taps: RangeTaps
  /** A range in which something is wrong ends there: nobody can read the dump once more. */
  readonly once: boolean
  /** One number per batch: 1 while the rows in it are wanted. */
  readonly busy: Int32Array
}

export type ToRangeThread =
  | { readonly kind: 'dump'; readonly file: number; readonly nowMs: number; readonly target: TargetDescription }
  | {
      readonly kind: 'piece'
      readonly range: number
      /** Set for the first piece of a range. */
      readonly start: ParserStart | null
      readonly bytes: Uint8Array
      readonly more: boolean
      readonly last: boolean
      readonly chunkEnds: RangePiece['chunkEnds']
      readonly broken: RangePiece['broken']
      /** What the samples ask for; null: as before. */
      readonly gates: { readonly samples: SampleGates; readonly duplicates: number } | null
    }

export interface RangeResult extends BuiltPart {
  readonly samples: Packed
  /** Keys that the sample was asked about. */
  readonly seen: number
  readonly duplicates: Packed
  readonly bigKeys: readonly KeptElementsState[]
}

/** Why a range is not read to its end. */
export interface RangeError {
  readonly problem: RdbProblem
  readonly at: RdbLocation
}

export type FromRangeThread =
  /** The memory of a piece is free again. */
  | { readonly kind: 'read'; readonly range: number; readonly bytes: Uint8Array; readonly readTo: number }
  | {
      readonly kind: 'rows'
      readonly range: number
      readonly batch: number
      readonly length: number
      readonly file: number
      readonly marks: readonly Mark[]
      /** The columns, when they are not known yet: the first time, and when the names needed more room. */
      readonly columns: object | null
    }
  | {
      readonly kind: 'done'
      readonly range: number
      readonly marks: readonly Mark[]
      readonly result: RangeResult
      /** Offset behind what was read; with an error, behind the chunk of the input in which it shows, or the piece. */
      readonly readTo: number
      readonly error: RangeError | null
    }
  /** Something is wrong with the dump: one parser has to say what. */
  | { readonly kind: 'wrong'; readonly range: number; readonly message: string }
