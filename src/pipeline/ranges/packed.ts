import type { DuplicateCandidate } from '../../analysis/values/duplicates.js'
import type { SampleCandidate, SampledEntry, ValueSample } from '../../analysis/values/samples.js'

/** Candidates as two arrays: thousands of small ones would take longer to send than the range to read. */
export interface Packed {
  readonly numbers: Float64Array
  readonly bytes: Uint8Array
}

const FIRST_BYTES = 64 * 1024

/** Gathers numbers and bytes. */
class Packer {
  protected numbers: number[] = []
  #bytes = new Uint8Array(FIRST_BYTES)
  #used = 0

  /** What was gathered, and a new beginning. */
  take(): Packed {
    const packed = { numbers: Float64Array.from(this.numbers), bytes: this.#bytes.slice(0, this.#used) }
    this.numbers = []
    this.#used = 0
    return packed
  }

  protected put(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#used + end - start
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes.subarray(start, end), this.#used)
    this.#used = needed
  }
}

export class SamplePacker extends Packer {
  add(seen: number, stratum: number, { ticket, code, key, bytes, entries }: ValueSample): void {
    this.put(key, 0, key.length)
    this.put(bytes, 0, bytes.length)
    this.numbers.push(seen, stratum, ticket, code, key.length, bytes.length, entries.length)
    for (const { nameKept, nameLength, valueKept, valueLength, compressedBytes } of entries) {
      this.numbers.push(nameKept, nameLength, valueKept, valueLength, compressedBytes)
    }
  }
}

export class DuplicatePacker extends Packer {
  add(
    numbers: readonly [ticket: number, size: number, hashA: number, hashB: number, code: number, keyLength: number],
    name: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
    head: Uint8Array,
    headLength: number,
    compressed: boolean,
  ): void {
    this.put(name.bytes, name.start, name.end)
    this.put(head, 0, headLength)
    this.numbers.push(...numbers, name.end - name.start, headLength, compressed ? 1 : 0)
  }
}

/** The candidates again, one at a time. Their bytes are views. */
export function* samplesOf({ numbers, bytes }: Packed): Iterable<SampleCandidate> {
  let at = 0
  for (let i = 0; i < numbers.length; ) {
    const [seen, stratum, ticket, code, keyBytes, valueBytes, count] = numbers.subarray(i, i + 7)
    i += 7
    const entries: SampledEntry[] = []
    for (let entry = 0; entry < count!; entry++, i += 5) {
      entries.push({
        nameKept: numbers[i]!,
        nameLength: numbers[i + 1]!,
        valueKept: numbers[i + 2]!,
        valueLength: numbers[i + 3]!,
        compressedBytes: numbers[i + 4]!,
      })
    }
    const key = bytes.subarray(at, at + keyBytes!)
    const value = bytes.subarray(at + keyBytes!, at + keyBytes! + valueBytes!)
    at += keyBytes! + valueBytes!
    yield { seen: seen!, stratum: stratum!, sample: { ticket: ticket!, code: code!, key, entries, bytes: value } }
  }
}

export function* duplicatesOf({ numbers, bytes }: Packed): Iterable<DuplicateCandidate> {
  let at = 0
  for (let i = 0; i < numbers.length; i += 9) {
    const [ticket, size, hashA, hashB, code, keyLength, nameBytes, headBytes, compressed] = numbers.subarray(i, i + 9)
    const name = bytes.subarray(at, at + nameBytes!)
    const head = bytes.subarray(at + nameBytes!, at + nameBytes! + headBytes!)
    at += nameBytes! + headBytes!
    yield {
      ticket: ticket!,
      size: size!,
      hashA: hashA!,
      hashB: hashB!,
      code: code!,
      name,
      keyLength: keyLength!,
      head,
      compressed: compressed === 1,
    }
  }
}
