import { KIND } from '../analysis/patterns/classes.js'
import { edgeHash, hashEdge } from '../analysis/patterns/edges.js'
import type { Tokenizer } from '../analysis/patterns/tokenizer.js'
import { seededNumber } from '../table-seed.js'

/** Different texts at one place before further ones stand for any text: at the start of names, and behind. */
const MOST_AT_START = 512
const MOST_BEHIND = 128
/** Beyond it nothing new is told apart. */
const MOST_NODES = 65_536
const ROOT = 0

/**
 * The parts of all names as a tree. Where a place has had too many different texts (names of users, words of a search),
 * the next ones are one part that is any text, `{*}`; the first ones stay what they are. The same for every reading of
 * the same keys: what was told apart once is told apart again.
 */
export class NameTree {
  readonly #children = new Map<number, number>()
  readonly #texts: number[] = [0]

  /**
   * The place where a name ends; -1 when there is no room for it. Parts of the name that are any text become such in
   * `tokens`: kind and hashes.
   */
  walk(tokens: Tokenizer, bytes: Uint8Array): number {
    let node = ROOT
    for (let t = 0; t < tokens.count; t++) {
      let child = this.#children.get(place(node, tokens.edgeA[t]!))
      if (child === undefined && tokens.kind[t] === KIND.literal && this.#isFull(node)) {
        hashEdge(KIND.star, bytes, tokens.separatorStart[t]!, tokens.start[t]!, tokens.start[t]!)
        tokens.kind[t] = KIND.star
        tokens.edgeA[t] = edgeHash.a
        tokens.edgeB[t] = edgeHash.b
        child = this.#children.get(place(node, edgeHash.a))
      }
      if (child === undefined) {
        if (this.#texts.length === MOST_NODES) return -1
        if (tokens.kind[t] === KIND.literal) this.#texts[node]!++
        child = this.#texts.length
        this.#texts.push(0)
        this.#children.set(place(node, tokens.edgeA[t]!), child)
      }
      node = child
    }
    return node
  }

  #isFull(node: number): boolean {
    return this.#texts[node]! >= (node === ROOT ? MOST_AT_START : MOST_BEHIND)
  }
}

function place(node: number, edge: number): number {
  return seededNumber(node * 2 ** 32 + (edge >>> 0))
}
