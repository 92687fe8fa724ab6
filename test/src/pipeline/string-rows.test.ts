import { readFileSync } from 'node:fs'
import { describe, it } from 'vitest'
import { targetIds } from '../../../src/memory/models/index.js'
import { dump } from '../../helpers/dump.js'
import { expectSameRows } from '../../helpers/same-rows.js'
import { allSamples } from '../../helpers/samples.js'
import { targetById } from '../../helpers/targets.js'

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
    expectSameRows(strings(), targetById(id), 1 << 20)
    expectSameRows(strings(), targetById(id, { bits: 32 }), 1 << 20)
  })

  it.each([1, 7, 333, 4096])('do not depend on where the data is cut: every %i bytes', (chunkBytes) => {
    expectSameRows(strings(), targetById('redis-7.0'), chunkBytes)
  })

  it.each(allSamples().map(({ name, rdbPath }) => [name, rdbPath]))('are the same in %s', (_, path) => {
    expectSameRows(readFileSync(path), targetById('redis-8.0'), 1 << 20)
  })
})
