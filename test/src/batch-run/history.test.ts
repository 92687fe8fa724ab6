import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type DatasetRow, type NightRows, writeNight } from '../../../src/batch-run/history.js'
import { readHistory } from '../../../src/batch-run/index.js'
import { InputError } from '../../../src/io/errors.js'
import { changeSqlite } from '../../../src/io/sqlite.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-history-'))
const path = join(folder, 'history.sqlite')

const NIGHT: DatasetRow = {
  ...{ date: '2026-11-19', dataset: 'shop', complete: true, bigKeys: 0 },
  ...{ keys: 2, ramBytes: 100, overheadBytes: 50, payloadBytes: 20, rdbBytes: 30, expiringKeys: 1, withoutTtlKeys: 1 },
}

const rows = (date = NIGHT.date): NightRows => ({
  ...{ date, datasets: [{ ...NIGHT, date }], shards: [], patterns: [], bigKeys: [], owners: [], findings: [] },
})

const nights = (): Promise<readonly string[]> =>
  readHistory(path, (history) => history.datasets().map(({ date }) => date))

/** What stops reading, then what stops writing. */
async function refusals(): Promise<readonly string[]> {
  const said = (error: unknown): string =>
    error instanceof InputError ? `${error.message} | ${error.advice}` : String(error)
  const reading = await nights().then(() => 'done', said)
  return [reading, await writeNight(path, rows(), null).then(() => 'done', said)]
}

describe('the history', () => {
  beforeEach(async () => {
    rmSync(path, { force: true })
    for (let day = 10; day < 20; day++) await writeNight(path, rows(`2026-11-${day}`), null)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('has each night once', async () => {
    await writeNight(path, rows(), null)
    expect((await nights()).length).toBe(10)
    await writeNight(path, rows(), '2026-11-18')
    expect(await nights()).toEqual(['2026-11-18', '2026-11-19'])
  })

  it('may be read by whoever may read other files', () => {
    writeFileSync(join(folder, 'other'), '')
    expect(statSync(path).mode).toBe(statSync(join(folder, 'other')).mode)
    rmSync(join(folder, 'other'))
  })

  it('says that it is damaged, and what to do', async () => {
    const damages: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
      'no database': () => Buffer.from('garbage'),
      empty: () => Buffer.alloc(0),
      cut: (bytes) => bytes.subarray(0, 9000),
      zeros: (bytes) => bytes.fill(0, 4096, 12_000),
    }
    const whole = readFileSync(path)
    for (const [name, damage] of Object.entries(damages)) {
      writeFileSync(path, damage(Buffer.from(whole)))
      expect((await refusals())[0], name).toMatch(/history\.sqlite is damaged: .* \| Move it away: a new one/)
    }
    expect(readdirSync(folder)).toEqual(['history.sqlite'])
  })

  it('of a newer version is left alone', async () => {
    await changeSqlite(path, (sql) => sql.exec('PRAGMA user_version = 2'))
    const before = readFileSync(path)
    for (const refusal of await refusals()) {
      expect(refusal).toMatch(/history\.sqlite is of version 2, this rdblens knows up to 1 \| Use the version/)
    }
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(folder)).toEqual(['history.sqlite'])
  })

  it('with a log of another program beside it is not read without it', async () => {
    const bytes = readFileSync(path)
    bytes.fill(2, 18, 20)
    writeFileSync(path, bytes)
    expect((await refusals())[0]).toMatch(/another program has put .* into WAL mode \| .*journal_mode=DELETE/)
  })
})
