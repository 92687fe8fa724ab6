import type { StreamId } from '../../../parsers/index.js'
import type { RaxSize } from '../structs/rax.js'

/** IDs kept; a stream with more pending entries gets an estimate: the others are taken to be like these. */
const MOST_IDS = 1 << 17
const WORDS = 4

/** Pending IDs of all groups of a stream, each counted once. Reused. */
export class PendingIds {
  /** IDs that were added, kept or not. */
  added = 0

  #words = new Uint32Array(256 * WORDS)
  #count = 0
  #lastGroup = 0
  #groups = 0

  reset(): void {
    this.added = 0
    this.#count = 0
    this.#lastGroup = 0
    this.#groups = 0
  }

  add(group: number, id: StreamId): void {
    if (group !== this.#lastGroup) {
      this.#lastGroup = group
      this.#groups++
    }
    this.added++
    if (this.#count === MOST_IDS) return
    const at = this.#count++ * WORDS
    if (at === this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2)
      larger.set(this.#words)
      this.#words = larger
    }
    this.#words[at] = id.msHigh
    this.#words[at + 1] = id.msLow
    this.#words[at + 2] = id.seqHigh
    this.#words[at + 3] = id.seqLow
  }

  /** How many times more were added than kept; 1 when all were kept. */
  get factor(): number {
    return this.#count === 0 ? 1 : this.added / this.#count
  }

  /** Puts the distinct IDs that were kept into a tree, in order; returns how many there are. */
  addTo(tree: RaxSize): number {
    const words = this.#words
    const order = Array.from({ length: this.#count }, (_, index) => index * WORDS)
    // The IDs of one group are in order already.
    if (this.#groups > 1) {
      order.sort((a, b) => {
        for (let word = 0; word < WORDS; word++) {
          const difference = words[a + word]! - words[b + word]!
          if (difference !== 0) return difference
        }
        return 0
      })
    }
    // The tree itself passes over an ID that it has seen last.
    for (const at of order) tree.addId(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!)
    return tree.keys
  }
}
