import { readFileSync } from 'node:fs'
import {
  type Container,
  IgnoreAll,
  type PartRole,
  RdbError,
  type RdbKey,
  RdbParser,
  type RdbString,
  type RdbWarning,
  SalvageParser,
} from '../../parsers/index.js'
import { decompressBlob } from '../../src/io/compression/blob.js'
import { timed } from './cpu-time.js'
import { allSamples } from './samples.js'

/** What must hold for any input: done within this time and memory. */
export const MAX_MS = 2000
export const MAX_GROWTH_BYTES = 300 * 1024 * 1024

/** How reading ended: what is compared between chunk sizes. */
export interface Ending {
  /** Code and offset of the RdbError; null when the dump was read to its end. */
  readonly error: string | null
  readonly keys: number
  readonly damagedKeys: number
  readonly warnings: number
  /** Over offset, size, element count and damage of each key. */
  readonly fingerprint: number
}

/** Looks at every byte of every string, as an exporter would. */
class Reader extends IgnoreAll {
  keys = 0
  damagedKeys = 0
  warnings = 0
  fingerprint = 0
  bytes = 0

  constructor(readonly skim: boolean) {
    super()
  }
  override get wantsElements(): boolean {
    return !this.skim
  }
  override get wantsParts(): boolean {
    return !this.skim
  }
  override aux(name: RdbString, value: RdbString): void {
    this.#see(name)
    this.#see(value)
  }
  override functionLibrary(code: RdbString): void {
    this.#see(code)
  }
  override key(key: RdbKey): boolean {
    this.#see(key.key)
    return true
  }
  override endKey(key: RdbKey): void {
    this.keys++
    if (key.damage !== null) this.damagedKeys++
    for (const value of [key.offset, key.rdbBytes, key.elements, key.damage?.code.length ?? 0]) {
      this.fingerprint = (Math.imul(this.fingerprint, 31) + (value % 4294967296)) | 0
    }
  }
  override part(_role: PartRole, _bytes: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
  }
  override string(value: RdbString): void {
    this.#see(value)
  }
  override container(_container: Container): boolean {
    return true
  }
  override element(value: RdbString): void {
    this.#see(value)
  }
  override field(field: RdbString, value: RdbString): void {
    this.#see(field)
    this.#see(value)
  }
  override member(member: RdbString, _score: number, scoreText: RdbString | null): void {
    this.#see(member)
    if (scoreText !== null) this.#see(scoreText)
  }
  override arrayElement(_high: number, _low: number, value: RdbString): void {
    this.#see(value)
  }
  override moduleString(value: RdbString): void {
    this.#see(value)
  }
  override warning(_warning: RdbWarning): void {
    this.warnings++
  }
  #see(string: RdbString): void {
    this.bytes += string.load().end - string.start
  }
}

/** Reads bytes that may be anything. Throws what is no RdbError, and when it takes too long. */
export function endingOf(
  bytes: Uint8Array,
  options: { chunkBytes?: number; skim?: boolean; salvage?: boolean; behind?: RdbParser; offset?: number } = {},
): Ending {
  const reader = new Reader(options.skim ?? false)
  const parser =
    options.salvage === true
      ? new SalvageParser(reader, { decompress: decompressBlob })
      : new RdbParser(reader, { decompress: decompressBlob })
  if (options.behind !== undefined && parser instanceof RdbParser) {
    parser.adopt(options.behind)
    parser.resumeAt(options.offset ?? 0)
  }
  const chunkBytes = options.chunkBytes ?? Math.max(1, bytes.length)
  const { result: error, cpuMs } = timed(() => {
    try {
      for (let at = 0; at < bytes.length && !parser.done; at += chunkBytes) {
        parser.push(bytes.subarray(at, Math.min(bytes.length, at + chunkBytes)))
      }
      parser.end()
      return null
    } catch (thrown) {
      if (!(thrown instanceof RdbError)) throw thrown
      return `${thrown.code} at ${thrown.at.offset}`
    }
  })
  if (cpuMs > MAX_MS) throw new Error(`reading ${bytes.length} bytes took ${Math.round(cpuMs)} ms`)
  const { keys, damagedKeys, warnings, fingerprint } = reader
  return { error, keys, damagedKeys, warnings, fingerprint }
}

/** A number for reproducible choices: from RDBLENS_SEED, else of the clock. */
export function seedFrom(environment: string | undefined): number {
  return environment === undefined ? Date.now() % 1_000_000_000 : Number(environment)
}

/** Numbers that follow from a seed (mulberry32): each call gives an integer below `limit`. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit)
  }
}

export interface SampleBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

export function sampleBytes(): SampleBytes[] {
  return allSamples().map(({ name, rdbPath }) => ({ name, bytes: readFileSync(rdbPath) }))
}

/** How far in front of a cut or a change reading begins, at least, and how far behind a change it goes. */
const BEFORE_BYTES = 8 * 1024
const BEHIND_BYTES = 64 * 1024

/**
 * A sample and the places where its records begin: what is cut or changed in the middle is read from a record in front
 * of it, so that a large file need not be read as a whole for each try.
 */
export class SampleRecords {
  readonly #parser: RdbParser
  readonly #starts: number[] = []

  constructor(readonly sample: SampleBytes) {
    const starts = this.#starts
    const visitor = new (class extends IgnoreAll {
      override endKey(key: RdbKey): void {
        const end = key.offset + key.rdbBytes
        if (end > (starts.at(-1) ?? 0)) starts.push(end)
      }
    })()
    this.#parser = new RdbParser(visitor, { decompress: decompressBlob })
    this.#parser.push(sample.bytes)
  }

  /** As the function of this name, from a record in front of the cut. */
  tryCut(size: number): string | null {
    const from = this.#startBefore(size)
    if (from === 0) return tryCut(this.sample, size)
    return this.#compared(`${this.sample.name} cut after ${size} bytes`, this.sample.bytes.subarray(from, size), from)
  }

  /** Changes one byte, and reads from a record in front of the change to some way behind it as `tryCut` does. */
  tryMutation(random: (limit: number) => number): string | null {
    const { bytes } = this.sample
    const at = random(bytes.length)
    const value = bytes[at]! ^ (1 + random(255))
    const from = this.#startBefore(at)
    const changed = bytes.slice(from, at + BEHIND_BYTES)
    changed[at - from] = value
    return this.#compared(`${this.sample.name} with byte ${at} = ${value}`, changed, from)
  }

  #compared(what: string, bytes: Uint8Array, offset: number): string | null {
    return compared(`${what}, read from byte ${offset}`, bytes, offset === 0 ? {} : { behind: this.#parser, offset })
  }

  /** 0 for the file's own beginning. */
  #startBefore(at: number): number {
    const starts = this.#starts
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= at - BEFORE_BYTES) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : starts[low - 1]!
  }
}

/** Cuts a dump after `size` bytes and reads it skimming, whole and in 4 KiB chunks; returns what is wrong, or null. */
export function tryCut(sample: SampleBytes, size: number): string | null {
  return compared(`${sample.name} cut after ${size} bytes`, sample.bytes.subarray(0, size))
}

function compared(what: string, bytes: Uint8Array, from: { behind?: RdbParser; offset?: number } = {}): string | null {
  try {
    endingOf(bytes, { ...from, skim: true })
    const whole = JSON.stringify(endingOf(bytes, from))
    const inChunks = JSON.stringify(endingOf(bytes, { ...from, chunkBytes: 4096 }))
    return whole === inChunks ? null : `${what}: whole ${whole}, in chunks ${inChunks}`
  } catch (error) {
    return `${what}: ${error instanceof Error ? error.stack : String(error)}`
  }
}
