import { describe, expect, it } from 'vitest'
import { unescapeBytes } from '../../../reports/escape.js'
import { KeyJsonlWriter } from '../../../reports/keys/jsonl.js'
import { columnsOf, HOSTILE_KEYS, textOf, WORDS } from './helpers.js'

const parsed = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('keys as JSON lines', () => {
  it('has the fields of the contract', () => {
    const writer = new KeyJsonlWriter({ ...WORDS, slotOf: () => 7 })
    const rows = columnsOf(
      [{ key: 'user:1', expiresAtMs: 1795221689253, idle: 3, freq: 9, overhead: 8.25 }],
      0,
      'user:{int}',
    )
    expect(parsed(textOf(writer, rows))).toEqual([
      {
        db: 0,
        key: 'user:1',
        type: 'string',
        encoding: 'raw',
        ramBytes: 96,
        overheadBytes: 8.25,
        memoryUsageBytes: 72,
        payloadBytes: 9,
        rdbBytes: 11,
        elements: 1,
        longestElementBytes: 5,
        expiresAtMs: 1795221689253,
        idleSeconds: 3,
        freq: 9,
        slot: 7,
        pattern: 'user:{int}',
      },
    ])
  })

  it('writes numbers of all sizes as JSON does', () => {
    const numbers = [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999_999, 100_000_000, 2 ** 31 - 1, 2 ** 31]
    numbers.push(1795221689253, 4_300_000_000_123, 8_640_000_000_000_000, 2 ** 53 - 1, 96.5)
    const rows = columnsOf(
      numbers.map((number) => ({ key: 'k', ram: number, rdb: number, expiresAtMs: Math.floor(number) })),
    )
    const lines = textOf(new KeyJsonlWriter(WORDS), rows).trimEnd().split('\n')
    lines.forEach((line, i) => {
      expect(line).toBe(JSON.stringify(JSON.parse(line)))
      expect(JSON.parse(line)).toMatchObject({ ramBytes: numbers[i], expiresAtMs: Math.floor(numbers[i]!) })
    })
  })

  it('says null where there is nothing, and the file only when there are several', () => {
    const writer = new KeyJsonlWriter({ ...WORDS, files: ['a.rdb', 'b.rdb'] })
    const [first, second] = parsed(textOf(writer, columnsOf([{ key: 'k', usage: -1 }]), columnsOf([{ key: 'k' }], 1)))
    expect(first).toMatchObject({
      expiresAtMs: null,
      idleSeconds: null,
      freq: null,
      slot: null,
      pattern: null,
      memoryUsageBytes: null,
      file: 'a.rdb',
    })
    expect(second).toMatchObject({ file: 'b.rdb' })
  })

  it('keeps every key: as text when it is UTF-8, else escaped and in base64', () => {
    const lines = parsed(textOf(new KeyJsonlWriter(WORDS), columnsOf(HOSTILE_KEYS.map((key) => ({ key })))))
    lines.forEach((line, i) => {
      const key = HOSTILE_KEYS[i]!
      if (typeof key === 'string') {
        expect(line.key).toBe(key)
        expect(line).not.toHaveProperty('keyBase64')
      } else {
        expect(Buffer.from(unescapeBytes(line.key as string))).toEqual(Buffer.from(key))
        expect(line.keyBase64).toBe(Buffer.from(key).toString('base64'))
      }
    })
    expect(lines).toHaveLength(HOSTILE_KEYS.length)
  })
})
