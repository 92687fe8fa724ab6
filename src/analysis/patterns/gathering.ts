import { STAT, STRIDE } from './cell-layout.js'
import type { PatternCells } from './cells.js'
import { KIND } from './classes.js'
import { edgeHash, hashEdge } from './edges.js'
import { MAX_TOKENS } from './tokenizer.js'
import { isText, type PatternTree, ROOT } from './tree.js'

/** Different texts at one place before they are seen as values of a variable: at the start of names, and behind. */
export const ROOT_LITERALS = 1024
export const LITERALS = 256
/** Texts `v1`, `v2` ... with the same letters at one place before they become `v{int}`. */
const NUMBERED = 8
/** How often a text must be seen at a saturated place to get a node of its own. */
const ADMIT_AFTER = 4
const SIGHTINGS = 1 << 15
/** Nodes and cells kept free, so that one key, or gathering children, never runs out. */
const SPARE_NODES = 256
const SPARE_CELLS = 16

/** The rest of a name has no text. */
const NO_TEXT = new Uint8Array(0)

/** Told when the sums of one cell went into another, so that tallies kept per cell can follow. */
export type CellMerged = (from: number, into: number) => void

export interface ReshapeListener {
  /** Told before nodes are put together: sums of keys are asked for, and cells may go. */
  readonly onReshape: () => void
  /** Told afterwards: what led to one node may lead to another now. */
  readonly onReshaped: () => void
}

/** Keeps the tree of a miner within its room: puts nodes together, as `{*}`, `v{int}` or the rest of a name. */
export class Gathering {
  readonly tree: PatternTree
  readonly cells: PatternCells
  /** True when texts were gathered in `{*}` for lack of room. */
  bounded = false
  onMerged: CellMerged | null = null
  /** Texts that a place may have, behind the start of names and there; levels. They only shrink. */
  literalLimit = LITERALS
  rootLimit = ROOT_LITERALS
  depthLimit = MAX_TOKENS
  readonly #listener: ReshapeListener
  readonly #sightings = new Uint8Array(SIGHTINGS)
  #sightingsTotal = 0

  constructor(tree: PatternTree, cells: PatternCells, listener: ReshapeListener) {
    this.tree = tree
    this.cells = cells
    this.#listener = listener
  }

  /** Little room is left. */
  get tight(): boolean {
    return this.tree.free < SPARE_NODES || this.cells.free < SPARE_CELLS
  }

  /** Texts that a place may have. */
  literalsAt(node: number): number {
    return node === ROOT ? this.rootLimit : this.literalLimit
  }

  /** Another text has come to a place where texts end with a number. Returns the node that holds `child` then. */
  numbered(node: number, child: number): number {
    this.tree.numbered[node]!++
    return this.tree.numbered[node]! % NUMBERED === 0 ? this.#gatherNumbered(node, child) : child
  }

  /** Whether a text at a saturated place was seen often enough lately. */
  admits(node: number, edge: number, weight: number): boolean {
    let hash = Math.imul(node + 1, 0x9e3779b1) ^ edge
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    const slot = (hash ^ (hash >>> 12)) & (SIGHTINGS - 1)
    const seen = Math.min(255, this.#sightings[slot]! + weight)
    this.#sightings[slot] = seen
    if (++this.#sightingsTotal > SIGHTINGS / 2) {
      this.#sightingsTotal = 0
      for (let i = 0; i < SIGHTINGS; i++) this.#sightings[i]! >>= 1
    }
    return seen >= ADMIT_AFTER
  }

  /** The only child of a variable kind with these separators. */
  childOfKind(node: number, kind: number, bytes: Uint8Array, separatorStart: number, start: number): number {
    hashEdge(kind, bytes, separatorStart, start, start)
    const { a, b } = edgeHash
    const child = this.tree.find(node, a, b)
    return child !== -1 ? child : this.tree.add(node, kind, a, b, bytes, separatorStart, start, start)
  }

  /** Puts `v1`, `v2` ... together as `v{int}` where there are many; returns the node that holds `child` then. */
  #gatherNumbered(node: number, child: number): number {
    const tree = this.tree
    const counts = new Map<string, number>()
    const prefix = (at: number): string => {
      const separatorBytes = tree.separatorBytes[at]!
      const text = tree.textBytes(at).subarray(0, separatorBytes + tree.digitsAt[at]!)
      return `${separatorBytes} ${text.join(' ')}`
    }
    for (let at = tree.firstChild[node]!; at !== -1; at = tree.nextSibling[at]!) {
      if (tree.digitsAt[at] !== 0) counts.set(prefix(at), (counts.get(prefix(at)) ?? 0) + 1)
    }
    let result = child
    let any = false
    for (const count of counts.values()) if (count >= NUMBERED) any = true
    if (!any) return result
    this.#listener.onReshape()
    for (let at = tree.detachAll(node); at !== -1; ) {
      const next = tree.nextSibling[at]!
      if (tree.digitsAt[at] !== 0 && counts.get(prefix(at))! >= NUMBERED) {
        const separatorBytes = tree.separatorBytes[at]!
        const text = tree.textBytes(at)
        const digitsAt = separatorBytes + tree.digitsAt[at]!
        hashEdge(KIND.wordInt, text, 0, separatorBytes, digitsAt)
        const { a, b } = edgeHash
        let into = tree.find(node, a, b)
        if (into === -1) into = tree.add(node, KIND.wordInt, a, b, text, 0, separatorBytes, digitsAt)
        this.#mergeInto(at, into)
        if (at === child) result = into
      } else tree.attach(at, node)
      at = next
    }
    this.#listener.onReshaped()
    return result
  }

  /** Keeps the heaviest texts below a node, half as many as it may have, and gathers the others in `{*}`. */
  gather(node: number): void {
    this.#listener.onReshape()
    const tree = this.tree
    const texts: { node: number; keys: number }[] = []
    let at = tree.detachAll(node)
    while (at !== -1) {
      const next = tree.nextSibling[at]!
      if (isText(tree.kind[at]!)) texts.push({ node: at, keys: this.keysBelow(at) })
      else tree.attach(at, node)
      at = next
    }
    const keep = this.literalsAt(node) >> 1
    texts.sort(
      (a, b) =>
        b.keys - a.keys || tree.edgeA[a.node]! - tree.edgeA[b.node]! || tree.edgeB[a.node]! - tree.edgeB[b.node]!,
    )
    for (let rank = 0; rank < texts.length; rank++) {
      const { node: text, keys } = texts[rank]!
      if (rank < keep && keys >= ADMIT_AFTER) {
        tree.attach(text, node)
        continue
      }
      const bytes = tree.textBytes(text)
      this.#mergeInto(text, this.childOfKind(node, KIND.star, bytes, 0, tree.separatorBytes[text]!))
    }
    tree.saturated[node] = 1
    this.bounded = true
    this.#listener.onReshaped()
  }

  /** Moves everything of `source`, which is off its parent's list, into `target`. */
  #mergeInto(source: number, target: number): void {
    const { tree, cells } = this
    for (let cell = tree.firstCell[source]!; cell !== -1; ) {
      const next = cells.next[cell]!
      this.#moveCell(cell, target)
      cell = next
    }
    for (let child = tree.detachAll(source); child !== -1; ) {
      const next = tree.nextSibling[child]!
      const same = tree.find(target, tree.edgeA[child]!, tree.edgeB[child]!)
      if (same === -1) tree.attach(child, target)
      else this.#mergeInto(child, same)
      child = next
    }
    tree.note(target, tree.mask[source]!, tree.shortest[source]!, tree.longest[source]!)
    if (tree.saturated[source] === 1) tree.saturated[target] = 1
    tree.release(source)
    if (tree.literals[target]! > this.literalLimit) this.gather(target)
  }

  #moveCell(cell: number, target: number): void {
    const { tree, cells } = this
    let same = tree.firstCell[target]!
    while (same !== -1 && cells.code[same] !== cells.code[cell]) same = cells.next[same]!
    if (same === -1) {
      cells.node[cell] = target
      cells.next[cell] = tree.firstCell[target]!
      tree.firstCell[target] = cell
      return
    }
    cells.merge(cells, cell, same)
    this.onMerged?.(cell, same)
    cells.release(cell)
  }

  /** Makes room: fewer texts per place, and if that is not enough, fewer levels. */
  makeRoom(): void {
    this.#listener.onReshape()
    const enough = (): boolean => this.tree.free > this.tree.capacity / 2 && this.cells.free > this.cells.capacity / 2
    while (!enough()) {
      if (this.literalLimit > 4) {
        this.literalLimit >>= 1
        this.rootLimit = Math.max(4, this.rootLimit >> 1)
        this.#gatherAll(ROOT)
      } else {
        this.depthLimit = Math.max(1, Math.min(12, this.depthLimit - 1))
        this.#cutBelow(ROOT)
        if (this.depthLimit === 1 && !enough()) this.#cutAt(ROOT)
      }
      this.bounded = true
      this.#listener.onReshaped()
    }
  }

  #gatherAll(node: number): void {
    const tree = this.tree
    if (tree.literals[node]! > this.literalsAt(node)) this.gather(node)
    for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!) this.#gatherAll(child)
  }

  /** Replaces everything below the depth limit by one `rest` child each. */
  #cutBelow(node: number): void {
    const tree = this.tree
    if (tree.depth[node]! >= this.depthLimit) {
      if (tree.firstChild[node] !== -1) this.#cutAt(node)
      return
    }
    for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!) this.#cutBelow(child)
  }

  #cutAt(node: number): void {
    const tree = this.tree
    const first = tree.detachAll(node)
    const rest = this.childOfKind(node, KIND.rest, NO_TEXT, 0, 0)
    for (let child = first; child !== -1; ) {
      const next = tree.nextSibling[child]!
      if (child === rest) tree.attach(child, node)
      else this.#flatten(child, rest)
      child = next
    }
  }

  #flatten(node: number, into: number): void {
    const { tree, cells } = this
    for (let cell = tree.firstCell[node]!; cell !== -1; ) {
      const next = cells.next[cell]!
      this.#moveCell(cell, into)
      cell = next
    }
    for (let child = tree.detachAll(node); child !== -1; ) {
      const next = tree.nextSibling[child]!
      this.#flatten(child, into)
      child = next
    }
    tree.release(node)
  }

  /** Keys below a node, itself included. */
  keysBelow(node: number): number {
    let keys = 0
    for (let cell = this.tree.firstCell[node]!; cell !== -1; cell = this.cells.next[cell]!) {
      keys += this.cells.stats[cell * STRIDE + STAT.keys]!
    }
    for (let child = this.tree.firstChild[node]!; child !== -1; child = this.tree.nextSibling[child]!) {
      keys += this.keysBelow(child)
    }
    return keys
  }
}
