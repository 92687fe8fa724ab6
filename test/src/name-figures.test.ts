import { describe, expect, it } from 'vitest'
import { slotOf } from '../../src/analysis/hash-slot.js'
import { DEFAULT_SEPARATORS } from '../../src/analysis/patterns/classes.js'
import { Tokenizer } from '../../src/analysis/patterns/tokenizer.js'
import { KeyBatch } from '../../src/batch.js'
import { FIGURES_BYTES, SLOT_UNKNOWN } from '../../src/name-figures.js'

const encoder = new TextEncoder()

/** Names of all lengths from 0 to 100 over different characters, some at the very end of their bytes. */
function* names(): Generator<string> {
  let seed = 1
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) | 0
    return (seed >>> 8) % below
  }
  const alphabets = ['abc:', '0123456789', 'user:0123456789', 'aé{}:7', '{', '}{x', '\0\xff~']
  for (let length = 0; length <= 100; length++) {
    for (const alphabet of alphabets) {
      const letters = [...alphabet]
      yield Array.from({ length }, () => letters[random(letters.length)]).join('')
    }
  }
}

describe('figures of names', () => {
  it('are those that a look at the bytes gives, wherever the name lies', () => {
    const tokens = new Tokenizer(DEFAULT_SEPARATORS)
    for (const name of names()) {
      const bytes = encoder.encode(`#${name}`)
      for (const room of [0, 1, 4, 9]) {
        const padded = new Uint8Array(bytes.length + room).fill(0x35)
        padded.set(bytes)
        const batch = new KeyBatch(2)
        batch.setKey(0, padded, 1, bytes.length)
        batch.setKey(1, padded, 1, bytes.length)
        const size = bytes.length - 1
        for (const row of [0, 1]) {
          expect([...batch.keyAt(row)]).toEqual([...bytes.subarray(1)])
          if (size > FIGURES_BYTES) {
            expect(batch.slot[row]).toBe(SLOT_UNKNOWN)
            continue
          }
          tokens.tokenize(bytes, 1, bytes.length)
          expect(batch.nameHash[row]).toBe(tokens.nameHash)
          expect(batch.slot[row]).toBe(name.includes('{') ? SLOT_UNKNOWN : slotOf(bytes, 1, bytes.length))
        }
      }
    }
  })

  it('are the same for names that differ in digits only', () => {
    const batch = new KeyBatch(5)
    const add = (row: number, name: string): void => {
      const bytes = encoder.encode(name)
      batch.setKey(row, bytes, 0, bytes.length)
    }
    add(0, 'user:1234:name')
    add(1, 'user:9070:name')
    add(2, 'user:907a:name')
    add(3, 'uses:1234:name')
    add(4, 'user:\0\0\0\0:name')
    const shape = (row: number): string => `${batch.shapeA[row]} ${batch.shapeB[row]}`
    expect(shape(1)).toBe(shape(0))
    expect(new Set([shape(0), shape(2), shape(3), shape(4)]).size).toBe(4)
  })
})

describe('cluster slots of rows', () => {
  it('are written for names with hash tags and for long ones, too', async () => {
    const { dump } = await import('../helpers/dump.js')
    const { streamKeys } = await import('../../src/keys.js')
    const names = ['{user1000}.following', 'foo', `${'x'.repeat(150)}`, 'a{}b']
    const writer = dump().select(0)
    for (const name of names) writer.type(0, name).string('1')
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const folder = mkdtempSync(`${tmpdir()}/rdblens-slots-`)
    writeFileSync(`${folder}/a.rdb`, writer.end())
    const text: string[] = []
    const request = { inputs: [{ path: `${folder}/a.rdb`, name: 'a.rdb', increments: [], notes: [] }], filter: {} }
    await streamKeys(
      { ...request, settings: {}, verify: true },
      { format: 'csv', csvRaw: false, csvBom: false },
      (piece) => {
        text.push(new TextDecoder().decode(piece))
        return undefined
      },
    )
    rmSync(folder, { recursive: true })
    const slots = text
      .join('')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[10]))
    expect(slots).toEqual(names.map((name) => slotOf(encoder.encode(name), 0, name.length)))
  })
})
