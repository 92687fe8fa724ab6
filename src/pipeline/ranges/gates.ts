import { type DuplicateTaker, type HolderName, isAboveThreshold, NAME_BYTES } from '../../analysis/values/duplicates.js'
import type { SampleGates, SampleTaker, ValueSample } from '../../analysis/values/samples.js'
import { DuplicatePacker, SamplePacker } from './packed.js'

/**
 * In place of the sample of keys, in a thread that looks at a range: lets pass what the sample asked for some time ago,
 * which is all that it will ask for, and a little more.
 */
export class SampleGate implements SampleTaker {
  headBytes: number
  readonly candidates = new SamplePacker()
  /** Keys of the range that were asked about. */
  seen = 0
  #gates: SampleGates

  constructor(gates: SampleGates) {
    this.#gates = gates
    this.headBytes = gates.headBytes
  }

  open(gates: SampleGates): void {
    this.#gates = gates
    this.headBytes = gates.headBytes
  }

  passes(ticket: number): boolean {
    this.seen++
    return ticket < this.#gates.gate
  }

  wants(ticket: number, stratum: number): boolean {
    return ticket < this.#gates.limits[stratum]!
  }

  add(sample: ValueSample, stratum: number): void {
    this.candidates.add(this.seen, stratum, sample)
  }
}

/** The same for the sample of values that may be there twice. */
export class DuplicateGate implements DuplicateTaker {
  threshold = 0
  readonly candidates = new DuplicatePacker()

  wants(ticket: number, size: number): boolean {
    return isAboveThreshold(ticket, size, this.threshold)
  }

  add(
    ticket: number,
    size: number,
    hashA: number,
    hashB: number,
    code: number,
    name: HolderName,
    head: Uint8Array,
    headLength: number,
    compressed: boolean,
  ): void {
    const { bytes, start, length } = name
    const kept = { bytes, start, end: Math.min(name.end, start + NAME_BYTES) }
    this.candidates.add([ticket, size, hashA, hashB, code, length], kept, head, headLength, compressed)
  }
}
