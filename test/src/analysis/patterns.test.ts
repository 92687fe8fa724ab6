import { describe, expect, it } from 'vitest'
import { PatternMiner } from '../../../src/analysis/patterns/miner.js'
import { cutRows, Patterns } from '../../../src/analysis/patterns.js'
import { eachBlock } from '../../../src/analysis/row-block.js'
import { KeyBatch } from '../../../src/batch.js'
import { addKey, inBatches, type KeySpec, seeded } from '../../helpers/batches.js'

function mine(keys: Iterable<KeySpec>, options: ConstructorParameters<typeof Patterns>[0] = {}, capacity = 1024) {
  const patterns = new Patterns(options)
  inBatches(keys, (batch) => eachBlock(batch, (block) => patterns.add(block)), capacity)
  return patterns
}

const table = (patterns: Patterns) => patterns.result().rows.map((row) => [row.pattern, row.type, row.keys] as const)

/** Families of a small application, n keys each. */
function* application(n: number, random = seeded(3)): Generator<KeySpec> {
  const id = (): number => Math.floor(random() * 1e6)
  const hex = (digits: number): string => {
    let text = ''
    while (text.length < digits) text += Math.floor(random() * 16).toString(16)
    return text
  }
  for (let i = 0; i < n; i++) {
    yield { key: `sess:${hex(32)}`, ramBytes: 200, expiresAtMs: 5000 }
    yield { key: `user:${id()}`, type: 'hash', ramBytes: 300 + (i % 7) * 8 }
    yield { key: `cart:${id()}`, type: 'hash', ramBytes: 150 }
    yield { key: `tag:${id()}:items`, type: 'set', encoding: 'intset', ramBytes: 120 }
    const flag = ['beta', 'dark-mode', 'checkout-v2'][i % 3]!
    yield { key: `feature:${flag}:${i}`, payloadBytes: 9 + flag.length + String(i).length, ramBytes: 50 + flag.length }
    const event = ['buy', 'click', 'pv'][i % 3]!
    const key = `stats:${event}:2024-01-${String(1 + (i % 28)).padStart(2, '0')}:${i}`
    yield { key, encoding: 'int', payloadBytes: key.length + 8, ramBytes: 56 }
    yield { key: `board:${i}`, type: 'zset', ramBytes: 5000 }
  }
}

const FAMILIES = [
  'board:{int} zset',
  'cart:{int} hash',
  'feature:{beta|checkout-v2|dark-mode}:{int} string',
  'sess:{hash} string',
  'stats:{buy|click|pv}:{date}:{int} string',
  'tag:{int}:items set',
  'user:{int} hash',
]

function word(random: () => number): string {
  let text = ''
  const length = 3 + Math.floor(random() * 7)
  for (let i = 0; i < length; i++) text += String.fromCharCode(97 + Math.floor(random() * 26))
  return text
}

describe('pattern table', () => {
  it('finds each family of an application as one pattern', () => {
    const rows = table(mine(application(300)))
    expect(rows.map(([pattern, type]) => `${pattern} ${type}`).sort()).toEqual(FAMILIES)
    for (const [, , keys] of rows) expect(keys).toBe(300)
  })

  it('counts a key as expired from the millisecond after its expiry on, as the totals do', () => {
    const patterns = new Patterns({ nowMs: 1000 })
    const keys = [999, 1000, 1001].map((expiresAtMs, i) => ({ key: `job:${10 + i}`, expiresAtMs }))
    inBatches(keys, (batch) => eachBlock(batch, (block) => patterns.add(block)))
    expect(patterns.result().rows.map(({ pattern, expiredKeys }) => [pattern, expiredKeys])).toEqual([['job:{int}', 1]])
  })

  it('adds up what the keys of a pattern have', () => {
    const patterns = new Patterns({ nowMs: 1000 })
    const keys: KeySpec[] = []
    for (let i = 0; i < 100; i++) {
      keys.push({
        key: `user:${1000 + i}:cart`,
        type: 'hash',
        encoding: i < 30 ? 'hashtable' : 'listpack',
        ramBytes: 100 + i,
        overheadBytes: 24,
        payloadBytes: 40,
        rdbBytes: 30,
        elements: 3,
        longestElementBytes: i,
        expiresAtMs: i < 90 ? 1000 + i * 1000 : -1,
        freq: 10,
        db: i % 2,
      })
    }
    inBatches(keys, (batch) => eachBlock(batch, (block) => patterns.add(block)), 7)
    const { rows, summary } = patterns.result()
    expect(rows).toHaveLength(1)
    expect(summary).toMatchObject({ found: 1, bounded: false })
    expect(rows[0]).toMatchObject({
      pattern: 'user:{int}:cart',
      type: 'hash',
      keys: 100,
      ramBytes: 14950,
      overheadBytes: 2400,
      payloadBytes: 4000,
      rdbBytes: 3000,
      elements: 300,
      keyNameBytes: 1400,
      share: 1,
      averageRamBytes: 149.5,
      withoutTtl: 10,
      expiredKeys: 0,
      largest: { key: 'user:1099:cart', db: 1, ramBytes: 199 },
      longestElementBytes: 99,
      averageFreq: 10,
      averageIdleSeconds: null,
      match: 'user:*:cart',
      patterns: 1,
    })
    const row = rows[0]!
    expect(row.withoutTtlRamBytes).toBe(1945)
    expect(row.encodings).toEqual([
      { encoding: 'listpack', keys: 70, ramBytes: 11515 },
      { encoding: 'hashtable', keys: 30, ramBytes: 3435 },
    ])
    expect(row.ttl).toMatchObject({ minMs: 0, maxMs: 89_000 })
    expect(row.ttl!.medianMs).toBeGreaterThan(44_500 * 0.93)
    expect(row.ttl!.medianMs).toBeLessThan(44_500 * 1.07)
    expect(row.examples).toHaveLength(3)
    expect(row.exampleWithoutTtl!.key).toMatch(/^user:109\d:cart$/)
  })

  it('keeps types apart', () => {
    const keys = [{ key: 'a:1' }, { key: 'a:2', type: 'hash' as const }, { key: 'a:3' }]
    expect(table(mine(keys)).map(([pattern, type, n]) => [pattern, type, n])).toEqual([
      ['a:{int}', 'string', 2],
      ['a:{int}', 'hash', 1],
    ])
  })

  it('says the same whatever the batches', () => {
    const whole = mine(application(200), {}, 4096).result()
    expect(mine(application(200), {}, 1).result()).toEqual(whole)
    expect(mine(application(200), {}, 13).result()).toEqual(whole)
  })

  it('says the same whatever the order, while nothing had to be gathered', () => {
    const keys = [...application(200)]
    const random = seeded(11)
    const shuffled = keys.map((key) => ({ key, at: random() })).sort((a, b) => a.at - b.at)
    expect(mine(shuffled.map(({ key }) => key)).result()).toEqual(mine(keys).result())
    expect(mine([...keys].reverse()).result()).toEqual(mine(keys).result())
  })

  it('merges to what one miner sees', () => {
    const keys = [...application(200)]
    const merged = mine(keys.slice(0, 500))
    merged.merge(mine(keys.slice(500, 700)))
    merged.merge(mine(keys.slice(700)))
    expect(merged.result()).toEqual(mine(keys).result())
    const empty = mine([])
    empty.merge(mine(keys))
    expect(empty.result()).toEqual(mine(keys).result())
  })

  it('shows an empty dump as an empty table', () => {
    const { rows, tree } = mine([]).result()
    expect(rows).toEqual([])
    expect(tree).toEqual({ name: '', keys: 0, ramBytes: 0, payloadBytes: 0, withoutTtl: 0, children: [] })
  })

  it('reports binary and empty names', () => {
    const result = mine([{ key: new Uint8Array([255, 0, 58]) }, { key: '' }]).result()
    expect(result.rows.map((row) => row.pattern).sort()).toEqual(['[empty]', '{binary}'])
    const binary = result.rows.find((row) => row.pattern === '{binary}')!
    expect(binary.examples).toEqual([{ key: '\\xff\\x00:', keyBase64: '/wA6' }])
  })

  it('gives a glob that matches literally where the name is text', () => {
    const [row] = mine([{ key: 'a*[b]:7?x' }]).result().rows
    expect(row!.match).toBe('a\\*\\[b\\]:*\\?x')
  })

  it('keeps long names up to a limit and tells their length', () => {
    const [row] = mine([{ key: `k:${'z'.repeat(3000)}` }]).result().rows
    expect(row!.largest).toMatchObject({ keyLength: 3002 })
    expect(row!.largest!.key).toHaveLength(512)
  })

  it('names a text with hundreds of values as a variable', () => {
    const random = seeded(5)
    const tenants = Array.from({ length: 300 }, () => word(random))
    const keys: KeySpec[] = []
    for (let i = 0; i < 9000; i++) keys.push({ key: `tenant:${tenants[i % 300]}:user:${i}` })
    expect(table(mine(keys))).toEqual([['tenant:{*}:user:{int}', 'string', 9000]])
  })

  it('keeps a frequent text beside a variable', () => {
    const random = seeded(6)
    const keys: KeySpec[] = []
    for (let i = 0; i < 4000; i++) keys.push({ key: i % 2 === 0 ? `cache:config:${i}` : `cache:${word(random)}${i}` })
    const rows = table(mine(keys))
    expect(rows.map(([pattern]) => pattern)).toContain('cache:config:{int}')
    expect(rows.find(([pattern]) => pattern === 'cache:config:{int}')![2]).toBe(2000)
    expect(rows.length).toBeLessThan(5)
  })

  it('knows hex ids also when some have only digits or only letters', () => {
    const random = seeded(8)
    const keys: KeySpec[] = []
    for (let i = 0; i < 20_000; i++) {
      const id = Math.floor(random() * 0x100000000)
      keys.push({ key: `user:${id.toString(16).padStart(8, '0')}:x` })
    }
    expect(table(mine(keys))).toEqual([['user:{hex}:x', 'string', 20_000]])
  })
})

describe('names that never repeat', () => {
  const N = 1_000_000

  function* names(make: (random: () => number) => string, count = N): Generator<KeySpec> {
    const random = seeded(2)
    for (let i = 0; i < count; i++) yield { key: make(random), ramBytes: 64 + 8 * (i % 4) }
  }
  const hex = (random: () => number, digits: number): string =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')

  it('a million random words are one pattern in bounded memory', () => {
    const patterns = mine(names((random) => word(random) + word(random)))
    expect(table(patterns)).toEqual([['{*}', 'string', N]])
    expect(patterns.miner.tree.capacity - patterns.miner.tree.free).toBeLessThan(4096)
    expect(patterns.result().summary.bounded).toBe(true)
  })

  it('a million <random word>-<random hex>/<word> are one pattern', () => {
    const patterns = mine(names((random) => `${word(random)}-${hex(random, 8)}/${word(random)}`))
    expect(table(patterns)).toEqual([['{*}-{hex}/{*}', 'string', N]])
  })

  it('the same with words from a dictionary', () => {
    const random = seeded(4)
    const words = Array.from({ length: 400 }, () => word(random))
    const pick = (random: () => number): string => words[Math.floor(random() * words.length)]!
    const rows = table(mine(names((random) => `${pick(random)}-${hex(random, 6)}/${pick(random)}`, 200_000)))
    expect(rows[0]![0]).toBe('{*}-{hex}/{*}')
    expect(rows[0]![2]).toBeGreaterThan(199_000)
  })

  it('families stay visible among them', () => {
    const families = ['user', 'cart', 'sess', 'tag']
    const make = (random: () => number): string =>
      random() < 0.9
        ? `${families[Math.floor(random() * 4)]}:${Math.floor(random() * 1e6)}`
        : word(random) + word(random)
    const rows = table(mine(names(make, 200_000)))
    expect(rows.map(([pattern]) => pattern).sort()).toEqual([
      'cart:{int}',
      'sess:{int}',
      'tag:{int}',
      'user:{int}',
      '{*}',
    ])
  })

  it('titles of any length are one variable', () => {
    const make = (random: () => number): string =>
      `post:${Array.from({ length: 2 + Math.floor(random() * 6) }, () => word(random)).join('-')}`
    const rows = table(mine(names(make, 100_000)))
    expect(rows).toEqual([['post:{*}', 'string', 100_000]])
  })

  it('random tokens with dashes in them are one variable', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const token = (random: () => number, length: number): string =>
      Array.from({ length }, () => alphabet[Math.floor(random() * 64)]).join('')
    const sessions = mine(names((random) => `session:${token(random, 24)}`, 50_000)).result().rows
    expect(sessions.slice(0, 1).map((row) => row.pattern)).toEqual(['session:{base64}'])
    expect(sessions.length).toBeLessThan(20)
    expect(sessions[0]!.keys).toBeGreaterThan(49_900)
    expect(sessions.reduce((sum, row) => sum + row.keys, 0)).toBe(50_000)
    const counters = mine(names((random) => `counter:${token(random, 6)}:${Math.floor(random() * 1e6)}`, 50_000))
    expect(counters.result().rows[0]).toMatchObject({ pattern: 'counter:{*}:{int}' })
    expect(counters.result().rows[0]!.keys).toBeGreaterThan(49_500)
  })

  it('a suffix of random tokens stays a pattern of its own', () => {
    const random = seeded(13)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    const keys: KeySpec[] = []
    for (let i = 0; i < 20_000; i++) {
      const id = Array.from({ length: 20 }, () => alphabet[Math.floor(random() * 62)]).join('')
      keys.push({ key: i % 200 === 0 ? `session:${id}-lock` : `session:${id}` })
    }
    expect(table(mine(keys)).map(([pattern, , n]) => [pattern, n])).toEqual([
      ['session:{base64}', 19_900],
      ['session:{base64}-lock', 100],
    ])
  })

  it('stays within a small tree, and loses no key', () => {
    const random = seeded(9)
    const separators = ':/|.-_'
    function* hostile(): Generator<KeySpec> {
      for (let i = 0; i < 60_000; i++) {
        let key = ''
        for (let part = 0; part < 8; part++) {
          key += word(random).slice(0, 2)
          for (let k = Math.floor(random() * 4); k >= 0; k--) key += separators[Math.floor(random() * 6)]
        }
        yield { key, ramBytes: 100, type: random() < 0.5 ? 'hash' : 'string' }
      }
    }
    const patterns = mine(hostile(), { maxNodes: 1024, maxCells: 512 })
    const { rows, summary } = patterns.result()
    expect(summary.bounded).toBe(true)
    expect(rows.reduce((sum, row) => sum + row.keys, 0)).toBe(60_000)
    expect(rows.reduce((sum, row) => sum + row.ramBytes, 0)).toBe(6_000_000)
  })

  it('merges bounded miners without losing a key', () => {
    const a = mine(
      names((random) => `${word(random)}:${word(random)}`, 20_000),
      { maxNodes: 1024, maxCells: 512 },
    )
    const b = mine(application(2000), { maxNodes: 1024, maxCells: 512 })
    b.merge(a)
    const rows = b.result().rows
    expect(rows.reduce((sum, row) => sum + row.keys, 0)).toBe(34_000)
    for (const family of FAMILIES) {
      expect(rows.map((row) => `${row.pattern} ${row.type}`)).toContain(family)
    }
  })
})

describe('cutRows', () => {
  it('gathers the tail in [other] and keeps the sums', () => {
    const { rows } = mine(application(50)).result()
    const cut = cutRows(rows, 3)
    expect(cut).toHaveLength(4)
    const other = cut[3]!
    expect(other).toMatchObject({ pattern: '[other]', type: 'mixed', match: null, patterns: rows.length - 3 })
    for (const column of ['keys', 'ramBytes', 'overheadBytes', 'payloadBytes', 'rdbBytes', 'withoutTtl'] as const) {
      const sum = (list: typeof rows): number => list.reduce((total, row) => total + row[column], 0)
      expect(sum(cut)).toBe(sum(rows))
    }
    expect(cutRows(rows, 0)).toBe(rows)
    expect(cutRows(rows, rows.length - 1)).toBe(rows)
  })
})

describe('prefix tree', () => {
  it('adds up at every node', () => {
    const { tree } = mine(application(100)).result()
    expect(tree.keys).toBe(700)
    const visit = (node: typeof tree): void => {
      if (node.children.length === 0) return
      const below = node.children.reduce((sum, child) => sum + child.keys, 0)
      expect(below).toBeLessThanOrEqual(node.keys)
      for (const child of node.children) visit(child)
    }
    visit(tree)
    expect(tree.children.map((child) => child.name).sort()).toEqual([
      'board',
      'cart',
      'feature',
      'sess',
      'stats',
      'tag',
      'user',
    ])
  })
})

describe('patternOf', () => {
  it('names rows while they stream by, the same in any batches', () => {
    const names = (capacity: number): string[] => {
      const { miner } = new Patterns()
      const seen: string[] = []
      inBatches(
        application(60),
        (batch) => {
          for (let row = 0; row < batch.length; row++) seen.push(miner.patternOf(batch, row))
        },
        capacity,
      )
      return seen
    }
    expect(names(5)).toEqual(names(1000))
    expect(new Set(names(64))).toContain('stats:buy:{date}:{int}')
  })

  it('follows cells that are merged', () => {
    const { miner } = new Patterns()
    const tally = new Map<number, number>()
    miner.onMerged = (from, into) => {
      tally.set(into, (tally.get(into) ?? 0) + (tally.get(from) ?? 0))
      tally.delete(from)
    }
    const random = seeded(12)
    function* keys(): Generator<KeySpec> {
      for (let i = 0; i < 20_000; i++) yield { key: `${word(random)}:${word(random)}:${i % 3}` }
    }
    inBatches(keys(), (batch) => {
      for (let row = 0; row < batch.length; row++) {
        const cell = miner.cellOf(batch, row)
        miner.cells.stats[cell * 20]!++
        tally.set(cell, (tally.get(cell) ?? 0) + 1)
      }
    })
    let sum = 0
    for (const [cell, keys] of tally) {
      expect(miner.cells.live[cell]).toBe(1)
      expect(miner.cells.keys(cell)).toBe(keys)
      sum += keys
    }
    expect(sum).toBe(20_000)
  })
})

describe('cells that rows were told', () => {
  it('are those the rows are counted in, also where patterns are put together in the middle of a batch', () => {
    const miner = new PatternMiner({ maxNodes: 900, maxCells: 300 })
    const moved: number[] = []
    miner.onMerged = (from) => moved.push(from)
    const batch = new KeyBatch()
    const letters = 'abcdefghij'
    for (let row = 0; row < 2000; row++) {
      const word = [...String(row * 7919)].map((digit) => letters[Number(digit)]).join('')
      addKey(batch, { key: `${word.slice(0, 2)}:${word.slice(2, 4)}:${word.slice(4)}x` })
    }
    const cellOfRow = new Int32Array(batch.length)
    eachBlock(batch, (block) => miner.add(block, null, cellOfRow))
    expect(moved.length).toBeGreaterThan(0)
    const counted = new Map<number, number>()
    for (const cell of cellOfRow) counted.set(cell, (counted.get(cell) ?? 0) + 1)
    for (const [cell, keys] of counted) expect([cell, miner.cells.keys(cell)]).toEqual([cell, keys])
  })
})
