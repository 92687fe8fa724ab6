import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Container, IgnoreAll, RdbParser, type RdbString } from '../../../../parsers/index.js'
import { canonicalInteger, integerOf } from '../../../../src/memory/structs/integers.js'
import { PackedSize } from '../../../../src/memory/structs/packed.js'
import { isIntegerScore, scoreText } from '../../../../src/memory/structs/score-text.js'
import { allSamples } from '../../../helpers/samples.js'

describe('canonical integers', () => {
  const read = (text: string): number => canonicalInteger(new TextEncoder().encode(text), 0, text.length)

  it.each([
    ['0', 0],
    ['-1', -1],
    ['9223372036854775807', 2 ** 63],
    ['-9223372036854775808', -(2 ** 63)],
    ['1234567890123456', 1234567890123456],
  ])('%s is one', (text, value) => {
    // Beyond 2^53 only the width counts.
    expect(read(text) / (value || 1)).toBeCloseTo(value === 0 ? 0 : 1, 12)
  })

  it.each(['', '-', '-0', '00', '01', '+1', '1.0', ' 1', '1 ', '9223372036854775808', '-9223372036854775809', '1e3'])(
    '%j is none',
    (text) => {
      expect(read(text)).toBeNaN()
    },
  )
})

/** Adds up the entries of every packed blob and compares with its size. */
class BlobScale extends IgnoreAll {
  blobs = 0
  readonly wrong: string[] = []
  #size = new PackedSize('listpack')
  #known = true

  override container(container: Container): boolean {
    this.#known = container.kind === 'listpack' || container.kind === 'ziplist'
    if (this.#known) this.#size = new PackedSize(container.kind as 'listpack' | 'ziplist')
    return true
  }

  override containerEnd(container: Container): void {
    // Entries of stream nodes and expiries of fields are not shown one by one.
    if (!this.#known || this.#size.entries !== container.entries) return
    this.blobs++
    if (this.#size.bytes !== container.bytes)
      this.wrong.push(`${container.kind} of ${container.entries}: ${this.#size.bytes}`)
  }

  override element(value: RdbString): void {
    this.#add(value)
  }

  override field(field: RdbString, value: RdbString): void {
    this.#add(field)
    this.#add(value)
  }

  override member(member: RdbString, _score: number, stored: RdbString | null): void {
    this.#add(member)
    if (stored !== null) this.#add(stored)
  }

  #add(value: RdbString): void {
    this.#size.add(value.length, integerOf(value))
  }
}

describe('packed sizes', () => {
  it('are those of every listpack and ziplist of the samples', () => {
    let blobs = 0
    for (const sample of allSamples()) {
      const scale = new BlobScale()
      const parser = new RdbParser(scale)
      parser.push(readFileSync(sample.rdbPath))
      if (!parser.done) parser.end()
      expect(scale.wrong, sample.name).toEqual([])
      blobs += scale.blobs
    }
    expect(blobs).toBeGreaterThan(3000)
  })

  it('of a ziplist depend on the entry before', () => {
    const size = new PackedSize('ziplist')
    size.add(250, Number.NaN)
    const small = size.bytes
    size.add(1, Number.NaN)
    expect(size.bytes - small).toBe(3)
    size.reset()
    size.add(260, Number.NaN)
    const large = size.bytes
    size.add(1, Number.NaN)
    expect(size.bytes - large).toBe(7)
  })
})

describe('scores in packed sorted sets', () => {
  it.each([
    [0.1, '0.10000000000000001', '0.1'],
    [1.5, '1.5', '1.5'],
    [-2.25e-7, '-2.2499999999999999e-07', '-2.25e-7'],
    [1e21, '1e+21', '1e+21'],
    [1.5e300, '1.5000000000000001e+300', '1.5e+300'],
    [123456789.5, '123456789.5', '123456789.5'],
    [5e-324, '4.9406564584124654e-324', '5e-324'],
    [0.00012, '0.00012', '0.00012'],
    [Number.POSITIVE_INFINITY, 'inf', 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf', '-inf'],
  ])('%f is %s, or %s since 7.2', (score, seventeen, shortest) => {
    expect(scoreText('17-digits', score)).toBe(seventeen)
    expect(scoreText('52-bit', score)).toBe(seventeen)
    expect(scoreText('shortest', score)).toBe(shortest)
  })

  it('have the digits that Grisu2 finds, which are not always the fewest', () => {
    expect(scoreText('shortest', 1e23)).toBe('99999999999999990000000')
    let state = 1
    let longer = 0
    for (let i = 0; i < 5000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const score = (state / 4294967296) * 10 ** ((state % 40) - 20)
      const text = scoreText('shortest', score)
      expect(Number(text)).toBe(score)
      const digits = (number: string): number => number.replace(/e.*/, '').replace(/^0\.0*|\.|0+$/g, '').length
      if (digits(text) > digits(String(score))) longer++
    }
    expect(longer).toBeLessThan(25)
  })

  it('are integers up to 2^52, later 2^62', () => {
    expect(isIntegerScore('52-bit', 2 ** 52)).toBe(false)
    expect(isIntegerScore('52-bit', 2 ** 52 - 1)).toBe(true)
    expect(isIntegerScore('52-bit', -0)).toBe(false)
    expect(isIntegerScore('17-digits', -0)).toBe(true)
    expect(isIntegerScore('shortest', 2 ** 62)).toBe(true)
    expect(isIntegerScore('shortest', 2 ** 63)).toBe(false)
    expect(isIntegerScore('shortest', 0.5)).toBe(false)
  })
})
