import { shownText, visibleName } from '../escape.js'
import { bar, formatBytes, formatCount, formatShare, shareOf } from '../format.js'
import { methodSentences } from '../method.js'
import type { AnalysisReport, GroupRow, PrefixNode } from '../report.js'
import type { Page } from './page.js'

const BAR_CELLS = 10
const WIDE = 100

/** `26.0`: the sign stands in the title. */
function percent(part: number, whole: number): string {
  return formatShare(shareOf(part, whole)).replace(' %', '')
}

/** Groups of the group file. */
export function writeGroups(page: Page, report: AnalysisReport): void {
  const { groups, totals } = report
  if (groups === undefined) return
  const withOwner = groups.some((row) => row.owner !== null)
  page.title('GROUPS')
  page.table<GroupRow>(
    [
      { title: 'group', cell: (row) => visibleName(shownText(row.group)), flexible: true },
      ...(withOwner ? [{ title: 'owner', cell: (row: GroupRow) => shownText(row.owner ?? '') }] : []),
      { title: 'keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: '%', cell: (row) => percent(row.ramBytes, totals.ramBytes), align: 'right' },
      { title: 'no TTL', cell: (row) => percent(row.withoutTtl, row.keys), align: 'right' },
      { title: 'overhead', cell: (row) => formatBytes(row.overheadBytes), align: 'right', fromWidth: WIDE },
      { title: 'payload', cell: (row) => formatBytes(row.payloadBytes), align: 'right', fromWidth: WIDE },
    ],
    groups,
  )
}

interface TreeLine {
  readonly name: string
  readonly node: PrefixNode
}

/** The prefix tree: what stands under each beginning of a name, by keys and by memory. */
export function writeTree(page: Page, report: AnalysisReport, depth: number): void {
  const { prefixTree, totals } = report
  if (prefixTree === undefined || prefixTree.children.length === 0) return
  const lines: TreeLine[] = []
  const visit = (node: PrefixNode, indent: number): void => {
    for (const child of shownChildren(node, page.top)) {
      let last = child
      let name = child.name
      // A chain without branches is one line.
      while (last.children.length === 1 && last.children[0]!.keys === last.keys && name !== '[other]') {
        last = last.children[0]!
        name += last.name
      }
      lines.push({ name: `${'  '.repeat(indent)}${visibleName(shownText(name))}`, node: last })
      if (indent + 1 < depth) visit(last, indent + 1)
    }
  }
  visit(prefixTree, 0)
  page.title('PREFIX TREE', 'bars: share of the keys, share of the memory')
  page.table<TreeLine>(
    [
      { title: 'prefix', cell: (line) => line.name, flexible: true },
      { title: 'keys', cell: ({ node }) => formatCount(node.keys), align: 'right' },
      { title: '%', cell: ({ node }) => percent(node.keys, totals.keys), align: 'right' },
      { title: '', cell: ({ node }) => bar(shareOf(node.keys, totals.keys), BAR_CELLS), optional: true },
      { title: 'memory', cell: ({ node }) => formatBytes(node.ramBytes), align: 'right' },
      { title: '%', cell: ({ node }) => percent(node.ramBytes, totals.ramBytes), align: 'right' },
      { title: '', cell: ({ node }) => bar(shareOf(node.ramBytes, totals.ramBytes), BAR_CELLS), optional: true },
    ],
    lines,
  )
}

/** The first children, and one for the rest, so that a level adds up to what is above it. */
function shownChildren({ children }: PrefixNode, top: number): readonly PrefixNode[] {
  if (children.length <= top) return children
  const rest = children.slice(top)
  const sum = (pick: (node: PrefixNode) => number): number => rest.reduce((total, node) => total + pick(node), 0)
  return [
    ...children.slice(0, top),
    {
      name: '[other]',
      keys: sum((node) => node.keys),
      ramBytes: sum((node) => node.ramBytes),
      payloadBytes: sum((node) => node.payloadBytes),
      withoutTtl: sum((node) => node.withoutTtl),
      children: [],
    },
  ]
}

/** How the numbers came about: at the end, small. */
export function writeMethod(page: Page, report: AnalysisReport): void {
  page.title('METHOD')
  for (const sentence of methodSentences(report)) page.paragraph(sentence, 2, 4, 'dim')
}
