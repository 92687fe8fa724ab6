import { describe, expect, it } from 'vitest'
import { ListpackReader } from '../../../../parsers/rdb/packed/listpack.js'
import { decimalLength, decimalLength32, RdbString } from '../../../../parsers/rdb/strings.js'
import type { RdbVisitor } from '../../../../parsers/rdb/visitor.js'
import { type Entry, listpack } from '../../../helpers/packed.js'

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

describe('a listpack that is only added up', () => {
  const strings = [0, 1, 9, 63, 64, 125, 126, 127, 4095, 4096, 16377, 16379].map((length) => 'x'.repeat(length))
  const numbers = integers().map((value): Entry => (Number.isSafeInteger(Number(value)) ? Number(value) : value))

  it.each([
    ['of integers', numbers],
    ['of strings', strings],
    ['of both', [...numbers, ...strings].sort((a, b) => (String(a) < String(b) ? -1 : 1))],
    ['of single entries', null],
  ])('has the sums of its entries: %s', (_, entries) => {
    for (const list of entries === null ? [...numbers, ...strings].map((entry) => [entry]) : [entries]) {
      const bytes = listpack(list)
      const walked = open(bytes)
      const string = new RdbString()
      while (walked.more()) walked.string(string)
      const summed = open(bytes)
      summed.summarize()
      expect(sums(summed), String(list[0])).toEqual(sums(walked))
      expect(summed.walked).toBe(list.length)
      expect(summed.payloadBytes).toBe(list.reduce<number>((sum, entry) => sum + String(entry).length, 0))
    }
  })
})

/** At the first entry; the terminator is not shown to readers. */
function open(bytes: Uint8Array): ListpackReader {
  const reader = new ListpackReader({} as RdbVisitor)
  reader.reset()
  reader.bytes = bytes
  reader.pos = 0
  reader.end = bytes.length - 1
  reader.begin(bytes.length)
  return reader
}

function sums({ walked, payloadBytes, longestEntryBytes, pos }: ListpackReader): object {
  return { walked, payloadBytes, longestEntryBytes, pos }
}
