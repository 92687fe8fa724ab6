import { describe, expect, it } from 'vitest'
import { ListpackReader } from '../../../../parsers/rdb/packed/listpack.js'
import type { PackedReader } from '../../../../parsers/rdb/packed/reader.js'
import { ZiplistReader } from '../../../../parsers/rdb/packed/ziplist.js'
import { decimalLength, decimalLength32, RdbString } from '../../../../parsers/rdb/strings.js'
import type { RdbVisitor } from '../../../../parsers/rdb/visitor.js'
import { type Entry, listpack, ziplist } from '../../../helpers/packed.js'
import { randomFrom } from '../../../helpers/robustness.js'

/** Integers about every power of two and ten, of both signs. */
function integers(): bigint[] {
  const all = new Set<bigint>([0n])
  for (let bit = 0n; bit < 64n; bit++) for (const by of [-1n, 0n, 1n]) all.add((1n << bit) + by)
  for (let power = 1n; power < 10n ** 19n; power *= 10n) for (const by of [-1n, 0n, 1n]) all.add(power + by)
  return [...all].flatMap((value) => [value, -value]).filter((value) => BigInt.asIntN(64, value) === value)
}

describe('the length of an integer as text', () => {
  it('is that of its digits and sign', () => {
    const string = new RdbString()
    for (const value of integers()) {
      const text = String(value)
      const number = Number(value)
      if (Number.isSafeInteger(number)) expect(decimalLength(number), text).toBe(text.length)
      if ((number | 0) === number) {
        expect(decimalLength32(number), text).toBe(text.length)
        string.setInt32(number, 5)
        expect([string.length, string.intValue()]).toEqual([text.length, number])
      }
      string.setInt64(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)), 9)
      expect(string.length, text).toBe(text.length)
      expect(Buffer.from(string.view()).toString()).toBe(text)
    }
  })
})

describe.each([
  ['listpack', ListpackReader, listpack],
  ['ziplist', ZiplistReader, ziplist],
] as const)('a %s that is only added up', (_name, Reader, write) => {
  const strings = [0, 1, 9, 63, 64, 125, 126, 127, 4095, 4096, 16377, 16379].map((length) => 'x'.repeat(length))
  const numbers = integers().map((value): Entry => (Number.isSafeInteger(Number(value)) ? Number(value) : value))

  it.each([
    ['of integers', numbers],
    ['of strings', strings],
    ['of both', [...numbers, ...strings].sort((a, b) => (String(a) < String(b) ? -1 : 1))],
    ['of single entries', null],
  ])('has the sums of its entries: %s', (_, entries) => {
    for (const list of entries === null ? [...numbers, ...strings].map((entry) => [entry]) : [entries]) {
      const bytes = write(list)
      const walked = open(new Reader({} as RdbVisitor), bytes)
      const string = new RdbString()
      while (walked.more()) walked.string(string)
      const summed = open(new Reader({} as RdbVisitor), bytes)
      summed.summarize()
      walked.finish()
      summed.finish()
      expect([summed.oddity, walked.oddity]).toEqual([null, null])
      expect(sums(summed), String(list[0])).toEqual(sums(walked))
      expect(summed.walked).toBe(list.length)
      expect(summed.payloadBytes).toBe(list.reduce<number>((sum, entry) => sum + String(entry).length, 0))
    }
  })

  it('finds the same damage as whoever reads its entries', () => {
    const list = [
      5,
      'abc',
      -1,
      300,
      'x'.repeat(70),
      70_000,
      2 ** 31,
      2 ** 40,
      'y'.repeat(300),
      12,
      '',
      'z'.repeat(250),
      7,
    ]
    const good = write(list)
    const random = randomFrom(3)
    let damaged = 0
    for (let round = 0; round < 5000; round++) {
      const bytes = good.slice()
      for (let i = 0; i < 4; i++) bytes[6 + random(bytes.length - 7)] = random(3) === 0 ? 255 - random(16) : random(256)
      const outcome = (walk: (reader: PackedReader) => void): object => {
        const reader = new Reader({} as RdbVisitor)
        try {
          walk(open(reader, bytes))
          reader.finish()
          return { ...sums(reader), oddity: reader.oddity }
        } catch (error) {
          return { message: (error as Error).message }
        }
      }
      const walked = outcome((reader) => {
        const string = new RdbString()
        while (reader.more()) reader.string(string)
      })
      expect(outcome((reader) => reader.summarize())).toEqual(walked)
      if ('message' in walked) damaged++
    }
    expect(damaged).toBeGreaterThan(500)
  })
})

/** At the first entry; the terminator is not shown to readers. */
function open(reader: PackedReader, bytes: Uint8Array): PackedReader {
  reader.reset()
  reader.bytes = bytes
  reader.pos = 0
  reader.end = bytes.length - 1
  reader.begin(bytes.length)
  return reader
}

function sums({ walked, payloadBytes, longestEntryBytes, pos }: PackedReader): object {
  return { walked, payloadBytes, longestEntryBytes, pos }
}
