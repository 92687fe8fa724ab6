import { byteText, checkRange, intsOf, StateError, textBytes, textsOf } from '../state.js'
import { KIND } from './classes.js'
import { edgeHash, hashEdge } from './edges.js'
import { isText, type PatternTree, ROOT } from './tree.js'

/** Longest text of a node: separators and a part of a name. */
const MAX_TEXT_BYTES = 4096

/** The nodes of a tree as a list, parents before their children; the root is the first. */
export interface TreeState {
  /** Place of the parent; -1 for the root. */
  readonly parents: Int32Array
  readonly kinds: Int32Array
  readonly separatorBytes: Int32Array
  /** Separators and, for text kinds, the part; one character per byte. */
  readonly texts: readonly string[]
  readonly saturated: Int32Array
  readonly masks: Int32Array
  readonly shortest: Int32Array
  readonly longest: Int32Array
  readonly digitsAt: Int32Array
  /** Nodes whose edge is not what their text gives, and the two hashes of it. */
  readonly edgeNodes: Int32Array
  readonly edgesA: Int32Array
  readonly edgesB: Int32Array
}

/** The state, and where each node stands in it. */
export function treeState(tree: PatternTree): { readonly state: TreeState; readonly places: Int32Array } {
  const nodes: number[] = [ROOT]
  const places = new Int32Array(tree.capacity).fill(-1)
  for (let place = 0; place < nodes.length; place++) {
    const node = nodes[place]!
    places[node] = place
    const children: number[] = []
    for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!) children.push(child)
    // Attached one after the other, they come to lie the other way round.
    nodes.push(...children.reverse())
  }
  const column = (pick: (node: number) => number): Int32Array => Int32Array.from(nodes, pick)
  const odd = nodes.filter((node) => node !== ROOT && !hasOwnEdge(tree, node))
  return {
    places,
    state: {
      parents: column((node) => (node === ROOT ? -1 : places[tree.parent[node]!]!)),
      kinds: column((node) => tree.kind[node]!),
      separatorBytes: column((node) => tree.separatorBytes[node]!),
      texts: nodes.map((node) => byteText(tree.textBytes(node))),
      saturated: column((node) => tree.saturated[node]!),
      masks: column((node) => tree.mask[node]!),
      shortest: column((node) => tree.shortest[node]!),
      longest: column((node) => tree.longest[node]!),
      digitsAt: column((node) => tree.digitsAt[node]!),
      edgeNodes: Int32Array.from(odd, (node) => places[node]!),
      edgesA: Int32Array.from(odd, (node) => tree.edgeA[node]!),
      edgesB: Int32Array.from(odd, (node) => tree.edgeB[node]!),
    },
  }
}

function hasOwnEdge(tree: PatternTree, node: number): boolean {
  const text = tree.textBytes(node)
  hashEdge(tree.kind[node]!, text, 0, tree.separatorBytes[node]!, text.length)
  return edgeHash.a === tree.edgeA[node] && edgeHash.b === tree.edgeB[node]
}

/**
 * Fills a tree that is empty.
 *
 * @param maxDepth levels below the root
 * @returns the node at each place of the state
 * @throws StateError
 */
export function restoreTree(tree: PatternTree, state: TreeState, maxDepth: number): Int32Array {
  const parents = intsOf(state.parents, null, 'tree.parents')
  const count = parents.length
  if (count < 1 || count > tree.capacity || parents[0] !== -1) throw new StateError('tree: no root, or more than fits')
  const column = (name: keyof TreeState): Int32Array => intsOf(state[name], count, `tree.${name}`)
  const kinds = column('kinds')
  checkRange(kinds, 0, KIND.rest, 'tree.kinds')
  const separatorBytes = column('separatorBytes')
  const [saturated, masks, shortest, longest] = [
    column('saturated'),
    column('masks'),
    column('shortest'),
    column('longest'),
  ]
  const digitsAt = column('digitsAt')
  const texts = textsOf(state.texts, count, 'tree.texts').map(textBytes)
  const edgeNodes = intsOf(state.edgeNodes, null, 'tree.edgeNodes')
  const edgesA = intsOf(state.edgesA, edgeNodes.length, 'tree.edgesA')
  const edgesB = intsOf(state.edgesB, edgeNodes.length, 'tree.edgesB')
  const oddEdges = new Map(Array.from(edgeNodes, (place, i) => [place, i]))

  const nodes = new Int32Array(count)
  tree.saturated[ROOT] = saturated[0]! & 1
  for (let place = 1; place < count; place++) {
    const text = texts[place]!
    const separators = separatorBytes[place]!
    const kind = kinds[place]!
    if (parents[place]! < 0 || parents[place]! >= place) throw new StateError('tree: a child stands before its parent')
    if (text.length > MAX_TEXT_BYTES || separators < 0 || separators > text.length) {
      throw new StateError('tree: a text does not fit')
    }
    if (digitsAt[place]! < 0 || digitsAt[place]! > text.length - separators) throw new StateError('tree.digitsAt')
    const parent = nodes[parents[place]!]!
    if (tree.depth[parent]! >= maxDepth) throw new StateError('tree: more levels than names have')
    const odd = oddEdges.get(place)
    hashEdge(kind, text, 0, separators, text.length)
    const a = odd === undefined ? edgeHash.a : edgesA[odd]!
    const b = odd === undefined ? edgeHash.b : edgesB[odd]!
    if (tree.find(parent, a, b) !== -1) throw new StateError('tree: two nodes are the same')
    const end = isText(kind) ? text.length : separators
    const node = tree.add(parent, kind, a, b, text, 0, separators, end)
    nodes[place] = node
    tree.saturated[node] = saturated[place]! & 1
    tree.note(node, masks[place]!, shortest[place]!, longest[place]!)
    tree.digitsAt[node] = digitsAt[place]!
    if (digitsAt[place] !== 0) tree.numbered[parent]!++
  }
  return nodes
}
