import { describe, expect, it } from 'vitest'
import { HOLD_BYTES } from '../../../parsers/index.js'
import { timed } from '../../helpers/cpu-time.js'
import { type DumpHeader, type DumpWriter, dump, fragment, lzfCompress } from '../../helpers/dump.js'
import { contents, type RdbEvent, read, shown } from '../../helpers/events.js'
import { type Entry, intset, listpack, ziplist, zipmap } from '../../helpers/packed.js'
import { readsAlike } from '../../helpers/reads-alike.js'

const CHUNKS = [4096, 300_007]
const LONG = 'long '.repeat(HOLD_BYTES / 5 + 1)
const LONGER = 'longer '.repeat(HOLD_BYTES / 5)

const STORED = [
  ['plain', (out: DumpWriter, bytes: Uint8Array) => out.string(bytes)],
  ['compressed', (out: DumpWriter, bytes: Uint8Array) => out.lzf(bytes)],
] as const

/** Texts of many sizes, the longest above what the parser holds; more than 4 MiB together. */
function texts(): string[] {
  const all: string[] = []
  for (let i = 0; i < 3000; i++) all.push(`entry ${i} ${'.'.repeat((i * 37) % 700)}`)
  all.splice(100, 0, LONG)
  all.splice(2000, 0, LONGER, LONG)
  all.push(LONGER, 'last')
  return all
}

const TEXTS = texts()
const shownText = (text: Entry): string =>
  typeof text === 'string' ? shown(new TextEncoder().encode(text)) : String(text)

describe.each(STORED)('containers too large to be held, %s', (stored, add) => {
  /** Reads a dump of one key in all ways and returns what it holds. */
  const contentsOf = (type: number, write: (out: DumpWriter) => void, header: DumpHeader = {}): RdbEvent[] => {
    const out = dump(header).type(type, 'k')
    write(out)
    const events = readsAlike(out.type(0, 'next').string('').end(), {}, CHUNKS)
    const from = events.findIndex((event) => event.key === 'k')
    expect(events.some((event) => 'warning' in event)).toBe(false)
    return events.slice(from + 1, events.findIndex((event) => event.endKey === 'k') + 1)
  }

  it('set as listpack, with entries of all sizes', () => {
    const content = listpack(TEXTS)
    expect(content.length).toBeGreaterThan(4 * HOLD_BYTES)
    const found = contentsOf(20, (out) => add(out, content))
    expect(found.filter((event) => 'element' in event)).toEqual(TEXTS.map((text) => ({ element: shownText(text) })))
    expect(found.at(-2)).toEqual({
      containerEnd: 'listpack',
      entries: TEXTS.length,
      payloadBytes: TEXTS.reduce((sum, text) => sum + text.length, 0),
      longestEntryBytes: LONGER.length,
    })
  })

  it('set as listpack that does not know its count', () => {
    const found = contentsOf(20, (out) => add(out, listpack(TEXTS, { count: 65535 })))
    expect(found.at(-1)).toMatchObject({ endKey: 'k', elements: TEXTS.length })
  })

  it('hash as listpack: long fields, long values, both', () => {
    const found = contentsOf(16, (out) => add(out, listpack(TEXTS.slice(0, -1))))
    const fields = found.filter((event) => 'field' in event)
    expect(fields.flatMap(({ field, value }) => [field, value])).toEqual(TEXTS.slice(0, -1).map(shownText))
  })

  it('hash as listpack with expiry', () => {
    const entries = TEXTS.slice(0, -1).flatMap((text, i): Entry[] => (i % 2 === 0 ? [text] : [text, i]))
    const found = contentsOf(25, (out) => add(out.ms(0), listpack(entries)))
    const fields = found.filter((event) => 'field' in event)
    expect(fields.flatMap(({ field, value }) => [field, value])).toEqual(TEXTS.slice(0, -1).map(shownText))
    expect(fields[51]).toMatchObject({ expiresAtMs: 103 })
  })

  it('sorted set as listpack and as ziplist', () => {
    const entries = TEXTS.flatMap((text, i): Entry[] => [text, i % 3 === 0 ? i : `${i}.5`])
    for (const [type, content] of [
      [17, listpack(entries)],
      [12, ziplist(entries)],
    ] as const) {
      const found = contentsOf(type, (out) => add(out, content)).filter((event) => 'member' in event)
      expect(found.map((event) => event.member)).toEqual(TEXTS.map(shownText))
      expect(found[101]).toMatchObject({ score: 101.5, scoreText: '101.5' })
    }
  })

  it('list as ziplist, hash as ziplist and zipmap', () => {
    const list = contentsOf(10, (out) => add(out, ziplist(TEXTS)))
    expect(list.filter((event) => 'element' in event)).toEqual(TEXTS.map((text) => ({ element: shownText(text) })))
    const even = TEXTS.slice(0, -1)
    for (const [type, content] of [
      [13, ziplist(even)],
      [9, zipmap(even, { free: 2 })],
    ] as const) {
      const hash = contentsOf(type, (out) => add(out, content)).filter((event) => 'field' in event)
      expect(hash.flatMap(({ field, value }) => [field, value])).toEqual(even.map(shownText))
    }
  })

  it('set as intset', () => {
    const members = Array.from({ length: 170_000 }, (_, i) => BigInt(i) * 46_116_860_184_273n - 5_000_000n)
    const found = contentsOf(11, (out) => add(out, intset(8, members)))
    expect(found.at(-1)).toMatchObject({ endKey: 'k', elements: members.length })
    const elements = found.filter((event) => 'element' in event)
    expect(elements[169_999]).toEqual({ element: String(members[169_999]) })
  })

  it('quicklists with such nodes between small ones', () => {
    const small = listpack(['a', 'b'])
    const found = contentsOf(18, (out) =>
      add(add(out.len(3).len(2), small).len(2), listpack(TEXTS))
        .len(2)
        .string(small),
    )
    expect(found.filter((event) => 'element' in event)).toHaveLength(TEXTS.length + 4)
    expect(found.at(-1)).toMatchObject({ endKey: 'k', elements: TEXTS.length + 4 })
  })

  it('stream nodes', () => {
    const entries: Entry[] = [1001, 1000, 2, 'name', 'text', 0]
    const expected: RdbEvent[] = []
    for (let i = 0; i <= 2000; i++) {
      const deleted = i % 2
      const text = i === 500 || i === 501 ? LONG : i === 700 ? LONGER : `text ${i} ${'-'.repeat(i)}`
      if (i % 3 === 0) entries.push(deleted, i, 0, 1, i === 600 ? LONG : 'own', text, 6)
      else entries.push(deleted + 2, i, 0, `name ${i}`, text, 5)
      if (deleted === 1) continue
      expected.push({ streamEntry: `${i + 1}-0`, pairs: i % 3 === 0 ? 1 : 2 })
      if (i % 3 === 0) expected.push({ field: i === 600 ? shownText(LONG) : 'own', value: shownText(text) })
      else expected.push({ field: 'name', value: `name ${i}` }, { field: 'text', value: shownText(text) })
    }
    const content = listpack(entries)
    expect(content.length).toBeGreaterThan(4 * HOLD_BYTES)
    const found = contentsOf(15, (out) =>
      add(out.len(1).string(fragment().u64be(1).u64be(0).bytes()), content)
        .len(1001)
        .len(2001)
        .len(0)
        .len(0),
    )
    expect(found.filter((event) => 'streamEntry' in event || 'field' in event)).toEqual(expected)
  })

  it('hash templates', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `field ${10_000 + i}`)
    const values = names.map((_, i): Entry => (i === 3000 ? LONG : '.'.repeat(1000)))
    const own = contentsOf(29, (out) => add(out.len(0).string(listpack(names)), listpack([0, ...values])), {
      version: 15,
    })
    expect(own.filter((event) => 'field' in event)).toHaveLength(5000)
    expect(own).toContainEqual({ field: 'field 13000', value: shownText(LONG) })
  })

  it('are damaged without harm to the rest of the file', () => {
    const good = listpack(TEXTS)
    const middle = listpack(TEXTS.slice(0, 1500)).length - 1
    for (const at of [4, 6, middle, good.length - 2, good.length - 1]) {
      const bad = good.slice()
      bad[at] = bad[at]! ^ 0x75
      const bytes = add(dump().type(20, 'k'), bad).type(0, 'next').string('still here').end()
      const whole = read(bytes)
      expect(whole.error).toBeNull()
      expect(whole.events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-listpack' }))
      expect(whole.events).toContainEqual({ string: 'still here' })
      // How many entries are seen before the damage depends on what is at hand; what the key is said to be does not.
      for (const chunkBytes of CHUNKS) {
        const chunked = read(bytes, { chunkBytes })
        expect(chunked.error).toBeNull()
        expect(chunked.events.filter(isKey)).toEqual(whole.events.filter(isKey))
      }
      const skimmed = read(bytes, { wantKey: false, chunkBytes: 4096 })
      expect(skimmed.error).toBeNull()
    }
  })

  it('say how much is missing when they are cut', () => {
    const bytes = add(dump().type(20, 'k'), listpack(TEXTS)).bytes()
    for (const cut of [1, 1000, bytes.length >> 1]) {
      const { error } = read(bytes.subarray(0, -cut), { chunkBytes: 4096 })
      expect(error?.code).toBe('truncated')
    }
  })

  it('take no longer in single bytes', () => {
    const content = listpack(stored === 'plain' ? [LONG, 'x', 'y'.repeat(HOLD_BYTES / 4)] : TEXTS)
    const bytes = add(dump().type(20, 'k'), content).end()
    const { result: found, cpuMs } = timed(() => read(bytes, { chunkBytes: 1, verify: false }))
    expect(cpuMs).toBeLessThan(10_000)
    expect(found.error).toBeNull()
    expect(found.events).toEqual(read(bytes, { verify: false }).events)
  })
})

describe('large compressed containers', () => {
  it('are damaged when their LZF data is', () => {
    const content = listpack(TEXTS)
    const compressed = lzfCompress(content)
    const cases: [Uint8Array, number][] = [
      [compressed, content.length + 1],
      [compressed, content.length - 1],
      [compressed.subarray(0, -1), content.length],
      [broken(compressed, 1000), content.length],
    ]
    for (const [data, length] of cases) {
      const bytes = dump().type(20, 'k').lzfRaw(data, length).type(0, 'next').string('still here').end()
      const whole = read(bytes)
      expect(whole.error).toBeNull()
      expect(whole.events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: expect.any(String) }))
      expect(whole.events).toContainEqual({ string: 'still here' })
      for (const chunkBytes of [1000, ...CHUNKS]) {
        const chunked = read(bytes, { chunkBytes })
        expect(chunked.error).toBeNull()
        expect(chunked.events.filter(isKey)).toEqual(whole.events.filter(isKey))
      }
    }
  })

  it('keep to their entries', () => {
    const [first] = contents(dump().type(20, 'k').lzf(listpack(TEXTS)).end(), { wantContainer: false })
    expect(first).toMatchObject({ container: 'listpack', entries: TEXTS.length })
  })
})

function isKey(event: RdbEvent): boolean {
  return 'endKey' in event
}

/** A back reference that points before the start. */
function broken(compressed: Uint8Array, at: number): Uint8Array {
  const copy = compressed.slice()
  copy.fill(0xff, at, at + 40)
  return copy
}
