import type { AnalysisReport, PrefixNode } from '../../../report.js'

/** A node of the map: a prefix, or a pattern when there is no tree. */
export interface MapNode {
  /** What this node adds to the name of the one above. */
  readonly part: string
  /** The whole prefix. */
  readonly path: string
  readonly keys: number
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly withoutTtl: number
  readonly children: readonly MapNode[]
}

/** The prefix tree for the map: nodes with a single child are one node with it. Without a tree, the patterns. */
export function mapTree(report: AnalysisReport): MapNode {
  const { prefixTree, totals, patterns } = report
  if (prefixTree !== undefined) return { ...nodeOf(prefixTree, ''), part: '' }
  return {
    part: '',
    path: '',
    keys: totals.keys,
    ramBytes: totals.ramBytes,
    payloadBytes: totals.payloadBytes,
    withoutTtl: totals.keys - totals.expiringKeys,
    children: patterns.map((row) => ({
      part: row.pattern,
      path: `${row.pattern} (${row.type})`,
      keys: row.keys,
      ramBytes: row.ramBytes,
      payloadBytes: row.payloadBytes,
      withoutTtl: row.withoutTtl,
      children: [],
    })),
  }
}

function nodeOf(node: PrefixNode, above: string): MapNode {
  let at = node
  let part = node.name
  const isRoot = above === '' && node.name === ''
  while (!isRoot && at.children.length === 1 && at.children[0]!.keys === at.keys) {
    at = at.children[0]!
    part += at.name
  }
  const path = above + part
  const { keys, ramBytes, payloadBytes, withoutTtl } = node
  return {
    part,
    path,
    keys,
    ramBytes,
    payloadBytes,
    withoutTtl,
    children: at.children.map((child) => nodeOf(child, path)),
  }
}
