import { copyFile, open, rename, rm } from 'node:fs/promises'
import type { BindValues, Database } from 'node-sqlite3-wasm'
import { InputError, systemProblem } from './errors.js'

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

/** Byte 18 of the header says how the file is written; 2: with a log beside it (sqlite.org/fileformat2.html, 1.3). */
const WRITE_VERSION_AT = 18
const WRITE_AHEAD_LOG = 2

/**
 * Reads a database file; null when there is none.
 * @throws InputError when it is damaged, or another program has changed how it is written
 */
export async function readSqlite<Result>(path: string, read: (sql: Sql) => Result): Promise<Result | null> {
  await dropLock(path)
  const { Database } = await library()
  let database: Database | null = null
  try {
    await checkHeader(path)
    database = new Database(path, { fileMustExist: true, readOnly: true })
    return read(facade(database))
  } catch (error) {
    if (database === null && error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw sqliteProblem(error, path, 'read')
  } finally {
    close(database)
  }
}

/**
 * Changes a database file as a whole: a copy is changed, then takes its place. Who reads meanwhile sees the state
 * before, and a process that is killed leaves it.
 */
export async function changeSqlite<Result>(path: string, change: (sql: Sql) => Result): Promise<Result> {
  const temporary = `${path}.tmp`
  const { Database } = await library()
  let database: Database | null = null
  try {
    await rm(temporary, { force: true })
    await dropLock(temporary)
    await copyFile(path, temporary).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    // A new one is as readable as other files are; the library would make it the owner's alone.
    await (await open(temporary, 'a')).close()
    database = new Database(temporary)
    // The copy is thrown away when anything goes wrong, so it needs no journal.
    database.exec('PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN')
    const result = change(facade(database))
    database.exec('COMMIT')
    database.close()
    const handle = await open(temporary, 'r+')
    await handle.sync()
    await handle.close()
    await rename(temporary, path)
    return result
  } catch (error) {
    close(database)
    await rm(temporary, { force: true }).catch(() => {})
    throw sqliteProblem(error, path, 'write')
  }
}

/** @throws InputError for a file whose newest rows stand in a log that is not read here */
async function checkHeader(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(WRITE_VERSION_AT + 1), 0, WRITE_VERSION_AT + 1, 0)
    if (bytesRead > WRITE_VERSION_AT && buffer[WRITE_VERSION_AT] === WRITE_AHEAD_LOG) {
      const advice = `To bring it back: sqlite3 ${path} 'PRAGMA journal_mode=DELETE'.`
      throw new InputError('unreadable', `another program has put ${path} into WAL mode`, advice)
    }
  } finally {
    await handle.close()
  }
}

/** What went wrong with a database file, in words. */
function sqliteProblem(error: unknown, path: string, doing: 'read' | 'write'): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error
  if ('code' in error) return systemProblem(error, path, doing)
  if (error.name !== 'SQLite3Error') return error
  if (/not a database|malformed|no such|has \d+ columns/.test(error.message)) {
    const advice = `Move it away: a new one is begun then. sqlite3 ${path} .recover may save what is left of it.`
    return new InputError('unreadable', `${path} is damaged: ${error.message}`, advice)
  }
  return systemProblem(error, path, doing)
}

/** What was wrong has been said when closing finds it, too. */
function close(database: Database | null): void {
  try {
    if (database?.isOpen) database.close()
  } catch {
    // A file that is damaged.
  }
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
