import type { AnalysisReport, PrefixNode, TechniqueResult, ValuePath, ValuesReport } from '../../reports/report.js'
import { hostileReport } from './sample-report.js'

/** A key of the hostile report that would be an element if it were not escaped. */
export const IMAGE_KEY = '<img src=x onerror=alert(1)>'

/** The hostile report with everything the page can show. */
export function fullHostileReport(): AnalysisReport {
  const report = hostileReport()
  const leaf = (name: string): PrefixNode => ({
    ...{ name, keys: 10, ramBytes: 10_000, payloadBytes: 5000, withoutTtl: 5, children: [] },
  })
  const nodes = report.patterns.map((row) => leaf(row.pattern))
  const { keys, ramBytes, payloadBytes } = report.totals
  const name = report.bigKeys.find(({ key }) => key === IMAGE_KEY)!.key
  const technique: TechniqueResult = {
    ...{ id: 'raise-hash-limits', title: `keep ${name} in listpacks`, status: 'applies', keys: 5 },
    ...{ ramBytesBefore: 1e9, ramBytesAfter: 9e8, savedBytes: 1e8, savedRatio: 0.1, usedMemoryBefore: 1.1e9 },
    ...{ usedMemoryAfter: 1e9, certainty: 'sampled', sampledKeys: 5, interval95: [9e7, 1.1e8], effort: 'setting' },
    parameters: { entries: 512, [name]: name },
    groups: [
      {
        ...{ pattern: name, type: 'hash', encoding: 'hashtable', keys: 5, keysAfter: 70, ramBytesBefore: 1e9 },
        ...{ ramBytesAfter: 9e8, savedBytes: 1e8, savedRatio: 0.5, parts: 14, largestPartBytes: 1e5 },
        ...{ codec: 'zstd with a dictionary '.repeat(4), values: 'JSON with blanks, '.repeat(5) },
      },
    ],
    ...{ assumptions: [name], breaks: ['HGET scans the listpack', name] },
    steps: [
      ...['CONFIG SET hash-max-listpack-entries 512', 'Reload the keys.'],
      ...['CONFIG SET activedefrag yes, or MEMORY PURGE', 'HGETALL of each bucket, SET of each field'],
    ],
    ...{ verify: ['redis-cli INFO memory'], rollback: [name] },
  }
  return {
    ...report,
    prefixTree: { name: '', keys, ramBytes, payloadBytes, withoutTtl: keys / 2, children: nodes },
    keySizes: {
      ...report.keySizes,
      histogram: [{ from: 64, to: 128, keys: 5, ramBytes: 500 }],
      nameHistogram: [{ from: 64, to: 128, keys: 5, ramBytes: 500 }],
    },
    slots: { ...report.slots!, strip: Array.from({ length: 256 }, (_, i) => i * i) },
    values: hostileValues(report),
    savings: {
      ...report.savings!,
      techniques: [technique, { ...technique, id: 'none', status: 'nothing-to-do', savedBytes: 0 }],
    },
    targets: [
      {
        id: 'redis-7.4',
        title: 'Redis 7.4',
        verification: 'verified',
        keys,
        ramBytes,
        overheadBytes: 1,
        memoryUsageBytes: 5,
      },
      { id: 'x', title: name, verification: name, keys, ramBytes: 5, overheadBytes: 1, memoryUsageBytes: null },
    ],
  }
}

/** More rows than a table shows at once, and a map with a way down. */
export function manyPatterns(): AnalysisReport {
  const report = fullHostileReport()
  const patterns = Array.from({ length: 1200 }, (_, i) => ({ ...report.patterns[0]!, pattern: `p${i}:{int}` }))
  const leaf = report.prefixTree!.children[0]!
  const deep = {
    ...leaf,
    name: 'deep',
    children: [
      { ...leaf, name: ':a' },
      { ...leaf, name: ':b' },
    ],
  }
  return { ...report, patterns, prefixTree: { ...report.prefixTree!, children: [deep, { ...leaf, name: 'flat' }] } }
}

function hostileValues(report: AnalysisReport): ValuesReport {
  const names = report.patterns.map((row) => row.pattern)
  const path = (name: string, children: readonly ValuePath[] = []): ValuePath => ({
    ...{ name, kind: 'mixed', values: 5, nameBytes: 10, valueBytes: 20, emptyValues: 1, distinctValues: 3, children },
  })
  return {
    ...{ sampledKeys: 10, sampledValues: 10, sampledBytes: 500, sampleNote: names[3]! },
    summary: [{ format: 'json', title: 'JSON, minified', sampledValues: 10, share: 1 }],
    formats: names.map((pattern) => ({
      ...{ pattern, type: 'string', format: 'json', title: 'JSON, minified', sampledValues: 5, share: 0.5 },
      ...{ valueShare: 0.5, averageBytes: 50, examples: [pattern] },
    })),
    duplicates: names.map((pattern) => ({
      ...{ pattern, format: 'text', title: 'text', valueBytes: 50, keys: 4, exact: false, wastedBytes: 150 },
      ...{ examples: [{ key: pattern }], value: pattern },
    })),
    trees: [
      {
        ...{ pattern: names[0]!, type: 'string', of: 'json', sampledValues: 5, nameBytes: 10, valueBytes: 20 },
        ...{ syntaxBytes: 5, blankBytes: 1, nameShare: 0.3 },
        paths: names.map((name) => path(name, [path(name)])),
      },
    ],
  }
}
