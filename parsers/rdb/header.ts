import type { Cursor } from './cursor.js'
import type { RdbHeader } from './visitor.js'

const HEADER_BYTES = 9

/** The first nine bytes: REDIS and four digits, or VALKEY and three. */
export function readHeader(cursor: Cursor): RdbHeader {
  const end = Math.min(cursor.end, cursor.pos + HEADER_BYTES)
  const text = String.fromCharCode(...cursor.bytes.subarray(cursor.pos, end))
  // Said at once, however little has come: more bytes would not help.
  if (!mayBegin(text, 'REDIS') && !mayBegin(text, 'VALKEY')) {
    cursor.fail({ code: 'not-an-rdb', what: 'the input does not start with REDIS or VALKEY' })
  }
  cursor.need(HEADER_BYTES)
  const match = /^(?:(REDIS)(\d{4})|(VALKEY)(\d{3}))$/.exec(text)
  const rdbVersion = Number(match?.[2] ?? match?.[4] ?? 0)
  if (match === null || rdbVersion === 0) cursor.fail({ code: 'bad-header', text })
  cursor.pos += HEADER_BYTES
  cursor.commit()
  return { magic: match[1] === undefined ? 'VALKEY' : 'REDIS', rdbVersion }
}

function mayBegin(text: string, magic: string): boolean {
  return text.startsWith(magic.slice(0, text.length))
}
