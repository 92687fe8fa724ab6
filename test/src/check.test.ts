import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckReport } from '../../reports/check-report.js'
import { checkJson, checkText } from '../../reports/check-text.js'
import { type CheckOptions, checkDump } from '../../src/check.js'
import { loadableBy } from '../../src/loadable.js'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
const NO_CHECKSUM = '\0\0\0\0\0\0\0\0'
const AUX = '\xfa\x09redis-ver\x057.2.6\xfa\x05ctime\xc2\x00\x5e\xd0\x65'
const ONE = '\x00\x03one\x015'
/** Listpack of 2 entries, "a" and "b", as the value of a hash. */
const LISTPACK = '\x0d\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-check-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function check(text: string, options?: CheckOptions): Promise<CheckReport> {
  const path = join(root, 'dump.rdb')
  await writeFile(path, bytes(text))
  return checkDump(path, options)
}

const textOf = (report: CheckReport) => [...checkText(report)].join('')

describe('checkDump', () => {
  it('counts a good dump', async () => {
    const report = await check(`REDIS0011${AUX}\xfe\x00${ONE}\xfe\x02\xfd\x00\x5e\xd0\x65${ONE}\xff${NO_CHECKSUM}`)
    expect(report).toMatchObject({
      verdict: 'ok',
      kind: 'rdb',
      magic: 'REDIS',
      rdbVersion: 11,
      server: 'Redis 7.2.6',
      dumpTimeMs: 0x65d05e00 * 1000,
      checksum: { state: 'disabled' },
      keys: 2,
      expiringKeys: 1,
      databases: [
        { db: 0, keys: 1 },
        { db: 2, keys: 1 },
      ],
      layouts: [{ layout: 'string', type: 'string', keys: 2, elements: 2 }],
      loads: ['Redis 7.2 or later', 'every Valkey'],
      warnings: [],
      error: null,
    })
    const text = textOf(report)
    expect(text).toContain('dump.rdb   Redis 7.2.6 (RDB 11)   taken 2024-02-17')
    expect(text).toContain('Good: 2 keys with 2 elements read to the end, nothing is wrong.')
    expect(text).toContain('databases with keys: 0 (1), 2 (1)')
  })

  it('says whether a server that is asked about loads it, and what that server could not hold', async () => {
    const sample = fileURLToPath(new URL('../../samples/redis-7.4.1/expired.rdb', import.meta.url))
    const on = async (target: string) => (await checkDump(sample, { target })).target
    expect(await on('redis-6.2')).toEqual({
      id: 'redis-6.2',
      title: 'Redis 6.2',
      loads: false,
      newestRdbVersion: 9,
      lacks: [
        { what: 'hashes with fields that expire', count: 30 },
        { what: 'function libraries', count: 2 },
      ],
      needs: [],
    })
    expect(await on('redis-8.0')).toMatchObject({ loads: true, lacks: [] })
    expect(await on('valkey-9.0')).toMatchObject({ loads: false, newestRdbVersion: 11, lacks: [] })
    expect(await on('valkey-8.0')).toMatchObject({ loads: false, lacks: [{ count: 30 }] })
    expect(await on('keydb-6.3')).toMatchObject({ loads: false, newestRdbVersion: 9 })
    const text = textOf(await checkDump(sample, { target: 'redis-6.2' })).replace(/\s+/g, ' ')
    expect(text).toContain('Redis 6.2 does NOT load it: it reads RDB versions up to 9, this is 12.')
    expect(text).toContain('What it cannot hold: 30 hashes with fields that expire, 2 function libraries.')
    const valkey = await check(`VALKEY080\xfe\x00${ONE}\xff${NO_CHECKSUM}`, { target: 'redis-7.4' })
    expect(valkey.target).toMatchObject({ loads: false, newestRdbVersion: null })
    expect(textOf(valkey)).toContain('it reads no VALKEY files')
    expect((await check(`REDIS0011\xfe\x00${ONE}\xff${NO_CHECKSUM}`)).target).toBeNull()
  })

  it('refuses a server that is not known', async () => {
    await expect(check(`REDIS0011${AUX}\xff${NO_CHECKSUM}`, { target: 'redis-9.9' })).rejects.toThrow(
      /no target "redis-9.9"/,
    )
  })

  it('says that the checksum is wrong', async () => {
    const report = await check(`REDIS0011\xfe\x00${ONE}\xff12345678`)
    expect(report).toMatchObject({ verdict: 'damaged', keys: 1, error: null, checksum: { state: 'wrong' } })
    expect(textOf(report).replace(/\s+/g, ' ')).toContain('they were changed after the save')
  })

  it('goes on behind a value that is damaged inside, and names it', async () => {
    const damaged = LISTPACK.replace('\x02\x81b', '\x07\x81b')
    const hash = `\x10\x04user${String.fromCharCode(damaged.length)}${damaged}`
    const report = await check(`REDIS0011\xfe\x00${hash}${ONE}\xff${NO_CHECKSUM}`)
    expect(report).toMatchObject({ verdict: 'damaged', keys: 2, damagedKeys: 1, error: null })
    expect(report.warnings[0]?.message).toContain('key "user"')
    expect(textOf(report)).toContain('FINDINGS')
  })

  it('shows damage in compressed strings, which a quick reader never decodes', async () => {
    // LZF: a literal run of one byte, then a reference to before the start.
    const value = '\xc3\x05\x0a\x00a\x20\x09\x00'
    const report = await check(`REDIS0011\xfe\x00\x00\x03one${value}${ONE}\xff${NO_CHECKSUM}`)
    expect(report.verdict).toBe('damaged')
  })

  it('tells a cut from damage', async () => {
    const report = await check(`REDIS0011\xfe\x00${ONE}\x00\x03two\x40`)
    expect(report).toMatchObject({ verdict: 'cut', keys: 1, error: { code: 'truncated' } })
    expect(textOf(report)).toContain('CUT SHORT after 1 key with 1 element.')
    const unknown = await check(`REDIS0011\xfe\x00${ONE}\xc8`)
    expect(unknown).toMatchObject({ verdict: 'damaged', keys: 1, error: { code: 'unknown-type' } })
  })

  it('remarks on a newer version and on what follows the end', async () => {
    const report = await check(`REDIS9999\xfe\x00${ONE}\xff${NO_CHECKSUM}rubbish`)
    expect(report).toMatchObject({ verdict: 'odd', loads: [], warningCounts: { 'newer-version': 1 } })
    expect(report.trailing).toMatchObject({ what: 'unknown', bytes: 7 })
    expect(textOf(report)).toContain('unknown bytes behind the RDB (7 B)')
  })

  it('has a verdict for what is no dump', async () => {
    expect(await check('')).toMatchObject({ verdict: 'unreadable', error: { code: 'empty' } })
    const missing = await checkDump(join(root, 'missing.rdb'))
    expect(missing).toMatchObject({ verdict: 'unreadable', error: { code: 'missing' } })
    expect(missing.advice).not.toBe('')
  })

  it('bounds what it keeps of a hostile dump', async () => {
    const modules = Array.from(
      { length: 500 },
      (_, i) => `\xfe\x00\x02\x03k${String(i).padStart(2, '0').slice(-2)}\x00`,
    )
    const report = await check(`REDIS0011${modules.join('')}\xff${NO_CHECKSUM}`)
    expect(report.warnings.length).toBe(100)
    expect(report.warningCounts).toEqual({ 'empty-collection': 500 })
    expect(textOf(report)).toContain('and 490 more')
  })

  it('writes nothing that steers a terminal, in text and JSON', async () => {
    const hostile = `\x10\x05\x1b[2J\x9b${String.fromCharCode(LISTPACK.length)}${LISTPACK.replace('\x02\x81b', '\x07\x81b')}`
    const report = await check(`REDIS0011\xfe\x00${hostile}\xff${NO_CHECKSUM}`)
    for (const text of [textOf(report), [...checkJson([report])].join('')]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
    }
  })
})

describe('loadableBy', () => {
  it.each([
    ['redis', 'REDIS', 3, ['Redis 2.6 or later', 'every Valkey']],
    ['redis', 'REDIS', 12, ['Redis 7.4 or later']],
    ['redis', 'REDIS', 15, ['Redis 8.10 or later']],
    ['redis', 'REDIS', 17, []],
    ['valkey', 'VALKEY', 80, ['Valkey 9.0 or later']],
    ['keydb', 'REDIS', 9, ['KeyDB', 'Redis 5.0 or later', 'every Valkey']],
    ['dragonfly', 'REDIS', 9, ['Dragonfly']],
  ] as const)('%s %s %i: %j', (dialect, magic, version, servers) => {
    expect(loadableBy(dialect, magic, version)).toEqual(servers)
  })
})
