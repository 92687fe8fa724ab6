import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { dump } from '../../helpers/dump.js'
import { randomFrom } from '../../helpers/robustness.js'
import { FakeTerminal } from '../../helpers/terminal.js'
import { HOSTILE_KEYS } from '../../reports/keys/helpers.js'

/** What acts on a terminal: escape sequences, C1 controls, marks that reorder text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

let folder = ''
const path = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-compare-hostile-'))
  for (const [file, size] of [
    ['old', 100],
    ['new', 20_000],
  ] as const) {
    const writer = dump().select(0)
    for (const [index, key] of HOSTILE_KEYS.entries()) writer.type(0, key).string('v'.repeat(size + index))
    await writeFile(path(`${file}.rdb`), writer.end())
    for (const format of ['jsonl', 'csv']) {
      await output('keys', path(`${file}.rdb`), '--format', format, '-o', path(`${file}.${format}`))
    }
    for (const redact of ['none', 'ids', 'hash']) {
      const save = ['--redact', redact, '--save', path(`${file}-${redact}.json.gz`), '-o', path('unused')]
      await output('analyze', path(`${file}.rdb`), ...save)
    }
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function output(...args: readonly string[]): Promise<{ out: string; err: string; code: number }> {
  const stdout = new FakeTerminal()
  const stderr = new FakeTerminal()
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env: {}, version: '1', library })
  return { out: stdout.text, err: stderr.text, code }
}

describe('names from strangers', () => {
  for (const format of ['text', 'json', 'md', 'csv', 'html']) {
    it(`do nothing in compare --format ${format}, and are hidden where asked for`, async () => {
      for (const redact of ['none', 'ids', 'hash']) {
        for (const [before, after] of [
          ['old.rdb', 'new.rdb'],
          [`old-${redact}.json.gz`, `new-${redact}.json.gz`],
        ] as const) {
          const { out, code } = await output(
            'compare',
            path(before),
            path(after),
            '--format',
            format,
            '--redact',
            redact,
          )
          expect(code).toBe(0)
          expect(ACTING.exec(out)?.[0]).toBeUndefined()
          if (redact === 'hash' && format !== 'html') {
            expect(out).not.toMatch(/onerror|HYPERLINK|script>alert|naïve|kkkkkkkk/)
          }
        }
      }
    })
  }

  it('are escaped in CSV as analyze does, patterns and keys', async () => {
    const writer = dump().select(0)
    for (let i = 0; i < 40; i++) writer.type(0, `\u202etext\\\u2028:${i}`).string('v')
    await writeFile(path('marks.rdb'), writer.end())
    await writeFile(path('none.rdb'), dump().select(0).end())
    const folderOf = path('compared')
    const args = ['compare', path('none.rdb'), path('marks.rdb'), '--format', 'csv']
    const { out, code } = await output(...args)
    expect(code).toBe(0)
    expect(out).toContain('\\xe2\\x80\\xaetext')
    expect(ACTING.exec(out)?.[0]).toBeUndefined()
    await output(...args, '-o', `${folderOf}/`)
    const keys = await readFile(join(folderOf, 'big-keys.csv'), 'utf8')
    expect(keys).toContain('\\xe2\\x80\\xaetext\\\\\\xe2\\x80\\xa8:')
    expect(ACTING.exec(keys)?.[0]).toBeUndefined()
  })

  it('are read back from every export', async () => {
    for (const before of ['old.jsonl', 'old.csv']) {
      for (const after of ['old.rdb', 'old.jsonl', 'old.csv']) {
        const { out } = await output('compare', path(before), path(after), '--format', 'json')
        expect(JSON.parse(out)).toMatchObject({
          churn: { added: { keys: 0 }, removed: { keys: 0 }, same: HOSTILE_KEYS.length },
        })
      }
    }
  })

  it.each(['jsonl', 'csv'])('damaged exports (%s) are read, or refused in one sentence', async (format) => {
    const sound = await readFile(path(`old.${format}`))
    const random = randomFrom(7)
    const signs = Buffer.from('\\u"\'{}[],:-.eE0x\n\r\t\0\xff', 'latin1')
    let refused = 0
    for (let round = 0; round < 40; round++) {
      const damaged = Buffer.from(sound)
      for (let i = 0; i < 3; i++) damaged[random(damaged.length)] = signs[random(signs.length)]!
      await writeFile(path(`damaged.${format}`), damaged)
      const { err, code } = await output('compare', path(`damaged.${format}`), path('old.rdb'))
      expect([0, 3], `round ${round}: ${err}`).toContain(code)
      if (code === 3) refused++
    }
    expect(refused).toBeGreaterThan(5)
  })

  it('are merged from profiles', async () => {
    for (const redact of ['none', 'ids', 'hash']) {
      const { out, code } = await output('merge', path(`old-${redact}.json.gz`), path(`new-${redact}.json.gz`))
      expect(code).toBe(0)
      expect(ACTING.exec(out)?.[0]).toBeUndefined()
    }
  })
})
