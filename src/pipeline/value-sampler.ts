import { PART, type PartRole, type RdbKey, type RdbString, STRING_FORM } from '../../parsers/index.js'
import { DuplicateSample } from '../analysis/values/duplicates.js'
import { type SampledEntry, stratumOf, ValueSamples } from '../analysis/values/samples.js'
import { ValueHash } from '../analysis/values/value-hash.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { ValueTap } from './value-tap.js'

/** Elements looked at per collection, and the share of the kept bytes that one of them may take. */
const MAX_ENTRIES = 48
const ENTRY_SHARE = 4
const KEPT_KEY_BYTES = 512
const KEPT_NAME_BYTES = 256

/** Seeds that keep the hashes of compressed and of streamed values apart from those of plain ones. */
const SEED = { plain: 1, lzf: 2, streamed: 3 } as const

/**
 * Takes the sample of values while rows are made. Nearly all keys are passed over after a few operations on numbers:
 * the place of the key in the dump decides.
 */
export class ValueSampler extends ValueTap {
  readonly samples = new ValueSamples()
  readonly duplicates = new DuplicateSample()
  readonly #hash = new ValueHash()
  /** Which of the dumps is read, from 0. */
  #file = -1
  #ticket = 0
  #isString = false
  /** The key at hand goes into the sample. */
  #sampling = false
  #stratum = 0
  readonly #scratch = new Uint8Array(this.samples.headBytes)
  #used = 0
  #entries: SampledEntry[] = []
  /** No more of the key at hand is needed. */
  #full = false
  /** The value of the key at hand goes into the sample of duplicates: its size, else -1. */
  #duplicateSize = -1
  readonly #head = new Uint8Array(64)
  #headLength = 0
  /** Bytes of a long string that came in pieces. */
  #streamed = 0

  /** Before each dump: keys at the same place of different dumps draw different tickets. */
  nextFile(): void {
    this.#file++
  }

  /** Pieces of long strings are wanted for values of strings only. */
  override get wantsParts(): boolean {
    return this.#isString
  }

  override begin(key: RdbKey): boolean {
    const { samples } = this
    samples.see()
    const ticket = ticketOf(key.offset, this.#file)
    const isString = key.layout.redisType === 'string'
    this.#ticket = ticket
    this.#isString = isString
    this.#sampling = false
    this.#duplicateSize = -1
    this.#streamed = 0
    if (ticket >= samples.gate) return isString
    const { redisType } = key.layout
    if (redisType === 'module') return false
    const name = key.key
    const stratum = stratumOf(TYPE[redisType], name.bytes, name.start, name.end)
    if (!samples.wants(ticket, stratum)) return isString
    this.#sampling = true
    this.#stratum = stratum
    this.#used = 0
    this.#entries = []
    this.#full = false
    return true
  }

  override string(value: RdbString): void {
    if (value.form !== STRING_FORM.integer && this.duplicates.wants(this.#ticket, value.length)) this.#noteValue(value)
    if (!this.#sampling) return
    if (value.form !== STRING_FORM.streamed) this.#take(null, value)
    else if (this.#used > 0) {
      this.#entries.push({ nameKept: -1, nameLength: 0, valueKept: this.#used, valueLength: value.length })
    }
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (role !== PART.value || !this.#isString) return
    const hash = this.#hash
    if (this.#streamed === 0) {
      hash.reset(SEED.streamed)
      this.#headLength = 0
    }
    this.#streamed += end - start
    hash.add(bytes, start, end)
    const more = Math.min(end - start, this.#head.length - this.#headLength)
    for (let i = 0; i < more; i++) this.#head[this.#headLength++] = bytes[start + i]!
    if (!this.#sampling) return
    const room = Math.min(end - start, this.samples.headBytes - this.#used)
    if (room <= 0) return
    this.#scratch.set(bytes.subarray(start, start + room), this.#used)
    this.#used += room
  }

  override container(): boolean {
    return this.#sampling && !this.#full
  }

  override element(value: RdbString): void {
    if (!this.#full) this.#take(null, value)
  }

  override member(member: RdbString): void {
    if (!this.#full) this.#take(null, member)
  }

  override field(field: RdbString, value: RdbString): void {
    if (!this.#full) this.#take(field, value)
  }

  override arrayElement(_indexHigh: number, _indexLow: number, value: RdbString): void {
    if (!this.#full) this.#take(null, value)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const code = (batch.type[row]! << 5) | batch.encoding[row]!
    const name = key.key
    if (this.#duplicateSize >= 0) {
      const { a, b } = this.#hash
      const head = this.#head
      this.duplicates.add(this.#ticket, this.#duplicateSize, a, b, code, name, head, this.#headLength)
    }
    if (!this.#sampling || this.#entries.length === 0) return
    const sample = {
      ticket: this.#ticket,
      code,
      key: name.bytes.slice(name.start, Math.min(name.end, name.start + KEPT_KEY_BYTES)),
      entries: this.#entries,
      bytes: this.#scratch.slice(0, this.#used),
    }
    this.samples.add(sample, this.#stratum)
  }

  /** Hashes the value for the sample of duplicates: as it is stored, which is the same for the same value. */
  #noteValue(value: RdbString): void {
    const hash = this.#hash
    if (value.form === STRING_FORM.streamed) {
      if (this.#streamed !== value.length) return
    } else {
      const stored = value.end - value.start
      hash.reset(value.compressedBytes > 0 && stored === value.compressedBytes ? SEED.lzf : SEED.plain)
      hash.add(value.bytes, value.start, value.end)
      this.#headLength = -1
    }
    hash.finish()
    if (this.#headLength === -1 && !this.#copyHead(value)) return
    this.#duplicateSize = value.length
  }

  #copyHead(value: RdbString): boolean {
    if (!loads(value)) return false
    const length = Math.min(value.end - value.start, this.#head.length)
    for (let i = 0; i < length; i++) this.#head[i] = value.bytes[value.start + i]!
    this.#headLength = length
    return true
  }

  /** Keeps one value, or a field with its value; long ones by their heads. */
  #take(name: RdbString | null, value: RdbString): void {
    // What came in pieces is gone.
    if (value.form === STRING_FORM.streamed || name?.form === STRING_FORM.streamed) return
    if (!loads(value) || (name !== null && !loads(name))) return
    const room = this.samples.headBytes - this.#used
    const nameKept = name === null ? -1 : Math.min(name.length, KEPT_NAME_BYTES)
    const share = this.#isString ? room : Math.min(room - Math.max(0, nameKept), this.samples.headBytes / ENTRY_SHARE)
    if (share <= 0) {
      this.#full = true
      return
    }
    if (name !== null) this.#copy(name, nameKept)
    const valueKept = Math.min(value.length, share)
    this.#copy(value, valueKept)
    this.#entries.push({ nameKept, nameLength: name?.length ?? 0, valueKept, valueLength: value.length })
    if (this.#entries.length === MAX_ENTRIES) this.#full = true
  }

  #copy(text: RdbString, count: number): void {
    const { bytes, start } = text
    if (count > 64) this.#scratch.set(bytes.subarray(start, start + count), this.#used)
    else for (let i = 0; i < count; i++) this.#scratch[this.#used + i] = bytes[start + i]!
    this.#used += count
  }
}

/** Decodes a string; false when its compressed data is damaged, which is for others to say. */
function loads(text: RdbString): boolean {
  try {
    text.load()
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** A number of 32 bits that looks random, from the place of a record (a finalizer in the manner of MurmurHash3). */
function ticketOf(offset: number, file: number): number {
  let ticket = (offset | 0) ^ Math.imul(Math.floor(offset / 4294967296) + 1, 0x9e3779b1) ^ Math.imul(file, 0x85ebca6b)
  ticket = Math.imul(ticket ^ (ticket >>> 16), 0x85ebca6b)
  ticket = Math.imul(ticket ^ (ticket >>> 13), 0xc2b2ae35)
  return (ticket ^ (ticket >>> 16)) >>> 0
}
