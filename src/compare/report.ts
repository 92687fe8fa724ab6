import {
  type ChangedKey,
  type ChangedPattern,
  COMPARE_SCHEMA_VERSION,
  type CompareReport,
  type EncodingChange,
  type KeyChurn,
  type TtlDrift,
} from '../../reports/compare-report.js'
import { formatCount, plural } from '../../reports/format.js'
import type { KeyType } from '../../reports/report.js'
import { compareText } from '../analysis/names.js'
import { version } from '../version.js'
import { changedKeys } from './big-keys.js'
import { changesOf, pairs } from './change.js'
import { BIG_KEY_BYTES, type Condition, checkCondition } from './conditions.js'
import type { SideFacts } from './facts.js'
import { byChange, changedPattern, cutPatterns, type PatternPair, patternsByText, unifiedPatterns } from './patterns.js'

const DAY_MS = 24 * 60 * 60 * 1000
/** A share without expiry, or of an encoding, that moved by so much is worth a row. */
const SHARE_MOVED = 0.01
/** A median time to live that became so many times longer or shorter. */
const TTL_TIMES = 1.25
/** Patterns of fewer keys prove nothing. */
const FEW_KEYS = 10
/** Keys that are listed when all are wanted. */
const ALL_KEYS = 500

/** What is known from reading both sides key by key. */
export interface Joined {
  readonly pairs: readonly PatternPair[]
  readonly churn: KeyChurn
  /** Largest change first: of those that are new, gone, grown and shrunk the largest each. */
  readonly keys: readonly ChangedKey[]
  /** New keys of `BIG_KEY_BYTES` or more. */
  readonly newBigKeys: number
  /** Keys of `BIG_KEY_BYTES` or more that grew or shrank most, in bytes or in proportion; they may be among `keys`, too. */
  readonly extremes: readonly ChangedKey[]
  readonly note: string
}

export interface ReportOptions {
  readonly top: number
  readonly conditions: readonly Condition[]
  readonly notes: readonly string[]
}

/** @param joined null: the sides are compared by what they list */
export function compareReport(
  before: SideFacts,
  after: SideFacts,
  joined: Joined | null,
  options: ReportOptions,
): CompareReport {
  const { found, unified } = patternPairs(before, after, joined)
  const patterns = found.map(changedPattern).sort(byChange)
  const bigKeys = joined?.keys ?? changedKeys(before, after)
  const days = daysBetween(before, after)
  const withoutTtl = (facts: SideFacts): number => facts.totals.keys - facts.totals.expiringKeys
  const totals = {
    ...changesOf(
      ['keys', 'ramBytes', 'payloadBytes', 'overheadBytes', 'expiringKeys', 'expiredKeys'],
      before.totals,
      after.totals,
    ),
    ...changesOf(['withoutTtl'], { withoutTtl: withoutTtl(before) }, { withoutTtl: withoutTtl(after) }),
  }
  const count = (state: ChangedPattern['state']): number => patterns.filter((row) => row.state === state).length
  const whole: Omit<CompareReport, 'conditions'> = {
    schemaVersion: COMPARE_SCHEMA_VERSION,
    kind: 'compare',
    generator: { name: 'rdblens', version },
    old: before.side,
    new: after.side,
    days,
    totals,
    ramBytesPerDay: days === null || days === 0 ? null : totals.ramBytes.change / days,
    types: pairs(before.types, after.types, ({ type }) => type).map((pair) => ({
      type: pair.id as KeyType,
      ...changesOf(['keys', 'ramBytes', 'payloadBytes'], pair.before, pair.after),
    })),
    encodings: pairs(before.encodings, after.encodings, ({ type, encoding }) => `${type} ${encoding}`).map((pair) => {
      const { type, encoding } = (pair.after ?? pair.before)!
      return { type, encoding, ...changesOf(['keys', 'ramBytes'], pair.before, pair.after) }
    }),
    databases: pairs(before.databases, after.databases, ({ db }) => String(db)).map((pair) => ({
      db: Number(pair.id),
      ...changesOf(['keys', 'ramBytes', 'payloadBytes'], pair.before, pair.after),
    })),
    patterns,
    patternSummary: { new: count('new'), gone: count('gone'), grown: count('grown'), shrunk: count('shrunk') },
    patternsUnified: unified,
    churn: joined?.churn ?? null,
    bigKeys,
    bigKeysNote: joined?.note ?? noteOf(before, after),
    ttl: { buckets: changedBuckets(before, after), drift: driftOf(patterns) },
    encodingChanges: encodingChanges(patterns),
    notes: [...options.notes, ...differences(before, after)],
  }
  const newBigKeys = joined?.newBigKeys ?? bigKeys.filter(isNewAndBig).length
  const measured = { ...whole, bigKeys: [...bigKeys, ...(joined?.extremes ?? [])], newBigKeys }
  const conditions = options.conditions.map((condition) => checkCondition(condition, measured))
  const { top } = options
  const cut = <Row>(rows: readonly Row[], all?: number): readonly Row[] => rows.slice(0, top === 0 ? all : top)
  return {
    ...whole,
    patterns: cutPatterns(patterns, top),
    bigKeys: cut(bigKeys, ALL_KEYS),
    ttl: { ...whole.ttl, drift: cut(whole.ttl.drift) },
    encodingChanges: cut(whole.encodingChanges),
    conditions,
  }
}

function isNewAndBig({ state, newRamBytes }: ChangedKey): boolean {
  return state === 'new' && (newRamBytes ?? 0) >= BIG_KEY_BYTES
}

function patternPairs(
  before: SideFacts,
  after: SideFacts,
  joined: Joined | null,
): { readonly found: readonly PatternPair[]; readonly unified: boolean } {
  if (joined !== null) return { found: joined.pairs, unified: true }
  if (before.collectors !== null && after.collectors !== null) {
    const [old, fresh] = [before.collectors.patterns, after.collectors.patterns]
    return { found: unifiedPatterns(old, fresh).pairs, unified: true }
  }
  return { found: patternsByText(before.patterns ?? [], after.patterns ?? []), unified: false }
}

function daysBetween(before: SideFacts, after: SideFacts): number | null {
  const from = before.side.dumpTimeMs ?? before.side.nowMs
  const to = after.side.dumpTimeMs ?? after.side.nowMs
  return from === null || to === null || to < from ? null : (to - from) / DAY_MS
}

function noteOf(before: SideFacts, after: SideFacts): string {
  if (before.largest.length === 0 && after.largest.length === 0) return 'Neither side names its keys.'
  return (
    'Of the largest keys of each type that both sides keep: new and gone are those that are too large to have been ' +
    'there before, or to be there now, without being listed.'
  )
}

function changedBuckets(before: SideFacts, after: SideFacts): CompareReport['ttl']['buckets'] {
  if (before.ttlBuckets.length === 0 || after.ttlBuckets.length === 0) return []
  return after.ttlBuckets.map((bucket) => {
    const old = before.ttlBuckets.find(({ id }) => id === bucket.id)
    return { id: bucket.id, title: bucket.title, ...changesOf(['keys', 'ramBytes'], old, bucket) }
  })
}

function driftOf(patterns: readonly ChangedPattern[]): readonly TtlDrift[] {
  return patterns
    .flatMap((row): readonly TtlDrift[] => {
      const { pattern, type, keys, withoutTtl, withoutTtlRamBytes, medianTtlMs } = row
      if (type === 'mixed' || keys.old < FEW_KEYS || keys.new < FEW_KEYS) return []
      const share = { old: withoutTtl.old / keys.old, new: withoutTtl.new / keys.new }
      const { old, new: fresh } = medianTtlMs
      const times = old === null || fresh === null || old <= 0 || fresh <= 0 ? 1 : Math.max(old / fresh, fresh / old)
      if (Math.abs(share.new - share.old) < SHARE_MOVED && times < TTL_TIMES) return []
      return [{ pattern, type, keys, withoutTtlShare: share, withoutTtl, withoutTtlRamBytes, medianTtlMs }]
    })
    .sort(
      (a, b) =>
        Math.abs(b.withoutTtlRamBytes.change) - Math.abs(a.withoutTtlRamBytes.change) ||
        b.keys.new - a.keys.new ||
        compareText(a.pattern, b.pattern) ||
        compareText(a.type, b.type),
    )
}

function encodingChanges(patterns: readonly ChangedPattern[]): readonly EncodingChange[] {
  return patterns
    .flatMap((row) => {
      const { type, pattern, keys } = row
      if (type === 'mixed' || keys.old === 0 || keys.new === 0) return []
      return row.encodings.flatMap((encoding): readonly EncodingChange[] => {
        const share = { old: encoding.keys.old / keys.old, new: encoding.keys.new / keys.new }
        if (Math.abs(share.new - share.old) < SHARE_MOVED) return []
        return [{ pattern, type, encoding: encoding.encoding, share, keys: encoding.keys, ramBytes: encoding.ramBytes }]
      })
    })
    .sort(
      (a, b) =>
        Math.abs(b.ramBytes.change) - Math.abs(a.ramBytes.change) ||
        compareText(a.pattern, b.pattern) ||
        compareText(a.encoding, b.encoding),
    )
}

/** What makes the numbers of the two differ in more than their keys. */
function differences(before: SideFacts, after: SideFacts): readonly string[] {
  const notes: string[] = []
  const unlike = (name: string): boolean =>
    before.likeness[name] !== undefined &&
    after.likeness[name] !== undefined &&
    JSON.stringify(before.likeness[name]) !== JSON.stringify(after.likeness[name])
  if (unlike('target')) {
    const [old, fresh] = [before.side.target ?? 'another target', after.side.target ?? 'another target']
    notes.push(
      old === fresh
        ? 'The sizes of the two hold for different settings of the server.'
        : `The sizes of the two hold for different servers, ${old} and ${fresh}: name one with --target.`,
    )
  }
  if (unlike('options')) notes.push('The two were made with different options, such as filters.')
  if (unlike('dumps')) {
    const [old, fresh] = [before.likeness.dumps, after.likeness.dumps]
    notes.push(`The old side has ${plural(Number(old), 'dump')}, the new side ${formatCount(Number(fresh))}.`)
  }
  if (unlike('redact')) notes.push('Names are redacted in different ways: the same key may have two names.')
  if (!before.side.complete) notes.push('The old side is not complete: a dump of it was cut or damaged.')
  if (!after.side.complete) notes.push('The new side is not complete: a dump of it was cut or damaged.')
  return notes
}
