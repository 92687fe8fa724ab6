import { describe, expect, it } from 'vitest'
import { unescapeBytes } from '../../../reports/escape.js'
import { KEY_COLUMNS, KeyCsvWriter } from '../../../reports/keys/csv.js'
import { columnsOf, HOSTILE_KEYS, parseCsv, textOf, WORDS } from './helpers.js'

const words = { ...WORDS, slotOf: () => 5, patternOf: () => 'user:{int}' }

describe('keys as CSV', () => {
  it('has the columns of the contract, in its order', () => {
    expect(textOf(new KeyCsvWriter(words))).toBe(
      'database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry,idle,freq,slot_id,' +
        'overhead_bytes,memory_usage,payload_bytes,rdb_bytes,pattern,file\n',
    )
    expect(KEY_COLUMNS).toHaveLength(17)
  })

  it('writes a row per key and leaves unknown cells empty', () => {
    const rows = columnsOf([
      { key: 'user:1' },
      { db: 3, key: 'board', type: 'zset', encoding: 'skiplist', elements: 200, expiresAtMs: 1795221689253, idle: 0 },
      { key: 'x', usage: -1, freq: 255, ram: 96.5 },
    ])
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
    const writer = new KeyCsvWriter({ ...words, files: ['=cmd,"x".rdb'], patternOf: () => '-{int}' })
    const [, row] = parseCsv(textOf(writer, columnsOf([{ key: 'a' }])))
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
