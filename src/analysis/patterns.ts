import { otherPatterns } from '../../reports/other-rows.js'
import type { PatternRow, PatternSummary, PrefixNode } from '../../reports/report.js'
import { ENCODINGS, encodingOfCode, type KeyBatch, TYPES, typeOfCode } from '../batch.js'
import { quantileOf } from './histogram.js'
import { compareText } from './names.js'
import { NAME, STAT, STRIDE } from './patterns/cell-layout.js'
import { TTL_COUNTS, ttlMs } from './patterns/cells.js'
import type { SumsTaker } from './patterns/found-rows.js'
import type { CellMerged } from './patterns/gathering.js'
import { type MinerOptions, type MinerState, PatternMiner } from './patterns/miner.js'
import { partsOf } from './patterns/parts.js'
import { type Segment, segmentsOf } from './patterns/segments.js'
import type { RowBlock } from './row-block.js'

/** What the patterns collector hands to the report. */
export interface PatternResult {
  /** Every pattern, most ramBytes first; they add up to all keys. `cutRows` shortens them. */
  readonly rows: readonly PatternRow[]
  readonly summary: PatternSummary
  readonly tree: PrefixNode
}

/** Children of one node of the prefix tree, and the share of all bytes from which a node is shown. */
const TREE_CHILDREN = 40
const TREE_SHARE = 1 / 4000
const TREE_DEPTH = 8

/** Pattern table and prefix tree of all keys, in bounded memory. See `PatternMiner` for what is exact. */
export class Patterns {
  readonly miner: PatternMiner
  /** Which row of the last result each cell was counted in. */
  readonly #rowOfCell = new Map<number, PatternRow>()

  /** @param miner one that has seen keys already */
  constructor(options: MinerOptions = {}, miner = new PatternMiner(options)) {
    this.miner = miner
  }

  /** The moment TTL is judged at, in ms since 1970; before the first batch of a dump. */
  setNow(nowMs: number): void {
    this.miner.nowMs = nowMs
  }

  /**
   * @param onSums told what the rows of each cell come to
   * @param cellOfRow is told the cell of the miner that each row of the batch went into
   */
  add(block: RowBlock, onSums?: SumsTaker, cellOfRow?: Int32Array): void {
    this.miner.add(block, onSums, cellOfRow)
  }

  /** @param onCell told which cell of the other went into which of this */
  merge(other: Patterns, onCell?: CellMerged): void {
    this.miner.merge(other.miner, onCell)
  }

  state(): MinerState {
    return this.miner.state()
  }

  /** @throws StateError */
  static restore(state: MinerState): Patterns {
    return new Patterns({}, PatternMiner.restore(state))
  }

  /** The row that some cells would have, under a name that others gave it; null when there is no cell. */
  rowOfCells(like: PatternRow, cells: readonly number[]): PatternRow | null {
    const type = TYPES.indexOf(like.type as (typeof TYPES)[number])
    return cells.length === 0 ? null : this.#row(like.pattern, type, like.match ?? '*', cells, 0)
  }

  /** The row of the last result that counts what is in a cell. */
  rowOfCell(cell: number): PatternRow | null {
    return this.#rowOfCell.get(cell) ?? null
  }

  result(): PatternResult {
    const root = segmentsOf(partsOf(this.miner), this.miner.cells)
    const found = new Map<string, { pattern: string; type: number; match: string; cells: number[] }>()
    const visit = (segment: Segment, prefix: string, glob: string): void => {
      const text = prefix + segment.separator + segment.label
      const match = glob + segment.separator.replace(/[*?[\]\\^]/g, '\\$&') + segment.glob
      for (const cell of segment.cells) {
        const type = typeOfCode(this.miner.cells.code[cell]!)
        const key = `${type} ${text}`
        const row = found.get(key)
        if (row === undefined) found.set(key, { pattern: text, type, match, cells: [cell] })
        else {
          row.cells.push(cell)
          // A name that is text and one that is a class can read the same: then only the wider glob finds both.
          if (row.match !== match) row.match = match.includes('*') ? match : row.match
        }
      }
      for (const child of segment.children) visit(child, text, match)
    }
    visit(root, '', '')

    const totalRam = root.sums.ramBytes
    const rows: PatternRow[] = []
    this.#rowOfCell.clear()
    for (const { pattern, type, match, cells } of found.values()) {
      const row = this.#row(pattern === '' ? '[empty]' : pattern, type, match, cells, totalRam)
      rows.push(row)
      for (const cell of cells) this.#rowOfCell.set(cell, row)
    }
    rows.sort(
      (a, b) =>
        b.ramBytes - a.ramBytes || b.keys - a.keys || compareText(a.pattern, b.pattern) || compareText(a.type, b.type),
    )
    const summary: PatternSummary = {
      separators: this.miner.separators,
      found: rows.length,
      bounded: this.miner.bounded,
    }
    return { rows, summary, tree: this.#prefixNode(root, totalRam, 0) }
  }

  /** The row of the last result in which a key that was added is counted; null when it cannot be told any more. */
  rowOf(batch: KeyBatch, row: number): PatternRow | null {
    return this.#rowOfCell.get(this.miner.findCell(batch, row)) ?? null
  }

  #row(pattern: string, type: number, match: string, group: readonly number[], totalRam: number): PatternRow {
    const { cells } = this.miner
    // Cells are added up in the miner's own way, so that examples and the largest key are chosen by the same rules.
    const sums = new Float64Array(STRIDE)
    sums[STAT.largestRam] = -1
    sums[STAT.ttlMin] = Number.POSITIVE_INFINITY
    sums[STAT.ttlMax] = Number.NEGATIVE_INFINITY
    const ttlCounts = new Float64Array(TTL_COUNTS)
    const encodings = new Map<number, { keys: number; ramBytes: number }>()
    const examples: { hash: number; slot: number }[] = []
    let largest = { hash: 0, slot: -1, db: 0 }
    let without = { hash: 0x7fffffff, slot: -1 }
    for (const cell of group) {
      const at = cell * STRIDE
      const stats = cells.stats
      for (let stat = 0; stat < STRIDE; stat++) {
        const value = stats[at + stat]!
        if (stat === STAT.longestElement || stat === STAT.ttlMax) sums[stat] = Math.max(sums[stat]!, value)
        else if (stat === STAT.ttlMin) sums[stat] = Math.min(sums[stat]!, value)
        else if (stat !== STAT.largestRam) sums[stat]! += value
      }
      const slot = cells.nameSlot(cell)
      const ram = stats[at + STAT.largestRam]!
      const hash = cells.nameHash[slot]!
      if (ram > sums[STAT.largestRam]! || (ram === sums[STAT.largestRam] && hash < largest.hash)) {
        sums[STAT.largestRam] = ram
        largest = { hash, slot, db: cells.largestDb[cell]! }
      }
      for (let example = slot + NAME.example; example < slot + NAME.withoutTtl; example++) {
        if (!cells.names.isEmpty(example)) examples.push({ hash: cells.nameHash[example]!, slot: example })
      }
      const withoutTtl = slot + NAME.withoutTtl
      if (!cells.names.isEmpty(withoutTtl) && cells.nameHash[withoutTtl]! < without.hash) {
        without = { hash: cells.nameHash[withoutTtl]!, slot: withoutTtl }
      }
      cells.addTtlCounts(cell, ttlCounts)
      const encoding = encodingOfCode(cells.code[cell]!)
      const known = encodings.get(encoding) ?? { keys: 0, ramBytes: 0 }
      known.keys += stats[at]!
      known.ramBytes += stats[at + STAT.ramBytes]!
      encodings.set(encoding, known)
    }
    examples.sort((a, b) => a.hash - b.hash)

    const keys = sums[STAT.keys]!
    const expiring = sums[STAT.expiring]!
    const ramBytes = sums[STAT.ramBytes]!
    return {
      pattern,
      type: TYPES[type]!,
      keys,
      ramBytes,
      overheadBytes: sums[STAT.overheadBytes]!,
      payloadBytes: sums[STAT.payloadBytes]!,
      rdbBytes: sums[STAT.rdbBytes]!,
      elements: sums[STAT.elements]!,
      keyNameBytes: sums[STAT.nameBytes]!,
      share: totalRam === 0 ? 0 : ramBytes / totalRam,
      averageRamBytes: ramBytes / keys,
      withoutTtl: keys - expiring,
      withoutTtlRamBytes: ramBytes - sums[STAT.expiringRam]!,
      expiredKeys: sums[STAT.expired]!,
      ttl: expiring === 0 ? null : ttlSpread(sums[STAT.ttlMin]!, sums[STAT.ttlMax]!, ttlCounts, expiring),
      largest: { ...cells.names.name(largest.slot)!, db: largest.db, ramBytes: sums[STAT.largestRam]! },
      longestElementBytes: sums[STAT.longestElement]!,
      encodings: [...encodings]
        .map(([encoding, known]) => ({ encoding: ENCODINGS[encoding] ?? 'unknown', ...known }))
        .sort((a, b) => b.ramBytes - a.ramBytes || compareText(a.encoding, b.encoding)),
      averageIdleSeconds: sums[STAT.idleKeys] === 0 ? null : sums[STAT.idleSeconds]! / sums[STAT.idleKeys]!,
      averageFreq: sums[STAT.freqKeys] === 0 ? null : sums[STAT.freq]! / sums[STAT.freqKeys]!,
      examples: examples
        .filter((example, i) => i === 0 || example.hash !== examples[i - 1]!.hash)
        .slice(0, 3)
        .map((example) => cells.names.name(example.slot)!),
      exampleWithoutTtl: expiring > 0 && without.slot !== -1 ? cells.names.name(without.slot) : null,
      match,
      patterns: 1,
    }
  }

  #prefixNode(segment: Segment, totalRam: number, depth: number): PrefixNode {
    const { keys, ramBytes, payloadBytes, expiring } = segment.sums
    const sorted = [...segment.children].sort(
      (a, b) => b.sums.ramBytes - a.sums.ramBytes || b.sums.keys - a.sums.keys || compareText(nameOf(a), nameOf(b)),
    )
    const shown =
      depth === TREE_DEPTH
        ? []
        : sorted.filter((child, i) => i < TREE_CHILDREN && child.sums.ramBytes >= totalRam * TREE_SHARE)
    const children = shown.map((child) => this.#prefixNode(child, totalRam, depth + 1))
    const left = sorted.filter((child) => !shown.includes(child))
    if (left.length > 0 && depth < TREE_DEPTH) {
      const sum = (pick: (child: Segment) => number): number => left.reduce((total, child) => total + pick(child), 0)
      children.push({
        name: '[other]',
        keys: sum((child) => child.sums.keys),
        ramBytes: sum((child) => child.sums.ramBytes),
        payloadBytes: sum((child) => child.sums.payloadBytes),
        withoutTtl: sum((child) => child.sums.keys - child.sums.expiring),
        children: [],
      })
    }
    return { name: nameOf(segment), keys, ramBytes, payloadBytes, withoutTtl: keys - expiring, children }
  }
}

function nameOf(segment: Segment): string {
  return segment.separator + segment.label
}

function ttlSpread(
  minMs: number,
  maxMs: number,
  counts: Float64Array,
  keys: number,
): { minMs: number; medianMs: number; maxMs: number } {
  const medianMs = Math.round(ttlMs(quantileOf(counts, keys, 0.5)))
  return { minMs, medianMs: Math.min(maxMs, Math.max(minMs, medianMs)), maxMs }
}

/**
 * The first rows, and one row `[other]` that holds the rest, so that the columns still add up.
 *
 * @param top rows to keep; 0: all
 */
export function cutRows(rows: readonly PatternRow[], top: number): readonly PatternRow[] {
  if (top === 0 || rows.length <= top + 1) return rows
  return [...rows.slice(0, top), otherPatterns(rows.slice(top))]
}
