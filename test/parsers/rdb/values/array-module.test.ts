import { describe, expect, it } from 'vitest'
import { dump, fragment } from '../../../helpers/dump.js'
import { contents, read } from '../../../helpers/events.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

describe('sparse array (Redis 8.8)', () => {
  const elements = `
    00 03 02 68 69
    01 01 39 30 00 00 00 00 00 00
    02 02 00 00 00 00 00 00 0a 40
    80 00 0f 42 40 00 0f 61 20 6c 6f 6e 67 65 72 20 73 74 72 69 6e 67`

  it('shows every element with its index', () => {
    const bytes = dump({ version: 14 }).type(28, 'k').hex(`04 00 ${elements}`).end()
    readsAlike(bytes)
    expect(contents(bytes)).toEqual([
      { count: 4 },
      { index: '0', value: 'hi' },
      { index: '1', value: '12345' },
      { index: '2', value: '3.25' },
      { index: '1000000', value: 'a longer string' },
    ])
  })

  it('may name where the next element goes', () => {
    const bytes = dump({ version: 14 }).type(28, 'k').hex(`04 01 80 00 0f 42 41 ${elements}`).end()
    expect(readsAlike(bytes)).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 4 }))
  })

  it('has indexes of all 64 bits but the last', () => {
    const bytes = (index: bigint) => dump().type(28, 'k').len(1).len(0).len(index).len(0).string('x').end()
    expect(readsAlike(bytes(2n ** 64n - 2n))).toContainEqual({ index: '18446744073709551614', value: 'x' })
    expect(read(bytes(2n ** 64n - 1n)).error?.message).toMatch(/2\^64-1/)
  })

  it('warns when indexes do not ascend', () => {
    const element = (index: bigint) => fragment().len(index).len(0).string('x').bytes()
    const warnings = (first: bigint, second: bigint) =>
      readsAlike(dump().type(28, 'k').len(2).len(0).raw(element(first)).raw(element(second)).end()).filter(
        (event) => event.warning === 'array-order',
      )
    expect(warnings(5n, 5n)).toHaveLength(1)
    expect(warnings(2n ** 63n, 7n)).toHaveLength(1)
    expect(warnings(2n ** 32n - 1n, 2n ** 32n)).toHaveLength(0)
    expect(warnings(0n, 2n ** 63n)).toHaveLength(0)
  })

  it.each([
    ['no elements', '00 00', /without elements/],
    ['an unknown flag', '01 02', /flag 2/],
    ['an unknown tag', '01 00 00 04', /tag 4/],
    ['a short string that is none', '01 00 00 03 08 31 32 33 34 35 36 37 38', /has 8 bytes/],
  ])('refuses %s', (_, listing, message) => {
    expect(read(dump().type(28, 'k').hex(listing).end()).error?.message).toMatch(message)
  })
})

describe('module values', () => {
  it('show their pieces whatever the module', () => {
    const bytes = dump().type(7, 'k').hex('81 b5 eb 2d ff ff dd b4 01 02 00 05 c0 64 00').end()
    readsAlike(bytes)
    expect(contents(bytes)).toEqual([
      { module: 'test___dt', encver: 1 },
      { moduleInteger: '0' },
      { moduleString: '100' },
    ])
  })

  it('have integers of 64 bits, floats and doubles', () => {
    const value = fragment()
      .len(0xb5eb2dffffddb402n)
      .len(1)
      .len(2n ** 64n - 1n)
      .len(2)
      .len(2n ** 63n)
    const bytes = dump().type(7, 'k').raw(value.len(3).f32le(1.5).len(4).f64le(-0.1).len(0).bytes()).end()
    readsAlike(bytes)
    expect(contents(bytes).slice(1)).toEqual([
      { moduleInteger: '-1' },
      { moduleInteger: String(-(2n ** 63n)) },
      { moduleDouble: 1.5 },
      { moduleDouble: -0.1 },
    ])
  })

  it('end at their opcode 0 and know no others', () => {
    const value = fragment().len(0xb5eb2dffffddb402n)
    expect(read(dump().type(7, 'k').raw(value.bytes()).len(6).end()).error?.message).toMatch(/module opcode 6/)
    expect(read(dump().type(7, 'k').raw(value.bytes()).len(2).len(5).bytes()).error?.code).toBe('truncated')
  })

  it('of the 4.0 release candidates are refused by name: nobody knows where they end', () => {
    const { error } = read(dump().type(6, 'k').hex('81 b5 eb 2d ff ff dd b4 01 00').end())
    expect(error?.code).toBe('unsupported')
    expect(error?.message).toMatch(/module test___dt/)
  })
})
