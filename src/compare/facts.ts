import type { ComparedSide } from '../../reports/compare-report.js'
import type {
  AnalysisReport,
  BigKey,
  DatabaseRow,
  EncodingRow,
  KeyName,
  KeyType,
  PatternRow,
  Sums,
  TtlBucket,
  TypeRow,
} from '../../reports/report.js'
import type { CollectorsState } from '../analysis/collectors.js'
import { NameSlots } from '../analysis/names.js'
import type { TopKeysState } from '../analysis/top-keys.js'
import { KEPT_COLUMN } from '../analysis/top-keys.js'
import { Totals } from '../analysis/totals.js'
import { ttlBuckets } from '../analysis/ttl.js'
import { ENCODINGS, TYPES } from '../batch.js'

/** A key that one side lists. */
export interface ListedKey {
  readonly name: KeyName
  readonly db: number
  readonly type: KeyType
  readonly encoding: string
  readonly ramBytes: number
  readonly elements: number | null
}

/** What is compared of one side. */
export interface SideFacts {
  readonly side: ComparedSide
  readonly totals: Sums
  readonly types: readonly TypeRow[]
  readonly encodings: readonly EncodingRow[]
  readonly databases: readonly DatabaseRow[]
  /** Empty when the moment is not known. */
  readonly ttlBuckets: readonly TtlBucket[]
  /** The largest keys, each once. */
  readonly largest: readonly ListedKey[]
  /** Smallest key listed per type, where not all keys of the type are listed. */
  readonly listedFrom: ReadonlyMap<KeyType, number>
  /** What the collectors kept; null for reports. */
  readonly collectors: CollectorsState | null
  /** Rows of a report; null where the collectors tell. */
  readonly patterns: readonly PatternRow[] | null
  /** Settings that decide about numbers: both sides should agree. */
  readonly likeness: Readonly<Record<string, unknown>>
}

/** Facts from what collectors kept. */
export function factsOfState(
  side: ComparedSide,
  collectors: CollectorsState,
  likeness: SideFacts['likeness'],
  namesShown: boolean,
): SideFacts {
  const totals = new Totals()
  totals.restore(collectors.totals, 0)
  const sums = totals.result(true)
  const listedFrom = new Map<KeyType, number>()
  const largest: ListedKey[] = []
  for (const [t, state] of collectors.biggest.byBytes.entries()) {
    const keys = listedKeys(state)
    largest.push(...keys)
    if (keys.length === state.capacity) listedFrom.set(TYPES[t]!, keys.at(-1)?.ramBytes ?? Number.POSITIVE_INFINITY)
  }
  return {
    side,
    totals: sums.totals,
    types: sums.types,
    encodings: sums.encodings,
    databases: sums.databases,
    ttlBuckets: side.nowMs === null ? [] : ttlBuckets(collectors.ttl),
    largest: namesShown ? largest : [],
    listedFrom,
    collectors,
    patterns: null,
    likeness,
  }
}

function listedKeys({ columns, names }: TopKeysState): readonly ListedKey[] {
  const size = columns[0]?.length ?? 0
  const slots = new NameSlots(size)
  slots.restore(names)
  const column = (name: keyof typeof KEPT_COLUMN, place: number): number => columns[KEPT_COLUMN[name]]![place]!
  return Array.from({ length: size }, (_, place) => ({
    name: slots.name(place)!,
    db: column('db', place),
    type: TYPES[column('type', place)]!,
    encoding: ENCODINGS[column('encoding', place)]!,
    ramBytes: column('ramBytes', place),
    elements: column('elements', place),
  }))
}

/** Facts from a report, which lists less than collectors keep. */
export function factsOfReport(side: ComparedSide, report: AnalysisReport): SideFacts {
  const listedFrom = new Map<KeyType, number>()
  const seen = new Map<string, ListedKey>()
  const add = ({ key, keyBase64, keyLength, db, type, encoding, ramBytes, elements }: BigKey): void => {
    const name = {
      key,
      ...(keyBase64 === undefined ? {} : { keyBase64 }),
      ...(keyLength === undefined ? {} : { keyLength }),
    }
    seen.set(`${db} ${type} ${key}`, { name, db, type, encoding, ramBytes, elements })
  }
  for (const { type, byBytes } of report.largest) {
    byBytes.forEach(add)
    const keys = report.types.find((row) => row.type === type)?.keys ?? 0
    if (byBytes.length < keys) listedFrom.set(type, byBytes.at(-1)?.ramBytes ?? Number.POSITIVE_INFINITY)
  }
  report.bigKeys.forEach(add)
  const { options, target, settings } = report.provenance
  return {
    side,
    totals: report.totals,
    types: report.types,
    encodings: report.encodings,
    databases: report.databases,
    ttlBuckets: report.ttl.buckets,
    largest: options.redact === 'ids' ? [] : [...seen.values()],
    listedFrom,
    collectors: null,
    patterns: report.patterns,
    likeness: {
      ...{ target: [target, settings], options, redact: options.redact ?? 'none' },
      dumps: report.provenance.files.length,
    },
  }
}
