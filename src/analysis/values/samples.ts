import { TYPE, typeOfCode } from '../../batch.js'

/**
 * A bounded sample of keys with their values, in which rare kinds of keys are represented, too.
 *
 * Each key draws a ticket, a number of 32 bits that depends on its place in the dump only. Keys are dealt out to strata
 * by the look of their names (text kept, parts with digits left out), and each stratum keeps the keys with tickets
 * below its limit, which is halved when there are too many. So a stratum's sample is a fair one, a large stratum is
 * thinned out while a small one is kept whole, and nothing depends on how the dump was cut into chunks.
 */

/** Tickets are below this. */
export const TICKETS = 2 ** 32

const STRATA = 1024
const MAX_SAMPLES = 4096
const MAX_BYTES = 16 * 2 ** 20
/** Keys kept per stratum are between this and twice this, halved as more strata fill up. */
const PER_STRATUM = 256
const MIN_PER_STRATUM = 4
/** Bytes of values kept per key, halved while all of them do not fit. */
const MAX_HEAD_BYTES = 64 * 1024
const MIN_HEAD_BYTES = 1024
/** After so many keys only every second key is looked at, then every fourth ... */
const LOOK_AT_ALL = 1 << 16
const LOOK_AT_LEAST = TICKETS / 32

/** One value, or one pair of a field and its value. The bytes lie one after the other in `ValueSample.bytes`. */
export interface SampledEntry {
  /** -1: there is no field name. */
  readonly nameKept: number
  readonly nameLength: number
  /** Bytes kept, as they are stored. */
  readonly valueKept: number
  readonly valueLength: number
  /** Size of the value's LZF data, all of it; 0: stored plainly. */
  readonly compressedBytes: number
}

/** A key in the sample. */
export interface ValueSample {
  readonly ticket: number
  /** Type and encoding, see `codeOf`. */
  readonly code: number
  readonly key: Uint8Array
  readonly entries: readonly SampledEntry[]
  readonly bytes: Uint8Array
}

/** A key, and how many keys of the dump it stands for. */
export interface WeighedSample {
  readonly sample: ValueSample
  readonly weight: number
}

/** What a sampler asks before it keeps a key. */
export interface SampleTaker {
  /** Bytes of values to keep per key. */
  readonly headBytes: number
  passes(ticket: number): boolean
  wants(ticket: number, stratum: number): boolean
  add(sample: ValueSample, stratum: number): void
}

/** The share of the kept bytes that one of several entries may take. */
export const ENTRY_SHARE = 4

/** What a sample asks for at some moment. Later it never asks for more. */
export interface SampleGates {
  readonly headBytes: number
  readonly gate: number
  readonly limits: Float64Array
}

/** A key that some earlier state of the sample asked for, and how many keys of its range were seen with it. */
export interface SampleCandidate {
  readonly seen: number
  readonly stratum: number
  readonly sample: ValueSample
}

export class ValueSamples implements SampleTaker {
  /** Bytes of values to keep per key. */
  headBytes = MAX_HEAD_BYTES
  #seen = 0
  #nextStep = LOOK_AT_ALL
  /** Keys with tickets from here on are not looked at. */
  #gate = TICKETS
  #perStratum = PER_STRATUM
  readonly #limits = new Float64Array(STRATA).fill(TICKETS)
  readonly #strata: (ValueSample[] | undefined)[] = new Array<ValueSample[] | undefined>(STRATA).fill(undefined)
  #count = 0
  #bytes = 0

  readonly #mostBytes: number

  /** @param mostBytes of values that are kept */
  constructor(mostBytes = MAX_BYTES) {
    this.#mostBytes = mostBytes
  }

  /** For who looks at keys elsewhere and gives them to `absorb`. */
  get gates(): SampleGates {
    return { headBytes: this.headBytes, gate: this.#gate, limits: this.#limits.slice() }
  }

  /**
   * Keys of a range that earlier gates let pass, in order: takes those that it would have taken itself.
   *
   * @param seen keys of the range that were asked about
   */
  absorb(candidates: Iterable<SampleCandidate>, seen: number): void {
    let before = 0
    for (const candidate of candidates) {
      this.#pass(candidate.seen - 1 - before)
      before = candidate.seen
      const { sample, stratum } = candidate
      if (this.passes(sample.ticket) && this.wants(sample.ticket, stratum)) this.add(this.#retaken(sample), stratum)
    }
    this.#pass(seen - before)
  }

  /** Counts keys that nobody looked at. */
  #pass(keys: number): void {
    for (let left = keys; left > 0; ) {
      const step = Math.min(left, this.#nextStep - this.#seen)
      this.#seen += step
      left -= step
      if (this.#seen === this.#nextStep) this.#narrow()
    }
  }

  /** A sample that was taken when more bytes were kept per key, as it would have been taken now. */
  #retaken(sample: ValueSample): ValueSample {
    const { headBytes } = this
    const most = typeOfCode(sample.code) === TYPE.string ? headBytes : headBytes / ENTRY_SHARE
    const entries: SampledEntry[] = []
    const bytes = new Uint8Array(Math.min(headBytes, sample.bytes.length))
    let used = 0
    let from = 0
    for (const entry of sample.entries) {
      const nameBytes = Math.max(0, entry.nameKept)
      const nameKept = Math.min(nameBytes, headBytes - used)
      const room = Math.min(headBytes - used - nameKept, most)
      if (room <= 0) break
      const valueKept = Math.min(entry.valueKept, room)
      bytes.set(sample.bytes.subarray(from, from + nameKept), used)
      bytes.set(sample.bytes.subarray(from + nameBytes, from + nameBytes + valueKept), used + nameKept)
      used += nameKept + valueKept
      from += nameBytes + entry.valueKept
      entries.push({ ...entry, nameKept: entry.nameKept < 0 ? -1 : nameKept, valueKept })
    }
    return { ...sample, key: sample.key.slice(), entries, bytes: bytes.slice(0, used) }
  }

  /** Counts a key, and says whether it is looked at. */
  passes(ticket: number): boolean {
    if (++this.#seen === this.#nextStep) this.#narrow()
    return ticket < this.#gate
  }

  /** Half as many keys are looked at from here on. */
  #narrow(): void {
    this.#nextStep *= 2
    this.#gate = Math.max(LOOK_AT_LEAST, this.#gate / 2)
  }

  /** Whether a key that passed the gate belongs into the sample as far as one knows. */
  wants(ticket: number, stratum: number): boolean {
    return ticket < this.#limits[stratum]!
  }

  add(sample: ValueSample, stratum: number): void {
    let samples = this.#strata[stratum]
    if (samples === undefined) {
      samples = []
      this.#strata[stratum] = samples
    }
    samples.push(sample)
    this.#count++
    this.#bytes += sizeOf(sample)
    if (samples.length >= this.#perStratum * 2) this.#thin(stratum)
    while (this.#count > MAX_SAMPLES && this.#perStratum > MIN_PER_STRATUM) {
      this.#perStratum >>= 1
      this.#thinAll()
    }
    while (this.#bytes > this.#mostBytes) this.#shrink()
  }

  /** The sample, in the order of the tickets. */
  all(): WeighedSample[] {
    const found: WeighedSample[] = []
    for (let stratum = 0; stratum < STRATA; stratum++) {
      // Keys from the time when all were looked at would count too much.
      const limit = Math.min(this.#gate, this.#limits[stratum]!)
      for (const sample of this.#strata[stratum] ?? []) {
        if (sample.ticket < limit) found.push({ sample, weight: TICKETS / limit })
      }
    }
    return found.sort((a, b) => a.sample.ticket - b.sample.ticket)
  }

  #thinAll(): void {
    for (let stratum = 0; stratum < STRATA; stratum++) this.#thin(stratum)
  }

  /** Halves the limit until the stratum is within its size. */
  #thin(stratum: number): void {
    let samples = this.#strata[stratum]
    if (samples === undefined) return
    while (samples.length >= this.#perStratum * 2) {
      this.#limits[stratum]! /= 2
      samples = this.#keep(samples, this.#limits[stratum]!)
    }
    this.#strata[stratum] = samples
  }

  #keep(samples: readonly ValueSample[], limit: number): ValueSample[] {
    const kept: ValueSample[] = []
    for (const sample of samples) {
      if (sample.ticket < limit) kept.push(sample)
      else {
        this.#count--
        this.#bytes -= sizeOf(sample)
      }
    }
    return kept
  }

  /** Makes room: shorter heads first, then fewer keys. */
  #shrink(): void {
    if (this.headBytes > MIN_HEAD_BYTES) {
      this.headBytes >>= 1
      for (let stratum = 0; stratum < STRATA; stratum++) {
        const samples = this.#strata[stratum]
        if (samples !== undefined) this.#strata[stratum] = samples.map((sample) => this.#shorter(sample))
      }
      return
    }
    for (let stratum = 0; stratum < STRATA; stratum++) {
      this.#limits[stratum]! /= 2
      const samples = this.#strata[stratum]
      if (samples !== undefined) this.#strata[stratum] = this.#keep(samples, this.#limits[stratum]!)
    }
  }

  /** The sample with as many of its entries as fit. */
  #shorter(sample: ValueSample): ValueSample {
    if (sample.bytes.length <= this.headBytes) return sample
    const entries: SampledEntry[] = []
    let used = 0
    for (const entry of sample.entries) {
      const name = Math.max(0, entry.nameKept)
      const room = this.headBytes - used - name
      if (room <= 0) break
      const valueKept = Math.min(entry.valueKept, room)
      entries.push({ ...entry, valueKept })
      used += name + valueKept
      // The bytes of what follows are no longer next to it.
      if (valueKept < entry.valueKept) break
    }
    const shorter = { ...sample, entries, bytes: sample.bytes.slice(0, used) }
    this.#bytes -= sizeOf(sample) - sizeOf(shorter)
    return shorter
  }
}

function sizeOf(sample: ValueSample): number {
  return sample.bytes.length + sample.key.length
}

/** Bytes of a name that decide on its stratum, and letters from which on a part is taken for an id. */
const STRATUM_BYTES = 48
const LONG_PART = 20

/** The stratum of a key: by its type and the parts of its name that have no digit. */
export function stratumOf(type: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = type + 1
  let part = 0
  let partBytes = 0
  let variable = false
  const stop = Math.min(end, start + STRATUM_BYTES)
  for (let i = start; i < stop; i++) {
    const byte = bytes[i]!
    const lower = byte | 32
    if ((lower >= 97 && lower <= 122) || byte >= 128) {
      part = Math.imul(part ^ byte, 0x01000193)
      partBytes++
    } else if (byte >= 48 && byte <= 57) variable = true
    else {
      hash = Math.imul(hash ^ (variable || partBytes > LONG_PART ? 1 : part) ^ byte, 0x2c1b3c6d)
      part = 0
      partBytes = 0
      variable = false
    }
  }
  hash = Math.imul(hash ^ (variable || partBytes > LONG_PART ? 1 : part), 0x2c1b3c6d)
  return (hash ^ (hash >>> 15)) & (STRATA - 1)
}
