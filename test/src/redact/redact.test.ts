import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RdbError } from '../../../parsers/index.js'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { NameRedactor } from '../../../src/redact/names.js'
import { dump } from '../../helpers/dump.js'
import { FakeTerminal } from '../../helpers/terminal.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('redacted names', () => {
  const hash = new NameRedactor('hash')
  const ids = new NameRedactor('ids', undefined, (name) => (name.length === 7 ? 'known:{*}' : null))

  it('are the first digits of their SHA-256, or their pattern', () => {
    const digest = createHash('sha256').update('user:42').digest('hex')
    expect(hash.name(bytes('user:42'))).toBe(`key-${digest.slice(0, 12)}`)
    expect(ids.name(bytes('user:42'))).toBe('known:{*}')
    expect(ids.name(bytes('user:1042'))).toBe('user:{int}')
    expect(ids.name(bytes('a:6f1ed002-ab55-4b4c-8a0c-1ddb04b5d5fb:b'))).toBe('a:{uuid}:b')
  })

  it('are bytes, not text', () => {
    const name = Uint8Array.of(0xff, 0x5c, 0x41)
    expect(hash.shown('\\xff\\\\A')).toBe(hash.name(name))
    expect(hash.name(name)).toBe(`key-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`)
  })

  it('keep the classes and separators of a pattern', () => {
    const word = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6)
    expect(hash.pattern('user:{int}:cart')).toBe(`${word('user')}:{int}:${word('cart')}`)
    expect(hash.pattern('{a|b}:{date}.{*}')).toBe(`{${word('a')}|${word('b')}}:{date}.{*}`)
    expect(hash.pattern('[other]')).toBe('[other]')
    expect(ids.pattern('user:{int}:cart')).toBe('user:{int}:cart')
  })

  it('stand in errors and warnings, too', () => {
    const at = { offset: 5, db: 0, key: 'user:alice', typeId: 0, layout: 'string' }
    const error = hash.error(new RdbError({ code: 'bad-value', what: 'odd' }, at))
    expect(error.message).toMatch(/^odd \(byte 5 = 0x5, db 0, key "key-[0-9a-f]{12}", type 0 string\)$/)
    expect(hash.sentence('odd (key "user:alice")', at)).toMatch(/^odd \(key "key-[0-9a-f]{12}"\)$/)
  })
})

/** No word of these names stands anywhere else in an output. */
const WORDS = ['zebrafink', 'quokkabar', 'wombatxyz', 'lemurious', 'narwhalik']
const FIELD = 'capybaras'

describe('no output shows a name that is hashed', () => {
  let folder = ''
  const path = (name: string): string => join(folder, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rdblens-redact-'))
    const writer = dump().select(0)
    for (let i = 0; i < 50; i++) writer.type(0, `${WORDS[i % 3]}:${i}:{${WORDS[3]}}`).string('x'.repeat(20_000))
    writer.type(4, WORDS[4]!).len(600)
    for (let i = 0; i < 600; i++) writer.string(`${FIELD}${i}`).string('y'.repeat(200))
    const whole = writer.end()
    await writeFile(path('whole.rdb'), whole)
    await writeFile(path('cut.rdb'), whole.slice(0, whole.length - 1000))
    await writeFile(path('groups.txt'), 'a* group\n')
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function output(...args: readonly string[]): Promise<{ code: number; text: string }> {
    const stdout = new FakeTerminal()
    const stderr = new FakeTerminal()
    const stdin = new PassThrough()
    const code = await run(args, { stdin, stdout, stderr, env: {}, version: '1', library })
    return { code, text: stdout.text + stderr.text }
  }

  const expectNone = (text: string, ids = false): void => {
    // Words of names may stand in a pattern, but no name of a key or field.
    if (ids) expect(text).not.toMatch(new RegExp(`(${[...WORDS.slice(0, 3)].join('|')}):\\d|${FIELD}\\d`))
    else for (const word of [...WORDS, FIELD]) expect(text.includes(word), word).toBe(false)
  }

  it.each(['text', 'json', 'md', 'prom', 'csv', 'html'])('of analyze as %s', async (format) => {
    for (const file of ['whole.rdb', 'cut.rdb']) {
      for (const redact of ['hash', 'ids']) {
        const { code, text } = await output(path(file), '--redact', redact, '--format', format, '--top', '0')
        expect(code).toBe(file === 'cut.rdb' ? 4 : 0)
        expect(text.length).toBeGreaterThan(200)
        expectNone(text, redact === 'ids')
      }
    }
  })

  it('of the page of big keys and the tree', async () => {
    expectNone((await output(path('whole.rdb'), '--redact', 'hash', '--bigkeys')).text)
    expectNone((await output('--tree', path('whole.rdb'), '--redact', 'hash')).text)
  })

  it('of the folder of CSV tables', async () => {
    await output(path('whole.rdb'), '--redact', 'hash', '--format', `csv:${path('tables')}`)
    const files = await readdir(path('tables'))
    expect(files).toContain('big_keys.csv')
    for (const file of files) expectNone(await readFile(join(path('tables'), file), 'utf8'))
  })

  it.each(['csv', 'jsonl'])('of keys as %s; the same key gets the same name, slots stay', async (format) => {
    const plain = (await output('keys', path('whole.rdb'), '--format', format)).text.trimEnd().split('\n')
    const hashed = (await output('keys', path('whole.rdb'), '--format', format, '--redact', 'hash')).text
    expectNone(hashed)
    expectNone((await output('keys', path('cut.rdb'), '--format', format, '--redact', 'hash')).text)
    const rows = hashed.trimEnd().split('\n')
    expect(rows).toHaveLength(plain.length)
    const slot = (row: string): string => (format === 'csv' ? row.split(',')[10]! : /"slot":(\d+)/.exec(row)![1]!)
    expect(rows.map(slot)).toEqual(plain.map(slot))
    expect(new Set(rows.map((row) => /key-[0-9a-f]{12}/.exec(row)?.[0])).size).toBe(format === 'csv' ? 52 : 51)
  })

  it('of explain, also when there is no such key', async () => {
    const found = await output('explain', path('whole.rdb'), WORDS[4]!, '--redact', 'hash')
    expect(found.code).toBe(0)
    expectNone(found.text)
    for (const format of ['text', 'json']) {
      const missing = await output(
        'explain',
        path('whole.rdb'),
        `${WORDS[0]}:x`,
        '--redact',
        'hash',
        '--format',
        format,
      )
      expect(missing.code).toBe(2)
      expectNone(missing.text)
    }
    expectNone((await output('explain', path('cut.rdb'), `${WORDS[0]}:x`, '--redact', 'hash')).text)
  })

  it('of check', async () => {
    const { code, text } = await output('check', path('cut.rdb'), '--redact', 'hash')
    expect(code).toBe(4)
    expect(text).toMatch(/key-[0-9a-f]{12}/)
    expectNone(text)
    expect((await output('check', path('cut.rdb'))).text).toContain(WORDS[4])
  })

  it('because export refuses, and values and redaction exclude each other', async () => {
    expect(await output('export', path('whole.rdb'), '--redact', 'ids')).toMatchObject({
      code: 2,
      text: expect.stringContaining('--redact does not touch'),
    })
    expect((await output(path('whole.rdb'), '--redact', 'ids', '--show-values')).code).toBe(2)
  })
})
