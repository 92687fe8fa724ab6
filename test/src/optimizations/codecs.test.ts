import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { type MeasuredCase, transformationOf } from '../../../scripts/savings-accuracy.js'
import { parseSettings } from '../../../src/memory/settings.js'
import { ALPHABETS, SymbolAlphabet } from '../../../src/optimizations/codecs/alphabets.js'
import { CODEC_IDS, LEVELS, loadCodec } from '../../../src/optimizations/codecs/index.js'
import { trainDictionary } from '../../../src/optimizations/codecs/train-dictionary.js'
import { techniques } from '../../../src/optimizations/index.js'
import type { Outcome, Technique, TechniqueContext } from '../../../src/optimizations/optimization.js'
import { RewriteRun } from '../../../src/optimizations/rewriter.js'
import { packBits } from '../../../src/optimizations/run-length.js'
import { interval95, RatioEstimate } from '../../../src/optimizations/sampling/estimate.js'
import { simulate } from '../../../src/simulate.js'
import { dump } from '../../helpers/dump.js'

const FIXTURES = join(fileURLToPath(new URL('.', import.meta.url)), '../../fixtures/savings')
const PATH = join(tmpdir(), `rdblens-codecs-${process.pid}.rdb`)
afterAll(() => rmSync(PATH, { force: true }))

type Texts = Readonly<Record<string, string>>

/** A dump of strings. */
function write(values: Iterable<readonly [key: string, value: string | Uint8Array]>): void {
  const writer = dump({ version: 11 })
  for (const [key, value] of values) writer.type(0, key).string(value)
  writeFileSync(PATH, writer.end())
}

function requestFor(path: string, settings: Readonly<Record<string, string | number>> = {}) {
  const texts = Object.entries(settings).filter(([name]) => /-max-|^list-|^maxmemory/.test(name))
  return {
    inputs: [{ path, name: path, increments: [], notes: [] }],
    filter: {},
    verify: false,
    settings: parseSettings(texts.map(([name, value]) => `${name}=${value}`)),
  }
}

async function resultOf(id: string, parameters: Texts = {}) {
  const request = { ...requestFor(PATH), target: 'redis-7.4' }
  const { report } = await simulate(request, { techniques: [id], parameters: { [id]: parameters }, plan: false })
  return report.techniques[0]!
}

/** Carries a change out on every key, and adds up what a server would say of each. */
class CarriedOut extends RewriteRun {
  ramBytes = 0
  memoryUsage = 0

  constructor(
    context: TechniqueContext,
    readonly outcome1: Outcome,
    readonly first: TechniqueContext,
  ) {
    super(context)
    const { change } = outcome1
    if (change?.kind !== 'keys') throw new Error('nothing to carry out')
    this.through((next) => change.through(next))
  }

  override takes(key: Parameters<RewriteRun['takes']>[0]): boolean {
    this.first.names.look(key)
    return true
  }

  override priced(): void {
    this.ramBytes += this.sizer.ramBytes
    this.memoryUsage += this.sizer.memoryUsageBytes
  }

  override outcome(): Outcome {
    return { groups: [] }
  }
}

describe('changes of techniques that run codecs, carried out on every key', () => {
  for (const name of [
    'compress-lz4/redis-6.2.16',
    'compress-zlib/valkey-8.0.1',
    'compress-zstd/redis-7.4.1',
    'json-to-msgpack/valkey-8.0.1',
    'pack-base62/redis-6.2.16',
    'pack-digits/redis-6.2.16',
    'pack-hex/redis-7.4.1',
    'pack-uuid/valkey-8.0.1',
  ]) {
    it(`${name}: are what was predicted, and what MEMORY USAGE says`, async () => {
      const measured = JSON.parse(readFileSync(join(FIXTURES, name, 'measured.json'), 'utf8')) as MeasuredCase & {
        readonly after: { readonly sum_memory_usage: number }
      }
      const { id, parameters } = transformationOf(measured)!
      const request = requestFor(join(FIXTURES, name, 'before.rdb.gz'), measured.before.options)
      let seen: readonly [Outcome, TechniqueContext] | null = null
      const { report } = await simulate(request, {
        techniques: [id],
        parameters: { [id]: parameters },
        plan: false,
        onOutcome: (_, ...what) => {
          seen = what
        },
      })
      const [result] = report.techniques
      expect(result!.certainty).toBe(id === 'base-encode' ? 'exact' : 'sampled')
      expect(result!.sampledKeys).toBe(measured.before.keys)
      expect(result!.interval95).toEqual([result!.savedBytes, result!.savedBytes])

      const [outcome, context] = seen!
      let run: CarriedOut | null = null
      const again: Technique = {
        ...techniques.find((technique) => technique.id === id)!,
        start(given) {
          run = new CarriedOut(given, outcome, context)
          return run
        },
      }
      await simulate(request, { registry: [again], plan: false })
      expect(run!.ramBytes).toBe(result!.ramBytesAfter)
      expect(Math.abs(run!.memoryUsage / measured.after.sum_memory_usage - 1)).toBeLessThan(0.01)
    })
  }
})

describe('samples of the elements of one long value', () => {
  const PERIODIC = ['the quick brown fox of the north', 'no such word', 'the slow brown fox of the south', 'x7']

  it.each([2, 4, 8])('are not misled by a list that repeats itself after %i elements', async (period) => {
    const count = 20_000
    const writer = dump({ version: 11 }).type(1, 'log').len(count)
    for (let i = 0; i < count; i++) {
      const place = i % period
      writer.string(
        place < 2 ? `${PERIODIC[place]} ${PERIODIC[place]}` : `${PERIODIC[place % 4]!} ${place} qz${i % 11}`,
      )
    }
    writeFileSync(PATH, writer.end())
    let seen: readonly [Outcome, TechniqueContext] | null = null
    const request = { ...requestFor(PATH), target: 'redis-7.4' }
    const { report } = await simulate(request, {
      techniques: ['word-dictionary'],
      plan: false,
      onOutcome: (_, ...what) => {
        seen = what
      },
    })
    const result = report.techniques[0]!
    const [outcome, context] = seen!
    let run: CarriedOut | null = null
    const again: Technique = {
      ...techniques.find(({ id }) => id === 'word-dictionary')!,
      start(given) {
        run = new CarriedOut(given, outcome, context)
        return run
      },
    }
    await simulate(request, { registry: [again], plan: false })
    // The dictionary is a key of its own.
    const saved = result.ramBytesBefore - run!.ramBytes
    expect(Math.abs(result.ramBytesAfter / run!.ramBytes - 1)).toBeLessThan(0.05)
    const [low, high] = result.interval95!
    expect(high).toBeGreaterThan(low)
    expect(saved).toBeGreaterThan(low)
    expect(saved).toBeLessThan(high + 4096)
  })
})

describe('codecs', () => {
  const text = new TextEncoder().encode('to be or not to be, that is the question. '.repeat(8))

  it.each(CODEC_IDS)('%s loads and makes text shorter', async (id) => {
    const codec = await loadCodec(id)
    if (typeof codec === 'string') throw new Error(codec)
    expect(codec.encode(text, LEVELS[id]?.usual ?? 0).length).toBeLessThan(text.length)
  })
})

describe('alphabets', () => {
  const pack = (name: string, value: string, length = value.length) =>
    ALPHABETS[name]!.map((alphabet) => alphabet.pack(new TextEncoder().encode(value), length)).find(
      (packed) => packed !== null,
    ) ?? null

  it('pack as many bytes as the symbols hold', () => {
    expect(pack('hex', '00ff10')).toEqual(Uint8Array.from([0, 255, 16]))
    expect(pack('uuid', 'ae2811ba-6628-0d4a-7844-364127ac6ba5')).toHaveLength(16)
    expect(pack('digits', '01234567890123456789')).toHaveLength(9)
    expect(pack('base62', 'UURUwStbYQ5BZqp5HSV3ZM')).toHaveLength(17)
    expect(pack('base64', 'aGVsbG8=')).toEqual(Buffer.from('hello'))
  })

  it('keep zeros in front where lengths differ', () => {
    const packed = ['1', '01', '001', '0001'].map((value) => Buffer.from(pack('digits', value, 0)!).toString('hex'))
    expect(new Set(packed).size).toBe(4)
  })

  it('leave alone what cannot come back', () => {
    expect(pack('hex', 'xyz')).toBeNull()
    expect(pack('uuid', 'AE2811ba-6628-0d4a-7844-364127ac6ba5')).toBeNull()
    expect(pack('uuid', 'ae2811ba 6628 0d4a 7844 364127ac6ba5')).toBeNull()
    expect(pack('base64', 'aGVsbG9=')).toBeNull()
    expect(new SymbolAlphabet('ab', 'ab').pack(new TextEncoder().encode('abba'), 3)).toBeNull()
  })
})

describe('packBits', () => {
  const unpack = (packed: Uint8Array): Uint8Array => {
    const bytes: number[] = []
    for (let at = 0; at < packed.length; ) {
      const count = packed[at++]!
      if (count < 128) for (let i = 0; i <= count; i++) bytes.push(packed[at++]!)
      else {
        for (let i = 0; i < 257 - count; i++) bytes.push(packed[at]!)
        at++
      }
    }
    return Uint8Array.from(bytes)
  }

  it.each([
    '',
    'a',
    'aa',
    'aaa',
    'abc',
    `${'0'.repeat(1000)}1${'0'.repeat(500)}`,
    'abcdefgh'.repeat(40),
    'aabbbaccccd',
  ])('%s comes back', (value) => {
    const bytes = new TextEncoder().encode(value)
    expect(unpack(packBits(bytes))).toEqual(bytes)
  })
})

describe('trainDictionary', () => {
  it('takes what samples have in common, and no more than was asked for', () => {
    const samples = Array.from({ length: 200 }, (_, i) =>
      new TextEncoder().encode(`{"customer":"${i * 7919}","state":"ok"}`),
    )
    const dictionary = trainDictionary(samples, 256)
    expect(dictionary.length).toBeLessThanOrEqual(256)
    expect(Buffer.from(dictionary).toString()).toContain('"customer":"')
  })

  it('has nothing to say about nothing', () => {
    expect(trainDictionary([], 256)).toHaveLength(0)
  })
})

describe('estimates', () => {
  it('are exact for everything', () => {
    const estimate = new RatioEstimate()
    for (const [before, saved] of [
      [100, 10],
      [200, 50],
    ] as const)
      estimate.add(before, saved)
    expect(estimate.saved(2, 300)).toBe(60)
    expect(estimate.variance(2, 300)).toBe(0)
  })

  it('cover the truth about as often as they say', () => {
    const group = Array.from({ length: 2000 }, (_, i) => ({ before: 64 + (i % 40) * 16, noise: (i * 7919) % 97 }))
    const savedBy = ({ before, noise }: { before: number; noise: number }) => before * 0.3 + noise
    const bytes = group.reduce((sum, { before }) => sum + before, 0)
    const truth = group.reduce((sum, key) => sum + savedBy(key), 0)
    let covered = 0
    let state = 7
    for (let trial = 0; trial < 400; trial++) {
      const estimate = new RatioEstimate()
      for (const key of group) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        if (state / 2 ** 32 < 0.05) estimate.add(key.before, savedBy(key))
      }
      const [low, high] = interval95(estimate.saved(2000, bytes), estimate.variance(2000, bytes))
      if (low <= truth && truth <= high) covered++
    }
    expect(covered / 400).toBeGreaterThan(0.9)
    expect(covered / 400).toBeLessThanOrEqual(1)
  })
})

describe('samples of larger data sets', () => {
  it('are the same in every run, and their interval holds what all keys save', async () => {
    const words = ['lorem', 'ipsum', 'dolor', 'amet', 'redis', 'valkey', 'snapshot', 'memory']
    const text = (i: number): string =>
      Array.from(
        { length: 20 + (i % 60) },
        (_, w) => words[(i * 31 + w * w * 7 + (i >> (w % 5))) % words.length]!,
      ).join(' ')
    write(Array.from({ length: 30_000 }, (_, i) => [`page:${i}`, text(i)]))
    const [first, second] = [
      await resultOf('compress-values', { codec: 'lz4' }),
      await resultOf('compress-values', { codec: 'lz4' }),
    ]
    expect(first).toEqual(second)
    expect(first.sampledKeys).toBeLessThan(20_000)
    const codec = await loadCodec('lz4')
    if (typeof codec === 'string') throw new Error(codec)
    write(Array.from({ length: 30_000 }, (_, i) => [`page:${i}`, codec.encode(new TextEncoder().encode(text(i)), 0)]))
    const after = await resultOf('drop-expired')
    const truth = first.usedMemoryBefore - after.usedMemoryBefore
    const [low, high] = first.interval95!
    expect(truth).toBeGreaterThan(low - 0.002 * truth)
    expect(truth).toBeLessThan(high + 0.002 * truth)
  })
})

describe('what pays and what does not', () => {
  it('a loss is shown to who asks for just these keys', async () => {
    write(Array.from({ length: 500 }, (_, i) => [`code:${i}`, `x${(i * 7919) % 1000}`]))
    expect((await resultOf('compress-values')).status).toBe('nothing-to-do')
    const asked = await resultOf('compress-values', { match: 'code:*', codec: 'gzip' })
    expect(asked.status).toBe('applies')
    expect(asked.savedBytes).toBeLessThan(0)
  })

  it('values that belong to the server are left alone', async () => {
    write(Array.from({ length: 50 }, (_, i) => [`uniques:${i}`, `HYLL${'\0'.repeat(12_000)}`]))
    for (const id of ['compress-values', 'run-length']) expect((await resultOf(id)).status).toBe('nothing-to-do')
  })

  it('integers stay integers', async () => {
    write(Array.from({ length: 500 }, (_, i) => [`n:${i}`, String(10 ** 15 + i * 7919)]))
    for (const id of ['base-encode', 'compress-values', 'delta-encode']) {
      expect((await resultOf(id)).status).toBe('nothing-to-do')
    }
  })

  it('16 hex digits become a number', async () => {
    const hex = (i: number): string => ((BigInt(i) * 11_400_714_819_323_198_485n) & 0xffffffffffffffffn).toString(16)
    write(Array.from({ length: 500 }, (_, i) => [`trace:${i}`, hex(i + 1).padStart(16, '0')]))
    const result = await resultOf('base-encode')
    expect(result.parameters.alphabet).toBe('hex')
    expect(result.certainty).toBe('exact')
    // An object of 16 bytes is left of the 40 with an embedded string.
    expect(result.savedBytes).toBeGreaterThan(499 * 24 - 1)
  })

  it('letters of a game are found and packed in base 3', async () => {
    const moves = (i: number): string =>
      Array.from({ length: 600 }, (_, m) => 'RPS'[(((i * 31 + m * 17) ^ (m * m + i)) >> 2) % 3]!).join('')
    write(Array.from({ length: 200 }, (_, i) => [`game:${i}`, moves(i)]))
    const result = await resultOf('base-encode')
    expect(result.parameters.alphabet).toBe('custom:PRS')
    // The article claims 75 %, of the values.
    expect(result.savedBytes / result.ramBytesBefore).toBeGreaterThan(0.65)
  })

  it('a dictionary is counted, and still pays for job titles', async () => {
    const levels = ['Senior', 'Junior', 'Principal', 'Associate', 'Lead']
    const works = ['Software Development Engineer', 'Solutions Architect', 'Account Manager', 'Data Scientist']
    const title = (i: number): string => `${levels[i % 5]} ${works[(i >> 2) % 4]}, Team ${(i * 7919) % 1000}`
    write(Array.from({ length: 2000 }, (_, i) => [`title:${i}`, title(i)]))
    const result = await resultOf('dictionary-compress')
    const [group] = result.groups
    expect(Number(group!.keysAfter)).toBe(Number(group!.keys) + 1)
    // The article claims 30 %.
    expect(result.savedBytes / result.ramBytesBefore).toBeGreaterThan(0.25)
  })

  it('numbers of a sequence as differences, in few bytes, runs as counts, words as letters', async () => {
    const times = (i: number): string => Array.from({ length: 30 }, (_, n) => 1_700_000_000 + i * 60 + n * 61).join(',')
    write(Array.from({ length: 200 }, (_, i) => [`times:${i}`, times(i)]))
    expect((await resultOf('delta-encode')).savedBytes).toBeGreaterThan(0.6 * 200 * 328)
    const levels = (i: number): string => Array.from({ length: 100 }, (_, n) => ((i * n) % 97) + 100).join(' ')
    write(Array.from({ length: 200 }, (_, i) => [`levels:${i}`, levels(i)]))
    expect((await resultOf('mostly-encode')).parameters.bits).toBe('16')
    write(Array.from({ length: 200 }, (_, i) => [`row:${i}`, `${'-'.repeat(200 + i)}${i}${' '.repeat(300)}`]))
    expect((await resultOf('run-length')).savedBytes).toBeGreaterThan(200 * 500)
    const actions = ['visit', 'checkout', 'purchase', 'review']
    const list = (i: number): string =>
      Array.from({ length: 8 + (i % 5) }, (_, a) => actions[(i + a * 3) % 4]!).join(',')
    write(Array.from({ length: 300 }, (_, i) => [`actions:${i}`, list(i)]))
    expect((await resultOf('abbreviate-values')).savedBytes).toBeGreaterThan(300 * 40)
  })

  it('JSON: names, blanks, and what is dropped', async () => {
    const object = (i: number): string =>
      JSON.stringify({
        customerName: `c${i * 7919}`,
        orderState: 'open',
        note: null,
        tags: [],
        meta: { createdBy: 'x' },
      })
    write(Array.from({ length: 300 }, (_, i) => [`order:${i}`, object(i)]))
    const names = await resultOf('json-trim')
    const dropped = await resultOf('json-trim', { drop: 'meta,orderState', empty: 'drop' })
    expect(names.savedBytes).toBeGreaterThan(0)
    expect(dropped.savedBytes).toBeGreaterThan(names.savedBytes)
    const paths = names.groups[0]!.paths as readonly {
      path: string
      constant?: boolean
      nulls: number
      empties: number
    }[]
    expect(paths.find(({ path }) => path === 'note')!.nulls).toBe(300)
    expect(paths.find(({ path }) => path === 'tags')!.empties).toBe(300)
    expect(paths.find(({ path }) => path === 'orderState')!.constant).toBe(true)
    expect((await resultOf('json-trim', { rename: 'customerName:n' })).savedBytes).toBeLessThan(names.savedBytes)
  })
})

describe('parameters', () => {
  it('may name several codecs and alphabets, of which the best is taken', async () => {
    write(Array.from({ length: 400 }, (_, i) => [`page:${i}`, `${'all work and no play '.repeat(20)}${i}`]))
    const among = await resultOf('compress-values', { codec: 'gzip,brotli' })
    expect(['gzip', 'brotli']).toContain(among.parameters.codec)
    const rows = among.parameters.codecs as { codec: string }[]
    expect(rows.map(({ codec }) => codec).sort()).toEqual(['brotli', 'gzip'])
    write(Array.from({ length: 400 }, (_, i) => [`id:${i}`, ((i + 1) * 7919).toString(16).padStart(32, 'ab0')]))
    const packed = await resultOf('base-encode', { alphabet: 'base64,hex' })
    expect(packed.savedBytes).toBe((await resultOf('base-encode', { alphabet: 'hex' })).savedBytes)
    expect(packed.savedBytes).toBeGreaterThan((await resultOf('base-encode', { alphabet: 'base64' })).savedBytes)
  })

  it.each([
    ['compress-values', { level: '3' }, 'name the codec'],
    ['compress-values', { codec: 'lz4', level: '3' }, 'lz4 has no levels'],
    ['compress-values', { codec: 'gzip', level: '12' }, 'gzip takes levels from 1 to 9'],
    ['compress-values', { codec: 'lzma' }, 'choose from gzip'],
    ['compress-values', { codec: 'gzip,lz4', level: '3' }, 'lz4 has no levels'],
    ['dictionary-compress', { codec: 'deflate,lzma' }, 'choose from deflate'],
    ['dictionary-compress', { codec: 'deflate,' }, 'missing between the commas'],
    ['base-encode', { alphabet: 'hex,base99' }, 'choose from digits'],
    ['base-encode', { alphabet: 'base99' }, 'choose from digits'],
    ['base-encode', { alphabet: 'custom:aa' }, 'stands there twice'],
    ['base-encode', { alphabet: 'custom:a' }, 'write 2 to 128'],
    ['dictionary-compress', { dictionaryBytes: '10' }, 'from 64 to 32768'],
    ['json-trim', { rename: 'a:b', names: 'keep' }, 'not together'],
  ] as const)('%s %j is refused in a sentence', async (id, parameters, text) => {
    write([['a', 'b']])
    await expect(resultOf(id, parameters)).rejects.toThrow(text)
  })
})
