import type { KeyBatch } from '../batch.js'

/** Rows of a block at most. */
export const BLOCK_ROWS = 4096

const columns = {
  ramBytes: new Float64Array(BLOCK_ROWS),
  overheadBytes: new Float64Array(BLOCK_ROWS),
  memoryUsageBytes: new Float64Array(BLOCK_ROWS),
  payloadBytes: new Float64Array(BLOCK_ROWS),
  rdbBytes: new Float64Array(BLOCK_ROWS),
  elements: new Float64Array(BLOCK_ROWS),
  keyLength: new Float64Array(BLOCK_ROWS),
  longestElementBytes: new Float64Array(BLOCK_ROWS),
  expiresAtMs: new Float64Array(BLOCK_ROWS),
  idleSeconds: new Float64Array(BLOCK_ROWS),
  freq: new Int16Array(BLOCK_ROWS),
  nameHash: new Int32Array(BLOCK_ROWS),
  shapeA: new Int32Array(BLOCK_ROWS),
  shapeB: new Int32Array(BLOCK_ROWS),
  keyStart: new Int32Array(BLOCK_ROWS),
  keyEnd: new Int32Array(BLOCK_ROWS),
  type: new Uint8Array(BLOCK_ROWS),
  encoding: new Uint8Array(BLOCK_ROWS),
  flags: new Uint8Array(BLOCK_ROWS),
}
const NAMES = Object.keys(columns) as (keyof typeof columns)[]

/**
 * Columns of the rows at hand, copied to a place that never changes. Compiled loops know where it is and how much it
 * holds; with the columns of a batch they look that up for each number, which takes three times as long as copying.
 * Each thread has one.
 */
export const rowBlock = {
  ...columns,
  /** The first `rows` rows are those of the batch from `start` on. */
  batch: null as KeyBatch | null,
  start: 0,
  rows: 0,
  /** Some rows say how long they were idle, or how often they were used. */
  hasUse: false,
}
export type RowBlock = typeof rowBlock

/** Shows all rows of a batch, block by block. */
export function eachBlock(batch: KeyBatch, take: (block: RowBlock) => void): void {
  for (let start = 0; start < batch.length; start += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, batch.length - start)
    for (const name of NAMES) {
      const column = batch[name]
      columns[name].set(column.length <= BLOCK_ROWS ? column : column.subarray(start, start + rows))
    }
    rowBlock.batch = batch
    rowBlock.start = start
    rowBlock.rows = rows
    rowBlock.hasUse = anyUse(rows)
    take(rowBlock)
  }
}

const anyUse = makeAnyUse()

function makeAnyUse(): (rows: number) => boolean {
  const { idleSeconds, freq } = columns
  return (rows) => {
    let used = 0
    for (let row = 0; row < rows; row++) used += +(idleSeconds[row]! >= 0) | +(freq[row]! >= 0)
    return used > 0
  }
}
