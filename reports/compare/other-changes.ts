import type { Change, ChangedPattern, KeyChurn } from '../compare-report.js'

/** The pattern of a row that stands for all that are not listed. */
export const OTHER = '[other]'

export function changeOf(before: number, after: number): Change {
  const change = after - before
  return { old: before, new: after, change, ratio: before === 0 ? null : change / before }
}

/** One row `[other]` for patterns that are not listed, so that columns still add up. */
export function otherChanges(rest: readonly ChangedPattern[]): ChangedPattern {
  const sum = (pick: (row: ChangedPattern) => number): number => rest.reduce((total, row) => total + pick(row), 0)
  const change = (name: 'keys' | 'ramBytes' | 'payloadBytes' | 'withoutTtl' | 'withoutTtlRamBytes') =>
    changeOf(
      sum((row) => row[name].old),
      sum((row) => row[name].new),
    )
  const keys = change('keys')
  const ramBytes = change('ramBytes')
  return {
    pattern: OTHER,
    type: rest.every((row) => row.type === rest[0]!.type) ? rest[0]!.type : 'mixed',
    state: ramBytes.change > 0 ? 'grown' : ramBytes.change < 0 ? 'shrunk' : 'same',
    keys,
    ramBytes,
    payloadBytes: change('payloadBytes'),
    averageRamBytes: changeOf(average(ramBytes.old, keys.old), average(ramBytes.new, keys.new)),
    withoutTtl: change('withoutTtl'),
    withoutTtlRamBytes: change('withoutTtlRamBytes'),
    medianTtlMs: { old: null, new: null },
    encodings: [],
    largest: null,
    examples: [],
    churn: rest.every((row) => row.churn !== null) ? joinChurn(rest.map((row) => row.churn!)) : null,
    patterns: sum((row) => row.patterns),
  }
}

/** The same keys counted together. */
export function joinChurn(all: readonly KeyChurn[]): KeyChurn {
  const sum = (pick: (churn: KeyChurn) => number): number => all.reduce((total, churn) => total + pick(churn), 0)
  const part = (name: 'added' | 'removed' | 'grown' | 'shrunk') => ({
    keys: sum((churn) => churn[name].keys),
    ramBytes: sum((churn) => churn[name].ramBytes),
  })
  return {
    added: part('added'),
    removed: part('removed'),
    grown: part('grown'),
    shrunk: part('shrunk'),
    same: sum((churn) => churn.same),
  }
}

function average(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count
}
