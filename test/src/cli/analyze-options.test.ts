import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnalysisReport } from '../../../reports/report.js'
import { withTreeDepth } from '../../../src/cli/environment.js'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { dump } from '../../helpers/dump.js'
import { FakeTerminal } from '../../helpers/terminal.js'

let folder = ''
const path = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-options-'))
  for (const [name, keys] of [
    ['small.rdb', 300],
    ['large.rdb', 900],
  ] as const) {
    const writer = dump().select(0)
    for (let i = 0; i < keys; i++) writer.type(0, `${i % 2 ? 'user' : 'cart'}:${i}:a`).string('x'.repeat(i % 40))
    writer.type(2, 'tags').len(20)
    for (let i = 0; i < 20; i++) writer.string(`member${i}`)
    await writeFile(path(name), writer.end())
  }
  await writeFile(path('groups.txt'), 'user:* people "Team A"\ncart:* shop\nnone:* gone\n')
  await writeFile(
    path('nodes.json'),
    JSON.stringify([
      [0, 12_000, ['a', 1, 'x']],
      [12_001, 16_383, ['b', 1, 'y']],
    ]),
  )
  await writeFile(path('bad.txt'), 'user:*\n')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function output(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new FakeTerminal()
  const stderr = new FakeTerminal()
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env: {}, version: '1', library })
  return { code, out: stdout.text, err: stderr.text }
}

async function reportOf(...args: readonly string[]): Promise<AnalysisReport> {
  return JSON.parse((await output(...args, '--format', 'json')).out) as AnalysisReport
}

describe('options of analyze', () => {
  it('--group-file adds up to the totals', async () => {
    const report = await reportOf(path('large.rdb'), '--group-file', path('groups.txt'))
    const rows = report.groups!
    expect(rows.map(({ group, owner, keys }) => [group, owner, keys])).toEqual([
      ['people', 'Team A', 450],
      ['shop', null, 450],
      ['gone', null, 0],
      ['[other]', null, 1],
    ])
    for (const column of ['keys', 'ramBytes', 'overheadBytes', 'payloadBytes', 'rdbBytes'] as const) {
      expect(rows.reduce((sum, row) => sum + row[column], 0)).toBeCloseTo(report.totals[column], 6)
    }
    expect(report.provenance.options).toMatchObject({ groupFile: path('groups.txt') })
    const { out } = await output(path('large.rdb'), '--group-file', path('groups.txt'))
    expect(out).toMatch(/\n {2}people +Team A +450 /)
  })

  it('--nodes and --shards tell what nodes hold, over all dumps', async () => {
    const args = [path('small.rdb'), path('large.rdb'), '--nodes', path('nodes.json'), '--shards', '2,5']
    const { slots, totals } = await reportOf(...args)
    expect(slots!.owners!.map((row) => row.node)).toEqual(['a:1', 'b:1'])
    expect(slots!.owners!.reduce((sum, row) => sum + row.ramBytes, 0)).toBe(totals.ramBytes)
    expect(slots!.shardPlans.map(({ shards }) => shards)).toEqual([2, 5])
    const { out } = await output(...args)
    expect(out).toContain('a:1')
    expect(out).toMatch(/! the dumps are uneven: .*large\.rdb holds [\d.]+ KiB,\s+1\.\d\d\s+times\s+the\s+mean/)
    expect(out).toMatch(/! the nodes are uneven: a:1 owns/)
  })

  it('--big-key and --big-key-preset say what is big', async () => {
    const report = await reportOf(path('small.rdb'), '--big-key', 'set.elements=20', '--big-key', 'string.bytes=38')
    expect(report.bigKeys.map((key) => key.type).sort()).toContain('set')
    expect(report.bigKeySummary.limits.string.bytes).toBe(38)
    expect(report.bigKeySummary.limits.set.elements).toBe(20)
    const azure = await reportOf(path('small.rdb'), '--big-key-preset', 'azure')
    expect(azure.bigKeySummary.preset).toBe('azure')
    expect(azure.provenance.options).toMatchObject({ bigKeyPreset: 'azure' })
  })

  it('--show-values names members, and nothing else does', async () => {
    const args = [path('small.rdb'), '--big-key', 'set.elements=20']
    const names = (report: AnalysisReport) => report.bigKeys[0]!.largestElements!.map(({ name }) => name)
    expect(names(await reportOf(...args))).toEqual([null, null, null])
    expect(names(await reportOf(...args, '--show-values'))).toEqual(['member10', 'member11', 'member12'])
    expect((await output('explain', path('small.rdb'), 'tags')).out).not.toContain('member1')
    expect((await output('explain', path('small.rdb'), 'tags', '--show-values')).out).toContain('member10')
  })

  it('--tree shows prefixes, with the dump behind it', async () => {
    for (const args of [
      ['--tree', path('small.rdb')],
      [path('small.rdb'), '--tree', '2'],
      [path('small.rdb'), '--tree=2'],
    ]) {
      const { code, out } = await output(...args)
      expect(code).toBe(0)
      expect(out).toMatch(/PREFIX TREE/)
      expect(out).toMatch(/\n {2}(user:\{int\}:a|user) +150 +49\.8/)
    }
    expect((await output(path('small.rdb'))).out).not.toContain('PREFIX TREE')
  })

  it('--delimiter and --csv-bom are for tables, too', async () => {
    const { out } = await output(path('small.rdb'), '--format', 'csv', '--delimiter', ';', '--csv-bom')
    expect(out.startsWith('\ufeffpattern;type;keys;')).toBe(true)
  })

  it('--bigkeys is a page of text', async () => {
    const { out } = await output(path('small.rdb'), '--bigkeys')
    expect(out).toMatch(/BIGGEST PER TYPE/)
    expect(out).toMatch(/set +tags +20 members/)
    expect(out).not.toContain('WITHOUT TTL')
    expect((await output(path('small.rdb'), '--bigkeys', '--format', 'json')).code).toBe(2)
  })

  it.each([
    [['--group-file', 'BAD'], 'line 1: a name is missing'],
    [['--nodes', 'BAD'], 'no node in it owns a slot'],
    [['--group-file', 'MISSING'], 'does not exist'],
    [['--shards', '0'], 'whole number of at least 1'],
    [['--shards', '20000'], 'there are 16384 slots'],
    [['--tree', '9'], 'keeps 8 levels'],
    [['--big-key', 'set=5'], 'is not a limit'],
    [['--big-key-preset', 'mine'], 'write one of default, alibaba'],
    [['--redact', 'some'], 'write one of none, ids, hash'],
    [['--delimiter', '.'], 'write one character'],
    [['--delimiter', ';;'], 'write one character'],
  ])('%j is explained', async (args, message) => {
    const files: Record<string, string> = { BAD: path('bad.txt'), MISSING: path('missing.txt') }
    const { code, out, err } = await output(path('small.rdb'), ...args.map((arg) => files[arg] ?? arg))
    expect(code).toBeGreaterThanOrEqual(2)
    expect(out).toBe('')
    expect(err.replace(/\s+/g, ' ')).toContain(message)
  })

  it('the METHOD says where the numbers come from', async () => {
    const { out } = await output(path('small.rdb'), '--set', 'hash-max-listpack-entries=7', '--db', '0')
    const method = out.slice(out.indexOf('\nMETHOD')).replace(/\s+/g, ' ')
    expect(method).toMatch(/SHA-256 [0-9a-f]{64} REDIS 12, rdb, checksum ok/)
    expect(method).toContain('Settings that are not the defaults: hash-max-listpack-entries 7.')
    expect(method).toContain('Options: db 0, set hash-max-listpack-entries=7.')
  })
})

describe('--tree', () => {
  it('takes a number that follows, and leaves everything else', () => {
    expect(withTreeDepth(['a.rdb', '--tree'], 3)).toEqual(['a.rdb', '--tree=3'])
    expect(withTreeDepth(['--tree', 'a.rdb'], 3)).toEqual(['--tree=3', 'a.rdb'])
    expect(withTreeDepth(['--tree', '5', 'a.rdb'], 3)).toEqual(['--tree=5', 'a.rdb'])
    expect(withTreeDepth(['--tree=4', '5'], 3)).toEqual(['--tree=4', '5'])
  })
})
