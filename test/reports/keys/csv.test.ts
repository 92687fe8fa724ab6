import { stringify } from 'csv-stringify/sync'
import { describe, expect, it } from 'vitest'
import { escapeBytes, escapeFormula, unescapeBytes } from '../../../reports/escape.js'
import { KEY_COLUMNS, KeyCsvWriter } from '../../../reports/keys/csv.js'
import { columnsOf, HOSTILE_KEYS, parseCsv, textOf, WORDS } from './helpers.js'

const words = { ...WORDS, slotOf: () => 5 }
const PATTERN = 'user:{int}'

/** Names of all lengths up to 40, from the signs that matter and others. */
function randomNames(count: number): Buffer[] {
  const signs = Buffer.from(' !"#,-./09:;<=+@AZ\\az|~\t\n\r\x00\x7fé日', 'utf8')
  let seed = 7
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 8) % below
  }
  return Array.from({ length: count }, () => {
    // Most signs are letters, so that many names are plain.
    const odd = random(3) === 0 ? 2 : 40
    return Buffer.from(
      Array.from({ length: random(41) }, () => (random(odd) === 0 ? signs[random(signs.length)]! : 97 + random(26))),
    )
  })
}

describe('keys as CSV', () => {
  it('has the columns of the contract, in its order', () => {
    expect(textOf(new KeyCsvWriter(words))).toBe(
      'database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry,idle,freq,slot_id,' +
        'overhead_bytes,memory_usage,payload_bytes,rdb_bytes,pattern,file\n',
    )
    expect(KEY_COLUMNS).toHaveLength(17)
  })

  it('writes a row per key and leaves unknown cells empty', () => {
    const rows = columnsOf(
      [
        { key: 'user:1' },
        { db: 3, key: 'board', type: 'zset', encoding: 'skiplist', elements: 200, expiresAtMs: 1795221689253, idle: 0 },
        { key: 'x', usage: -1, freq: 255, ram: 96.5 },
      ],
      0,
      PATTERN,
    )
    expect(textOf(new KeyCsvWriter(words), rows).split('\n').slice(1)).toEqual([
      '0,string,user:1,96,raw,1,5,,,,5,8,72,9,11,user:{int},dump.rdb',
      '3,zset,board,96,skiplist,200,5,2026-11-21T00:41:29.253Z,0,,5,8,72,9,11,user:{int},dump.rdb',
      '0,string,x,96.5,raw,1,5,,,255,5,8,,9,11,user:{int},dump.rdb',
      '',
    ])
  })

  it('writes the eight columns and the words of redis-rdb-tools', () => {
    const rows = columnsOf([
      { key: 's', longest: 12 },
      { key: 'z', type: 'zset', encoding: 'skiplist', elements: 3 },
      { key: 'x', type: 'stream', encoding: 'stream', elements: 4 },
    ])
    expect(textOf(new KeyCsvWriter(words, { compat: 'rdbtools' }), rows)).toBe(
      'database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry\n' +
        '0,string,s,96,string,12,12,\n0,sortedset,z,96,skiplist,3,5,\n0,stream,x,96,listpack,4,5,\n',
    )
  })

  it.each([',', ';', '\t', '|'])('keeps every key readable with %j between the cells', (delimiter) => {
    const text = textOf(new KeyCsvWriter(words, { delimiter }), columnsOf(HOSTILE_KEYS.map((key) => ({ key }))))
    const rows = parseCsv(text, delimiter).slice(1)
    expect(text.split('\n')).toHaveLength(HOSTILE_KEYS.length + 2)
    expect(rows.map((row) => Buffer.from(unescapeBytes(row[2]!)).toString('hex'))).toEqual(
      HOSTILE_KEYS.map((key) => Buffer.from(key).toString('hex')),
    )
    for (const row of rows) {
      expect(row).toHaveLength(17)
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
    }
  })

  it.each([',', ';', '\t', '|'])(
    'writes the bytes that csv-stringify would, with %j between the cells',
    (delimiter) => {
      for (const raw of [false, true]) {
        const keys = [...HOSTILE_KEYS.map((key) => Buffer.from(key)), ...randomNames(3000)]
        const facts = keys.map((key, i) => ({
          key,
          ram: (i * 7919) % (i % 3 === 0 ? 20_000 : 3_000_000_000),
          overhead: i % 50 === 0 ? i / 7 : i % 12,
          expiresAtMs: i % 2 === 0 ? -1 : i * 987_654_321,
          slot: i,
        }))
        const text = textOf(new KeyCsvWriter(words, { delimiter, raw }), columnsOf(facts, 0, PATTERN))
        const rows = facts.map(({ key, ram, overhead, expiresAtMs }) => {
          const name = escapeBytes(key)
          // Tabs and line ends are escaped in either case.
          const shown = raw || /^[\t\r]/.test(key.toString('latin1')) ? name : escapeFormula(name)
          const expiry = expiresAtMs === -1 ? '' : new Date(expiresAtMs).toISOString()
          return [0, 'string', shown, ram, 'raw', 1, 5, expiry, '', '', 5, overhead, 72, 9, 11, PATTERN, 'dump.rdb']
        })
        // A tab in a name makes quotes where tabs are delimiters, though it is escaped by then.
        const quoted = delimiter === '\t' ? /^ | $|\\x09/ : /^ | $/
        expect(text).toBe(stringify([[...KEY_COLUMNS], ...rows], { delimiter, quoted_match: quoted }))
      }
    },
  )

  it('leaves formulas alone when asked, and starts with a byte order mark when asked', () => {
    const text = textOf(
      new KeyCsvWriter(words, { raw: true, bom: true }),
      columnsOf([{ key: '=1+1' }, { key: '\t=1' }]),
    )
    expect(text.startsWith('\ufeffdatabase,')).toBe(true)
    expect(text).toContain(',=1+1,')
    expect(text).toContain(',\\x09=1,')
  })

  it('guards patterns and file names too', () => {
    const writer = new KeyCsvWriter({ ...words, files: ['=cmd,"x".rdb'] })
    const [, row] = parseCsv(textOf(writer, columnsOf([{ key: 'a' }], 0, '-{int}')))
    expect(row!.slice(-2)).toEqual(['\\x2d{int}', '\\x3dcmd,"x".rdb'])
  })

  it.each(['', ',,', 'a', '"', '\n', '.', 'é'])('refuses %j as delimiter', (delimiter) => {
    expect(() => new KeyCsvWriter(words, { delimiter })).toThrow(/delimiter must be one ASCII sign/)
  })

  it('writes times as the platform does', () => {
    const times = [0, 1, 951782400000, 951868799999, 4070908800000, 253402300799999, 1795221689253, 68169600000]
    for (let i = 0; i < 400; i++) times.push(i * 86400000 * 37 + i * 997)
    const text = textOf(new KeyCsvWriter(words), columnsOf(times.map((expiresAtMs) => ({ key: 'k', expiresAtMs }))))
    expect(
      parseCsv(text)
        .slice(1)
        .map((row) => row[7]),
    ).toEqual(times.map((time) => new Date(time).toISOString()))
  })

  it('writes years above 9999 with all their digits', () => {
    const text = textOf(new KeyCsvWriter(words), columnsOf([{ key: 'k', expiresAtMs: 8640000000000000 }]))
    expect(text).toContain(',275760-09-13T00:00:00.000Z,')
  })
})
