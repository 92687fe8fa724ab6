import type { Container, RdbString, StreamConsumer, StreamGroup, StreamId } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import type { Costs } from '../costs.js'
import { RaxSize } from '../structs/rax.js'
import type { Tally } from '../tally.js'
import { PendingIds } from './pending-ids.js'

/** `MEMORY USAGE` before 8.6 and Valkey 8.1 guesses 30 pointers for each tree node. */
const GUESSED_POINTERS_PER_NODE = 30

/** Prices streams: a radix tree of listpacks, and trees for groups, consumers and pending entries. */
export class StreamSizer {
  readonly #entriesTree: RaxSize
  readonly #groupsTree: RaxSize
  readonly #consumersTree: RaxSize
  readonly #pendingTree: RaxSize
  readonly #ownPendingTree: RaxSize
  readonly #pendingIds: PendingIds

  #blobs = 0
  #blobsRequested = 0
  #blobsGiven = 0
  #blobsUsage = 0
  #groups = 0
  #consumers = 0
  #pending = 0
  #namesRequested = 0
  #namesGiven = 0
  #treesRequested = 0
  #treesGiven = 0
  #treeNodes = 0
  /** What `MEMORY USAGE` counts for groups. */
  #groupsUsage = 0
  #inGroup = false
  #inConsumer = false
  #firstGroupPending = 0
  #producers = 0
  #producerBytes = 0

  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {
    const tree = () => new RaxSize(costs.allocator, costs.pointerBytes, costs.model.raxLeaves)
    this.#entriesTree = tree()
    this.#groupsTree = tree()
    this.#consumersTree = tree()
    this.#pendingTree = tree()
    this.#ownPendingTree = tree()
    this.#pendingIds = new PendingIds()
  }

  /** Work that freeing the stream takes, by the server's own measure (lazyfree.c). */
  get freeEffort(): number {
    return this.#entriesTree.nodes + this.#groups * (1 + this.#firstGroupPending)
  }

  begin(): void {
    this.#entriesTree.reset()
    this.#groupsTree.reset()
    this.#pendingIds.reset()
    this.#blobs = 0
    this.#blobsRequested = 0
    this.#blobsGiven = 0
    this.#blobsUsage = 0
    this.#groups = 0
    this.#consumers = 0
    this.#pending = 0
    this.#namesRequested = 0
    this.#namesGiven = 0
    this.#treesRequested = 0
    this.#treesGiven = 0
    this.#treeNodes = 0
    this.#groupsUsage = 0
    this.#inGroup = false
    this.#inConsumer = false
    this.#firstGroupPending = 0
    this.#producers = 0
    this.#producerBytes = 0
  }

  node(id: StreamId): void {
    this.#entriesTree.addId(id.msHigh, id.msLow, id.seqHigh, id.seqLow)
  }

  /** Always walked: only names and values count as payload. */
  container(container: Container): boolean {
    const bytes = container.bytes
    const given = this.costs.given(bytes)
    this.#blobs++
    this.#blobsRequested += bytes
    this.#blobsGiven += given
    this.#blobsUsage += this.costs.model.streamUsage === 'struct-and-given' ? given : bytes
    return true
  }

  field(field: RdbString, value: RdbString): void {
    const { tally } = this
    const longest = Math.max(field.length, value.length)
    tally.payloadBytes += field.length + value.length
    if (longest > tally.longestElementBytes) tally.longestElementBytes = longest
  }

  group(group: StreamGroup): void {
    this.#closeGroup()
    if (this.#groups++ === 0) this.#firstGroupPending = group.pending
    const name = group.name.load()
    this.#groupsTree.addName(name.bytes, name.start, name.end)
    this.#pendingTree.reset()
    this.#consumersTree.reset()
    this.#inGroup = true
  }

  pending(id: StreamId): void {
    this.#pendingTree.addId(id.msHigh, id.msLow, id.seqHigh, id.seqLow)
    this.#pendingIds.add(this.#groups, id)
  }

  consumer(consumer: StreamConsumer): void {
    this.#closeConsumer()
    const { costs } = this
    const name = consumer.name.load()
    this.#consumersTree.addName(name.bytes, name.start, name.end)
    this.#consumers++
    this.#namesRequested += costs.sdsBytes(name.length)
    this.#namesGiven += costs.sdsGiven(name.length)
    this.#groupsUsage += costs.structs.streamConsumer
    this.#groupsUsage += costs.model.streamUsage === 'tracked' ? costs.sdsUsage(name.length) : name.length
    this.#ownPendingTree.reset()
    this.#inConsumer = true
  }

  consumerPending(id: StreamId): void {
    this.#ownPendingTree.addId(id.msHigh, id.msLow, id.seqHigh, id.seqLow)
  }

  producer(name: RdbString): void {
    this.#producers++
    // Not measured: name, struct and an empty table of its own.
    this.#producerBytes += this.costs.sdsGiven(name.length) + 128
    this.tally.estimated = true
  }

  producerEntry(iid: RdbString): void {
    this.#producerBytes += this.costs.sdsGiven(iid.length) + 40
  }

  end(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    const { structs, model } = costs
    this.#closeGroup()
    tally.payloadBytes += keyLength
    tally.encoding = ENCODING.stream
    costs.addKey(tally, keyLength, hasExpiry)
    tally.add('stream', 1, structs.stream, costs.given(structs.stream))
    tally.add('entries (listpacks)', this.#blobs, this.#blobsRequested, this.#blobsGiven)

    let usage = costs.keyUsage(keyLength, hasExpiry) + this.#blobsUsage + this.#groupsUsage
    if (model.streamUsage !== 'bytes') usage += structs.stream
    usage += this.#closeTree(this.#entriesTree)
    if (this.#groups > 0) {
      const groupsUsage = this.#closeTree(this.#groupsTree)
      if (model.streamUsage === 'tracked') usage += groupsUsage
    }
    if (model.pendingIndex) {
      const pendingUsage = this.#addDistinctPending()
      if (model.streamUsage === 'tracked') usage += pendingUsage
    }
    tally.add('tree nodes', this.#treeNodes, this.#treesRequested, this.#treesGiven)
    this.#addStructs('consumer groups', this.#groups, structs.streamCG)
    this.#addStructs('consumers', this.#consumers, structs.streamConsumer)
    tally.add('consumer names (sds)', this.#consumers, this.#namesRequested, this.#namesGiven)
    this.#addStructs('pending entries', this.#pending, structs.streamNACK)
    if (this.#producers > 0) tally.add('producers', this.#producers, this.#producerBytes, this.#producerBytes)
    tally.memoryUsageBytes = usage
  }

  #addStructs(what: string, count: number, bytes: number): void {
    if (count > 0) this.tally.add(what, count, count * bytes, count * this.costs.given(bytes))
  }

  #closeGroup(): void {
    if (!this.#inGroup) return
    this.#closeConsumer()
    const { structs, model } = this.costs
    const pending = this.#pendingTree.keys
    this.#pending += pending
    this.#groupsUsage += structs.streamCG + this.#closePendingTree() + pending * structs.streamNACK
    const consumersUsage = this.#closeTree(this.#consumersTree)
    if (model.streamUsage === 'tracked') this.#groupsUsage += consumersUsage
    this.#inGroup = false
  }

  #closeConsumer(): void {
    if (!this.#inConsumer) return
    this.#groupsUsage += this.#closeTree(this.#ownPendingTree)
    this.#inConsumer = false
  }

  /**
   * The tree of pending IDs, and beside it the one by delivery time, which is taken to be like it: most come many at a
   * time.
   */
  #closePendingTree(): number {
    const { pendingByTime } = this.costs.model
    if (pendingByTime && this.#pendingTree.keys > 0) this.tally.estimated = true
    return this.#closeTrees(this.#pendingTree, pendingByTime ? 2 : 1)
  }

  /** Counts a finished tree as so many like it. */
  #closeTrees(tree: RaxSize, times: number): number {
    const nodes = this.#treeNodes
    const requested = this.#treesRequested
    const given = this.#treesGiven
    const usage = this.#closeTree(tree)
    const more = times - 1
    this.#treeNodes += Math.round(more * (this.#treeNodes - nodes))
    this.#treesRequested += Math.round(more * (this.#treesRequested - requested))
    this.#treesGiven += Math.round(more * (this.#treesGiven - given))
    return Math.round(times * usage)
  }

  /** Counts a finished tree; returns what `MEMORY USAGE` says about it. */
  #closeTree(tree: RaxSize): number {
    const { structs, model, pointerBytes } = this.costs
    tree.finish()
    this.#treeNodes += tree.nodes + 1
    this.#treesRequested += structs.rax + tree.requestedBytes
    this.#treesGiven += this.costs.given(structs.rax) + tree.givenBytes
    if (model.raxUsage === 'given') return structs.rax + tree.givenBytes
    return 16 * tree.keys + (4 + GUESSED_POINTERS_PER_NODE * pointerBytes) * tree.nodes
  }

  /** 8.2 and later keep a tree over all pending IDs of all groups, with a list of the groups behind each. */
  #addDistinctPending(): number {
    if (this.#pending === 0) return 0
    const tree = this.#pendingTree
    tree.reset()
    const kept = this.#pendingIds.addTo(tree)
    const { factor } = this.#pendingIds
    const usage = this.#closeTrees(tree, factor)
    const { costs, tally } = this
    const distinct = Math.round(factor * kept)
    const list = costs.structs.list
    const node = costs.structs.listNode
    tally.add('lists of groups by pending ID', distinct, distinct * list, distinct * costs.given(list))
    tally.add('list nodes', this.#pending, this.#pending * node, this.#pending * costs.given(node))
    if (factor > 1) tally.estimated = true
    return usage
  }
}
