import { type RdbKey, type RdbString, runColumns, STRING_FORM, type StringRun } from '../../parsers/index.js'
import { DuplicateSample, type DuplicateTaker } from '../analysis/values/duplicates.js'
import {
  ENTRY_SHARE,
  type SampledEntry,
  type SampleTaker,
  stratumOf,
  ValueSamples,
} from '../analysis/values/samples.js'
import { ValueHash } from '../analysis/values/value-hash.js'
import { codeOf, type KeyBatch, TYPE } from '../batch.js'
import { ValueTap } from './value-tap.js'

/** Elements looked at per collection. */
const MAX_ENTRIES = 48
const KEPT_KEY_BYTES = 512
const KEPT_NAME_BYTES = 256

/** Bytes kept of values that are too long to be held. */
const LONG_HEAD_BYTES = 32 * 1024

/**
 * Takes the sample of values while rows are made. Nearly all keys are passed over after a few operations on numbers:
 * the place of the key in the dump decides.
 */
export class ValueSampler<
  Samples extends SampleTaker = ValueSamples,
  Duplicates extends DuplicateTaker = DuplicateSample,
> extends ValueTap {
  readonly samples: Samples
  readonly duplicates: Duplicates
  readonly #hash = new ValueHash()
  /** Which of the dumps is read, from 0. */
  #file = -1
  #ticket = 0
  /** Place of the key that `looksInto` was asked about last. */
  #begunAt = -1
  #isString = false
  /** The key at hand goes into the sample. */
  #sampling = false
  #stratum = 0
  readonly #scratch: Uint8Array
  #used = 0
  #entries: SampledEntry[] = []
  /** No more of the key at hand is needed. */
  #full = false
  /** The value of the key at hand goes into the sample of duplicates: its size, else -1. */
  #duplicateSize = -1
  readonly #head = new Uint8Array(96)
  #headLength = 0
  #headCompressed = false

  /** @param samples, duplicates what takes the keys and values; default: the samples themselves */
  constructor(samples?: Samples, duplicates?: Duplicates) {
    super()
    this.samples = samples ?? (new ValueSamples() as SampleTaker as Samples)
    this.duplicates = duplicates ?? (new DuplicateSample() as DuplicateTaker as Duplicates)
    this.#scratch = new Uint8Array(this.samples.headBytes)
  }

  /** The dump to come, by number. */
  set file(file: number) {
    this.#file = file
    this.#begunAt = -1
  }

  /** Before each dump: keys at the same place of different dumps draw different tickets. */
  nextFile(): void {
    this.#file++
    this.#begunAt = -1
  }

  /** Long values of strings are judged by their heads. */
  override get headBytes(): number {
    return this.#isString ? LONG_HEAD_BYTES : 0
  }

  override get takesRuns(): boolean {
    return true
  }

  override stringRows(run: StringRun, batch: KeyBatch, firstRow: number): void {
    const { samples, duplicates } = this
    const file = this.#file
    const { base, length } = run
    const { from, valueLength } = runColumns
    for (let i = 0; i < length; i++) {
      const ticket = ticketOf(base + from[i]!, file)
      const passes = samples.passes(ticket)
      if (!passes && !duplicates.wants(ticket, valueLength[i]!)) continue
      const key = run.show(i)
      this.#begin(key, ticket, true, passes)
      this.string(run.shownValue)
      this.row(key, batch, firstRow + i)
    }
  }

  override looksInto(key: RdbKey): boolean {
    this.#begunAt = -1
    const looks = this.begin(key)
    this.#begunAt = key.offset
    return looks
  }

  override begin(key: RdbKey): boolean {
    const isString = key.layout.redisType === 'string'
    // Each key is counted once.
    if (key.offset !== this.#begunAt) {
      const ticket = ticketOf(key.offset, this.#file)
      this.#begin(key, ticket, isString, this.samples.passes(ticket))
    }
    return isString || this.#sampling
  }

  #begin(key: RdbKey, ticket: number, isString: boolean, passes: boolean): void {
    this.#ticket = ticket
    this.#isString = isString
    this.#duplicateSize = -1
    this.#sampling = passes && this.#beginSample(key)
  }

  #beginSample(key: RdbKey): boolean {
    const type = TYPE[key.layout.redisType]
    if (type === TYPE.module) return false
    const name = key.key
    this.#stratum = stratumOf(type, name.bytes, name.start, name.end)
    if (!this.samples.wants(this.#ticket, this.#stratum)) return false
    this.#used = 0
    this.#entries = []
    this.#full = false
    return true
  }

  override string(value: RdbString): void {
    if (this.duplicates.wants(this.#ticket, value.length)) this.#noteValue(value)
    if (this.#sampling) this.#take(null, value)
  }

  override get lengthsUpTo(): number {
    return this.#sampling && !this.#full ? -1 : Number.POSITIVE_INFINITY
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
    if (!this.#sampling && this.#duplicateSize < 0) return
    const code = codeOf(batch.type[row]!, batch.encoding[row]!)
    const name = key.key
    if (this.#duplicateSize >= 0) {
      const { a, b } = this.#hash
      const head = this.#head
      const length = this.#headLength
      this.duplicates.add(this.#ticket, this.#duplicateSize, a, b, code, name, head, length, this.#headCompressed)
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
    // Integers take no memory of their own, or eight bytes.
    if (value.form === STRING_FORM.integer) return
    const { length } = this.#head
    this.#headLength = copyStored(value, this.#head, 0, length)
    this.#headCompressed = isCompressed(value)
    // A long value is at hand with its head only: its sizes, plain and compressed, stand for the rest.
    this.#hash.ofWhole(value.compressedBytes, value.bytes, value.start, value.end)
    this.#duplicateSize = value.length
  }

  /** Keeps one value, or a field with its value; long ones by their heads. */
  #take(name: RdbString | null, value: RdbString): void {
    // Long elements are gone.
    if (name?.form === STRING_FORM.streamed || (value.form === STRING_FORM.streamed && value.end === 0)) return
    const scratch = this.#scratch
    const start = this.#used
    const { headBytes } = this.samples
    let at = start
    let nameKept = -1
    if (name !== null) {
      // Names in compressed form are longer than what is kept of them, and rare.
      nameKept = isCompressed(name) ? 0 : copyStored(name, scratch, at, Math.min(KEPT_NAME_BYTES, headBytes - at))
      at += nameKept
    }
    const room = Math.min(headBytes - at, this.#isString ? headBytes : headBytes / ENTRY_SHARE)
    if (room <= 0) {
      this.#full = true
      return
    }
    const compressedBytes = isCompressed(value) ? value.compressedBytes : 0
    const valueKept = copyStored(value, scratch, at, room)
    this.#used = at + valueKept
    const nameLength = name?.length ?? 0
    this.#entries.push({ nameKept, nameLength, valueKept, valueLength: value.length, compressedBytes })
    if (this.#entries.length === MAX_ENTRIES) this.#full = true
  }
}

/** True while the bytes of the string are those of the file, compressed. */
function isCompressed(text: RdbString): boolean {
  const stored = text.end - text.start
  return text.form === STRING_FORM.streamed ? text.compressedBytes > 0 : stored === text.compressedBytes && stored > 0
}

/** Copies up to `count` bytes of a string to `out[at...)` as they are stored; returns how many there were. */
function copyStored(text: RdbString, out: Uint8Array, at: number, count: number): number {
  if (!isCompressed(text)) text.load()
  const { bytes, start } = text
  const size = Math.min(count, text.end - start)
  if (size > 64) out.set(bytes.subarray(start, start + size), at)
  else for (let i = 0; i < size; i++) out[at + i] = bytes[start + i]!
  return size
}

/** A number of 32 bits that looks random, from the place of a record (a finalizer in the manner of MurmurHash3). */
function ticketOf(offset: number, file: number): number {
  let ticket = (offset | 0) ^ Math.imul((offset / 4294967296) | 0, 0x9e3779b1) ^ Math.imul(file + 1, 0x85ebca6b)
  ticket = Math.imul(ticket ^ (ticket >>> 16), 0x85ebca6b)
  ticket = Math.imul(ticket ^ (ticket >>> 13), 0xc2b2ae35)
  return (ticket ^ (ticket >>> 16)) >>> 0
}
