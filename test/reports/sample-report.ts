import { escapeBytes } from '../../reports/escape.js'
import type {
  AnalysisReport,
  BigKey,
  KeyName,
  KeyType,
  PatternRow,
  Percentiles,
  ProvenanceFile,
  Sums,
} from '../../reports/report.js'
import { isUtf8 } from '../../reports/utf8.js'
import { HOSTILE_KEYS } from './keys/helpers.js'

const NOW_MS = Date.UTC(2026, 10, 19, 2)
const NO_LIMIT = { bytes: null, elements: null, elementBytes: null }
const TYPES: readonly KeyType[] = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'array', 'module']

const PERCENTILES: Percentiles = { p0: 1, p50: 2, p75: 3, p90: 4, p95: 5, p99: 6, p999: 7, p100: 8, mean: 2.5 }

function sums(keys: number, ramBytes: number): Sums {
  return {
    ...{ keys, ramBytes, overheadBytes: keys * 16, memoryUsageBytes: ramBytes, payloadBytes: ramBytes / 2 },
    ...{ rdbBytes: ramBytes / 3, elements: keys * 4, expiringKeys: Math.floor(keys / 2), expiredKeys: 0 },
  }
}

const FILE: ProvenanceFile = {
  ...{ path: 'dump.rdb', bytes: 1_500_000_000, sha256: 'ab'.repeat(32), container: 'rdb', magic: 'REDIS' },
  ...{ rdbVersion: 12, dialect: 'redis', server: 'Redis 7.4.1', bits: 64, checksum: 'ok', dumpTimeMs: NOW_MS },
  ...{ usedMemoryBytes: 4_700_000_000, aux: [], functionBytes: 0, functions: 0, modules: [], commandsNotIncluded: 0 },
  complete: true,
}

/** What the analysis gives for a dump without keys. */
export function emptyReport(): AnalysisReport {
  return {
    schemaVersion: 1,
    generator: { name: 'rdblens', version: '0.1.0' },
    provenance: {
      files: [FILE],
      ...{ sha256: FILE.sha256, magic: 'REDIS', rdbVersion: 12, server: FILE.server, checksum: 'ok' },
      ...{ dumpTimeMs: NOW_MS, nowMs: NOW_MS, estimated: false, settings: {}, options: {}, filteredKeys: 0 },
      target: { id: 'redis-7.4', title: 'Redis 7.4', allocator: 'jemalloc', bits: 64 },
    },
    totals: sums(0, 0),
    reconciliation: [],
    files: [{ ...sums(0, 0), file: 0 }],
    databases: [],
    types: [],
    encodings: [],
    patterns: [],
    patternSummary: { separators: ':', found: 0, bounded: false },
    bigKeys: [],
    bigKeySummary: {
      preset: 'default',
      limits: Object.fromEntries(TYPES.map((type) => [type, NO_LIMIT])) as AnalysisReport['bigKeySummary']['limits'],
      ...{ flaggedKeys: 0, flaggedRamBytes: 0, byType: [] },
    },
    largest: [],
    keySizes: { ramBytes: null, nameBytes: null, histogram: [], nameHistogram: [], totalNameBytes: 0, perType: [] },
    ttl: {
      nowMs: NOW_MS,
      buckets: [
        { id: 'none', title: 'never expires', keys: 0, ramBytes: 0 },
        { id: '<1m', title: 'under a minute', keys: 0, ramBytes: 0 },
      ],
      ...{ withoutTtl: { keys: 0, ramBytes: 0 }, expired: { keys: 0, ramBytes: 0 }, spread: null },
      ...{
        withoutTtlPatterns: [],
        leaks: [],
        stampedes: [],
        stampedeUndercount: 0,
        bigExpiring: [],
        keysWithFieldTtl: 0,
      },
    },
    idle: { policy: 'none', note: 'The policy recorded neither.', idle: [], freq: [], cold: [] },
    slots: null,
    warnings: [],
  }
}

/** A name as the analysis makes it from the bytes of a key. */
export function keyNameOf(key: string | Uint8Array): KeyName {
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
  if (isUtf8(bytes) && !/[\u0000-\u001f\u007f-\u009f]/.test(text)) return { key: text }
  return { key: escapeBytes(bytes), keyBase64: Buffer.from(bytes).toString('base64') }
}

export function bigKeyOf(name: KeyName, index: number): BigKey {
  return {
    ...name,
    ...{ db: index % 3, type: TYPES[index % TYPES.length]!, encoding: 'hashtable', ramBytes: 148e6 - index * 1000 },
    ...{
      payloadBytes: 1e8,
      elements: 1_204_551,
      longestElementBytes: 61,
      expiresAtMs: index % 2 ? NOW_MS + 1e7 : null,
    },
    ...{ file: 0, offset: 1000 + index, freeEffort: 1_204_551, deleteMs: 900, replyBytes: 1.4e8 },
    largestElements: [
      { name: name.key, index: 7, bytes: 61 },
      { name: null, index: 0, bytes: 60 },
    ],
    reasons: ['1,204,551 elements, the limit is 10,000'],
    advice: ['UNLINK <key> instead of DEL'],
  }
}

/** A report in which every name is one that has broken other tools. */
export function hostileReport(): AnalysisReport {
  const names = HOSTILE_KEYS.map(keyNameOf)
  const texts = names.map((name) => name.key)
  const bigKeys = names.map(bigKeyOf)
  const total = sums(names.length * 10, names.length * 10_000)
  const patterns = names.map(
    (name, index): PatternRow => ({
      ...{ pattern: name.key, type: TYPES[index % TYPES.length]!, keys: 10, ramBytes: 10_000, overheadBytes: 160 },
      ...{ payloadBytes: 5000, rdbBytes: 3333, elements: 40, keyNameBytes: 100, share: 1 / names.length },
      ...{ averageRamBytes: 1000, withoutTtl: 5, withoutTtlRamBytes: 5000, expiredKeys: 0, longestElementBytes: 61 },
      ttl: { minMs: 1000, medianMs: 2000, maxMs: 3000 },
      largest: { ...name, db: 0, ramBytes: 2000 },
      encodings: [{ encoding: 'raw', keys: 10, ramBytes: 10_000 }],
      ...{ averageIdleSeconds: null, averageFreq: null, examples: [name], exampleWithoutTtl: name, match: name.key },
      patterns: 1,
    }),
  )
  const base = emptyReport()
  const amounts = { keys: total.keys, ramBytes: total.ramBytes }
  return {
    ...base,
    provenance: {
      ...base.provenance,
      estimated: true,
      changedSettings: { 'hash-max-listpack-entries': 99, 'maxmemory-policy': texts[4]! },
      notUnderstood: texts.slice(0, 12),
      options: { match: texts.slice(0, 28), top: 3 },
      files: texts.slice(0, 6).map((path) => ({ ...FILE, path, server: path, checksum: 'wrong', complete: false })),
    },
    totals: total,
    reconciliation: [
      { id: 'payload', title: 'payload', bytes: 900, share: 0.9 },
      { id: 'unexplained', title: 'unexplained', bytes: -100, share: -0.1 },
      { id: 'used-memory', title: 'used_memory', bytes: 1000, share: 1 },
    ],
    files: [0, 1, 2, 3, 4, 5].map((file) => ({ ...sums(5, 5000), file })),
    databases: [0, 15, -1].map((db) => ({ ...sums(10, 1000), db, largest: { ...names[db + 1]!, db, ramBytes: 1 } })),
    types: TYPES.map((type, index) => ({
      ...sums(10, 1000),
      ...{ type, averageRamBytes: 100, averageElements: 4, largest: { ...names[index]!, db: 0, ramBytes: 5 } },
    })),
    encodings: TYPES.flatMap((type, index) =>
      (index % 2 === 0 ? ['listpack', 'hashtable'] : ['raw']).map((encoding) => ({
        ...sums(5, 500),
        ...{ type, encoding, averageRamBytes: 100, largest: { ...names[index]!, db: 0, ramBytes: 5 } },
      })),
    ),
    patterns,
    patternSummary: { separators: ':', found: patterns.length, bounded: true },
    groups: [...texts, '[other]'].map((group, index) => ({
      ...{ group, owner: index % 2 ? group : null, keys: 10, ramBytes: 100, overheadBytes: 16, payloadBytes: 50 },
      ...{ rdbBytes: 33, share: 0.1, withoutTtl: 5, withoutTtlRamBytes: 50 },
    })),
    prefixTree: {
      ...{ name: '', keys: 310, ramBytes: 310_000, payloadBytes: 1, withoutTtl: 1 },
      children: texts.map((name) => ({
        ...{ name, keys: 10, ramBytes: 10_000, payloadBytes: 5000, withoutTtl: 5 },
        children: [
          { name: `:${name}`, keys: 6, ramBytes: 6000, payloadBytes: 1, withoutTtl: 1, children: [] },
          { name: ':{int}', keys: 4, ramBytes: 4000, payloadBytes: 1, withoutTtl: 1, children: [] },
        ],
      })),
    },
    bigKeys,
    bigKeySummary: { ...base.bigKeySummary, flaggedKeys: 99, flaggedRamBytes: 1e9, preset: 'default' },
    largest: TYPES.map((type, index) => ({ type, byBytes: bigKeys.slice(index * 3, index * 3 + 5), byElements: [] })),
    keySizes: {
      ...base.keySizes,
      ...{ ramBytes: PERCENTILES, nameBytes: PERCENTILES },
    },
    ttl: {
      ...base.ttl,
      buckets: [
        { id: 'none', title: 'never expires', ...amounts },
        { id: '1d-7d', title: '1 to 7 days', keys: 3, ramBytes: 40 },
      ],
      withoutTtl: amounts,
      expired: { keys: 7, ramBytes: 7000 },
      withoutTtlPatterns: texts.map((pattern) => ({
        ...{ pattern, type: 'string', keys: 10, withoutTtl: 5, withoutTtlRamBytes: 5000 },
      })),
      leaks: texts.map((pattern, index) => ({
        ...{ pattern, type: 'string', keys: 10, withoutTtl: 1, withoutTtlRamBytes: 96, expiringShare: 0.9 },
        example: names[index]!,
      })),
      stampedes: [{ unit: 'minute', startMs: NOW_MS, keys: 214_000, ramBytes: 1e6, share: 0.3 }],
    },
    idle: {
      ...{ policy: 'lru', note: 'idle', freq: [], cold: [] },
      idle: [{ title: 'under an hour', from: 0, to: 3600, keys: 5, ramBytes: 500 }],
    },
    slots: {
      usedSlots: 3,
      heaviest: [{ slot: 5474, keys: 3, ramBytes: 5e8, timesMean: 12.5 }],
      hashTags: [{ tag: texts[3]!, slot: 1, keys: 1, ramBytes: 1 }],
      keysWithHashTag: 1,
      shardPlans: [{ shards: 3, perShard: [1, 2, 3].map((keys) => ({ keys, ramBytes: keys })), skew: 1.52 }],
      owners: texts.map((node) => ({ node, id: 'ab'.repeat(20), slots: 5, keys: 3, ramBytes: 9, timesMean: 1.5 })),
      ownersSkew: 1.5,
      strip: [],
    },
    values: {
      ...{ sampledKeys: 12, sampledValues: 34, sampledBytes: 5600, sampleNote: 'a sample' },
      summary: [{ format: 'json', title: 'JSON, minified', sampledValues: 34, share: 1 }],
      formats: texts.map((pattern) => ({
        ...{ pattern, type: 'string', format: 'json', title: 'JSON, minified', sampledValues: 4, share: 1 },
        ...{ valueShare: 1, averageBytes: 61.5, examples: [pattern] },
      })),
      duplicates: texts.map((pattern, index) => ({
        ...{ pattern, format: 'text', title: 'text (UTF-8)', valueBytes: 1000, keys: 9, exact: index % 2 === 0 },
        ...{ wastedBytes: 8000, examples: [names[index]!], value: pattern },
      })),
      trees: texts.map((pattern) => ({
        ...{ pattern, type: 'hash', of: 'fields', sampledValues: 10, nameBytes: 60, valueBytes: 140 },
        ...{ syntaxBytes: 10, blankBytes: 5, nameShare: 0.28 },
        paths: [
          {
            ...{ name: pattern, kind: 'object', values: 10, nameBytes: 60, valueBytes: 140, emptyValues: 0 },
            distinctValues: null,
            children: [
              {
                ...{ name: pattern, kind: 'null', values: 10, nameBytes: 30, valueBytes: 140, emptyValues: 10 },
                ...{ distinctValues: 1, children: [] },
              },
            ],
          },
        ],
      })),
    },
    savings: {
      target: 'redis-7.4',
      before: { keys: 1, ramBytes: 1e9, usedMemoryBytes: 1.1e9 },
      techniques: [],
      plan: texts.slice(0, 3).map((title) => ({
        ...{ id: 'x', title, status: 'applies', keys: 1, ramBytesBefore: 1e9, ramBytesAfter: 9e8, savedBytes: 1e8 },
        ...{ savedRatio: 0.1, usedMemoryBefore: 1e9, usedMemoryAfter: 9e8, certainty: 'exact', sampledKeys: 0 },
        ...{ interval95: null, parameters: {}, groups: [], assumptions: [], breaks: [title], effort: 'client' },
        ...{ steps: [], verify: [], rollback: [] },
        ...{ savedAloneBytes: 2e8, savedAfterOthersBytes: 1e8, savedPerMonth: null },
      })),
    },
    warnings: texts.map((message, index) => ({ code: 'x', message, file: index % 3, offset: null })),
  }
}
