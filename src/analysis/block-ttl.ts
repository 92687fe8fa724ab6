import { FLAG_FIELD_EXPIRY } from '../batch.js'
import { logBucket } from './histogram.js'
import { BLOCK_ROWS, rowBlock } from './row-block.js'

/** Unit of the histogram of remaining times: steps above 128 ms are logarithmic. */
export const UNIT_MS = 16

/** Remaining times of the rows of the block. Where the loop finds its numbers is part of its code: see `rowBlock`. */
export const blockTtl = makeBlockTtl()

function makeBlockTtl() {
  const { expiresAtMs, ramBytes, flags } = rowBlock
  const unitMs = UNIT_MS
  const fieldExpiry = FLAG_FIELD_EXPIRY
  const lastRow = BLOCK_ROWS - 1
  const expiring = new Int32Array(BLOCK_ROWS)
  const living = new Int32Array(BLOCK_ROWS)
  const logs = new Uint16Array(BLOCK_ROWS)
  return {
    /** The rows that will expire, in their order: the first `livingKeys`. */
    living,
    /** Bucket of the remaining time of each of them, on the scale of histograms, in units of 16 ms. */
    logs,
    livingKeys: 0,
    permanentKeys: 0,
    permanentRamBytes: 0,
    expiredKeys: 0,
    expiredRamBytes: 0,
    /** Keys of which fields expire on their own. */
    fieldTtlKeys: 0,

    /** Looks at the first rows of the block, anew. */
    look(rows: number, nowMs: number): void {
      let found = 0
      let ram = 0
      let flagged = 0
      for (let row = 0; row < rows; row++) {
        // Without a jump that nobody can foresee.
        expiring[found & lastRow] = row
        found += +(expiresAtMs[row]! >= 0)
        ram += ramBytes[row]!
        flagged += flags[row]! & fieldExpiry
      }
      let expiringRam = 0
      let expired = 0
      let expiredRam = 0
      let livingKeys = 0
      for (let i = 0; i < found; i++) {
        const row = expiring[i]!
        const remaining = expiresAtMs[row]! - nowMs
        expiringRam += ramBytes[row]!
        if (remaining < 0) {
          expired++
          expiredRam += ramBytes[row]!
          continue
        }
        const at = livingKeys++ & lastRow
        living[at] = row
        logs[at] = logBucket(remaining / unitMs)
      }
      this.livingKeys = livingKeys
      this.permanentKeys = rows - found
      this.permanentRamBytes = ram - expiringRam
      this.expiredKeys = expired
      this.expiredRamBytes = expiredRam
      this.fieldTtlKeys = flagged / fieldExpiry
    },
  }
}
