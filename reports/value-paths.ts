import type { ValuePath, ValuesReport, ValueTree } from './report.js'

/** One place of a tree with its whole path. */
export interface FlatPath {
  readonly tree: ValueTree
  /** `user.address[].city` */
  readonly path: string
  readonly node: ValuePath
  /** Bytes of this place alone, without what is below it. */
  readonly nameBytes: number
  readonly valueBytes: number
}

/** All places of a tree, a node before what is below it. */
export function* flatPaths(tree: ValueTree): Iterable<FlatPath> {
  yield* walk(tree, tree.paths, '')
}

function* walk(tree: ValueTree, nodes: readonly ValuePath[], prefix: string): Iterable<FlatPath> {
  for (const node of nodes) {
    const path = prefix === '' || node.name === '[]' ? prefix + node.name : `${prefix}.${node.name}`
    const below = (pick: (child: ValuePath) => number): number =>
      node.children.reduce((sum, child) => sum + pick(child), 0)
    yield {
      tree,
      path,
      node,
      nameBytes: node.nameBytes - below((child) => child.nameBytes),
      valueBytes: node.valueBytes - below((child) => child.valueBytes),
    }
    yield* walk(tree, node.children, path)
  }
}

/** All places of all trees. */
export function allPaths(values: ValuesReport | undefined): readonly FlatPath[] {
  return (values?.trees ?? []).flatMap((tree) => [...flatPaths(tree)])
}
