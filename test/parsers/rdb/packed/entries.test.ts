import { describe, expect, it } from 'vitest'
import { dump, fragment, hex } from '../../../helpers/dump.js'
import { contents, read } from '../../../helpers/events.js'
import { type Entry, intset, listpack, ziplist, zipmap } from '../../../helpers/packed.js'
import { readsAlike } from '../../../helpers/reads-alike.js'

const TYPE = { list: 10, set: 11, listpackSet: 20, zipmap: 9 } as const

/** Text of all entries of a container. */
function entries(type: number, container: Uint8Array): unknown[] {
  const bytes = dump().type(type, 'k').string(container).end()
  readsAlike(bytes)
  return contents(bytes).flatMap((event) => {
    if ('element' in event) return [event.element]
    return 'field' in event ? [event.field, event.value] : []
  })
}

/** What is said about a damaged container; the key behind it must still be read. */
function damage(type: number, container: Uint8Array): string | undefined {
  const { events, error } = read(dump().type(type, 'k').string(container).type(0, 'next').string('').end())
  expect(error).toBeNull()
  expect(events).toContainEqual(expect.objectContaining({ endKey: 'next' }))
  return events.find((event) => event.warning === 'damaged-key')?.message as string | undefined
}

/** A container with a byte changed. */
function changed(container: Uint8Array, at: number, value: number): Uint8Array {
  const copy = container.slice()
  copy[at < 0 ? copy.length + at : at] = value
  return copy
}

const INTEGERS = [0, 12, 13, 127, 128, -1, -128, 4095, -4096, 4096, 32767, -32768, 8388607, -8388608, 8388608] as const
const WIDE = [
  2147483647,
  -2147483648,
  2147483648,
  -(2n ** 63n),
  2n ** 63n - 1n,
  9007199254740993n,
  -9007199254740993n,
] as const

describe('listpack', () => {
  it('reads what a server wrote', () => {
    const container = hex(`
      2e 00 00 00 08 00
      82 61 62 03
      0c 01
      0d 01
      df ff 02
      c1 2c 02
      f2 a0 86 01 04
      f4 00 5e d0 b2 00 00 00 00 09
      f4 00 f2 05 2a 01 00 00 00 09
      ff`)
    expect(entries(TYPE.listpackSet, container)).toEqual([
      'ab',
      '12',
      '13',
      '-1',
      '300',
      '100000',
      '3000000000',
      '5000000000',
    ])
  })

  it('reads integers and strings of every size', () => {
    const strings = [0, 1, 63, 64, 100, 4095, 4096, 16377, 16379, 20000].map((length) => 'x'.repeat(length))
    const all: Entry[] = [...INTEGERS, ...WIDE, ...strings]
    const text = all.map((entry) =>
      typeof entry === 'string' && entry.length > 100 ? expect.any(String) : String(entry),
    )
    expect(entries(TYPE.listpackSet, listpack(all))).toEqual(text)
  })

  it('counts itself when the header does not know', () => {
    expect(entries(TYPE.listpackSet, listpack(['a', 'b', 'c'], { count: 65535 }))).toEqual(['a', 'b', 'c'])
    const many = Array.from({ length: 70_000 }, (_, i) => i)
    const bytes = dump().type(TYPE.listpackSet, 'k').string(listpack(many)).end()
    expect(readsAlike(bytes, {}, [997])).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 70_000 }))
  })

  // Encoding and data together have the size at which servers of two generations write different backlens.
  it.each([16383, 2097151])('reads both forms of the entry of %i bytes and warns of them', (size) => {
    const entry = 'x'.repeat(size - 5)
    const forms = [listpack(['a', entry, 'b']), listpack(['a', entry, 'b'], { newBoundary: true })]
    expect(forms[0]!.length).toBe(forms[1]!.length + 1)
    for (const form of forms) {
      const events = readsAlike(dump().type(20, 'k').string(form).end(), {}, [4096])
      expect(events.filter((event) => event.warning === 'listpack-boundary')).toHaveLength(1)
      expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 3 }))
      expect(events).toContainEqual({ element: 'b' })
      expect(damage(20, form)).toBeUndefined()
    }
  })

  it('does not warn next to those sizes', () => {
    for (const size of [16382, 16384]) {
      const events = readsAlike(
        dump()
          .type(20, 'k')
          .string(listpack(['x'.repeat(size - 5)]))
          .end(),
        {},
        [],
      )
      expect(events.some((event) => 'warning' in event)).toBe(false)
    }
  })

  const good = listpack(['ab', 5, 'x'.repeat(200)])
  it.each([
    ['a wrong size in its header', changed(good, 0, good.length + 1), /its header says \d+ bytes, there are \d+/],
    ['a wrong count', changed(good, 4, 4), /it has 3 entries, its header says 4/],
    ['no terminator', changed(good, -1, 0), /does not end with its terminator/],
    ['a wrong backlen', changed(good, 9, 4), /entry 0: its size 3 is repeated as 4/],
    ['a wrong long backlen', changed(good, -2, 0x80), /entry 2: its size 202 is repeated as/],
    ['a long backlen without its marks', changed(good, -2, 0x4a), /not well formed/],
    ['a string that reaches into the terminator', changed(good, 13, 0xc9), /reaches behind the end/],
    ['an early terminator', changed(good, 6, 0xff), /entry 0: the terminator stands before the end/],
    ['an encoding of nothing', changed(good, 6, 0xf5), /0xf5, which encodes nothing/],
    ['no room for a header', hex('06 00 00 00 00 00'), /does not end with its terminator|too short/],
    ['nothing', hex(''), /it is empty/],
  ])('is damaged by %s', (_, container, message) => {
    expect(damage(20, container)).toMatch(message)
  })
})

describe('ziplist', () => {
  it('reads what a server wrote', () => {
    const container = hex(`
      34 00 00 00 29 00 00 00 08 00
      00 02 61 62
      04 fd
      02 fe 0d
      03 fe ff
      03 c0 2c 01
      04 f0 a0 86 01
      05 e0 00 5e d0 b2 00 00 00 00
      0a e0 00 f2 05 2a 01 00 00 00
      ff`)
    expect(entries(TYPE.list, container)).toEqual(['ab', '12', '13', '-1', '300', '100000', '3000000000', '5000000000'])
  })

  it('reads integers and strings of every size', () => {
    const strings = [0, 63, 64, 250, 251, 252, 253, 16383, 16384].map((length) => 'x'.repeat(length))
    const all: Entry[] = [...strings, ...INTEGERS, ...WIDE]
    const text = all.map((entry) =>
      typeof entry === 'string' && entry.length > 100 ? expect.any(String) : String(entry),
    )
    expect(entries(TYPE.list, ziplist(all))).toEqual(text)
  })

  it('reads a small size of the entry before in its long form, as updates leave it', () => {
    const container = hex('15 00 00 00 0d 00 00 00 02 00 00 01 61 fe 03 00 00 00 01 62 ff')
    expect(entries(TYPE.list, container)).toEqual(['a', 'b'])
  })

  it('counts itself when the header does not know', () => {
    expect(entries(TYPE.list, ziplist(['a', 'b'], { count: 65535 }))).toEqual(['a', 'b'])
  })

  it('warns of a wrong place of the last entry, which only readers from the end need', () => {
    const events = readsAlike(
      dump()
        .type(10, 'k')
        .string(ziplist(['a', 'b'], { tail: 10 }))
        .end(),
    )
    expect(events).toContainEqual(expect.objectContaining({ warning: 'ziplist-tail' }))
    expect(events).toContainEqual({ element: 'b' })
    expect(
      readsAlike(dump().type(14, 'k').len(1).string(ziplist([])).end()).map((event) => event.warning),
    ).not.toContain('ziplist-tail')
  })

  const good = ziplist(['ab', 5, 'x'.repeat(300), 'end'])
  it.each([
    ['a wrong size in its header', changed(good, 0, good[0]! ^ 1), /its header says \d+ bytes/],
    ['a tail behind its end', ziplist(['a'], { tail: 1000 }), /said to be at 1000/],
    ['a wrong count', changed(good, 8, 5), /it has 4 entries, its header says 5/],
    ['a wrong size of the entry before', changed(good, 14, 9), /entry 1: it says 9 bytes are before it, there are 4/],
    ['an early terminator', changed(good, 10, 0xff), /entry 0: the terminator stands before the end/],
    ['an encoding of nothing', changed(good, 11, 0xe1), /0xe1, which encodes nothing/],
    ['a string that reaches behind its end', changed(good, 11, 0x7f), /reaches behind the end/],
    ['no terminator', changed(good, -1, 0), /does not end with its terminator/],
    ['no room for a header', hex('ff'), /too short/],
  ])('is damaged by %s', (_, container, message) => {
    expect(damage(10, container)).toMatch(message)
  })
})

describe('intset', () => {
  it('reads elements of 16, 32 and 64 bits', () => {
    expect(entries(TYPE.set, intset(2, [-32768, 0, 32767]))).toEqual(['-32768', '0', '32767'])
    expect(entries(TYPE.set, hex('04 00 00 00 02 00 00 00 70 ee fe ff 01 00 00 00'))).toEqual(['-70032', '1'])
    expect(entries(TYPE.set, intset(8, [-(2n ** 63n), -1, 0, 2n ** 32n, 2n ** 63n - 1n]))).toEqual([
      '-9223372036854775808',
      '-1',
      '0',
      '4294967296',
      '9223372036854775807',
    ])
  })

  it.each([
    ['an impossible width', changed(intset(2, [1, 2]), 0, 3), /elements of 3 bytes/],
    ['a count that does not fill it', changed(intset(2, [1, 2]), 4, 3), /3 elements of 2 bytes do not fill 12 bytes/],
    ['elements out of order', intset(4, [1, 3, 2]), /do not ascend \(element 2/],
    ['an element that appears twice', intset(8, [2n ** 40n, 2n ** 40n]), /do not ascend/],
    ['no room for a header', hex('02 00 00 00'), /too short/],
  ])('is damaged by %s', (_, container, message) => {
    expect(damage(11, container)).toMatch(message)
  })
})

describe('zipmap', () => {
  it('reads pairs, also with unused bytes', () => {
    expect(entries(TYPE.zipmap, hex('01 01 61 06 00 31 30 31 30 31 30 ff'))).toEqual(['a', '101010'])
    const unused = hex('02 03 4d 4b 44 04 00 31 39 34 33 01 7a 01 02 79 00 00 ff')
    expect(entries(TYPE.zipmap, unused)).toEqual(['MKD', '1943', 'z', 'y'])
  })

  it('reads lengths of one byte up to 253, above of five', () => {
    for (const length of [253, 254, 255, 70_000]) {
      const map = zipmap(['f', 'x'.repeat(length), 'y'.repeat(length), ''], { free: 3 })
      expect(entries(TYPE.zipmap, map)).toEqual(['f', expect.any(String), expect.any(String), ''])
    }
  })

  it('counts itself when the header does not know', () => {
    expect(entries(TYPE.zipmap, zipmap(['a', 'b', 'c', 'd'], { count: 254 }))).toEqual(['a', 'b', 'c', 'd'])
    expect(entries(TYPE.zipmap, zipmap(['a', 'b'], { count: 255 }))).toEqual(['a', 'b'])
  })

  it.each([
    ['a wrong count', zipmap(['a', 'b'], { count: 2 }), /it has 2 entries, its header says 4/],
    ['a field without value', hex('01 01 61 ff'), /an entry is missing/],
    [
      'a short length in five bytes',
      hex('01 fe 01 00 00 00 61 01 00 62 ff'),
      /a short length is written in five bytes/,
    ],
    ['a value that reaches behind its end', hex('01 01 61 09 00 62 ff'), /reaches behind the end/],
    ['an early terminator', hex('02 01 61 01 00 62 ff 01 61 ff'), /the terminator stands before the end/],
    ['no terminator', hex('01 01 61 01 00 62'), /does not end with its terminator/],
  ])('is damaged by %s', (_, container, message) => {
    expect(damage(9, container)).toMatch(message)
  })
})

describe('compressed containers', () => {
  it('are damaged, not fatal, when LZF gives too little or too much', () => {
    const content = listpack(Array.from({ length: 50 }, (_, i) => `value ${i % 3}`))
    const good = fragment().lzf(content).bytes()
    for (const lengthError of [-1, 1]) {
      const bad = good.slice()
      bad[4] = bad[4]! + lengthError
      const bytes = dump().type(20, 'k').raw(bad).type(0, 'next').string('').end()
      const { events, error } = read(bytes)
      expect(error).toBeNull()
      expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-lzf' }))
      expect(events).toContainEqual(expect.objectContaining({ endKey: 'next' }))
    }
  })

  it('are damaged when their header cannot be decoded, also when nobody wants it', () => {
    const bad = fragment().lzfRaw(hex('00 06 20 05 02 ff ff ff'), 40).bytes()
    const bytes = dump().type(20, 'k').raw(bad).type(0, 'next').string('').end()
    for (const wantKey of [true, false]) {
      const { events, error } = read(bytes, { wantKey })
      expect(error).toBeNull()
      expect(events).toContainEqual(expect.objectContaining({ endKey: 'k', elements: 0, damage: 'bad-lzf' }))
      expect(events).toContainEqual(expect.objectContaining({ endKey: 'next' }))
    }
  })
})
