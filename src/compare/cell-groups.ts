import type { PatternMiner } from '../analysis/patterns/miner.js'

/**
 * Stable numbers for what is counted in the cells of a miner: a cell may be put into another and be used again for
 * something else, a group then belongs to where its keys went. Group 0: nobody knows.
 */
export class CellGroups {
  readonly #miner: PatternMiner
  /** Group of each cell; 0: none yet. */
  readonly #groupOf: Int32Array
  /** Group that a group was put into; itself while it stands alone. */
  #into = new Int32Array(1024)
  #cells = new Int32Array(1024)
  #groups = 1

  constructor(miner: PatternMiner) {
    this.#miner = miner
    this.#groupOf = new Int32Array(miner.cells.capacity)
    miner.onMerged = (from, target) => {
      const group = this.#groupOf[from]!
      this.#groupOf[from] = 0
      if (group !== 0) this.#into[group] = this.of(target)
    }
  }

  get size(): number {
    return this.#groups
  }

  of(cell: number): number {
    if (cell < 0) return 0
    const known = this.#groupOf[cell]!
    if (known !== 0) return known
    const group = this.#groups++
    if (group >= this.#into.length) {
      this.#into = doubled(this.#into)
      this.#cells = doubled(this.#cells)
    }
    this.#into[group] = group
    this.#cells[group] = cell
    this.#groupOf[cell] = group
    return group
  }

  /** Place of a group's cell in the state of the miner, as it is now; -1 when nobody knows. */
  places(): Int32Array {
    const { live, capacity } = this.#miner.cells
    const rank = new Int32Array(capacity).fill(-1)
    let used = 0
    for (let cell = 0; cell < capacity; cell++) if (live[cell] === 1) rank[cell] = used++
    return Int32Array.from({ length: this.#groups }, (_, group) => {
      if (group === 0) return -1
      let at = group
      while (this.#into[at] !== at) at = this.#into[at]!
      return rank[this.#cells[at]!]!
    })
  }
}

function doubled(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(list.length * 2)
  larger.set(list)
  return larger
}
