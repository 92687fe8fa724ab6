import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { datasetBytes, keyId, type PredictedKey, predictDump } from '../../../scripts/measure-dump.js'
import { allSamples, type MemorySample, type Sample } from '../../helpers/samples.js'

/** Figures of each sample when they were last accepted. `UPDATE_ACCURACY=1` accepts the present ones. */
const BASELINE_FILE = join(dirname(fileURLToPath(import.meta.url)), 'accuracy-baseline.json')

interface Figures {
  /** Keys whose size is not random. */
  readonly deterministic: number
  readonly exact: number
  readonly wrongEncodings: number
  /** Largest error of a key that is estimated, as share of its size. */
  readonly largestEstimateError: number
  /** Predicted minus measured dataset, as share of it. */
  readonly totalError: number
}

const accept = process.env.UPDATE_ACCURACY === '1'
const baseline: Record<string, Figures> = existsSync(BASELINE_FILE)
  ? (JSON.parse(readFileSync(BASELINE_FILE, 'utf8')) as Record<string, Figures>)
  : {}

describe('the memory model against the servers of the samples', () => {
  for (const sample of allSamples()) {
    it(`is no worse than before on ${sample.name}`, () => {
      const figures = measure(sample)
      if (accept) {
        baseline[sample.name] = figures
        writeFileSync(BASELINE_FILE, `${JSON.stringify(baseline, null, 2)}\n`)
      }
      const before = baseline[sample.name]
      expect(before, 'no accepted figures: run with UPDATE_ACCURACY=1').toBeDefined()
      expect(figures.deterministic).toBeGreaterThanOrEqual(before!.deterministic)
      expect(figures.exact).toBeGreaterThanOrEqual(before!.exact)
      expect(figures.wrongEncodings).toBeLessThanOrEqual(before!.wrongEncodings)
      expect(figures.largestEstimateError).toBeLessThanOrEqual(before!.largestEstimateError)
      expect(Math.abs(figures.totalError)).toBeLessThanOrEqual(Math.abs(before!.totalError))
    })
  }
})

function measure(sample: Sample): Figures {
  const { memory } = sample
  const { target, keys, overheadBytes } = predictDump(sample.rdbPath, {
    config: memory.config,
    quantum: memory.allocator.quantum,
    isLibc: memory.allocator.name === 'libc',
  })
  const figures = { deterministic: 0, exact: 0, wrongEncodings: 0, largestEstimateError: 0 }
  for (const [db, keyBase64, encoding, usage] of memory.keys) {
    const key = keys.get(keyId(db, keyBase64))
    if (key === undefined || key.type === 'module') continue
    if (key.encoding !== encoding && !(key.type === 'stream' && encoding === 'unknown')) figures.wrongEncodings++
    if (usage !== null) compare(figures, key, usage)
  }
  const dataset = datasetBytes(target, keys.values())
  let ramBytes = 0
  for (const key of keys.values()) ramBytes += key.ramBytes
  // Handed out while reading, or reckoned from the counts of databases and slots behind it: the same.
  expect(ramBytes + overheadBytes).toBe(dataset)
  const totalError = dataset / withoutFunctions(memory) - 1
  return {
    ...figures,
    largestEstimateError: rounded(figures.largestEstimateError),
    totalError: rounded(totalError),
  }
}

function compare(
  figures: { deterministic: number; exact: number; largestEstimateError: number },
  key: PredictedKey,
  usage: number,
): void {
  if (key.estimated) {
    const error = Math.abs(key.memoryUsageBytes / usage - 1)
    figures.largestEstimateError = Math.max(figures.largestEstimateError, error)
    return
  }
  figures.deterministic++
  if (key.memoryUsageBytes === usage) figures.exact++
}

function withoutFunctions(memory: MemorySample): number {
  const caches = (stats: unknown): number =>
    Number((stats as Record<string, unknown> | null)?.['functions.caches'] ?? 0)
  return memory.dataset_bytes - caches(memory.memory_stats_loaded) + caches(memory.memory_stats_empty)
}

/** Six digits are enough, and do not change with the last bit of a sum. */
function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6
}
