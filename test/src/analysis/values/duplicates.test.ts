import { describe, expect, it } from 'vitest'
import { DuplicateSample } from '../../../../src/analysis/values/duplicates.js'

const encoder = new TextEncoder()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Adds a key with a value of its own text. */
function add(sample: DuplicateSample, ticket: number, size: number, key: string, head: string): void {
  const name = encoder.encode(key)
  const hash = [...head].reduce((sum, character) => Math.imul(sum, 31) + character.charCodeAt(0), 7)
  const named = { bytes: name, start: 0, end: name.length, length: name.length }
  sample.add(ticket, size, hash, ~hash, 0, named, encoder.encode(head), head.length, false)
}

describe('values that several keys hold', () => {
  it('keep the names of their keys and their first bytes while smaller values come and go', () => {
    const sample = new DuplicateSample()
    // Names and values of many lengths, more than there is room for, several times.
    for (let i = 0; i < 50_000; i++) {
      const ticket = Math.imul(i, 0x9e3779b1) >>> 0
      if (sample.wants(ticket, 20))
        add(sample, ticket, 20, `small:${i}${'.'.repeat(i % 40)}`, `value ${i}`.repeat(1 + (i % 3)))
      if (i % 10_000 === 0) for (const copy of ['a', 'b']) add(sample, 0, 1000, `large:${i}:${copy}`, `page ${i}`)
    }
    const found = sample.result()
    expect(found.map(({ head }) => text(head)).sort()).toEqual([0, 1, 2, 3, 4].map((n) => `page ${n * 10_000}`).sort())
    for (const { head, holders, exact, wastedBytes } of found) {
      const number = text(head).slice('page '.length)
      expect(holders.map(({ key }) => text(key))).toEqual([`large:${number}:a`, `large:${number}:b`])
      expect([exact, wastedBytes]).toEqual([true, 1000])
    }
  })
})
