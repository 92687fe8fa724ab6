import { formatCount } from '../reports/format.js'
import type { PlanState, PlanStep, ProvenanceFile, SavingsReport, TechniqueResult } from '../reports/report.js'
import { KeyFilter } from './filters.js'
import { techniques } from './optimizations/index.js'
import type { RecordSample } from './pipeline/record-sample.js'
import { maxmemoryFor, pricePerMonth } from './plan/maxmemory.js'
import type { PlanOptions } from './plan/plan.js'
import type { ReadRequest } from './requests.js'
import { simulate } from './simulate.js'

/** Keys that are looked at when there are many more: a report must not take several times as long for its savings. */
export const SAMPLE_KEYS = 16_384

/** Older dumps do not say how many keys a database has. */
const FIRST_VERSION_WITH_HINTS = 7

/** They need all keys of the same thing, and a sample of keys has some of them only. */
const NEEDS_ALL_KEYS: ReadonlySet<string> = new Set(['merge-entity-keys', 'bitmap-flags', 'dedupe-values'])

/** Elements of all keys that are looked at, above which what no plan would take is left out. */
const MANY_ELEMENTS = 1_000_000

/** Memory from which on codecs run over so much of their samples only. */
const MANY_BYTES = 2 ** 26
const QUICK_SHARE = 0.25

/** They price every element of large collections, and are advice beside the plan. */
const EVERY_ELEMENT: ReadonlySet<string> = new Set([
  'upgrade-server',
  'pointer-width-32',
  'split-big-keys',
  'hyperloglog',
  'bloom-filter',
  'hash-templates',
  'defragment',
])

/** The whole data set, as the report found it. */
export interface WholeDataSet {
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  /** Of all keys together. */
  readonly elements: number
  readonly files: readonly Pick<ProvenanceFile, 'container' | 'complete' | 'dialect' | 'rdbVersion'>[]
  /** Where the keys of a sample are; null: the dumps are read as a whole to find them. */
  readonly records: RecordSample | null
}

/**
 * What could be saved, for the report of `analyze`: of large data sets one key of so many is looked at, chosen by the
 * hash of its name, and the figures are multiplied; everything is then marked as sampled.
 */
export async function savingsFor(
  request: ReadRequest,
  whole: WholeDataSet,
  options: { readonly top: number; readonly plan?: PlanOptions | undefined },
): Promise<SavingsReport> {
  // A power of two: the tables of keys have sizes of that kind, and shrink by just as much.
  const oneIn = 2 ** Math.max(0, Math.floor(Math.log2(whole.keys / SAMPLE_KEYS)))
  const isLong = whole.elements / oneIn > MANY_ELEMENTS
  const isLarge = oneIn > 1 || whole.ramBytes >= MANY_BYTES || isLong
  const share = isLarge ? QUICK_SHARE : 1
  const leftOut = new Set([...(oneIn > 1 ? NEEDS_ALL_KEYS : []), ...(isLong ? EVERY_ELEMENT : [])])
  const ids = techniques.map(({ id }) => id).filter((id) => !leftOut.has(id))
  const { report } = await simulate(sampleOf(request, oneIn, whole), { ...options, techniques: ids, share })
  // The section of a report has no version of its own.
  const { schemaVersion: _schema, generator: _generator, note: _note, ...section } = report
  const savings = oneIn === 1 ? section : scaled(section, whole, options.plan?.pricePerGibMonth)
  return leftOut.size === 0 ? savings : noted(savings, report.before.keys, oneIn, [...leftOut])
}

/** The same keys once more, or a sample: the checksum was looked at, and progress was told. */
function sampleOf(request: ReadRequest, oneIn: number, { files, records }: WholeDataSet): ReadRequest {
  const { filter, inputs } = request
  const canPick = oneIn > 1 && records !== null && new KeyFilter(filter).acceptsAll && request.dumpPayload === undefined
  return {
    ...request,
    verify: false,
    onProgress: undefined,
    filter: { ...filter, oneIn },
    inputs: inputs.map((input, file) => {
      const only = canPick && isPlain(files[file]) ? records.of(file, oneIn) : null
      return only === null ? input : { ...input, only }
    }),
  }
}

/** A dump whose records mean the same without the others. */
function isPlain(file: WholeDataSet['files'][number] | undefined): boolean {
  return (
    file?.complete === true &&
    (file.container === 'rdb' || file.container === 'aof') &&
    (file.dialect === 'redis' || file.dialect === 'valkey') &&
    file.rdbVersion >= FIRST_VERSION_WITH_HINTS
  )
}

/** Says what was not looked at. */
function noted(savings: SavingsReport, keys: number, oneIn: number, leftOut: readonly string[]): SavingsReport {
  const { planSummary } = savings
  if (planSummary === undefined) return savings
  const sample = oneIn === 1 ? '' : `Estimated from ${formatCount(keys)} keys, one in ${oneIn}. `
  const note = `${sample}rdblens simulate looks at all keys with all techniques; left out here: ${leftOut.join(', ')}.`
  return { ...savings, planSummary: { ...planSummary, notes: [note, ...planSummary.notes] } }
}

function scaled(sample: SavingsReport, whole: WholeDataSet, price: number | undefined): SavingsReport {
  const factor = sample.before.keys === 0 ? 1 : whole.keys / sample.before.keys
  const usedMemoryBytes = whole.ramBytes + whole.overheadBytes
  const { planSummary } = sample
  const techniques = sample.techniques.map((row) => scaledTechnique(row, sample.before.keys, factor, usedMemoryBytes))
  let left = usedMemoryBytes
  const plan = sample.plan.map((step): PlanStep => {
    const row = scaledTechnique(step, sample.before.keys, factor, usedMemoryBytes)
    const before = left
    left -= row.savedBytes
    return {
      ...row,
      usedMemoryBefore: before,
      usedMemoryAfter: left,
      savedAloneBytes: Math.round(step.savedAloneBytes * factor),
      savedAfterOthersBytes: row.savedBytes,
      savedPerMonth: pricePerMonth(row.savedBytes, price),
    }
  })
  const savedBytes = usedMemoryBytes - left
  return {
    target: sample.target,
    before: { keys: whole.keys, ramBytes: whole.ramBytes, usedMemoryBytes },
    techniques,
    plan,
    ...(planSummary === undefined
      ? {}
      : {
          planSummary: {
            ...planSummary,
            before: stateOf(planSummary.before, factor, usedMemoryBytes, price),
            after: stateOf(planSummary.after, factor, left, price),
            savedBytes,
            savedRatio: usedMemoryBytes === 0 ? 0 : savedBytes / usedMemoryBytes,
            savedPerMonth: pricePerMonth(savedBytes, price),
            concessions: planSummary.concessions.map((row) => ({
              ...row,
              savedAloneBytes: Math.round(row.savedAloneBytes * factor),
            })),
          },
        }),
  }
}

function stateOf(state: PlanState, factor: number, usedMemoryBytes: number, price: number | undefined): PlanState {
  return {
    ...state,
    keys: Math.round(state.keys * factor),
    ramBytes: Math.round(state.ramBytes * factor),
    usedMemoryBytes,
    memoryUsageBytes: null,
    maxmemoryBytes: maxmemoryFor(usedMemoryBytes),
    pricePerMonth: pricePerMonth(usedMemoryBytes, price),
  }
}

/** Sums and counts of a sample, for the whole; what was chosen (limits, names) stays. */
function scaledTechnique(
  row: TechniqueResult,
  sampledKeys: number,
  factor: number,
  usedMemoryBytes: number,
): TechniqueResult {
  const times = (value: number): number => Math.round(value * factor)
  const savedBytes = times(row.savedBytes)
  return {
    ...row,
    keys: times(row.keys),
    ramBytesBefore: times(row.ramBytesBefore),
    ramBytesAfter: times(row.ramBytesAfter),
    savedBytes,
    savedRatio: usedMemoryBytes === 0 ? 0 : savedBytes / usedMemoryBytes,
    usedMemoryBefore: usedMemoryBytes,
    usedMemoryAfter: usedMemoryBytes - savedBytes,
    certainty: row.certainty === 'modelled' ? 'modelled' : 'sampled',
    sampledKeys: row.sampledKeys > 0 ? row.sampledKeys : Math.min(sampledKeys, row.keys),
    interval95: row.interval95 === null ? null : [times(row.interval95[0]), times(row.interval95[1])],
    parameters: Object.fromEntries(
      Object.entries(row.parameters).map(([name, value]) => [name, scaledCurve(value, times)]),
    ),
    groups: row.groups.map((group) =>
      Object.fromEntries(
        Object.entries(group).map(([name, value]) => [name, COUNTED.has(name) ? times(Number(value)) : value]),
      ),
    ),
  }
}

/** Figures of a group that are sums over its keys. */
const COUNTED: ReadonlySet<string> = new Set([
  'keys',
  'keysAfter',
  'ramBytesBefore',
  'ramBytesAfter',
  'savedBytes',
  'buckets',
])

function scaledCurve(value: unknown, times: (value: number) => number): unknown {
  if (!Array.isArray(value)) return value
  return value.map((point: unknown) =>
    typeof point === 'object' && point !== null && 'limit' in point && 'savedBytes' in point && 'keys' in point
      ? { ...point, keys: times(Number(point.keys)), savedBytes: times(Number(point.savedBytes)) }
      : point,
  )
}
