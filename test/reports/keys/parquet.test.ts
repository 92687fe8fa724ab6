import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { dump } from '../../helpers/dump.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'
import { FakeTerminal } from '../../helpers/terminal.js'

let folder = ''
const path = (name: string): string => join(folder, name)
let database: DuckDBInstance

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-parquet-'))
  database = await DuckDBInstance.create(':memory:')
})

afterAll(async () => {
  database.closeSync()
  await rm(folder, { recursive: true, force: true })
})

async function keys(...args: readonly string[]): Promise<string> {
  const stdout = new FakeTerminal()
  const stderr = new FakeTerminal()
  const environment = { stdin: new PassThrough(), stdout, stderr, env: {}, version: '1', library }
  expect(await run(['keys', ...args, '--quiet'], environment), stderr.text).toBe(0)
  return stdout.text
}

async function rows(sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await database.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as readonly Record<string, unknown>[]
  } finally {
    connection.closeSync()
  }
}

const APP = join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb')
const LFU = join(SAMPLES_FOLDER, 'redis-5.0.14/lfu.rdb')

describe('keys as Parquet', () => {
  it('has the rows and the types of the JSON lines', async () => {
    await keys(LFU, '--format', 'parquet', '-o', path('lfu.parquet'))
    const lines = (await keys(LFU, '--format', 'jsonl')).trimEnd().split('\n')
    const expected = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    const found = await rows(`SELECT *, epoch_ms(expires_at) AS ms FROM '${path('lfu.parquet')}'`)
    expect(found).toHaveLength(expected.length)
    const plain = found.map((row) => ({
      db: row.db,
      key: row.key,
      type: row.type,
      encoding: row.encoding,
      ramBytes: Number(row.ram_bytes),
      overheadBytes: row.overhead_bytes,
      memoryUsageBytes: row.memory_usage_bytes === null ? null : Number(row.memory_usage_bytes),
      payloadBytes: Number(row.payload_bytes),
      rdbBytes: Number(row.rdb_bytes),
      elements: Number(row.elements),
      longestElementBytes: Number(row.longest_element_bytes),
      expiresAtMs: row.ms === null ? null : Number(row.ms),
      idleSeconds: row.idle_seconds === null ? null : Number(row.idle_seconds),
      freq: row.freq,
      slot: row.slot,
      pattern: row.pattern,
    }))
    const withoutBytes = expected.map(({ keyBase64: _, ...row }) => row)
    expect(plain).toEqual(withoutBytes)
    const binary = expected.filter(({ keyBase64 }) => keyBase64 !== undefined).map(({ keyBase64 }) => keyBase64)
    const bytes = await rows(
      `SELECT to_base64(key_bytes) AS b FROM '${path('lfu.parquet')}' WHERE key_bytes IS NOT NULL`,
    )
    expect(bytes.map(({ b }) => b)).toEqual(binary)
    const types = await rows(`DESCRIBE SELECT * FROM '${path('lfu.parquet')}'`)
    expect(Object.fromEntries(types.map((row) => [row.column_name, row.column_type]))).toMatchObject({
      db: 'INTEGER',
      key: 'VARCHAR',
      key_bytes: 'BLOB',
      ram_bytes: 'BIGINT',
      overhead_bytes: 'DOUBLE',
      expires_at: 'TIMESTAMP WITH TIME ZONE',
      slot: 'INTEGER',
    })
  })

  it('is written in row groups, also for no rows', async () => {
    const writer = dump().select(0)
    for (let i = 0; i < 70_000; i++) writer.type(0, `k:${i}`).string('v')
    await writeFile(path('many.rdb'), writer.end())
    await keys(path('many.rdb'), '--format', 'parquet', '-o', path('many.parquet'))
    const groups = await rows(
      `SELECT DISTINCT row_group_id AS id, row_group_num_rows AS n FROM parquet_metadata('${path('many.parquet')}') ORDER BY 1`,
    )
    expect(groups.map(({ n }) => Number(n))).toEqual([16_384, 16_384, 16_384, 16_384, 4464])
    expect(await rows(`SELECT count(DISTINCT key) AS n FROM '${path('many.parquet')}'`)).toEqual([{ n: '70000' }])
    await keys(path('many.rdb'), '--match', 'none', '--format', 'parquet', '-o', path('none.parquet'))
    expect(await rows(`SELECT count(*) AS n FROM '${path('none.parquet')}'`)).toEqual([{ n: '0' }])
  })

  it('begins another row group after some long names, and keeps none of them as bounds', async () => {
    const names = Array.from({ length: 6 }, (_, i) => String(i) + 'n'.repeat(2 ** 20 - 1))
    const bytes = names.reduce((out, name) => out.type(0, name).string('v'), dump().select(0)).end()
    await writeFile(path('long.rdb'), bytes)
    await keys(path('long.rdb'), '--format', 'parquet', '-o', path('long.parquet'))
    const [found] = await rows(`SELECT count(*)::INT n, min(length(key)) least FROM '${path('long.parquet')}'`)
    expect(found).toMatchObject({ n: 6 })
    expect(Number(found!.least)).toBe(2 ** 20)
    const groups = await rows(
      `SELECT row_group_id id, max(length(stats_max_value)) longest FROM parquet_metadata('${path('long.parquet')}') GROUP BY id`,
    )
    expect(groups.length).toBeGreaterThan(1)
    for (const { longest } of groups) expect(Number(longest)).toBeLessThan(1000)
  })

  it('answers the questions of docs/cookbook/sql.md', async () => {
    const lake = path('lake')
    for (const [date, sample] of [
      ['2026-11-18', LFU],
      ['2026-11-19', APP],
    ] as const) {
      await keys(sample, '--hive', lake, '--partition', `date=${date}`, '--partition', 'dataset=shop')
    }
    const page = await readFile(new URL('../../../docs/cookbook/sql.md', import.meta.url), 'utf8')
    const [view, ...queries] = [...page.matchAll(/```sql\n([^`]+)```/g)].map(([, sql]) => sql!)
    expect(queries).toHaveLength(10)
    await rows(view!.replace('lake/', `${lake}/`))
    const answers: (readonly Record<string, unknown>[])[] = []
    for (const query of queries) answers.push(await rows(query))
    const [patterns, largest, growth, moved, leaks, stampedes, cold, shards, encodings, teams] = answers
    expect(patterns![0]).toMatchObject({ pattern: 'leaderboard:{int}', type: 'zset', keys: '306' })
    expect(largest![0]).toMatchObject({ dataset: 'shop', file: 'app.rdb', ram_bytes: '1310776' })
    expect(growth![0]).toMatchObject({ pattern: 'leaderboard:{int}', growth_keys: '306' })
    expect(new Set(moved!.map(({ state }) => state))).toEqual(new Set(['new', 'gone']))
    expect(Array.isArray(leaks)).toBe(true)
    expect(stampedes!.length).toBeGreaterThan(0)
    expect(cold).toEqual([])
    expect(shards).toMatchObject([{ file: 'app.rdb', times_mean: 1 }])
    expect(encodings!.length).toBeGreaterThan(0)
    expect(teams!.map(({ team }) => team)).toEqual(expect.arrayContaining(['login', 'shop', 'analytics', '(nobody)']))
  })

  it('refuses what does not fit together', async () => {
    const stderr = new FakeTerminal()
    const environment = { stdin: new PassThrough(), stdout: new FakeTerminal(), stderr, env: {}, version: '1', library }
    for (const args of [
      ['--partition', 'date=1'],
      ['--hive', lakeOf('x'), '--format', 'jsonl'],
      ['--hive', lakeOf('x'), '--partition', '../up'],
      ['--hive', lakeOf('x'), '-o', 'y'],
    ]) {
      expect(await run(['keys', APP, ...args], environment)).toBe(2)
    }
    await keys(LFU, '--hive', lakeOf('odd'), '--partition', 'name=a/b=..')
    expect(
      await rows(`SELECT DISTINCT name FROM read_parquet('${lakeOf('odd')}/*/*.parquet', hive_partitioning = true)`),
    ).toEqual([{ name: 'a/b=..' }])
  })
})

function lakeOf(name: string): string {
  return path(`lake-${name}`)
}
