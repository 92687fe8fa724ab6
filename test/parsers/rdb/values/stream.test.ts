import { describe, expect, it } from 'vitest'
import { dump, fragment } from '../../../helpers/dump.js'
import { contents, type RdbEvent, read } from '../../../helpers/events.js'
import { type Entry, listpack } from '../../../helpers/packed.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

/** Contents of a stream from the bytes of its value, without the events of listpacks. */
function streamOf(type: number, listing: string): RdbEvent[] {
  const bytes = dump({ version: 14 }).type(type, 's').hex(listing).end()
  readsAlike(bytes)
  return contents(bytes).filter((event) => !('container' in event) && !('containerEnd' in event))
}

describe('streams', () => {
  it('v2: live and deleted entries, differences modulo 2^64', () => {
    const found = streamOf(
      19,
      `
      01
      10 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01
      39 39 00 00 00 16 00
      02 01  01 01  01 01  81 66 02  00 01
      02 01  00 01  00 01  81 76 02  04 01                     # 1-1
      03 01  00 01  01 01  81 77 02  04 01                     # 1-2, deleted
      00 01  01 01  df ff 02  01 01  81 67 02  81 79 02  06 01 # +1 -1: 2-0, with fields of its own
      ff
      02 02 00 01 01 01 02 03 00`,
    )
    expect(found).toEqual([
      { nodes: 1 },
      { streamNode: '1-1' },
      { streamEntry: '1-1', pairs: 1 },
      { field: 'f', value: 'v' },
      { streamEntry: '2-0', pairs: 1 },
      { field: 'g', value: 'y' },
      { streamLength: 2, lastId: '2-0', firstId: '1-1', maxDeletedId: '1-2', entriesAdded: 3, groups: 0 },
    ])
  })

  it('v3: a group with a pending entry and its consumer', () => {
    const found = streamOf(
      21,
      `
      01 10 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00 00
      1d 1d 00 00 00 0a 00 01 01 00 01 01 01 81 66 02 00 01 02 01 00 01 00 01 81 76 02 04 01 ff
      01 05 00 05 00 00 00 01
      01
      03 67 72 70 05 00 01
      01
      00 00 00 00 00 00 00 05 00 00 00 00 00 00 00 00
      86 8e 66 fb a1 01 00 00 01
      01
      03 62 6f 62
      86 8e 66 fb a1 01 00 00 86 8e 66 fb a1 01 00 00
      01 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00 00`,
    )
    const time = 0x1a1fb668e86
    expect(found.slice(4)).toEqual([
      { streamLength: 1, lastId: '5-0', firstId: '5-0', maxDeletedId: '0-0', entriesAdded: 1, groups: 1 },
      { group: 'grp', lastId: '5-0', entriesRead: 1, pending: 1 },
      { pending: '5-0', deliveryTimeMs: time, deliveryCount: 1 },
      { consumer: 'bob', seenTimeMs: time, activeTimeMs: time, pending: 1 },
      { consumerPending: '5-0' },
    ])
  })

  it('v5: producers of messages that must not come twice', () => {
    const found = streamOf(
      27,
      `
      01 10 00 00 01 a1 fb 69 2d db 00 00 00 00 00 00 00 00
      1d 1d 00 00 00 0a 00 01 01 00 01 01 01 81 66 02 00 01 02 01 00 01 00 01 81 76 02 04 01 ff
      01 81 00 00 01 a1 fb 69 2d db 00
      81 00 00 01 a1 fb 69 2d db 00 00 00 01
      00
      40 64 40 64
      01 02 70 31 01 03 69 64 31
      81 00 00 01 a1 fb 69 2d db 00
      01 00`,
    )
    const id = `${0x1a1fb692ddb}-0`
    expect(found.slice(4)).toEqual([
      { streamLength: 1, lastId: id, firstId: id, maxDeletedId: '0-0', entriesAdded: 1, groups: 0 },
      { producer: 'p1', entries: 1 },
      { producerEntry: 'id1', id },
    ])
  })

  it('v5: an entry that was given back', () => {
    const found = streamOf(
      27,
      `
      01 10 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01
      28 28 00 00 00 0f 00 02 01 00 01 01 01 81 61 02 00 01 02 01 00 01 00 01 81 62 02 04 01 02 01 00 01 01 01 81 62 02 04 01 ff
      02 01 02 01 01 00 00 02
      01 01 67 01 02 02
      02 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 01
      00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 db 2d 69 fb a1 01 00 00 01
      01 02 63 31 db 2d 69 fb a1 01 00 00 db 2d 69 fb a1 01 00 00
      01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02
      01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 01
      40 64 40 64 00 00 00`,
    )
    expect(found.slice(7)).toEqual([
      { group: 'g', lastId: '1-2', entriesRead: 2, pending: 2 },
      { pending: '1-1', deliveryTimeMs: 0, deliveryCount: 1 },
      { pending: '1-2', deliveryTimeMs: 0x1a1fb692ddb, deliveryCount: 1 },
      { consumer: 'c1', seenTimeMs: 0x1a1fb692ddb, activeTimeMs: 0x1a1fb692ddb, pending: 1 },
      { consumerPending: '1-2' },
      { nacked: '1-1' },
    ])
  })

  it('v1: no first ID, no counters', () => {
    const bytes = dump({ version: 9 })
      .type(15, 's')
      .len(0)
      .len(0)
      .len(2n ** 64n - 1n)
      .len(2n ** 64n - 1n)
      .len(1)
    bytes.string('g').len(0).len(0).len(0).len(1).string('c').ms(5).len(0)
    const events = readsAlike(bytes.end())
    expect(events.slice(3, 7)).toEqual([
      { nodes: 0 },
      { streamLength: 0, lastId: '18446744073709551615-18446744073709551615', groups: 1 },
      { group: 'g', lastId: '0-0', pending: 0 },
      { consumer: 'c', seenTimeMs: 5, pending: 0 },
    ])
    expect(events.some((event) => 'warning' in event)).toBe(false)
  })

  it('a group that does not know what it has read says -1', () => {
    const bytes = dump().type(19, 's').len(0).len(0).hex('00 00 00 00 00 00 00 01').string('g').hex('00 00')
    const events = readsAlike(
      bytes
        .len(2n ** 64n - 1n)
        .len(0)
        .len(0)
        .end(),
    )
    expect(events).toContainEqual({ group: 'g', lastId: '0-0', entriesRead: -1, pending: 0 })
  })
})

/** A stream v2 of one node per listpack, its master IDs and counters. */
function stream(nodes: readonly { id?: bigint; entries: readonly Entry[] }[], length: number, added = length) {
  const out = fragment().len(nodes.length)
  nodes.forEach((node, index) => {
    const id = fragment()
      .u64be(node.id ?? BigInt(index + 1))
      .u64be(0)
      .bytes()
    out.string(id).string(listpack(node.entries))
  })
  return out.len(length).hex('05 00 01 00 00 00').len(added)
}

/** A node with one entry: count, deleted, fields, name, 0; flags, differences, value, entries. */
const ONE: readonly Entry[] = [1, 0, 1, 'f', 0, 2, 0, 0, 'v', 4]

describe('odd streams', () => {
  const warnings = (value: Uint8Array): unknown[] =>
    readsAlike(dump().type(19, 's').raw(value).end())
      .filter((event) => 'warning' in event)
      .map((event) => event.warning)

  it('warn when the length is not what the nodes hold (pre-release servers of 5.0)', () => {
    expect(
      warnings(
        stream([{ entries: ONE }], 1)
          .len(0)
          .bytes(),
      ),
    ).toEqual([])
    expect(
      warnings(
        stream([{ entries: ONE }], 3)
          .len(0)
          .bytes(),
      ),
    ).toEqual(['stream-length'])
  })

  it('warn when nodes are out of order or appear twice', () => {
    const two = (a: bigint, b: bigint) =>
      stream(
        [
          { id: a, entries: ONE },
          { id: b, entries: ONE },
        ],
        2,
      )
        .len(0)
        .bytes()
    expect(warnings(two(2n, 1n))).toEqual(['stream-order'])
    expect(warnings(two(1n, 1n))).toEqual(['stream-order'])
    expect(warnings(two(2n ** 63n - 1n, 2n ** 63n))).toEqual([])
  })

  it('warn when counters cannot be right', () => {
    expect(
      warnings(
        stream([{ entries: ONE }], 1, 0)
          .len(0)
          .bytes(),
      ),
    ).toEqual(['stream-counters'])
    const group = stream([{ entries: ONE }], 1)
      .len(1)
      .string('g')
      .len(0)
      .len(0)
      .len(2)
      .len(0)
      .len(0)
    expect(warnings(group.bytes())).toEqual(['stream-counters'])
    const producers = (seconds: number, most: number) =>
      readsAlike(dump().type(27, 's').raw(stream([], 0).len(0).len(seconds).len(most).hex('00 00 00').bytes()).end())
    expect(producers(86400, 10000).some((event) => 'warning' in event)).toBe(false)
    for (const [seconds, most] of [
      [0, 5],
      [86401, 5],
      [5, 0],
      [5, 10001],
    ] as const) {
      expect(producers(seconds, most)).toContainEqual(expect.objectContaining({ warning: 'stream-counters' }))
    }
  })

  it.each([
    ['a negative number of fields', [1, 0, -1, 0]],
    ['a negative count', [-1, 0, 1, 'f', 0]],
    ['a count of 2^62', [2n ** 62n, 0, 1, 'f', 0]],
    ['more fields than entries', [1, 0, 500, 'f', 0]],
    ['no terminator behind the fields', [1, 0, 1, 'f', 1, 2, 0, 0, 'v', 4]],
    ['a wrong number of listpack entries', [1, 0, 1, 'f', 0, 2, 0, 0, 'v', 5]],
    ['text for an integer', [1, 0, 1, 'f', 0, 'x', 0, 0, 'v', 4]],
    ['fewer entries than it says', [2, 0, 1, 'f', 0, 2, 0, 0, 'v', 4]],
    ['more entries than it says', [...ONE, 2, 0, 1, 'v', 4]],
    ['a wrong number of deleted entries', [0, 1, 1, 'f', 0, 2, 0, 0, 'v', 4]],
    ['too many fields in an entry', [1, 0, 1, 'f', 0, 0, 0, 0, 99, 'a', 'b', 6]],
    ['nothing at all', []],
  ] as const)('are damaged by %s', (_, entries) => {
    const { events, error } = read(
      dump()
        .type(19, 's')
        .raw(stream([{ entries }], 1).len(0).bytes())
        .type(0, 'next')
        .string('')
        .end(),
    )
    expect(error).toBeNull()
    expect(events).toContainEqual(expect.objectContaining({ endKey: 's', damage: 'bad-listpack' }))
    expect(events).toContainEqual(expect.objectContaining({ key: 'next' }))
  })

  it('keep the field names of a node up to a limit', () => {
    const names = Array.from({ length: 17_000 }, (_, i) => String(i).padEnd(1000, '.'))
    const node = listpack([0, 0, names.length, ...names, 0])
    const bytes = dump().type(15, 's').len(1).string(fragment().u64be(1).u64be(0).bytes()).string(node)
    const good = listpack([0, 0, 6000, ...names.slice(0, 6000), 0])
    const { events, error } = read(bytes.string(fragment().u64be(2).u64be(0).bytes()).bytes().subarray(0, -17), {
      chunkBytes: 4096,
    })
    expect(error?.code).toBe('truncated')
    expect(events).toContainEqual(
      expect.objectContaining({ warning: 'damaged-key', message: expect.stringMatching(/16777216 bytes/) }),
    )
    const fine = dump()
      .type(15, 's')
      .len(1)
      .string(fragment().u64be(1).u64be(0).bytes())
      .string(good)
      .hex('00 00 00 00')
      .end()
    expect(read(fine, { chunkBytes: 640 }).events).toContainEqual(expect.objectContaining({ endKey: 's', elements: 0 }))
    expect(read(fine, { chunkBytes: 640 }).events.some((event) => 'warning' in event)).toBe(false)
  })

  it('are refused when a node has no 16-byte ID', () => {
    const { error } = read(dump().type(15, 's').len(1).string('short').string(listpack(ONE)).end())
    expect(error?.message).toMatch(/has 5 bytes instead of 16/)
  })
})
