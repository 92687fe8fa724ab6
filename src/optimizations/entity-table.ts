import type { PairSums } from '../memory/gathered-hash.js'
import { placeOfHashes } from '../table-seed.js'

/** Entities that are kept one by one, of all families together: some 50 bytes each. */
const MOST_ENTITIES = 262_144
/** Of families that are not known to be worth more. */
const MOST_DOUBTFUL = 16_384
const FIRST_CAPACITY = 1024
/** One entity in 2^20 is kept at least: hashes that leave more than there is room for were made to do so. */
const MOST_SHIFT = 20

/** Entities of one shape of name, as far as they are kept. */
export interface SampledFamily {
  /** Of the entities, one in 2^shift is kept, chosen by the hash of its name. */
  shift: number
  /** Entities that are kept. */
  kept: number
  /** Few of its entities are enough, until more is known about it. */
  doubtful: boolean
  /** Cannot be thinned any more: further entities are not kept. */
  isFull: boolean
}

/**
 * What each entity's hash would hold, while keys come in any order. Bounded: where there are more entities than places,
 * every other one of the largest families is dropped, by hash, so that those which stay are complete.
 */
export class EntityTable {
  count = 0
  readonly families: SampledFamily[] = []
  family = new Uint16Array(FIRST_CAPACITY)
  nameLength = new Int32Array(FIRST_CAPACITY)
  pairs = new Int32Array(FIRST_CAPACITY)
  longPairs = new Int32Array(FIRST_CAPACITY)
  packedBytes = new Float64Array(FIRST_CAPACITY)
  givenBytes = new Float64Array(FIRST_CAPACITY)
  usageBytes = new Float64Array(FIRST_CAPACITY)
  ramBefore = new Float64Array(FIRST_CAPACITY)
  #hashA = new Int32Array(FIRST_CAPACITY)
  #hashB = new Int32Array(FIRST_CAPACITY)
  /** The same for all families: the largest ones cannot be thinned any more. */
  #isFull = false
  /** Places of entities by hash, -1 where none is. */
  #slots = new Int32Array(2 * FIRST_CAPACITY).fill(-1)

  constructor(readonly most = MOST_ENTITIES) {}

  /** Number of a new family. */
  addFamily(doubtful = false): number {
    this.families.push({ shift: 0, kept: 0, doubtful, isFull: false })
    return this.families.length - 1
  }

  /** False: entities with this hash are not kept, and need not be added. */
  keeps(family: number, hashA: number): boolean {
    return (hashA & ((1 << this.families[family]!.shift) - 1)) === 0
  }

  /** Adds a pair to the hash of an entity, unless it is one of those that are not kept. */
  add(family: number, hashA: number, hashB: number, nameLength: number, pair: PairSums, ramBefore: number): void {
    if (!this.keeps(family, hashA)) return
    let at = this.#find(family, hashA, hashB)
    if (at < 0) {
      const { doubtful, kept, isFull } = this.families[family]!
      if (isFull || this.#isFull) return
      const isEnough = doubtful && kept >= MOST_DOUBTFUL
      if (isEnough || this.count === this.family.length) {
        if (isEnough) this.families[family]!.isFull = !this.#thin(family)
        else if (this.count >= this.most) this.#isFull = !this.#thin(-1)
        else this.#grow()
        this.add(family, hashA, hashB, nameLength, pair, ramBefore)
        return
      }
      at = this.count++
      this.#slots[this.#slotOf(family, hashA, hashB)] = at
      this.families[family]!.kept++
      this.family[at] = family
      this.#hashA[at] = hashA
      this.#hashB[at] = hashB
      this.nameLength[at] = nameLength
      this.pairs[at] = 0
      this.longPairs[at] = 0
      this.packedBytes[at] = 0
      this.givenBytes[at] = 0
      this.usageBytes[at] = 0
      this.ramBefore[at] = 0
    }
    this.pairs[at]!++
    this.longPairs[at]! += pair.longPairs
    this.packedBytes[at]! += pair.packedBytes
    this.givenBytes[at]! += pair.givenBytes
    this.usageBytes[at]! += pair.usageBytes
    this.ramBefore[at]! += ramBefore
  }

  /** Copies an entity's sums. */
  read(at: number, into: PairSums): void {
    into.pairs = this.pairs[at]!
    into.longPairs = this.longPairs[at]!
    into.packedBytes = this.packedBytes[at]!
    into.givenBytes = this.givenBytes[at]!
    into.usageBytes = this.usageBytes[at]!
    into.expiring = 0
  }

  #find(family: number, hashA: number, hashB: number): number {
    return this.#slots[this.#slotOf(family, hashA, hashB)]!
  }

  /** The slot of an entity, or the free one where it belongs. */
  #slotOf(family: number, hashA: number, hashB: number): number {
    const slots = this.#slots
    const last = slots.length - 1
    let slot = placeOfHashes(hashA, hashB) & last
    for (;;) {
      const at = slots[slot]!
      if (at < 0) return slot
      if (this.#hashA[at] === hashA && this.#hashB[at] === hashB && this.family[at] === family) return slot
      slot = (slot + 1) & last
    }
  }

  #grow(): void {
    const capacity = Math.min(this.most, 2 * this.family.length)
    this.family = grown(this.family, new Uint16Array(capacity))
    this.nameLength = grown(this.nameLength, new Int32Array(capacity))
    this.pairs = grown(this.pairs, new Int32Array(capacity))
    this.longPairs = grown(this.longPairs, new Int32Array(capacity))
    this.packedBytes = grown(this.packedBytes, new Float64Array(capacity))
    this.givenBytes = grown(this.givenBytes, new Float64Array(capacity))
    this.usageBytes = grown(this.usageBytes, new Float64Array(capacity))
    this.ramBefore = grown(this.ramBefore, new Float64Array(capacity))
    this.#hashA = grown(this.#hashA, new Int32Array(capacity))
    this.#hashB = grown(this.#hashB, new Int32Array(capacity))
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity)))
    this.#index()
  }

  /**
   * Makes room: one family, or (-1) those with at least half as many entities as the largest, keep every other one.
   * False: they were thinned as far as may be.
   */
  #thin(only: number): boolean {
    const largest = Math.max(...this.families.map(({ kept }) => kept))
    const isThinned = ({ kept }: SampledFamily, number: number): boolean =>
      only < 0 ? 2 * kept >= largest : number === only
    const thinned = this.families.filter(isThinned).filter(({ shift }) => shift < MOST_SHIFT)
    if (thinned.length === 0) return false
    for (const family of thinned) family.shift++
    for (const family of this.families) family.kept = 0
    let left = 0
    for (let at = 0; at < this.count; at++) {
      const family = this.families[this.family[at]!]!
      if ((this.#hashA[at]! & ((1 << family.shift) - 1)) !== 0) continue
      family.kept++
      this.family[left] = this.family[at]!
      this.nameLength[left] = this.nameLength[at]!
      this.pairs[left] = this.pairs[at]!
      this.longPairs[left] = this.longPairs[at]!
      this.packedBytes[left] = this.packedBytes[at]!
      this.givenBytes[left] = this.givenBytes[at]!
      this.usageBytes[left] = this.usageBytes[at]!
      this.ramBefore[left] = this.ramBefore[at]!
      this.#hashA[left] = this.#hashA[at]!
      this.#hashB[left] = this.#hashB[at]!
      left++
    }
    this.count = left
    this.#index()
    return true
  }

  #index(): void {
    this.#slots.fill(-1)
    for (let at = 0; at < this.count; at++) {
      this.#slots[this.#slotOf(this.family[at]!, this.#hashA[at]!, this.#hashB[at]!)] = at
    }
  }
}

function grown<Column extends { set(from: Column): void }>(from: Column, into: Column): Column {
  into.set(from)
  return into
}
