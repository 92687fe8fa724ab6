import { describe, expect, it } from 'vitest'
import { IgnoreAll, RdbParser, type RdbWarning } from '../../../parsers/index.js'
import { timed } from '../../helpers/cpu-time.js'
import { dump, fragment } from '../../helpers/dump.js'
import { backlen, listpack } from '../../helpers/packed.js'

const MIB = 1024 * 1024
const LARGE_BYTES = 300 * MIB
const MAX_GROWTH_BYTES = 50 * MIB

/** Counts what it is shown. */
class Counter extends IgnoreAll {
  shownBytes = 0
  keys = 0
  elements = 0
  readonly warnings: string[] = []
  override get wantsParts(): boolean {
    return this.parts
  }
  constructor(
    readonly parts: boolean,
    readonly wantKey: boolean,
  ) {
    super()
  }
  override key(): boolean {
    return this.wantKey
  }
  override endKey(): void {
    this.keys++
  }
  override element(): void {
    this.elements++
  }
  override part(_role: unknown, _bytes: Uint8Array, start: number, end: number): void {
    this.shownBytes += end - start
  }
  override warning({ code }: RdbWarning): void {
    this.warnings.push(code)
  }
}

/** Pushes head, `fillBytes` bytes of `filler` again and again, and tail; tells how much memory grew. */
function measure(
  visitor: Counter,
  head: Uint8Array,
  filler: Uint8Array,
  fillBytes: number,
  tail: Uint8Array,
): { parser: RdbParser; growthBytes: number } {
  const parser = new RdbParser(visitor, { verify: false })
  const before = process.memoryUsage.rss()
  let most = before
  parser.push(head)
  for (let left = fillBytes; left > 0; ) {
    const size = Math.min(left, filler.length)
    parser.push(filler.subarray(0, size))
    left -= size
    most = Math.max(most, process.memoryUsage.rss())
  }
  parser.push(tail)
  parser.end()
  return { parser, growthBytes: most - before }
}

const NEXT = dump().type(0, 'next').string('').end().subarray(9)

describe('memory stays flat', () => {
  const filler = new Uint8Array(MIB).fill(120)
  /** 264 bytes a token: MIB / 3 * 3 bytes of references to the byte before. */
  const lzfTokens = Uint8Array.from({ length: MIB - (MIB % 3) }, (_, i) => [0xe0, 0xff, 0x00][i % 3]!)
  const lzfBytes = 1.2 * MIB
  const lzfFill = Math.floor(lzfBytes / 3) * 3
  const lzfLength = 1 + (lzfFill / 3) * 264
  const lzfHead = fragment()
    .u8(0xc3)
    .len(2 + lzfFill)
    .len(lzfLength)
    .hex('00 78')
    .bytes()

  it.each([
    ['a string, shown in pieces', dump().type(0, 'k'), true, true],
    ['a string, not shown', dump().type(0, 'k'), false, true],
    ['a string of a key that nobody wants', dump().type(0, 'k'), false, false],
    ['an element of a list', dump().type(1, 'k').len(1), true, true],
  ] as const)('with %s of 300 MiB', (_, start, parts, wantKey) => {
    for (const compressed of [false, true]) {
      const visitor = new Counter(parts, wantKey)
      const head = fragment().raw(start.bytes())
      if (compressed) head.raw(lzfHead)
      else head.len(LARGE_BYTES)
      const fill = compressed ? lzfFill : LARGE_BYTES
      const { growthBytes } = measure(visitor, head.bytes(), compressed ? lzfTokens : filler, fill, NEXT)
      expect(growthBytes).toBeLessThan(MAX_GROWTH_BYTES)
      expect(visitor.keys).toBe(2)
      if (parts) expect(visitor.shownBytes).toBe(compressed ? lzfLength : LARGE_BYTES)
    }
  })

  it('with a key name of 512 MiB', () => {
    const visitor = new Counter(false, true)
    const head = dump()
      .u8(0)
      .len(512 * MIB)
      .bytes()
    const { growthBytes } = measure(visitor, head, filler, 512 * MIB, fragment().string('v').raw(NEXT).bytes())
    expect(growthBytes).toBeLessThan(MAX_GROWTH_BYTES)
    expect(visitor.warnings).toEqual(['long-key'])
    expect(visitor.keys).toBe(2)
  })

  it('with a listpack of 300 MiB in entries of 1 KiB', () => {
    const one = listpack(['x'.repeat(1021 - 2)]).subarray(6, -1)
    const block = new Uint8Array(1024 * one.length)
    for (let i = 0; i < 1024; i++) block.set(one, i * one.length)
    const fill = block.length * 300
    const total = 6 + fill + 1
    for (const wantKey of [true, false]) {
      const visitor = new Counter(true, wantKey)
      const head = dump().type(20, 'k').len(total).u32le(total).u16le(65535).bytes()
      const { growthBytes } = measure(visitor, head, block, fill, fragment().u8(0xff).raw(NEXT).bytes())
      expect(growthBytes).toBeLessThan(MAX_GROWTH_BYTES)
      expect(visitor.warnings).toEqual([])
      expect(visitor.elements).toBe(wantKey ? 300 * 1024 : 0)
    }
  })

  // Encoding and data of 268435455 bytes: the largest size with two forms of the backlen.
  it.each([
    ['old', 5],
    ['new', 4],
  ])('with a listpack entry of 256 MiB and a backlen in the %s form', (form, width) => {
    const size = 268435455
    const end = backlen(size, form === 'new')
    expect(end).toHaveLength(width)
    const total = 6 + size + width + 1
    const visitor = new Counter(true, true)
    const head = dump()
      .type(20, 'k')
      .len(total)
      .u32le(total)
      .u16le(1)
      .u8(0xf0)
      .u32le(size - 5)
      .bytes()
    const tail = fragment().raw(end).u8(0xff).raw(NEXT).bytes()
    const { growthBytes } = measure(visitor, head, filler, size - 5, tail)
    expect(growthBytes).toBeLessThan(MAX_GROWTH_BYTES)
    expect(visitor.warnings).toEqual(['listpack-boundary'])
    expect(visitor.shownBytes).toBe(size - 5)
    expect(visitor.keys).toBe(2)
  })
})

describe('floods of small records', () => {
  it.each([
    ['SELECTDB', fragment().select(1)],
    ['AUX', fragment().aux('', '')],
    ['MODULE_AUX', fragment().u8(247).len(1).len(2).len(2).len(0)],
    ['IDLE', fragment().idle(1)],
    ['empty keys', fragment().type(0, '').string('')],
  ])('5 million %s records pass', (_, record) => {
    const one = record.bytes()
    const block = new Uint8Array(50_000 * one.length)
    for (let i = 0; i < 50_000; i++) block.set(one, i * one.length)
    const { result, cpuMs } = timed(() =>
      measure(new Counter(false, true), dump().bytes(), block, block.length * 100, NEXT),
    )
    expect(result.growthBytes).toBeLessThan(MAX_GROWTH_BYTES)
    expect(cpuMs).toBeLessThan(20_000)
  })
})
