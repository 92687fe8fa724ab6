import { formatBytes, formatCount, plural } from '../reports/format.js'
import type { ProvenanceFile, SavingsReport } from '../reports/report.js'
import type { DumpFacts } from './dump-facts.js'
import { KeyFilter } from './filters.js'
import type { ChosenTarget } from './memory/choose-target.js'
import { techniques } from './optimizations/index.js'
import type { LargestKeys, RecordSample } from './pipeline/record-sample.js'
import type { KeySample } from './plan/key-sample.js'
import type { PlanOptions } from './plan/plan.js'
import { Savings } from './plan/savings.js'
import type { ReadRequest } from './requests.js'
import { simulate } from './simulate.js'

/** Keys that are looked at when there are many more: a report must not take several times as long for its savings. */
export const SAMPLE_KEYS = 8192
/** Samples that a data set may be as large as, and all of its keys are looked at. */
const WHOLE_SAMPLES = 4

/** Older dumps do not say how many keys a database has. */
const FIRST_VERSION_WITH_HINTS = 7

/** They need all keys of the same thing, and a sample of keys has some of them only. */
const NEEDS_ALL_KEYS: ReadonlySet<string> = new Set([
  'merge-entity-keys',
  'strings-to-hash',
  'bitmap-flags',
  'dedupe-values',
  'hash-templates',
])

/** Elements of all keys that are looked at, above which what no plan would take is left out. */
const MANY_ELEMENTS = 1_000_000

/** Memory from which on codecs run over so much of their samples only. */
const MANY_BYTES = 2 ** 26
const QUICK_SHARE = 0.25

/** They price every element of large collections, and are advice beside the plan. */
const EVERY_ELEMENT: ReadonlySet<string> = new Set([
  'upgrade-server',
  'pointer-width-32',
  'list-node-size',
  'list-compress',
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

export interface SavingsSectionOptions {
  /** Groups per technique. */
  readonly top: number
  readonly plan?: PlanOptions | undefined
  /** Keys that are enough. */
  readonly sampleKeys?: number | undefined
}

/**
 * Savings of dumps with few keys, to be found in the very reading in which everything else is found: its `tap` looks at
 * values, where the first dump says that it has few keys.
 */
export async function savingsAlongside(
  request: ReadRequest,
  { sampleKeys = SAMPLE_KEYS, ...options }: SavingsSectionOptions,
): Promise<Savings> {
  const bounds = { keys: WHOLE_SAMPLES * sampleKeys - 1, elements: MANY_ELEMENTS, everyElement: EVERY_ELEMENT }
  return Savings.begin(again(request), { ...options, bounds })
}

/** Before the first key: whether the dump is for savings alongside. */
export function goesAlongside(savings: Savings, chosen: ChosenTarget, { hintedKeys }: DumpFacts): void {
  if (hintedKeys !== null && savings.mayHave(hintedKeys)) savings.setTarget(chosen)
  else savings.giveUp()
}

/** What was found alongside; null when a reading of its own would find something else. */
async function foundAlongside(savings: Savings, whole: WholeDataSet): Promise<SavingsReport | null> {
  const isLong = whole.elements > MANY_ELEMENTS
  if (savings.gaveUp || savings.tap.keys !== whole.keys || isLong !== savings.leftOut.length > 0) return null
  savings.share = isLong || whole.ramBytes >= MANY_BYTES ? QUICK_SHARE : 1
  const report = await savings.report()
  return isLong ? noted(report, whole.keys, 1, [...EVERY_ELEMENT], null) : report
}

/**
 * What could be saved, for the report of `analyze`: of large data sets one key of so many is looked at, chosen by the
 * hash of its name, and the figures are multiplied; everything is then marked as sampled.
 */
export async function savingsFor(
  request: ReadRequest,
  whole: WholeDataSet,
  { sampleKeys = SAMPLE_KEYS, ...options }: SavingsSectionOptions,
  alongside: Savings | null = null,
): Promise<SavingsReport> {
  const found = alongside === null ? null : await foundAlongside(alongside, whole)
  if (found !== null) return found
  alongside?.giveUp()
  // A power of two, as samples are halved while keys come.
  const oneIn = whole.keys < WHOLE_SAMPLES * sampleKeys ? 1 : 2 ** Math.floor(Math.log2(whole.keys / sampleKeys))
  const largest = oneIn === 1 ? null : (whole.records?.largest() ?? null)
  const elements =
    largest === null ? whole.elements / oneIn : (whole.elements - largest.elements) / oneIn + largest.takenElements
  const isLong = elements > MANY_ELEMENTS
  const isLarge = oneIn > 1 || whole.ramBytes >= MANY_BYTES || isLong
  const share = isLarge ? QUICK_SHARE : 1
  const leftOut = new Set([...(oneIn > 1 ? NEEDS_ALL_KEYS : []), ...(isLong ? EVERY_ELEMENT : [])])
  const ids = techniques.map(({ id }) => id).filter((id) => !leftOut.has(id))
  const { report, readKeys } = await simulate(sampleOf(request, oneIn, whole, largest), {
    ...options,
    techniques: ids,
    share,
    sample: oneIn === 1 ? undefined : keySample(whole, largest),
  })
  // The section of a report has no version of its own.
  const { schemaVersion: _schema, generator: _generator, note: _note, ...section } = report
  return leftOut.size === 0 ? section : noted(section, readKeys, oneIn, [...leftOut], largest)
}

function keySample(whole: WholeDataSet, largest: LargestKeys | null): KeySample {
  return {
    keys: whole.keys,
    ramBytes: whole.ramBytes,
    usedMemoryBytes: whole.ramBytes + whole.overheadBytes,
    certainAbove: largest?.certainAbove ?? Infinity,
    leftOutKeys: largest?.leftOutKeys ?? 0,
    databases: whole.records?.databases ?? undefined,
  }
}

/** The same keys once more: the checksum was looked at, and progress was told. */
function again(request: ReadRequest): ReadRequest {
  return { ...request, verify: false, onProgress: undefined }
}

/** The same keys, or a sample. */
function sampleOf(
  request: ReadRequest,
  oneIn: number,
  { files, records }: WholeDataSet,
  largest: LargestKeys | null,
): ReadRequest {
  const { filter, inputs } = request
  const canPick = oneIn > 1 && records !== null && new KeyFilter(filter).acceptsAll && request.dumpPayload === undefined
  const most = largest?.leftOutAbove ?? Infinity
  const maxBytes = Math.min(filter.maxBytes ?? Infinity, most)
  return {
    ...again(request),
    filter: { ...filter, oneIn, always: largest?.hashes, ...(maxBytes === Infinity ? {} : { maxBytes }) },
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
function noted(
  savings: SavingsReport,
  keys: number,
  oneIn: number,
  leftOut: readonly string[],
  largest: LargestKeys | null,
): SavingsReport {
  const { planSummary } = savings
  if (planSummary === undefined) return savings
  const always =
    largest === null || largest.hashes.size === 0 ? '' : ` and the ${formatCount(largest.hashes.size)} largest`
  const sample = oneIn === 1 ? '' : `Estimated from ${formatCount(keys)} keys, one in ${oneIn}${always}. `
  const huge =
    largest === null || largest.leftOutKeys === 0
      ? []
      : [
          `${plural(largest.leftOutKeys, 'very large key')} (${formatBytes(largest.leftOutRamBytes)}) ` +
            `${largest.leftOutKeys === 1 ? 'is' : 'are'} not looked at here: rdblens simulate does.`,
        ]
  const note = `${sample}rdblens simulate looks at all keys with all techniques; left out here: ${leftOut.join(', ')}.`
  return { ...savings, planSummary: { ...planSummary, notes: [note, ...huge, ...planSummary.notes] } }
}
