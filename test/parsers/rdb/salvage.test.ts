import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { IgnoreAll, RdbError, type RdbKey, RdbParser, type RdbWarning, SalvageParser } from '../../../parsers/index.js'
import { timed } from '../../helpers/cpu-time.js'
import { dump } from '../../helpers/dump.js'
import { randomFrom } from '../../helpers/robustness.js'
import { allSamples } from '../../helpers/samples.js'

/** Bytes of damage, as on a bad sector or in a bad copy. */
const DAMAGE_BYTES = 64

class Names extends IgnoreAll {
  /** How often each undamaged key came: database, name and number of elements. */
  readonly names = new Map<string, number>()
  readonly warnings: string[] = []
  damaged = 0

  override endKey(key: RdbKey): void {
    if (key.damage !== null) {
      this.damaged++
      return
    }
    const name = `${key.db} ${Buffer.from(key.key.view()).toString('latin1')} ${key.elements}`
    this.names.set(name, (this.names.get(name) ?? 0) + 1)
  }
  override warning(warning: RdbWarning): void {
    this.warnings.push(`${warning.code}: ${warning.message}`)
  }
}

interface Saved {
  readonly visitor: Names
  readonly parser: SalvageParser
  readonly error: RdbError | null
}

function salvage(bytes: Uint8Array, chunkBytes = bytes.length, limit: number | null = bytes.length): Saved {
  const visitor = new Names()
  const parser = new SalvageParser(visitor)
  if (limit !== null) parser.limit = limit
  let error: RdbError | null = null
  const push = (from: number): void => {
    for (let at = from; at < bytes.length && parser.rewindTo === null; at += chunkBytes) {
      // A buffer that is used again, as files have it.
      const chunk = bytes.slice(at, at + chunkBytes)
      parser.push(chunk)
      chunk.fill(0xee)
    }
  }
  try {
    push(0)
    if (parser.rewindTo === null) parser.end()
    while (parser.rewindTo !== null) {
      const from = parser.rewindTo
      parser.rewound()
      push(from)
      if (parser.rewindTo === null && !parser.done) parser.end()
    }
  } catch (thrown) {
    if (!(thrown instanceof RdbError)) throw thrown
    error = thrown
  }
  return { visitor, parser, error }
}

function namesOf(bytes: Uint8Array): Names {
  const visitor = new Names()
  const parser = new RdbParser(visitor)
  parser.push(bytes)
  parser.end()
  return visitor
}

/** Share of the keys that came back, and keys that were never there. */
function compared(before: Names, after: Names): { readonly share: number; readonly invented: number } {
  let total = 0
  let kept = 0
  let invented = 0
  for (const count of before.names.values()) total += count
  for (const [name, count] of after.names) {
    const real = before.names.get(name) ?? 0
    kept += Math.min(count, real)
    invented += Math.max(0, count - real)
  }
  return { share: kept / total, invented }
}

function damagedIn(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed)
  const damaged = bytes.slice()
  const at = Math.floor(bytes.length / 10) + random(Math.floor(bytes.length * 0.8))
  for (let i = 0; i < DAMAGE_BYTES; i++) damaged[at + i] = random(256)
  return damaged
}

const samples = allSamples().map(({ name, rdbPath }) => ({ name, bytes: new Uint8Array(readFileSync(rdbPath)) }))
const app = samples.find(({ name }) => /7\.4\.1.*app/.test(name))!

describe('salvage', () => {
  it(`gives back over 99 % of the keys of a dump with ${DAMAGE_BYTES} random bytes in the middle`, () => {
    const before = namesOf(app.bytes)
    for (let seed = 1; seed <= 12; seed++) {
      const { visitor, parser, error } = salvage(damagedIn(app.bytes, seed), 1 << 20)
      const { share, invented } = compared(before, visitor)
      expect(share, `seed ${seed}`).toBeGreaterThan(0.999)
      expect(invented, `seed ${seed}`).toBeLessThan(5)
      expect(error).toBeNull()
      expect(parser.done).toBe(true)
    }
  })

  it('gives back nearly all keys of small dumps with large values', () => {
    let sum = 0
    let tries = 0
    let inventedKeys = 0
    for (const { name, bytes } of samples) {
      if (bytes.length > 400_000 || bytes.length < 20_000) continue
      const before = namesOf(bytes)
      for (let seed = 1; seed <= 3; seed++) {
        const { share, invented } = compared(before, salvage(damagedIn(bytes, seed)).visitor)
        inventedKeys += invented
        expect(share, `${name}, seed ${seed}`).toBeGreaterThan(0.5)
        sum += share
        tries++
      }
    }
    expect(sum / tries).toBeGreaterThan(0.985)
    expect(inventedKeys / tries).toBeLessThan(0.5)
  })

  it('finds the same whatever the chunks', () => {
    const { bytes } = samples.find(({ name }) => name.includes('nocompress'))!
    for (let seed = 1; seed <= 6; seed++) {
      const damaged = damagedIn(bytes, seed)
      const whole = salvage(damaged)
      for (const chunkBytes of [700, 65_536]) {
        const { visitor, parser } = salvage(damaged, chunkBytes)
        expect([...visitor.names]).toEqual([...whole.visitor.names])
        expect(visitor.warnings).toEqual(whole.visitor.warnings)
        expect(parser.skippedBytes).toBe(whole.parser.skippedBytes)
      }
    }
  })

  it('changes nothing where nothing is wrong', () => {
    for (const { bytes } of samples.slice(0, 12)) {
      const { visitor, parser, error } = salvage(bytes, 4096)
      expect(error).toBeNull()
      expect(parser.skippedRanges).toBe(0)
      expect([...visitor.names]).toEqual([...namesOf(bytes).names])
    }
  })
})

const KEYS = 2000

/** Many small keys, `write` in the middle. */
function around(write: (out: ReturnType<typeof dump>) => void, keys = KEYS): Uint8Array {
  const out = dump().select(0).resize(keys, 0)
  for (let i = 0; i < keys; i++) {
    if (i === keys / 2) write(out)
    out.type(0, `key:number:${i}`).string(`value ${i}`)
  }
  return out.end()
}

function kept({ visitor }: Saved): number {
  return [...visitor.names.keys()].filter((name) => name.startsWith('0 key:number:')).length
}

describe('what leads astray', () => {
  it('is told with offset and bytes', () => {
    const bytes = around((out) => out.raw(new Uint8Array(500).fill(0x99)))
    const saved = salvage(bytes)
    expect(kept(saved)).toBe(KEYS)
    expect(saved.parser).toMatchObject({ skippedRanges: 1, skippedBytes: 500 })
    expect(saved.parser.skipped[0]!.to - saved.parser.skipped[0]!.from).toBe(500)
    expect(saved.visitor.warnings[0]).toMatch(
      /^skipped: 500 bytes were passed over, up to byte \d+: type or opcode 153/,
    )
  })

  it.each([
    ['a length of 4 GiB', (out: ReturnType<typeof dump>) => out.type(0, 'long').hex('80 ff ff ff ff')],
    ['a length of 40 KB', (out: ReturnType<typeof dump>) => out.type(0, 'long').hex('80 00 00 9c 40')],
    ['a length of 16 KB', (out: ReturnType<typeof dump>) => out.type(0, 'long').hex('7f ff')],
    ['a list of 2^40 elements', (out: ReturnType<typeof dump>) => out.type(1, 'list').len(2 ** 40)],
    ['the end', (out: ReturnType<typeof dump>) => out.u8(255)],
    ['another database', (out: ReturnType<typeof dump>) => out.u8(254).len(7).u8(0x99)],
    ['zeros', (out: ReturnType<typeof dump>) => out.raw(new Uint8Array(100_000))],
    ['text', (out: ReturnType<typeof dump>) => out.raw(Buffer.from('The quick brown fox. '.repeat(3000)))],
  ])('%s', (_, write) => {
    const bytes = around((out) => void write(out))
    for (const limit of [bytes.length, null]) {
      for (const chunkBytes of [bytes.length, 5000]) {
        const saved = salvage(bytes, chunkBytes, limit)
        expect(kept(saved)).toBeGreaterThan(KEYS - 4)
        expect(Math.max(...saved.visitor.names.values())).toBeLessThan(3)
        expect(saved.parser.skippedRanges).toBeLessThan(5)
      }
    }
  })

  it('a long list that seems to begin everywhere takes no time that grows with the square of the bytes', () => {
    const keys = 30_000
    // Each string of 7 bytes is an element of the lists in front of it, and the head of another list.
    const hostile = Buffer.from('07010080' + '7fffffff', 'hex')
    const bytes = around((out) => out.u8(0x99).raw(Buffer.alloc(2 ** 19, hostile)), keys)
    const { result: saved, cpuMs } = timed(() => salvage(bytes, 2 ** 16))
    expect(cpuMs).toBeLessThan(8000)
    expect(kept(saved)).toBeGreaterThan(keys * 0.6)
  })

  it('a length that leads further than is remembered: the file is read again', () => {
    const out = dump().select(0).resize(9, 0)
    for (let i = 0; i < 100; i++) out.type(0, `key:number:${i}`).string('x')
    // Says 6 MB where there is nothing of the kind.
    out.type(0, 'astray').hex('80 00 60 00 00')
    for (let i = 100; i < 130_000; i++) out.type(0, `key:number:${i}`).string(`some value that takes its bytes ${i}`)
    const bytes = out.end()
    const saved = salvage(bytes, 1 << 20, null)
    expect(saved.error).toBeNull()
    expect(kept(saved)).toBeGreaterThan(129_990)
  })

  it('garbage to the end gives what came before', () => {
    const random = randomFrom(5)
    const bytes = around((out) => out.raw(Uint8Array.from({ length: 300_000 }, () => random(256)))).subarray(0, 250_000)
    const { error, visitor } = salvage(bytes)
    expect(error).not.toBeNull()
    expect(visitor.names.size).toBeLessThan(KEYS / 2 + 100)
  })

  it('what follows the end is no reason to read records twice', () => {
    for (const tail of [Uint8Array.of(255, 1, 2, 3, 4, 5, 6, 7, 8), Buffer.from('garbage '.repeat(30))]) {
      const bytes = new Uint8Array(Buffer.concat([around(() => {}), tail]))
      for (const limit of [bytes.length, null]) {
        const saved = salvage(bytes, 1000, limit)
        expect(kept(saved)).toBe(KEYS)
        expect([...saved.visitor.names.values()].every((count) => count === 1)).toBe(true)
      }
    }
  })

  it('a cut is a cut', () => {
    const bytes = around(() => {})
    const { error, visitor } = salvage(bytes.subarray(0, 20_000))
    expect(error?.code).toBe('truncated')
    expect(visitor.warnings).toEqual([])
  })

  it('much damage takes time in proportion', () => {
    const out = dump().select(0).resize(9, 0)
    for (let i = 0; i < 6000; i++) {
      for (let k = 0; k < 4; k++) out.type(0, `key:number:${i}:${k}`).string('some value')
      out.hex('99 99 99')
    }
    const damaged = out.end()
    const { result: saved, cpuMs } = timed(() => salvage(damaged, 1 << 16))
    expect(cpuMs).toBeLessThan(10_000)
    expect(kept(saved)).toBeGreaterThan(23_700)
    expect(saved.parser.skippedRanges).toBeGreaterThan(5700)
    expect(saved.parser.skipped.length).toBe(1000)
  })
})

describe('damaged LZF data outside a container', () => {
  const bad = Uint8Array.of(0x00, 0x61, 0x20, 0xff)

  it('damages its key and nothing else', () => {
    const bytes = dump()
      .type(0, 'string')
      .lzfRaw(bad, 40)
      .type(4, 'hash')
      .len(2)
      .string('a')
      .lzfRaw(bad, 40)
      .string('b')
      .string('c')
      .u8(0)
      .lzfRaw(bad, 30)
      .string('value of a key whose name is damaged')
      .type(0, 'last')
      .string('good')
      .end()
    for (const chunkBytes of [1, 3, bytes.length]) {
      const damaged: string[] = []
      const visitor = new (class extends Names {
        override string(value: { load(): unknown }): void {
          value.load()
        }
        override field(_field: unknown, value: { load(): unknown }): void {
          value.load()
        }
        override endKey(key: RdbKey): void {
          super.endKey(key)
          if (key.damage !== null) damaged.push(key.damage.code)
        }
      })()
      const parser = new RdbParser(visitor)
      for (let at = 0; at < bytes.length; at += chunkBytes) parser.push(bytes.subarray(at, at + chunkBytes))
      parser.end()
      expect(damaged).toEqual(['bad-lzf', 'bad-lzf', 'bad-lzf'])
      expect([...visitor.names]).toEqual([['0 last 1', 1]])
    }
  })

  it('in an AUX field is a remark', () => {
    const visitor = new Names()
    const parser = new RdbParser(visitor)
    parser.push(dump().u8(250).string('ctime').lzfRaw(bad, 40).type(0, 'k').string('v').end())
    parser.end()
    expect(visitor.damaged).toBe(0)
  })
})
