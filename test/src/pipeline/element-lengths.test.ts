import { describe, expect, it } from 'vitest'
import { targetIds } from '../../../src/memory/models/index.js'
import { dump } from '../../helpers/dump.js'
import { expectSameRows } from '../../helpers/same-rows.js'
import { targetById } from '../../helpers/targets.js'

const SIZES = [1, 7, 8, 9, 100, 513, 700, 2000]

/** Sets and sorted sets stored one by one, with members of all forms. */
function collections(): Uint8Array {
  const writer = dump().select(0)
  for (const [round, size] of SIZES.entries()) {
    for (const type of [2, 5]) {
      writer.type(type, `collection${type}:${size}`).len(size)
      for (let i = 0; i < size; i++) {
        if (i % 9 === 0) writer.integer(i * 7919 * (i % 2 === 0 ? 1 : -1))
        else if (i % 11 === 0) writer.integer(i % 128)
        else if (i % 97 === 0) writer.lzf(`compressed ${i} `.repeat(9))
        else writer.string(`${i}`.padStart(1 + ((i * round) % 90), 'm'))
        if (type === 5) writer.f64le(scoreOf(i, round))
      }
    }
  }
  return writer.end()
}

function scoreOf(i: number, round: number): number {
  if (i % 301 === 0) return round % 2 === 0 ? Number.NaN : Number.NEGATIVE_INFINITY
  return i % 5 === 0 ? i : -i / 7
}

describe('rows of collections whose elements matter by their lengths', () => {
  it.each([...targetIds])('are those of collections that are read element by element: %s', (id) => {
    expectSameRows(collections(), targetById(id), 1 << 20)
  })

  it.each([1, 7, 333, 4096])('do not depend on where the data is cut: every %i bytes', (chunkBytes) => {
    expectSameRows(collections(), targetById('redis-7.2'), chunkBytes)
  })

  it('take most elements of large ones', () => {
    const elements = 4 * (513 + 700 + 2000)
    expect(expectSameRows(collections(), targetById('redis-7.2'), 1 << 20).lengths).toBeGreaterThan(elements * 0.7)
  })
})
