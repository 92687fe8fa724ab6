import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RdbError } from '../../../parsers/index.js'
import type { ProveReport } from '../../../reports/prove-report.js'
import type { AnalysisReport } from '../../../reports/report.js'
import type { SimulateReport } from '../../../reports/simulate-report.js'
import { checkDump } from '../../../src/check.js'
import type { FileOutcome, Library, ReadRequest } from '../../../src/cli/library.js'
import { run } from '../../../src/cli/run.js'
import { ClosedPipe } from '../../../src/io/output.js'
import { FakeTerminal } from '../../helpers/terminal.js'

/** One key in database 0, RDB 11, checksum switched off (zeros). */
const RDB = 'REDIS0011\xfe\x00\x00\x03one\x015\xff\0\0\0\0\0\0\0\0'
const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

let root = ''
const path = (name: string) => join(root, name)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-cli-'))
  await writeFile(path('dump.rdb'), bytes(RDB))
  await writeFile(path('cut.rdb'), bytes(RDB.slice(0, 14)))
  await writeFile(path('empty.rdb'), '')
  await writeFile(path('picture.rdb'), bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

const READ: FileOutcome['read'] = {
  name: 'dump.rdb',
  kind: 'rdb',
  compression: null,
  rdbStart: 0,
  rdbBytes: 25,
  inputBytes: 25,
  trailing: null,
  increments: [],
  notes: [],
  error: null,
  stopped: false,
  salvage: null,
}
const OUTCOME: FileOutcome = {
  read: READ,
  keys: 1,
  filteredKeys: 0,
  damagedKeys: 0,
  checksum: 'ok',
  warnings: [],
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly request: ReadRequest | undefined
}

/** Runs a command line against a library that remembers what it was asked for. */
async function ran(
  args: readonly string[],
  files: readonly FileOutcome[] = [OUTCOME],
  more: { readonly columns?: number; readonly fails?: Error } = {},
): Promise<Ran> {
  let request: ReadRequest | undefined
  const remember = (asked: ReadRequest): void => {
    request = asked
    if (more.fails !== undefined) throw more.fails
  }
  const library: Library = {
    analyze: async (asked) => {
      remember(asked)
      return { report: {} as AnalysisReport, files }
    },
    saveProfile: async () => 0,
    compareFiles: async () => {
      throw new Error('not asked for here')
    },
    streamKeys: async (asked, options, sink) => {
      remember(asked)
      for (const line of ['key,size\n', 'a,1\nb,2\n', 'c,3\n']) await sink(bytes(`${options.format}:${line}`))
      return files
    },
    exportDump: async (asked, _options, sink) => {
      remember(asked)
      await sink(bytes('{}\n'))
      return files
    },
    checkDump,
    explainKey: async (_input, asked) => {
      remember(asked)
      return null
    },
    simulate: async (asked) => {
      remember(asked)
      return { report: {} as SimulateReport, files }
    },
    rewriteDump: async (asked, _options, sink) => {
      remember(asked)
      await sink(bytes('*1\r\n$4\r\nPING\r\n'))
      return { files, notes: [] }
    },
    prove: async (asked) => {
      remember(asked)
      return {} as ProveReport
    },
    targets: [],
    reporters: [
      {
        id: 'text',
        title: 'Text',
        extension: '.txt',
        *render(_report, options) {
          yield `width ${options?.width} colors ${options?.colors} top ${options?.top}\n`
        },
      },
      {
        id: 'csv',
        title: 'Tables',
        extension: '.csv',
        *render() {
          yield 'first table\n'
        },
        files: () => [
          { name: 'types.csv', render: () => ['types\n'] },
          { name: 'keys.csv', render: () => ['keys\n'] },
        ],
      },
    ],
    targetIds: ['redis-7.2', 'redis-7.4'],
  }
  const stdout = new FakeTerminal(more.columns)
  const stderr = new FakeTerminal()
  const environment = { stdin: Readable.from([]), stdout, stderr, env: {}, version: '1.2.3', library }
  const code = await run(args, environment)
  return { code, out: stdout.text, err: stderr.text, request }
}

describe('rdblens', () => {
  it('means analyze when only a dump is named', async () => {
    const { code, out, err } = await ran([path('dump.rdb')])
    expect({ code, out, err }).toEqual({ code: 0, out: 'width 80 colors false top 10\n', err: '' })
    expect((await ran(['analyze', path('dump.rdb')])).out).toBe(out)
  })

  it('uses the width and colours of a terminal', async () => {
    expect((await ran([path('dump.rdb')], [OUTCOME], { columns: 132 })).out).toBe('width 132 colors true top 10\n')
    expect((await ran([path('dump.rdb'), '--no-color', '--top', '0'], [OUTCOME], { columns: 132 })).out).toBe(
      'width 132 colors false top 0\n',
    )
  })

  it('prints help and version on standard output', async () => {
    const help = await ran(['--help'])
    expect(help.code).toBe(0)
    expect(help.out).toContain('rdblens check <dump...>')
    expect(help.out.split('\n').every((line) => line.length <= 80)).toBe(true)
    expect(await ran(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n', err: '' })
    const keys = (await ran(['keys', '--help'])).out
    expect(keys).toContain('--compat')
    expect((await ran(['help', 'keys'])).out).toBe(keys)
    expect(keys).toMatch(/^ {60,}\[array\] \[required\]$/m)
    // Its arguments are called old and new; there is no other.
    expect((await ran(['compare', '--help'])).out).toMatch(/Positionals:\n {2}old /)
  })

  it.each([
    [[], /name a dump: rdblens dump\.rdb/],
    [['keys'], /keys <dump\.\.\.>: an argument is missing/],
    [['dump.rdb', '--bogus'], /there is no option --bogus/],
    [['dump.rdb', '--db', 'x'], /--db "x": write a whole number/],
    [['dump.rdb', '--type', 'table'], /--type "table": types are string, list/],
    [['dump.rdb', '--ttl', 'soon'], /"soon" is not a range/],
    [['dump.rdb', '--ttl', 'any', '--ttl', 'none'], /given more than once/],
    [['dump.rdb', '--min-bytes', 'big'], /"big" is not a size/],
    [['dump.rdb', '--match-re', '('], /is not a regular expression/],
    [['dump.rdb', '--target', 'redis-1.0'], /known are redis-7\.2, redis-7\.4/],
    [['dump.rdb', '--set', 'hash-max=1'], /no such setting/],
    [['dump.rdb', '--format', 'xml'], /formats of this command are text, csv/],
    [['dump.rdb', '--format', 'text', '--format', 'csv'], /only one --format can go to standard output/],
    [['keys', 'dump.rdb', '--csv-rows', '10'], /needs -o FILE/],
    [['keys', 'dump.rdb', '--delimiter', 'ab'], /write one character/],
    [['export', 'dump.rdb', '--binary', 'base64', '--format', 'resp'], /is about JSON/],
    [['-', '-'], /standard input \(-\) is given more than once/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, err, request } = await ran(args)
    expect({ code, out, request }).toEqual({ code: 2, out: '', request: undefined })
    expect(err.replace(/\s+/g, ' ')).toMatch(message)
    expect(err).toMatch(/^rdblens: /)
  })

  it.each([
    ['missing.rdb', /does not exist/],
    ['', /No such|directory without dumps|dump/],
  ])('%s cannot be read: exit code 3', async (name, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'rdblens-none-'))
    const { code, err } = await ran([join(folder, name)])
    await rm(folder, { recursive: true })
    expect(code).toBe(3)
    expect(err).toMatch(message)
    expect(err).toContain('Exit code 3.')
  })

  it('hands filters and settings over', async () => {
    const { request } = await ran([
      ...[path('dump.rdb'), '--db', '0,1', '--db', '15', '--type', 'hash,zset', '--match', 'user:*', '--match', 'a,b'],
      ...['--exclude-re', 'tmp$', '--min-bytes', '1KB', '--ttl', 'now~7d', '--now', '2026-11-19', '--no-verify'],
      ...['--target', 'redis-7.2', '--set', 'hash-max-ziplist-entries=64', '--bits', '32'],
    ])
    expect(request).toMatchObject({
      inputs: [{ path: path('dump.rdb'), name: 'dump.rdb' }],
      filter: {
        db: [0, 1, 15],
        type: ['hash', 'zset'],
        match: ['user:*', 'a,b'],
        excludeRe: ['tmp$'],
        minBytes: 1024,
        ttl: 'now~7d',
      },
      nowMs: Date.UTC(2026, 10, 19),
      verify: false,
      target: 'redis-7.2',
      settings: { 'hash-max-listpack-entries': 64 },
      bits: 32,
    })
  })

  it('reads standard input for a dash, in every place', async () => {
    for (const args of [['-'], ['analyze', '-'], ['keys', '-', '-o', '-'], ['export', '--db', '0', '-']]) {
      const { code, request } = await ran(args)
      expect(code).toBe(0)
      expect(request?.inputs).toMatchObject([{ path: '-', name: 'standard input' }])
    }
    expect((await ran(['-', path('dump.rdb')])).request?.inputs).toHaveLength(2)
  })

  it('takes no word behind -- for an option', async () => {
    for (const args of [
      ['--', '-dash.rdb'],
      ['keys', '--db', '0', '--', '-dash.rdb'],
      ['check', '-q', '--', '-dash.rdb'],
    ]) {
      const { code, err } = await ran(args)
      expect([code, err]).toEqual([3, expect.stringContaining('-dash.rdb does not exist')])
    }
    const { code, request } = await ran(['keys', '--', path('dump.rdb'), '-'])
    expect(code).toBe(0)
    expect(request?.inputs).toMatchObject([{ name: 'dump.rdb' }, { path: '-' }])
    expect((await ran(['targets', '--', '--x'])).err).toContain('no use for "--x"')
  })

  it('takes a name with dashes for that of a key', async () => {
    expect((await ran(['explain', path('dump.rdb'), '-'])).err).toContain('has no key -.')
    expect((await ran(['explain', '--', path('dump.rdb'), '--x'])).err).toContain('has no key --x.')
    expect((await ran(['keys', path('dump.rdb'), '--match', '-'])).request?.filter).toMatchObject({ match: ['-'] })
  })

  it('does not take a dump for the value of an option before it', async () => {
    const { request } = await ran(['--db', '0', path('dump.rdb')])
    expect(request?.inputs).toHaveLength(1)
  })

  it('reads settings from a redis.conf', async () => {
    await writeFile(path('redis.conf'), 'port 6379\nset-max-intset-entries 1024\n')
    const { request } = await ran([path('dump.rdb'), '--conf', path('redis.conf'), '--set', 'maxmemory=1gb'])
    expect(request?.settings).toEqual({ 'set-max-intset-entries': 1024, maxmemory: 2 ** 30 })
  })

  it('writes several formats, and formats of several files into a folder', async () => {
    const { code, out } = await ran([
      ...[path('dump.rdb'), '--format', 'text', '--format', `text:${path('a.txt')}`],
      ...['--format', `csv:${path('tables')}`],
    ])
    expect({ code, out }).toEqual({ code: 0, out: 'width 80 colors false top 10\n' })
    expect(await readFile(path('a.txt'), 'utf8')).toBe(out)
    expect((await readdir(path('tables'))).sort()).toEqual(['keys.csv', 'types.csv'])
    // A name that is a file's is a file, as on standard output.
    await ran([path('dump.rdb'), '--format', 'csv', '-o', path('one.csv')])
    expect(await readFile(path('one.csv'), 'utf8')).toBe((await ran([path('dump.rdb'), '--format', 'csv'])).out)
  })

  it('streams keys, to a file or split over files', async () => {
    expect((await ran(['keys', path('dump.rdb')])).out).toBe('csv:key,size\ncsv:a,1\nb,2\ncsv:c,3\n')
    expect(await ran(['keys', path('dump.rdb'), '-o', path('all.csv')])).toMatchObject({ code: 0, out: '', err: '' })
    expect(await readFile(path('all.csv'), 'utf8')).toContain('b,2')
    await ran(['keys', path('dump.rdb'), '-o', path('part.csv'), '--csv-rows', '2'])
    expect(await readFile(path('part.csv'), 'utf8')).toBe('csv:key,size\ncsv:a,1\nb,2\n')
    expect(await readFile(path('part-2.csv'), 'utf8')).toBe('csv:key,size\ncsv:c,3\n')
  })

  it('streams several formats, each in a reading of its own', async () => {
    const formats = [
      '--format',
      `csv:${path('k.csv')}`,
      '--format',
      `parquet:${path('k.parquet')}`,
      '--format',
      'jsonl',
    ]
    const { code, out } = await ran(['keys', path('dump.rdb'), '--compat', 'rdbtools', '--csv-rows', '1', ...formats])
    expect([code, out.slice(0, 10)]).toEqual([0, 'jsonl:key,'])
    expect((await readFile(path('k.parquet'), 'latin1')).slice(0, 12)).toBe('parquet:key,')
    expect(await readFile(path('k-2.csv'), 'latin1')).toContain('b,2')
    const both = ['--format', `resp:${path('e.resp')}`, '--format', 'json']
    expect((await ran(['export', path('dump.rdb'), ...both])).out).toBe('{}\n')
    expect(await readFile(path('e.resp'), 'latin1')).toBe('{}\n')
    const piped = await ran(['keys', '-', ...formats])
    expect([piped.code, piped.err]).toEqual([2, expect.stringContaining('read only once')])
  })

  it('says in one message what is cut, what is covered and what to do: exit code 4', async () => {
    const error = new RdbError(
      { code: 'truncated', what: 'the value', missingBytes: 3916 },
      { offset: 734003200, db: 0, key: 'user:42', typeId: 16, layout: 'hash-listpack' },
    )
    const { code, out, err } = await ran([path('dump.rdb')], [{ ...OUTCOME, keys: 1204551, read: { ...READ, error } }])
    expect(code).toBe(4)
    expect(out).toContain('width 80')
    expect(err).toBe(
      [
        'rdblens: dump.rdb is cut short: the value needs at least 3,916 more bytes',
        '         (byte 734003200 = 0x2bc00000, db 0, key "user:42", type 16',
        '         hash-listpack)',
        '         The result covers the 1,204,551 keys before it.',
        '         A copy that was interrupted, or that the server is still writing, looks',
        '         like this: copy it again.',
        '         Exit code 4.',
        '',
      ].join('\n'),
    )
  })

  it('says that a checksum is wrong even when it shall be quiet', async () => {
    const { code, err } = await ran([path('dump.rdb'), '--quiet'], [{ ...OUTCOME, checksum: 'wrong' }])
    expect(code).toBe(4)
    expect(err).toContain('dump.rdb has a wrong checksum')
  })

  it('names commands that are not included, and is silent about them when quiet', async () => {
    const trailing = {
      what: 'commands',
      bytes: 1234,
      commands: 17,
      names: [['SET', 16] as const, ['DEL', 1] as const],
      truncated: false,
      damage: null,
    } as const
    const files = [{ ...OUTCOME, read: { ...READ, kind: 'aof', trailing } as const }]
    const { code, err } = await ran([path('dump.rdb')], files)
    expect(code).toBe(0)
    expect(err.replace(/\s+/g, ' ')).toContain(
      'dump.rdb: 17 commands behind the RDB are not included (1,234 bytes; mostly SET, DEL)',
    )
    expect((await ran([path('dump.rdb'), '-q'], files)).err).toBe('')
  })

  it('does not let a file name steer the terminal', async () => {
    const { err } = await ran([path('\x1b[2Jgone.rdb')])
    expect(err).toContain('\\x1b[2Jgone.rdb')
    expect(err).not.toContain('\x1b')
  })

  it('ends quietly when the reader of a pipe went away', async () => {
    const { code, err } = await ran(['keys', path('dump.rdb')], [OUTCOME], { fails: new ClosedPipe() })
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('never writes over what it reads, by whatever name', async () => {
    await writeFile(path('kept.rdb'), bytes(RDB))
    await symlink(path('kept.rdb'), path('link.rdb'))
    const dump = path('kept.rdb')
    for (const args of [
      ['keys', dump, '-o', path('link.rdb')],
      ['analyze', path('link.rdb'), '--format', `text:${dump}`],
      ['analyze', dump, '--save', dump],
      ['check', dump, '-o', dump],
      ['compare', path('dump.rdb'), dump, '-o', dump],
    ]) {
      const { code, err } = await ran(args)
      expect([code, err.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining('would be written over')])
    }
    expect(await readFile(dump, 'latin1')).toBe(RDB)
    const same = await ran(['analyze', dump, '--format', `text:${path('a')}`, '--format', `csv:${path('a')}`])
    expect([same.code, same.err]).toEqual([2, expect.stringContaining('two formats')])
  })

  it('leaves no file behind when reading fails', async () => {
    const before = await readdir(root)
    await expect(
      ran(['keys', path('dump.rdb'), '-o', path('never.csv')], [], { fails: new Error('bug') }),
    ).rejects.toThrow('bug')
    expect(await readdir(root)).toEqual(before)
  })
})

describe('rdblens check', () => {
  it.each([
    ['dump.rdb', 0, /Good: 1 key with 1 element read to the end/],
    ['cut.rdb', 4, /CUT SHORT after 0 keys/],
    ['empty.rdb', 3, /NOT READABLE: empty\.rdb is empty/],
    ['picture.rdb', 3, /NOT READABLE: picture\.rdb is a PNG picture/],
  ])('%s: exit code %i', async (name, expected, message) => {
    const { code, out } = await ran(['check', path(name)])
    expect(code).toBe(expected)
    expect(out).toMatch(message)
    expect(out.split('\n').every((line) => line.length <= 80)).toBe(true)
  })

  it('gives the worst code of several dumps, and JSON as a list', async () => {
    const { code, out } = await ran(['check', path('dump.rdb'), path('cut.rdb'), '--format', 'json'])
    expect(code).toBe(4)
    expect(JSON.parse(out)).toMatchObject([{ verdict: 'ok' }, { verdict: 'cut', error: { code: 'truncated' } }])
  })

  it('writes both formats from one reading', async () => {
    const { code, out } = await ran([
      'check',
      path('dump.rdb'),
      '--format',
      'text',
      '--format',
      `json:${path('c.json')}`,
    ])
    expect([code, JSON.parse(await readFile(path('c.json'), 'utf8')).keys]).toEqual([0, 1])
    expect(out).toContain('checksum')
  })

  it('says nothing but the code when quiet', async () => {
    expect(await ran(['check', path('cut.rdb'), '--quiet'])).toMatchObject({ code: 4, out: '', err: '' })
  })
})
