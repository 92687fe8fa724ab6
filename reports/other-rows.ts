import type { GroupRow, PatternRow } from './report.js'

/** One row `[other]` for patterns that are not listed, so that columns still add up. */
export function otherPatterns(rest: readonly PatternRow[]): PatternRow {
  const sum = (pick: (row: PatternRow) => number): number => rest.reduce((total, row) => total + pick(row), 0)
  const keys = sum((row) => row.keys)
  const ramBytes = sum((row) => row.ramBytes)
  const encodings = new Map<string, { keys: number; ramBytes: number }>()
  let largest = rest[0]!.largest
  for (const row of rest) {
    for (const { encoding, keys, ramBytes } of row.encodings) {
      const known = encodings.get(encoding) ?? { keys: 0, ramBytes: 0 }
      encodings.set(encoding, { keys: known.keys + keys, ramBytes: known.ramBytes + ramBytes })
    }
    if (row.largest !== null && (largest === null || row.largest.ramBytes > largest.ramBytes)) largest = row.largest
  }
  return {
    pattern: '[other]',
    type: rest.every((row) => row.type === rest[0]!.type) ? rest[0]!.type : 'mixed',
    keys,
    ramBytes,
    overheadBytes: sum((row) => row.overheadBytes),
    payloadBytes: sum((row) => row.payloadBytes),
    rdbBytes: sum((row) => row.rdbBytes),
    elements: sum((row) => row.elements),
    keyNameBytes: sum((row) => row.keyNameBytes),
    share: sum((row) => row.share),
    averageRamBytes: ramBytes / keys,
    withoutTtl: sum((row) => row.withoutTtl),
    withoutTtlRamBytes: sum((row) => row.withoutTtlRamBytes),
    expiredKeys: sum((row) => row.expiredKeys),
    ttl: null,
    largest,
    longestElementBytes: rest.reduce((longest, row) => Math.max(longest, row.longestElementBytes), 0),
    encodings: [...encodings]
      .map(([encoding, known]) => ({ encoding, ...known }))
      .sort((a, b) => b.ramBytes - a.ramBytes || (a.encoding < b.encoding ? -1 : 1)),
    averageIdleSeconds: null,
    averageFreq: null,
    examples: [],
    exampleWithoutTtl: null,
    match: null,
    patterns: sum((row) => row.patterns),
  }
}

/** The same for groups of a group file. */
export function otherGroups(rest: readonly GroupRow[]): GroupRow {
  const sum = (pick: (row: GroupRow) => number): number => rest.reduce((total, row) => total + pick(row), 0)
  return {
    group: '[other]',
    owner: null,
    keys: sum((row) => row.keys),
    ramBytes: sum((row) => row.ramBytes),
    overheadBytes: sum((row) => row.overheadBytes),
    payloadBytes: sum((row) => row.payloadBytes),
    rdbBytes: sum((row) => row.rdbBytes),
    share: sum((row) => row.share),
    withoutTtl: sum((row) => row.withoutTtl),
    withoutTtlRamBytes: sum((row) => row.withoutTtlRamBytes),
  }
}
