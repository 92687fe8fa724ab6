import type { KeyBatch } from '../../batch.js'
import { FIGURES_BYTES } from '../../name-figures.js'
import { countOf } from '../state.js'
import { CACHE_MASK, CellCache } from './cell-cache.js'
import { type CellsState, PatternCells, STAT, STRIDE } from './cells.js'
import { DEFAULT_SEPARATORS, KIND } from './classes.js'
import { edgeHash, hashEdge } from './edges.js'
import { MAX_SCAN_BYTES, MAX_TOKENS, Tokenizer } from './tokenizer.js'
import { isText, PatternTree, ROOT } from './tree.js'
import { restoreTree, type TreeState, treeState } from './tree-state.js'

export interface MinerOptions {
  /** Characters that split names; braces of hash tags always do. */
  readonly separators?: string
  /** TTL is counted from here, in ms since 1970. Set before the first batch. */
  readonly nowMs?: number
  /** Fixed size of the tree, a power of two. */
  readonly maxNodes?: number
  /** Fixed number of pattern x type x encoding sums. */
  readonly maxCells?: number
}

/** Different texts at one place before they are seen as values of a variable: at the start of names, and behind. */
const ROOT_LITERALS = 1024
const LITERALS = 256
/** Texts `v1`, `v2` ... with the same letters at one place before they become `v{int}`. */
const NUMBERED = 8
/** How often a text must be seen at a saturated place to get a node of its own. */
const ADMIT_AFTER = 4
const SIGHTINGS = 1 << 15
/** Nodes and cells kept free, so that one key, or gathering children, never runs out. */
const SPARE_NODES = 256
const SPARE_CELLS = 16

/** What a miner has found. */
export interface MinerState {
  readonly separators: string
  readonly bounded: boolean
  /** Texts per place, behind the start of names and there; levels. */
  readonly literalLimit: number
  readonly rootLimit: number
  readonly depthLimit: number
  readonly tree: TreeState
  readonly cells: CellsState
}

/** Told when the sums of one cell went into another, so that tallies kept per cell can follow. */
export type CellMerged = (from: number, into: number) => void

/**
 * Mines the patterns of key names while they stream by, in bounded memory.
 *
 * Names are cut into parts; ids, hashes, dates and so on stand for their class; texts are kept apart until there are
 * too many different ones at a place: then the rare ones become `{*}` and the frequent ones stay. What this gives:
 *
 * - The result depends on the order of the keys only, never on batches.
 * - As long as no place has more than 256 different texts (1,024 at the start of a name) and the tree has room, it
 *   does not depend on the order either, and merging miners gives exactly what one miner would have given.
 * - Beyond that, a frequent text may have its first few keys counted under `{*}`. Sums are always complete.
 */
export class PatternMiner {
  readonly separators: string
  readonly tree: PatternTree
  readonly cells: PatternCells
  nowMs: number
  /** True when texts were gathered in `{*}` for lack of room. */
  bounded = false
  /** Counts the times that nodes were put together: what their numbers stood for is no longer so. */
  generation = 0
  onMerged: CellMerged | null = null

  readonly #tokens: Tokenizer
  /** Cells by what names of letters and digits look like, by the quick hash of the shape, and by the full one. */
  readonly #plain = new CellCache()
  readonly #quick = new CellCache()
  readonly #paths = new CellCache()
  /** Whether the last walk went by the parts themselves, so that the next name of this shape ends there, too. */
  #cacheable = false
  /** Set by `#cellOfName`: the cell is that of all names which differ in digits only. */
  #isPlain = false
  /** Of the name looked at last. */
  #nameHash = 0
  /** The names that are added are those of nodes of another miner. */
  #merging = false
  readonly #sightings = new Uint8Array(SIGHTINGS)
  #sightingsTotal = 0
  #literalLimit = LITERALS
  #rootLimit = ROOT_LITERALS
  #depthLimit = MAX_TOKENS
  readonly #scratch = new Uint8Array(MAX_TOKENS * (MAX_SCAN_BYTES + 128))
  /** Pattern text per node, for `patternOf`. */
  #texts: (string | undefined)[] = []

  constructor(options: MinerOptions = {}) {
    this.separators = options.separators ?? DEFAULT_SEPARATORS
    this.nowMs = options.nowMs ?? 0
    this.tree = new PatternTree(options.maxNodes ?? 16384)
    this.cells = new PatternCells(options.maxCells ?? 8192)
    this.#tokens = new Tokenizer(this.separators)
  }

  add(batch: KeyBatch): void {
    const cells = this.cells
    const nowMs = this.nowMs
    for (let row = 0; row < batch.length; row++) {
      cells.add(this.cellOf(batch, row), batch, row, this.#nameHash, nowMs)
    }
  }

  /** The same, and tells the cell of each row. */
  addNoting(batch: KeyBatch, cellOfRow: Int32Array): void {
    for (let row = 0; row < batch.length; row++) {
      const cell = this.cellOf(batch, row)
      this.cells.add(cell, batch, row, this.#nameHash, this.nowMs)
      cellOfRow[row] = cell
    }
  }

  /** The cell a row belongs to; the row is not added to it. Numbers of cells change hands when `onMerged` says so. */
  cellOf(batch: KeyBatch, row: number): number {
    const start = batch.keyStart[row]!
    const end = batch.keyEnd[row]!
    const code = (batch.type[row]! << 5) | batch.encoding[row]!
    if (end - start > FIGURES_BYTES) {
      const cell = this.#cellOfName(batch.keyBytes, start, end, code)
      this.#nameHash = this.#tokens.nameHash
      return cell
    }
    this.#nameHash = batch.nameHash[row]!
    // Digits are told apart by their number only, so that the length belongs to what is looked for.
    const shapeA = batch.shapeA[row]!
    const shapeB = batch.shapeB[row]!
    const lengthAndCode = ((end - start) << 8) | code
    const slot = (shapeA ^ Math.imul(lengthAndCode, 0x9e3779b1)) & CACHE_MASK
    const known = this.#plain.get(slot, shapeA, shapeB, lengthAndCode)
    if (known !== -1) return known
    const cell = this.#cellOfName(batch.keyBytes, start, end, code)
    if (this.#isPlain) this.#plain.set(slot, shapeA, shapeB, lengthAndCode, cell)
    return cell
  }

  #cellOfName(bytes: Uint8Array, start: number, end: number, code: number): number {
    const tokens = this.#tokens
    const quick = tokens.shape(bytes, start, end)
    this.#isPlain = quick && tokens.plain
    if (quick) {
      const slot = (tokens.shapeA ^ Math.imul(code, 0x9e3779b1)) & CACHE_MASK
      const cell = this.#quick.get(slot, tokens.shapeA, tokens.shapeB, code)
      if (cell !== -1) return cell
    }
    tokens.tokenize(bytes, start, end)
    const slot = (tokens.pathA ^ Math.imul(code, 0x9e3779b1)) & CACHE_MASK
    let cell = this.#paths.get(slot, tokens.pathA, tokens.pathB, code)
    if (cell === -1) {
      cell = this.#walk(bytes, code, 1)
      if (!this.#cacheable) {
        this.#isPlain = false
        return cell
      }
      this.#paths.set(slot, tokens.pathA, tokens.pathB, code, cell)
    }
    if (quick) {
      const quickSlot = (tokens.shapeA ^ Math.imul(code, 0x9e3779b1)) & CACHE_MASK
      this.#quick.set(quickSlot, tokens.shapeA, tokens.shapeB, code, cell)
    }
    return cell
  }

  /** The cell that a row which was added before is counted in by now, -1 when there is none; changes nothing. */
  findCell(batch: KeyBatch, row: number): number {
    const { tree } = this
    const tokens = this.#tokens
    const bytes = batch.keyBytes
    tokens.tokenize(bytes, batch.keyStart[row]!, batch.keyEnd[row]!)
    let node = ROOT
    for (let t = 0; t < tokens.count && node !== -1; t++) {
      if (tree.depth[node]! >= this.#depthLimit) {
        hashEdge(KIND.rest, bytes, 0, 0, 0)
        node = tree.find(node, edgeHash.a, edgeHash.b)
        break
      }
      node = this.#findChild(node, bytes, t)
    }
    if (node === -1) return -1
    const code = (batch.type[row]! << 5) | batch.encoding[row]!
    let cell = tree.firstCell[node]!
    while (cell !== -1 && this.cells.code[cell] !== code) cell = this.cells.next[cell]!
    return cell
  }

  /** The child that part `t` went to: its own, or the one it was gathered in. */
  #findChild(node: number, bytes: Uint8Array, t: number): number {
    const { tree } = this
    const tokens = this.#tokens
    const child = tree.find(node, tokens.edgeA[t]!, tokens.edgeB[t]!)
    if (child !== -1 || !isText(tokens.kind[t]!)) return child
    const separatorStart = tokens.separatorStart[t]!
    const start = tokens.start[t]!
    if (tokens.kind[t] === KIND.literal && tokens.digitsAt[t] !== 0) {
      hashEdge(KIND.wordInt, bytes, separatorStart, start, tokens.digitsAt[t]!)
      const numbered = tree.find(node, edgeHash.a, edgeHash.b)
      if (numbered !== -1) return numbered
    }
    hashEdge(KIND.star, bytes, separatorStart, start, start)
    return tree.find(node, edgeHash.a, edgeHash.b)
  }

  /**
   * The pattern of a row as far as it is known at this moment, for output that is written while reading: classes are
   * seen at once, `{*}` only after hundreds of different texts, so early rows can show a text that later rows show as
   * `{*}`, and families that `result` puts together (`{a|b}`) stay apart. Counts the row, so use a miner of its own.
   */
  patternOf(batch: KeyBatch, row: number): string {
    return this.shownText(this.nodeOf(batch, row))
  }

  /** Node of the pattern of a row, in `generation`. Counts the row, as `patternOf` does. */
  nodeOf(batch: KeyBatch, row: number): number {
    const cell = this.cellOf(batch, row)
    this.cells.stats[cell * STRIDE]!++
    return this.cells.node[cell]!
  }

  /** `patternText`, kept. */
  shownText(node: number): string {
    let text = this.#texts[node]
    if (text === undefined) {
      text = this.patternText(node)
      this.#texts[node] = text
    }
    return text
  }

  /** The pattern a node stands for, without the steps that need the whole tree. */
  patternText(node: number): string {
    let text = ''
    for (let at = node; at !== ROOT; at = this.tree.parent[at]!) {
      text = this.tree.separator(at) + this.tree.label(at) + text
    }
    return text === '' ? '[empty]' : text
  }

  /**
   * Adds everything another miner has seen.
   *
   * @param onCell told which cell of the other went into which of this; `onMerged` tells what becomes of that
   */
  merge(other: PatternMiner, onCell?: CellMerged): void {
    const theirs = other.tree
    const path: number[] = []
    const bytes = this.#scratch
    for (let cell = 0; cell < other.cells.capacity; cell++) {
      const keys = other.cells.stats[cell * STRIDE]!
      if (other.cells.live[cell] === 0) continue
      path.length = 0
      for (let node = other.cells.node[cell]!; node !== ROOT; node = theirs.parent[node]!) path.push(node)
      let used = 0
      const tokens = this.#tokens
      tokens.count = path.length
      for (let t = 0; t < path.length; t++) {
        const node = path[path.length - 1 - t]!
        const text = theirs.textBytes(node)
        bytes.set(text, used)
        tokens.separatorStart[t] = used
        tokens.start[t] = used + theirs.separatorBytes[node]!
        used += text.length
        tokens.end[t] = used
        tokens.kind[t] = theirs.kind[node]!
        tokens.edgeA[t] = theirs.edgeA[node]!
        tokens.edgeB[t] = theirs.edgeB[node]!
        tokens.mask[t] = theirs.mask[node]!
        const digits = theirs.digitsAt[node]!
        // `user{int}` keeps its letters only: they end where its digits begin.
        if (tokens.kind[t] === KIND.wordInt) tokens.digitsAt[t] = used
        else tokens.digitsAt[t] = digits === 0 ? 0 : tokens.start[t]! + digits
      }
      this.#merging = true
      const target = this.#walk(bytes, other.cells.code[cell]!, keys)
      this.#merging = false
      this.cells.merge(other.cells, cell, target)
      onCell?.(cell, target)
      // Values behind {*} are known by their looks only.
      let ours = this.cells.node[target]!
      for (const node of path) {
        if (theirs.kind[node] === KIND.star && this.tree.kind[ours] === KIND.star) {
          this.tree.note(ours, theirs.mask[node]!, theirs.shortest[node]!, theirs.longest[node]!)
        }
        if (ours !== ROOT) ours = this.tree.parent[ours]!
      }
    }
    this.bounded ||= other.bounded
  }

  state(): MinerState {
    const { state, places } = treeState(this.tree)
    return {
      separators: this.separators,
      bounded: this.bounded,
      literalLimit: this.#literalLimit,
      rootLimit: this.#rootLimit,
      depthLimit: this.#depthLimit,
      tree: state,
      cells: this.cells.state(places),
    }
  }

  /** A miner that goes on where another was. @throws StateError */
  static restore(state: MinerState): PatternMiner {
    const miner = new PatternMiner({ separators: String(state.separators) })
    miner.bounded = state.bounded === true
    miner.#literalLimit = countOf(state.literalLimit, LITERALS, 'patterns.literalLimit')
    miner.#rootLimit = countOf(state.rootLimit, ROOT_LITERALS, 'patterns.rootLimit')
    miner.#depthLimit = countOf(state.depthLimit, MAX_TOKENS, 'patterns.depthLimit')
    const nodes = restoreTree(miner.tree, state.tree, MAX_TOKENS + 1)
    for (const cell of miner.cells.restore(state.cells, nodes)) {
      const node = miner.cells.node[cell]!
      miner.cells.next[cell] = miner.tree.firstCell[node]!
      miner.tree.firstCell[node] = cell
    }
    return miner
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

  /**
   * Finds the cell of the name in `#tokens`, part by part, and makes what is missing.
   *
   * @param weight keys this stands for; above 1 when miners are merged
   */
  #walk(bytes: Uint8Array, code: number, weight: number): number {
    const tree = this.tree
    const tokens = this.#tokens
    if (tree.free < SPARE_NODES || this.cells.free < SPARE_CELLS) this.#compact()

    let cacheable = true
    let node = ROOT
    for (let t = 0; t < tokens.count; t++) {
      if (tree.depth[node]! >= this.#depthLimit) {
        node = this.#childOfKind(node, KIND.rest, bytes, 0, 0)
        break
      }
      let child = tree.find(node, tokens.edgeA[t]!, tokens.edgeB[t]!)
      if (child === -1) {
        child = this.#newChild(node, bytes, t, weight)
        if (tree.kind[child] !== tokens.kind[t]) cacheable = false
      }
      if (tree.kind[child] === KIND.star) {
        cacheable = false
        const length = tokens.end[t]! - tokens.start[t]!
        if (!this.#merging) tree.note(child, tokens.mask[t]!, length, length)
      }
      node = child
    }

    let cell = tree.firstCell[node]!
    while (cell !== -1 && this.cells.code[cell] !== code) cell = this.cells.next[cell]!
    if (cell === -1) {
      cell = this.cells.create(node, code)
      this.cells.next[cell] = tree.firstCell[node]!
      tree.firstCell[node] = cell
    }
    this.#cacheable = cacheable
    return cell
  }

  /** The child for part `t`, which `node` does not have: a new one, `v{int}` for `v7`, or `{*}`. */
  #newChild(node: number, bytes: Uint8Array, t: number, weight: number): number {
    const tree = this.tree
    const tokens = this.#tokens
    const kind = tokens.kind[t]!
    const separatorStart = tokens.separatorStart[t]!
    const start = tokens.start[t]!
    const digitsAt = kind === KIND.literal ? tokens.digitsAt[t]! : 0
    if (digitsAt !== 0) {
      hashEdge(KIND.wordInt, bytes, separatorStart, start, digitsAt)
      const numbered = tree.find(node, edgeHash.a, edgeHash.b)
      if (numbered !== -1) return numbered
    }
    if (isText(kind)) {
      const limit = node === ROOT ? this.#rootLimit : this.#literalLimit
      if (tree.literals[node]! >= limit) this.#gather(node, limit >> 1)
      if (tree.saturated[node] === 1 && !this.#admit(node, tokens.edgeA[t]!, weight)) {
        return this.#childOfKind(node, KIND.star, bytes, separatorStart, start)
      }
    }
    const textEnd = kind === KIND.wordInt ? tokens.digitsAt[t]! : isText(kind) ? tokens.end[t]! : start
    const child = tree.add(node, kind, tokens.edgeA[t]!, tokens.edgeB[t]!, bytes, separatorStart, start, textEnd)
    const length = tokens.end[t]! - start
    // What stands behind a {*} of another miner is not at hand; `merge` tells what it looks like.
    if (!this.#merging || isText(kind)) tree.note(child, tokens.mask[t]!, length, length)
    if (digitsAt !== 0) {
      tree.digitsAt[child] = digitsAt - start
      tree.numbered[node]!++
      if (tree.numbered[node]! % NUMBERED === 0) return this.#gatherNumbered(node, child)
    }
    return child
  }

  /** The only child of a variable kind with these separators. */
  #childOfKind(node: number, kind: number, bytes: Uint8Array, separatorStart: number, start: number): number {
    hashEdge(kind, bytes, separatorStart, start, start)
    const { a, b } = edgeHash
    const child = this.tree.find(node, a, b)
    return child !== -1 ? child : this.tree.add(node, kind, a, b, bytes, separatorStart, start, start)
  }

  /** Whether a text at a saturated place was seen often enough lately. */
  #admit(node: number, edge: number, weight: number): boolean {
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
    this.#forgetPaths()
    return result
  }

  /** Keeps the `keep` heaviest texts below a node and gathers the others in `{*}`. */
  #gather(node: number, keep: number): void {
    const tree = this.tree
    const texts: { node: number; keys: number }[] = []
    let at = tree.detachAll(node)
    while (at !== -1) {
      const next = tree.nextSibling[at]!
      if (isText(tree.kind[at]!)) texts.push({ node: at, keys: this.keysBelow(at) })
      else tree.attach(at, node)
      at = next
    }
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
      this.#mergeInto(text, this.#childOfKind(node, KIND.star, bytes, 0, tree.separatorBytes[text]!))
    }
    tree.saturated[node] = 1
    this.bounded = true
    this.#forgetPaths()
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
    if (tree.literals[target]! > this.#literalLimit) this.#gather(target, this.#literalLimit >> 1)
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
  #compact(): void {
    const enough = (): boolean => this.tree.free > this.tree.capacity / 2 && this.cells.free > this.cells.capacity / 2
    while (!enough()) {
      if (this.#literalLimit > 4) {
        this.#literalLimit >>= 1
        this.#rootLimit = Math.max(4, this.#rootLimit >> 1)
        this.#gatherAll(ROOT)
      } else {
        this.#depthLimit = Math.max(1, Math.min(12, this.#depthLimit - 1))
        this.#cutBelow(ROOT)
        if (this.#depthLimit === 1 && !enough()) this.#cutAt(ROOT)
      }
      this.bounded = true
      this.#forgetPaths()
    }
  }

  #gatherAll(node: number): void {
    const tree = this.tree
    const limit = node === ROOT ? this.#rootLimit : this.#literalLimit
    if (tree.literals[node]! > limit) this.#gather(node, limit >> 1)
    for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!) this.#gatherAll(child)
  }

  /** Replaces everything below the depth limit by one `rest` child each. */
  #cutBelow(node: number): void {
    const tree = this.tree
    if (tree.depth[node]! >= this.#depthLimit) {
      if (tree.firstChild[node] !== -1) this.#cutAt(node)
      return
    }
    for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!) this.#cutBelow(child)
  }

  #cutAt(node: number): void {
    const tree = this.tree
    const first = tree.detachAll(node)
    const rest = this.#childOfKind(node, KIND.rest, this.#scratch, 0, 0)
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

  #forgetPaths(): void {
    this.generation++
    this.#plain.clear()
    this.#quick.clear()
    this.#paths.clear()
    if (this.#texts.length > 0) this.#texts = []
  }
}
