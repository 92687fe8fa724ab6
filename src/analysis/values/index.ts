import { escapeBytes } from '../../../reports/escape.js'
import type { DuplicateValueRow, KeyType, ValueFormatRow, ValuesReport, ValueTree } from '../../../reports/report.js'
import { TYPES } from '../../batch.js'
import { compareText, keyName } from '../names.js'
import { formatOf } from './detect.js'
import type { DuplicateSample, DuplicateValue } from './duplicates.js'
import { VALUE_FORMATS, type ValueFormat } from './formats.js'
import { PathTree } from './path-tree.js'
import type { ValueSample, ValueSamples } from './samples.js'
import { decoded } from './stored.js'

export { DuplicateSample } from './duplicates.js'
export { ValueSamples } from './samples.js'

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
  /** Finds the pattern of a key by its name and the type and encoding of its cell; null when it has none. */
  readonly patternOf: (key: Uint8Array, code: number) => KnownPattern | null
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

/** Makes the section on values from what the sampler has taken. */
export function valuesReport(samples: ValueSamples, duplicates: DuplicateSample, options: ValuesOptions): ValuesReport {
  const patterns = new Map<string, PatternValues>()
  const all = new Map<ValueFormat, FormatSums>()
  let sampledKeys = 0
  let sampledValues = 0
  let sampledBytes = 0
  for (const { sample, weight } of samples.all()) {
    const values = valuesOf(patterns, sample, options)
    sampledKeys++
    let at = 0
    for (const { nameKept, nameLength, valueKept, valueLength, compressedBytes } of sample.entries) {
      const name = nameKept < 0 ? null : sample.bytes.subarray(at, at + nameKept)
      at += Math.max(0, nameKept)
      const value = decoded(sample.bytes.subarray(at, at + valueKept), compressedBytes, valueLength)
      at += valueKept
      if (value === null) continue
      const whole = value.length === valueLength
      const format = formatOf(value, whole)
      for (const formats of [values.formats, all]) addTo(formats, format, valueLength, weight)
      if (options.showValues) addExample(values.formats.get(format)!, value, valueLength)
      sampledValues++
      sampledBytes += value.length
      if (values.pattern.pattern === OTHER || values.treeBytes > TREE_BYTES) continue
      if (name !== null) {
        values.hasFields = true
        values.treeBytes += name.length + value.length
        values.tree.addField(name, nameLength, value, valueLength)
      } else if (format === 'json' || format === 'json-spaced') {
        values.treeBytes += value.length
        values.tree.addJson(value, whole)
      }
    }
  }
  const sorted = [...patterns.values()].sort((a, b) => a.pattern.rank - b.pattern.rank)
  const total = sumOf(all, (sums) => sums.weightedBytes)
  return {
    sampledKeys,
    sampledValues,
    sampledBytes,
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
    duplicates: duplicateRows(duplicates.result(), options),
    trees: sorted.filter(({ tree }) => !tree.isEmpty).map(treeOf),
  }
}

function valuesOf(patterns: Map<string, PatternValues>, sample: ValueSample, options: ValuesOptions): PatternValues {
  const known = listed(options.patternOf(sample.key, sample.code), options.top)
  const id = known === null ? OTHER : `${known.type} ${known.pattern}`
  let values = patterns.get(id)
  if (values === undefined) {
    const type = TYPES[sample.code >> 5]!
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

function duplicateRows(values: readonly DuplicateValue[], options: ValuesOptions): DuplicateValueRow[] {
  const shown = values.slice(0, options.top === 0 ? DUPLICATES : Math.min(DUPLICATES, options.top))
  return shown.map((value) => {
    const format = formatOf(value.head, value.head.length === value.valueBytes)
    return {
      pattern: mainPattern(value, options),
      format,
      title: VALUE_FORMATS[format],
      valueBytes: value.valueBytes,
      keys: value.keys,
      exact: value.exact,
      wastedBytes: value.wastedBytes,
      examples: value.holders.slice(0, 3).map(({ key, keyLength }) => keyName(key, keyLength)),
      ...(options.showValues ? { value: shownValue(value.head, value.valueBytes) } : {}),
    }
  })
}

/** The pattern of most of the keys that hold a value. */
function mainPattern({ holders }: DuplicateValue, options: ValuesOptions): string {
  const counts = new Map<string, number>()
  for (const { key, code } of holders) {
    const pattern = options.patternOf(key, code)?.pattern ?? OTHER
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
