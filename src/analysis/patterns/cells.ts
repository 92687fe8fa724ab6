import { CODES, isCode } from '../../batch.js'
import { LOG_BUCKETS, logBucket } from '../histogram.js'
import { NameSlots, type NamesState } from '../names.js'
import { rowBlock } from '../row-block.js'
import type { RowSums } from '../row-sums.js'
import { checkRange, floatsOf, intsOf, StateError } from '../state.js'
import { NAME, STAT, STRIDE } from './cell-layout.js'

const NAMES = 5
const EXAMPLES = 3

/** TTL histogram: in units of 256 ms, so that 2^35 units (280 years) fit. Bucket 0: expired, or gone in 256 ms. */
const TTL_UNIT_MS = 256
const TTL_BUCKETS = 8 + 32 * 8

/** Cells as a list. */
export interface CellsState {
  /** Place of the node in the state of the tree. */
  readonly nodes: Int32Array
  readonly codes: Int32Array
  readonly largestDbs: Int32Array
  /** One list per sum. */
  readonly stats: readonly Float64Array[]
  /** `NAMES` slots per cell. */
  readonly names: NamesState
  readonly nameHashes: Int32Array
  /** Cells with a TTL histogram, and their histograms one after the other. */
  readonly ttlCells: Int32Array
  readonly ttlCounts: Float64Array
}

/**
 * Sums per cell: one pattern, type and encoding. A fixed number of rows of numbers; freed rows are used again.
 */
export class PatternCells {
  readonly capacity: number
  readonly stats: Float64Array
  /** Node of the tree the cell belongs to. */
  readonly node: Int32Array
  /** Type and encoding, see `codeOf`. */
  readonly code: Uint8Array
  /** 1 while the cell is in use. */
  readonly live: Uint8Array
  /** Next cell of the same node, -1 at the end. */
  readonly next: Int32Array
  /** Hash of the name in each name slot: the smallest hashes are the examples. */
  readonly nameHash: Int32Array
  readonly largestDb: Int32Array
  readonly names: NameSlots
  /** Where the cell's TTL histogram begins in `ttlCounts`; -1 while no key of the cell expires. */
  readonly ttlAt: Int32Array
  ttlCounts = new Uint32Array(TTL_BUCKETS * 64)
  #ttlUsed = 0
  readonly #ttlFree: number[] = []
  #firstFree = 0
  free: number

  constructor(capacity: number) {
    this.capacity = capacity
    this.free = capacity
    this.stats = new Float64Array(capacity * STRIDE)
    this.node = new Int32Array(capacity)
    this.code = new Uint8Array(capacity)
    this.live = new Uint8Array(capacity)
    this.next = new Int32Array(capacity)
    for (let cell = 0; cell < capacity; cell++) this.next[cell] = cell + 1 < capacity ? cell + 1 : -1
    this.nameHash = new Int32Array(capacity * NAMES)
    this.largestDb = new Int32Array(capacity)
    this.names = new NameSlots(capacity * NAMES)
    this.ttlAt = new Int32Array(capacity).fill(-1)
  }

  create(node: number, code: number): number {
    const cell = this.#firstFree
    this.#firstFree = this.next[cell]!
    this.free--
    this.node[cell] = node
    this.code[cell] = code
    this.next[cell] = -1
    this.live[cell] = 1
    this.stats.fill(0, cell * STRIDE, (cell + 1) * STRIDE)
    this.stats[cell * STRIDE + STAT.largestRam] = -1
    this.stats[cell * STRIDE + STAT.ttlMin] = Number.POSITIVE_INFINITY
    this.stats[cell * STRIDE + STAT.ttlMax] = Number.NEGATIVE_INFINITY
    this.nameHash.fill(0x7fffffff, cell * NAMES, (cell + 1) * NAMES)
    return cell
  }

  release(cell: number): void {
    this.live[cell] = 0
    for (let slot = cell * NAMES; slot < (cell + 1) * NAMES; slot++) this.names.clear(slot)
    const ttlAt = this.ttlAt[cell]!
    if (ttlAt !== -1) {
      this.ttlCounts.fill(0, ttlAt, ttlAt + TTL_BUCKETS)
      this.#ttlFree.push(ttlAt)
      this.ttlAt[cell] = -1
    }
    this.next[cell] = this.#firstFree
    this.#firstFree = cell
    this.free++
  }

  /** Adds rows of the cell `sums.group`. */
  add(sums: RowSums, nowMs: number): void {
    const { stats, nameHash } = this
    const cell = sums.group
    const at = cell * STRIDE
    const nameAt = cell * NAMES
    stats[at + STAT.keys]! += sums.keys
    stats[at + STAT.ramBytes]! += sums.ramBytes
    stats[at + STAT.overheadBytes]! += sums.overheadBytes
    stats[at + STAT.payloadBytes]! += sums.payloadBytes
    stats[at + STAT.rdbBytes]! += sums.rdbBytes
    stats[at + STAT.elements]! += sums.elements
    stats[at + STAT.nameBytes]! += sums.nameBytes
    stats[at + STAT.ramSquares] = sums.ramSquares
    stats[at + STAT.expiring]! += sums.expiringKeys
    stats[at + STAT.expiringRam]! += sums.expiringRamBytes
    if (sums.longestElementBytes > stats[at + STAT.longestElement]!) {
      stats[at + STAT.longestElement] = sums.longestElementBytes
    }
    const larger = sums.mostRamBytes - stats[at + STAT.largestRam]!
    const { leastNameHash } = sums
    if (larger > 0 || (larger === 0 && leastNameHash < nameHash[nameAt]!)) this.#addLargest(cell, sums)
    if (
      leastNameHash < nameHash[nameAt + NAME.example + EXAMPLES - 1]! ||
      (leastNameHash < nameHash[nameAt + NAME.withoutTtl]! && sums.expiringKeys < sums.keys)
    ) {
      this.#addExamples(nameAt, sums)
    }
    if (sums.expiringKeys > 0) this.#addTtl(cell, sums, nowMs)
    if (rowBlock.hasUse) this.#addUse(cell, sums)
  }

  /** Of equally large keys the one with the least hash of its name stays. */
  #addLargest(cell: number, sums: RowSums): void {
    const at = cell * STRIDE + STAT.largestRam
    const large = sums.listLarge(sums.mostRamBytes)
    for (let i = 0; i < sums.large; i++) {
      const row = large[i]!
      if (sums.mostRamBytes === this.stats[at] && rowBlock.nameHash[row]! >= this.nameHash[cell * NAMES]!) continue
      this.stats[at] = sums.mostRamBytes
      this.largestDb[cell] = sums.batch!.db[sums.start + row]!
      this.#setName(cell * NAMES, sums, row)
    }
  }

  #addExamples(nameAt: number, sums: RowSums): void {
    const rows = sums.listRows()
    const kept = this.nameHash
    for (let i = sums.begin; i < sums.end; i++) {
      const row = rows[i]!
      const hash = rowBlock.nameHash[row]!
      if (hash < kept[nameAt + NAME.example + EXAMPLES - 1]!) this.#addExample(nameAt, sums, row)
      if (hash < kept[nameAt + NAME.withoutTtl]! && rowBlock.expiresAtMs[row]! < 0) {
        this.#setName(nameAt + NAME.withoutTtl, sums, row)
      }
    }
  }

  #addTtl(cell: number, sums: RowSums, nowMs: number): void {
    const { expiresAtMs } = rowBlock
    const { stats } = this
    const at = cell * STRIDE
    const ttlAt = this.#ttlOf(cell)
    const { ttlCounts } = this
    const { expiringRows, expiringEnd } = sums
    let expired = 0
    let min = stats[at + STAT.ttlMin]!
    let max = stats[at + STAT.ttlMax]!
    for (let i = expiringEnd - sums.expiringKeys; i < expiringEnd; i++) {
      const remainingMs = expiresAtMs[expiringRows[i]!]! - nowMs
      if (remainingMs < 0) expired++
      if (remainingMs < min) min = remainingMs
      if (remainingMs > max) max = remainingMs
      const bucket = logBucket(remainingMs / TTL_UNIT_MS)
      const slot = ttlAt + (bucket < TTL_BUCKETS ? bucket : TTL_BUCKETS - 1)
      ttlCounts[slot] = ttlCounts[slot]! + 1
    }
    stats[at + STAT.expired]! += expired
    stats[at + STAT.ttlMin] = min
    stats[at + STAT.ttlMax] = max
  }

  #addUse(cell: number, sums: RowSums): void {
    const { idleSeconds, freq } = rowBlock
    const { stats } = this
    const at = cell * STRIDE
    const rows = sums.listRows()
    for (let i = sums.begin; i < sums.end; i++) {
      const row = rows[i]!
      if (idleSeconds[row]! >= 0) {
        stats[at + STAT.idleKeys]!++
        stats[at + STAT.idleSeconds]! += idleSeconds[row]!
      }
      if (freq[row]! >= 0) {
        stats[at + STAT.freqKeys]!++
        stats[at + STAT.freq]! += freq[row]!
      }
    }
  }

  /** Adds the sums of a cell of `from` (which may be this) to a cell of this. */
  merge(from: PatternCells, source: number, target: number): void {
    const theirs = from.stats
    const ours = this.stats
    const a = source * STRIDE
    const b = target * STRIDE
    const sourceNames = source * NAMES
    const targetNames = target * NAMES
    for (let stat = 0; stat < STAT.largestRam; stat++) ours[b + stat]! += theirs[a + stat]!
    for (let stat = STAT.idleKeys; stat <= STAT.freq; stat++) ours[b + stat]! += theirs[a + stat]!
    ours[b + STAT.expiring]! += theirs[a + STAT.expiring]!
    ours[b + STAT.expiringRam]! += theirs[a + STAT.expiringRam]!
    ours[b + STAT.expired]! += theirs[a + STAT.expired]!
    ours[b + STAT.longestElement] = Math.max(ours[b + STAT.longestElement]!, theirs[a + STAT.longestElement]!)
    ours[b + STAT.ttlMin] = Math.min(ours[b + STAT.ttlMin]!, theirs[a + STAT.ttlMin]!)
    ours[b + STAT.ttlMax] = Math.max(ours[b + STAT.ttlMax]!, theirs[a + STAT.ttlMax]!)

    const largest = theirs[a + STAT.largestRam]! - ours[b + STAT.largestRam]!
    if (largest > 0 || (largest === 0 && from.nameHash[sourceNames]! < this.nameHash[targetNames]!)) {
      ours[b + STAT.largestRam] = theirs[a + STAT.largestRam]!
      this.largestDb[target] = from.largestDb[source]!
      this.#copyName(from, sourceNames, targetNames)
    }
    for (let example = 0; example < EXAMPLES; example++) {
      const slot = sourceNames + NAME.example + example
      if (from.names.isEmpty(slot)) break
      const rank = this.#exampleRank(targetNames, from.nameHash[slot]!)
      if (rank === EXAMPLES) continue
      this.#makeRoom(targetNames, rank)
      this.#copyName(from, slot, targetNames + NAME.example + rank)
    }
    const without = NAME.withoutTtl
    if (from.nameHash[sourceNames + without]! < this.nameHash[targetNames + without]!) {
      this.#copyName(from, sourceNames + without, targetNames + without)
    }
    const theirTtl = from.ttlAt[source]!
    if (theirTtl !== -1) {
      const ourTtl = this.#ttlOf(target)
      for (let bucket = 0; bucket < TTL_BUCKETS; bucket++) {
        this.ttlCounts[ourTtl + bucket]! += from.ttlCounts[theirTtl + bucket]!
      }
    }
  }

  /** Adds the TTL histogram of a cell to `counts`, which has `LOG_BUCKETS` entries in units of 256 ms. */
  addTtlCounts(cell: number, counts: Float64Array): void {
    const at = this.ttlAt[cell]!
    if (at === -1) return
    for (let bucket = 0; bucket < TTL_BUCKETS; bucket++) counts[bucket]! += this.ttlCounts[at + bucket]!
  }

  /** @param places where each node stands in the state of the tree */
  state(places: Int32Array): CellsState {
    const cells: number[] = []
    for (let cell = 0; cell < this.capacity; cell++) if (this.live[cell] === 1) cells.push(cell)
    const names = new NameSlots(cells.length * NAMES)
    const nameHashes = new Int32Array(cells.length * NAMES)
    const withTtl: number[] = []
    for (const [i, cell] of cells.entries()) {
      if (this.ttlAt[cell] !== -1) withTtl.push(i)
      for (let name = 0; name < NAMES; name++) {
        names.copy(this.names, cell * NAMES + name, i * NAMES + name)
        nameHashes[i * NAMES + name] = this.nameHash[cell * NAMES + name]!
      }
    }
    const ttlCounts = new Float64Array(withTtl.length * TTL_BUCKETS)
    for (const [i, place] of withTtl.entries()) {
      const at = this.ttlAt[cells[place]!]!
      ttlCounts.set(this.ttlCounts.subarray(at, at + TTL_BUCKETS), i * TTL_BUCKETS)
    }
    return {
      nodes: Int32Array.from(cells, (cell) => places[this.node[cell]!]!),
      codes: Int32Array.from(cells, (cell) => this.code[cell]!),
      largestDbs: Int32Array.from(cells, (cell) => this.largestDb[cell]!),
      stats: Array.from({ length: STRIDE }, (_, stat) =>
        Float64Array.from(cells, (cell) => this.stats[cell * STRIDE + stat]!),
      ),
      names: names.state(),
      nameHashes,
      ttlCells: Int32Array.from(withTtl),
      ttlCounts,
    }
  }

  /**
   * Fills cells that are empty.
   *
   * @param nodes the node at each place of the state of the tree
   * @returns the cells, in the order of the state
   * @throws StateError
   */
  restore(state: CellsState, nodes: Int32Array): readonly number[] {
    const places = intsOf(state.nodes, null, 'cells.nodes')
    const count = places.length
    if (count > this.free) throw new StateError('cells: more than fit')
    checkRange(places, 0, nodes.length - 1, 'cells.nodes')
    const codes = intsOf(state.codes, count, 'cells.codes')
    checkRange(codes, 0, CODES - 1, 'cells.codes')
    const dbs = intsOf(state.largestDbs, count, 'cells.largestDbs')
    if (state.stats?.length !== STRIDE) throw new StateError('cells.stats: other sums than here')
    const names = new NameSlots(count * NAMES)
    names.restore(state.names)
    const hashes = intsOf(state.nameHashes, count * NAMES, 'cells.nameHashes')
    const cells: number[] = []
    for (let i = 0; i < count; i++) {
      const code = codes[i]!
      if (!isCode(code)) throw new StateError('cells: unknown type or encoding')
      if (names.isEmpty(i * NAMES)) throw new StateError('cells: the largest key of a cell is missing')
      const cell = this.create(nodes[places[i]!]!, code)
      cells.push(cell)
      this.largestDb[cell] = dbs[i]!
      for (let name = 0; name < NAMES; name++) {
        this.names.copy(names, i * NAMES + name, cell * NAMES + name)
        this.nameHash[cell * NAMES + name] = hashes[i * NAMES + name]!
      }
    }
    for (const [stat, values] of state.stats.entries()) {
      floatsOf(values, count, 'cells.stats')
      for (let i = 0; i < count; i++) this.stats[cells[i]! * STRIDE + stat] = values[i]!
    }
    const ttlCells = intsOf(state.ttlCells, null, 'cells.ttlCells')
    if (ttlCells.length > count) throw new StateError('cells.ttlCells: more than there are cells')
    checkRange(ttlCells, 0, count - 1, 'cells.ttlCells')
    const counts = floatsOf(state.ttlCounts, ttlCells.length * TTL_BUCKETS, 'cells.ttlCounts')
    for (const [i, place] of ttlCells.entries()) {
      const at = this.#ttlOf(cells[place]!)
      this.ttlCounts.set(counts.subarray(i * TTL_BUCKETS, (i + 1) * TTL_BUCKETS), at)
    }
    return cells
  }

  ramSquares(cell: number): number {
    return this.stats[cell * STRIDE + STAT.ramSquares]!
  }

  keys(cell: number): number {
    return this.stats[cell * STRIDE]!
  }

  /** First name slot of a cell. */
  nameSlot(cell: number): number {
    return cell * NAMES
  }

  #ttlOf(cell: number): number {
    const at = this.ttlAt[cell]!
    if (at !== -1) return at
    let fresh = this.#ttlFree.pop()
    if (fresh === undefined) {
      fresh = this.#ttlUsed
      this.#ttlUsed += TTL_BUCKETS
      if (this.#ttlUsed > this.ttlCounts.length) {
        const larger = new Uint32Array(this.ttlCounts.length * 2)
        larger.set(this.ttlCounts)
        this.ttlCounts = larger
      }
    }
    this.ttlAt[cell] = fresh
    return fresh
  }

  /** @param row row of the block */
  #setName(slot: number, { batch, start }: RowSums, row: number): void {
    const at = start + row
    this.nameHash[slot] = rowBlock.nameHash[row]!
    this.names.set(slot, batch!.keyBytes, batch!.keyStart[at]!, batch!.keyEnd[at]!, batch!.keyLength[at]!)
  }

  #copyName(from: PatternCells, fromSlot: number, slot: number): void {
    this.nameHash[slot] = from.nameHash[fromSlot]!
    this.names.copy(from.names, fromSlot, slot)
  }

  #addExample(hashAt: number, sums: RowSums, row: number): void {
    const rank = this.#exampleRank(hashAt, rowBlock.nameHash[row]!)
    if (rank === EXAMPLES) return
    this.#makeRoom(hashAt, rank)
    this.#setName(hashAt + NAME.example + rank, sums, row)
  }

  /** Place of a hash among the examples, smallest first; EXAMPLES when it is too large or there already. */
  #exampleRank(hashAt: number, nameHash: number): number {
    for (let rank = 0; rank < EXAMPLES; rank++) {
      const slot = hashAt + NAME.example + rank
      if (this.names.isEmpty(slot) || nameHash < this.nameHash[slot]!) return rank
      if (nameHash === this.nameHash[slot]) return EXAMPLES
    }
    return EXAMPLES
  }

  #makeRoom(hashAt: number, rank: number): void {
    for (let i = EXAMPLES - 1; i > rank; i--) {
      const slot = hashAt + NAME.example + i
      if (!this.names.isEmpty(slot - 1)) this.#copyName(this, slot - 1, slot)
    }
  }
}

/** Milliseconds of a TTL bucket's value. */
export function ttlMs(units: number): number {
  return units * TTL_UNIT_MS
}

/** What a histogram that gathers cells must hold. */
export const TTL_COUNTS = LOG_BUCKETS
