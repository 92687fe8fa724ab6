import type { Container, RdbString } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import type { Costs } from '../costs.js'
import { canonicalInteger, integerOf } from '../structs/integers.js'
import { PackedSize } from '../structs/packed.js'
import { isIntegerScore, scoreText } from '../structs/score-text.js'
import { embeddedSdsBytes } from '../structs/sds.js'
import { EmbeddedNodeBytes, expectedNodeBytes, MEAN_LEVELS } from '../structs/skiplist.js'
import type { Tally } from '../tally.js'
import { ElementObjects } from './element-objects.js'
import { ValueTable } from './table.js'

const TEXT = new Uint8Array(32)

/** Prices sorted sets: packed, or skiplist with a hash table beside it. */
export class ZsetSizer {
  readonly #packed: PackedSize
  readonly #table: ValueTable
  readonly #objects: ElementObjects
  /** Expected bytes of a node that points to its member. */
  readonly #nodeGiven: number
  readonly #embeddedNodes: EmbeddedNodeBytes | null
  readonly #maxEntries: number
  readonly #maxValue: number

  #blobBytes = 0
  #fromBlob = false
  #mayPack = true
  #mayHash = true
  #count = 0
  #textGiven = 0
  #textRequested = 0
  #textUsage = 0
  #nodesGiven = 0
  #nodesRequested = 0

  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {
    const { structs, model } = costs
    this.#packed = new PackedSize(model.packed)
    this.#table = new ValueTable(costs, 'zset')
    this.#objects = new ElementObjects(costs)
    this.#nodeGiven = expectedNodeBytes(costs.allocator, structs.zskiplistNode, structs.zskiplistLevel)
    this.#embeddedNodes =
      model.skiplistMember === 'embedded'
        ? new EmbeddedNodeBytes(costs.allocator, structs.zskiplistLevel, (length) => this.#embeddedFixed(length))
        : null
    this.#maxEntries = costs.settings['zset-max-listpack-entries']
    this.#maxValue = costs.settings['zset-max-listpack-value']
  }

  begin(): void {
    this.#packed.reset()
    this.#table.reset()
    this.#objects.reset()
    this.#blobBytes = 0
    this.#fromBlob = false
    this.#mayPack = true
    this.#mayHash = true
    this.#count = 0
    this.#textGiven = 0
    this.#textRequested = 0
    this.#textUsage = 0
    this.#nodesGiven = 0
    this.#nodesRequested = 0
  }

  count(pairs: number): void {
    if (pairs > this.#maxEntries) this.#mayPack = false
  }

  /** Always walked: only members count as payload, which a blob does not keep apart. */
  container(container: Container): boolean {
    this.#fromBlob = true
    const pairs = container.entries < 0 ? Infinity : container.entries / 2
    if (pairs > this.#maxEntries) {
      if (container.entries >= 0) this.#mayPack = false
    } else {
      this.#mayHash = false
      if (container.kind === this.costs.model.packed) this.#blobBytes = container.bytes
    }
    return true
  }

  /** A skiplist, whose members are priced by their lengths. */
  get takesLengths(): boolean {
    return !this.#mayPack && !this.#fromBlob && !this.costs.model.elementObjects
  }

  lengths(lengths: Int32Array, count: number): void {
    const { tally } = this
    this.#count += count
    for (let i = 0; i < count; i++) {
      const length = lengths[i]!
      tally.payloadBytes += length
      if (length > tally.longestElementBytes) tally.longestElementBytes = length
      this.#addText(length)
    }
  }

  member(member: RdbString, score: number, stored: RdbString | null): void {
    const { tally } = this
    const length = member.length
    tally.payloadBytes += length
    if (length > tally.longestElementBytes) tally.longestElementBytes = length
    this.#count++
    if (this.#mayPack && this.#blobBytes === 0) {
      if (length > this.#maxValue && !this.#fromBlob) this.#mayPack = false
      else {
        this.#packed.add(length, integerOf(member))
        // What a blob stores is taken over entry by entry, whatever text the target itself would write.
        if (this.#fromBlob && stored !== null) this.#packed.add(stored.length, integerOf(stored))
        else this.#addScore(score)
      }
    }
    if (this.#mayHash) this.#addNode(member, length)
  }

  end(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    tally.payloadBytes += keyLength
    costs.addKey(tally, keyLength, hasExpiry)
    const keyUsage = costs.keyUsage(keyLength, hasExpiry)
    if ((this.#mayPack && this.#count <= this.#maxEntries) || !this.#mayHash) {
      const bytes = this.#blobBytes > 0 ? this.#blobBytes : this.#packed.bytes
      tally.encoding = costs.model.packed === 'listpack' ? ENCODING.listpack : ENCODING.ziplist
      tally.add(costs.model.packed, 1, bytes, costs.given(bytes))
      tally.memoryUsageBytes = keyUsage + costs.packedUsage(bytes)
    } else this.#skiplist(keyUsage)
  }

  #embeddedFixed(length: number): number {
    const { structs, model, sdsKind } = this.costs
    return structs.zskiplistNode + model.skiplistMemberBytes + embeddedSdsBytes(sdsKind, length)
  }

  #addScore(score: number): void {
    const kind = this.costs.model.scores
    if (isIntegerScore(kind, score)) {
      this.#packed.add(0, score)
      return
    }
    const text = scoreText(kind, score)
    for (let i = 0; i < text.length; i++) TEXT[i] = text.charCodeAt(i)
    this.#packed.add(text.length, canonicalInteger(TEXT, 0, text.length))
  }

  #addNode(member: RdbString, length: number): void {
    if (this.costs.model.elementObjects) this.#objects.add(length, integerOf(member))
    else this.#addText(length)
  }

  /** A member with an sds of its own, or in its node. */
  #addText(length: number): void {
    const { costs } = this
    if (this.#embeddedNodes !== null) {
      this.#nodesGiven += this.#embeddedNodes.of(length)
      this.#nodesRequested += this.#embeddedFixed(length) + MEAN_LEVELS * costs.structs.zskiplistLevel
      return
    }
    const bytes = costs.sdsBytes(length)
    const given = costs.given(bytes)
    this.#textGiven += given
    this.#textRequested += bytes
    this.#textUsage += costs.sdsUsageOf(length, bytes, given)
  }

  #skiplist(keyUsage: number): void {
    const { costs, tally } = this
    const { model, structs } = costs
    const count = this.#count
    this.#fill()
    tally.encoding = ENCODING.skiplist
    tally.estimated = true
    // Valkey 9.1 keeps no list struct: length and tail stand in the header node.
    const isWhole = model.hashtables && this.#embeddedNodes !== null
    const headerBytes = structs.zskiplistNode + model.skiplistMaxLevel * structs.zskiplistLevel
    tally.add('zset', 1, structs.zset, costs.given(structs.zset))
    if (!isWhole) tally.add('skiplist', 1, structs.zskiplist, costs.given(structs.zskiplist))
    tally.add('skiplist header node', 1, headerBytes, costs.given(headerBytes))
    this.#table.addTo(tally, 0)
    let nodesGiven = this.#nodesGiven
    if (this.#embeddedNodes !== null) tally.add('skiplist nodes with members', count, this.#nodesRequested, nodesGiven)
    else {
      nodesGiven = count * this.#nodeGiven
      const node = structs.zskiplistNode + MEAN_LEVELS * structs.zskiplistLevel
      tally.add('skiplist nodes', count, count * node, nodesGiven)
      if (model.elementObjects) tally.add('member objects', count, this.#objects.requested, this.#objects.given)
      else tally.add('members (sds)', count, this.#textRequested, this.#textGiven)
    }
    const table = this.#table
    const fixed = !model.skiplistUsageWhole
      ? 0
      : isWhole
        ? headerBytes + table.structUsage
        : structs.zskiplist + costs.given(headerBytes) + table.structUsage
    tally.memoryUsageBytes =
      keyUsage +
      structs.zset +
      fixed +
      table.tablesUsage +
      table.entriesUsage +
      Math.round(nodesGiven + this.#textUsage)
  }

  #fill(): void {
    const { model } = this.costs
    const count = this.#count
    if (this.#fromBlob) {
      if (model.presizesZsetConversion || model.hashtables) this.#table.expand(count)
    } else if (model.presizesCollections) this.#table.expandBeyondFirst(count)
    this.#table.add(count)
  }
}
