import type { RdbString } from '../../../parsers/index.js'
import { compareBytes } from '../names.js'
import { TICKETS } from './samples.js'
import { decoded } from './stored.js'

/**
 * Finds values that many keys hold, by a sample of keys weighted by the size of their values (priority sampling:
 * Duffield, Lund, Thorup, "Priority sampling for estimation of arbitrary subset sums", 2007).
 *
 * Of each value a hash of 64 bits is kept. Each key has a priority, the size of its value divided by its ticket; the
 * keys with the highest priorities are kept. A value that fills one thousandth of all bytes is found as surely as
 * one large value that is there twice, and as long as there are no more keys than room the result is exact.
 */

const KEPT = 1 << 12
const ROOM = KEPT * 2
/** Enough of LZF data for a head of 60 bytes. */
const HEAD_BYTES = 96
/** Bytes of names that are kept. */
export const NAME_BYTES = 512
/** Sharing a value takes a reference of about this size: shorter values are not worth it. */
const MIN_DUPLICATE_BYTES = 16

/** A value that several keys hold. */
export interface DuplicateValue {
  readonly valueBytes: number
  /** Estimated when the value is smaller than what is always kept. */
  readonly keys: number
  readonly exact: boolean
  readonly wastedBytes: number
  /** First bytes of the value. */
  readonly head: Uint8Array
  /** Some of the keys, those with the smallest names first. */
  readonly holders: readonly { readonly key: Uint8Array; readonly keyLength: number; readonly code: number }[]
}

const HOLDERS = 64

/** Whether a value of this size under a key with this ticket has a higher priority than those that were dropped. */
export function isAboveThreshold(ticket: number, size: number, threshold: number): boolean {
  return size * TICKETS > threshold * (ticket + 1) && size >= MIN_DUPLICATE_BYTES
}

/** Name of a key that holds a value; `length` is its true one. */
export type HolderName = Pick<RdbString, 'bytes' | 'start' | 'end' | 'length'>

/** What a sampler asks before it keeps a value. */
export interface DuplicateTaker {
  wants(ticket: number, size: number): boolean
  add(
    ticket: number,
    size: number,
    hashA: number,
    hashB: number,
    code: number,
    name: HolderName,
    head: Uint8Array,
    headLength: number,
    headCompressed: boolean,
  ): void
}

/** A value that some earlier state of the sample asked for. */
export interface DuplicateCandidate {
  readonly ticket: number
  readonly size: number
  readonly hashA: number
  readonly hashB: number
  readonly code: number
  readonly name: Uint8Array
  readonly keyLength: number
  readonly head: Uint8Array
  readonly compressed: boolean
}

export class DuplicateSample implements DuplicateTaker {
  readonly #priority = new Float64Array(ROOM)
  readonly #hashA = new Int32Array(ROOM)
  readonly #hashB = new Int32Array(ROOM)
  readonly #size = new Float64Array(ROOM)
  readonly #code = new Uint16Array(ROOM)
  readonly #keyLength = new Float64Array(ROOM)
  /** 1: the head is LZF data. */
  readonly #compressed = new Uint8Array(ROOM)
  /** Name, then head of the value, in the arena. */
  readonly #nameAt = new Int32Array(ROOM)
  readonly #headAt = new Int32Array(ROOM)
  readonly #headEnd = new Int32Array(ROOM)
  #arena = new Uint8Array(1 << 20)
  #arenaUsed = 0
  #count = 0
  /** Priorities up to here have been dropped. */
  #threshold = 0

  /** What `wants` goes by. It only grows. */
  get threshold(): number {
    return this.#threshold
  }

  /** Values that an earlier threshold let pass, in order: takes those that it would have taken itself. */
  absorb(candidates: Iterable<DuplicateCandidate>): void {
    for (const { ticket, size, hashA, hashB, code, name, keyLength, head, compressed } of candidates) {
      if (!this.wants(ticket, size)) continue
      const kept = { bytes: name, start: 0, end: name.length, length: keyLength }
      this.add(ticket, size, hashA, hashB, code, kept, head, head.length, compressed)
    }
  }

  /** Whether a value of this size under a key with this ticket belongs into the sample as far as one knows. */
  wants(ticket: number, size: number): boolean {
    return isAboveThreshold(ticket, size, this.#threshold)
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
    headCompressed: boolean,
  ): void {
    if (this.#count === ROOM) this.#compact()
    const at = this.#count++
    this.#priority[at] = (size * TICKETS) / (ticket + 1)
    this.#size[at] = size
    this.#hashA[at] = hashA
    this.#hashB[at] = hashB
    this.#code[at] = code
    this.#keyLength[at] = name.length
    this.#compressed[at] = headCompressed ? 1 : 0
    this.#nameAt[at] = this.#arenaUsed
    this.#headAt[at] = this.#store(name.bytes, name.start, Math.min(name.end, name.start + NAME_BYTES))
    this.#headEnd[at] = this.#store(head, 0, Math.min(headLength, HEAD_BYTES))
  }

  /** Values with at least two keys, most wasted bytes first. */
  result(): DuplicateValue[] {
    if (this.#count > KEPT) this.#compact()
    const groups = new Map<string, number[]>()
    for (let i = 0; i < this.#count; i++) {
      const id = `${this.#size[i]} ${this.#hashA[i]} ${this.#hashB[i]}`
      const group = groups.get(id)
      if (group === undefined) groups.set(id, [i])
      else group.push(i)
    }
    const found: DuplicateValue[] = []
    for (const group of groups.values()) if (group.length > 1) found.push(this.#describe(group))
    return found.sort((a, b) => b.wastedBytes - a.wastedBytes || b.keys - a.keys || compare(a.holders, b.holders))
  }

  #describe(group: readonly number[]): DuplicateValue {
    const size = this.#size[group[0]!]!
    const exact = size >= this.#threshold
    const keys = exact ? group.length : Math.round((group.length * this.#threshold) / size)
    const first = group[0]!
    const head = this.#arena.slice(this.#headAt[first]!, this.#headEnd[first]!)
    // The head is all of it only when the value is short; compressed values are not.
    const plain = decoded(head, this.#compressed[first] === 1 ? Number.POSITIVE_INFINITY : 0, size)
    const holders = group.map((i) => ({
      key: this.#arena.slice(this.#nameAt[i]!, this.#headAt[i]!),
      keyLength: this.#keyLength[i]!,
      code: this.#code[i]!,
    }))
    holders.sort((a, b) => compareBytes(a.key, b.key))
    return {
      valueBytes: size,
      keys,
      exact,
      wastedBytes: (keys - 1) * size,
      head: plain?.slice() ?? new Uint8Array(0),
      holders: holders.slice(0, HOLDERS),
    }
  }

  /** Keeps the highest priorities. */
  #compact(): void {
    const sorted = this.#priority.slice(0, this.#count).sort()
    this.#threshold = sorted[this.#count - KEPT - 1]!
    let to = 0
    let used = 0
    for (let i = 0; i < this.#count; i++) {
      if (this.#priority[i]! <= this.#threshold) continue
      this.#priority[to] = this.#priority[i]!
      this.#size[to] = this.#size[i]!
      this.#hashA[to] = this.#hashA[i]!
      this.#hashB[to] = this.#hashB[i]!
      this.#code[to] = this.#code[i]!
      this.#keyLength[to] = this.#keyLength[i]!
      this.#compressed[to] = this.#compressed[i]!
      const [nameAt, headAt, headEnd] = [this.#nameAt[i]!, this.#headAt[i]!, this.#headEnd[i]!]
      // Bytes lie in the order of the keys, so that they only move towards the front.
      this.#arena.copyWithin(used, nameAt, headEnd)
      this.#nameAt[to] = used
      this.#headAt[to] = used + headAt - nameAt
      used += headEnd - nameAt
      this.#headEnd[to] = used
      to++
    }
    this.#arenaUsed = used
    this.#count = to
  }

  /** Copies bytes into the arena; returns the position behind them. */
  #store(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#arenaUsed
    const needed = at + end - start
    if (needed > this.#arena.length) {
      const larger = new Uint8Array(Math.max(needed, this.#arena.length * 2))
      larger.set(this.#arena)
      this.#arena = larger
    }
    const arena = this.#arena
    for (let i = start, to = at; i < end; i++) arena[to++] = bytes[i]!
    this.#arenaUsed = needed
    return needed
  }
}

type Holders = DuplicateValue['holders']

function compare(a: Holders, b: Holders): number {
  return compareBytes(a[0]!.key, b[0]!.key)
}
