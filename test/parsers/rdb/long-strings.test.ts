import { describe, expect, it } from 'vitest'
import { HOLD_BYTES, IgnoreAll, RdbParser } from '../../../parsers/index.js'
import { timed } from '../../helpers/cpu-time.js'
import { type DumpWriter, dump, fragment } from '../../helpers/dump.js'
import { events, type RdbEvent, read, shown } from '../../helpers/events.js'
import { readsAlike } from '../../helpers/reads-alike.js'

const CHUNKS = [4096, 100_003]

/** Text longer than the parser holds, of lines that LZF likes. */
function longText(name: string, bytes = HOLD_BYTES + 5): Uint8Array {
  let text = ''
  for (let line = 0; text.length < bytes; line++) text += `${name} ${line * 7919} and what belongs to it\n`
  return new TextEncoder().encode(text.slice(0, bytes))
}

const LONG = longText('first')
const OTHER = longText('second', HOLD_BYTES + 70_000)
const [LONG_SHOWN, OTHER_SHOWN] = [shown(LONG), shown(OTHER)]
/** As long as the parser holds at once. */
const HELD = longText('held', HOLD_BYTES)
const HELD_SHOWN = shown(HELD)

const STORED = [
  ['plain', (out: DumpWriter, bytes: Uint8Array) => out.string(bytes)],
  ['compressed', (out: DumpWriter, bytes: Uint8Array) => out.lzf(bytes)],
] as const

describe.each(STORED)('strings above the hold limit, %s', (_, add) => {
  /** Reads a dump of one record in all ways. */
  const eventsOf = (write: (out: DumpWriter) => void, header = {}): RdbEvent[] => {
    const out = dump(header)
    write(out)
    return readsAlike(out.type(0, 'next').string('').end(), {}, CHUNKS)
  }

  it('values of strings', () => {
    expect(eventsOf((out) => add(out.type(0, 'k'), LONG))).toContainEqual({ string: LONG_SHOWN })
    expect(eventsOf((out) => add(out.type(0, 'k'), HELD))).toContainEqual({ string: HELD_SHOWN })
  })

  it('keys: the first bytes are kept, a warning tells the length', () => {
    const events = eventsOf((out) => add(out.expireMs(5).u8(1), LONG).len(1).string('element'))
    expect(events).toContainEqual(expect.objectContaining({ key: LONG_SHOWN, expiresAtMs: 5, offset: 9 }))
    expect(events).toContainEqual(expect.objectContaining({ warning: 'long-key' }))
    expect(events).toContainEqual(expect.objectContaining({ endKey: LONG.length, elements: 1 }))
    expect(events).toContainEqual({ element: 'element' })
  })

  it('elements and members', () => {
    for (const type of [1, 2]) {
      const events = eventsOf((out) => add(add(out.type(type, 'k').len(3).string('a'), LONG), OTHER))
      expect(events.filter((event) => 'element' in event)).toEqual([
        { element: 'a' },
        { element: LONG_SHOWN },
        { element: OTHER_SHOWN },
      ])
    }
    const text = eventsOf((out) => add(out.type(3, 'k').len(2), LONG).string('1.5').string('m').string('2'))
    expect(text).toContainEqual({ member: LONG_SHOWN, score: 1.5, scoreText: '1.5' })
    const binary = eventsOf((out) => add(out.type(5, 'k').len(2), LONG).f64le(1.5).string('m').f64le(2))
    expect(binary).toContainEqual({ member: LONG_SHOWN, score: 1.5 })
    expect(binary).toContainEqual({ member: 'm', score: 2 })
  })

  const pairs = (out: DumpWriter, before: (out: DumpWriter) => void, after: (out: DumpWriter) => void): void => {
    const parts = [
      ['f', LONG],
      [LONG, 'v'],
      [LONG, OTHER],
      ['g', 'w'],
    ] as const
    for (const pair of parts) {
      before(out)
      for (const part of pair) {
        if (typeof part === 'string') out.string(part)
        else add(out, part)
      }
      after(out)
    }
  }
  const PAIRS = [
    { field: 'f', value: LONG_SHOWN },
    { field: LONG_SHOWN, value: 'v' },
    { field: LONG_SHOWN, value: OTHER_SHOWN },
    { field: 'g', value: 'w' },
  ]
  const nothing = (): void => {}

  it.each([
    ['hash', 4, {}, nothing, nothing, -1],
    ['hash-metadata', 24, {}, (out: DumpWriter) => out.len(3), nothing, 102],
    ['hash-metadata-rc', 22, {}, (out: DumpWriter) => out.len(70), nothing, 70],
    ['hash2', 22, { magic: 'VALKEY' }, nothing, (out: DumpWriter) => out.ms(80), 80],
  ] as const)('fields and values of %s', (layout, type, header, before, after, expiresAtMs) => {
    const events = eventsOf((out) => {
      out.type(type, 'k')
      if (layout === 'hash-metadata') out.ms(100)
      pairs(out.len(4), before, after)
    }, header)
    const expected = PAIRS.map((pair) => (expiresAtMs < 0 ? pair : { ...pair, expiresAtMs }))
    expect(events.filter((event) => 'field' in event)).toEqual(expected)
  })

  it('fields and values of path hashes, Dragonfly hashes and hash templates', () => {
    const path = eventsOf((out) => pairs(out.type(23, 'k').len(1).string('p').len(4), nothing, nothing), {
      magic: 'VALKEY',
    })
    expect(path.filter((event) => 'field' in event)).toEqual(PAIRS)
    const dragonfly = eventsOf((out) => {
      pairs(out.aux('df-ver', '1').type(31, 'k').len(4), nothing, (after) => after.integer(-1))
    })
    expect(dragonfly.filter((event) => 'field' in event)).toEqual(PAIRS)
    const template = eventsOf((out) => add(out.type(31, 'k').len(1).len(2).string('f').string('g'), LONG).string('w'), {
      version: 15,
    })
    expect(template.filter((event) => 'field' in event)).toEqual([
      { field: 'f', value: LONG_SHOWN },
      { field: 'g', value: 'w' },
    ])
  })

  it('array elements, module strings, Dragonfly chunks', () => {
    const array = eventsOf((out) => add(out.type(28, 'k').len(2).len(0).len(7).len(0), LONG).len(8).len(0).string('x'))
    expect(array.filter((event) => 'index' in event)).toEqual([
      { index: '7', value: LONG_SHOWN },
      { index: '8', value: 'x' },
    ])
    const module = eventsOf((out) =>
      add(
        out
          .type(7, 'k')
          .len(2n ** 63n)
          .len(5),
        LONG,
      )
        .len(5)
        .string('x')
        .len(0),
    )
    expect(module.filter((event) => 'moduleString' in event)).toEqual([
      { moduleString: LONG_SHOWN },
      { moduleString: 'x' },
    ])
    const chunks = eventsOf((out) => {
      out.aux('df-ver', '1').type(37, 'k').len(1).len(2).len(3).len(4).len(5).len(6).len(1)
      add(add(out.len(LONG.length + OTHER.length + 1), LONG).string('x'), OTHER)
    })
    expect(chunks.filter((event) => 'moduleString' in event).map((event) => event.moduleString)).toEqual([
      LONG_SHOWN,
      'x',
      OTHER_SHOWN,
    ])
  })

  it('plain nodes of quicklists', () => {
    const events = eventsOf((out) => add(add(out.type(18, 'k').len(2).len(1), LONG).len(1), OTHER))
    expect(events.filter((event) => 'element' in event)).toEqual([{ element: LONG_SHOWN }, { element: OTHER_SHOWN }])
    expect(events.filter((event) => 'containerEnd' in event)).toEqual([
      { containerEnd: 'plain', entries: 1, payloadBytes: LONG.length, longestEntryBytes: LONG.length },
      { containerEnd: 'plain', entries: 1, payloadBytes: OTHER.length, longestEntryBytes: OTHER.length },
    ])
  })

  it('fields of AUX records and function libraries', () => {
    const events = eventsOf((out) => {
      add(out.u8(250).string('lua'), LONG)
      add(out.u8(245), OTHER)
    })
    expect(events).toContainEqual({ aux: 'lua', value: LONG_SHOWN })
    expect(events).toContainEqual({ functionLibrary: OTHER_SHOWN })
  })

  it('what nobody is shown: key metadata, module data, journals', () => {
    const events = eventsOf((out) => {
      add(out.aux('df-ver', '1').u8(210).len(1), LONG)
      add(
        out
          .u8(247)
          .len(2n ** 63n)
          .len(2)
          .len(2)
          .len(5),
        LONG,
      ).len(0)
      add(out.u8(243).len(1).u32le(7).len(5), LONG).len(0).type(0, 'k').string('v')
    })
    expect(events).toContainEqual({ string: 'v' })
  })

  it('that nobody wants in pieces tell their length', () => {
    const bytes = add(add(dump().type(4, 'k').len(2).string('f'), LONG), OTHER)
      .string('v')
      .end()
    const told = read(bytes, { wantsParts: false, chunkBytes: 4096 })
    expect(told.events.filter((event) => 'field' in event)).toEqual([
      { field: 'f', value: `${LONG.length} bytes, not shown` },
      { field: `${OTHER.length} bytes, not shown`, value: 'v' },
    ])
  })

  it('are told as cut with what is missing', () => {
    const bytes = add(dump().type(0, 'k'), LONG).bytes()
    for (const options of [{}, { wantKey: false }, { chunkBytes: 4096 }]) {
      const { error } = read(bytes.subarray(0, -1000), options)
      expect(error?.problem).toMatchObject({ code: 'truncated', what: 'the value', missingBytes: 1000 })
    }
  })
})

describe('damaged long strings', () => {
  const compressed = fragment().lzf(LONG).bytes()

  it.each([
    ['gives too little', 1],
    ['gives too much', -1],
  ])('LZF data that %s damages the key where somebody looks', (_, error) => {
    const bytes = compressed.slice()
    // The declared length stands behind C3 and the compressed length, 5 bytes each.
    bytes[10] = bytes[10]! + error
    for (const chunkBytes of [4096, bytes.length * 2]) {
      const damaged = dump().type(0, 'k').raw(bytes).end()
      const seen = read(damaged, { chunkBytes })
      expect(seen.error).toBeNull()
      expect(seen.events).toContainEqual(expect.objectContaining({ endKey: 'k', damage: 'bad-lzf' }))
      // Nobody looks: the length alone is believed.
      expect(read(damaged, { chunkBytes, wantKey: false }).error).toBeNull()
    }
  })

  it('zeros stand for what damage took away, but not before the bytes that it was announced with have come', () => {
    const shown = (bytes: Uint8Array): number => {
      let size = 0
      class Parts extends IgnoreAll {
        override get wantsParts(): boolean {
          return true
        }
        override part(_role: number, _bytes: Uint8Array, start: number, end: number): void {
          size += end - start
        }
      }
      new RdbParser(new Parts()).push(bytes)
      return size
    }
    const [stored, length] = [2 ** 20, 2 ** 26]
    const damaged = new Uint8Array(stored).fill(0xff)
    const key = dump().type(0, 'k').lzfRaw(damaged, length)
    const bytes = key.bytes()
    expect(shown(bytes.subarray(0, -1))).toBe(0)
    expect(shown(bytes)).toBe(length)
  })

  it('names and scores cannot be that long', () => {
    const refused = (write: (out: DumpWriter) => unknown): string => {
      const out = dump()
      write(out)
      return read(out.end(), { chunkBytes: 65_536 }).error?.message ?? ''
    }
    expect(refused((out) => out.u8(250).string(LONG).string('x'))).toMatch(/the name of an AUX field is longer/)
    const group = (out: DumpWriter) => out.type(15, 's').len(0).len(0).len(0).len(0).len(1).string(LONG)
    expect(refused(group)).toMatch(/the name of a consumer group is longer/)
  })
})

describe('tiny chunks', () => {
  it('a string of 1 MiB in single bytes takes no longer than its bytes need', () => {
    for (const add of [STORED[0][1], STORED[1][1]]) {
      for (const content of [HELD, LONG]) {
        const bytes = add(dump().type(1, 'k').len(1), content).end()
        const { result, cpuMs } = timed(() => read(bytes, { chunkBytes: 1, verify: false }))
        expect(cpuMs).toBeLessThan(6000)
        expect(result.events).toContainEqual({ element: shown(content) })
      }
    }
  })

  it('give the same events as the whole', () => {
    const bytes = add2(dump().type(4, 'k').len(1)).end()
    expect(events(bytes, { chunkBytes: 3 })).toEqual(events(bytes))
  })
})

function add2(out: DumpWriter): DumpWriter {
  return out.string(LONG).lzf(OTHER)
}
