import type { Allocator } from '../allocators/index.js'

/** raxNode header: four bit fields in 32 bits (rax.h). */
const NODE_HEADER_BYTES = 4
const INITIAL_DEPTHS = 64

/**
 * Size of a radix tree (rax.c), built from its keys in ascending order in memory that depends on the longest key only.
 *
 * A tree that only saw inserts has one form: a path without branching is one node with all its characters; a branch is
 * a node with one character per child; where a key ends inside a path the path is split; every leaf is an empty node.
 *
 *     node = 4 + characters + padding to a pointer + child pointers (one when compressed) + value pointer of a key
 *
 * Kept is only the rightmost path: the depths at which it cannot be one node any more. Everything left of it is final.
 */
export class RaxSize {
  nodes = 0
  requestedBytes = 0
  givenBytes = 0
  keys = 0

  // The rightmost path, from the root down.
  #depth = new Float64Array(INITIAL_DEPTHS)
  #children = new Int32Array(INITIAL_DEPTHS)
  #firstEdge = new Float64Array(INITIAL_DEPTHS)
  #isKey = new Uint8Array(INITIAL_DEPTHS)
  #top = 0

  // The key before, to know what the next one shares with it: an ID as four words, or bytes.
  #w0 = 0
  #w1 = 0
  #w2 = 0
  #w3 = 0
  #name = new Uint8Array(256)
  #nameLength = 0

  constructor(
    private readonly allocator: Allocator,
    private readonly pointerBytes: number,
    /** False where the value of a leaf stands in the pointer to it, so that there is no node (Redis 8.8). */
    private readonly hasLeaves = true,
  ) {
    this.reset()
  }

  reset(): void {
    this.nodes = 0
    this.requestedBytes = 0
    this.givenBytes = 0
    this.keys = 0
    this.#top = 0
    this.#depth[0] = 0
    this.#children[0] = 0
    this.#isKey[0] = 0
    this.#nameLength = 0
  }

  /** Adds a 16-byte stream ID, larger than all before; another order only blurs the size. */
  addId(msHigh: number, msLow: number, seqHigh: number, seqLow: number): void {
    if (this.keys === 0) this.#open(0, 16)
    else {
      const shared = this.#sharedIdBytes(msHigh, msLow, seqHigh, seqLow)
      if (shared < 16) this.#open(shared, 16)
    }
    this.#w0 = msHigh
    this.#w1 = msLow
    this.#w2 = seqHigh
    this.#w3 = seqLow
  }

  /** Adds a name, larger than all before. */
  addName(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    const most = Math.min(length, this.#nameLength)
    const before = this.#name
    let shared = 0
    while (shared < most && before[shared] === bytes[start + shared]) shared++
    if (this.keys === 0 || shared < length || shared < this.#nameLength) this.#open(shared, length)
    if (length > before.length) this.#name = new Uint8Array(length * 2)
    this.#name.set(bytes.subarray(start, end))
    this.#nameLength = length
  }

  /** Closes the tree; sizes are final then. Without keys it is one empty root. */
  finish(): void {
    while (this.#top > 0) this.#closeTop(this.#depth[this.#top - 1]!)
    this.#closeNode(0)
  }

  #sharedIdBytes(w0: number, w1: number, w2: number, w3: number): number {
    if (w0 !== this.#w0) return Math.clz32(w0 ^ this.#w0) >> 3
    if (w1 !== this.#w1) return 4 + (Math.clz32(w1 ^ this.#w1) >> 3)
    if (w2 !== this.#w2) return 8 + (Math.clz32(w2 ^ this.#w2) >> 3)
    if (w3 !== this.#w3) return 12 + (Math.clz32(w3 ^ this.#w3) >> 3)
    return 16
  }

  /** A key of `length` that shares `shared` characters with the one before. */
  #open(shared: number, length: number): void {
    this.keys++
    while (this.#top > 0 && this.#depth[this.#top]! > shared) {
      const parent = this.#depth[this.#top - 1]!
      if (parent >= shared) this.#closeTop(parent)
      else {
        // The paths part inside an edge: a new branch takes the place of what was below.
        const edge = this.#depth[this.#top]! - shared
        this.#closeNode(this.#top)
        this.#depth[this.#top] = shared
        this.#children[this.#top] = 1
        this.#firstEdge[this.#top] = edge
        this.#isKey[this.#top] = 0
      }
    }
    if (length === this.#depth[this.#top]) {
      this.#isKey[this.#top] = 1
      return
    }
    this.#push(length)
  }

  #push(depth: number): void {
    this.#top++
    if (this.#top === this.#depth.length) this.#grow()
    this.#depth[this.#top] = depth
    this.#children[this.#top] = 0
    this.#firstEdge[this.#top] = 0
    this.#isKey[this.#top] = 1
  }

  /** The lowest point of the path is final: count it, and its edge in the point above, which is at `parentDepth`. */
  #closeTop(parentDepth: number): void {
    const edge = this.#depth[this.#top]! - parentDepth
    this.#closeNode(this.#top)
    this.#top--
    const parent = this.#top
    const children = ++this.#children[parent]!
    if (children === 1) {
      this.#firstEdge[parent] = edge
      return
    }
    // Two children: the point branches, and each edge keeps its first character there.
    if (children === 2) this.#addPath(this.#firstEdge[parent]! - 1)
    this.#addPath(edge - 1)
  }

  #closeNode(at: number): void {
    const children = this.#children[at]!
    if (children === 0 && at > 0 && !this.hasLeaves) return
    if (children === 1) this.#addNode(this.#firstEdge[at]!, 1, this.#isKey[at]!)
    else this.#addNode(children, children, this.#isKey[at]!)
  }

  #addPath(characters: number): void {
    if (characters > 0) this.#addNode(characters, 1, 0)
  }

  #addNode(characters: number, children: number, isKey: number): void {
    const pointer = this.pointerBytes
    const padded = Math.ceil((NODE_HEADER_BYTES + characters) / pointer) * pointer
    const bytes = padded + children * pointer + isKey * pointer
    this.nodes++
    this.requestedBytes += bytes
    this.givenBytes += this.allocator.given(bytes)
  }

  #grow(): void {
    this.#depth = widen(this.#depth, new Float64Array(this.#depth.length * 2))
    this.#children = widen(this.#children, new Int32Array(this.#children.length * 2))
    this.#firstEdge = widen(this.#firstEdge, new Float64Array(this.#firstEdge.length * 2))
    this.#isKey = widen(this.#isKey, new Uint8Array(this.#isKey.length * 2))
  }
}

function widen<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
