import type { PatternRow, ValuesReport } from '../../../reports/report.js'
import { joined } from '../../joined.js'
import { formatOf } from './detect.js'
import type { DuplicateSample, DuplicateValue } from './duplicates.js'
import type { ValueFormat } from './formats.js'
import type { ValueSamples, WeighedSample } from './samples.js'
import { decoded } from './stored.js'
import { type KnownPattern, type ValuesOptions, valuesReport } from './values-report.js'

/**
 * Keys of the sample side by side: on their way to another thread, small arrays would take many times the room of the
 * names.
 */
export interface SampledNames {
  /** The names, one behind the other. */
  readonly bytes: Uint8Array
  /** Where each name ends in `bytes`. */
  readonly ends: Uint32Array
  /** Type and encoding of each key, as `type << 5 | encoding`. */
  readonly codes: Uint16Array
}

export const NO_NAMES: SampledNames = { bytes: new Uint8Array(0), ends: new Uint32Array(0), codes: new Uint16Array(0) }

function sideBySide(keys: readonly { readonly key: Uint8Array; readonly code: number }[]): SampledNames {
  const ends = new Uint32Array(keys.length)
  const codes = new Uint16Array(keys.length)
  let at = 0
  for (const [i, { key, code }] of keys.entries()) {
    at += key.length
    ends[i] = at
    codes[i] = code
  }
  return { bytes: joined(keys.map(({ key }) => key)), ends, codes }
}

/** What the sampled values are, one by one in the order of the samples. */
export interface DetectedFormats {
  /** Null: compressed data that is damaged. */
  readonly formats: readonly (ValueFormat | null)[]
  /** Values that could be looked at, and their bytes as far as they were kept. */
  readonly values: number
  readonly bytes: number
}

/**
 * What the samples hold, in three steps: names; what each value is, which needs no patterns and can be found out while
 * somebody else looks for those; and the report.
 */
export class SampledValues {
  /** All keys whose pattern the report asks for, in a fixed order: the samples, then those that hold duplicates. */
  readonly names: SampledNames
  readonly #samples: readonly WeighedSample[]
  readonly #duplicates: readonly DuplicateValue[]
  #detected: DetectedFormats | null = null

  constructor(samples: ValueSamples, duplicates: DuplicateSample) {
    this.#samples = samples.all()
    this.#duplicates = duplicates.result()
    const sampled = this.#samples.map(({ sample }) => sample)
    const holders = this.#duplicates.flatMap((value) => value.holders)
    this.names = sideBySide([...sampled, ...holders])
  }

  /** Looks at each value, once; `report` does it where nobody has. */
  detect(): DetectedFormats {
    this.#detected ??= detectAll(this.#samples)
    return this.#detected
  }

  /**
   * @param rows all patterns
   * @param ranks places in `rows` of the patterns of `names`, -1 for none
   */
  report(rows: readonly PatternRow[], ranks: readonly number[], options: ValuesOptions): ValuesReport {
    const patterns = ranks.map((rank): KnownPattern | null => {
      const row = rows[rank]
      return row === undefined || row.type === 'mixed' ? null : { pattern: row.pattern, type: row.type, rank }
    })
    const found = { samples: this.#samples, duplicates: this.#duplicates, patterns, ...this.detect() }
    return valuesReport(found, options)
  }
}

function detectAll(samples: readonly WeighedSample[]): DetectedFormats {
  const formats: (ValueFormat | null)[] = []
  let values = 0
  let sampledBytes = 0
  for (const { sample } of samples) {
    const { entries, bytes } = sample
    let at = 0
    for (const { nameKept, valueKept, valueLength, compressedBytes } of entries) {
      at += Math.max(0, nameKept)
      const value = decoded(bytes.subarray(at, at + valueKept), compressedBytes, valueLength)
      at += valueKept
      formats.push(value === null ? null : formatOf(value, value.length === valueLength))
      if (value === null) continue
      values++
      sampledBytes += value.length
    }
  }
  return { formats, values, bytes: sampledBytes }
}
