import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unescapeBytes } from '../reports/escape.js'
import { run } from '../src/cli/run.js'
import * as library from '../src/index.js'
import { dump } from './helpers/dump.js'
import { FakeTerminal } from './helpers/terminal.js'
import { HOSTILE_KEYS, parseCsv } from './reports/keys/helpers.js'

/** What acts on a terminal: escape sequences, C1 controls, marks that reorder text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

let folder = ''
const path = (name: string): string => join(folder, name)
const names = HOSTILE_KEYS.map((key) => (typeof key === 'string' ? new TextEncoder().encode(key) : key))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-hostile-'))
  const writer = dump().select(0)
  for (const [index, name] of names.entries()) {
    writer.type(0, name).string('v'.repeat(12_000 + index))
    // The same as fields, which reports name, too.
    writer.type(4, `hash ${index}`).len(2).string(name).string('x'.repeat(200_000)).string('f').string('v')
    // And as members of a hash tag.
    writer.type(0, Uint8Array.of(0x7b, ...name, 0x7d)).string('tagged')
  }
  const whole = writer.end()
  await writeFile(path('whole.rdb'), whole)
  await writeFile(path('cut.rdb'), whole.slice(0, -100))
  // Cut inside the value of a key whose name clears the screen.
  const screen = dump().select(0).type(0, '\u001b[2J\u202e<b>').string('v'.repeat(5000)).end()
  await writeFile(path('screen.rdb'), screen.slice(0, -100))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function output(...args: readonly string[]): Promise<{ out: string; err: string }> {
  const stdout = new FakeTerminal()
  const stderr = new FakeTerminal()
  await run(args, { stdin: new PassThrough(), stdout, stderr, env: {}, version: '1', library })
  return { out: stdout.text, err: stderr.text }
}

const REDACTED = ['none', 'ids', 'hash'] as const

describe('names from strangers, in every format of every command', () => {
  const commands = [
    ...['text', 'json', 'md', 'csv', 'prom', 'html'].map((format) => ['analyze', '--format', format, '--top', '0']),
    ['analyze', '--bigkeys', '--top', '0'],
    ['analyze', '--tree', '8', '--top', '0'],
    ['keys', '--format', 'csv'],
    ['keys', '--format', 'jsonl'],
    ['check', '--format', 'text'],
    ['check', '--format', 'json'],
    ['export', '--format', 'jsonl'],
    ['export', '--format', 'json'],
  ]
  for (const redact of REDACTED) {
    it.each(commands.map((args) => [args.join(' '), args] as const))(
      `do nothing: %s, redacted: ${redact}`,
      async (_title, args) => {
        const [command, ...options] = args
        if (command === 'export' && redact !== 'none') return
        for (const file of ['whole.rdb', 'cut.rdb', 'screen.rdb']) {
          const { out, err } = await output(command!, path(file), ...options, '--redact', redact)
          expect(out.length + err.length).toBeGreaterThan(0)
          expect(ACTING.exec(out)?.[0]).toBeUndefined()
          expect(ACTING.exec(err)?.[0]).toBeUndefined()
          // The page carries programs of its own.
          if (redact === 'hash' && !args.includes('html'))
            expect(out + err).not.toMatch(/onerror|HYPERLINK|script>alert|naïve|kkkkkkkk/)
        }
      },
    )
  }

  it('become no markup in Markdown and HTML', async () => {
    const { out: markdown } = await output(path('whole.rdb'), '--format', 'md', '--top', '0')
    const outside = markdown.replace(/`[^`\n]*`/g, '').replaceAll(/<\/?sub>/g, '')
    expect(/.{0,20}(?:[<>]|\]\().{0,20}/.exec(outside)?.[0]).toBeUndefined()
    const { out: page } = await output(path('whole.rdb'), '--format', 'html')
    expect(page).not.toContain('<img src=x')
    expect(page).not.toContain('<script>alert')
  })

  it('become no formulas in CSV, and can be read back', async () => {
    await output(path('whole.rdb'), '--format', `csv:${path('tables')}`, '--top', '0')
    for (const file of await readdir(path('tables'))) {
      const rows = parseCsv(await readFile(join(path('tables'), file), 'utf8'))
      for (const cell of rows.slice(1).flat()) expect(cell).not.toMatch(/^[=+@\t\r]|^-(?!\d)/)
    }
    const rows = parseCsv((await output('keys', path('whole.rdb'))).out).slice(1)
    const read = new Set(rows.map((row) => Buffer.from(unescapeBytes(row[2]!)).toString('hex')))
    for (const name of names) expect(read.has(Buffer.from(name).toString('hex'))).toBe(true)
  })

  it('do nothing when one of them is explained, or is not there', async () => {
    for (const redact of REDACTED) {
      for (const format of ['text', 'json']) {
        for (const key of ['\u001b[2J\u001b[31mred', '=1+1', 'right\u202eto left', 'no \u001b[2J such key', 'hash 3']) {
          const { out, err } = await output('explain', path('whole.rdb'), key, '--format', format, '--redact', redact)
          expect(ACTING.exec(out + err)?.[0], key).toBeUndefined()
        }
      }
    }
  })
})
