import lzString from 'lz-string'
import { otherGroups, otherPatterns } from '../other-rows.js'
import type { AnalysisReport, PrefixNode } from '../report.js'
import type { PageData } from './page-data.js'

/** Compressed data the page may carry, in characters: with the program the page stays under 2 MB. */
const DATA_LIMIT_CHARS = 1_200_000

/** JSON does not compress better than to a ninth here: longer text need not be tried. */
const JSON_LIMIT_CHARS = DATA_LIMIT_CHARS * 9
const MOST_ROWS = 8192

/**
 * Text that cannot fit is not compressed: the compressor takes 100 bytes of memory and a microsecond per character of
 * what comes out. Pieces from all over the text tell how well it compresses; the whole does up to so much better.
 */
const PIECES = 8
const PIECE_CHARS = 64 * 1024
const WHOLE_IS_BETTER = 1.5

/**
 * What a page shows, as text for it; rows are left out when it would not fit.
 * @param cut the same with at most so many rows per table
 */
export function encodeData(whole: PageData, cut: (rows: number) => PageData): string {
  let data = whole
  for (let rows = MOST_ROWS; ; rows = Math.floor(rows / 2)) {
    const json = JSON.stringify(data)
    if (mayFit(json) || rows === 0) {
      const text = lzString.compressToBase64(json)
      if (text.length <= DATA_LIMIT_CHARS || rows === 0) return text
    }
    data = cut(rows)
  }
}

function mayFit(json: string): boolean {
  if (json.length <= DATA_LIMIT_CHARS) return true
  if (json.length > JSON_LIMIT_CHARS) return false
  const step = Math.floor((json.length - PIECE_CHARS) / (PIECES - 1))
  const pieces = Array.from({ length: PIECES }, (_, index) => json.slice(index * step, index * step + PIECE_CHARS))
  const ratio = lzString.compressToBase64(pieces.join('')).length / (PIECES * PIECE_CHARS)
  return (json.length * ratio) / WHOLE_IS_BETTER <= DATA_LIMIT_CHARS
}

/** The report of `analyze`; the rows that weigh least are left out first. */
export function encodeReport(report: AnalysisReport): string {
  return encodeData({ kind: 'analysis', report, cutTo: null }, (rows) => cut(report, rows))
}

function cut(report: AnalysisReport, rows: number): PageData {
  const head = <Row>(list: readonly Row[]): readonly Row[] => list.slice(0, rows)
  const headAnd = <Row>(list: readonly Row[], other: (rest: readonly Row[]) => Row): readonly Row[] =>
    list.length <= rows ? list : [...list.slice(0, rows), other(list.slice(rows))]
  const { ttl, slots, values, savings, prefixTree, groups } = report
  const short: AnalysisReport = {
    ...report,
    provenance: { ...report.provenance, files: head(report.provenance.files) },
    files: head(report.files),
    ...(groups === undefined ? {} : { groups: headAnd(groups, otherGroups) }),
    databases: head(report.databases),
    patterns: headAnd(report.patterns, otherPatterns),
    bigKeys: head(report.bigKeys),
    largest: report.largest.map((row) => ({ ...row, byBytes: head(row.byBytes), byElements: head(row.byElements) })),
    ttl: {
      ...ttl,
      withoutTtlPatterns: head(ttl.withoutTtlPatterns),
      leaks: head(ttl.leaks),
      stampedes: head(ttl.stampedes),
      bigExpiring: head(ttl.bigExpiring),
    },
    slots: slots === null ? null : { ...slots, heaviest: head(slots.heaviest), hashTags: head(slots.hashTags) },
    ...(prefixTree === undefined ? {} : { prefixTree: prune(prefixTree, rows) }),
    ...(values === undefined
      ? {}
      : {
          values: {
            ...values,
            formats: head(values.formats),
            duplicates: head(values.duplicates),
            trees: head(values.trees),
          },
        }),
    ...(savings === undefined
      ? {}
      : {
          savings: {
            ...savings,
            techniques: savings.techniques.map((row) => ({ ...row, groups: head(row.groups) })),
            plan: savings.plan.map((row) => ({ ...row, groups: head(row.groups) })),
          },
        }),
    warnings: head(report.warnings),
  }
  return { kind: 'analysis', report: short, cutTo: rows }
}

/** The tree with at most so many nodes below one node; what is cut is gathered, so that sums stay right. */
function prune(node: PrefixNode, nodes: number): PrefixNode {
  const perLevel = Math.max(1, Math.floor(Math.sqrt(nodes)))
  if (nodes <= 1) return { ...node, children: [] }
  const kept = node.children.slice(0, perLevel).map((child) => prune(child, nodes / perLevel))
  const rest = node.children.slice(perLevel)
  if (rest.length === 0) return { ...node, children: kept }
  const sum = (pick: (row: PrefixNode) => number): number => rest.reduce((total, row) => total + pick(row), 0)
  const other: PrefixNode = {
    name: '[other]',
    keys: sum((row) => row.keys),
    ramBytes: sum((row) => row.ramBytes),
    payloadBytes: sum((row) => row.payloadBytes),
    withoutTtl: sum((row) => row.withoutTtl),
    children: [],
  }
  return { ...node, children: [...kept, other] }
}
