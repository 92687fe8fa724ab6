import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RdbParser } from '../../../parsers/index.js'
import { KeyBatch } from '../../../src/batch.js'
import { KeyFilter } from '../../../src/filters.js'
import { targetIds } from '../../../src/memory/models/index.js'
import type { Target } from '../../../src/memory/target.js'
import { RowBuilder } from '../../../src/pipeline/row-builder.js'
import { ValueSampler } from '../../../src/pipeline/value-sampler.js'
import { dump } from '../../helpers/dump.js'
import { allSamples } from '../../helpers/samples.js'
import { targetById } from '../../helpers/targets.js'

/** Everything that is known of the rows of a dump, as text. */
function rowsOf(bytes: Uint8Array, target: Target, chunkBytes: number, together: boolean): readonly string[] {
  const rows: string[] = []
  const sampler = new ValueSampler()
  sampler.nextFile()
  let runs = 0
  const builder = new (class extends RowBuilder {
    override stringRun(run: Parameters<RowBuilder['stringRun']>[0]): void {
      runs++
      super.stringRun(run)
    }
  })({
    targetFor: () => target,
    counted: null,
    filter: new KeyFilter({}),
    batch: new KeyBatch(),
    onBatch: (batch) => {
      for (let row = 0; row < batch.length; row++) rows.push(rowOf(batch, row))
    },
    // Whoever asks about each key gets each key alone.
    onVerdict: together ? undefined : () => {},
    tap: sampler,
  })
  const parser = new RdbParser(builder)
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.push(bytes.subarray(at, at + chunkBytes))
  builder.finish()
  if (!together) expect(runs).toBe(0)
  rows.push(JSON.stringify({ sums: builder.sums, keys: builder.keys, damaged: builder.damagedKeys }))
  for (const { sample, weight } of sampler.samples.all()) rows.push(JSON.stringify([sample, weight]))
  rows.push(JSON.stringify(sampler.duplicates.result()))
  return rows
}

function rowOf(batch: KeyBatch, row: number): string {
  const name = Buffer.from(batch.keyAt(row)).toString('latin1')
  const columns = Object.entries(batch).filter(([, column]) => ArrayBuffer.isView(column))
  const figures = columns.map(([column, numbers]) =>
    column.startsWith('key') && column !== 'keyLength' ? '' : `${column} ${(numbers as Float64Array)[row]}`,
  )
  return `${name} ${figures.join(' ')}`
}

function expectAlike(bytes: Uint8Array, target: Target, chunkBytes: number): void {
  expect(rowsOf(bytes, target, chunkBytes, true)).toEqual(rowsOf(bytes, target, chunkBytes, false))
}

/** Strings of all forms, with and without attributes, in front of other records and behind them. */
function strings(): Uint8Array {
  const texts = [
    '',
    '0',
    '9999',
    '10000',
    '-1',
    '-0',
    '007',
    '12a',
    '+5',
    '1-',
    '2147483648',
    '-2147483649',
    ' 1',
    '1 ',
  ]
  texts.push('9223372036854775807', '9223372036854775808', '-9223372036854775808', '12345678901234567890')
  for (const length of [1, 20, 21, 43, 44, 45, 63, 64, 200, 300, 16383, 16384, 70000]) texts.push('x'.repeat(length))
  const writer = dump().select(0)
  const names = [
    '',
    'k',
    'a:1',
    'n'.repeat(63),
    'n'.repeat(64),
    'n'.repeat(96),
    'n'.repeat(97),
    'n'.repeat(1023),
    'n'.repeat(1024),
  ]
  let round = 0
  for (const name of names) {
    for (const text of texts) {
      round++
      if (round % 2 === 0) writer.expireMs(round % 3 === 0 ? -5 : 1_700_000_000_000 + round)
      else if (round % 5 === 0) writer.expireSeconds(1_700_000_000)
      if (round % 7 === 0) writer.idle(round % 3 === 0 ? round * 1000 : round * 20)
      else if (round % 11 === 0) writer.freq(round & 255)
      writer.type(0, name + round).string(text)
      if (round % 50 === 0) writer.type(2, `set${round}`).len(1).string('member')
    }
    for (const integer of [0, 9999, 10000, -1, 127, -128, 32767, 2147483647, -2147483648]) {
      writer.type(0, `${name}i${integer}`).integer(integer)
    }
  }
  for (const length of [12, 21, 30, 5000]) writer.type(0, `lzf${length}`).lzf('7'.repeat(length))
  return writer.end()
}

describe('rows of runs of strings', () => {
  it.each([...targetIds])('are those of keys read one by one: %s', (id) => {
    expectAlike(strings(), targetById(id), 1 << 20)
    expectAlike(strings(), targetById(id, { bits: 32 }), 1 << 20)
  })

  it.each([1, 7, 333, 4096])('do not depend on where the data is cut: every %i bytes', (chunkBytes) => {
    expectAlike(strings(), targetById('redis-7.0'), chunkBytes)
  })

  it.each(allSamples().map(({ name, rdbPath }) => [name, rdbPath]))('are the same in %s', (_, path) => {
    expectAlike(readFileSync(path), targetById('redis-8.0'), 1 << 20)
  })
})
