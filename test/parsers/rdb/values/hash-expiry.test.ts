import { describe, expect, it } from 'vitest'
import { type DumpHeader, dump, fragment } from '../../../helpers/dump.js'
import { contents, type RdbEvent, read } from '../../../helpers/events.js'
import { listpack } from '../../../helpers/packed.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

function fieldsOf(type: number, value: Uint8Array, header: DumpHeader = {}): RdbEvent[] {
  const bytes = dump(header).type(type, 'k').raw(value).end()
  readsAlike(bytes)
  return contents(bytes).filter((event) => 'field' in event || 'path' in event || 'warning' in event)
}

const value = fragment

describe('hashes with field expiry', () => {
  it('plain, relative to the smallest expiry (type 24)', () => {
    const bytes = value().hex(`
      00 d8 c3 2c bb 03 00 00
      03
      01 01 67 01 77
      00 01 66 01 76
      06 01 6b 01 7a`)
    expect(fieldsOf(24, bytes.bytes())).toEqual([
      { field: 'g', value: 'w', expiresAtMs: 4102444800000 },
      { field: 'f', value: 'v' },
      { field: 'k', value: 'z', expiresAtMs: 4102444800005 },
    ])
  })

  it('as listpack (type 25)', () => {
    const bytes = value().hex(`
      00 d8 c3 2c bb 03 00 00
      1f 1f 00 00 00 06 00 81 67 02 81 77 02 f4 00 d8 c3 2c bb 03 00 00 09 81 66 02 81 76 02 00 01 ff`)
    expect(fieldsOf(25, bytes.bytes())).toEqual([
      { field: 'g', value: 'w', expiresAtMs: 4102444800000 },
      { field: 'f', value: 'v' },
    ])
  })

  it('of the 7.4 release candidates, plain (type 22 with REDIS)', () => {
    const bytes = value().hex(`
      03
      81 00 00 3f ff ff ff e4 a7 06 66 69 65 6c 64 31 06 76 61 6c 75 65 31
      00 06 66 69 65 6c 64 33 06 76 61 6c 75 65 33
      81 00 00 3f ff ff ff e2 4f 06 66 69 65 6c 64 32 06 76 61 6c 75 65 32`)
    expect(fieldsOf(22, bytes.bytes())).toEqual([
      { field: 'field1', value: 'value1', expiresAtMs: 70368744170663 },
      { field: 'field3', value: 'value3' },
      { field: 'field2', value: 'value2', expiresAtMs: 70368744170063 },
    ])
  })

  it('of the 7.4 release candidates, as listpack (type 23 with REDIS)', () => {
    const bytes = value().string(listpack(['g', 'w', 4102444800000n, 'f', 'v', 0]))
    expect(fieldsOf(23, bytes.bytes())).toEqual([
      { field: 'g', value: 'w', expiresAtMs: 4102444800000 },
      { field: 'f', value: 'v' },
    ])
  })

  it('of Valkey 9 (type 22 with VALKEY)', () => {
    const bytes = value().hex(`
      03 02 46 31 02 56 31 40 38 70 51 78 02 00 00
      02 46 32 02 56 32 40 80 84 e4 2e 02 00 00
      02 46 33 02 56 33 ff ff ff ff ff ff ff ff`)
    expect(fieldsOf(22, bytes.bytes(), { magic: 'VALKEY' })).toEqual([
      { field: 'F1', value: 'V1', expiresAtMs: 0x2785170_3840 },
      { field: 'F2', value: 'V2', expiresAtMs: 0x22ee484_8040 },
      { field: 'F3', value: 'V3' },
    ])
  })

  it('by path, of Valkey 9.2 (type 23 with VALKEY)', () => {
    const header = { magic: 'VALKEY', version: 81 } as const
    expect(fieldsOf(23, value().hex('01 01 70 01 01 66 01 76').bytes(), header)).toEqual([
      { path: 'p', fields: 1 },
      { field: 'f', value: 'v' },
    ])
    const two = value().len(2).string('').len(1).string('f').string('v').string('p').len(2)
    const bytes = dump(header).type(23, 'k').raw(two.string('a').string('b').string('c').string('d').bytes()).end()
    expect(readsAlike(bytes)).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 3 }))
    expect(fieldsOf(23, value().len(0).bytes(), header)).toEqual([])
    expect(read(dump(header).type(23, 'k').len(1).string('p').len(0).end()).error?.message).toMatch(/no fields/)
  })

  const limit = 2 ** 48 - 1
  it.each([
    [
      'a smallest expiry above 48 bits',
      24,
      value()
        .ms(2 ** 49)
        .len(1)
        .len(0)
        .string('f')
        .string('v'),
      {},
    ],
    ['a field expiry above 48 bits', 24, value().ms(limit).len(1).len(2).string('f').string('v'), {}],
    ['a negative expiry', 22, value().len(1).string('f').string('v').ms(-2), { magic: 'VALKEY' }],
    [
      'a negative expiry',
      25,
      value()
        .ms(0)
        .string(listpack(['f', 'v', -5])),
      {},
    ],
    [
      'an expiry above 48 bits',
      25,
      value()
        .ms(0)
        .string(listpack(['f', 'v', 2 ** 48])),
      {},
    ],
    [
      'fields out of order',
      25,
      value()
        .ms(0)
        .string(listpack(['f', 'v', 500, 'g', 'w', 400])),
      {},
    ],
    [
      'an expiry behind a field without',
      25,
      value()
        .ms(0)
        .string(listpack(['f', 'v', 0, 'g', 'w', 400])),
      {},
    ],
  ] as const)('warn of %s (type %i)', (_, type, bytes, header) => {
    expect(fieldsOf(type, bytes.bytes(), header).filter((event) => 'warning' in event)).toEqual([
      expect.objectContaining({ warning: 'field-expiry' }),
    ])
  })

  it('take the largest expiry without a word', () => {
    expect(fieldsOf(24, value().ms(limit).len(1).len(1).string('f').string('v').bytes())).toEqual([
      { field: 'f', value: 'v', expiresAtMs: limit },
    ])
  })

  it('are damaged when an expiry in a listpack is no integer', () => {
    const { events } = read(
      dump()
        .type(25, 'k')
        .ms(0)
        .string(listpack(['f', 'v', 'soon']))
        .end(),
    )
    expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-listpack' }))
  })
})
