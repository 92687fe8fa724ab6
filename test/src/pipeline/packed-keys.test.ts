import { describe, expect, it } from 'vitest'
import { targetIds } from '../../../src/memory/models/index.js'
import { dump } from '../../helpers/dump.js'
import { intset, listpack, ziplist } from '../../helpers/packed.js'
import { expectSameRows } from '../../helpers/same-rows.js'
import { targetById } from '../../helpers/targets.js'

/** Values that are one container, small ones and large ones, and damaged and odd ones between them. */
function packedValues(): Uint8Array {
  const writer = dump().select(3)
  for (let round = 0; round < 60; round++) {
    const pairs = [1, 2, 9, 128, 129, 512, 513][round % 7]!
    const entries = Array.from({ length: pairs * 2 }, (_, i) => {
      if (i % 3 === 0) return `value ${round} `.repeat(1 + ((i * round) % 9))
      return i % 5 === 0 ? i * -7919 : `field${i}`
    })
    if (round % 2 === 0) writer.expireMs(1_700_000_000_000 + round)
    if (round % 3 === 0) writer.idle(round * 100)
    writer.type(16, `hash${round}`)
    if (round % 4 === 0) writer.lzf(listpack(entries))
    else writer.string(listpack(entries))
    writer.type(13, `old hash${round}`).string(ziplist(entries))
    writer.type(20, `set${round}`).string(listpack(entries.slice(0, pairs)))
    const members = Array.from({ length: pairs }, (_, i) => i * 11)
    writer.type(11, `integers${round}`).string(intset(round % 2 === 0 ? 2 : 8, members))
    writer.type(0, `string${round}`).string('between')
  }
  writer.type(16, 'odd number').string(listpack(['a', 'b', 'c']))
  writer.type(16, 'wrong count').string(listpack(['a', 'b'], { count: 4 }))
  writer.type(16, 'unknown count').string(listpack(['a', 'b'], { count: 65535 }))
  writer.type(16, 'boundary').string(listpack(['a', 'x'.repeat(16381)]))
  writer.type(13, 'wrong tail').string(ziplist(['a', 'b'], { tail: 3 }))
  writer.type(20, 'no members').string(listpack([]))
  writer.type(16, 'not one').string('no listpack at all')
  writer.type(16, 'k'.repeat(2000)).string(listpack(['long', 'name']))
  return writer.end()
}

describe('rows of keys that are taken by the sums of their packed values', () => {
  it.each([...targetIds])('are those of keys that are read in full: %s', (id) => {
    expectSameRows(packedValues(), targetById(id), 1 << 20)
  })

  it('are a good part of the rows where the target keeps the values as they are', () => {
    expect(expectSameRows(packedValues(), targetById('redis-7.2'), 1 << 20).packed).toBeGreaterThan(100)
  })

  it.each([1, 7, 333, 4096])('do not depend on where the data is cut: every %i bytes', (chunkBytes) => {
    expectSameRows(packedValues(), targetById('redis-7.2'), chunkBytes)
  })
})
