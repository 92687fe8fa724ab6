import { ENCODINGS, type KeyBatch, TYPES } from '../../batch.js'
import { LOG_BUCKETS, logBucket } from '../histogram.js'
import { NameSlots, type NamesState } from '../names.js'
import { checkRange, floatsOf, intsOf, StateError } from '../state.js'

/** Position of each sum within a cell's row of `stats`. */
export const STAT = {
  keys: 0,
  ramBytes: 1,
  overheadBytes: 2,
  payloadBytes: 3,
  rdbBytes: 4,
  elements: 5,
  nameBytes: 6,
  /** Sum of squares of ramBytes. */
  ramSquares: 7,
  largestRam: 8,
  longestElement: 9,
  expiring: 10,
  expiringRam: 11,
  expired: 12,
  ttlMin: 13,
  ttlMax: 14,
  idleKeys: 15,
  idleSeconds: 16,
  freqKeys: 17,
  freq: 18,
} as const
export const STRIDE = 20

/** Slots of names per cell: the largest key, three examples, one without TTL. */
export const NAME = { largest: 0, example: 1, withoutTtl: 4 } as const
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
  /** type * 32 + encoding. */
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

  /** Adds one key. The hot end of the miner: numbers in, numbers out. */
  add(cell: number, batch: KeyBatch, row: number, nameHash: number, nowMs: number): void {
    const stats = this.stats
    const at = cell * STRIDE
    const ram = batch.ramBytes[row]!
    stats[at] = stats[at]! + 1
    stats[at + 1] = stats[at + 1]! + ram
    stats[at + 2] = stats[at + 2]! + batch.overheadBytes[row]!
    stats[at + 3] = stats[at + 3]! + batch.payloadBytes[row]!
    stats[at + 4] = stats[at + 4]! + batch.rdbBytes[row]!
    stats[at + 5] = stats[at + 5]! + batch.elements[row]!
    stats[at + 6] = stats[at + 6]! + batch.keyLength[row]!
    stats[at + 7] = stats[at + 7]! + ram * ram
    const longest = batch.longestElementBytes[row]!
    if (longest > stats[at + 9]!) stats[at + 9] = longest

    const hashes = this.nameHash
    const hashAt = cell * NAMES
    if (ram >= stats[at + 8]! && (ram > stats[at + 8]! || nameHash < hashes[hashAt]!)) {
      stats[at + 8] = ram
      this.largestDb[cell] = batch.db[row]!
      this.#setName(hashAt, batch, row, nameHash)
    }
    if (nameHash < hashes[hashAt + NAME.example + EXAMPLES - 1]!) this.#addExample(hashAt, batch, row, nameHash)

    const expiresAtMs = batch.expiresAtMs[row]!
    if (expiresAtMs >= 0) this.#addTtl(cell, expiresAtMs - nowMs, ram)
    else if (nameHash < hashes[hashAt + NAME.withoutTtl]!) this.#setName(hashAt + NAME.withoutTtl, batch, row, nameHash)

    const idle = batch.idleSeconds[row]!
    if (idle >= 0) {
      stats[at + 15] = stats[at + 15]! + 1
      stats[at + 16] = stats[at + 16]! + idle
    }
    const freq = batch.freq[row]!
    if (freq >= 0) {
      stats[at + 17] = stats[at + 17]! + 1
      stats[at + 18] = stats[at + 18]! + freq
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
    checkRange(codes, 0, 255, 'cells.codes')
    const dbs = intsOf(state.largestDbs, count, 'cells.largestDbs')
    if (state.stats?.length !== STRIDE) throw new StateError('cells.stats: other sums than here')
    const names = new NameSlots(count * NAMES)
    names.restore(state.names)
    const hashes = intsOf(state.nameHashes, count * NAMES, 'cells.nameHashes')
    const cells: number[] = []
    for (let i = 0; i < count; i++) {
      const code = codes[i]!
      if (!(code >> 5 in TYPES && (code & 31) in ENCODINGS)) throw new StateError('cells: unknown type or encoding')
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

  keys(cell: number): number {
    return this.stats[cell * STRIDE]!
  }

  /** First name slot of a cell. */
  nameSlot(cell: number): number {
    return cell * NAMES
  }

  #addTtl(cell: number, remainingMs: number, ram: number): void {
    const stats = this.stats
    const at = cell * STRIDE
    stats[at + 10] = stats[at + 10]! + 1
    stats[at + 11] = stats[at + 11]! + ram
    if (remainingMs <= 0) stats[at + 12] = stats[at + 12]! + 1
    if (remainingMs < stats[at + 13]!) stats[at + 13] = remainingMs
    if (remainingMs > stats[at + 14]!) stats[at + 14] = remainingMs
    let ttlAt = this.ttlAt[cell]!
    if (ttlAt === -1) ttlAt = this.#ttlOf(cell)
    const bucket = logBucket(remainingMs / TTL_UNIT_MS)
    const slot = ttlAt + (bucket < TTL_BUCKETS ? bucket : TTL_BUCKETS - 1)
    this.ttlCounts[slot] = this.ttlCounts[slot]! + 1
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

  #setName(slot: number, batch: KeyBatch, row: number, nameHash: number): void {
    this.nameHash[slot] = nameHash
    this.names.set(slot, batch.keyBytes, batch.keyStart[row]!, batch.keyEnd[row]!, batch.keyLength[row]!)
  }

  #copyName(from: PatternCells, fromSlot: number, slot: number): void {
    this.nameHash[slot] = from.nameHash[fromSlot]!
    this.names.copy(from.names, fromSlot, slot)
  }

  #addExample(hashAt: number, batch: KeyBatch, row: number, nameHash: number): void {
    const rank = this.#exampleRank(hashAt, nameHash)
    if (rank === EXAMPLES) return
    this.#makeRoom(hashAt, rank)
    this.#setName(hashAt + NAME.example + rank, batch, row, nameHash)
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
