import { describe, expect, it } from 'vitest'
import { dump, fragment } from '../../../helpers/dump.js'
import { contents, read } from '../../../helpers/events.js'
import { listpack } from '../../../helpers/packed.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

const rdb15 = { version: 15 } as const
const template = fragment().u8(242).len(0).len(2).string('field1').string('field2').bytes()

describe('hash templates (RDB 15)', () => {
  it('are announced once and used by keys', () => {
    const bytes = dump(rdb15)
      .hex(`
        f2 00 02 06 66 69 65 6c 64 31 06 66 69 65 6c 64 32
        1e 02 6b 31 0d 0d 00 00 00 03 00 00 01 01 01 02 01 ff
        20 02 6b 32 00 c0 03 c0 04`)
      .end()
    const events = readsAlike(bytes)
    expect(events.filter((event) => 'field' in event)).toEqual([
      { field: 'field1', value: '1' },
      { field: 'field2', value: '2' },
      { field: 'field1', value: '3' },
      { field: 'field2', value: '4' },
    ])
    expect(events.filter((event) => 'endKey' in event)).toEqual([
      { endKey: 'k1', elements: 2, rdbBytes: 18 },
      { endKey: 'k2', elements: 2, rdbBytes: 9 },
    ])
  })

  it('stand in the value itself, as listpack or as strings', () => {
    const packed = dump(rdb15)
      .type(29, 'k')
      .hex(`
        00
        17 17 00 00 00 02 00 86 66 69 65 6c 64 31 07 86 66 69 65 6c 64 32 07 ff
        0d 0d 00 00 00 03 00 00 01 01 01 02 01 ff`)
      .end()
    const plain = dump(rdb15).type(31, 'k').hex('01 02 06 66 69 65 6c 64 31 06 66 69 65 6c 64 32 c0 01 c0 02').end()
    const mixed = dump(rdb15)
      .type(31, 'k')
      .len(0)
      .string(listpack(['field1', 'field2']))
      .integer(1)
      .integer(2)
      .end()
    const crossed = dump(rdb15).type(29, 'k').len(1).len(2).string('field1').string('field2')
    for (const bytes of [packed, plain, mixed, crossed.string(listpack([0, 1, 2])).end()]) {
      expect(readsAlike(bytes)).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 2 }))
      expect(contents(bytes).filter((event) => 'field' in event)).toEqual([
        { field: 'field1', value: '1' },
        { field: 'field2', value: '2' },
      ])
    }
  })

  it('order names by length first', () => {
    const ordered = dump(rdb15).type(31, 'k').len(1).len(3).string('z').string('aa').string('ab')
    expect(readsAlike(ordered.string('1').string('2').string('3').end())).toContainEqual({ field: 'ab', value: '3' })
    for (const [first, second] of [
      ['b', 'a'],
      ['a', 'a'],
      ['aa', 'b'],
    ] as const) {
      const { error } = read(dump(rdb15).u8(242).len(0).len(2).string(first).string(second).end())
      expect(error?.message).toMatch(/not in ascending order/)
    }
  })

  it.each([
    ['announced twice', fragment().raw(template).raw(template), /template 0 is announced twice/],
    ['without fields', fragment().u8(242).len(0).len(0), /without fields/],
    ['that nobody announced', fragment().type(32, 'k').len(7).string('v'), /template 7 was not announced/],
    ['with names in an unknown form', fragment().type(31, 'k').len(2), /in form 2/],
    ['without fields in the value', fragment().type(31, 'k').len(1).len(0), /without fields/],
    ['with damaged names', fragment().type(31, 'k').len(0).string('no listpack').string('v'), /damaged listpack/],
  ])('are refused when %s', (_, records, message) => {
    const { error } = read(dump(rdb15).raw(records.bytes()).end())
    expect(error?.message).toMatch(message)
  })

  it.each([
    ['more values than fields', listpack([0, 1, 2, 3])],
    ['fewer values than fields', listpack([0, 1])],
    ['no template id', listpack([])],
    ['text for a template id', listpack(['x', 1, 2])],
    ['an unknown template id', listpack([9, 1, 2])],
  ])('make a damaged key of %s', (_, content) => {
    const { events, error } = read(
      dump(rdb15).raw(template).type(30, 'k').string(content).type(0, 'next').string('').end(),
    )
    expect(error).toBeNull()
    expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: expect.any(String) }))
    expect(events).toContainEqual(expect.objectContaining({ key: 'next' }))
  })

  it('have other meanings of their numbers before version 15', () => {
    const rateLimiter = dump({ version: 14 }).type(29, 'k').len(1_700_000_000_000_000).end()
    const events = readsAlike(rateLimiter)
    expect(events).toContainEqual(expect.objectContaining({ warning: 'gcra' }))
    expect(events).toContainEqual({ moduleInteger: '1700000000000000' })
    expect(readsAlike(dump({ version: 15 }).type(33, 'k').len(5).end())).toContainEqual({ moduleInteger: '5' })
    expect(read(dump({ version: 14 }).type(30, 'k').end()).error?.code).toBe('unknown-type')
  })
})
