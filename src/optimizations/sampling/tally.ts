import type { KeyBatch } from '../../batch.js'
import { GroupTally } from '../groups.js'

/** A group of which a sample is taken: what is counted are keys that could be in it. */
export class SampledTally extends GroupTally {
  payloadBytes = 0

  eligible(batch: KeyBatch, row: number): void {
    this.before(batch, row)
    this.payloadBytes += batch.payloadBytes[row]!
  }
}
