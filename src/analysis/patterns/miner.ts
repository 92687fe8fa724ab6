import { codeOf, type KeyBatch } from '../../batch.js'
import { FIGURES_BYTES } from '../../name-figures.js'
import type { RowBlock } from '../row-block.js'
import { countOf } from '../state.js'
import { CACHE_MASK, CellCache } from './cell-cache.js'
import { STRIDE } from './cell-layout.js'
import { type CellsState, PatternCells } from './cells.js'
import { DEFAULT_SEPARATORS, KIND } from './classes.js'
import { edgeHash, hashEdge } from './edges.js'
import { FoundRows, type SumsTaker } from './found-rows.js'
import { type CellMerged, Gathering, LITERALS, ROOT_LITERALS } from './gathering.js'
import { PlainNames } from './plain-names.js'
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

/** Usual sizes, and what may be restored: eight times that. */
const NODES = 16_384
const CELLS = 8192
const MOST_TIMES = 8

/** The least power of two from the usual size on that holds what was kept, with half as much again to go on. */
function roomFor(usual: number, kept: Int32Array | undefined): number {
  const needed = kept instanceof Int32Array ? Math.ceil(kept.length * 1.5) : 0
  return Math.min(usual * MOST_TIMES, Math.max(usual, 2 ** Math.ceil(Math.log2(Math.max(1, needed)))))
}

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
  /** Counts the times that nodes were put together: what their numbers stood for is no longer so. */
  generation = 0

  readonly #tokens: Tokenizer
  readonly #gathering: Gathering
  readonly #plain = new PlainNames()
  /** Cells by the quick hash of the shape, and by the full one. */
  readonly #quick = new CellCache()
  readonly #paths = new CellCache()
  /** Whether the last walk went by the parts themselves, so that the next name of this shape ends there, too. */
  #cacheable = false
  /** Set by `#cellOfName`: the cell is that of all names which differ in digits only. */
  #isPlain = false
  readonly #rows: FoundRows
  /** Cells of rows, where nobody else wants to know them. */
  #cellOfRow = new Int32Array(0)
  /** The names that are added are those of nodes of another miner. */
  #merging = false
  readonly #scratch = new Uint8Array(MAX_TOKENS * (MAX_SCAN_BYTES + 128))
  /** Pattern text per node, for `patternOf`. */
  #texts: (string | undefined)[] = []

  constructor(options: MinerOptions = {}) {
    this.separators = options.separators ?? DEFAULT_SEPARATORS
    this.nowMs = options.nowMs ?? 0
    this.tree = new PatternTree(options.maxNodes ?? NODES)
    this.cells = new PatternCells(options.maxCells ?? CELLS)
    this.#rows = new FoundRows(this.cells)
    this.#tokens = new Tokenizer(this.separators)
    this.#gathering = new Gathering(this.tree, this.cells, {
      onReshape: () => this.#rows.add(this.nowMs),
      onReshaped: () => this.#forgetPaths(),
    })
  }

  /** True when texts were gathered in `{*}` for lack of room. */
  get bounded(): boolean {
    return this.#gathering.bounded
  }

  /** Who wants to know keeps tallies per cell; only then rows that were told their cells are looked at again. */
  set onMerged(onMerged: CellMerged) {
    this.#gathering.onMerged = (from, into) => {
      this.#rows.moved(from, into)
      onMerged(from, into)
    }
  }

  /**
   * @param onSums told what the rows of each cell come to
   * @param cellOfRow is told the cell of each row
   */
  add(block: RowBlock, onSums: SumsTaker | null = null, cellOfRow?: Int32Array): void {
    const batch = block.batch!
    const { start, nameHash } = block
    const cells = cellOfRow ?? this.#columnFor(batch)
    const rows = this.#rows
    rows.begin(batch, start, cells, onSums)
    for (;;) {
      rows.found = this.#plain.find(rows.found, block.rows, cells, start)
      if (rows.found === block.rows) break
      // This may put nodes together, and have the rows that were found before added first.
      const row = start + rows.found
      cells[row] = this.#learnCell(batch, row)
      if (batch.keyEnd[row]! - batch.keyStart[row]! > FIGURES_BYTES) nameHash[rows.found] = this.#tokens.nameHash
      rows.found++
    }
    rows.add(this.nowMs)
    rows.end()
  }

  /** The cell a row belongs to; the row is not added to it. Numbers of cells change hands when `onMerged` says so. */
  cellOf(batch: KeyBatch, row: number): number {
    const cell = this.#plain.get(batch, row)
    return cell !== -1 ? cell : this.#learnCell(batch, row)
  }

  /**
   * The cell of a row whose name is like none seen before, or belongs to those that do not follow from their digits.
   */
  #learnCell(batch: KeyBatch, row: number): number {
    const start = batch.keyStart[row]!
    const end = batch.keyEnd[row]!
    const cell = this.#cellOfName(batch.keyBytes, start, end, codeOf(batch.type[row]!, batch.encoding[row]!))
    if (end - start <= FIGURES_BYTES && this.#isPlain) this.#plain.learn(batch, row, cell)
    return cell
  }

  #columnFor(batch: KeyBatch): Int32Array {
    if (this.#cellOfRow.length < batch.length) this.#cellOfRow = new Int32Array(batch.capacity)
    return this.#cellOfRow
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
      if (tree.depth[node]! >= this.#gathering.depthLimit) {
        hashEdge(KIND.rest, bytes, 0, 0, 0)
        node = tree.find(node, edgeHash.a, edgeHash.b)
        break
      }
      node = this.#findChild(node, bytes, t)
    }
    if (node === -1) return -1
    const code = codeOf(batch.type[row]!, batch.encoding[row]!)
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
    this.#gathering.bounded ||= other.bounded
  }

  state(): MinerState {
    const { state, places } = treeState(this.tree)
    return {
      separators: this.separators,
      bounded: this.bounded,
      literalLimit: this.#gathering.literalLimit,
      rootLimit: this.#gathering.rootLimit,
      depthLimit: this.#gathering.depthLimit,
      tree: state,
      cells: this.cells.state(places),
    }
  }

  /** A miner that goes on where another was. @throws StateError */
  static restore(state: MinerState): PatternMiner {
    const miner = new PatternMiner({
      separators: String(state.separators),
      // What was found with more room needs that room.
      maxNodes: roomFor(NODES, state.tree?.parents),
      maxCells: roomFor(CELLS, state.cells?.nodes),
    })
    const gathering = miner.#gathering
    gathering.bounded = state.bounded === true
    gathering.literalLimit = countOf(state.literalLimit, LITERALS, 'patterns.literalLimit')
    gathering.rootLimit = countOf(state.rootLimit, ROOT_LITERALS, 'patterns.rootLimit')
    gathering.depthLimit = countOf(state.depthLimit, MAX_TOKENS, 'patterns.depthLimit')
    const nodes = restoreTree(miner.tree, state.tree, MAX_TOKENS + 1)
    for (const cell of miner.cells.restore(state.cells, nodes)) {
      const node = miner.cells.node[cell]!
      miner.cells.next[cell] = miner.tree.firstCell[node]!
      miner.tree.firstCell[node] = cell
    }
    return miner
  }

  /**
   * Finds the cell of the name in `#tokens`, part by part, and makes what is missing.
   *
   * @param weight keys this stands for; above 1 when miners are merged
   */
  #walk(bytes: Uint8Array, code: number, weight: number): number {
    const tree = this.tree
    const tokens = this.#tokens
    if (this.#gathering.tight) this.#gathering.makeRoom()

    let cacheable = true
    let node = ROOT
    for (let t = 0; t < tokens.count; t++) {
      if (tree.depth[node]! >= this.#gathering.depthLimit) {
        node = this.#gathering.childOfKind(node, KIND.rest, bytes, 0, 0)
        break
      }
      let child = tree.find(node, tokens.edgeA[t]!, tokens.edgeB[t]!)
      if (child === -1) {
        child = this.#newChild(node, bytes, t, weight)
        // `v7` goes to `v{int}` whenever that is there.
        if (tree.kind[child] !== tokens.kind[t] && tree.kind[child] !== KIND.wordInt) cacheable = false
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
      const gathering = this.#gathering
      if (tree.literals[node]! >= gathering.literalsAt(node)) gathering.gather(node)
      if (tree.saturated[node] === 1 && !gathering.admits(node, tokens.edgeA[t]!, weight)) {
        return gathering.childOfKind(node, KIND.star, bytes, separatorStart, start)
      }
    }
    const textEnd = kind === KIND.wordInt ? tokens.digitsAt[t]! : isText(kind) ? tokens.end[t]! : start
    const child = tree.add(node, kind, tokens.edgeA[t]!, tokens.edgeB[t]!, bytes, separatorStart, start, textEnd)
    const length = tokens.end[t]! - start
    // What stands behind a {*} of another miner is not at hand; `merge` tells what it looks like.
    if (!this.#merging || isText(kind)) tree.note(child, tokens.mask[t]!, length, length)
    if (digitsAt !== 0) {
      tree.digitsAt[child] = digitsAt - start
      return this.#gathering.numbered(node, child)
    }
    return child
  }

  #forgetPaths(): void {
    this.generation++
    this.#plain.clear()
    this.#quick.clear()
    this.#paths.clear()
    if (this.#texts.length > 0) this.#texts = []
  }
}
