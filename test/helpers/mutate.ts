import { readFileSync } from 'node:fs'
import { IgnoreAll, RdbError, type RdbKey, RdbParser } from '../../parsers/index.js'
import { decompressBlob } from '../../src/io/compression/blob.js'
import { dragonflyDump, everything, keydbDump, valkeyDump } from './dialects.js'
import { allSamples } from './samples.js'

export type Random = (limit: number) => number

/** A dump in parts: what stands before its first key, and its records. */
export interface Parts {
  readonly name: string
  readonly head: Uint8Array
  readonly records: readonly Uint8Array[]
}

/** Larger records make the fuzzer slow, and few bytes of them mean something. */
const MOST_RECORD_BYTES = 6000
const MOST_RECORDS = 30
const MOST_MUTATIONS = 8

/** Bytes that begin, end or announce something. */
const TELLING = [
  0, 1, 2, 3, 5, 7, 9, 10, 11, 14, 16, 18, 19, 20, 21, 22, 24, 25, 27, 28, 29, 30, 31, 0x3f, 0x40, 0x7f, 0x80, 0x81,
  0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xe0, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe,
  0xff,
]

/** All samples and a dump of each dialect, cut into records. */
export function fuzzSeeds(): readonly Parts[] {
  const dumps = allSamples().map(({ name, rdbPath }): { name: string; bytes: Uint8Array } => ({
    name,
    bytes: readFileSync(rdbPath),
  }))
  dumps.push(
    { name: 'all kinds of values', bytes: everything() },
    { name: 'Valkey', bytes: valkeyDump() },
    { name: 'KeyDB', bytes: keydbDump() },
    { name: 'Dragonfly', bytes: dragonflyDump() },
  )
  return dumps.map(({ name, bytes }) => partsOf(name, bytes))
}

function partsOf(name: string, bytes: Uint8Array): Parts {
  const records: Uint8Array[] = []
  let headEnd = -1
  let end = 0
  const visitor = new (class extends IgnoreAll {
    override endKey(key: RdbKey): void {
      if (headEnd === -1) headEnd = key.offset
      // With whatever stands in front of it: databases, hints, templates.
      const from = end === 0 ? key.offset : end
      end = key.offset + key.rdbBytes
      // Offsets inside a compressed blob are no places in the file.
      if (end > from && end <= bytes.length && end - from <= MOST_RECORD_BYTES) records.push(bytes.slice(from, end))
    }
  })()
  try {
    const parser = new RdbParser(visitor, { decompress: decompressBlob })
    parser.push(bytes)
    parser.end()
  } catch (error) {
    if (!(error instanceof RdbError)) throw error
  }
  // Small dumps are taken as they are, too, with the records that are no keys.
  if (bytes.length < MOST_RECORD_BYTES) records.push(bytes.slice(9, bytes.length - 9))
  return { name, head: bytes.slice(0, headEnd === -1 ? 9 : headEnd), records }
}

/** A dump of some records of `seed`, some of them of others, with a few changes. */
export function mutant(seeds: readonly Parts[], seed: Parts, random: Random): Uint8Array {
  const pieces: Uint8Array[] = [random(20) === 0 ? mutated(seed.head, seeds, random, 9) : seed.head]
  const count = 1 + random(MOST_RECORDS)
  for (let i = 0; i < count; i++) {
    const from = random(12) === 0 ? seeds[random(seeds.length)]! : seed
    const record = from.records[random(from.records.length)]
    if (record !== undefined) pieces.push(record)
  }
  const good = joined([...pieces, Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 0)])
  return mutated(good, seeds, random, pieces[0]!.length)
}

/** Some changes behind the first `from` bytes. */
function mutated(bytes: Uint8Array, seeds: readonly Parts[], random: Random, from: number): Uint8Array {
  let out = bytes
  const changes = random(MOST_MUTATIONS)
  for (let i = 0; i <= changes; i++) {
    if (out.length <= from + 1) break
    const at = from + random(out.length - from)
    out = change(out, at, seeds, random)
  }
  return out
}

function change(bytes: Uint8Array, at: number, seeds: readonly Parts[], random: Random): Uint8Array {
  const copy = bytes.slice()
  switch (random(13)) {
    case 0:
      copy[at] = copy[at]! ^ (1 << random(8))
      return copy
    case 1:
      copy[at] = random(256)
      return copy
    case 2:
    case 3:
      copy[at] = TELLING[random(TELLING.length)]!
      return copy
    case 4:
      copy[at] = copy[at]! + (random(2) === 0 ? 1 : -1)
      return copy
    case 5:
      // Cut.
      return random(4) === 0 ? bytes.slice(0, at) : bytes.slice(0, Math.max(at, bytes.length - random(40)))
    case 6:
      return joined([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random(20)))])
    case 7: {
      const again = bytes.subarray(at, Math.min(bytes.length, at + 1 + random(200)))
      return joined([bytes.subarray(0, at), again, bytes.subarray(at)])
    }
    case 8:
    case 9:
      return joined([bytes.subarray(0, at), length(random), bytes.subarray(at + random(2))])
    case 10: {
      const { records } = seeds[random(seeds.length)]!
      const record = records[random(records.length)] ?? new Uint8Array(0)
      return joined([bytes.subarray(0, at), record.subarray(random(record.length + 1)), bytes.subarray(at)])
    }
    case 11:
      // 16 or 32 bits, such as the header of a packed container.
      for (let i = 0; i < 2 + 2 * random(2) && at + i < copy.length; i++)
        copy[at + i] = [0, 255, 1, random(256)][random(4)]!
      return copy
    default: {
      const noise = Uint8Array.from({ length: 1 + random(64) }, () => random(256))
      copy.set(noise.subarray(0, copy.length - at), at)
      return copy
    }
  }
}

/** A length in any of its forms, likely or not, or the head of a compressed string. */
function length(random: Random): Uint8Array {
  const big = [0, 1, 0x3f, 0x40, 0x3fff, 0x4000, 0xffff, 0x100000, 0x100001, 0x7fffffff, 0xffffffff]
  const value = random(3) === 0 ? random(70_000) : big[random(big.length)]!
  const bytes = [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  switch (random(5)) {
    case 0:
      return Uint8Array.of(value & 0x3f)
    case 1:
      return Uint8Array.of(0x40 | ((value >> 8) & 0x3f), value & 255)
    case 2:
      return Uint8Array.of(0x80, ...bytes)
    case 3:
      return Uint8Array.of(0x81, random(2) * 255, random(256), 0, random(3), ...bytes)
    default:
      return Uint8Array.of(0xc3, random(64), 0x40 | random(16), random(256))
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
