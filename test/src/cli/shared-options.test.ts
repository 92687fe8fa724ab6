import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { dump } from '../../helpers/dump.js'
import { FakeTerminal } from '../../helpers/terminal.js'

let folder = ''
const path = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-shared-'))
  const writer = dump().select(0)
  for (let i = 0; i < 40; i++) writer.type(0, `user:${i}:mail`).string(`name${i}@example.com`)
  const whole = writer.end()
  await writeFile(path('whole.rdb'), whole)
  await writeFile(path('more.rdb'), new Uint8Array([...whole, 1, 2, 3]))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function rdblens(...args: readonly string[]) {
  return piped(null, ...args)
}

async function piped(input: string | null, ...args: readonly string[]) {
  const stdout = new FakeTerminal()
  const stderr = new FakeTerminal()
  const environment = {
    stdin: input === null ? new PassThrough() : createReadStream(input),
    stdout,
    stderr,
    env: {},
    version: '1.2.3',
    library,
  }
  const code = await run(args, environment)
  return { code, out: stdout.text, err: stderr.text.replace(/\s+/g, ' ') }
}

describe('options that all commands share', () => {
  const values: readonly (readonly string[])[] = [
    ['--db', '0'],
    ['--type', 'string'],
    ['--match', '*'],
    ['--match-re', '.'],
    ['--exclude', 'nothing'],
    ['--exclude-re', 'nothing$'],
    ['--min-bytes', '1'],
    ['--max-bytes', '1GB'],
    ['--ttl', 'none'],
    ['--target', 'redis-7.4'],
    ['--set', 'hash-max-ziplist-entries=4'],
    ['--bits', '64'],
    ['--allocator', 'jemalloc'],
    ['--now', '2026-11-19'],
    ['--separators', ':'],
    ['--top', '3'],
    ['--big-key-preset', 'azure'],
    ['--big-key', 'hash.elements=5'],
    ['--price-per-gib-month', '12.5'],
    ['--threads', '1'],
    ['--no-verify'],
    ['--salvage'],
    ['--redact', 'none'],
    ['--no-progress'],
    ['--no-color'],
    ['--strict'],
  ]

  it.each([
    ['analyze', '--no-savings'],
    ['keys'],
    ['export'],
    ['check'],
    ['simulate', '--no-plan', '--technique', 'drop-expired'],
    ['merge'],
  ])('%s takes each of them', async (...command) => {
    const codes: Record<string, number> = {}
    for (const option of values) {
      codes[option[0]!] = (await rdblens(...command, path('whole.rdb'), ...option, '--quiet')).code
    }
    expect(codes).toEqual(Object.fromEntries(values.map(([name]) => [name, 0])))
  })

  it('are taken by explain and compare', async () => {
    for (const option of values) {
      expect((await rdblens('explain', path('whole.rdb'), 'user:1:mail', ...option)).code, option[0]).toBe(0)
      expect((await rdblens('compare', path('whole.rdb'), path('whole.rdb'), ...option)).code, option[0]).toBe(0)
    }
  })

  it('says which ones have nothing to do', async () => {
    const { code, err } = await rdblens('keys', path('whole.rdb'), '--top', '3', '--price-per-gib-month=2')
    expect({ code, err }).toEqual({ code: 0, err: 'rdblens: --top, --price-per-gib-month: of no effect on keys ' })
    expect((await rdblens('keys', path('whole.rdb'), '--top', '3', '--quiet')).err).toBe('')
  })

  it('--strict makes a failure of a remark', async () => {
    const remark = /3 bytes behind the end of the RDB were passed over/
    for (const command of [['analyze', '--no-savings'], ['keys'], ['export'], ['merge'], ['check']]) {
      expect((await rdblens(...command, path('more.rdb'))).code, command[0]).toBe(0)
      expect((await rdblens(...command, path('more.rdb'), '--strict')).code, command[0]).toBe(4)
    }
    expect((await rdblens('keys', path('more.rdb'), '--strict')).err).toMatch(remark)
    expect((await rdblens('keys', path('more.rdb'), '--strict')).err).toContain('because of --strict')
  })

  it('simulate writes CSV as analyze does', async () => {
    const table = ['simulate', path('whole.rdb'), '--technique', 'drop-expired', '--format', 'csv']
    expect((await rdblens(...table, '--csv-bom', '--delimiter', ';')).out).toMatch(/^\ufefftechnique;status;effort;/)
    expect((await rdblens(...table, '--delimiter', 'ab')).code).toBe(2)
  })

  it('--redact holds for simulate and merge', async () => {
    const simulated = await rdblens('simulate', path('whole.rdb'), '--redact', 'hash', '--format', 'json', '--top', '0')
    expect(simulated.code).toBe(0)
    expect(simulated.out).not.toContain('mail')
    expect((await rdblens('simulate', path('whole.rdb'), '--format', 'json', '--top', '0')).out).toContain('mail')
    const merged = await rdblens('merge', path('whole.rdb'), '--redact', 'hash', '--format', 'json', '--top', '0')
    expect(merged.out).not.toContain('mail')
  })

  it('filters count for merge, and sizes of the target for the filters of export', async () => {
    const merged = await rdblens('merge', path('whole.rdb'), '--match', 'user:1*', '--format', 'json')
    expect(JSON.parse(merged.out).totals.keys).toBe(11)
    const small = await rdblens('export', path('whole.rdb'), '--min-bytes', '75', '--bits', '32')
    const large = await rdblens('export', path('whole.rdb'), '--min-bytes', '75', '--bits', '64')
    expect(small.out.split('\n').length).toBeLessThan(large.out.split('\n').length)
  })
})

describe('--config', () => {
  const file = async (text: string): Promise<string> => {
    await writeFile(path('options.yaml'), text)
    return path('options.yaml')
  }

  it('gives options that are not on the command line', async () => {
    const config = await file(
      'target: redis-6.2\nset: {hash-max-ziplist-entries: 4}\nmatch: ["user:1*", "user:2*"]\ntop: 3\nno-verify: true\n',
    )
    const { code, out, err } = await rdblens(path('whole.rdb'), '--no-savings', '--format', 'json', '--config', config)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { totals, provenance } = JSON.parse(out)
    expect(totals.keys).toBe(22)
    expect(JSON.stringify(provenance)).toContain('redis-6.2')
    const other = await rdblens('keys', path('whole.rdb'), `--config=${config}`, '--match', 'user:3:*')
    expect({ rows: other.out.trim().split('\n').length, err: other.err }).toEqual({ rows: 2, err: '' })
  })

  it('finds the files it names from its own folder', async () => {
    await writeFile(path('small.conf'), 'hash-max-ziplist-entries 7\n')
    const config = await file('conf: small.conf\n')
    const { out } = await rdblens(path('whole.rdb'), '--no-savings', '--format', 'json', '--config', config)
    expect(JSON.stringify(JSON.parse(out).provenance)).toContain('"hash-max-listpack-entries":7')
  })

  it('tells mistakes with their line', async () => {
    const of = async (text: string) => {
      const { code, err } = await rdblens('keys', path('whole.rdb'), '--config', await file(text))
      return `${code} ${err.replaceAll(folder, '.')}`
    }
    expect(await of('top: 3\ntarge: redis-7.2\n')).toBe(
      '2 rdblens: ./options.yaml, line 2: there is no option targe; did you mean target? ',
    )
    expect(await of('salvage: maybe\n')).toBe('2 rdblens: ./options.yaml, line 1, salvage: write true or false ')
    expect(await of('target: [a, b]\n')).toBe('2 rdblens: ./options.yaml, line 1, target: write one value ')
    expect(await of('- a\n')).toContain('write options by their names')
    expect(await of('a: [\n')).toMatch(/^2 rdblens: \.\/options\.yaml, line \d/)
    expect(await of('')).toMatch(/^0 /)
    expect((await rdblens('keys', path('whole.rdb'), '--config', path('none.yaml'))).code).toBe(2)
  })
})

describe('a wrong command line', () => {
  const told = async (...args: readonly string[]) => {
    const { code, err } = await rdblens(...args)
    return `${code} ${err.trim()}`
  }

  it('is told in words of the command', async () => {
    expect(await told('keys', path('whole.rdb'), '--big-key-prset', 'azure')).toBe(
      '2 rdblens: keys: there is no option --big-key-prset; did you mean --big-key-preset? (rdblens keys --help says more)',
    )
    expect(await told(path('whole.rdb'), '--nonsense')).toBe(
      '2 rdblens: analyze: there is no option --nonsense (rdblens analyze --help says more)',
    )
    expect(await told('explain', path('whole.rdb'))).toBe(
      '2 rdblens: rdblens explain <dump> <key>: an argument is missing (rdblens explain --help says more)',
    )
    expect(await told('targets', 'x')).toBe(
      '2 rdblens: rdblens targets has no use for "x" (rdblens targets --help says more)',
    )
    expect(await told('keys', path('whole.rdb'), '--bits', '16')).toBe('2 rdblens: --bits "16": write one of 32, 64')
    expect(await told('keys', path('whole.rdb'), '--target')).toBe(
      '2 rdblens: --target: its value is missing (rdblens keys --help says more)',
    )
  })

  it('names what was probably meant', async () => {
    expect(await told('simulate', path('whole.rdb'), '--technique', 'hyperlog')).toContain('did you mean hyperloglog?')
    expect(await told('techniques', 'bucket')).toContain('did you mean bucket-strings?')
    expect(await told('keys', path('whole.rdb'), '--tpye', 'hash')).toContain('did you mean --type?')
    expect(await told('--verison')).toContain('there is no option --verison; did you mean --version?')
    expect(await told('keys', '--formt=csv')).toContain('did you mean --format?')
    expect(await told('anaylze', path('whole.rdb'))).toContain('Did you mean rdblens analyze?')
    expect(await told('status')).toContain('If it was meant as a command: analyze, keys,')
  })

  it('is one when a file that an option names is none', async () => {
    for (const option of ['--conf', '--group-file', '--nodes']) {
      expect(await told(path('whole.rdb'), option, path('none'))).toContain(`2 rdblens: ${option}: ${path('none')}`)
      expect(await told(path('whole.rdb'), option, path('whole.rdb'))).toContain('is not a text file')
    }
  })
})

describe('standard input', () => {
  it('is one side of a comparison, and a part of a merge', async () => {
    const compared = await piped(path('whole.rdb'), 'compare', '-', path('whole.rdb'), '--format', 'json')
    expect({ code: compared.code, err: compared.err }).toEqual({ code: 0, err: '' })
    expect((await piped(path('whole.rdb'), 'compare', path('whole.rdb'), '-')).out).toContain('40 keys')
    expect((await piped(path('whole.rdb'), 'compare', '-', '-')).err).toContain('given more than once')
    const merged = await piped(path('whole.rdb'), 'merge', '-', '--format', 'json')
    expect(JSON.parse(merged.out).totals.keys).toBe(40)
  })
})

describe('check --target', () => {
  it('ends with 1 when that server does not load the dump', async () => {
    expect((await rdblens('check', path('whole.rdb'), '--target', 'redis-7.4')).code).toBe(0)
    const { code, out } = await rdblens('check', path('whole.rdb'), '--target', 'redis-6.2')
    expect(code).toBe(1)
    expect(out).toContain('Redis 6.2 does NOT load it')
  })
})

describe('remarks', () => {
  it('say that no key passed the filters, and that a dump was named twice', async () => {
    expect((await rdblens('keys', path('whole.rdb'), '--match', 'none')).err).toBe(
      'rdblens: no key passes the filters: 40 keys left out ',
    )
    const { out, err } = await rdblens('keys', path('whole.rdb'), path('whole.rdb'))
    expect(out.trim().split('\n')).toHaveLength(41)
    expect(err).toContain('was named more than once and is read once')
  })
})
