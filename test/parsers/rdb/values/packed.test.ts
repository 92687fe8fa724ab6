import { describe, expect, it } from 'vitest'
import { dump, fragment, hex } from '../../../helpers/dump.js'
import { contents, type RdbEvent, read } from '../../../helpers/events.js'
import { intset, listpack, ziplist, zipmap } from '../../../helpers/packed.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

/** Contents of a value that is one packed container, without the container's own events. */
function entriesOf(type: number, value: Uint8Array): RdbEvent[] {
  const bytes = dump().type(type, 'k').raw(value).end()
  readsAlike(bytes)
  return contents(bytes).filter((event) => !('container' in event) && !('containerEnd' in event))
}

const string = (content: Uint8Array): Uint8Array => fragment().string(content).bytes()

describe('values in one packed container', () => {
  it('hash as listpack', () => {
    const value = hex('13 13 00 00 00 04 00 81 66 02 81 76 02 81 6e 02 c3 e8 02 ff')
    expect(entriesOf(16, value)).toEqual([
      { field: 'f', value: 'v' },
      { field: 'n', value: '1000' },
    ])
  })

  it('sorted set as listpack', () => {
    const value = hex('14 14 00 00 00 04 00 81 61 02 83 31 2e 35 04 81 62 02 02 01 ff')
    expect(entriesOf(17, value)).toEqual([
      { member: 'a', score: 1.5, scoreText: '1.5' },
      { member: 'b', score: 2, scoreText: '2' },
    ])
  })

  it('set as listpack', () => {
    expect(entriesOf(20, hex('0c 0c 00 00 00 02 00 81 61 02 07 01 ff'))).toEqual([{ element: 'a' }, { element: '7' }])
  })

  it('hash as ziplist', () => {
    const value = hex('18 18 00 00 00 13 00 00 00 04 00 00 01 66 03 01 76 03 01 6e 03 c0 e8 03 ff')
    expect(entriesOf(13, value)).toEqual([
      { field: 'f', value: 'v' },
      { field: 'n', value: '1000' },
    ])
  })

  it('sorted set as ziplist', () => {
    const value = hex('18 18 00 00 00 15 00 00 00 04 00 00 01 61 03 03 31 2e 35 05 01 62 03 f3 ff')
    expect(entriesOf(12, value)).toEqual([
      { member: 'a', score: 1.5, scoreText: '1.5' },
      { member: 'b', score: 2, scoreText: '2' },
    ])
  })

  it('set as intset', () => {
    const value = hex('0e 02 00 00 00 03 00 00 00 01 00 02 00 2c 01')
    expect(entriesOf(11, value)).toEqual([{ element: '1' }, { element: '2' }, { element: '300' }])
  })

  it('list as ziplist', () => {
    expect(entriesOf(10, string(ziplist(['a', 1, '', -5])))).toEqual([
      { element: 'a' },
      { element: '1' },
      { element: '' },
      { element: '-5' },
    ])
  })

  it('hash as zipmap', () => {
    expect(entriesOf(9, string(hex('01 01 61 06 00 31 30 31 30 31 30 ff')))).toEqual([{ field: 'a', value: '101010' }])
  })

  it('tells size, compressed size, entries and the longest entry', () => {
    const content = listpack(['name', 'x'.repeat(60), 'visits', 100000])
    const bytes = dump().type(16, 'k').lzf(content).end()
    readsAlike(bytes)
    const told = contents(bytes).filter((event) => 'container' in event || 'containerEnd' in event)
    expect(told).toEqual([
      { container: 'listpack', bytes: content.length, lzfBytes: expect.any(Number), entries: 4 },
      { containerEnd: 'listpack', entries: 4, payloadBytes: 4 + 60 + 6 + 6, longestEntryBytes: 60 },
    ])
    // The same when nobody wants the entries.
    const summed = contents(bytes, { wantContainer: false })
    expect(summed).toEqual(told)
  })

  it('infinite scores', () => {
    expect(entriesOf(17, string(listpack(['a', '-inf', 'b', 'inf', 'c', '1e+100'])))).toEqual([
      { member: 'a', score: Number.NEGATIVE_INFINITY, scoreText: '-inf' },
      { member: 'b', score: Number.POSITIVE_INFINITY, scoreText: 'inf' },
      { member: 'c', score: 1e100, scoreText: '1e+100' },
    ])
  })

  it('a score that is no number is damage of its key, "nan" only a warning', () => {
    const bad = read(
      dump()
        .type(17, 'k')
        .raw(string(listpack(['a', 'high'])))
        .type(0, 'next')
        .string('')
        .end(),
    )
    expect(bad.error).toBeNull()
    expect(bad.events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-listpack' }))
    expect(bad.events).toContainEqual(expect.objectContaining({ key: 'next' }))
    const nan = read(
      dump()
        .type(17, 'k')
        .raw(string(listpack(['a', 'nan'])))
        .end(),
    )
    expect(nan.events).toContainEqual(expect.objectContaining({ warning: 'nan-score' }))
  })

  it.each([
    [16, listpack(['f', 'v', 'lonely'])],
    [13, ziplist(['f', 'v', 'lonely'])],
    [17, listpack(['m', 1, 'lonely'])],
    [12, ziplist(['m', 1, 'lonely'])],
    [25, listpack(['f', 'v', 0, 'lonely', 'v'])],
  ])('entries that do not pair up are damage (type %i)', (type, content) => {
    const value = type === 25 ? fragment().ms(0).string(content) : fragment().string(content)
    const bytes = dump().type(type, 'k').raw(value.bytes()).end()
    for (const options of [{}, { wantKey: false }, { wantContainer: false }]) {
      expect(read(bytes, options).events).toContainEqual(
        expect.objectContaining({ endKey: 'k', elements: 1, damage: expect.stringMatching(/bad-/) }),
      )
    }
  })

  it.each([
    [16, listpack([]), 'hash'],
    [17, listpack([]), 'zset'],
    [20, listpack([]), 'set'],
    [10, ziplist([]), 'list'],
    [11, intset(2, []), 'set'],
    [9, zipmap([]), 'hash'],
  ])('warns of an empty one (type %i)', (type, content) => {
    const events = readsAlike(dump().type(type, 'k').raw(string(content)).end())
    expect(events).toContainEqual(expect.objectContaining({ warning: 'empty-collection' }))
  })

  it('refuses an integer where a container must be', () => {
    expect(read(dump().type(16, 'k').integer(5).end()).error?.message).toMatch(/an integer stands where a listpack/)
    expect(read(dump().type(16, 'k').integer(5).end(), { wantKey: false }).error?.code).toBe('bad-value')
  })
})

describe('quicklists', () => {
  it('of ziplists', () => {
    const bytes = dump().type(14, 'k').hex('01 13 13 00 00 00 0f 00 00 00 03 00 00 01 61 03 f2 02 fe ff ff').end()
    readsAlike(bytes)
    expect(contents(bytes)).toEqual([
      { nodes: 1 },
      { container: 'ziplist', bytes: 19, entries: 3 },
      { element: 'a' },
      { element: '1' },
      { element: '-1' },
      { containerEnd: 'ziplist', entries: 3, payloadBytes: 4, longestEntryBytes: 2 },
    ])
  })

  it('of listpacks', () => {
    const bytes = dump().type(18, 'k').hex('01 02 0f 0f 00 00 00 03 00 81 61 02 01 01 df ff 02 ff').end()
    readsAlike(bytes)
    expect(contents(bytes).filter((event) => 'element' in event)).toEqual([
      { element: 'a' },
      { element: '1' },
      { element: '-1' },
    ])
  })

  it('with plain nodes, which are one element whatever they look like', () => {
    const looksPacked = listpack(['a', 'b'])
    const value = fragment()
      .len(3)
      .len(1)
      .string(looksPacked)
      .len(2)
      .string(listpack(['x', 'y']))
      .len(1)
      .lzf('z'.repeat(90))
    const bytes = dump().type(18, 'k').raw(value.bytes()).end()
    const events = readsAlike(bytes)
    expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 4 }))
    expect(contents(bytes).filter((event) => 'container' in event)).toEqual([
      { container: 'plain', bytes: looksPacked.length, entries: 1 },
      { container: 'listpack', bytes: 13, entries: 2 },
      { container: 'plain', bytes: 90, lzfBytes: expect.any(Number), entries: 1 },
    ])
  })

  it('pass over empty nodes, as old servers wrote them', () => {
    const bytes = dump()
      .type(14, 'k')
      .len(2)
      .string(ziplist([]))
      .string(ziplist(['a']))
      .end()
    expect(readsAlike(bytes)).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 1 }))
  })

  it('go on behind a damaged node', () => {
    const broken = listpack(['a', 'b'])
    broken[4] = 7
    const bytes = dump()
      .type(18, 'k')
      .len(3)
      .len(2)
      .string(listpack(['1st']))
      .len(2)
      .string(broken)
      .len(2)
    const { events, error } = read(
      bytes
        .string(listpack(['last']))
        .type(0, 'next')
        .string('')
        .end(),
    )
    expect(error).toBeNull()
    expect(events.filter((event) => 'element' in event).map((event) => event.element)).toEqual([
      '1st',
      'a',
      'b',
      'last',
    ])
    expect(events.filter((event) => event.warning === 'damaged-key')).toHaveLength(1)
    expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-listpack' }))
    expect(events).toContainEqual(expect.objectContaining({ key: 'next' }))
  })

  it('refuse other kinds of nodes and empty plain ones', () => {
    expect(read(dump().type(18, 'k').len(1).len(3).string('x').end()).error?.message).toMatch(/container 3 is neither/)
    const empty = readsAlike(dump().type(18, 'k').len(1).len(1).string('').end())
    expect(empty).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-value' }))
  })
})
