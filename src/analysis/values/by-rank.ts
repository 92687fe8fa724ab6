import type { PatternRow, ValuesReport } from '../../../reports/report.js'
import { type DuplicateSample, type ValueSamples, valuesReport } from './index.js'

/** A key of the sample: its name, and type and encoding as `type << 5 | encoding`. */
export interface SampledName {
  readonly key: Uint8Array
  readonly code: number
}

/** All keys whose pattern the report on values asks for, in a fixed order. */
export function sampledNames(samples: ValueSamples, duplicates: DuplicateSample): readonly SampledName[] {
  const names: SampledName[] = []
  for (const { sample } of samples.all()) names.push({ key: sample.key, code: sample.code })
  for (const { holders } of duplicates.result()) for (const { key, code } of holders) names.push({ key, code })
  return names
}

/** The report on values, where the patterns of `sampledNames` are known by their place among `rows` (-1: none). */
export function valuesByRank(
  samples: ValueSamples,
  duplicates: DuplicateSample,
  known: {
    readonly top: number
    readonly showValues: boolean
    readonly weights?: boolean | undefined
    readonly rows: readonly PatternRow[]
    readonly ranks: readonly number[]
  },
): ValuesReport {
  const rankOf = new Map<string, number>()
  for (const [index, { key, code }] of sampledNames(samples, duplicates).entries()) {
    rankOf.set(idOf(key, code), known.ranks[index]!)
  }
  return valuesReport(samples, duplicates, {
    top: known.top,
    showValues: known.showValues,
    weights: known.weights,
    patternOf: (key, code) => {
      const rank = rankOf.get(idOf(key, code)) ?? -1
      const row = known.rows[rank]
      return row === undefined || row.type === 'mixed' ? null : { pattern: row.pattern, type: row.type, rank }
    },
  })
}

function idOf(key: Uint8Array, code: number): string {
  return `${code} ${Buffer.from(key).toString('latin1')}`
}
