import { copyFile, open, rename, rm } from 'node:fs/promises'
import type { BindValues, Database } from 'node-sqlite3-wasm'
import { systemProblem } from './errors.js'

/** What a cell of a table can hold here. */
export type SqlValue = string | number | null

/** A database file while it is open. */
export interface Sql {
  exec(sql: string): void
  run(sql: string, values: readonly SqlValue[]): void
  /** One statement for many rows. */
  runAll(sql: string, rows: Iterable<readonly SqlValue[]>): void
  all(sql: string, values?: readonly SqlValue[]): readonly Readonly<Record<string, SqlValue>>[]
}

/** Reads a database file; null when there is none. */
export async function readSqlite<Result>(path: string, read: (sql: Sql) => Result): Promise<Result | null> {
  await dropLock(path)
  const { Database } = await library()
  let database: Database
  try {
    await (await open(path, 'r')).close()
    database = new Database(path, { fileMustExist: true, readOnly: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw systemProblem(error, path)
  }
  try {
    return read(facade(database))
  } finally {
    database.close()
  }
}

/**
 * Changes a database file as a whole: a copy is changed, then takes its place. Who reads meanwhile sees the state
 * before, and a process that is killed leaves it.
 */
export async function changeSqlite<Result>(path: string, change: (sql: Sql) => Result): Promise<Result> {
  const temporary = `${path}.tmp`
  await rm(temporary, { force: true })
  await dropLock(temporary)
  await copyFile(path, temporary).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw systemProblem(error, path, 'write')
  })
  const { Database } = await library()
  const database = new Database(temporary)
  let result: Result
  try {
    // The copy is thrown away when anything goes wrong, so it needs no journal.
    database.exec('PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN')
    result = change(facade(database))
    database.exec('COMMIT')
  } finally {
    database.close()
  }
  try {
    const handle = await open(temporary, 'r+')
    await handle.sync()
    await handle.close()
    await rename(temporary, path)
  } catch (error) {
    throw systemProblem(error, path, 'write')
  }
  return result
}

function facade(database: Database): Sql {
  return {
    exec: (sql) => database.exec(sql),
    run: (sql, values) => {
      database.run(sql, values as BindValues)
    },
    runAll: (sql, rows) => {
      const statement = database.prepare(sql)
      try {
        for (const row of rows) statement.run(row as BindValues)
      } finally {
        statement.finalize()
      }
    },
    all: (sql, values = []) => database.all(sql, values as BindValues) as Readonly<Record<string, SqlValue>>[],
  }
}

/**
 * The library locks with a folder beside the file, which stays when a process is killed. It guards nothing here:
 * files under their own name are never changed in place.
 */
async function dropLock(path: string): Promise<void> {
  await rm(`${path}.lock`, { recursive: true, force: true })
}

/** 1.3 MB of WebAssembly: loaded by who needs it. */
async function library(): Promise<typeof import('node-sqlite3-wasm')> {
  const loaded = await import('node-sqlite3-wasm')
  return 'default' in loaded ? (loaded.default as typeof import('node-sqlite3-wasm')) : loaded
}
