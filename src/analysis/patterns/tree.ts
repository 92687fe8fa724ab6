import { placeOfHashes } from '../../table-seed.js'
import { exactText } from '../names.js'
import { KIND, KIND_TEXT } from './classes.js'

const TEXT_SLOT_BYTES = 40
export const ROOT = 0

/**
 * The tree of name parts as columns of numbers: one node per part below its parent, a fixed number of nodes, freed
 * nodes used again. A node is found by its parent and the two hashes of its edge.
 */
export class PatternTree {
  readonly capacity: number
  readonly parent: Int32Array
  readonly firstChild: Int32Array
  readonly nextSibling: Int32Array
  readonly edgeA: Int32Array
  readonly edgeB: Int32Array
  readonly kind: Uint8Array
  readonly depth: Uint8Array
  /** First cell of the node, -1 when no name ends here. */
  readonly firstCell: Int32Array
  /** Children whose identity is text: literals and word prefixes. */
  readonly literals: Int32Array
  /** Literals among them that end in up to three digits (`v2`). */
  readonly numbered: Int32Array
  readonly children: Int32Array
  /** 1: some children were gathered in `{*}`; a new text child must be seen several times first. */
  readonly saturated: Uint8Array
  /** OR of the `BYTE` bits of the values seen; complete for literals and `{*}`. */
  readonly mask: Uint8Array
  /** Lengths of the values seen; complete for literals and `{*}`. */
  readonly shortest: Int32Array
  readonly longest: Int32Array
  /** Bytes of the separators, which stand first in the node's text. */
  readonly separatorBytes: Int32Array
  /** Length of the literal's letters before its trailing digits; 0: does not end in digits. */
  readonly digitsAt: Int32Array
  free: number

  readonly #text: Uint8Array
  readonly #textBytes: Int32Array
  readonly #longTexts = new Map<number, Uint8Array>()
  readonly #slots: Int32Array
  #slotsUsed = 0
  #firstFree = 1

  constructor(capacity: number) {
    this.capacity = capacity
    this.free = capacity - 1
    this.parent = new Int32Array(capacity).fill(-1)
    this.firstChild = new Int32Array(capacity).fill(-1)
    this.nextSibling = new Int32Array(capacity)
    for (let node = 0; node < capacity; node++) this.nextSibling[node] = node + 1 < capacity ? node + 1 : -1
    this.nextSibling[ROOT] = -1
    this.edgeA = new Int32Array(capacity)
    this.edgeB = new Int32Array(capacity)
    this.kind = new Uint8Array(capacity)
    this.depth = new Uint8Array(capacity)
    this.firstCell = new Int32Array(capacity).fill(-1)
    this.literals = new Int32Array(capacity)
    this.numbered = new Int32Array(capacity)
    this.children = new Int32Array(capacity)
    this.saturated = new Uint8Array(capacity)
    this.mask = new Uint8Array(capacity)
    this.shortest = new Int32Array(capacity)
    this.longest = new Int32Array(capacity)
    this.separatorBytes = new Int32Array(capacity)
    this.digitsAt = new Int32Array(capacity)
    this.#text = new Uint8Array(capacity * TEXT_SLOT_BYTES)
    this.#textBytes = new Int32Array(capacity)
    this.#slots = new Int32Array(1 << (34 - Math.clz32(capacity - 1))).fill(-1)
  }

  /** The child of a node, -1 when there is none. */
  find(parent: number, edgeA: number, edgeB: number): number {
    const slots = this.#slots
    const last = slots.length - 1
    let slot = slotOf(parent, edgeA, edgeB) & last
    for (;;) {
      const node = slots[slot]!
      if (node === -1) return -1
      if (this.parent[node] === parent && this.edgeA[node] === edgeA && this.edgeB[node] === edgeB) return node
      slot = (slot + 1) & last
    }
  }

  /**
   * Adds a child. Its text is the separators and, for text kinds, the part itself: `bytes[textStart, textEnd)`.
   * The caller makes sure that `free` is above 0.
   */
  add(
    parent: number,
    kind: number,
    edgeA: number,
    edgeB: number,
    bytes: Uint8Array,
    textStart: number,
    partStart: number,
    textEnd: number,
  ): number {
    const node = this.#firstFree
    this.#firstFree = this.nextSibling[node]!
    this.free--
    this.kind[node] = kind
    this.edgeA[node] = edgeA
    this.edgeB[node] = edgeB
    this.depth[node] = this.depth[parent]! + 1
    this.firstChild[node] = -1
    this.firstCell[node] = -1
    this.literals[node] = 0
    this.numbered[node] = 0
    this.children[node] = 0
    this.saturated[node] = 0
    this.mask[node] = 0
    this.shortest[node] = 0x7fffffff
    this.longest[node] = 0
    this.digitsAt[node] = 0
    this.separatorBytes[node] = partStart - textStart
    const length = textEnd - textStart
    this.#textBytes[node] = length
    if (length > TEXT_SLOT_BYTES) this.#longTexts.set(node, bytes.slice(textStart, textEnd))
    else for (let i = 0; i < length; i++) this.#text[node * TEXT_SLOT_BYTES + i] = bytes[textStart + i]!
    this.attach(node, parent)
    return node
  }

  /** Makes a node (new, or detached before) a child of `parent`. */
  attach(node: number, parent: number): void {
    this.parent[node] = parent
    this.nextSibling[node] = this.firstChild[parent]!
    this.firstChild[parent] = node
    this.children[parent]!++
    if (isText(this.kind[node]!)) this.literals[parent]!++
    if (this.digitsAt[node] !== 0) this.numbered[parent]!++
    this.#enter(node)
  }

  /** Takes all children off a node; returns the first, the others follow by `nextSibling`. */
  detachAll(parent: number): number {
    const first = this.firstChild[parent]!
    this.firstChild[parent] = -1
    this.children[parent] = 0
    this.literals[parent] = 0
    this.numbered[parent] = 0
    return first
  }

  /** Gives back a node without children, which is off its parent's list already. */
  release(node: number): void {
    if (this.#textBytes[node]! > TEXT_SLOT_BYTES) this.#longTexts.delete(node)
    this.parent[node] = -1
    this.nextSibling[node] = this.#firstFree
    this.#firstFree = node
    this.free++
  }

  /** The separators before the part and, for text kinds, the part. */
  textBytes(node: number): Uint8Array {
    const length = this.#textBytes[node]!
    if (length > TEXT_SLOT_BYTES) return this.#longTexts.get(node)!
    return this.#text.subarray(node * TEXT_SLOT_BYTES, node * TEXT_SLOT_BYTES + length)
  }

  separator(node: number): string {
    return exactText(this.textBytes(node).subarray(0, this.separatorBytes[node])) ?? ''
  }

  /** The part as a pattern shows it. */
  label(node: number): string {
    const kind = this.kind[node]!
    const text = isText(kind) ? (exactText(this.textBytes(node).subarray(this.separatorBytes[node])) ?? '') : ''
    return text + KIND_TEXT[kind]!
  }

  /** Adds what a value of a `{*}` or literal node looks like. */
  note(node: number, mask: number, shortest: number, longest: number): void {
    this.mask[node]! |= mask
    if (shortest < this.shortest[node]!) this.shortest[node] = shortest
    if (longest > this.longest[node]!) this.longest[node] = longest
  }

  /**
   * Enters a node into the hash table. A moved or freed node leaves its old slot behind, which is harmless: a slot
   * only leads to a node, and the node says itself what it is. Old slots go when the table fills up.
   */
  #enter(node: number): void {
    if (this.#slotsUsed * 4 > this.#slots.length * 3) {
      this.#slots.fill(-1)
      this.#slotsUsed = 0
      for (let other = 1; other < this.capacity; other++) {
        if (this.parent[other] !== -1 && other !== node) this.#place(other)
      }
    }
    this.#place(node)
  }

  #place(node: number): void {
    const slots = this.#slots
    const last = slots.length - 1
    let slot = slotOf(this.parent[node]!, this.edgeA[node]!, this.edgeB[node]!) & last
    while (slots[slot] !== -1) slot = (slot + 1) & last
    slots[slot] = node
    this.#slotsUsed++
  }
}

/** Kinds that are told apart by their text. */
export function isText(kind: number): boolean {
  return kind === KIND.literal || kind === KIND.wordInt
}

function slotOf(parent: number, edgeA: number, edgeB: number): number {
  return placeOfHashes(Math.imul(parent + 1, 0x9e3779b1) ^ edgeA, edgeB)
}
