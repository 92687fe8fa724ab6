import type { Allocator } from '../allocators/index.js'

/** ZSKIPLIST_P: a node of level L has one of level L + 1 with this probability. */
const LEVEL_UP_PROBABILITY = 0.25
/** Levels beyond this one are too rare to matter (4^-24). */
const LEVELS_SUMMED = 24

/**
 * Expected bytes given for one skiplist node: the mean of the rounded sizes, not the size of a mean node, because
 * levels are random in the server. `fixedBytes` is the node without levels, `levelBytes` one level.
 */
export function expectedNodeBytes(allocator: Allocator, fixedBytes: number, levelBytes: number): number {
  let mean = 0
  let reached = 1
  for (let levels = 1; levels <= LEVELS_SUMMED; levels++) {
    const stopsHere = levels === LEVELS_SUMMED ? 1 : 1 - LEVEL_UP_PROBABILITY
    mean += reached * stopsHere * allocator.given(fixedBytes + levels * levelBytes)
    reached *= LEVEL_UP_PROBABILITY
  }
  return mean
}

/** Expected levels of a node. */
export const MEAN_LEVELS = 1 / (1 - LEVEL_UP_PROBABILITY)

/** `expectedNodeBytes` for nodes that carry their member, by member length. Filled as lengths occur. */
export class EmbeddedNodeBytes {
  readonly #byLength = new Float64Array(1024)

  constructor(
    private readonly allocator: Allocator,
    private readonly levelBytes: number,
    private readonly fixedBytes: (memberLength: number) => number,
  ) {}

  of(memberLength: number): number {
    if (memberLength >= this.#byLength.length) return this.#expected(memberLength)
    const known = this.#byLength[memberLength]!
    if (known !== 0) return known
    const expected = this.#expected(memberLength)
    this.#byLength[memberLength] = expected
    return expected
  }

  #expected(memberLength: number): number {
    return expectedNodeBytes(this.allocator, this.fixedBytes(memberLength), this.levelBytes)
  }
}
