import type { KeyColumns, KeyWords, KeyWriter } from '../../../reports/keys/row.js'

export const WORDS: KeyWords = {
  types: ['string', 'list', 'set', 'zset', 'hash', 'stream', 'array', 'module'],
  encodings: ['int', 'embstr', 'raw', 'listpack', 'listpackex', 'quicklist', 'skiplist', 'stream'],
  files: ['dump.rdb'],
}

export interface KeyFacts {
  db?: number
  type?: string
  encoding?: string
  key: string | Uint8Array
  elements?: number
  longest?: number
  payload?: number
  rdb?: number
  ram?: number
  overhead?: number
  usage?: number
  expiresAtMs?: number
  idle?: number
  freq?: number
}

/** Columns as the reader would fill them. */
export function columnsOf(rows: readonly KeyFacts[], file = 0, pattern?: string): KeyColumns {
  const keys = rows.map((row) => (typeof row.key === 'string' ? new TextEncoder().encode(row.key) : row.key))
  const starts: number[] = []
  let at = 0
  for (const key of keys) {
    starts.push(at)
    at += key.length
  }
  const keyBytes = new Uint8Array(at)
  keys.forEach((key, i) => {
    keyBytes.set(key, starts[i]!)
  })
  const numbers = (pick: (row: KeyFacts) => number | undefined, missing: number): Float64Array =>
    Float64Array.from(rows, (row) => pick(row) ?? missing)
  return {
    length: rows.length,
    file,
    db: Int32Array.from(rows, (row) => row.db ?? 0),
    type: Uint8Array.from(rows, (row) => WORDS.types.indexOf(row.type ?? 'string')),
    encoding: Uint8Array.from(rows, (row) => WORDS.encodings.indexOf(row.encoding ?? 'raw')),
    keyBytes,
    keyStart: Int32Array.from(starts),
    keyEnd: Int32Array.from(starts, (start, i) => start + keys[i]!.length),
    elements: numbers((row) => row.elements, 1),
    longestElementBytes: numbers((row) => row.longest, 5),
    payloadBytes: numbers((row) => row.payload, 9),
    rdbBytes: numbers((row) => row.rdb, 11),
    ramBytes: numbers((row) => row.ram, 96),
    overheadBytes: numbers((row) => row.overhead, 8),
    memoryUsageBytes: numbers((row) => row.usage, 72),
    expiresAtMs: numbers((row) => row.expiresAtMs, -1),
    idleSeconds: numbers((row) => row.idle, -1),
    freq: Int16Array.from(rows, (row) => row.freq ?? -1),
    ...(pattern === undefined ? {} : { pattern: new Int32Array(rows.length), patterns: [pattern] }),
  }
}

export function textOf(writer: KeyWriter, ...batches: readonly KeyColumns[]): string {
  const chunks: Uint8Array[] = []
  writer.begin()
  for (const batch of batches) {
    writer.rows(batch)
    chunks.push(...writer.take())
  }
  chunks.push(...writer.finish())
  return Buffer.concat(chunks).toString()
}

/** A plain RFC 4180 reader: the other side of the quoting. */
export function parseCsv(text: string, delimiter = ','): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text[i + 1] === '"') {
        cell += '"'
        i++
      } else quoted = false
    } else if (sign === '"' && cell === '') quoted = true
    else if (sign === delimiter) {
      row.push(cell)
      cell = ''
    } else if (sign === '\n') {
      rows.push([...row, cell])
      row = []
      cell = ''
    } else cell += sign
  }
  return rows
}

/** Names that have broken other tools. */
export const HOSTILE_KEYS: readonly (string | Uint8Array)[] = [
  '',
  ' ',
  'with,comma',
  'with "quotes"',
  '"',
  'new\nline',
  'return\r',
  '\ttab first',
  '=1+1',
  '=HYPERLINK("http://x","y")',
  '+1',
  '-1',
  '@SUM(A1)',
  "'=quoted",
  '\uff1d1+1',
  '\uff0d5, and "more"',
  '\uff21lpha',
  'back\\slash',
  '\\x41',
  '\u001b[2J\u001b[31mred',
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(1)</script>',
  'a|b|c `code` [link](javascript:alert(1))',
  '{label="x"} 1\n# HELP',
  'naïve 日本語 😀 👩‍👩‍👧',
  'right\u202eto left',
  '\u2028separator',
  '\ufeffbom',
  ';semi;colon',
  'nul\u0000byte',
  Uint8Array.from([0xff, 0xfe, 0x00, 0x80]),
  Uint8Array.from([0x61, 0xc3]),
  Uint8Array.from([0xed, 0xa0, 0x80]),
  `long ${'k'.repeat(70_000)}`,
]
