import { escapeBytes } from '../../../reports/escape.js'
import type { DuplicateValueRow, KeyType, ValueFormatRow, ValuesReport, ValueTree } from '../../../reports/report.js'
import { TYPES, typeOfCode } from '../../batch.js'
import { compareText, keyName } from '../names.js'
import { formatOf } from './detect.js'
import type { DuplicateValue } from './duplicates.js'
import { isJson, VALUE_FORMATS, type ValueFormat } from './formats.js'
import { PathTree } from './path-tree.js'
import type { DetectedFormats } from './sampled-values.js'
import type { ValueSample, WeighedSample } from './samples.js'
import { decoded } from './stored.js'

/** The pattern that a key is counted under, and its place in the table of patterns. */
export interface KnownPattern {
  readonly pattern: string
  readonly type: KeyType
  readonly rank: number
}

export interface ValuesOptions {
  /** Patterns that are listed one by one, and duplicates; 0: all. */
  readonly top: number
  /** Heads of values may stand in the report. */
  readonly showValues: boolean
  /** Rows of formats say how much stands behind them, so that reports can be merged. */
  readonly weights?: boolean | undefined
}

/** A row with estimates for the whole dump. */
export type WeighedFormatRow = ValueFormatRow & { readonly weightedValues: number; readonly weightedBytes: number }

/** Bytes of structured values that are followed name by name, per pattern. */
const TREE_BYTES = 256 * 1024
const EXAMPLES = 2
const SHOWN_VALUE_BYTES = 48
const DUPLICATES = 200
const OTHER = '[other]'

/** What was seen of one pattern. */
class PatternValues {
  readonly formats = new Map<ValueFormat, FormatSums>()
  readonly tree = new PathTree()
  treeBytes = 0
  hasFields = false

  constructor(readonly pattern: KnownPattern) {}
}

class FormatSums {
  values = 0
  bytes = 0
  weightedValues = 0
  weightedBytes = 0
  readonly examples: string[] = []
}

/** What a report on values is made of. */
export interface FoundValues extends DetectedFormats {
  readonly samples: readonly WeighedSample[]
  readonly duplicates: readonly DuplicateValue[]
  /** Patterns of the samples, then of the holders of duplicates; null for none. */
  readonly patterns: readonly (KnownPattern | null)[]
}

/** Makes the section on values from what the sampler has taken. */
export function valuesReport(found: FoundValues, options: ValuesOptions): ValuesReport {
  const { samples, formats } = found
  const patterns = new Map<string, PatternValues>()
  const all = new Map<ValueFormat, FormatSums>()
  let next = 0
  for (const [place, { sample, weight }] of samples.entries()) {
    const values = valuesOf(patterns, sample, listed(found.patterns[place]!, options.top))
    let at = 0
    for (const { nameKept, nameLength, valueKept, valueLength, compressedBytes } of sample.entries) {
      const nameAt = at
      const valueAt = at + Math.max(0, nameKept)
      at = valueAt + valueKept
      const format = formats[next++]!
      if (format === null) continue
      for (const sums of [values.formats, all]) addTo(sums, format, valueLength, weight)
      const inTree = values.pattern.pattern !== OTHER && values.treeBytes <= TREE_BYTES
      const followed = inTree && (nameKept >= 0 || isJson(format))
      if (!followed && !options.showValues) continue
      const value = decoded(sample.bytes.subarray(valueAt, at), compressedBytes, valueLength)!
      if (options.showValues) addExample(values.formats.get(format)!, value, valueLength)
      if (!followed) continue
      values.treeBytes += value.length
      if (nameKept < 0) values.tree.addJson(value, value.length === valueLength)
      else {
        values.hasFields = true
        values.treeBytes += nameKept
        values.tree.addField(sample.bytes.subarray(nameAt, valueAt), nameLength, value, valueLength, format)
      }
    }
  }
  const sorted = [...patterns.values()].sort((a, b) => a.pattern.rank - b.pattern.rank)
  const total = sumOf(all, (sums) => sums.weightedBytes)
  return {
    sampledKeys: samples.length,
    sampledValues: found.values,
    sampledBytes: found.bytes,
    sampleNote:
      'Formats and paths are those of a sample: keys chosen by their place in the dump, the same ones in every run, ' +
      'up to 48 elements per key and 64 KiB of it. Duplicates: values of strings, larger ones first.',
    summary: [...all]
      .map(([format, sums]) => ({
        format,
        title: VALUE_FORMATS[format],
        sampledValues: sums.values,
        share: share(sums.weightedBytes, total),
        ...(options.weights === true ? { weightedBytes: sums.weightedBytes } : {}),
      }))
      .sort((a, b) => b.share - a.share || b.sampledValues - a.sampledValues || compareText(a.format, b.format)),
    formats: sorted.flatMap((values) => formatRows(values, options)),
    duplicates: duplicateRows(found, options),
    trees: sorted.filter(({ tree }) => !tree.isEmpty).map(treeOf),
  }
}

function valuesOf(
  patterns: Map<string, PatternValues>,
  sample: ValueSample,
  known: KnownPattern | null,
): PatternValues {
  const id = known === null ? OTHER : `${known.type} ${known.pattern}`
  let values = patterns.get(id)
  if (values === undefined) {
    const type = TYPES[typeOfCode(sample.code)]!
    values = new PatternValues(known ?? { pattern: OTHER, type, rank: Number.POSITIVE_INFINITY })
    patterns.set(id, values)
  }
  return values
}

/** The pattern, unless it is one of those that the report gathers in `[other]`. */
function listed(known: KnownPattern | null, top: number): KnownPattern | null {
  return known !== null && (top === 0 || known.rank < top) ? known : null
}

function addTo(formats: Map<ValueFormat, FormatSums>, format: ValueFormat, bytes: number, weight: number): void {
  let sums = formats.get(format)
  if (sums === undefined) {
    sums = new FormatSums()
    formats.set(format, sums)
  }
  sums.values++
  sums.bytes += bytes
  sums.weightedValues += weight
  sums.weightedBytes += weight * bytes
}

function addExample(sums: FormatSums, value: Uint8Array, length: number): void {
  if (sums.examples.length === EXAMPLES) return
  const shown = shownValue(value, length)
  if (!sums.examples.includes(shown)) sums.examples.push(shown)
}

function shownValue(value: Uint8Array, length: number): string {
  const text = escapeBytes(value, 0, Math.min(value.length, SHOWN_VALUE_BYTES))
  return length > SHOWN_VALUE_BYTES ? `${text}…` : text
}

/**
 * Ids of ten or thirteen digits look like Unix times now and then: where most of a pattern's whole numbers do not, all
 * of them are whole numbers. Fields of hashes differ by their nature and are left alone.
 */
function settleTimes(formats: Map<ValueFormat, FormatSums>): void {
  const whole = formats.get('integer')
  if (whole === undefined) return
  for (const format of ['unix-seconds', 'unix-ms'] as const) {
    const times = formats.get(format)
    if (times === undefined || times.weightedValues > whole.weightedValues * 9) continue
    whole.values += times.values
    whole.bytes += times.bytes
    whole.weightedValues += times.weightedValues
    whole.weightedBytes += times.weightedBytes
    formats.delete(format)
  }
}

function formatRows({ pattern, formats, hasFields }: PatternValues, options: ValuesOptions): ValueFormatRow[] {
  if (!hasFields && pattern.pattern !== OTHER) settleTimes(formats)
  const totalBytes = sumOf(formats, (sums) => sums.weightedBytes)
  const totalValues = sumOf(formats, (sums) => sums.weightedValues)
  const rows = [...formats].map(([format, sums]) => ({
    pattern: pattern.pattern,
    type: pattern.pattern === OTHER ? ('mixed' as const) : pattern.type,
    format,
    title: VALUE_FORMATS[format],
    sampledValues: sums.values,
    share: share(sums.weightedBytes, totalBytes),
    valueShare: share(sums.weightedValues, totalValues),
    averageBytes: sums.bytes / sums.values,
    ...(options.showValues ? { examples: sums.examples } : {}),
    ...(options.weights === true ? { weightedValues: sums.weightedValues, weightedBytes: sums.weightedBytes } : {}),
  }))
  return rows.sort((a, b) => b.share - a.share || b.sampledValues - a.sampledValues || compareText(a.format, b.format))
}

function treeOf({ pattern, tree, hasFields }: PatternValues): ValueTree {
  const { nameBytes, valueBytes, paths } = tree.result()
  const { syntaxBytes, blankBytes } = tree
  return {
    pattern: pattern.pattern,
    type: pattern.type,
    of: hasFields ? 'fields' : 'json',
    sampledValues: tree.values,
    nameBytes,
    valueBytes,
    syntaxBytes,
    blankBytes,
    nameShare: share(nameBytes, nameBytes + valueBytes + syntaxBytes + blankBytes),
    paths,
  }
}

function duplicateRows({ samples, duplicates, patterns }: FoundValues, options: ValuesOptions): DuplicateValueRow[] {
  const rows: DuplicateValueRow[] = []
  const most = options.top === 0 ? DUPLICATES : Math.min(DUPLICATES, options.top)
  let next = samples.length
  for (const value of duplicates.slice(0, most)) {
    const format = formatOf(value.head, value.head.length === value.valueBytes)
    rows.push({
      pattern: mainPattern(patterns.slice(next, next + value.holders.length)),
      format,
      title: VALUE_FORMATS[format],
      valueBytes: value.valueBytes,
      keys: value.keys,
      exact: value.exact,
      wastedBytes: value.wastedBytes,
      examples: value.holders.slice(0, 3).map(({ key, keyLength }) => keyName(key, keyLength)),
      ...(options.showValues ? { value: shownValue(value.head, value.valueBytes) } : {}),
    })
    next += value.holders.length
  }
  return rows
}

/** The pattern of most of the keys that hold a value. */
function mainPattern(patterns: readonly (KnownPattern | null)[]): string {
  const counts = new Map<string, number>()
  for (const known of patterns) {
    const pattern = known?.pattern ?? OTHER
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1)
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]))
  return sorted[0]?.[0] ?? OTHER
}

function sumOf(formats: ReadonlyMap<ValueFormat, FormatSums>, pick: (sums: FormatSums) => number): number {
  let sum = 0
  for (const sums of formats.values()) sum += pick(sums)
  return sum
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
