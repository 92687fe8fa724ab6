import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { version } from '../../../src/version.js'
import { dump } from '../../helpers/dump.js'
import { FakeTerminal } from '../../helpers/terminal.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-cli-nightly-'))
const before = process.cwd()
const NIGHT_SECONDS = Date.UTC(2026, 10, 19, 2) / 1000

function keys(count: number, ctime = NIGHT_SECONDS): Uint8Array {
  const writer = dump().aux('redis-ver', '7.4.1').aux('ctime', String(ctime)).select(0)
  for (let i = 0; i < count; i++) writer.type(0, `user:${i}:name`).string(`name of ${i}`)
  return writer.end()
}

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new FakeTerminal(), new FakeTerminal()]
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env: {}, version, library })
  return { code, out: stdout.text, err: stderr.text }
}

function config(name: string, text: string): string {
  writeFileSync(name, text)
  return name
}

const both = 'datasets:\n  - {name: a, sources: [a.rdb]}\n  - {name: b, sources: [b.rdb]}\n'

describe('rdblens nightly', () => {
  beforeAll(() => {
    process.chdir(folder)
    mkdirSync('dumps')
    writeFileSync('a.rdb', keys(100))
    writeFileSync('b.rdb', keys(50))
    writeFileSync('cut.rdb', keys(100).subarray(0, 900))
    writeFileSync('none.rdb', 'this is no dump at all, but a text')
    for (const shard of [1, 2]) writeFileSync(`dumps/cache-${shard}-2026-11-19.rdb`, keys(30 * shard))
    writeFileSync('dumps/users.rdb', keys(10))
  })
  afterAll(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })

  it('0: done, with the night on standard output', async () => {
    const { code, out, err } = await cli('nightly', '--config', config('ok.yaml', `${both}output: {folder: ok}\n`))
    expect(err).toContain('reports are in')
    expect(code).toBe(0)
    expect(out).toMatch(/^Night of 2026-11-19\n/)
    expect(out.split('\n').every((line) => line.length <= 80)).toBe(true)
    expect(existsSync('ok/index.html')).toBe(true)
    const again = await cli('nightly', '--config', 'ok.yaml', '--quiet')
    expect([again.code, again.out, again.err]).toEqual([0, '', ''])
  })

  it('1: a budget is broken', async () => {
    const budget = `${both}output: {folder: broken}\nbudgets: [{name: few, dataset: a, maxKeys: 99}]\n`
    const { code, out } = await cli('nightly', '--config', config('broken.yaml', budget))
    expect(out).toContain('! a: few: a has 100 keys, the budget is 99')
    expect(code).toBe(1)
    const warned = await cli('nightly', '--config', config('warned.yaml', budget.replace('99}', '99, severity: warn}')))
    expect(warned.code).toBe(0)
    expect(
      (
        await cli(
          'nightly',
          '--config',
          config('fail.yaml', `${budget.replace('99}', '99, severity: warn}')}failOn: warn\n`),
        )
      ).code,
    ).toBe(1)
  })

  it('2: the config is wrong, with its line', async () => {
    const { code, err } = await cli('nightly', '--config', config('wrong.yaml', `${both}budget: []\n`))
    expect(code).toBe(2)
    expect(err.replace(/\s+/g, ' ')).toContain(
      'wrong.yaml, line 4, budget: there is no such setting; did you mean budgets?',
    )
    expect((await cli('nightly')).err).toMatch(/no rdblens\.config\.yaml here/)
    expect((await cli('nightly', '--date', '2026-02-31', '--config', 'ok.yaml')).code).toBe(2)
  })

  it('3: nothing could be read', async () => {
    const only = 'datasets: [{name: a, sources: [none.rdb]}]\noutput: {folder: none}\n'
    const { code, err } = await cli('nightly', '--config', config('none.yaml', only))
    expect(code).toBe(3)
    expect(err).toContain('none.rdb')
    expect((await cli('nightly', '--config', config('lost.yaml', only.replace('none.rdb', 'lost-*.rdb')))).code).toBe(3)
  })

  it('4: some dumps could not be read whole', async () => {
    const some = both.replace('b.rdb', 'cut.rdb')
    expect((await cli('nightly', '--config', config('some.yaml', `${some}output: {folder: some}\n`))).code).toBe(4)
    const text = both.replace('b.rdb', 'none.rdb')
    const { code, out } = await cli('nightly', '--config', config('text.yaml', `${text}output: {folder: text}\n`))
    expect(code).toBe(4)
    expect(out).toMatch(/! b: .*none\.rdb/)
  })

  it('takes dumps from commands, without a shell', async () => {
    const command = `datasets:
  - name: fetched
    sources:
      - {name: one, command: [cat, a.rdb]}
      - {name: two, command: [sh, -c, "echo no such bucket >&2; exit 7"]}
      - {name: three, command: [cat, "a.rdb; echo"]}
output: {folder: fetched}
`
    const { code, out } = await cli('nightly', '--config', config('command.yaml', command), '--format', 'json')
    expect(code).toBe(4)
    const { datasets, date } = JSON.parse(out) as {
      date: string
      datasets: { shards: { status: string; keys: number; problem: string }[] }[]
    }
    expect(date).toBe('2026-11-19')
    const { shards } = datasets[0]!
    expect(shards.map(({ status, keys: count }) => `${status} ${count}`)).toEqual([
      'ok 100',
      'unreadable 0',
      'unreadable 0',
    ])
    expect(shards[1]!.problem).toMatch(/ended with 7: no such bucket/)
  })

  it('finds the newest night of sources with a date', async () => {
    writeFileSync('dumps/cache-1-2026-11-18.rdb', keys(5))
    const dated = 'datasets: [{name: cache, sources: ["dumps/cache-*-{date}.rdb"]}]\noutput: {folder: dated}\n'
    const { out } = await cli('nightly', '--config', config('dated.yaml', dated))
    expect(out).toMatch(/^Night of 2026-11-19\n[\s\S]* in 90 keys, 1 data set, 2 dumps/)
    const other = await cli('nightly', '--config', 'dated.yaml', '--date', '2026-11-18')
    expect(other.out).toMatch(/^Night of 2026-11-18\n[\s\S]* in 5 keys, 1 data set, 1 dump/)
    rmSync('dumps/cache-1-2026-11-18.rdb')
  })

  it('--init writes a config that is right, and --check says what it reads', async () => {
    const made = await cli('nightly', '--init', 'dumps', '-o', 'init.yaml')
    expect(made.code).toBe(0)
    const text = readFileSync('init.yaml', 'utf8')
    expect(text).toContain(
      '- name: cache\n    sources: ["dumps/cache-*-{date}.rdb"]\n    # 2 dumps of Redis 7.4.1: 90 keys',
    )
    expect(text).toContain('#   user:{int}:name')
    const { code, out } = await cli('nightly', '--check', '--config', 'init.yaml')
    expect(out).toBe(
      'cache\n  cache-1  dumps/cache-1-2026-11-19.rdb\n  cache-2  dumps/cache-2-2026-11-19.rdb\nusers\n  users  dumps/users.rdb\ninit.yaml is right.\n',
    )
    expect(code).toBe(0)
    expect((await cli('nightly', '--init', 'dumps', '-o', 'init.yaml')).code).toBe(2)
    // A config with paths from the root may be moved.
    const users = resolve('dumps/users.rdb')
    expect((await cli('nightly', '--init', users)).out).toContain(`sources: [${JSON.stringify(users)}]`)
  })

  it('history shows trends in 80 columns, as JSON and CSV', async () => {
    await cli('nightly', '--config', 'ok.yaml', '--date', '2026-11-18', '--quiet')
    const { out, code } = await cli('history', '--config', 'ok.yaml', '--measure', 'keys')
    expect(code).toBe(0)
    expect(out).toMatch(/^2026-11-18 to 2026-11-19, 2 nights, keys\n/)
    expect(out).toMatch(/ {2}user:\{int\}:name +100 +100 +0 +▄▄\n/)
    const csv = await cli('history', '--folder', 'ok', '--dataset', 'b', '--format', 'csv')
    expect(csv.out.split('\n')[1]).toMatch(/^2026-11-18,b,,,\d+,50$/)
    const { dates } = JSON.parse((await cli('history', '--folder', 'ok', '--format', 'json')).out) as {
      dates: string[]
    }
    expect(dates).toEqual(['2026-11-18', '2026-11-19'])
    expect((await cli('history', '--folder', 'nowhere')).code).toBe(3)
  })
})
