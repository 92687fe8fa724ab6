import { escapeBytes } from '../../../reports/escape.js'
import type { ValuePath } from '../../../reports/report.js'
import { compareText } from '../names.js'
import { formatOf } from './detect.js'
import { isJson, type ValueFormat } from './formats.js'
import { type JsonKind, type JsonListener, JsonScanner } from './json-scan.js'
import { pathLabel } from './path-labels.js'

/** Bounds of one tree. */
const MAX_NODES = 400
const MAX_DEPTH = 10
/** Different names below one node; the rare ones beyond become `{*}`. */
const MAX_NAMES = 64
const RARE = 1 / 20
/** Different values of a leaf that are told apart. */
const MAX_DISTINCT = 16
const HASHED_BYTES = 64
/** Children that a report shows per node. */
const SHOWN_CHILDREN = 24

const ARRAY_ITEM = '[]'
const OTHER = '[other]'

class Node {
  readonly children = new Map<number, Node>()
  /** Names were gathered here, or would be. */
  overflow = false
  values = 0
  empty = 0
  nameBytes = 0
  valueBytes = 0
  readonly kinds = new Map<string, number>()
  readonly distinct = new Set<number>()

  constructor(
    readonly label: string,
    readonly depth: number,
  ) {}
}

/**
 * Where the bytes of structured values are: the names of hash fields, and the paths of JSON texts, with the bytes of
 * names against the bytes of values. Bounded: variable names are gathered under their class, rare ones under `{*}`.
 */
export class PathTree implements JsonListener {
  /** Values that were added, and their bytes: names + values + syntax + blanks. */
  values = 0
  syntaxBytes = 0
  blankBytes = 0
  readonly #root = new Node('', 0)
  readonly #scanner = new JsonScanner()
  #nodes = 1
  // Of the JSON text at hand.
  #bytes: Uint8Array = new Uint8Array(0)
  #stack: Node[] = []
  #arrays: boolean[] = []
  #at: Node = this.#root

  get isEmpty(): boolean {
    return this.#root.children.size === 0 && this.#root.values === 0
  }

  /** A field of a hash or stream entry with its value, which has the given format. JSON in the value is followed. */
  addField(name: Uint8Array, nameLength: number, value: Uint8Array, valueLength: number, format: ValueFormat): void {
    const node = this.#child(this.#root, name, 0, name.length)
    this.values++
    node.nameBytes += nameLength
    if (isJson(format) && this.#scan(value, value.length === valueLength, node)) return
    this.#leaf(node, format, value, 0, value.length, valueLength)
  }

  /** A value that is JSON as a whole. */
  addJson(value: Uint8Array, whole: boolean): void {
    this.values++
    this.#scan(value, whole, this.#root)
  }

  // Told by the scanner.

  open(array: boolean): void {
    const node = this.#enter()
    node.values++
    count(node.kinds, array ? 'array' : 'object')
    this.#stack.push(node)
    this.#arrays.push(array)
    this.#at = node
  }

  close(): void {
    this.#stack.pop()
    this.#arrays.pop()
    this.#at = this.#stack.at(-1) ?? this.#root
  }

  name(start: number, end: number): void {
    // The quotes belong to the name: they go when it goes.
    this.#at = this.#child(this.#stack.at(-1)!, this.#bytes, start + 1, end - 1)
    this.#at.nameBytes += end - start
  }

  scalar(kind: JsonKind, start: number, end: number): void {
    const node = this.#enter()
    if (kind !== 'string') this.#leaf(node, kind, this.#bytes, start, end, end - start)
    else {
      const format = formatOf(this.#bytes.subarray(start + 1, end - 1), true)
      this.#leaf(node, format, this.#bytes, start, end, end - start)
    }
    this.#at = this.#stack.at(-1) ?? this.#root
  }

  /** The tree for a report: numbers of a node include what is below it. */
  result(): { readonly nameBytes: number; readonly valueBytes: number; readonly paths: readonly ValuePath[] } {
    const root = describe(this.#root)
    return { nameBytes: root.nameBytes, valueBytes: root.valueBytes, paths: root.children }
  }

  #scan(value: Uint8Array, whole: boolean, at: Node): boolean {
    this.#bytes = value
    this.#stack = []
    this.#arrays = []
    this.#at = at
    const verdict = this.#scanner.scan(value, 0, value.length, whole, this)
    this.syntaxBytes += this.#scanner.syntaxBytes
    this.blankBytes += this.#scanner.blankBytes
    return verdict !== 'none'
  }

  /** The node of the value that begins: the member that was named, or the items of the array. */
  #enter(): Node {
    const top = this.#stack.at(-1)
    if (top === undefined || this.#arrays.at(-1) !== true) return this.#at
    return top.children.get(ITEM_HASH) ?? this.#childOf(top, ITEM_HASH, () => ARRAY_ITEM)
  }

  #leaf(node: Node, kind: string, bytes: Uint8Array, start: number, end: number, length: number): void {
    node.values++
    node.valueBytes += length
    count(node.kinds, kind)
    // "", [] and null, as well as nothing at all.
    if (kind === 'null' || kind === 'empty') node.empty++
    if (node.distinct.size <= MAX_DISTINCT) {
      node.distinct.add(hashOf(bytes, start, Math.min(end, start + HASHED_BYTES)) ^ length)
    }
  }

  #child(parent: Node, bytes: Uint8Array, start: number, end: number): Node {
    const hash = hashOf(bytes, start, end)
    const known = parent.children.get(hash)
    if (known !== undefined) return known
    const label = pathLabel(bytes, start, end)
    if (label !== null) return this.#childOf(parent, hashOfText(label), () => label)
    return this.#childOf(parent, hash, () => escapeBytes(bytes, start, end))
  }

  #childOf(parent: Node, hash: number, label: () => string): Node {
    const known = parent.children.get(hash)
    if (known !== undefined) return known
    if (parent.depth >= MAX_DEPTH || this.#nodes >= MAX_NODES || parent.children.size >= MAX_NAMES) {
      parent.overflow = true
      const star = parent.children.get(STAR_HASH)
      if (star !== undefined) return star
      // Below the deepest level everything is one node.
      if (parent.label === '{*}' && parent.depth >= MAX_DEPTH) return parent
      const gathered = new Node('{*}', parent.depth + 1)
      parent.children.set(STAR_HASH, gathered)
      return gathered
    }
    this.#nodes++
    const node = new Node(label(), parent.depth + 1)
    parent.children.set(hash, node)
    return node
  }
}

function describe(node: Node): ValuePath {
  let children = [...gathered(node)].map(describe)
  children.sort(
    (a, b) =>
      b.nameBytes + b.valueBytes - a.nameBytes - a.valueBytes || b.values - a.values || compareText(a.name, b.name),
  )
  if (children.length > SHOWN_CHILDREN + 1) {
    children = [...children.slice(0, SHOWN_CHILDREN), otherOf(children.slice(SHOWN_CHILDREN))]
  }
  const sum = (pick: (path: ValuePath) => number): number => children.reduce((total, child) => total + pick(child), 0)
  return {
    name: node.label,
    kind: mainKind(node.kinds),
    values: node.values,
    nameBytes: node.nameBytes + sum((child) => child.nameBytes),
    valueBytes: node.valueBytes + sum((child) => child.valueBytes),
    emptyValues: node.empty,
    distinctValues: node.distinct.size === 0 || node.distinct.size > MAX_DISTINCT ? null : node.distinct.size,
    children,
  }
}

/** The children, with the rare ones in `{*}` where there were too many. */
function gathered(node: Node): Iterable<Node> {
  if (!node.overflow) return node.children.values()
  const star = new Node('{*}', node.depth + 1)
  const kept: Node[] = []
  for (const child of node.children.values()) {
    if (child.label !== '{*}' && child.values >= node.values * RARE && node.values > 0) kept.push(child)
    else merge(child, star)
  }
  return [...kept, star]
}

function merge(from: Node, into: Node): void {
  into.values += from.values
  into.empty += from.empty
  into.nameBytes += from.nameBytes
  into.valueBytes += from.valueBytes
  into.overflow ||= from.overflow
  for (const [kind, times] of from.kinds) into.kinds.set(kind, (into.kinds.get(kind) ?? 0) + times)
  for (const hash of from.distinct) if (into.distinct.size <= MAX_DISTINCT) into.distinct.add(hash)
  for (const [hash, child] of from.children) {
    let same = into.children.get(hash)
    if (same === undefined) {
      same = new Node(child.label, into.depth + 1)
      into.children.set(hash, same)
    }
    merge(child, same)
  }
}

function otherOf(paths: readonly ValuePath[]): ValuePath {
  const sum = (pick: (path: ValuePath) => number): number => paths.reduce((total, path) => total + pick(path), 0)
  return {
    name: OTHER,
    kind: 'mixed',
    values: sum((path) => path.values),
    nameBytes: sum((path) => path.nameBytes),
    valueBytes: sum((path) => path.valueBytes),
    emptyValues: sum((path) => path.emptyValues),
    distinctValues: null,
    children: [],
  }
}

/** The kind of nine in ten values, else `mixed`. */
function mainKind(kinds: ReadonlyMap<string, number>): string {
  let total = 0
  let most = 0
  let main = 'none'
  for (const [kind, times] of kinds) {
    total += times
    if (times > most || (times === most && kind < main)) {
      most = times
      main = kind
    }
  }
  return most >= total * 0.9 ? main : 'mixed'
}

function count(kinds: Map<string, number>, kind: string): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash
}

function hashOfText(text: string): number {
  let hash = 0x2c1b3c6d
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

const STAR_HASH = hashOfText('{*}')
const ITEM_HASH = hashOfText(ARRAY_ITEM)
