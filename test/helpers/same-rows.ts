import { deepStrictEqual } from 'node:assert'
import { RdbError, RdbParser } from '../../parsers/index.js'
import { bigKeyPreset } from '../../src/analysis/big-key-limits.js'
import { KeyBatch } from '../../src/batch.js'
import { KeyFilter } from '../../src/filters.js'
import type { Target } from '../../src/memory/target.js'
import { BigKeyElements } from '../../src/pipeline/big-key-elements.js'
import { RowBuilder } from '../../src/pipeline/row-builder.js'
import { ValueSampler } from '../../src/pipeline/value-sampler.js'
import { joinTaps } from '../../src/pipeline/value-tap.js'

/** Few, so that runs meet the ends of batches. */
const BATCH_ROWS = 300

/** Counts what does not come key by key. */
class CountingBuilder extends RowBuilder {
  runs = 0
  packed = 0
  lengths = 0
  takesLengths = true

  override stringRun(run: Parameters<RowBuilder['stringRun']>[0]): void {
    this.runs++
    super.stringRun(run)
  }

  override elementLengthsUpTo(): number {
    return this.takesLengths ? super.elementLengthsUpTo() : -1
  }

  override elementLengths(lengths: Int32Array, count: number): void {
    this.lengths += count
    super.elementLengths(lengths, count)
  }

  override packedKey(...value: Parameters<RowBuilder['packedKey']>): boolean {
    const isTaken = super.packedKey(...value)
    if (isTaken) this.packed++
    return isTaken
  }
}

/**
 * Rows are the same whether keys are read one by one, or in runs and by the sums of packed values, up to damage and with
 * it; says how many were. With a sample of values, for which all keys of a small dump are looked into, and without.
 *
 * @throws AssertionError where they differ
 */
export function expectSameRows(
  bytes: Uint8Array,
  target: Target,
  chunkBytes: number,
): { readonly runs: number; readonly packed: number; readonly lengths: number } {
  const found = { runs: 0, packed: 0, lengths: 0 }
  for (const samples of [true, false]) {
    const together = read(bytes, target, { chunkBytes, together: true, samples })
    const alone = read(bytes, target, { chunkBytes, together: false, samples })
    deepStrictEqual(together.rows, alone.rows)
    deepStrictEqual([alone.builder.runs, alone.builder.packed, alone.builder.lengths], [0, 0, 0])
    found.runs += together.builder.runs
    found.packed += together.builder.packed
    found.lengths += together.builder.lengths
  }
  return found
}

/** Everything that is known of the rows of a dump, as text. */
function read(
  bytes: Uint8Array,
  target: Target,
  options: { readonly chunkBytes: number; readonly together: boolean; readonly samples: boolean },
): { readonly rows: readonly string[]; readonly builder: CountingBuilder } {
  const { chunkBytes, together, samples } = options
  const rows: string[] = []
  const sampler = new ValueSampler()
  const elements = new BigKeyElements(bigKeyPreset('default', { hash: { bytes: 4000 } }), 10, true)
  sampler.nextFile()
  const builder = new CountingBuilder({
    targetFor: () => target,
    counted: null,
    filter: new KeyFilter({}),
    batch: new KeyBatch(BATCH_ROWS),
    onBatch: (batch) => {
      const columns = columnsOf(batch)
      for (let row = 0; row < batch.length; row++) rows.push(rowOf(batch, columns, row))
    },
    // Whoever asks about each key gets each key alone.
    onVerdict: together ? undefined : () => {},
    tap: joinTaps([elements, samples ? sampler : null]),
  })
  builder.takesLengths = together
  const parser = new RdbParser(builder)
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) parser.push(bytes.subarray(at, at + chunkBytes))
  } catch (error) {
    if (!(error instanceof RdbError)) throw error
    parser.abandon(error)
    rows.push(error.message)
  }
  builder.finish()
  const { sums, keys, damagedKeys, warnings } = builder
  rows.push(JSON.stringify({ sums, keys, damagedKeys, warnings }))
  for (const { sample, weight } of sampler.samples.all()) rows.push(JSON.stringify([sample, weight]))
  rows.push(JSON.stringify(sampler.duplicates.result()), JSON.stringify(elements.state(10)))
  return { rows, builder }
}

type Columns = readonly (readonly [name: string, numbers: Float64Array])[]

/** All numbers of rows; where names lie within the batch is no property of them. */
function columnsOf(batch: KeyBatch): Columns {
  const columns = Object.entries(batch).filter(([, column]) => ArrayBuffer.isView(column))
  return columns.filter(([name]) => !['keyBytes', 'keyStart', 'keyEnd'].includes(name)) as unknown as Columns
}

function rowOf(batch: KeyBatch, columns: Columns, row: number): string {
  let text = Buffer.from(batch.keyAt(row)).toString('latin1')
  for (const [name, numbers] of columns) text += ` ${name} ${numbers[row]}`
  return text
}
