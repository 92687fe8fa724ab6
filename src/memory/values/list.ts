import type { Container, RdbString } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import type { Costs } from '../costs.js'
import { integerOf } from '../structs/integers.js'
import { PackedSize } from '../structs/packed.js'
import type { Tally } from '../tally.js'
import { CompressedNodes } from './compressed-nodes.js'
import { ElementObjects } from './element-objects.js'

/** `list-max-listpack-size` -1 to -5. */
const NODE_LIMITS = [4096, 8192, 16384, 32768, 65536]
/** SIZE_SAFETY_LIMIT: with a limit in entries, nodes do not grow beyond this either. */
const SAFETY_LIMIT = 8192
/** Before 7.4 an element has a node of its own only above this. */
const PLAIN_ALWAYS = 2 ** 30
/** What a listpack entry is reckoned with beside its text when a node is filled. */
const LISTPACK_OVERHEAD = 8

/** RDB type 10: one ziplist, written by Redis up to 3.0. */
export const TYPE_LIST_ZIPLIST = 10

/** Prices lists: quicklists of packed nodes, single listpacks, linked lists of old servers. */
export class ListSizer {
  readonly #node: PackedSize
  readonly #objects: ElementObjects
  readonly #limitBytes: number
  readonly #limitEntries: number
  /** Null while `list-compress-depth` is 0. */
  readonly #compression: CompressedNodes | null

  #typeId = 0
  /** Nodes are taken over as they are stored. */
  #keepsNodes = false
  #inNode = false
  #nodeHasElements = false

  #nodes = 0
  #nodeUsage = 0
  #blobRequested = 0
  #blobGiven = 0
  #lastNodeBytes = 0
  #lastNodeEntries = 0
  #lastNodePlain = false

  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {
    this.#node = new PackedSize(costs.model.packed)
    this.#objects = new ElementObjects(costs)
    const fill = costs.settings['list-max-listpack-size']
    this.#limitBytes = fill < 0 ? NODE_LIMITS[Math.min(5, -fill) - 1]! : SAFETY_LIMIT
    // quicklistNodeLimit (quicklist.c): a node has room for one entry at least.
    this.#limitEntries = fill < 0 ? Infinity : Math.max(1, fill)
    this.#compression = costs.settings['list-compress-depth'] > 0 ? new CompressedNodes(costs) : null
  }

  /** Nodes of the quicklist. */
  get nodeCount(): number {
    return this.#nodes
  }

  /** Bytes of the only node, when there is one. */
  get onlyNodeBytes(): number {
    return this.#nodes === 1 ? this.#lastNodeBytes : 0
  }

  /** Most bytes of a node that is filled element by element. */
  get nodeLimitBytes(): number {
    return this.#limitBytes
  }

  begin(typeId: number): void {
    this.#typeId = typeId
    this.#keepsNodes = this.costs.model.lists !== 'linked' && (typeId === 14 || typeId === 18)
    this.#compression?.reset()
    this.#inNode = false
    this.#nodeHasElements = false
    this.#nodes = 0
    this.#nodeUsage = 0
    this.#blobRequested = 0
    this.#blobGiven = 0
    this.#lastNodeBytes = 0
    this.#lastNodeEntries = 0
    this.#lastNodePlain = false
    this.#node.reset()
    this.#objects.reset()
  }

  container(container: Container): boolean {
    this.#inNode = this.#keepsNodes
    if (!this.#keepsNodes) return true
    this.#node.reset()
    this.#compression?.beginNode(container.kind === 'plain')
    // How a node compresses is known when it was stored compressed; else its bytes are needed.
    const isOpen = this.#compression !== null && container.lzfBytes === 0
    if (container.kind === 'plain') return isOpen
    return isOpen || container.kind !== this.costs.model.packed
  }

  containerEnd(container: Container): void {
    this.#inNode = false
    if (!this.#keepsNodes) return
    // Elements that were shown one by one are counted already.
    const isCounted = this.#node.entries > 0
    if (container.kind === 'plain') {
      if (!isCounted) this.#count(container.bytes, container.bytes)
      if (this.costs.model.packed === 'ziplist') {
        // No plain nodes there: the element would be alone in a ziplist.
        if (!isCounted) this.#node.add(container.bytes, Number.NaN)
        this.#addNode(this.#node.bytes, 1, 0, false)
      } else this.#addNode(container.bytes, 1, container.lzfBytes, true)
    } else if (container.kind === this.costs.model.packed) {
      if (!isCounted) this.#count(container.payloadBytes, container.longestEntryBytes)
      // Empty nodes of old damaged dumps are dropped by the loader.
      if (container.entries !== 0) this.#addNode(container.bytes, container.entries, container.lzfBytes, false)
    } else if (this.#node.entries > 0) {
      // The stored compression is that of the other format.
      this.#addNode(this.#node.bytes, this.#node.entries, 0, false)
    }
  }

  element(value: RdbString): void {
    const length = value.length
    const tally = this.tally
    tally.payloadBytes += length
    if (length > tally.longestElementBytes) tally.longestElementBytes = length
    const integer = integerOf(value)
    if (this.#inNode) this.#compression?.add(value)
    if (this.costs.model.lists === 'linked') {
      this.#node.add(length, integer)
      this.#objects.add(length, integer)
    } else if (this.#inNode) this.#node.add(length, integer)
    else this.#push(value, length, integer)
  }

  end(keyLength: number, hasExpiry: number, elements: number): void {
    const { costs, tally } = this
    tally.payloadBytes += keyLength
    costs.addKey(tally, keyLength, hasExpiry)
    if (costs.model.lists === 'linked') {
      this.#endLinked()
      tally.memoryUsageBytes = costs.keyUsage(keyLength, hasExpiry)
      return
    }
    if (!this.#keepsNodes) this.#closeFilledNode()
    const keyUsage = costs.keyUsage(keyLength, hasExpiry)
    if (this.#becomesListpack()) {
      const bytes = this.#lastNodeBytes
      tally.encoding = ENCODING.listpack
      tally.add('listpack', 1, bytes, costs.given(bytes))
      tally.memoryUsageBytes = keyUsage + costs.packedUsage(bytes)
      return
    }
    const { structs } = costs
    tally.encoding = ENCODING.quicklist
    tally.add('quicklist', 1, structs.quicklist, costs.given(structs.quicklist))
    const nodes = this.#nodes
    tally.add('quicklist nodes', nodes, nodes * structs.quicklistNode, nodes * costs.given(structs.quicklistNode))
    tally.add('elements, packed', nodes, this.#blobRequested, this.#blobGiven)
    const compression = this.#compression
    if (compression?.estimated === true) tally.estimated = true
    if (compression !== null && compression.nodes > 0) {
      const saved = compression.saved
      tally.add('saved by compressing inner nodes', compression.nodes, -saved.requested, -saved.given)
      this.#nodeUsage -= saved.usage
    }
    tally.memoryUsageBytes = this.#quicklistUsage(keyUsage, elements)
  }

  #quicklistUsage(keyUsage: number, elements: number): number {
    const { costs } = this
    const { model, structs } = costs
    const sum = this.#nodeUsage
    const parts = model.quicklistUsageByElements ? elements : this.#nodes
    switch (model.collectionUsage) {
      case 'tracked':
        return keyUsage + structs.quicklist + sum
      case 'sampled-whole':
        return Math.trunc(keyUsage + structs.quicklist + spread(sum, parts))
      default:
        return Math.trunc(costs.robjBytes + structs.quicklist + spread(sum, parts)) + keyUsage - costs.robjBytes
    }
  }

  #endLinked(): void {
    const { costs, tally, settings } = { costs: this.costs, tally: this.tally, settings: this.costs.settings }
    const entries = this.#node.entries
    const fits =
      entries <= settings['list-max-ziplist-entries'] &&
      // The length of elements is not checked in a blob that is loaded whole.
      (this.#typeId === TYPE_LIST_ZIPLIST || tally.longestElementBytes <= settings['list-max-ziplist-value'])
    if (fits) {
      tally.encoding = ENCODING.ziplist
      tally.add('ziplist', 1, this.#node.bytes, costs.given(this.#node.bytes))
      return
    }
    tally.encoding = ENCODING.linkedlist
    tally.add('list', 1, costs.structs.list, costs.given(costs.structs.list))
    tally.add('list nodes', entries, entries * costs.structs.listNode, entries * costs.given(costs.structs.listNode))
    tally.add('element objects', entries, this.#objects.requested, this.#objects.given)
  }

  /** Appends an element the way the server pushes it to the tail. */
  #push(value: RdbString, length: number, integer: number): void {
    const { model } = this.costs
    const plainAbove = model.plainNodes ? this.#limitBytes : PLAIN_ALWAYS
    if (model.packed === 'listpack' && length > plainAbove) {
      this.#closeFilledNode()
      this.#compression?.beginNode(true)
      this.#compression?.add(value)
      this.#addNode(length, 1, 0, true)
      return
    }
    if (this.#nodeHasElements && !this.#hasRoom(length)) this.#closeFilledNode()
    if (!this.#nodeHasElements) this.#compression?.beginNode(false)
    this.#compression?.add(value)
    this.#node.add(length, integer)
    this.#nodeHasElements = true
  }

  #hasRoom(length: number): boolean {
    const overhead =
      this.costs.model.packed === 'listpack'
        ? LISTPACK_OVERHEAD
        : (length < 254 ? 1 : 5) + (length < 64 ? 1 : length < 16384 ? 2 : 5)
    return this.#node.bytes + length + overhead <= this.#limitBytes && this.#node.entries < this.#limitEntries
  }

  #closeFilledNode(): void {
    if (!this.#nodeHasElements) return
    this.#addNode(this.#node.bytes, this.#node.entries, 0, false)
    this.#node.reset()
    this.#nodeHasElements = false
  }

  #addNode(bytes: number, entries: number, lzfBytes: number, plain: boolean): void {
    const { costs } = this
    const { model, structs } = costs
    this.#nodes++
    this.#lastNodeBytes = bytes
    this.#lastNodeEntries = entries
    this.#lastNodePlain = plain
    const given = costs.given(bytes)
    this.#blobRequested += bytes
    this.#blobGiven += given
    this.#nodeUsage += structs.quicklistNode + (model.packedUsage === 'bytes' ? bytes : given)
    this.#compression?.endNode(bytes, lzfBytes)
  }

  #count(payloadBytes: number, longestBytes: number): void {
    const { tally } = this
    tally.payloadBytes += payloadBytes
    if (longestBytes > tally.longestElementBytes) tally.longestElementBytes = longestBytes
  }

  #becomesListpack(): boolean {
    if (this.costs.model.lists !== 'listpack-or-quicklist' || this.#typeId === TYPE_LIST_ZIPLIST) return false
    if (this.#nodes !== 1 || this.#lastNodePlain) return false
    if (this.#limitEntries !== Infinity) return this.#lastNodeEntries <= this.#limitEntries
    return this.#lastNodeBytes <= this.#limitBytes
  }
}

/** A sum as the server extrapolates it from samples, with its rounding. */
function spread(sum: number, parts: number): number {
  return parts === 0 ? 0 : (sum / parts) * parts
}
