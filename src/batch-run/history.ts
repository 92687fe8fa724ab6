import type { Finding, NightSums, ShardFacts, ShardNight } from '../../reports/batch/night-report.js'
import { InputError } from '../io/errors.js'
import { changeSqlite, readSqlite, type Sql, type SqlValue } from '../io/sqlite.js'

/**
 * What is remembered of every night: a SQLite file, so that other programs can ask it, too. Its tables are documented
 * in docs/history.md. A night that is written again replaces what was there.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS datasets (
  date TEXT NOT NULL, dataset TEXT NOT NULL, complete INTEGER NOT NULL,
  keys INTEGER NOT NULL, ram_bytes INTEGER NOT NULL, overhead_bytes INTEGER NOT NULL, payload_bytes INTEGER NOT NULL,
  rdb_bytes INTEGER NOT NULL, expiring_keys INTEGER NOT NULL, without_ttl_keys INTEGER NOT NULL,
  big_keys INTEGER NOT NULL,
  PRIMARY KEY (dataset, date)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shards (
  date TEXT NOT NULL, dataset TEXT NOT NULL, shard TEXT NOT NULL, status TEXT NOT NULL,
  keys INTEGER NOT NULL, ram_bytes INTEGER NOT NULL, overhead_bytes INTEGER NOT NULL, used_memory_bytes INTEGER,
  dump_time_ms INTEGER, bytes INTEGER, sha256 TEXT,
  PRIMARY KEY (dataset, date, shard)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS patterns (
  date TEXT NOT NULL, dataset TEXT NOT NULL, pattern TEXT NOT NULL, type TEXT NOT NULL,
  keys INTEGER NOT NULL, ram_bytes INTEGER NOT NULL, overhead_bytes INTEGER NOT NULL,
  without_ttl_keys INTEGER NOT NULL, without_ttl_ram_bytes INTEGER NOT NULL, largest_ram_bytes INTEGER,
  PRIMARY KEY (dataset, date, pattern, type)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS big_keys (
  date TEXT NOT NULL, dataset TEXT NOT NULL, db INTEGER NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL,
  ram_bytes INTEGER NOT NULL, elements INTEGER NOT NULL,
  PRIMARY KEY (dataset, date, db, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (
  date TEXT NOT NULL, dataset TEXT NOT NULL, owner TEXT NOT NULL,
  keys INTEGER NOT NULL, ram_bytes INTEGER NOT NULL, overhead_bytes INTEGER NOT NULL, without_ttl_keys INTEGER NOT NULL,
  PRIMARY KEY (dataset, date, owner)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS findings (
  date TEXT NOT NULL, dataset TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL,
  state TEXT NOT NULL, about TEXT NOT NULL, subject TEXT NOT NULL, owner TEXT, message TEXT NOT NULL,
  value REAL, "limit" REAL, unit TEXT, since TEXT NOT NULL,
  PRIMARY KEY (date, id)) WITHOUT ROWID;
`
/** Of the tables, in `user_version`; 0: there are none yet. */
const TABLES_VERSION = 1
const TABLE_NAMES = ['datasets', 'shards', 'patterns', 'big_keys', 'owners', 'findings'] as const

export interface DatasetRow extends NightSums {
  readonly date: string
  readonly dataset: string
  readonly complete: boolean
  /** Flagged keys, also those not listed. */
  readonly bigKeys: number
}

export interface ShardRow extends ShardFacts {
  readonly date: string
  readonly dataset: string
  readonly shard: string
  readonly status: ShardNight['status']
}

export interface PatternRow {
  readonly date: string
  readonly dataset: string
  readonly pattern: string
  readonly type: string
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly withoutTtlKeys: number
  readonly withoutTtlRamBytes: number
  readonly largestRamBytes: number | null
}

export interface BigKeyRow {
  readonly date: string
  readonly dataset: string
  readonly db: number
  /** As reports show it. */
  readonly key: string
  readonly type: string
  readonly ramBytes: number
  readonly elements: number
}

export interface OwnerHistoryRow {
  readonly date: string
  readonly dataset: string
  readonly owner: string
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly withoutTtlKeys: number
}

export interface FindingRow extends Omit<Finding, 'reason' | 'advice'> {
  readonly date: string
}

/** All rows of one night. */
export interface NightRows {
  readonly date: string
  readonly datasets: readonly DatasetRow[]
  readonly shards: readonly ShardRow[]
  readonly patterns: readonly PatternRow[]
  readonly bigKeys: readonly BigKeyRow[]
  readonly owners: readonly OwnerHistoryRow[]
  readonly findings: readonly FindingRow[]
}

/** Puts a night into the history, in place of what it had about it, and forgets what is older than `keepFrom`. */
export async function writeNight(path: string, night: NightRows, keepFrom: string | null): Promise<void> {
  await changeSqlite(path, (sql) => {
    checkVersion(sql, path)
    sql.exec(`${TABLES}PRAGMA user_version = ${TABLES_VERSION}`)
    for (const table of TABLE_NAMES) sql.run(`DELETE FROM ${table} WHERE date = ?`, [night.date])
    if (keepFrom !== null) for (const table of TABLE_NAMES) sql.run(`DELETE FROM ${table} WHERE date < ?`, [keepFrom])
    insert(sql, 'datasets', 11, night.datasets, (row) => [
      ...[row.date, row.dataset, row.complete ? 1 : 0, row.keys, row.ramBytes, row.overheadBytes, row.payloadBytes],
      ...[row.rdbBytes, row.expiringKeys, row.withoutTtlKeys, row.bigKeys],
    ])
    insert(sql, 'shards', 11, night.shards, (row) => [
      ...[row.date, row.dataset, row.shard, row.status, row.keys, row.ramBytes, row.overheadBytes],
      ...[row.usedMemoryBytes, row.dumpTimeMs, row.bytes, row.sha256],
    ])
    insert(sql, 'patterns', 10, night.patterns, (row) => [
      ...[row.date, row.dataset, row.pattern, row.type, row.keys, row.ramBytes, row.overheadBytes],
      ...[row.withoutTtlKeys, row.withoutTtlRamBytes, row.largestRamBytes],
    ])
    insert(sql, 'big_keys', 7, night.bigKeys, (row) => [
      ...[row.date, row.dataset, row.db, row.key, row.type, row.ramBytes, row.elements],
    ])
    insert(sql, 'owners', 7, night.owners, (row) => [
      ...[row.date, row.dataset, row.owner, row.keys, row.ramBytes, row.overheadBytes, row.withoutTtlKeys],
    ])
    insert(sql, 'findings', 14, night.findings, (row) => [
      ...[row.date, row.dataset, row.id, row.rule, row.severity, row.state, row.about, row.subject, row.owner],
      ...[row.message, row.value, row.limit, row.unit, row.since],
    ])
  })
}

function insert<Row>(
  sql: Sql,
  table: string,
  columns: number,
  rows: readonly Row[],
  values: (row: Row) => readonly SqlValue[],
): void {
  const marks = Array.from({ length: columns }, () => '?').join(', ')
  // Two names that are shown alike (cut, redacted) count as one.
  sql.runAll(`INSERT OR IGNORE INTO ${table} VALUES (${marks})`, rows.map(values))
}

/** What of the history is wanted. */
export interface HistoryQuery {
  /** Nights before this one, or up to and with it. */
  readonly before?: string | undefined
  readonly upTo?: string | undefined
  readonly from?: string | undefined
  readonly dataset?: string | undefined
}

/** The history while it is open for reading. */
export class HistoryReader {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  datasets(query: HistoryQuery = {}): readonly DatasetRow[] {
    return this.#rows('datasets', query, 'date, dataset').map((row) => ({
      ...(camel(row) as unknown as DatasetRow),
      complete: row.complete === 1,
    }))
  }

  shards(query: HistoryQuery = {}): readonly ShardRow[] {
    return this.#rows('shards', query, 'date, dataset, shard').map((row) => camel(row) as unknown as ShardRow)
  }

  patterns(query: HistoryQuery = {}): readonly PatternRow[] {
    return this.#rows('patterns', query, 'date, dataset, ram_bytes DESC, pattern, type').map(
      (row) => camel(row) as unknown as PatternRow,
    )
  }

  bigKeys(query: HistoryQuery = {}): readonly BigKeyRow[] {
    return this.#rows('big_keys', query, 'date, dataset, ram_bytes DESC').map(
      (row) => camel(row) as unknown as BigKeyRow,
    )
  }

  owners(query: HistoryQuery = {}): readonly OwnerHistoryRow[] {
    return this.#rows('owners', query, 'date, dataset, owner').map((row) => camel(row) as unknown as OwnerHistoryRow)
  }

  findings(query: HistoryQuery = {}): readonly FindingRow[] {
    return this.#rows('findings', query, 'date, id').map((row) => camel(row) as unknown as FindingRow)
  }

  #rows(table: string, query: HistoryQuery, order: string): readonly Readonly<Record<string, SqlValue>>[] {
    const conditions: string[] = []
    const values: SqlValue[] = []
    const add = (condition: string, value: string | undefined): void => {
      if (value === undefined) return
      conditions.push(condition)
      values.push(value)
    }
    add('date < ?', query.before)
    add('date <= ?', query.upTo)
    add('date >= ?', query.from)
    add('dataset = ?', query.dataset)
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    return this.#sql.all(`SELECT * FROM ${table}${where} ORDER BY ${order}`, values)
  }
}

const NOTHING: Sql = { exec: () => {}, run: () => {}, runAll: () => {}, all: () => [] }

/** Reads the history; without a file it is empty. */
export async function readHistory<Result>(path: string, read: (history: HistoryReader) => Result): Promise<Result> {
  const result = await readSqlite(path, (sql) => {
    checkVersion(sql, path)
    return { value: read(new HistoryReader(sql)) }
  })
  return result === null ? read(new HistoryReader(NOTHING)) : result.value
}

/** @throws InputError for tables of a newer version, which may mean something else */
function checkVersion(sql: Sql, path: string): void {
  const found = Number(sql.all('PRAGMA user_version')[0]?.user_version ?? 0)
  if (found <= TABLES_VERSION) return
  throw new InputError(
    'unreadable',
    `${path} is of version ${found}, this rdblens knows up to ${TABLES_VERSION}`,
    'Use the version of rdblens that wrote it, or another output folder.',
  )
}

function camel(row: Readonly<Record<string, SqlValue>>): Readonly<Record<string, SqlValue>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}
