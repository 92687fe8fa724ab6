import type { KeyBatch } from '../../batch.js'
import type { PatternMiner } from './miner.js'

/**
 * Writes the patterns of a batch as numbers beside its rows, with the texts they stand for: those of `patternOf`. The
 * rows are counted, so the miner should be one of its own.
 */
export class PatternNumbers {
  readonly #miner: PatternMiner
  /** Number of a node in the batch at hand; holds where `#round` says so. */
  readonly #numbers: Int32Array
  readonly #rounds: Int32Array
  #round = 0

  constructor(miner: PatternMiner) {
    this.#miner = miner
    this.#numbers = new Int32Array(miner.tree.capacity)
    this.#rounds = new Int32Array(miner.tree.capacity)
  }

  write(batch: KeyBatch): void {
    const miner = this.#miner
    const numbers = this.#numbers
    const rounds = this.#rounds
    const texts: string[] = []
    const column = batch.pattern ?? new Int32Array(batch.capacity)
    batch.pattern = column
    this.#round++
    let { generation } = miner
    for (let row = 0; row < batch.length; row++) {
      const node = miner.nodeOf(batch, row)
      if (miner.generation !== generation) {
        generation = miner.generation
        this.#round++
      }
      if (rounds[node] !== this.#round) {
        rounds[node] = this.#round
        numbers[node] = texts.length
        texts.push(miner.shownText(node))
      }
      column[row] = numbers[node]!
    }
    batch.patterns = texts
  }
}
