import { readHead } from '../io/whole-file.js'

const HEADER_BYTES = 9

/** RDB version of a dump of Redis, by its header; null for what is compressed, of others, or no file. */
export async function rdbVersionAt(path: string): Promise<number | null> {
  const head = String.fromCharCode(...(await readHead(path, HEADER_BYTES)))
  const version = /^REDIS(\d{4})$/.exec(head)?.[1]
  return version === undefined ? null : Number(version)
}
