import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareHtml } from '../../../reports/compare/html.js'
import { type CompareTable, compareTables } from '../../../reports/compare/tables.js'
import type { ChangedKey, CompareReport } from '../../../reports/compare-report.js'
import type { ComparePage } from '../../../reports/html/page-data.js'
import { run } from '../../../src/cli/run.js'
import { KeyTable, keysWithin } from '../../../src/compare/key-table.js'
import * as library from '../../../src/index.js'
import { memoryBudget } from '../../../src/memory-budget.js'
import { dump } from '../../helpers/dump.js'
import { pageDataOf } from '../../helpers/page-data.js'
import { FakeTerminal } from '../../helpers/terminal.js'

let folder = ''
const path = (name: string): string => join(folder, name)
const NOW_MS = 1_790_000_000_000
const DAY_MS = 86_400_000

/** Two nights: sessions leak, carts grow and become hash tables, one big key is new, one is gone, a pattern vanishes. */
function night(second: boolean): Uint8Array {
  const now = String((second ? NOW_MS + DAY_MS : NOW_MS) / 1000)
  const writer = dump().u8(0xfa).string('redis-ver').string('7.4.1').u8(0xfa).string('ctime').string(now).select(0)
  for (let i = 0; i < 300; i++) {
    if (!second || i % 3 !== 0) writer.u8(0xfc).ms(NOW_MS + 3 * DAY_MS)
    writer.type(0, `session:${1000 + i + (second ? 50 : 0)}`).string('x'.repeat(100))
  }
  for (let i = 0; i < 60; i++) {
    const fields = second ? 8 : 4
    writer.type(4, `cart:${i}`).len(fields)
    for (let f = 0; f < fields; f++) writer.string(`item${f}`).string(second ? 'y'.repeat(80) : 'y')
  }
  if (second) writer.type(0, 'blob:é\\x\xffnew').string('z'.repeat(50_000))
  else {
    writer.type(0, '=blob:old').string('z'.repeat(40_000))
    for (let i = 0; i < 40; i++) writer.type(0, `flag:${i}:on`).string('1')
  }
  return writer.end()
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-compare-'))
  for (const [name, second] of [
    ['old', false],
    ['new', true],
  ] as const) {
    await writeFile(path(`${name}.rdb`), night(second))
    for (const format of ['jsonl', 'csv'] as const) {
      const file = path(`${name}.${format}`)
      await cli('keys', path(`${name}.rdb`), '--format', format, '-o', file)
    }
    await cli('analyze', path(`${name}.rdb`), '--format', 'json', '-o', path(`${name}.json`), '--top', '0')
    await cli('analyze', path(`${name}.rdb`), '--save', path(`${name}.profile.json.gz`), '-o', path('unused.txt'))
    const rows = (await readFile(path(`${name}.jsonl`), 'utf8')).trimEnd().split('\n')
    await writeFile(path(`${name}-array.json`), `[${rows.join(',\n')}]`)
    const pretty = JSON.stringify(
      rows.map((row) => ({ extra: { a: ['}', 1, null] }, ...JSON.parse(row) })),
      null,
      2,
    )
    await writeFile(path(`${name}-pretty.json.gz`), gzipSync(pretty))
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function cli(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new FakeTerminal()
  const stderr = new FakeTerminal()
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env: {}, version: '1', library })
  return { code, out: stdout.text, err: stderr.text }
}

async function compared(before: string, after: string, ...args: readonly string[]): Promise<CompareReport> {
  const { out, err } = await cli('compare', path(before), path(after), '--format', 'json', '--top', '0', ...args)
  expect(err).toBe('')
  return JSON.parse(out) as CompareReport
}

describe('compare', () => {
  it('finds the leak, the growth, the new and the gone in two dumps', async () => {
    const report = await compared('old.rdb', 'new.rdb')
    expect(report.days).toBe(1)
    expect(report.totals.keys).toMatchObject({ old: 401, new: 361, change: -40 })
    expect(report.patternSummary).toMatchObject({ new: 1, gone: 2 })
    const pattern = (name: string) => report.patterns.find((row) => row.pattern === name)!
    expect(pattern('flag:{int}:on')).toMatchObject({ state: 'gone', keys: { old: 40, new: 0 } })
    expect(pattern('session:{int}')).toMatchObject({
      withoutTtl: { old: 0, new: 100 },
      churn: { added: { keys: 50 }, removed: { keys: 50 }, same: 250 },
    })
    expect(report.ttl.drift).toMatchObject([
      { pattern: 'session:{int}', withoutTtlShare: { old: 0, new: 1 / 3 }, medianTtlMs: { old: expect.any(Number) } },
    ])
    expect(report.encodingChanges.map(({ pattern: name, encoding, share }) => [name, encoding, share.new])).toEqual([
      ['cart:{int}', 'hashtable', 1],
      ['cart:{int}', 'listpack', 0],
    ])
    expect(report.bigKeys.slice(0, 3).map(({ key, state }) => [key, state])).toEqual([
      [expect.stringContaining('blob:'), 'new'],
      ['=blob:old', 'gone'],
      [expect.stringMatching(/^cart:/), 'grown'],
    ])
    expect(report.churn).toMatchObject({
      added: { keys: 51 },
      removed: { keys: 91 },
      grown: { keys: 60 },
      same: 250,
    })
    const sum = report.patterns.reduce((total, row) => total + row.ramBytes.change, 0)
    expect(sum).toBe(report.totals.ramBytes.change)
  })

  it('says the same of profiles, and of exports of keys in every layout', async () => {
    const whole = await compared('old.rdb', 'new.rdb')
    const essence = ({ totals, patterns, types, encodings, patternSummary }: CompareReport): unknown => ({
      keys: totals.keys,
      ramBytes: totals.ramBytes,
      withoutTtl: totals.withoutTtl,
      patterns: patterns.map(({ pattern, type, state, keys, ramBytes }) => ({ pattern, type, state, keys, ramBytes })),
      types,
      encodings,
      patternSummary,
    })
    const profiles = await compared('old.profile.json.gz', 'new.profile.json.gz')
    expect(essence(profiles)).toEqual(essence(whole))
    expect(profiles.ttl).toEqual(whole.ttl)
    expect(profiles.churn).toBeNull()
    expect(essence(await compared('old.json', 'new.json'))).toEqual(essence(whole))
    expect(essence(await compared('old.profile.json.gz', 'new.json'))).toEqual(essence(whole))
    for (const [before, after] of [
      ['old.jsonl', 'new.csv'],
      ['old.csv', 'new-array.json'],
      ['old-array.json', 'new-pretty.json.gz'],
      ['old-pretty.json.gz', 'new.rdb'],
    ] as const) {
      const report = await compared(before, after)
      expect(essence(report)).toEqual(essence(whole))
      expect(report.churn).toEqual(whole.churn)
      expect(report.bigKeys.map(({ key, state, change }) => [key, state, change])).toEqual(
        whole.bigKeys.map(({ key, state, change }) => [key, state, change]),
      )
    }
  })

  it('--fail-on gives exit code 1 and says why', async () => {
    const conditions = ['--fail-on', 'growth>10%', '--fail-on', 'new-big-keys>0', '--fail-on', 'keys<-50%']
    const { code, err } = await cli('compare', path('old.rdb'), path('new.rdb'), ...conditions)
    expect(code).toBe(1)
    expect(err).toMatch(/--fail-on growth>10%: memory of all keys: [\d.]+ %; the limit is > 10 %\./)
    expect(err.replace(/\s+/g, ' ')).toContain(
      '--fail-on new-big-keys>0: new keys of 10 KiB or more: 1; the limit is > 0. Exit code 1.',
    )
    expect(err).not.toContain('keys<-50%')
    expect((await cli('compare', path('old.rdb'), path('old.rdb'), ...conditions)).code).toBe(0)
    const bad = await cli('compare', path('old.rdb'), path('new.rdb'), '--fail-on', 'growth=10')
    expect(bad).toMatchObject({ code: 2, err: expect.stringContaining('"growth=10" is not a condition') })
  })

  it('--fail-on sees what is new, however much else has changed', async () => {
    const keys = (name: string, count: number, bytes: number): string =>
      Array.from(
        { length: count },
        (_, i) => `${JSON.stringify({ key: `${name}:${i}`, type: 'string', ramBytes: bytes })}\n`,
      ).join('')
    await writeFile(path('before.jsonl'), keys('gone', 600, 90_000))
    await writeFile(path('after.jsonl'), keys('new', 700, 20_000))
    const { code, err } = await cli(
      'compare',
      path('before.jsonl'),
      path('after.jsonl'),
      '--fail-on',
      'new-big-keys>699',
    )
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining('10 KiB or more: 700; the limit is > 699'),
    ])
    const held = await cli('compare', path('before.jsonl'), path('after.jsonl'), '--fail-on', 'new-big-keys>700')
    expect(held.code).toBe(0)
  })

  it('--fail-on sees the key that grew most for its size, however many grew by more bytes', async () => {
    const keys = (one: number, others: number): string =>
      [{ key: 'one', ramBytes: one }, ...Array.from({ length: 600 }, (_, i) => ({ key: `k:${i}`, ramBytes: others }))]
        .map((row) => `${JSON.stringify({ ...row, type: 'string' })}\n`)
        .join('')
    await writeFile(path('small.jsonl'), keys(10_240, 1_000_000))
    await writeFile(path('large.jsonl'), keys(20_480, 1_100_000))
    const grown = await cli('compare', path('small.jsonl'), path('large.jsonl'), '--fail-on', 'big-key-growth>99%')
    expect([grown.code, grown.err.replace(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining('one: 100 %; the limit is'),
    ])
    const shrunk = await cli('compare', path('large.jsonl'), path('small.jsonl'), '--fail-on', 'big-key-growth<-49%')
    expect([shrunk.code, shrunk.err.replace(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringContaining('one: -50 %; the limit'),
    ])
    const held = await cli('compare', path('small.jsonl'), path('large.jsonl'), '--fail-on', 'big-key-growth>100%')
    expect(held.code).toBe(0)
  })

  it('says when one side has more dumps', async () => {
    await mkdir(path('shards'), { recursive: true })
    await mkdir(path('profiles'), { recursive: true })
    for (const name of ['a', 'b']) {
      await writeFile(path(`shards/${name}.rdb`), night(true))
      await copyFile(path('new.profile.json.gz'), path(`profiles/${name}.profile.json.gz`))
    }
    for (const [before, after] of [
      ['old.rdb', 'shards'],
      ['old.profile.json.gz', 'profiles'],
      ['old.json', 'profiles'],
    ] as const) {
      expect((await compared(before, after)).notes).toContain('The old side has 1 dump, the new side 2.')
    }
    expect((await compared('old.rdb', 'new.rdb')).notes).toEqual([])
  })

  it('has tables to sort by numbers, with names that can be read back', async () => {
    const tables = compareTables(await compared('old.rdb', 'new.rdb'))
    expect(tables.map(({ id }) => id)).toEqual([
      ...['patterns', 'big-keys', 'ttl', 'encoding-changes', 'ttl-buckets', 'types', 'encodings'],
    ])
    for (const { title, columns } of tables) {
      for (const { title: column, align, value } of columns) {
        if (align === 'right') expect(value, `${title}, ${column}`).toBeDefined()
      }
    }
    const keys = tables[1] as unknown as CompareTable<ChangedKey>
    const names = keys.rows.map((row) => keys.columns[0]!.text(row))
    expect(names).toContain('blob:é\\\\xÿnew')
  })

  it('has lines that fit, and hides nothing behind names', async () => {
    const { out } = await cli('compare', path('old.rdb'), path('new.rdb'))
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    expect(out).toContain('session:{int}')
    const markdown = await cli('compare', path('old.rdb'), path('new.rdb'), '--format', 'md')
    expect(markdown.out).toContain('## Patterns')
    await cli('compare', path('old.rdb'), path('new.rdb'), '--format', `csv:${path('csv')}`)
    expect((await readdir(path('csv'))).sort()).toEqual([
      'big-keys.csv',
      'databases.csv',
      'encodings.csv',
      'patterns.csv',
      'ttl.csv',
    ])
    expect(await readFile(path('csv/big-keys.csv'), 'utf8')).toContain('\\x3dblob:old')
    const page = await cli('compare', path('old.rdb'), path('new.rdb'), '--format', 'html')
    expect(page.out).toContain("default-src 'none'")
    expect(page.out.length).toBeLessThan(2_000_000)
    const hidden = await cli('compare', path('old.rdb'), path('new.rdb'), '--redact', 'ids', '--format', 'json')
    expect(hidden.out).not.toMatch(/cart:\d/)
  })

  it('has a page of at most 2 MB whose columns add up', async () => {
    const report = await compared('old.rdb', 'new.rdb')
    const pattern = report.patterns.find(({ state }) => state === 'grown')!
    const names = Array.from({ length: 30_000 }, (_, i) => createHash('sha256').update(`${i}`).digest('base64'))
    const page = [...compareHtml({ ...report, patterns: names.map((name) => ({ ...pattern, pattern: name })) })].join(
      '',
    )
    expect(page.length).toBeLessThan(2_000_000)
    const { cutTo, report: cut } = pageDataOf<ComparePage>(page)
    expect(cut.patterns).toHaveLength(cutTo! + 1)
    expect(cut.patterns.at(-1)).toMatchObject({
      pattern: '[other]',
      patterns: (names.length - cutTo!) * pattern.patterns,
    })
    for (const column of ['keys', 'ramBytes', 'payloadBytes', 'withoutTtl'] as const) {
      const sum = cut.patterns.reduce((all, row) => all + row[column].change, 0)
      expect(sum, column).toBe(pattern[column].change * names.length)
    }
  })

  it('refuses what cannot be compared, with what to do', async () => {
    await writeFile(path('odd.jsonl'), '{"a":1}\n')
    await writeFile(path('cut.jsonl'), (await readFile(path('old.jsonl'))).subarray(0, 500))
    await writeFile(path('table.csv'), 'a,b\n1,2\n')
    await writeFile(path('other.json'), '{"schemaVersion":1,"x":2}')
    for (const [name, message] of [
      ['odd.jsonl', 'odd.jsonl is no export of keys: row 1 has no key'],
      ['cut.jsonl', 'is cut short in row 2'],
      ['table.csv', 'does not name the columns key and size_in_bytes'],
      ['other.json', 'other.json is no report of analyze: it has no provenance'],
      ['missing', 'does not exist'],
    ] as const) {
      const other = name.endsWith('.json') ? path('new.json') : path('new.jsonl')
      const { code, err } = await cli('compare', path(name), other)
      expect(code).toBe(3)
      expect(err.replace(/\n\s+/g, ' ')).toContain(message)
    }
    const mixed = await cli('compare', path('old.jsonl'), path('new.profile.json.gz'))
    expect(mixed).toMatchObject({ code: 3, err: expect.stringContaining('cannot be compared') })
  })
})

describe('the table of keys', () => {
  it('takes what --max-memory leaves for it', () => {
    const most = (megabytes: number): number => keysWithin(memoryBudget(megabytes * 2 ** 20).comparedKeysBytes)
    expect([128, 250, 500].map(most)).toEqual([377_487, 3_019_898, 12_079_595])
    expect(keysWithin(0)).toBe(188_743)
  })

  it('holds a share of the keys when they are too many, and all of them in turns', () => {
    const table = new KeyTable(1000)
    const keys = Array.from(
      { length: 5000 },
      (_, i) => [Math.imul(i + 1, 0x9e3779b1) >>> 0, Math.imul(i + 7, 0x85ebca6b) >>> 0] as const,
    )
    const found = new Set<number>()
    let left = 0
    for (let turn = 0; turn < table.share; turn++) {
      if (turn > 0) table.clear(turn)
      for (const [i, [a, b]] of keys.entries()) table.add(a, b, i, i % 10)
      expect(table.size).toBeLessThanOrEqual(1000)
      for (const [i, [a, b]] of keys.entries()) {
        if (i % 2 === 0 || !table.holds(b)) continue
        expect(table.take(a, b)).toBe(i)
        expect(table.take(a, b)).toBe(-1)
        found.add(i)
      }
      table.forEachLeft((bytes, group) => {
        expect(bytes % 2).toBe(0)
        expect(group).toBe(bytes % 10)
        left++
      })
    }
    expect(table.share).toBeGreaterThanOrEqual(8)
    expect(found.size).toBe(2500)
    expect(left).toBe(2500)
  })
})
