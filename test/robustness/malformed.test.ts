import { describe, expect, it } from 'vitest'
import { everything } from '../helpers/dialects.js'
import { type DumpWriter, dump, fragment, hex } from '../helpers/dump.js'
import { read } from '../helpers/events.js'
import { endingOf } from '../helpers/robustness.js'

const HUGE = 2n ** 63n
const huge = fragment().u8(0x81).u64be(HUGE).bytes()

describe('a dump with values of all kinds', () => {
  const good = everything()

  it('is good', () => {
    expect(endingOf(good)).toMatchObject({ error: null, keys: 12, damagedKeys: 0, warnings: 0 })
  })

  it('is cut after any byte', () => {
    for (let size = 1; size < good.length; size++) {
      expect(endingOf(good.subarray(0, size)).error).toMatch(/^truncated at /)
      for (const chunkBytes of [1, 7]) {
        expect(endingOf(good.subarray(0, size), { chunkBytes })).toEqual(endingOf(good.subarray(0, size)))
      }
    }
  })

  it('has any byte replaced by any of the bytes that mean something', () => {
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc3, 0xc4, 0xf5, 0xfa, 0xfe, 0xff]) {
        const changed = good.slice()
        changed[at] = value
        const whole = endingOf(changed)
        for (const chunkBytes of [1, 13]) expect(endingOf(changed, { chunkBytes }), `${value} at ${at}`).toEqual(whole)
        endingOf(changed, { skim: true })
      }
    }
  })

  it('has a length of 2^63 anywhere', () => {
    for (let at = 9; at < good.length; at++) {
      const changed = fragment()
        .raw(good.subarray(0, at))
        .raw(huge)
        .raw(good.subarray(at + 1))
        .bytes()
      expect(endingOf(changed, { chunkBytes: 11 })).toEqual(endingOf(changed))
      endingOf(changed, { skim: true })
    }
  })
})

describe('numbers that nothing can be behind', () => {
  const lengths: [string, (out: DumpWriter) => unknown][] = [
    ['a string', (out) => out.type(0, 'k')],
    ['a key', (out) => out.u8(0)],
    ['an AUX name', (out) => out.u8(250)],
    ['an AUX value', (out) => out.u8(250).string('a')],
    ['a function', (out) => out.u8(245)],
    ['a list', (out) => out.type(1, 'k')],
    ['a hash', (out) => out.type(4, 'k')],
    ['a hash with expiry', (out) => out.type(24, 'k').ms(0)],
    ['a quicklist', (out) => out.type(18, 'k')],
    ['a listpack', (out) => out.type(16, 'k')],
    ['a ziplist', (out) => out.type(10, 'k')],
    ['an intset', (out) => out.type(11, 'k')],
    ['the nodes of a stream', (out) => out.type(15, 's')],
    ['the groups of a stream', (out) => out.type(15, 's').len(0).len(0).len(0).len(0)],
    [
      'the pending entries of a group',
      (out) => out.type(15, 's').len(0).len(0).len(0).len(0).len(1).string('g').len(0).len(0),
    ],
    ['an array', (out) => out.type(28, 'k')],
    ['a template', (out) => out.u8(242).len(0)],
    ['a slot import', (out) => out.u8(243)],
    ['a module string', (out) => out.type(7, 'k').len(5).len(5)],
  ]

  it.each(lengths)('%s', (_, write) => {
    for (const count of [2n ** 31n, 2n ** 40n, 2n ** 52n, 2n ** 62n, 2n ** 64n - 1n]) {
      const out = dump({ version: 15 })
      write(out)
      const bytes = out.len(count).raw('and little else').bytes()
      for (const options of [{}, { chunkBytes: 1 }, { skim: true }]) {
        const before = process.memoryUsage.rss()
        expect(endingOf(bytes, options).error).not.toBeNull()
        expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000)
      }
    }
  })

  it('compressed strings', () => {
    for (const length of [2n ** 32n, 2n ** 40n, 2n ** 62n]) {
      for (const type of [0, 1, 16, 11, 9]) {
        const out = dump().type(type, 'k')
        if (type === 1) out.len(1)
        expect(endingOf(out.lzfRaw(hex('00 61 e0 ff 00'), length).end()).error).toMatch(/^bad-(lzf|length) at /)
      }
    }
  })
})

describe('what stands where it cannot', () => {
  it.each([
    ['the end of the dump in the middle', dump().u8(255).raw(new Uint8Array(8)).type(0, 'k').string('v').end(), null],
    ['a module without its end', dump().type(7, 'k').len(5).len(2).len(5).end(), 'bad-length'],
    ['a score of no bytes', dump().type(3, 'k').len(1).string('m').string('').end(), 'bad-double'],
    [
      'a hint for slot 2^40',
      dump()
        .u8(244)
        .len(2 ** 40)
        .len(1)
        .len(1)
        .end(),
      null,
    ],
    ['a reference before the start', dump().type(0, 'k').lzfRaw(hex('00 61 20 05'), 4).end(), null],
    ['a string of the form 10xxxxxx', dump().type(0, 'k').u8(0x9f).end(), 'bad-length'],
  ])('%s', (_, bytes, code) => {
    for (const chunkBytes of [1, bytes.length]) {
      const { error } = read(bytes, { chunkBytes })
      expect(error?.code ?? null).toBe(code)
    }
  })
})

describe('much of what means little', () => {
  it.each([
    ['databases', hex('fe 01')],
    ['fields without a name', hex('fa 00 00')],
    ['size hints', hex('fb 00 00')],
    ['hints for slots', hex('f4 05 01 00')],
  ])('two million %s are read in bounded memory', (_, record) => {
    const records = new Uint8Array(record.length * 2_000_000)
    for (let at = 0; at < records.length; at += record.length) records.set(record, at)
    const bytes = dump().raw(records).type(0, 'k').string('v').end()
    const before = process.memoryUsage.rss()
    expect(endingOf(bytes)).toMatchObject({ error: null, keys: 1 })
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000)
  })

  it('a key name of 64 MiB is cut', () => {
    const bytes = dump()
      .u8(0)
      .string(new Uint8Array(64 * 2 ** 20).fill(0x61))
      .string('v')
      .end()
    const before = process.memoryUsage.rss()
    expect(endingOf(bytes)).toMatchObject({ error: null, keys: 1, warnings: 1 })
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000)
  })
})

describe('bombs', () => {
  it('a string of 256 MiB from 3 MiB is shown in pieces or counted', () => {
    const tokens = Uint8Array.from({ length: 3 * 1024 * 1024 }, (_, i) => [0xe0, 0xff, 0x00][i % 3]!)
    const data = fragment().hex('00 78').raw(tokens).bytes()
    const bytes = dump()
      .type(1, 'k')
      .len(1)
      .lzfRaw(data, 1 + (tokens.length / 3) * 264)
      .end()
    const before = process.memoryUsage.rss()
    for (const skim of [true, false]) {
      expect(endingOf(bytes, { skim })).toMatchObject({ error: null, keys: 1 })
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000)
  })

  it('field names of hash templates are kept up to a limit', () => {
    const out = dump({ version: 15 })
    const names = 200_000
    for (let template = 0; template < 4; template++) {
      out.u8(242).len(template).len(names)
      for (let i = 0; i < names; i++) out.string(String(100_000_000 + i))
    }
    const { error } = read(out.end())
    expect(error?.code).toBe('limit')
  })

  it('a listpack with the most entries and no content is walked, not kept', () => {
    const entries = new Uint8Array(3 * 1024 * 1024 + 7).fill(1)
    const view = new DataView(entries.buffer)
    view.setUint32(0, entries.length, true)
    view.setUint16(4, 65535, true)
    entries[entries.length - 1] = 0xff
    const before = process.memoryUsage.rss()
    const ending = endingOf(dump().type(20, 'k').lzf(entries).end())
    expect(ending).toMatchObject({ error: null, damagedKeys: 0 })
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000)
  })
})
